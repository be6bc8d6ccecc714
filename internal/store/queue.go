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
func (s *Store) Due(ctx context.Context, c consent.Channel, now time.Time, n int) (due []delivery.Due, next time.Time, err error) {
	var first sql.NullInt64
	err = s.eng.read(ctx,
		query{sql: `SELECT id, brand, person FROM outbox WHERE fate = 'queued' AND channel = $1 AND due_at <= $2 ORDER BY due_at, id LIMIT $3`, args: []any{string(c), micros(now), n},
			each: func(r scanner) error {
				var d delivery.Due
				err := r.Scan(&d.ID, &d.Brand, &d.Person)
				due = append(due, d)
				return err
			}},
		query{sql: `SELECT MIN(due_at) FROM outbox WHERE fate = 'queued' AND channel = $1 AND due_at > $2`, args: []any{string(c), micros(now)},
			each: func(r scanner) error { return r.Scan(&first) }})
	return due, when(first), err
}

const byMessage = `(SELECT person FROM outbox WHERE id = $1)`

// Begin implements delivery.Queue. The person is locked before the message, in
// the order Change locks them.
func (s *Store) Begin(ctx context.Context, id, token string, now, lease time.Time, screen func(delivery.Waiting) delivery.Ruling) (message.Outgoing, bool, error) {
	var (
		w                      delivery.Waiting
		wrapped, sealed        []byte
		person, channel, about string
		kind, topics, leader   string
		fate                   string
		expires                int64
	)
	w.Record = consent.Record{}
	suppressed := map[string]bool{}
	args := []any{id}
	reads := []query{
		{sql: `SELECT id, key FROM persons WHERE id = ` + byMessage + ` /*FOR UPDATE*/`, args: args,
			each: func(r scanner) error { return r.Scan(&person, &wrapped) }},
		{sql: `SELECT id, brand, event, template, program, channel, about, kind, contact, topics, expires_at, tries, fate, sealed FROM outbox WHERE id = $1 /*FOR UPDATE*/`, args: args,
			each: func(r scanner) error {
				return r.Scan(&w.ID, &w.Brand, &w.Event, &w.Template, &w.Program, &channel, &about, &kind, &w.Contact, &topics, &expires, &w.Tries, &fate, &sealed)
			}},
		{sql: `SELECT fate FROM outbox WHERE id = (SELECT follows FROM outbox WHERE id = $1)`, args: args,
			each: func(r scanner) error { return r.Scan(&leader) }},
		{sql: `SELECT channel, topic, state, basis, grade, since, until, program, notice, event, asked_at FROM permissions WHERE person = ` + byMessage, args: args,
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
		w.Person, w.Channel, w.About, w.Kind, w.Follows = person, consent.Channel(channel), consent.Channel(about), message.Kind(kind), message.Fate(leader)
		w.Suppressed = suppressed[channel]
		w.Expires = at(expires)
		w.Topics = nil
		for t := range strings.SplitSeq(topics, ",") {
			if t != "" {
				w.Topics = append(w.Topics, consent.Topic(t))
			}
		}
		body, err := s.openMessage(w.Brand, person, id, wrapped, sealed)
		if err != nil {
			// It will never open: whoever waits behind it must not wait for ever.
			return []write{{`UPDATE outbox SET fate = 'failed', error = $2, settled_at = $3 WHERE id = $1`, []any{id, "it does not open: " + err.Error(), micros(now)}}}, nil
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

func (s *Store) openMessage(brand, person, id string, wrapped, sealed []byte) ([]byte, error) {
	key, err := s.keys.Person(brand, person, wrapped)
	if err != nil {
		return nil, err
	}
	return key.Open(sealed, brand, "outbox", "sealed", id)
}

// Calling reports whether an attempt to write to the person, other than with a
// benefit, is under way at any instance. Attempts older than since do not count:
// whoever made them is gone.
func (s *Store) Calling(ctx context.Context, person string, since time.Time) (bool, error) {
	n := 0
	err := s.eng.read(ctx, query{
		sql:  `SELECT COUNT(*) FROM outbox WHERE person = $1 AND fate = 'sending' AND begun_at > $2 AND NOT (kind = 'service' AND program <> '')`,
		args: []any{person, micros(since)}, each: func(r scanner) error { return r.Scan(&n) },
	})
	return n > 0, err
}

// Settle implements delivery.Queue.
func (s *Store) Settle(ctx context.Context, o delivery.Outcome) (done delivery.Settled, err error) {
	err = again(func() error {
		done, err = s.settle(ctx, o)
		return err
	})
	return done, err
}

func (s *Store) settle(ctx context.Context, o delivery.Outcome) (delivery.Settled, error) {
	const cols = `SELECT id, brand, person, event, program, channel, fate, expires_at FROM outbox WHERE `
	q := query{}
	switch {
	case o.ID != "":
		q.sql, q.args = cols+`id = $1 /*FOR UPDATE*/`, []any{o.ID}
	case o.News.AttemptToken != "":
		q.sql, q.args = cols+`token = $1 /*FOR UPDATE*/`, []any{o.News.AttemptToken}
	default:
		q.sql, q.args = cols+`provider_id = $1 AND provider = $2 /*FOR UPDATE*/`, []any{o.News.ProviderID, o.News.Provider}
	}
	var done delivery.Settled
	var channel, fate string
	var expires int64
	q.each = func(r scanner) error {
		return r.Scan(&done.ID, &done.Brand, &done.Person, &done.Event, &done.Program, &channel, &fate, &expires)
	}
	err := s.eng.unit(ctx, []query{q}, func() ([]write, error) {
		if done.ID == "" {
			return nil, nil
		}
		done.Known, done.Channel = true, consent.Channel(channel)
		old := message.Fate(fate)
		if !o.Retry.IsZero() {
			return settleRetry(o, old, expires, &done), nil
		}
		done.Fate = old.After(o.News.Fate)
		done.Moved = done.Fate != old
		return settleNews(o, done), nil
	})
	if err != nil {
		return delivery.Settled{}, err
	}
	return done, nil
}

// settleRetry: the provider said a definite, passing no. What was cancelled in
// the meantime, or whose time is over by then, is not tried again.
func settleRetry(o delivery.Outcome, old message.Fate, expires int64, done *delivery.Settled) []write {
	switch {
	case old != message.Sending && old != message.Unknown:
		done.Fate = old
		return nil
	case micros(o.At) >= expires:
		done.Fate, done.Moved = message.Canceled, true
	default:
		done.Fate, done.Moved = message.Queued, true
		return []write{{`UPDATE outbox SET fate = 'queued', due_at = $2, error = $3, lease_until = NULL WHERE id = $1`,
			[]any{done.ID, micros(o.Retry), o.Reason}}}
	}
	return []write{{`UPDATE outbox SET fate = 'canceled', error = $2, settled_at = $3, lease_until = NULL WHERE id = $1`,
		[]any{done.ID, o.Reason, micros(o.At)}}}
}

func settleNews(o delivery.Outcome, done delivery.Settled) (ws []write) {
	var settled any
	if done.Fate.Final() {
		settled = micros(o.At)
	}
	switch {
	case done.Moved:
		ws = append(ws, write{`UPDATE outbox SET fate = $2, provider = COALESCE($3, provider), provider_id = COALESCE(provider_id, $4), error = COALESCE($5, error), settled_at = COALESCE(settled_at, $6), lease_until = NULL WHERE id = $1`,
			[]any{done.ID, string(done.Fate), text(o.News.Provider), text(o.News.ProviderID), text(o.Reason), settled}})
	case o.News.ProviderID != "":
		ws = append(ws, write{`UPDATE outbox SET provider = COALESCE($2, provider), provider_id = COALESCE(provider_id, $3) WHERE id = $1`,
			[]any{done.ID, text(o.News.Provider), text(o.News.ProviderID)}})
	}
	if done.Moved && (done.Fate == message.Sent || done.Fate == message.Delivered) {
		ws = append(ws, write{`UPDATE outbox SET due_at = $2 WHERE follows = $1 AND fate = 'queued' AND due_at > $2`, []any{done.ID, micros(o.At)}})
	}
	return ws
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
