package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"placet/internal/ledger"
)

// Latest implements ledger.Reader.
func (s *Store) Latest(ctx context.Context, brand string) (ledger.Checkpoint, error) {
	var c ledger.Checkpoint
	err := s.eng.read(ctx, latestQuery(brand, &c))
	return c, err
}

func latestQuery(brand string, c *ledger.Checkpoint) query {
	return query{sql: `SELECT size, root, note, at FROM checkpoints WHERE brand = $1 ORDER BY size DESC LIMIT 1`, args: []any{brand},
		each: func(r scanner) (err error) { *c, err = scanCheckpoint(r); return err }}
}

func scanCheckpoint(r scanner) (ledger.Checkpoint, error) {
	var c ledger.Checkpoint
	var root []byte
	var when int64
	if err := r.Scan(&c.Size, &root, &c.Note, &when); err != nil {
		return c, err
	}
	if len(root) != tlog.HashSize {
		return c, fmt.Errorf("store: checkpoint %d has a root of %d bytes", c.Size, len(root))
	}
	c.Root, c.At = tlog.Hash(root), at(when)
	return c, nil
}

// Tiles implements ledger.Reader.
func (s *Store) Tiles(ctx context.Context, brand string, ids []ledger.TileID) ([][]byte, error) {
	out := make([][]byte, len(ids))
	qs := make([]query, len(ids))
	for i, id := range ids {
		qs[i] = query{sql: `SELECT hashes FROM ledger_tiles WHERE brand = $1 AND level = $2 AND idx = $3`, args: []any{brand, id.Level, id.Index},
			each: func(r scanner) error { return r.Scan(&out[i]) }}
	}
	if len(qs) == 0 {
		return out, nil
	}
	return out, s.eng.read(ctx, qs...)
}

// Unplaced implements ledger.Store.
func (s *Store) Unplaced(ctx context.Context, brand string, n int) ([]ledger.Entry, error) {
	var out []ledger.Entry
	err := s.eng.read(ctx, query{
		sql:  `SELECT e.id, e.leaf FROM ledger_queue q JOIN events e ON e.id = q.event WHERE q.brand = $1 ORDER BY q.event LIMIT $2`,
		args: []any{brand, n},
		each: func(r scanner) error {
			var e ledger.Entry
			var leaf []byte
			if err := r.Scan(&e.Event, &leaf); err != nil {
				return err
			}
			if len(leaf) != len(e.Data) {
				return fmt.Errorf("store: event %s has a leaf of %d bytes", e.Event, len(leaf))
			}
			e.Data = [32]byte(leaf)
			out = append(out, e)
			return nil
		},
	})
	return out, err
}

// Advance implements ledger.Store. The primary keys of leaves and checkpoints
// and the uniqueness of an event's leaf are the compare-and-swap.
func (s *Store) Advance(ctx context.Context, brand string, old ledger.Checkpoint, placed []ledger.Entry, tiles []ledger.Tile, next ledger.Checkpoint) error {
	var now ledger.Checkpoint
	err := s.eng.unit(ctx, []query{latestQuery(brand, &now)}, func() ([]write, error) {
		if now.Size != old.Size || now.Root != old.Root {
			return nil, ledger.ErrMoved
		}
		var ws []write
		for i := 0; i < len(placed); i += placeRows {
			part := placed[i:min(i+placeRows, len(placed))]
			leafArgs, queueArgs := make([]any, 0, 3*len(part)), []any{brand}
			for j, e := range part {
				leafArgs = append(leafArgs, brand, old.Size+int64(i+j), e.Event)
				queueArgs = append(queueArgs, e.Event)
			}
			ws = append(ws,
				write{`INSERT INTO leaves (brand, leaf_index, event) VALUES ` + rows(len(part), 3), leafArgs},
				write{`DELETE FROM ledger_queue WHERE brand = $1 AND event IN (` + marks(2, len(part)) + `)`, queueArgs})
		}
		for _, t := range tiles {
			ws = append(ws, write{`INSERT INTO ledger_tiles (brand, level, idx, hashes) VALUES ($1, $2, $3, $4)
				ON CONFLICT (brand, level, idx) DO UPDATE SET hashes = excluded.hashes`, []any{brand, t.Level, t.Index, t.Hashes}})
		}
		return append(ws, write{`INSERT INTO checkpoints (brand, size, root, note, at) VALUES ($1, $2, $3, $4, $5)`,
			[]any{brand, next.Size, next.Root[:], next.Note, micros(next.At)}}), nil
	})
	if errors.Is(err, errMet) {
		return ledger.ErrMoved
	}
	return err
}

// placeRows is how many leaves share a statement; the writer is shared with people.
const placeRows = 64

// rows writes "($1,$2),($3,$4)".
func rows(n, width int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		b.WriteString(marks(i*width+1, width))
		b.WriteByte(')')
	}
	return b.String()
}

// marks writes "$3,$4,$5".
func marks(from, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(from + i))
	}
	return b.String()
}

// Placed implements ledger.Source: the log by pages, with salt and sealed record
// where the person's key still exists.
func (s *Store) Placed(ctx context.Context, brand string, from int64, n int) ([]ledger.Placed, error) {
	var out []ledger.Placed
	err := s.eng.read(ctx, query{
		sql: `SELECT l.leaf_index, e.id, e.leaf, e.sealed, e.person, p.key FROM leaves l JOIN events e ON e.id = l.event
			LEFT JOIN persons p ON p.id = e.person
			WHERE l.brand = $1 AND l.leaf_index >= $2 ORDER BY l.leaf_index LIMIT $3`,
		args: []any{brand, from, n},
		each: func(r scanner) error {
			var p ledger.Placed
			var leaf, key []byte
			var person string
			if err := r.Scan(&p.Index, &p.Event, &leaf, &p.Sealed, &person, &key); err != nil {
				return err
			}
			if len(leaf) != len(p.Data) {
				return fmt.Errorf("store: event %s has a leaf of %d bytes", p.Event, len(leaf))
			}
			p.Data = [32]byte(leaf)
			if len(key) > 0 {
				k, err := s.keys.Person(brand, person, key)
				if err != nil {
					return fmt.Errorf("store: key of %s: %w", person, err)
				}
				p.Salt = k.Salt(p.Event)
			}
			out = append(out, p)
			return nil
		},
	})
	return out, err
}

// Checkpoints implements ledger.Source.
func (s *Store) Checkpoints(ctx context.Context, brand string, after int64, n int) ([]ledger.Checkpoint, error) {
	var out []ledger.Checkpoint
	err := s.eng.read(ctx, query{
		sql:  `SELECT size, root, note, at FROM checkpoints WHERE brand = $1 AND size > $2 ORDER BY size LIMIT $3`,
		args: []any{brand, after, n},
		each: func(r scanner) error {
			c, err := scanCheckpoint(r)
			out = append(out, c)
			return err
		},
	})
	return out, err
}

// Unsequenced counts events that wait for their place.
func (s *Store) Unsequenced(ctx context.Context, brand string) (int, error) {
	var n sql.NullInt64
	err := s.eng.read(ctx, query{sql: `SELECT COUNT(*) FROM ledger_queue WHERE brand = $1`, args: []any{brand},
		each: func(r scanner) error { return r.Scan(&n) }})
	return int(n.Int64), err
}
