package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"placet/internal/ledger"
)

var (
	_ ledger.Store  = (*database)(nil)
	_ ledger.Source = (*database)(nil)
)

func origin(brand string) string { return "placet.example/ledger/" + brand }

func (d *database) ledgerKey(t tester, brand string) ledger.Key {
	t.Helper()
	k, err := ledger.NewKey(origin(brand), d.keys.LedgerSeed(brand))
	must(t, err)
	return k
}

func (d *database) sequencer(t tester, brand string) *ledger.Sequencer {
	t.Helper()
	k := d.ledgerKey(t, brand)
	return &ledger.Sequencer{
		Store: d.Store, Brand: brand, Origin: origin(brand), Signer: k.Signer, Known: note.VerifierList(k.Verifier), Now: nowNoon,
	}
}

// place gives every event its place.
func (d *database) place(t tester, s *ledger.Sequencer) {
	t.Helper()
	for {
		n, err := s.Step(context.Background())
		must(t, err)
		if n == 0 {
			return
		}
	}
}

// verify recomputes the whole log from the sealed records up.
func (d *database) verify(t tester, brand string, seen ...ledger.Checkpoint) ledger.Report {
	t.Helper()
	r, err := ledger.Verify(context.Background(), d.Store, brand, origin(brand), note.VerifierList(d.ledgerKey(t, brand).Verifier), seen...)
	must(t, err)
	if r.Fault != nil {
		t.Fatalf("the log of %s: %v", brand, r.Fault)
	}
	return r
}

// events adds n pieces of evidence.
func (d *database) events(t tester, n int) {
	t.Helper()
	for _, err := range together(n, func(i int) error {
		_, _, err := d.Change(context.Background(), cause(newRef()), at(phone(i%7)), silent)
		return err
	}) {
		must(t, err)
	}
}

func TestLogGrows(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		ctx := t.Context()
		head, err := d.Latest(ctx, brand)
		must(t, err)
		if head.Size != 0 || head.Root != (tlog.Hash{}) || head.Note != nil || !head.At.IsZero() {
			t.Errorf("the head of an empty log is %+v", head)
		}
		s := d.sequencer(t, brand)
		var seen []ledger.Checkpoint
		for _, n := range []int{1, 2, 70, 200, 3} { // beyond one tile, beyond one statement
			d.events(t, n)
			waiting, err := d.Unplaced(ctx, brand, n+1)
			must(t, err)
			equal(t, "waiting", len(waiting), n)
			some, err := d.Unplaced(ctx, brand, 1)
			must(t, err)
			if len(some) != 1 || some[0] != waiting[0] {
				t.Errorf("the first of them is %+v, want %+v", some, waiting[0])
			}
			d.place(t, s)
			d.verify(t, brand, seen...)
			head, err := d.Latest(ctx, brand)
			must(t, err)
			seen = append(seen, head)
			equal(t, "signed at", head.At, noon.Truncate(time.Millisecond))
			left, err := d.Unsequenced(ctx, brand)
			must(t, err)
			equal(t, "left over", left, 0)
			placed, err := d.Placed(ctx, brand, head.Size-int64(n), n+5)
			must(t, err)
			for i, p := range placed {
				if p.Entry != waiting[i] || p.Index != head.Size-int64(n)+int64(i) || ledger.Leaf(p.Salt, p.Sealed) != p.Data {
					t.Fatalf("entry %d is not what waited", i)
				}
			}
			equal(t, "placed", len(placed), n)
		}
		stored, err := d.Checkpoints(ctx, brand, seen[0].Size, 2)
		must(t, err)
		if len(stored) != 2 || stored[0].Size != seen[1].Size || string(stored[1].Note) != string(seen[2].Note) {
			t.Errorf("checkpoints after the first: %+v", stored)
		}
		tiles, err := d.Tiles(ctx, brand, []ledger.TileID{{Level: 1}, {Level: 0, Index: 1}, {Level: 5}, {Level: 0}})
		must(t, err)
		for i, want := range []int{32, 32 * (276 - 256), 0, 32 * 256} {
			equal(t, fmt.Sprint("bytes of tile ", i), len(tiles[i]), want)
		}
		none, err := d.Tiles(ctx, brand, nil)
		must(t, err)
		equal(t, "no tiles asked", len(none), 0)
		for _, other := range []string{"nord", ""} {
			r := d.verify(t, other)
			equal(t, "another brand's log", r.Size, 0)
		}
	})
}

func TestAdvanceIsCompareAndSwap(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		ctx := t.Context()
		d.events(t, 5)
		s := d.sequencer(t, brand)
		s.Batch = 3
		_, err := s.Step(ctx)
		must(t, err)
		head, err := d.Latest(ctx, brand)
		must(t, err)
		waiting, err := d.Unplaced(ctx, brand, 10)
		must(t, err)
		placed, err := d.Placed(ctx, brand, 0, 10)
		must(t, err)
		next := ledger.Checkpoint{Size: head.Size + int64(len(waiting)), Root: tlog.Hash{1}, Note: []byte("note"), At: noon}
		tile := []ledger.Tile{{TileID: ledger.TileID{Level: 3, Index: 7}, Hashes: make([]byte, 32)}}
		other := head
		other.Root[5] ^= 1
		shorter := head
		shorter.Size--
		longer := head
		longer.Size++
		before := d.rows(t)
		for name, try := range map[string]struct {
			old    ledger.Checkpoint
			placed []ledger.Entry
		}{
			"an empty log":                {ledger.Checkpoint{}, waiting},
			"another root":                {other, waiting},
			"a shorter log":               {shorter, waiting},
			"a longer log":                {longer, waiting},
			"an event with a place":       {head, append([]ledger.Entry{placed[0].Entry}, waiting...)},
			"an event with a place, last": {head, append(slices.Clone(waiting), placed[2].Entry)},
			"the same event twice":        {head, []ledger.Entry{waiting[0], waiting[0]}},
		} {
			n := next
			n.Size = try.old.Size + int64(len(try.placed))
			if err := d.Advance(ctx, brand, try.old, try.placed, tile, n); !errors.Is(err, ledger.ErrMoved) {
				t.Errorf("%s: %v, want ErrMoved", name, err)
			}
			d.unchanged(t, before)
		}
		must(t, d.Advance(ctx, brand, head, waiting, tile, next))
		equal(t, "waiting", d.count(t, `SELECT COUNT(*) FROM ledger_queue`), 0)
		equal(t, "leaves", d.count(t, `SELECT COUNT(*) FROM leaves`), 5)
	})
}

func TestRivalSequencers(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		for round := range 4 {
			d.events(t, 20)
			rivals := make([]*ledger.Sequencer, 4)
			for i := range rivals {
				rivals[i] = d.sequencer(t, brand)
				rivals[i].Batch = 3 + i
			}
			for _, err := range together(len(rivals), func(i int) error {
				for {
					if _, err := rivals[i].Step(context.Background()); err != nil {
						return err
					}
					if n, err := d.Unsequenced(context.Background(), brand); err != nil || n == 0 {
						return err
					}
				}
			}) {
				must(t, err)
			}
			r := d.verify(t, brand)
			equal(t, "size", r.Size, int64(20*(round+1)))
		}
		equal(t, "events placed", d.count(t, `SELECT COUNT(DISTINCT event) FROM leaves`), 80)
	})
}

// Places go to events while they are being recorded: no event is lost or placed
// twice, and a person's events keep their order.
func TestSequencerBesideWriters(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		const writers, each = 8, 12
		stop := make(chan struct{})
		finished := make(chan error)
		go func() {
			s := d.sequencer(t, brand)
			for {
				if _, err := s.Step(context.Background()); err != nil {
					finished <- err
					return
				}
				select {
				case <-stop:
					finished <- nil
					return
				default:
				}
			}
		}()
		for _, err := range together(writers, func(i int) error {
			for j := range each {
				if _, _, err := d.Change(context.Background(), cause(fmt.Sprint(i, " ", j)), at(phone(i/2)), silent); err != nil {
					return err
				}
			}
			return nil
		}) {
			must(t, err)
		}
		close(stop)
		must(t, <-finished)
		d.place(t, d.sequencer(t, brand))
		equal(t, "size", d.verify(t, brand).Size, writers*each)
		events, err := d.Feed(t.Context(), brand, -1, 1000)
		must(t, err)
		last := map[string]string{}
		for _, e := range events {
			if e.ID <= last[e.Person] {
				t.Errorf("event %s of one person is placed after %s", e.ID, last[e.Person])
			}
			last[e.Person] = e.ID
		}
	})
}

// Evidence, places, checkpoints and published notices can be added to, never changed.
func TestAppendOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		_, b := d.desk(t)
		_, _, err := d.ApplyBrand(t.Context(), b, "text", noon)
		must(t, err)
		d.events(t, 3)
		d.place(t, d.sequencer(t, brand))
		before := d.rows(t)
		for table, column := range map[string]string{"events": "person", "leaves": "event", "checkpoints": "note", "notices": "body"} {
			statements := []string{
				fmt.Sprintf(`UPDATE %s SET %[2]s = %[2]s`, table, column),
				fmt.Sprintf(`UPDATE %s SET brand = 'nord'`, table),
				fmt.Sprintf(`DELETE FROM %s`, table),
			}
			if d.kind == pg {
				statements = append(statements, fmt.Sprintf(`TRUNCATE %s`, table), fmt.Sprintf(`TRUNCATE %s CASCADE`, table))
			}
			for _, s := range statements {
				if _, err := d.raw.ExecContext(t.Context(), s); err == nil {
					t.Errorf("%s was carried out", s)
				}
				d.unchanged(t, before)
			}
		}
		d.verify(t, brand)
	})
}

// What gets past the triggers does not get past the verifier (T21).
func TestTamperingIsSeen(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		d.events(t, 40)
		d.place(t, d.sequencer(t, brand))
		if d.kind == pg {
			d.exec(t, `ALTER TABLE events DISABLE TRIGGER USER`)
			d.exec(t, `ALTER TABLE leaves DISABLE TRIGGER USER`)
			d.exec(t, `ALTER TABLE checkpoints DISABLE TRIGGER USER`)
		} else {
			for _, table := range []string{"events", "leaves", "checkpoints"} {
				d.exec(t, `DROP TRIGGER `+table+`_no_update`)
				d.exec(t, `DROP TRIGGER `+table+`_no_delete`)
			}
		}
		head, err := d.Latest(t.Context(), brand)
		must(t, err)
		victim := d.word(t, `SELECT event FROM leaves WHERE leaf_index = 17`)
		other := d.word(t, `SELECT event FROM leaves WHERE leaf_index = 18`)
		var sealed, otherSealed, leaf []byte
		must(t, d.raw.QueryRowContext(t.Context(), `SELECT sealed, leaf FROM events WHERE id = $1`, victim).Scan(&sealed, &leaf))
		must(t, d.raw.QueryRowContext(t.Context(), `SELECT sealed FROM events WHERE id = $1`, other).Scan(&otherSealed))
		bent := append([]byte{sealed[0] ^ 1}, sealed[1:]...)
		bentLeaf := append([]byte{leaf[0] ^ 1}, leaf[1:]...)
		for _, hand := range []struct {
			name       string
			do, undo   string
			with, back []any
		}{
			{"a record altered", `UPDATE events SET sealed = $2 WHERE id = $1`, `UPDATE events SET sealed = $2 WHERE id = $1`, []any{victim, bent}, []any{victim, sealed}},
			{"a record exchanged", `UPDATE events SET sealed = $2 WHERE id = $1`, `UPDATE events SET sealed = $2 WHERE id = $1`, []any{victim, otherSealed}, []any{victim, sealed}},
			{"a leaf altered", `UPDATE events SET leaf = $2 WHERE id = $1`, `UPDATE events SET leaf = $2 WHERE id = $1`, []any{victim, bentLeaf}, []any{victim, leaf}},
			{"a place taken away", `DELETE FROM leaves WHERE event = $1`, `INSERT INTO leaves (brand, leaf_index, event) VALUES ('rossi', 17, $1)`, []any{victim}, []any{victim}},
			{"a place beyond the end", `UPDATE leaves SET leaf_index = 40 WHERE event = $1`, `UPDATE leaves SET leaf_index = 17 WHERE event = $1`, []any{victim}, []any{victim}},
			{"a checkpoint altered", `UPDATE checkpoints SET size = size - 1 WHERE brand = $1`, `UPDATE checkpoints SET size = size + 1 WHERE brand = $1`, []any{brand}, []any{brand}},
			{"the end cut off", `UPDATE checkpoints SET brand = 'x' WHERE brand = $1`, `UPDATE checkpoints SET brand = $1 WHERE brand = 'x'`, []any{brand}, []any{brand}},
		} {
			d.exec(t, hand.do, hand.with...)
			r, err := ledger.Verify(t.Context(), d.Store, brand, origin(brand), note.VerifierList(d.ledgerKey(t, brand).Verifier), head)
			must(t, err)
			if r.Fault == nil {
				t.Errorf("%s: nothing was noticed", hand.name)
			}
			d.exec(t, hand.undo, hand.back...)
			d.verify(t, brand, head)
		}
	})
}
