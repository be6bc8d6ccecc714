package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/optin"
)

// Token implements optin.Store.
func (s *Store) Token(ctx context.Context, hash []byte) (optin.Token, error) {
	t := optin.Token{Hash: hash}
	var use, channel string
	var expires int64
	err := s.eng.read(ctx, query{
		sql:  `SELECT brand, person, uses, bidx, channel, event, expires_at FROM tokens WHERE hash = $1`,
		args: []any{hash},
		each: func(r scanner) error {
			return r.Scan(&t.Brand, &t.Person, &use, &t.Index, &channel, &t.Event, &expires)
		},
	})
	if err != nil {
		return optin.Token{}, err
	}
	if t.Brand == "" {
		return optin.Token{}, optin.ErrNoToken
	}
	t.Use, t.Channel, t.Expires = optin.TokenUse(use), consent.Channel(channel), at(expires)
	return t, nil
}

// Person implements optin.Store.
func (s *Store) Person(ctx context.Context, brand string, who optin.Who) (*optin.Draft, error) {
	l := s.loader(brand, who)
	if err := s.eng.read(ctx, l.queries()...); err != nil {
		return nil, err
	}
	if _, err := l.finish(false); err != nil {
		if l.id == "" && len(l.draft.Suppressed) > 0 {
			return l.draft, err // nobody we know, but somebody we must not write to
		}
		return nil, err
	}
	return l.draft, nil
}

// Find implements optin.Store.
func (s *Store) Find(ctx context.Context, brand string, a address.Address) (string, error) {
	var id string
	err := s.eng.read(ctx, query{
		sql: `SELECT person FROM addresses WHERE brand = $1 AND bidx = $2`, args: []any{brand, s.keys.Index(brand, a.Index())},
		each: func(r scanner) error { return r.Scan(&id) },
	})
	if err == nil && id == "" {
		err = optin.ErrNobody
	}
	return id, err
}

// Standing is a person as a permission check needs them: no address, no key.
type Standing struct {
	Known      bool
	Record     consent.Record
	Prefs      optin.Preferences
	Suppressed map[consent.Channel]bool
}

// Standings reads how people stand, by address, in the order given.
func (s *Store) Standings(ctx context.Context, brand string, who []address.Address) ([]Standing, error) {
	out := make([]Standing, len(who))
	qs := make([]query, 0, 3*len(who))
	for i, a := range who {
		st := &out[i]
		st.Record, st.Suppressed = consent.Record{}, map[consent.Channel]bool{}
		args := []any{brand, s.keys.Index(brand, a.Index())}
		unknown := func() bool { return !st.Known }
		qs = append(qs,
			query{sql: `SELECT facts FROM persons WHERE id = ` + byAddress, args: args, each: func(r scanner) error {
				var text string
				if err := r.Scan(&text); err != nil {
					return err
				}
				var f optin.Facts
				if err := json.Unmarshal([]byte(text), &f); err != nil {
					return fmt.Errorf("store: facts: %w", err)
				}
				st.Known, st.Prefs = true, f.Prefs
				if st.Prefs.Language == "" {
					st.Prefs.Language = f.Language
				}
				return nil
			}},
			query{sql: readByAddress.permissions, args: args, skip: unknown, each: func(r scanner) error { return scanPermission(r, st.Record) }},
			query{sql: suppressedByAddress, args: args, each: func(r scanner) error {
				var c string
				err := r.Scan(&c)
				st.Suppressed[consent.Channel(c)] = true
				return err
			}})
	}
	if len(qs) == 0 {
		return out, nil
	}
	return out, s.eng.read(ctx, qs...)
}

// Trail implements optin.Store.
func (s *Store) Trail(ctx context.Context, brand, person string, n int) ([]optin.TrailEvent, error) {
	type row struct {
		id           string
		sealed, leaf []byte
		index        sql.NullInt64
	}
	var rows []row
	var wrapped []byte
	err := s.eng.read(ctx,
		query{sql: `SELECT key FROM persons WHERE brand = $1 AND id = $2`, args: []any{brand, person},
			each: func(r scanner) error { return r.Scan(&wrapped) }},
		query{sql: `SELECT e.id, e.sealed, e.leaf, l.leaf_index FROM events e LEFT JOIN leaves l ON l.event = e.id
			WHERE e.brand = $1 AND e.person = $2 ORDER BY e.id DESC LIMIT $3`, args: []any{brand, person, n},
			each: func(r scanner) error {
				var x row
				err := r.Scan(&x.id, &x.sealed, &x.leaf, &x.index)
				rows = append(rows, x)
				return err
			}})
	if err != nil {
		return nil, err
	}
	if wrapped == nil {
		return nil, optin.ErrNobody
	}
	key, err := s.keys.Person(brand, person, wrapped)
	if err != nil {
		return nil, fmt.Errorf("store: key of %s: %w", person, err)
	}
	out := make([]optin.TrailEvent, 0, len(rows))
	for _, x := range rows {
		plain, err := key.Open(x.sealed, brand, "events", "sealed", x.id)
		if err != nil {
			return nil, fmt.Errorf("store: event %s: %w", x.id, err)
		}
		te := optin.TrailEvent{LeafIndex: -1, Leaf: [32]byte(x.leaf)}
		if x.index.Valid {
			te.LeafIndex = x.index.Int64
		}
		if err := json.Unmarshal(plain, &te.Event); err != nil {
			return nil, fmt.Errorf("store: event %s: %w", x.id, err)
		}
		out = append(out, te)
	}
	return out, nil
}

// Lapsed implements optin.Store.
func (s *Store) Lapsed(ctx context.Context, now time.Time, n int) ([]optin.PersonRef, error) {
	var out []optin.PersonRef
	err := s.eng.read(ctx, query{
		sql: `SELECT p.brand, p.id FROM permissions c JOIN persons p ON p.id = c.person
			WHERE c.state = 'pending' AND c.until <= $1 GROUP BY p.brand, p.id ORDER BY MIN(c.until) LIMIT $2`,
		args: []any{micros(now), n},
		each: func(r scanner) error {
			var ref optin.PersonRef
			err := r.Scan(&ref.Brand, &ref.Person)
			out = append(out, ref)
			return err
		},
	})
	return out, err
}
