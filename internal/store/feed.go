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
	"placet/internal/vault"
)

// People reads how people stand, by address, in the order given: record,
// suppressions and preferences; addresses stay sealed. An unknown address is no
// error: its draft is New, and may be suppressed all the same.
func (s *Store) People(ctx context.Context, brand string, who []address.Address) ([]*optin.Draft, error) {
	sts, err := s.Standings(ctx, brand, who)
	if err != nil {
		return nil, err
	}
	out := make([]*optin.Draft, len(sts))
	for i, st := range sts {
		out[i] = &optin.Draft{
			Brand: brand, New: !st.Known, Record: st.Record, Suppressed: st.Suppressed,
			Facts: optin.Facts{Language: st.Prefs.Language, Prefs: st.Prefs},
		}
	}
	return out, nil
}

// Contact reads a person without a lock, and when they became known; ErrNobody
// where none is known at this brand.
func (s *Store) Contact(ctx context.Context, brand string, who optin.Who) (*optin.Draft, time.Time, error) {
	l := s.loader(brand, who)
	which, args := byID, []any{brand, who.Person}
	if who.Person == "" {
		which, args[1] = byAddress, l.index
	}
	var created int64
	err := s.eng.read(ctx, append(l.queries(), query{
		sql: `SELECT created_at FROM persons WHERE id = ` + which, args: args,
		each: func(r scanner) error { return r.Scan(&created) },
	})...)
	if err == nil {
		_, err = l.finish(false)
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	return l.draft, at(created), nil
}

// Timeline returns up to n of a person's events, newest first, from before the
// event named on (empty: from the newest); ErrNobody where none is known.
func (s *Store) Timeline(ctx context.Context, brand, person, before string, n int) ([]optin.TrailEvent, error) {
	var known string
	o := s.opener(brand)
	err := s.eng.read(ctx,
		query{sql: `SELECT id FROM persons WHERE brand = $1 AND id = $2`, args: []any{brand, person},
			each: func(r scanner) error { return r.Scan(&known) }},
		query{sql: `SELECT ` + eventColumns + ` FROM events e LEFT JOIN leaves l ON l.event = e.id LEFT JOIN persons p ON p.id = e.person
			WHERE e.brand = $1 AND e.person = $2 AND ($3 = '' OR e.id < $3) ORDER BY e.id DESC LIMIT $4`,
			args: []any{brand, person, before, n}, each: o.scan})
	if err == nil && known == "" {
		err = optin.ErrNobody
	}
	return o.events, err
}

// Feed returns up to n events of a brand in the order of its log, those after a
// place (-1: from the start). Of an erased person's event only its name, kind,
// time and place are left.
func (s *Store) Feed(ctx context.Context, brand string, after int64, n int) ([]optin.TrailEvent, error) {
	o := s.opener(brand)
	err := s.eng.read(ctx, query{
		sql: `SELECT ` + eventColumns + ` FROM leaves l JOIN events e ON e.id = l.event LEFT JOIN persons p ON p.id = e.person
			WHERE l.brand = $1 AND l.leaf_index > $2 ORDER BY l.leaf_index LIMIT $3`,
		args: []any{brand, after, n}, each: o.scan})
	return o.events, err
}

// Event returns one event of a brand; ErrNobody when there is none.
func (s *Store) Event(ctx context.Context, brand, id string) (optin.TrailEvent, error) {
	o := s.opener(brand)
	err := s.eng.read(ctx, query{
		sql: `SELECT ` + eventColumns + ` FROM events e LEFT JOIN leaves l ON l.event = e.id LEFT JOIN persons p ON p.id = e.person
			WHERE e.brand = $1 AND e.id = $2`,
		args: []any{brand, id}, each: o.scan})
	if err == nil && len(o.events) == 0 {
		err = optin.ErrNobody
	}
	if err != nil {
		return optin.TrailEvent{}, err
	}
	return o.events[0], nil
}

const eventColumns = `e.id, e.person, e.type, e.at, e.sealed, e.leaf, l.leaf_index, p.key`

// opener unseals events as they are read, unwrapping each person's key once.
type opener struct {
	s      *Store
	brand  string
	keys   map[string]*vault.Person
	events []optin.TrailEvent
}

func (s *Store) opener(brand string) *opener {
	return &opener{s: s, brand: brand, keys: map[string]*vault.Person{}, events: []optin.TrailEvent{}}
}

func (o *opener) scan(r scanner) error {
	var id, person, kind string
	var sealed, leaf, wrapped []byte
	var received int64
	var index sql.NullInt64
	if err := r.Scan(&id, &person, &kind, &received, &sealed, &leaf, &index, &wrapped); err != nil {
		return err
	}
	te := optin.TrailEvent{LeafIndex: -1}
	if index.Valid {
		te.LeafIndex = index.Int64
	}
	if len(leaf) != len(te.Leaf) {
		return fmt.Errorf("store: event %s has a leaf of %d bytes", id, len(leaf))
	}
	te.Leaf = [32]byte(leaf)
	if len(wrapped) == 0 {
		te.ID, te.Brand, te.Person, te.Type, te.At, te.Received = id, o.brand, person, consent.ActKind(kind), at(received), at(received)
		o.events = append(o.events, te)
		return nil
	}
	key := o.keys[person]
	if key == nil {
		var err error
		if key, err = o.s.keys.Person(o.brand, person, wrapped); err != nil {
			return fmt.Errorf("store: key of %s: %w", person, err)
		}
		o.keys[person] = key
	}
	plain, err := key.Open(sealed, o.brand, "events", "sealed", id)
	if err != nil {
		return fmt.Errorf("store: event %s: %w", id, err)
	}
	if err := json.Unmarshal(plain, &te.Event); err != nil {
		return fmt.Errorf("store: event %s: %w", id, err)
	}
	o.events = append(o.events, te)
	return nil
}
