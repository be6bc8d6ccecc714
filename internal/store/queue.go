package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"placet/internal/consent"
	"placet/internal/delivery"
	"placet/internal/message"
)

// Due implements delivery.Queue.
func (s *Store) Due(ctx context.Context, now time.Time, n int) (due []delivery.Due, next time.Time, err error) {
	var first sql.NullInt64
	err = s.eng.read(ctx,
		query{sql: `SELECT id, brand, person FROM outbox WHERE fate = 'queued' AND due_at <= $1 ORDER BY due_at, id LIMIT $2`, args: []any{micros(now), n},
			each: func(r scanner) error {
				var d delivery.Due
				err := r.Scan(&d.ID, &d.Brand, &d.Person)
				due = append(due, d)
				return err
			}},
		query{sql: `SELECT MIN(due_at) FROM outbox WHERE fate = 'queued' AND due_at > $1`, args: []any{micros(now)},
			each: func(r scanner) error { return r.Scan(&first) }})
	return due, when(first), err
}

const byMessage = `(SELECT person FROM outbox WHERE id = $1)`

// Begin implements delivery.Queue. The person is locked before the message, in
// the order Change locks them.
func (s *Store) Begin(ctx context.Context, id, token string, now, lease time.Time, screen func(delivery.Waiting) delivery.Ruling) (message.Outgoing, bool, error) {
	var (
		w                             delivery.Waiting
		wrapped, sealed               []byte
		person, channel, kind, topics string
		fate                          string
		expires                       int64
	)
	w.Record = consent.Record{}
	suppressed := map[string]bool{}
	args := []any{id}
	reads := []query{
		{sql: `SELECT id, key FROM persons WHERE id = ` + byMessage + ` /*FOR UPDATE*/`, args: args,
			each: func(r scanner) error { return r.Scan(&person, &wrapped) }},
		{sql: `SELECT id, brand, event, template, program, channel, kind, contact, topics, expires_at, tries, fate, sealed FROM outbox WHERE id = $1 /*FOR UPDATE*/`, args: args,
			each: func(r scanner) error {
				return r.Scan(&w.ID, &w.Brand, &w.Event, &w.Template, &w.Program, &channel, &kind, &w.Contact, &topics, &expires, &w.Tries, &fate, &sealed)
			}},
		{sql: `SELECT channel, topic, state, basis, grade, since, until, program, event, asked_at FROM permissions WHERE person = ` + byMessage, args: args,
			each: func(r scanner) error { return scanPermission(r, w.Record) }},
		{sql: `SELECT s.channel FROM suppressions s JOIN addresses a ON a.brand = s.brand AND a.bidx = s.bidx
			WHERE a.person = ` + byMessage + ` AND s.lifted_at IS NULL`, args: args,
			each: func(r scanner) error {
				var c string
				err := r.Scan(&c)
				suppressed[c] = true
				return err
			}},
	}
	var out message.Outgoing
	var ok bool
	err := s.eng.unit(ctx, reads, func() ([]write, error) {
		out, ok = message.Outgoing{}, false
		if message.Fate(fate) != message.Queued {
			return nil, nil
		}
		w.Person, w.Channel, w.Kind = person, consent.Channel(channel), message.Kind(kind)
		w.Suppressed = suppressed[channel]
		w.Expires = at(expires)
		w.Topics = nil
		for t := range strings.SplitSeq(topics, ",") {
			if t != "" {
				w.Topics = append(w.Topics, consent.Topic(t))
			}
		}
		key, err := s.keys.Person(w.Brand, person, wrapped)
		if err != nil {
			return nil, fmt.Errorf("store: key for message %s: %w", id, err)
		}
		body, err := key.Open(sealed, w.Brand, "outbox", "sealed", id)
		if err != nil {
			return nil, fmt.Errorf("store: message %s: %w", id, err)
		}
		var sm sealedMessage
		if err := json.Unmarshal(body, &sm); err != nil {
			return nil, fmt.Errorf("store: message %s: %w", id, err)
		}
		w.Out = message.Outgoing{
			ID: id, Brand: w.Brand, Kind: w.Kind, Template: w.Template, Channel: w.Channel,
			AttemptToken: token, ExpiresAt: w.Expires, At: now,
		}
		if err := sm.into(&w.Out); err != nil {
			return nil, err
		}
		r := screen(w)
		door, err := json.Marshal(r.Decision)
		if err != nil {
			return nil, fmt.Errorf("store: encode verdict: %w", err)
		}
		switch {
		case !r.Until.IsZero():
			return []write{{`UPDATE outbox SET due_at = $2, door = $3 WHERE id = $1`, []any{id, micros(r.Until), string(door)}}}, nil
		case r.Fate == message.Sending:
			out, ok = w.Out, true
			return []write{{`UPDATE outbox SET fate = 'sending', door = $2, token = $3, lease_until = $4, begun_at = $5, tries = tries + 1 WHERE id = $1`,
				[]any{id, string(door), token, micros(lease), micros(now)}}}, nil
		default:
			return []write{{`UPDATE outbox SET fate = $2, door = $3, settled_at = $4 WHERE id = $1`,
				[]any{id, string(r.Fate), string(door), micros(now)}}}, nil
		}
	})
	if err != nil {
		return message.Outgoing{}, false, err
	}
	return out, ok, nil
}

// Settle implements delivery.Queue.
func (s *Store) Settle(ctx context.Context, o delivery.Outcome) (delivery.Settled, error) {
	const cols = `SELECT id, brand, person, event, program, channel, fate FROM outbox WHERE `
	q := query{}
	switch {
	case o.ID != "":
		q.sql, q.args = cols+`id = $1 /*FOR UPDATE*/`, []any{o.ID}
	case o.News.AttemptToken != "":
		q.sql, q.args = cols+`token = $1 /*FOR UPDATE*/`, []any{o.News.AttemptToken}
	default:
		q.sql, q.args = cols+`provider_id = $1 /*FOR UPDATE*/`, []any{o.News.ProviderID}
	}
	var done delivery.Settled
	var channel, fate string
	q.each = func(r scanner) error {
		return r.Scan(&done.ID, &done.Brand, &done.Person, &done.Event, &done.Program, &channel, &fate)
	}
	err := s.eng.unit(ctx, []query{q}, func() ([]write, error) {
		if done.ID == "" {
			return nil, nil
		}
		done.Known, done.Channel = true, consent.Channel(channel)
		old := message.Fate(fate)
		if !o.Retry.IsZero() {
			if old != message.Sending {
				done.Fate = old
				return nil, nil
			}
			done.Fate, done.Moved = message.Queued, true
			return []write{{`UPDATE outbox SET fate = 'queued', due_at = $2, error = $3, lease_until = NULL WHERE id = $1`,
				[]any{done.ID, micros(o.Retry), o.Reason}}}, nil
		}
		done.Fate = old.After(o.News.Fate)
		done.Moved = done.Fate != old
		ws := []write{}
		var settled any
		if done.Fate.Final() {
			settled = micros(o.At)
		}
		if done.Moved || o.News.ProviderID != "" {
			ws = append(ws, write{`UPDATE outbox SET fate = $2, provider = COALESCE($3, provider), provider_id = COALESCE(provider_id, $4), error = COALESCE($5, error), settled_at = COALESCE(settled_at, $6), lease_until = NULL WHERE id = $1`,
				[]any{done.ID, string(done.Fate), text(o.News.Provider), text(o.News.ProviderID), text(o.Reason), settled}})
		}
		if done.Moved && (done.Fate == message.Sent || done.Fate == message.Delivered) {
			ws = append(ws, write{`UPDATE outbox SET due_at = $2 WHERE follows = $1 AND fate = 'queued' AND due_at > $2`, []any{done.ID, micros(o.At)}})
		}
		return ws, nil
	})
	if err != nil {
		return delivery.Settled{}, err
	}
	return done, nil
}

// text is NULL for the empty string.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Overdue implements delivery.Queue.
func (s *Store) Overdue(ctx context.Context, now time.Time) (int, error) {
	var ids []string
	err := s.eng.unit(ctx, []query{{
		sql: `SELECT id FROM outbox WHERE fate = 'sending' AND lease_until < $1 LIMIT 200 /*FOR UPDATE*/`, args: []any{micros(now)},
		each: func(r scanner) error {
			var id string
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		},
	}}, func() ([]write, error) {
		ws := make([]write, len(ids))
		for i, id := range ids {
			ws[i] = write{`UPDATE outbox SET fate = 'unknown', error = 'the attempt was interrupted', lease_until = NULL WHERE id = $1`, []any{id}}
		}
		return ws, nil
	})
	return len(ids), err
}
