package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"placet/internal/brands"
)

// ApplyBrand stores a new version of a brand. The same text again is nothing
// new. A notice version that exists with other words is refused: evidence points at it.
func (s *Store) ApplyBrand(ctx context.Context, b *brands.Brand, text string, now time.Time) (version int, fresh bool, err error) {
	var last int
	var config string
	have := map[string]string{}
	reads := []query{
		{sql: `SELECT version, config FROM brands WHERE id = $1 ORDER BY version DESC LIMIT 1`, args: []any{b.ID},
			each: func(r scanner) error { return r.Scan(&last, &config) }},
		{sql: `SELECT notice, version, language, body FROM notices WHERE brand = $1`, args: []any{b.ID},
			each: func(r scanner) error {
				var n, v, l, body string
				err := r.Scan(&n, &v, &l, &body)
				have[n+"/"+v+"/"+l] = body
				return err
			}},
	}
	err = again(func() error {
		return s.eng.unit(ctx, reads, func() ([]write, error) {
			version, fresh = last, false
			if last > 0 && config == text {
				return nil, nil
			}
			var ws []write
			for _, n := range b.Notices {
				for lang, body := range n.Text {
					switch old, ok := have[n.ID+"/"+n.Version+"/"+lang]; {
					case !ok:
						ws = append(ws, write{`INSERT INTO notices (brand, notice, version, language, body, applied_at) VALUES ($1, $2, $3, $4, $5, $6)`,
							[]any{b.ID, n.ID, n.Version, lang, body, micros(now)}})
					case old != body:
						return nil, fmt.Errorf("brands: %s: notice %s version %s (%s) was published with other words, and evidence points at them; give the new text a new version", b.ID, n.ID, n.Version, lang)
					}
				}
			}
			version, fresh = last+1, true
			return append(ws, write{`INSERT INTO brands (id, version, config, applied_at) VALUES ($1, $2, $3, $4)`,
				[]any{b.ID, version, text, micros(now)}}), nil
		})
	})
	if err != nil {
		return 0, false, err
	}
	return version, fresh, nil
}

// BrandTexts returns the newest configuration of every brand, by id, and a stamp
// that changes when any of them does.
func (s *Store) BrandTexts(ctx context.Context) (texts map[string]string, stamp string, err error) {
	texts = map[string]string{}
	err = s.eng.read(ctx, query{
		sql: `SELECT b.id, b.version, b.config FROM brands b WHERE b.version = (SELECT MAX(version) FROM brands m WHERE m.id = b.id) ORDER BY b.id`,
		each: func(r scanner) error {
			var id, config string
			var version int
			err := r.Scan(&id, &version, &config)
			texts[id] = config
			stamp += fmt.Sprintf("%s@%d ", id, version)
			return err
		},
	})
	return texts, stamp, err
}

// Notice returns the published text of a notice version; empty when there is none.
func (s *Store) Notice(ctx context.Context, brand, notice, version string) (map[string]string, error) {
	out := map[string]string{}
	err := s.eng.read(ctx, query{
		sql: `SELECT language, body FROM notices WHERE brand = $1 AND notice = $2 AND version = $3`, args: []any{brand, notice, version},
		each: func(r scanner) error {
			var l, body string
			err := r.Scan(&l, &body)
			out[l] = body
			return err
		},
	})
	return out, err
}

// HashKey is how an API key or one-time secret is stored: it has more than 112
// bits of entropy, so a plain hash will do (ASVS 6.5.2).
func HashKey(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

// SaveKey stores an API key of a brand; the same key again changes nothing.
func (s *Store) SaveKey(ctx context.Context, id, brand, label, secret string, now time.Time) error {
	return s.eng.unit(ctx, nil, func() ([]write, error) {
		return []write{{`INSERT INTO api_keys (hash, id, brand, label, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
			[]any{HashKey(secret), id, brand, label, micros(now)}}}, nil
	})
}

// RevokeKey ends an API key at once; false when there is no such live key.
func (s *Store) RevokeKey(ctx context.Context, id string, now time.Time) (bool, error) {
	var live string
	err := s.eng.unit(ctx, []query{{
		sql: `SELECT id FROM api_keys WHERE id = $1 AND revoked_at IS NULL /*FOR UPDATE*/`, args: []any{id},
		each: func(r scanner) error { return r.Scan(&live) },
	}}, func() ([]write, error) {
		if live == "" {
			return nil, nil
		}
		return []write{{`UPDATE api_keys SET revoked_at = $2 WHERE id = $1`, []any{id, micros(now)}}}, nil
	})
	return live != "", err
}

// KeyBrand says which brand a live API key belongs to; empty when it is none.
func (s *Store) KeyBrand(ctx context.Context, secret string) (brand, id string, err error) {
	err = s.eng.read(ctx, query{
		sql: `SELECT brand, id FROM api_keys WHERE hash = $1 AND revoked_at IS NULL`, args: []any{HashKey(secret)},
		each: func(r scanner) error { return r.Scan(&brand, &id) },
	})
	return brand, id, err
}

// SaveLink stores a one-time sign-in link by its hash.
func (s *Store) SaveLink(ctx context.Context, hash []byte, brand string, expires time.Time) error {
	return s.eng.unit(ctx, nil, func() ([]write, error) {
		return []write{{`INSERT INTO sign_in_links (hash, brand, expires_at) VALUES ($1, $2, $3)`, []any{hash, brand, micros(expires)}}}, nil
	})
}

// TakeLink uses a sign-in link up; ok is false when it is unknown or used.
func (s *Store) TakeLink(ctx context.Context, hash []byte) (brand string, expires time.Time, ok bool, err error) {
	var until int64
	err = s.eng.unit(ctx, []query{{
		sql: `SELECT brand, expires_at FROM sign_in_links WHERE hash = $1 /*FOR UPDATE*/`, args: []any{hash},
		each: func(r scanner) error { ok = true; return r.Scan(&brand, &until) },
	}}, func() ([]write, error) {
		if !ok {
			return nil, nil
		}
		return []write{{`DELETE FROM sign_in_links WHERE hash = $1`, []any{hash}}}, nil
	})
	return brand, at(until), ok && err == nil, err
}
