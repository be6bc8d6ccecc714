package main

import "testing"

func TestQueueList(t *testing.T) {
	s := openShop(t)
	s.gw("queue", "list", "--brand", "rossi").wants(t, exitNothing, "rossi has no message")
	s.text(anna, "OFFERTE")
	s.text(anna, "SI")
	s.gw("queue", "list", "--brand", "rossi").wants(t, exitDone, "msg_", "optin_request", "all-optin-request", "welcome")
	list := s.objects("queue", "list", "--brand", "rossi")
	if len(list) != 2 || list[1]["kind"] != "optin_request" || list[1]["channel"] != "sms" || list[1]["verdict"] != "allow_once" {
		t.Errorf("%v", list)
	}
	if one := s.objects("queue", "list", "--brand", "rossi", "--last", "1"); len(one) != 1 || one[0]["id"] != list[0]["id"] {
		t.Errorf("--last 1: %v", one)
	}
	s.gw("queue", "list", "--brand", "rossi", "--last", "1").wants(t, exitDone, "There are more")
	fate, _ := list[0]["fate"].(string)
	for _, m := range s.objects("queue", "list", "--brand", "rossi", "--fate", fate) {
		if m["fate"] != fate {
			t.Errorf("--fate %s: %v", fate, m)
		}
	}
	s.gw("queue", "list", "--brand", "rossi", "--fate", "undelivered").wants(t, exitNothing, "no message with fate undelivered")
	s.gw("queue", "list", "--brand", "rossi", "--fate", "lost").wants(t, exitUsage, `no message is ever "lost"`, "delivered")
	s.gw("queue", "list", "--brand", "rossi", "--last", "0").wants(t, exitUsage, "--last 0")
	s.gw("queue", "list", "--brand", "nord").wants(t, exitNothing, "nord has no message")
}
