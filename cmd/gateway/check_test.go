package main

import (
	"encoding/json"
	"testing"
	"time"
)

func TestCheck(t *testing.T) {
	s := openShop(t)
	s.text(anna, "OFFERTE")
	s.text(anna, "SI")
	s.text(bruno, "OFFERTE")
	s.text(bruno, "SI")
	s.text(bruno, "STOP")
	for name, c := range map[string]struct {
		who, brand, channel, topic, kind string
		code                             int
		verdict, rule, state             string // rule empty: any
	}{
		"granted":              {anna, "rossi", "sms", "offers", "marketing", exitDone, "allow", "", "granted"},
		"national number":      {anna[3:], "rossi", "sms", "offers", "marketing", exitDone, "allow", "", "granted"},
		"another brand":        {anna, "nord", "sms", "offers", "marketing", exitRefused, "deny", "", "none"},
		"another channel":      {anna, "rossi", "call", "offers", "marketing", exitRefused, "deny", "", "none"},
		"stopped":              {bruno, "rossi", "sms", "offers", "marketing", exitRefused, "deny", "all-suppressed", "withdrawn"},
		"service":              {carla, "rossi", "sms", "offers", "service", exitDone, "allow", "all-service", "none"},
		"unknown":              {carla, "rossi", "sms", "offers", "marketing", exitRefused, "deny", "all-no-basis", "none"},
		"not an address":       {"12", "rossi", "sms", "offers", "marketing", exitUsage, "deny", "all-address", "none"},
		"phone by e-mail":      {carla, "rossi", "email", "offers", "marketing", exitUsage, "deny", "all-address", "none"},
		"no such channel":      {carla, "rossi", "pigeon", "offers", "marketing", exitUsage, "deny", "all-address", "none"},
		"no such kind of text": {carla, "rossi", "sms", "offers", "poem", exitUsage, "deny", "all-address", "none"},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"check", c.who, "--brand", c.brand, "--channel", c.channel, "--topic", c.topic, "--kind", c.kind}
			v := s.object(c.code, args...)
			rule, _ := v["rule"].(string)
			if v["verdict"] != c.verdict || v["state"] != c.state || rule == "" || c.rule != "" && rule != c.rule || v["allowed"] != (c.code == exitDone) {
				t.Errorf("%v", v)
			}
			s.gw(args...).wants(t, c.code, "Verdict", c.verdict, rule, c.state)
		})
	}
	s.gw("check", anna, "--brand", "rossi", "--topic", "offers").wants(t, exitUsage, "--channel")

	// At night the same message waits for the morning.
	s.clk.Advance(13 * time.Hour)
	v := s.object(exitRefused, "check", anna, "--brand", "rossi", "--channel", "sms", "--topic", "offers")
	if until, _ := json.Marshal(v["until"]); v["verdict"] != "defer" || string(until) == "null" {
		t.Errorf("at night: %v", v)
	}
	s.gw("check", anna, "--brand", "rossi", "--channel", "sms", "--topic", "offers").wants(t, exitRefused, "defer", "not before 2026-11-2")
}
