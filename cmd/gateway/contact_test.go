package main

import (
	"slices"
	"strings"
	"testing"
)

func TestContactShow(t *testing.T) {
	s := openShop(t)
	s.text(anna, "OFFERTE")
	s.text(anna, "SI")
	s.text(bruno, "STOP")

	s.gw("contact", "show", anna, "--brand", "rossi").wants(t, exitDone,
		"sub_", "+39*******233, proven", "offers", "granted", "consent", "A", "sms offers: pending to granted", "confirmed", "requested")
	v := s.object(exitDone, "contact", "show", anna[3:], "--brand", "rossi")
	ps, _ := v["permissions"].([]any)
	if !slices.ContainsFunc(ps, func(p any) bool {
		m := p.(map[string]any)
		return m["channel"] == "sms" && m["topic"] == "offers" && m["state"] == "granted" && m["grade"] == "A" && m["basis"] == "consent" && strings.HasPrefix(m["since"].(string), "2026-11-24T10:0")
	}) {
		t.Errorf("no granted offers by SMS in %v", ps)
	}
	line, _ := v["timeline"].([]any)
	last := -1.0
	for i := len(line) - 1; i >= 0; i-- { // oldest first: the places in the log rise
		leaf, ok := line[i].(map[string]any)["leaf_index"].(float64)
		if !ok || leaf <= last {
			t.Errorf("leaf %v after %v", leaf, last)
		}
		last = leaf
	}
	if len(line) < 2 || line[0].(map[string]any)["type"] != "confirmed" {
		t.Errorf("timeline %v", line)
	}
	if v := s.object(exitDone, "contact", "show", anna, "--brand", "rossi", "--last", "1"); len(v["timeline"].([]any)) != 1 {
		t.Errorf("--last 1 shows %v", v["timeline"])
	}

	s.gw("contact", "show", bruno, "--brand", "rossi").wants(t, exitDone, "Stopped", "sms since 2026-11-24", "withdrawn")
	s.gw("contact", "show", carla, "--brand", "rossi").wants(t, exitNothing, "nobody is known to rossi under +39*******899")
	s.gw("contact", "show", anna, "--brand", "nord").wants(t, exitNothing, "nobody is known to nord")
	s.gw("contact", "show", "anna", "--brand", "rossi").wants(t, exitUsage, "neither a phone number")
	s.gw("contact", "show", anna, "--brand", "rossi", "--last", "-1").wants(t, exitUsage, "--last")
	s.gw("contact", "show", "--brand", "rossi").wants(t, exitUsage, "<address>")
}
