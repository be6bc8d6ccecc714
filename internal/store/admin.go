package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/message"
	"placet/internal/policy"
)

// Schema says which version of the schema the database has, and which one this
// program knows. It changes nothing; a foreign key file is refused.
func (s *Store) Schema(ctx context.Context) (have, want int64, err error) {
	p, err := s.provider()
	if err != nil {
		return 0, 0, err
	}
	if err := s.checkKeys(ctx); err != nil {
		return 0, 0, err
	}
	sources := p.ListSources()
	want = sources[len(sources)-1].Version
	// goose would make its table to say that it is not there.
	probe := `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'`
	if s.kind == "postgres" {
		probe = `SELECT COUNT(*) WHERE to_regclass('goose_db_version') IS NOT NULL`
	}
	var versioned int
	if err := s.db.QueryRowContext(ctx, probe).Scan(&versioned); err != nil {
		return 0, 0, unavailable(err)
	}
	if versioned == 0 {
		return 0, want, nil
	}
	have, err = p.GetDBVersion(ctx)
	return have, want, unavailable(err)
}

// APIKey is an API key as kept: without its secret.
type APIKey struct {
	ID, Label        string
	Created, Revoked time.Time // Revoked zero: live
}

// APIKeys lists the keys of a brand, oldest first.
func (s *Store) APIKeys(ctx context.Context, brand string) ([]APIKey, error) {
	var out []APIKey
	err := s.eng.read(ctx, query{
		sql:  `SELECT id, label, created_at, revoked_at FROM api_keys WHERE brand = $1 ORDER BY created_at, id`,
		args: []any{brand},
		each: func(r scanner) error {
			var k APIKey
			var created int64
			var revoked sql.NullInt64
			err := r.Scan(&k.ID, &k.Label, &created, &revoked)
			k.Created, k.Revoked = at(created), when(revoked)
			out = append(out, k)
			return err
		},
	})
	return out, err
}

// Suppression is a channel on which an address must not be written to.
type Suppression struct {
	Channel consent.Channel
	Reason  string // what brought it about: an act such as withdrawn, or a complaint
	Event   string // its evidence
	At      time.Time
}

// Suppressions lists what is in force for an address and for every other address
// of the person it belongs to, by channel. An address nobody is known under may have some.
func (s *Store) Suppressions(ctx context.Context, brand string, a address.Address) ([]Suppression, error) {
	var out []Suppression
	err := s.eng.read(ctx, query{
		sql: `SELECT channel, reason, event, at FROM suppressions WHERE brand = $1 AND lifted_at IS NULL
			AND (bidx = $2 OR bidx IN (SELECT bidx FROM addresses WHERE person = ` + byAddress + `)) ORDER BY channel, at`,
		args: []any{brand, s.keys.Index(brand, a.Index())},
		each: func(r scanner) error {
			var sup Suppression
			var channel string
			var since int64
			err := r.Scan(&channel, &sup.Reason, &sup.Event, &since)
			sup.Channel, sup.At = consent.Channel(channel), at(since)
			out = append(out, sup)
			return err
		},
	})
	return out, err
}

// QueuedMessage is a message without anything personal.
type QueuedMessage struct {
	ID       string
	Channel  consent.Channel
	Kind     message.Kind
	Template string
	Fate     message.Fate
	Due      time.Time
	Verdict  policy.Decision // the last one: at the door where it has come so far, else when it was queued
}

// Messages lists up to n messages of a brand, newest first; an empty fate means
// any.
func (s *Store) Messages(ctx context.Context, brand string, f message.Fate, n int) ([]QueuedMessage, error) {
	var out []QueuedMessage
	err := s.eng.read(ctx, query{
		sql: `SELECT id, channel, kind, template, fate, due_at, COALESCE(door, verdict) FROM outbox
			WHERE brand = $1 AND ($2 = '' OR fate = $2) ORDER BY id DESC LIMIT $3`,
		args: []any{brand, string(f), n},
		each: func(r scanner) error {
			var m QueuedMessage
			var channel, kind, fate, verdict string
			var due int64
			if err := r.Scan(&m.ID, &channel, &kind, &m.Template, &fate, &due, &verdict); err != nil {
				return err
			}
			m.Channel, m.Kind, m.Fate, m.Due = consent.Channel(channel), message.Kind(kind), message.Fate(fate), at(due)
			if err := json.Unmarshal([]byte(verdict), &m.Verdict); err != nil {
				return fmt.Errorf("store: verdict of %s: %w", m.ID, err)
			}
			out = append(out, m)
			return nil
		},
	})
	return out, err
}
