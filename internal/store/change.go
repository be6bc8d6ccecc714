package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/ledger"
	"placet/internal/message"
	"placet/internal/optin"
	"placet/internal/vault"
)

// The two ways to say which person, as a subselect over $1 brand and $2.
const (
	byAddress = `(SELECT person FROM addresses WHERE brand = $1 AND bidx = $2)`
	byID      = `(SELECT id FROM persons WHERE brand = $1 AND id = $2)`
)

// personSQL holds the statements that read a whole person.
type personSQL struct{ person, addresses, permissions, outbox string }

func personQueries(which string) personSQL {
	return personSQL{
		person: `SELECT id, key, facts FROM persons WHERE id = ` + which + ` /*FOR UPDATE*/`,
		addresses: `SELECT kind, sealed, proven_at, bidx FROM addresses
			WHERE person = ` + which,
		permissions: `SELECT channel, topic, state, basis, grade, since, until, program, notice, event, asked_at FROM permissions
			WHERE person = ` + which,
		outbox: `SELECT id, event, channel, kind, contact, program, template, fate, due_at, begun_at FROM outbox
			WHERE person = ` + which + ` AND (fate IN ('queued', 'sending') OR kind IN ('invitation', 'optin_request', 'repermission')) ORDER BY id DESC`,
	}
}

var (
	readByAddress = personQueries(byAddress)
	readByID      = personQueries(byID)
)

const (
	// An address may be suppressed before anybody is known under it.
	suppressedByAddress = `SELECT channel FROM suppressions WHERE brand = $1 AND bidx = $2 AND lifted_at IS NULL
		UNION SELECT s.channel FROM suppressions s JOIN addresses a ON a.brand = s.brand AND a.bidx = s.bidx
			WHERE a.person = ` + byAddress + ` AND s.lifted_at IS NULL`
	suppressedByID = `SELECT s.channel FROM suppressions s JOIN addresses a ON a.brand = s.brand AND a.bidx = s.bidx
		WHERE a.person = ` + byID + ` AND s.lifted_at IS NULL`
)

// loader reads one person into a draft.
type loader struct {
	s     *Store
	brand string
	who   optin.Who
	index []byte

	id, facts string
	wrapped   []byte
	addresses []sealedAddress
	draft     *optin.Draft
}

type sealedAddress struct {
	kind          string
	sealed, index []byte
	proven        sql.NullInt64
}

func (s *Store) loader(brand string, who optin.Who) *loader {
	l := &loader{s: s, brand: brand, who: who}
	l.reset()
	if who.Person == "" {
		l.index = s.keys.Index(brand, who.Address.Index())
	}
	return l
}

func (l *loader) reset() {
	l.id, l.facts, l.wrapped, l.addresses = "", "", nil, nil
	l.draft = &optin.Draft{Brand: l.brand, Record: consent.Record{}, Suppressed: map[consent.Channel]bool{}}
}

// queries are the reads of a person; a new one costs two of them.
func (l *loader) queries() []query {
	q, suppressed := readByID, suppressedByID
	args := []any{l.brand, l.who.Person}
	if l.who.Person == "" {
		q, suppressed = readByAddress, suppressedByAddress
		args[1] = l.index
	}
	unknown := func() bool { return l.id == "" }
	d := l.draft
	return []query{
		{sql: q.person, args: args, each: func(r scanner) error { return r.Scan(&l.id, &l.wrapped, &l.facts) }},
		{sql: suppressed, args: args, each: func(r scanner) error {
			var c string
			err := r.Scan(&c)
			d.Suppressed[consent.Channel(c)] = true
			return err
		}},
		{sql: q.addresses, args: args, skip: unknown, each: func(r scanner) error {
			var a sealedAddress
			err := r.Scan(&a.kind, &a.sealed, &a.proven, &a.index)
			l.addresses = append(l.addresses, a)
			return err
		}},
		{sql: q.permissions, args: args, skip: unknown, each: func(r scanner) error { return scanPermission(r, d.Record) }},
		{sql: q.outbox, args: args, skip: unknown, each: func(r scanner) error {
			var id, event, channel, kind, contact, program, template, fate string
			var due int64
			var begun sql.NullInt64
			if err := r.Scan(&id, &event, &channel, &kind, &contact, &program, &template, &fate, &due, &begun); err != nil {
				return err
			}
			if f := message.Fate(fate); f == message.Queued || f == message.Sending {
				d.Waiting = append(d.Waiting, optin.Waiting{ID: id, Event: event, Channel: consent.Channel(channel), Kind: message.Kind(kind), Contact: contact, Program: program, Text: template, Calling: message.Fate(fate) == message.Sending})
			}
			switch message.Kind(kind) {
			case message.Invitation, message.OptinRequest, message.Repermission:
				d.Questions = append(d.Questions, optin.Question{ID: id, Event: event, Fate: message.Fate(fate), Due: at(due), Begun: when(begun)})
			case message.Marketing, message.Service:
			}
			return nil
		}},
	}
}

func scanPermission(r scanner, into consent.Record) error {
	var channel, topic, state, basis, grade, program, notice, event string
	var since int64
	var until, asked sql.NullInt64
	if err := r.Scan(&channel, &topic, &state, &basis, &grade, &since, &until, &program, &notice, &event, &asked); err != nil {
		return err
	}
	into[consent.Key{Channel: consent.Channel(channel), Topic: consent.Topic(topic)}] = consent.Permission{
		State: consent.State(state), Basis: consent.Basis(basis), Grade: consent.Grade(grade),
		Since: at(since), Until: when(until), Program: program, Notice: notice, Event: event, AskedAt: when(asked),
	}
	return nil
}

// finish unseals what was read; ErrNobody when there was nothing and the who does not make one.
func (l *loader) finish(make bool) (*vault.Person, error) {
	d := l.draft
	if l.id == "" {
		if !make || l.who.Address.IsZero() {
			return nil, optin.ErrNobody
		}
		d.New = true
		d.Person = newID("sub_")
		d.Addresses = []optin.Held{{Address: l.who.Address, Index: l.index}}
		return nil, nil
	}
	d.Person = l.id
	if err := json.Unmarshal([]byte(l.facts), &d.Facts); err != nil {
		return nil, fmt.Errorf("store: facts of %s: %w", l.id, err)
	}
	key, err := l.s.keys.Person(l.brand, l.id, l.wrapped)
	if err != nil {
		return nil, fmt.Errorf("store: key of %s: %w", l.id, err)
	}
	for _, a := range l.addresses {
		wire, err := key.Open(a.sealed, l.brand, "addresses", "sealed", l.id+a.kind)
		if err != nil {
			return nil, fmt.Errorf("store: address of %s: %w", l.id, err)
		}
		adr, err := address.Stored(address.Kind(a.kind), string(wire))
		if err != nil {
			return nil, fmt.Errorf("store: address of %s: %w", l.id, err)
		}
		if !bytes.Equal(l.s.keys.Index(l.brand, adr.Index()), a.index) {
			return nil, fmt.Errorf("store: address of %s: its index belongs to another address; the row was tampered with", l.id)
		}
		d.Addresses = append(d.Addresses, optin.Held{Address: adr, Proven: when(a.proven), Index: a.index})
	}
	return key, nil
}

// Change implements optin.Store.
func (s *Store) Change(ctx context.Context, cause optin.Cause, who optin.Who, fn func(*optin.Draft) error) (event string, fresh bool, err error) {
	err = again(func() error {
		event, fresh, err = s.change(ctx, cause, who, fn)
		return err
	})
	return event, fresh, err
}

func (s *Store) change(ctx context.Context, cause optin.Cause, who optin.Who, fn func(*optin.Draft) error) (event string, fresh bool, err error) {
	l := s.loader(cause.Brand, who)
	seen := func() bool { return event != "" }
	reads := []query{{
		sql:  `SELECT event FROM causes WHERE brand = $1 AND source = $2 AND ref = $3`,
		args: []any{cause.Brand, cause.Source, cause.Ref},
		each: func(r scanner) error { return r.Scan(&event) },
	}}
	for _, q := range l.queries() {
		inner := q.skip
		q.skip = func() bool { return seen() || inner != nil && inner() }
		reads = append(reads, q)
	}
	err = s.eng.unit(ctx, reads, func() ([]write, error) {
		if seen() {
			return nil, nil
		}
		key, err := l.finish(true)
		if err != nil {
			return nil, err
		}
		d := l.draft
		d.Event = &consent.Event{SchemaVersion: consent.Schema, ID: eventID(d.Record), Brand: d.Brand, Person: d.Person}
		if err := fn(d); err != nil {
			return nil, err
		}
		ws, err := s.writes(cause, d, key)
		if err != nil {
			return nil, err
		}
		event, fresh = d.Event.ID, true
		return ws, nil
	})
	if err != nil {
		return "", false, err
	}
	return event, fresh, nil
}

const (
	insertCause      = `INSERT INTO causes (brand, source, ref, event) VALUES ($1, $2, $3, $4)`
	insertPerson     = `INSERT INTO persons (id, brand, key, facts, created_at) VALUES ($1, $2, $3, $4, $5)`
	insertAddress    = `INSERT INTO addresses (brand, bidx, person, kind, sealed, proven_at) VALUES ($1, $2, $3, $4, $5, $6)`
	updateFacts      = `UPDATE persons SET facts = $2 WHERE id = $1`
	proveAddress     = `UPDATE addresses SET proven_at = $3 WHERE brand = $1 AND bidx = $2 AND proven_at IS NULL`
	upsertPermission = `INSERT INTO permissions (person, channel, topic, state, basis, grade, since, until, program, notice, event, asked_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (person, channel, topic) DO UPDATE SET state = excluded.state, basis = excluded.basis, grade = excluded.grade,
			since = excluded.since, until = excluded.until, program = excluded.program, notice = excluded.notice, event = excluded.event, asked_at = excluded.asked_at`
	insertEvent = `INSERT INTO events (id, brand, person, type, at, sealed, leaf) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	queueEvent  = `INSERT INTO ledger_queue (brand, event) VALUES ($1, $2)`
	// What is being sent right now keeps its fate; its time ends, so that it is not tried again.
	cancelMessage = `UPDATE outbox SET expires_at = $2, settled_at = CASE fate WHEN 'queued' THEN $2 ELSE settled_at END,
		fate = CASE fate WHEN 'queued' THEN 'canceled' ELSE fate END WHERE id = $1 AND fate IN ('queued', 'sending')`
	releaseMessage = `UPDATE outbox SET due_at = $2 WHERE id = $1 AND fate = 'queued' AND due_at > $2`
	insertMessage  = `INSERT INTO outbox (id, brand, person, event, channel, about, kind, contact, template, topics, program, fate, due_at, expires_at, follows, sealed, verdict, tries)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'queued', $12, $13, $14, $15, $16, 0)`
	insertToken = `INSERT INTO tokens (hash, brand, person, uses, bidx, channel, event, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	suppress    = `INSERT INTO suppressions (brand, channel, bidx, reason, event, at, lifted_at) VALUES ($1, $2, $3, $4, $5, $6, NULL)
		ON CONFLICT (brand, bidx, channel) DO UPDATE SET reason = excluded.reason, event = excluded.event, at = excluded.at, lifted_at = NULL`
	liftSuppression = `UPDATE suppressions SET lifted_at = $4 WHERE brand = $1 AND channel = $2 AND bidx = $3`
)

// writes turns a finished draft into statements.
func (s *Store) writes(cause optin.Cause, d *optin.Draft, key *vault.Person) ([]write, error) {
	ws := make([]write, 0, 16)
	add := func(sql string, args ...any) { ws = append(ws, write{sql, args}) }
	now := micros(d.Event.Received)
	add(insertCause, cause.Brand, cause.Source, cause.Ref, d.Event.ID)

	facts, err := json.Marshal(d.Facts)
	if err != nil {
		return nil, fmt.Errorf("store: facts: %w", err)
	}
	if d.New {
		var wrapped []byte
		if wrapped, key, err = s.keys.NewPerson(d.Brand, d.Person); err != nil {
			return nil, err
		}
		add(insertPerson, d.Person, d.Brand, wrapped, string(facts), now)
		a := d.Addresses[0]
		kind := string(a.Address.Kind())
		var proven any
		if slices.Contains(d.Prove, a.Address) {
			proven = now
		}
		add(insertAddress, d.Brand, a.Index, d.Person, kind,
			key.Seal([]byte(a.Address.Wire()), d.Brand, "addresses", "sealed", d.Person+kind), proven)
	} else if d.FactsNew {
		add(updateFacts, d.Person, string(facts))
	}
	for _, a := range d.Prove {
		if d.New || d.Proven(a) {
			continue
		}
		add(proveAddress, d.Brand, s.keys.Index(d.Brand, a.Index()), now)
	}
	for k := range d.Touched {
		p := d.Record[k]
		add(upsertPermission, d.Person, string(k.Channel), string(k.Topic), string(p.State), string(p.Basis), string(p.Grade),
			micros(p.Since), maybe(p.Until), p.Program, p.Notice, p.Event, maybe(p.AskedAt))
	}
	for _, id := range d.Cancel {
		add(cancelMessage, id, now)
	}
	for _, id := range d.Release {
		add(releaseMessage, id, now)
	}
	for _, c := range d.Suppress {
		if a := d.Address(c.Reaches()); !a.IsZero() {
			add(suppress, d.Brand, string(c), s.keys.Index(d.Brand, a.Index()), string(d.Event.Type), d.Event.ID, now)
		}
	}
	for _, c := range d.Lift {
		if a := d.Address(c.Reaches()); !a.IsZero() {
			add(liftSuppression, d.Brand, string(c), s.keys.Index(d.Brand, a.Index()), now)
		}
	}
	for _, m := range d.Messages {
		w, err := messageWrite(d, m, key)
		if err != nil {
			return nil, err
		}
		ws = append(ws, w)
	}
	for _, t := range d.Tokens {
		add(insertToken, t.Hash, d.Brand, d.Person, string(t.Use), t.Index, string(t.Channel), t.Event, micros(t.Expires))
	}
	asStored(d.Event)
	plain, err := d.Event.Encode()
	if err != nil {
		return nil, fmt.Errorf("store: encode event: %w", err)
	}
	sealed := key.Seal(plain, d.Brand, "events", "sealed", d.Event.ID)
	leaf := ledger.Leaf(key.Salt(d.Event.ID), sealed)
	add(insertEvent, d.Event.ID, d.Brand, d.Person, string(d.Event.Type), now, sealed, leaf[:])
	add(queueEvent, d.Brand, d.Event.ID)
	return ws, nil
}

// asStored gives the evidence the precision and zone of the record's columns:
// the record must be the fold of its evidence, to the last digit.
func asStored(e *consent.Event) {
	e.At, e.Received = at(micros(e.At)), at(micros(e.Received))
	for i := range e.Changes {
		p := &e.Changes[i].To
		for _, t := range []*time.Time{&p.Since, &p.Until, &p.AskedAt} {
			if !t.IsZero() {
				*t = at(micros(*t))
			}
		}
	}
}

func messageWrite(d *optin.Draft, m optin.Message, key *vault.Person) (write, error) {
	body, err := json.Marshal(wireMessage(m.Out))
	if err != nil {
		return write{}, fmt.Errorf("store: encode message: %w", err)
	}
	verdict, err := json.Marshal(m.Verdict)
	if err != nil {
		return write{}, fmt.Errorf("store: encode verdict: %w", err)
	}
	var follows any
	if m.Follows != "" {
		follows = m.Follows
	}
	topics := make([]string, len(m.Topics))
	for i, t := range m.Topics {
		topics[i] = string(t)
	}
	return write{insertMessage, []any{m.ID, d.Brand, d.Person, d.Event.ID, string(m.Channel), string(cmp.Or(m.About, m.Channel)), string(m.Kind), m.Contact, m.Template,
		strings.Join(topics, ","), m.Program, micros(m.Due), micros(m.Expires), follows,
		key.Seal(body, d.Brand, "outbox", "sealed", m.ID), string(verdict)}}, nil
}

// sealedMessage is what an outbox row seals: everything personal.
type sealedMessage struct {
	From, FromName, ToKind, To, Language, Subject, Text, HTML, Unsubscribe, ListID string
}

func wireMessage(o message.Outgoing) sealedMessage {
	return sealedMessage{
		From: o.From, FromName: o.FromName, ToKind: string(o.To.Kind()), To: o.To.Wire(), Language: o.Language,
		Subject: o.Subject, Text: o.Text, HTML: o.HTML, Unsubscribe: o.Unsubscribe, ListID: o.ListID,
	}
}

func (w sealedMessage) into(o *message.Outgoing) error {
	to, err := address.Stored(address.Kind(w.ToKind), w.To)
	if err != nil {
		return fmt.Errorf("store: recipient of %s: %w", o.ID, err)
	}
	o.From, o.FromName, o.To, o.Language, o.Subject, o.Text, o.HTML = w.From, w.FromName, to, w.Language, w.Subject, w.Text, w.HTML
	o.Unsubscribe, o.ListID = w.Unsubscribe, w.ListID
	return nil
}

// eventID names a new piece of evidence. Evidence takes its place in the log in
// the order of its names, so the name comes after all that the record rests on,
// also where the clock went back or another machine's runs ahead.
func eventID(r consent.Record) string {
	id := newID("evt_")
	for _, p := range r {
		if p.Event < id {
			continue
		}
		last, err := uuid.Parse(strings.TrimPrefix(p.Event, "evt_"))
		if err != nil {
			continue // not one of ours
		}
		next := uuid.Must(uuid.NewV7())
		ms := binary.BigEndian.Uint64(last[:8])>>16 + 1 // RFC 9562 section 5.7: 48 bits of milliseconds come first
		binary.BigEndian.PutUint64(next[:8], ms<<16|uint64(binary.BigEndian.Uint16(next[6:8])))
		id = "evt_" + next.String()
	}
	return id
}

// newID makes a time-ordered identifier (UUIDv7). It is a name, never a secret.
func newID(prefix string) string {
	id, err := uuid.NewV7()
	if err != nil {
		panic("store: no randomness: " + err.Error())
	}
	return prefix + id.String()
}
