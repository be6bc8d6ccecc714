package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"placet/internal/ledger"
)

// tamperedLog has checkpoints at 100, 200 ... 700.
func tamperedLog(t tb) *rig {
	b := setup(t)
	for range 7 {
		b.grow(t, 100)
	}
	return b
}

// reset gives entry i of the log another record, with a salt and an entry that fit.
func reset(m *memory, i int) {
	at := m.placed[i].Index
	m.placed[i] = record(5000 + i)
	m.placed[i].Index = at
}

func renumber(m *memory) {
	for i := range m.placed {
		m.placed[i].Index = int64(i)
	}
}

func TestVerifyFindsTampering(t *testing.T) {
	tile := func(level int, index int64) ledger.TileID { return ledger.TileID{Level: level, Index: index} }
	tests := []struct {
		name         string
		tamper       func(m *memory)
		kind         ledger.Kind
		index, until int64
	}{
		{"a sealed record edited", func(m *memory) { m.placed[321].Sealed = []byte("record 9") }, ledger.BadRecord, 321, 322},
		{"a salt edited", func(m *memory) { m.placed[0].Salt = []byte{1} }, ledger.BadRecord, 0, 1},
		{"an entry flipped", func(m *memory) { m.placed[255].Data[31] ^= 1; m.placed[255].Salt = nil }, ledger.BadEntry, 255, 256},
		{"a record, salt and entry replaced", func(m *memory) { reset(m, 699) }, ledger.BadEntry, 699, 700},
		{"an entry deleted", func(m *memory) { m.placed = slices.Delete(m.placed, 300, 301) }, ledger.MissingEntry, 300, 301},
		{"many deleted", func(m *memory) { m.placed = slices.Delete(m.placed, 0, 130) }, ledger.MissingEntry, 0, 100},
		{"the last deleted", func(m *memory) { m.placed = m.placed[:699] }, ledger.MissingEntry, 699, 700},
		{"deleted and renumbered", func(m *memory) { m.placed = slices.Delete(m.placed, 300, 301); renumber(m) }, ledger.BadEntry, 300, 301},
		{"deleted and renumbered near the end", func(m *memory) { m.placed = slices.Delete(m.placed, 600, 601); renumber(m) }, ledger.BadEntry, 600, 601},
		{"one replaced before another that was edited", func(m *memory) { reset(m, 410); m.placed[420].Sealed = nil }, ledger.BadEntry, 410, 411},
		{"inserted and renumbered", func(m *memory) { m.placed = slices.Insert(m.placed, 256, record(8000)); renumber(m) }, ledger.BadEntry, 256, 257},
		{"inserted at a place taken", func(m *memory) {
			p := record(8000)
			p.Index = 42
			m.placed = slices.Insert(m.placed, 42, p)
		}, ledger.BadEntry, 42, 43},
		{"one added at the end", func(m *memory) { m.placed = append(m.placed, record(8000)); renumber(m) }, ledger.Uncovered, 700, 701},
		{"one added far beyond the end", func(m *memory) {
			p := record(8000)
			p.Index = 900
			m.placed = append(m.placed, p)
		}, ledger.Uncovered, 900, 901},
		{"two swapped", func(m *memory) {
			m.placed[511], m.placed[512] = m.placed[512], m.placed[511]
			renumber(m)
		}, ledger.BadEntry, 511, 512},
		{"a full tile flipped", func(m *memory) { m.tiles[tile(0, 1)][7*32+3] ^= 0x80 }, ledger.BadTile, 256 + 7, 256 + 8},
		{"the partial tile flipped", func(m *memory) { m.tiles[tile(0, 2)][187*32] ^= 1 }, ledger.BadTile, 699, 700},
		{"an upper tile flipped", func(m *memory) { m.tiles[tile(1, 0)][32] ^= 1 }, ledger.BadTile, 256, 512},
		{"a tile deleted", func(m *memory) { delete(m.tiles, tile(0, 1)) }, ledger.BadTile, 256, 257},
		{"a tile cut", func(m *memory) { m.tiles[tile(0, 2)] = m.tiles[tile(0, 2)][:33] }, ledger.BadTile, 513, 514},
		{"a full tile too long", func(m *memory) { m.tiles[tile(0, 0)] = append(m.tiles[tile(0, 0)], make([]byte, 32)...) }, ledger.BadTile, 255, 256},
		{"a partial tile too long", func(m *memory) { m.tiles[tile(0, 2)] = append(m.tiles[tile(0, 2)], make([]byte, 32)...) }, ledger.BadTile, 700, 701},
		{"an entry and its tile replaced", func(m *memory) {
			reset(m, 130)
			h := record(5130)
			copy(m.tiles[tile(0, 0)][130*32:], leafHash(h))
		}, ledger.BadEntry, 100, 200},
		{"a tile flipped, then a later entry", func(m *memory) { m.tiles[tile(0, 0)][0] ^= 1; reset(m, 650) }, ledger.BadTile, 0, 1},
		{"a root edited", func(m *memory) { m.checkpoints[2].Root[0] ^= 1 }, ledger.BadCheckpoint, 200, 300},
		{"a size edited", func(m *memory) { m.checkpoints[2].Size++ }, ledger.BadCheckpoint, 200, 301},
		{"a note flipped", func(m *memory) {
			n := slices.Clone(m.checkpoints[6].Note)
			n[len(n)-9] ^= 1
			m.checkpoints[6].Note = n
		}, ledger.BadCheckpoint, 600, 700},
		{"a note spelled otherwise", func(m *memory) {
			// The last letter of the base64 carries two bits that nobody decodes.
			n := slices.Clone(m.checkpoints[3].Note)
			n[len(n)-3]++
			m.checkpoints[3].Note = n
		}, ledger.BadCheckpoint, 300, 400},
		{"a note emptied", func(m *memory) { m.checkpoints[0].Note = nil }, ledger.BadCheckpoint, 0, 100},
		{"the last checkpoint deleted", func(m *memory) { m.checkpoints = m.checkpoints[:6] }, ledger.Uncovered, 600, 601},
		{"all checkpoints deleted", func(m *memory) { m.checkpoints = nil }, ledger.Uncovered, 0, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := tamperedLog(t)
			test.tamper(b.store)
			f := b.verify(t, b.store).Fault
			if f == nil || f.Kind != test.kind || f.Index != test.index || f.Until != test.until {
				t.Fatalf("found %+v, want %s [%d, %d)", f, test.kind, test.index, test.until)
			}
		})
	}
}

// Reliability T21: any one change is found, at the right leaf.
func TestVerifyFindsAnyTampering(t *testing.T) {
	clean := tamperedLog(t)
	rapid.Check(t, func(rt *rapid.T) {
		m := clean.store.clone()
		i := rapid.IntRange(0, 699).Draw(rt, "leaf")
		checkpoint := int64(i / 100 * 100)
		first, last := int64(i), int64(i)
		switch rapid.SampledFrom([]string{"replace", "erase", "delete", "shift", "insert", "swap", "tile", "checkpoint", "unsign"}).Draw(rt, "how") {
		case "replace":
			reset(m, i)
		case "erase":
			m.placed[i].Data[rapid.IntRange(0, 31).Draw(rt, "byte")] ^= 1
			m.placed[i].Salt = nil
		case "delete":
			m.placed = slices.Delete(m.placed, i, i+1)
		case "shift":
			m.placed = slices.Delete(m.placed, i, i+1)
			renumber(m)
		case "insert":
			m.placed = slices.Insert(m.placed, i, record(8000))
			renumber(m)
		case "swap":
			j := rapid.IntRange(0, 699).Filter(func(j int) bool { return j != i }).Draw(rt, "other")
			m.placed[i], m.placed[j] = m.placed[j], m.placed[i]
			renumber(m)
			first = int64(min(i, j))
			last = first
		case "tile":
			m.tiles[ledger.TileID{Index: int64(i / 256)}][i%256*32+rapid.IntRange(0, 31).Draw(rt, "byte")] ^= 4
		case "checkpoint":
			n := slices.Clone(m.checkpoints[i/100].Note)
			n[rapid.IntRange(0, len(n)-1).Draw(rt, "byte")] ^= 2
			m.checkpoints[i/100].Note = n
			first, last = checkpoint, checkpoint
		case "unsign":
			// Each leaf alone under a root that its signature does not fit.
			m.checkpoints[i/100].Root[3] ^= 1
			first, last = checkpoint, checkpoint
		}
		f := clean.verify(rt, m).Fault
		if f == nil || f.Index < first || f.Index > last {
			rt.Fatalf("found %v, want leaf %d", f, first)
		}
	})
}

func TestVerifyAgainstWitness(t *testing.T) {
	b := tamperedLog(t)
	var kept []ledger.Checkpoint
	for _, c := range b.store.checkpoints {
		k, err := ledger.OpenCheckpoint(c.Note, origin, b.known)
		must(t, err)
		kept = append(kept, k)
	}
	slices.Reverse(kept)
	if r := b.verify(t, b.store, kept...); r.Fault != nil || r.Witnessed != 7 {
		t.Fatalf("report %+v, %v", r, r.Fault)
	}

	// A history without the entry 250, signed with the stolen key.
	fork := setup(t)
	fork.add(250)
	fork.added++
	fork.add(549)
	for range 8 {
		fork.seq.Batch = 100
		if _, err := fork.seq.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	older := setup(t)
	older.grow(t, 250)

	tests := []struct {
		name         string
		log          *memory
		kept         []ledger.Checkpoint
		kind         ledger.Kind
		index, until int64
	}{
		{"rewritten, seen at every checkpoint", fork.store, kept, ledger.Rewritten, 200, 300},
		{"rewritten, seen once", fork.store, kept[:1], ledger.Rewritten, 0, 700},
		{"rewritten after what was seen", fork.store, kept[5:], "", 0, 0},
		{"rolled back", older.store, kept, ledger.RolledBack, 250, 300},
		{"rolled back to nothing", &memory{}, kept[6:], ledger.RolledBack, 0, 100},
		{"seen between two checkpoints", older.store, kept[6:], "", 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if r := b.verify(t, test.log); r.Fault != nil {
				t.Fatalf("without a witness: %v", r.Fault)
			}
			f := b.verify(t, test.log, test.kept...).Fault
			switch {
			case test.kind == "" && f != nil:
				t.Fatal(f)
			case test.kind != "" && (f == nil || f.Kind != test.kind || f.Index != test.index || f.Until != test.until):
				t.Fatalf("found %+v, want %s [%d, %d)", f, test.kind, test.index, test.until)
			}
		})
	}
}

func TestVerifyAfterErasure(t *testing.T) {
	b := tamperedLog(t)
	for _, i := range []int{0, 255, 256, 699} {
		b.store.placed[i].Salt, b.store.placed[i].Sealed = nil, nil
	}
	if r := b.verify(t, b.store); r.Fault != nil || r.Erased != 4 || r.Size != 700 {
		t.Fatalf("report %+v, %v", r, r.Fault)
	}
}

// A key is replaced: the old checkpoints stay good as long as the old key is known.
func TestVerifyAfterKeyRotation(t *testing.T) {
	b := tamperedLog(t)
	next, err := ledger.NewKey(origin, [32]byte{77})
	must(t, err)
	b.seq.Signer, b.seq.Known = next.Signer, note.VerifierList(b.key.Verifier, next.Verifier)
	b.grow(t, 10)
	if f := b.verify(t, b.store).Fault; f == nil || f.Kind != ledger.BadCheckpoint || f.Index != 700 {
		t.Fatalf("with the old key alone: %v", f)
	}
	b.known = b.seq.Known
	b.check(t)
}

// racing is a source whose log grows while it is read.
type racing struct {
	*memory
	grow func()
}

func (r racing) Tiles(ctx context.Context, brand string, ids []ledger.TileID) ([][]byte, error) {
	r.grow()
	return r.memory.Tiles(ctx, brand, ids)
}

func (r racing) Placed(ctx context.Context, brand string, from int64, n int) ([]ledger.Placed, error) {
	r.grow()
	return r.memory.Placed(ctx, brand, from, n)
}

func TestVerifyBesideASequencer(t *testing.T) {
	b := tamperedLog(t)
	rounds := 12
	r, err := ledger.Verify(t.Context(), racing{b.store, func() {
		if rounds > 0 {
			rounds--
			b.grow(t, 77)
		}
	}}, brand, origin, b.known)
	must(t, err)
	if r.Fault != nil || r.Size != 700+12*77 {
		t.Fatalf("report %+v, %v", r, r.Fault)
	}
}

// failing is a database that answers one question with an error.
type failing struct {
	*memory
	on  string
	err error
}

func (f failing) fail(on string) error {
	if f.on == on {
		return f.err
	}
	return nil
}

func (f failing) Latest(ctx context.Context, brand string) (ledger.Checkpoint, error) {
	c, _ := f.memory.Latest(ctx, brand)
	return c, f.fail("latest")
}

func (f failing) Tiles(ctx context.Context, brand string, ids []ledger.TileID) ([][]byte, error) {
	tiles, _ := f.memory.Tiles(ctx, brand, ids)
	return tiles, f.fail("tiles")
}

func (f failing) Unplaced(ctx context.Context, brand string, n int) ([]ledger.Entry, error) {
	entries, _ := f.memory.Unplaced(ctx, brand, n)
	return entries, f.fail("unplaced")
}

func (f failing) Placed(ctx context.Context, brand string, from int64, n int) ([]ledger.Placed, error) {
	placed, _ := f.memory.Placed(ctx, brand, from, n)
	return placed, f.fail("placed")
}

func (f failing) Checkpoints(ctx context.Context, brand string, after int64, n int) ([]ledger.Checkpoint, error) {
	checkpoints, _ := f.memory.Checkpoints(ctx, brand, after, n)
	return checkpoints, f.fail("checkpoints")
}

// What cannot be read is an error, never a clean report and never a fault.
func TestDatabaseFails(t *testing.T) {
	gone := errors.New("disk gone")
	entries := ledger.Path{Entries: true, Width: 1}
	hashes := ledger.Path{Width: 1}
	tests := []struct {
		on                                     string
		step, verify, bundle, tile, consistent bool
	}{
		{on: "latest", step: true, bundle: true, tile: true},
		{on: "tiles", step: true, verify: true, tile: true, consistent: true},
		{on: "unplaced", step: true},
		{on: "placed", verify: true, bundle: true},
		{on: "checkpoints", verify: true},
	}
	for _, test := range tests {
		t.Run(test.on, func(t *testing.T) {
			b := tamperedLog(t)
			db := failing{b.store, test.on, gone}
			head := b.store.checkpoints[6]
			b.add(1)
			check := func(what string, err error, want bool) {
				t.Helper()
				if errors.Is(err, gone) != want || err != nil != want {
					t.Errorf("%s: %v", what, err)
				}
			}
			_, err := ledger.Consistency(t.Context(), db, brand, b.store.checkpoints[1], head)
			check("consistency", err, test.consistent)
			_, err = ledger.Verify(t.Context(), db, brand, origin, b.known)
			check("verify", err, test.verify)
			_, err = ledger.Resource(t.Context(), db, brand, entries)
			check("bundle", err, test.bundle)
			_, err = ledger.Resource(t.Context(), db, brand, hashes)
			check("tile", err, test.tile)
			_, err = b.sequencer(db).Step(t.Context())
			check("step", err, test.step)
		})
	}
}

// A damaged log must not be verified as whole because its tiles cannot be read
// when a fault is being narrowed down.
func TestDatabaseFailsUnderAFault(t *testing.T) {
	gone := errors.New("disk gone")
	b := tamperedLog(t)
	reset(b.store, 20)
	_, err := ledger.Verify(t.Context(), failing{b.store, "tiles", gone}, brand, origin, b.known)
	mustFail(t, err, gone)
}

func TestFaultReads(t *testing.T) {
	f := &ledger.Fault{Kind: ledger.BadEntry, Index: 7, Until: 8, Reason: "x"}
	if got := f.String(); got != "ledger: invalid at leaf 7 (entry): x" {
		t.Error(got)
	}
	f.Until = 20
	if got := fmt.Sprint(f); got != "ledger: invalid from leaf 7, before leaf 20 (entry): x" {
		t.Error(got)
	}
}

func BenchmarkStep(b *testing.B) {
	for _, batch := range []int{1, 64, ledger.DefaultBatch} {
		b.Run(fmt.Sprint(batch), func(b *testing.B) {
			r := setup(b)
			r.grow(b, 10_000)
			for b.Loop() {
				b.StopTimer()
				r.add(batch)
				r.seq.Batch = batch
				b.StartTimer()
				if _, err := r.seq.Step(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch), "ns/leaf")
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, every := range []int{1, 64, 1000} {
		b.Run(fmt.Sprint("checkpoint-every-", every), func(b *testing.B) {
			r := setup(b)
			const size = 20_000
			for range size / every {
				r.grow(b, every)
			}
			for b.Loop() {
				if rep := r.verify(b, r.store); rep.Fault != nil {
					b.Fatal(rep.Fault)
				}
			}
			b.ReportMetric(float64(b.N)*size/b.Elapsed().Seconds(), "leaves/s")
		})
	}
}

func BenchmarkProve(b *testing.B) {
	r := setup(b)
	r.grow(b, 1_000_000)
	head, _ := r.store.Latest(b.Context(), brand)
	for i := int64(0); b.Loop(); i++ {
		if _, err := ledger.Prove(b.Context(), r.store, brand, head, i*7919%head.Size); err != nil {
			b.Fatal(err)
		}
	}
}
