package store

import (
	"context"
	"encoding/json"
	"fmt"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/ledger"
)

// Summary is one brand at a glance. Counts of people count each once.
type Summary struct {
	MayWrite, Waiting, Left int
	Cells                   []Cell
	Fates                   map[string]int
	Checkpoint              ledger.Checkpoint
	Unsequenced             int
	Events                  []SummaryEvent // newest first
}

// Cell counts the people in one state of one channel and topic.
type Cell struct {
	Channel consent.Channel
	Topic   consent.Topic
	State   consent.State
	People  int
}

// SummaryEvent is one line of evidence, its address masked.
type SummaryEvent struct {
	consent.Event
	Masked    string
	LeafIndex int64
}

// Summary reads a brand in one consistent read.
func (s *Store) Summary(ctx context.Context, brand string) (Summary, error) {
	sum := Summary{Fates: map[string]int{}}
	args := []any{brand}
	count := func(into *int, sql string) query {
		return query{sql: sql, args: args, each: func(r scanner) error { return r.Scan(into) }}
	}
	type row struct {
		id, person  string
		sealed, key []byte
		index       int64
	}
	var last []row
	err := s.eng.read(ctx,
		count(&sum.MayWrite, `SELECT COUNT(DISTINCT p.id) FROM persons p JOIN permissions c ON c.person = p.id JOIN addresses a ON a.person = p.id
			WHERE p.brand = $1 AND c.state = 'granted' AND c.topic IN ('info', 'offers')
			AND a.kind = CASE c.channel WHEN 'email' THEN 'email' ELSE 'phone' END
			AND NOT EXISTS (SELECT 1 FROM suppressions s WHERE s.brand = p.brand AND s.bidx = a.bidx AND s.channel = c.channel AND s.lifted_at IS NULL)`),
		count(&sum.Waiting, `SELECT COUNT(*) FROM persons p WHERE p.brand = $1
			AND EXISTS (SELECT 1 FROM permissions c WHERE c.person = p.id AND c.state = 'pending')
			AND NOT EXISTS (SELECT 1 FROM permissions c WHERE c.person = p.id AND c.state = 'granted')`),
		count(&sum.Left, `SELECT COUNT(*) FROM persons p WHERE p.brand = $1
			AND EXISTS (SELECT 1 FROM permissions c WHERE c.person = p.id AND c.state IN ('refused', 'withdrawn', 'objected'))
			AND NOT EXISTS (SELECT 1 FROM permissions c WHERE c.person = p.id AND c.state IN ('granted', 'pending'))`),
		count(&sum.Unsequenced, `SELECT COUNT(*) FROM ledger_queue WHERE brand = $1`),
		query{sql: `SELECT c.channel, c.topic, c.state, COUNT(*) FROM permissions c JOIN persons p ON p.id = c.person
			WHERE p.brand = $1 GROUP BY c.channel, c.topic, c.state ORDER BY c.channel, c.topic, c.state`, args: args,
			each: func(r scanner) error {
				var channel, topic, state string
				var n int
				err := r.Scan(&channel, &topic, &state, &n)
				sum.Cells = append(sum.Cells, Cell{consent.Channel(channel), consent.Topic(topic), consent.State(state), n})
				return err
			}},
		query{sql: `SELECT fate, COUNT(*) FROM outbox WHERE brand = $1 GROUP BY fate`, args: args,
			each: func(r scanner) error {
				var fate string
				var n int
				err := r.Scan(&fate, &n)
				sum.Fates[fate] = n
				return err
			}},
		latestQuery(brand, &sum.Checkpoint),
		query{sql: `SELECT e.id, e.person, e.sealed, p.key, COALESCE(l.leaf_index, -1) FROM events e JOIN persons p ON p.id = e.person
			LEFT JOIN leaves l ON l.event = e.id WHERE e.brand = $1 ORDER BY e.id DESC LIMIT 20`, args: args,
			each: func(r scanner) error {
				var x row
				err := r.Scan(&x.id, &x.person, &x.sealed, &x.key, &x.index)
				last = append(last, x)
				return err
			}})
	if err != nil {
		return Summary{}, err
	}
	for _, x := range last {
		e, err := s.openEvent(brand, x.person, x.id, x.key, x.sealed)
		if err != nil {
			return Summary{}, err
		}
		se := SummaryEvent{Event: e, LeafIndex: x.index}
		if a, err := address.Stored(address.Kind(e.IdentifierType), e.Identifier); err == nil {
			se.Masked = a.String()
		}
		sum.Events = append(sum.Events, se)
	}
	return sum, nil
}

// openEvent unseals one event.
func (s *Store) openEvent(brand, person, id string, wrapped, sealed []byte) (consent.Event, error) {
	var e consent.Event
	key, err := s.keys.Person(brand, person, wrapped)
	if err != nil {
		return e, fmt.Errorf("store: key of %s: %w", person, err)
	}
	plain, err := key.Open(sealed, brand, "events", "sealed", id)
	if err != nil {
		return e, fmt.Errorf("store: event %s: %w", id, err)
	}
	if err := json.Unmarshal(plain, &e); err != nil {
		return e, fmt.Errorf("store: event %s: %w", id, err)
	}
	return e, nil
}
