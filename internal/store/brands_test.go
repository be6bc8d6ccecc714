package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"placet/internal/brands"
	"placet/internal/store"
)

func TestBrandVersions(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		ctx := t.Context()
		texts, empty, err := d.BrandTexts(ctx)
		must(t, err)
		if len(texts) != 0 || empty != "" {
			t.Errorf("before anything: %v, %q", texts, empty)
		}
		words := func(version, it string) *brands.Brand {
			return &brands.Brand{ID: brand, Notices: []brands.Notice{{ID: "privacy", Version: version, Text: map[string]string{"it": it, "en": "en " + it}}}}
		}
		stamps := map[string]bool{}
		for i, c := range []struct {
			b       *brands.Brand
			text    string
			version int
			fresh   bool
		}{
			{words("1", "uno"), "first", 1, true},
			{words("1", "uno"), "first", 1, false},
			{words("1", "uno"), "second", 2, true},
			{words("2", "due"), "third", 3, true},
			{words("1", "uno"), "first", 4, true}, // back again is a version of its own
			{&brands.Brand{ID: "nord"}, "first", 1, true},
		} {
			before := d.rows(t)
			version, fresh, err := d.ApplyBrand(ctx, c.b, c.text, noon)
			must(t, err)
			if version != c.version || fresh != c.fresh {
				t.Errorf("%d: version %d, fresh %v; want %d, %v", i, version, fresh, c.version, c.fresh)
			}
			if !fresh {
				d.unchanged(t, before)
			}
			_, stamp, err := d.BrandTexts(ctx)
			must(t, err)
			equal(t, fmt.Sprint(i, ": the stamp is new"), !stamps[stamp], c.fresh)
			stamps[stamp] = true
		}
		texts, _, err = d.BrandTexts(ctx)
		must(t, err)
		if len(texts) != 2 || texts[brand] != "first" || texts["nord"] != "first" {
			t.Errorf("in force: %v", texts)
		}

		before := d.rows(t)
		changed := words("1", "uno")
		changed.Notices[0].Text["en"] = "other words"
		_, fresh, err := d.ApplyBrand(ctx, changed, "fifth", noon)
		if err == nil || fresh {
			t.Errorf("a published notice was given other words: %v", err)
		}
		d.unchanged(t, before)
		notice, err := d.Notice(ctx, brand, "privacy", "2")
		must(t, err)
		if len(notice) != 2 || notice["it"] != "due" || notice["en"] != "en due" {
			t.Errorf("notice %v", notice)
		}
		for _, n := range [][3]string{{brand, "privacy", "3"}, {brand, "x", "1"}, {"nord", "privacy", "1"}} {
			none, err := d.Notice(ctx, n[0], n[1], n[2])
			must(t, err)
			equal(t, fmt.Sprint(n), len(none), 0)
		}
	})
}

func TestBrandAppliedAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		_, b := d.desk(t)
		var fresh atomic.Int32
		for _, err := range together(8, func(int) error {
			version, is, err := d.ApplyBrand(context.Background(), b, "same", noon)
			if is {
				fresh.Add(1)
			}
			if err == nil && version != 1 {
				err = fmt.Errorf("version %d", version)
			}
			return err
		}) {
			must(t, err)
		}
		equal(t, "new versions", fresh.Load(), 1)
	})
}

func TestKeys(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		ctx := t.Context()
		must(t, d.SaveKey(ctx, "key_1", brand, "till", "secret-1", noon))
		must(t, d.SaveKey(ctx, "key_2", "nord", "till", "secret-2", noon))
		before := d.rows(t)
		must(t, d.SaveKey(ctx, "key_1", brand, "till", "secret-1", noon.Add(time.Hour)))
		d.unchanged(t, before)
		who := func(secret, wantBrand, wantID string) {
			t.Helper()
			b, id, err := d.KeyBrand(ctx, secret)
			must(t, err)
			if b != wantBrand || id != wantID {
				t.Errorf("%s belongs to %q, %q; want %q, %q", secret, b, id, wantBrand, wantID)
			}
		}
		who("secret-1", brand, "key_1")
		who("secret-2", "nord", "key_2")
		who("secret-3", "", "")
		who("", "", "")
		var revoked atomic.Int32
		for _, err := range together(8, func(int) error {
			ok, err := d.RevokeKey(context.Background(), "key_1", noon)
			if ok {
				revoked.Add(1)
			}
			return err
		}) {
			must(t, err)
		}
		equal(t, "revoked", revoked.Load(), 1)
		who("secret-1", "", "")
		who("secret-2", "nord", "key_2")
		must(t, d.SaveKey(ctx, "key_1", brand, "till", "secret-1", noon))
		who("secret-1", "", "") // once revoked, for good
		ok, err := d.RevokeKey(ctx, "key_x", noon)
		if ok || err != nil {
			t.Errorf("an unknown key was revoked: %v, %v", ok, err)
		}
		equal(t, "secrets in clear", d.count(t, `SELECT COUNT(*) FROM api_keys WHERE hash = $1`, []byte("secret-2")), 0)
	})
}

func TestSignInLinks(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		ctx := t.Context()
		hash := store.HashKey("link")
		must(t, d.SaveLink(ctx, hash, brand, noon))
		var taken atomic.Int32
		for _, err := range together(16, func(int) error {
			b, expires, ok, err := d.TakeLink(context.Background(), hash)
			if ok {
				taken.Add(1)
				if b != brand || !expires.Equal(noon) {
					err = errors.Join(err, fmt.Errorf("%s, %v", b, expires))
				}
			}
			return err
		}) {
			must(t, err)
		}
		equal(t, "taken", taken.Load(), 1)
		_, _, ok, err := d.TakeLink(ctx, store.HashKey("another"))
		if ok || err != nil {
			t.Errorf("an unknown link: %v, %v", ok, err)
		}
	})
}
