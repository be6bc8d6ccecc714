package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"time"

	"placet/internal/consent"
	"placet/internal/ledger"
	"placet/internal/optin"
)

// Findings is what a verification of one brand found.
type Findings struct {
	People, Events, Messages int
	Unsequenced              int      // evidence without a place yet: not a fault
	Faults                   []string // one sentence each; empty: every invariant holds
}

// maxFaults bounds a report: whoever has a hundred faults has one.
const maxFaults = 100

// VerifyPeople checks every invariant of a brand's people and messages:
// each record is the fold of its evidence, each event opens with its person's
// key and gives the leaf that was recorded, has a place in the log or waits for
// one, and follows from the state before it; each message that waits can be
// opened, and none that asks or advertises waits for somebody who said stop.
// It may run beside a gateway.
func (s *Store) VerifyPeople(ctx context.Context, brand string) (Findings, error) {
	var f Findings
	last := ""
	for {
		var ids []string
		err := s.eng.read(ctx, query{
			sql: `SELECT id FROM persons WHERE brand = $1 AND id > $2 ORDER BY id LIMIT 500`, args: []any{brand, last},
			each: func(r scanner) error {
				err := r.Scan(&last)
				ids = append(ids, last)
				return err
			},
		})
		if err != nil {
			return f, err
		}
		if len(ids) == 0 {
			break
		}
		for _, id := range ids {
			if err := s.verifySettled(ctx, brand, id, &f); err != nil {
				return f, err
			}
			if len(f.Faults) >= maxFaults {
				return f, nil
			}
		}
	}
	return f, s.verifyQueues(ctx, brand, &f)
}

// verifySettled verifies one person, again when a change came in between the
// reads (PostgreSQL gives each its own snapshot).
func (s *Store) verifySettled(ctx context.Context, brand, id string, f *Findings) error {
	for try := 0; ; try++ {
		p, err := s.verifyPerson(ctx, brand, id)
		if err != nil {
			return err
		}
		if len(p.Faults) == 0 || try == 3 {
			f.People++
			f.Events += p.Events
			f.Messages += p.Messages
			f.Unsequenced += p.Unsequenced
			f.Faults = append(f.Faults, p.Faults...)
			return nil
		}
	}
}

type storedEvent struct {
	id           string
	sealed, leaf []byte
	index        sql.NullInt64
	waits        sql.NullString
}

func (s *Store) verifyPerson(ctx context.Context, brand, id string) (Findings, error) {
	var f Findings
	fault := func(format string, args ...any) {
		f.Faults = append(f.Faults, "person "+id+": "+fmt.Sprintf(format, args...))
	}
	var wrapped []byte
	record := consent.Record{}
	suppressed := map[string]bool{}
	var events []storedEvent
	type waiting struct {
		id, channel, kind string
		sealed            []byte
	}
	var messages []waiting
	args := []any{brand, id}
	err := s.eng.read(ctx,
		query{sql: `SELECT key FROM persons WHERE brand = $1 AND id = $2`, args: args, each: func(r scanner) error { return r.Scan(&wrapped) }},
		query{sql: readByID.permissions, args: args, each: func(r scanner) error { return scanPermission(r, record) }},
		query{sql: suppressedByID, args: args, each: func(r scanner) error {
			var c string
			err := r.Scan(&c)
			suppressed[c] = true
			return err
		}},
		query{sql: `SELECT e.id, e.sealed, e.leaf, l.leaf_index, q.event FROM events e LEFT JOIN leaves l ON l.event = e.id
			LEFT JOIN ledger_queue q ON q.brand = e.brand AND q.event = e.id WHERE e.brand = $1 AND e.person = $2`, args: args,
			each: func(r scanner) error {
				var e storedEvent
				err := r.Scan(&e.id, &e.sealed, &e.leaf, &e.index, &e.waits)
				events = append(events, e)
				return err
			}},
		query{sql: `SELECT id, channel, kind, sealed FROM outbox WHERE brand = $1 AND person = $2 AND fate = 'queued'`, args: args,
			each: func(r scanner) error {
				var m waiting
				err := r.Scan(&m.id, &m.channel, &m.kind, &m.sealed)
				messages = append(messages, m)
				return err
			}})
	if err != nil {
		return f, err
	}
	key, err := s.keys.Person(brand, id, wrapped)
	if err != nil {
		fault("the key does not open: %v", err)
		return f, nil
	}
	sort.Slice(events, func(i, j int) bool { return events[i].before(events[j]) })
	folded := consent.Record{}
	for _, e := range events {
		f.Events++
		switch {
		case !e.index.Valid && !e.waits.Valid:
			fault("event %s has no place in the log and waits for none", e.id)
		case !e.index.Valid:
			f.Unsequenced++
		}
		plain, err := key.Open(e.sealed, brand, "events", "sealed", e.id)
		if err != nil {
			fault("event %s does not open: it was changed or moved", e.id)
			continue
		}
		if leaf := ledger.Leaf(key.Salt(e.id), e.sealed); string(leaf[:]) != string(e.leaf) {
			fault("event %s does not give the leaf that was recorded", e.id)
		}
		var ev consent.Event
		if err := json.Unmarshal(plain, &ev); err != nil {
			fault("event %s is not JSON", e.id)
			continue
		}
		for _, c := range ev.Changes {
			// A question whose window closed reads as expired before the sweep writes that down.
			was := folded.At(c.Key, ev.Received).State
			if was != c.From && orNone(folded[c.Key].State) != c.From {
				fault("event %s says %s %s was %s before it, the evidence says %s", e.id, c.Channel, c.Topic, c.From, was)
			}
		}
		folded.Apply(ev.Changes)
	}
	for _, k := range record.Keys() {
		if got, want := record[k], folded[k]; !samePermission(got, want) {
			fault("%s %s is %s (event %s), its evidence says %s (event %s)", k.Channel, k.Topic, got.State, got.Event, orNone(want.State), want.Event)
		}
	}
	for k := range folded {
		if _, ok := record[k]; !ok {
			fault("%s %s is missing, its evidence says %s", k.Channel, k.Topic, folded[k].State)
		}
	}
	for _, m := range messages {
		f.Messages++
		if _, err := key.Open(m.sealed, brand, "outbox", "sealed", m.id); err != nil {
			fault("message %s waits and does not open", m.id)
		}
		if suppressed[m.channel] && (m.kind == "marketing" || m.kind == "repermission" || m.kind == "invitation") {
			fault("message %s (%s) waits for somebody who said stop on %s", m.id, m.kind, m.channel)
		}
	}
	return f, nil
}

// before is the order of a person's acts: that of the log, then of the ids.
func (e storedEvent) before(o storedEvent) bool {
	if e.index.Valid && o.index.Valid {
		return e.index.Int64 < o.index.Int64
	}
	if e.index.Valid != o.index.Valid {
		return e.index.Valid
	}
	return e.id < o.id
}

func samePermission(a, b consent.Permission) bool {
	// The database keeps microseconds.
	same := func(x, y time.Time) bool { return x.Truncate(time.Microsecond).Equal(y.Truncate(time.Microsecond)) }
	return a.State == b.State && a.Basis == b.Basis && a.Grade == b.Grade && a.Program == b.Program && a.Notice == b.Notice && a.Event == b.Event &&
		same(a.Since, b.Since) && same(a.Until, b.Until) && same(a.AskedAt, b.AskedAt)
}

func orNone(st consent.State) consent.State {
	if st == "" {
		return consent.None
	}
	return st
}

// verifyQueues checks what hangs together across people.
func (s *Store) verifyQueues(ctx context.Context, brand string, f *Findings) error {
	check := func(what, sql string) query {
		return query{sql: sql, args: []any{brand}, each: func(r scanner) error {
			var id string
			err := r.Scan(&id)
			f.Faults = append(f.Faults, what+" "+id)
			return err
		}}
	}
	return s.eng.read(ctx,
		check("a cause without its event:", `SELECT c.source || ' ' || c.ref FROM causes c LEFT JOIN events e ON e.id = c.event WHERE c.brand = $1 AND e.id IS NULL LIMIT 20`),
		check("a place in the log without its event:", `SELECT l.event FROM leaves l LEFT JOIN events e ON e.id = l.event WHERE l.brand = $1 AND e.id IS NULL LIMIT 20`),
		check("placed and waiting at once:", `SELECT q.event FROM ledger_queue q JOIN leaves l ON l.event = q.event WHERE q.brand = $1 LIMIT 20`),
		check("a message without its event:", `SELECT o.id FROM outbox o LEFT JOIN events e ON e.id = o.event WHERE o.brand = $1 AND e.id IS NULL LIMIT 20`),
		check("a person without an address:", `SELECT p.id FROM persons p LEFT JOIN addresses a ON a.person = p.id WHERE p.brand = $1 AND a.person IS NULL LIMIT 20`))
}

// Integrity asks the database about itself; nil for PostgreSQL, which checks pages as it reads them.
func (s *Store) Integrity(ctx context.Context) error {
	if s.kind != "sqlite" {
		return nil
	}
	var said string
	if err := s.db.QueryRowContext(ctx, `PRAGMA integrity_check`).Scan(&said); err != nil {
		return unavailable(err)
	}
	if said != "ok" {
		return errors.New("store: integrity check: " + said)
	}
	return nil
}

// Check that the store is what its callers declared.
var (
	_ optin.Store   = (*Store)(nil)
	_ ledger.Store  = (*Store)(nil)
	_ ledger.Source = (*Store)(nil)
)
