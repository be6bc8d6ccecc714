package main

import (
	"errors"
	"strings"
	"testing"

	"placet/internal/access"
)

func TestConsoleLink(t *testing.T) {
	s := openShop(t)
	r := s.gw("console", "link", "--brand", "nord")
	r.wants(t, exitDone, "http://127.0.0.1:8080/console/sign-in?token=", "once, within 15 minutes")
	_, token, _ := strings.Cut(strings.TrimSpace(r.out), "token=")
	if brand, err := s.g.Links.Redeem(t.Context(), token); err != nil || brand != "nord" {
		t.Fatalf("opens %q: %v", brand, err)
	}
	if _, err := s.g.Links.Redeem(t.Context(), token); !errors.Is(err, access.ErrNoLink) {
		t.Errorf("opens twice: %v", err)
	}
	_, token, _ = strings.Cut(s.object(exitDone, "console", "link", "--brand", "nord")["url"].(string), "token=")
	s.clk.Advance(access.ForOperator)
	if _, err := s.g.Links.Redeem(t.Context(), token); !errors.Is(err, access.ErrNoLink) {
		t.Errorf("opens after its time: %v", err)
	}
}
