package main

import (
	"regexp"
	"strings"
	"testing"
)

func TestKeys(t *testing.T) {
	s := openShop(t)
	made := s.gw("keys", "create", "--brand", "nord", "--label", "shop till")
	made.wants(t, exitDone, "cannot be shown again")
	key := regexp.MustCompile(`plc_live_([0-9A-Za-z]{8})_[0-9A-Za-z]{32,}`).FindStringSubmatch(made.out)
	if key == nil {
		t.Fatalf("no key in %q", made.out)
	}
	brand, id, err := s.g.Store.KeyBrand(t.Context(), key[0])
	if err != nil || brand != "nord" || id != "key_"+key[1] {
		t.Fatalf("the key opens %q as %q: %v", brand, id, err)
	}
	second := s.object(exitDone, "keys", "create", "--brand", "nord")
	if second["key"] == key[0] || second["id"] == id {
		t.Errorf("made the same key twice: %v", second)
	}

	list := s.gw("keys", "list", "--brand", "nord")
	list.wants(t, exitDone, id, "shop till", "key_demo_nord")
	if strings.Contains(list.out, key[0][18:]) || strings.Contains(list.out, "key_demo_rossi") {
		t.Errorf("lists too much:\n%s", list.out)
	}

	s.gw("keys", "revoke", key[0]).wants(t, exitNothing, "no live key has this id")
	s.gw("keys", "revoke", id).wants(t, exitDone, id+" revoked")
	if brand, _, err := s.g.Store.KeyBrand(t.Context(), key[0]); err != nil || brand != "" {
		t.Errorf("a revoked key still opens %q: %v", brand, err)
	}
	s.gw("keys", "revoke", id).wants(t, exitNothing, "no live key")
	for _, k := range s.objects("keys", "list", "--brand", "nord") {
		if (k["revoked"] != nil) != (k["id"] == id) {
			t.Errorf("%v", k)
		}
	}
	if made := s.gw("keys", "revoke"); made.code != exitUsage {
		t.Errorf("keys revoke without an id: exit %d", made.code)
	}
}

// The letters of a key are drawn evenly: 62 kinds, none at twice its share.
func TestBase62(t *testing.T) {
	const n = 62 * 2000
	seen := map[rune]int{}
	for _, r := range base62(n) {
		seen[r]++
	}
	for r, times := range seen {
		if times < 1500 || times > 2500 {
			t.Errorf("%q came %d times in %d, want about 2000", r, times, n)
		}
	}
	if len(seen) != 62 {
		t.Errorf("%d kinds of letter", len(seen))
	}
}
