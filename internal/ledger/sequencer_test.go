package ledger_test

import (
	"errors"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"placet/internal/ledger"
)

func TestStepEmpty(t *testing.T) {
	b := setup(t)
	if n := b.step(t); n != 0 || len(b.store.checkpoints) != 0 {
		t.Fatalf("placed %d under %d checkpoints, want nothing", n, len(b.store.checkpoints))
	}
}

func TestStepIsBounded(t *testing.T) {
	b := setup(t)
	b.add(ledger.DefaultBatch + 3)
	for _, want := range []int{ledger.DefaultBatch, 3, 0} {
		if n := b.step(t); n != want {
			t.Fatalf("placed %d, want %d", n, want)
		}
	}
	if at := b.store.checkpoints[1].At; !at.Equal(start.Add(2e9)) {
		t.Errorf("signed at %v", at)
	}
}

func TestAnyBatchesGiveTheSameTree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := setup(rt)
		for _, n := range rapid.SliceOfN(rapid.OneOf(rapid.IntRange(1, 5), rapid.IntRange(250, 260), rapid.IntRange(1, 900)), 1, 8).Draw(rt, "batches") {
			b.add(n)
			b.seq.Batch = rapid.IntRange(1, n).Draw(rt, "batch") + n/3
			for b.step(rt) > 0 {
			}
			if rapid.Bool().Draw(rt, "restart") {
				b.seq = b.sequencer(b.store)
			}
		}
	})
}

func TestEverySizeOneByOne(t *testing.T) {
	b := setup(t)
	for range 600 {
		b.grow(t, 1)
	}
	b.check(t)
}

// A third tile level: 256 full tiles and more.
func TestThreeLevels(t *testing.T) {
	b := setup(t)
	for _, n := range []int{65_535, 1, 1, 4_463} {
		b.grow(t, n)
		b.check(t)
	}
	if got := len(b.store.tiles[ledger.TileID{Level: 2}]); got != 32 {
		t.Errorf("tile 2/0 has %d bytes, want one hash", got)
	}
}

func TestTwoSequencers(t *testing.T) {
	b := setup(t)
	b.add(10)
	other := b.sequencer(b.store)
	other.Batch = 4
	b.store.before = func() {
		if n, err := other.Step(t.Context()); n != 4 || err != nil {
			t.Fatalf("the other placed %d, %v", n, err)
		}
	}
	if n := b.step(t); n != 0 {
		t.Fatalf("the slower one placed %d", n)
	}
	if n := b.step(t); n != 6 {
		t.Fatalf("then placed %d, want 6", n)
	}
	b.add(1)
	if n, err := other.Step(t.Context()); n != 1 || err != nil {
		t.Fatalf("the other placed %d, %v", n, err)
	}
	b.check(t)
}

func TestOutcomeUnknown(t *testing.T) {
	b := setup(t)
	b.add(5)
	lost := errors.New("connection lost after commit")
	b.store.after = func() error { return lost }
	_, err := b.seq.Step(t.Context())
	mustFail(t, err, lost)
	b.store.after = nil
	b.add(2)
	if n := b.step(t); n != 2 {
		t.Fatalf("placed %d, want the 2 new ones", n)
	}
}

func TestStepRefuses(t *testing.T) {
	var old *memory
	tests := []struct {
		name   string
		tamper func(*rig)
		want   error
	}{
		{"a rolled back log", func(b *rig) { *b.store = *old }, ledger.ErrContradiction},
		{"an emptied log", func(b *rig) { *b.store = memory{tiles: map[ledger.TileID][]byte{}} }, ledger.ErrContradiction},
		{"another history of the same key", func(b *rig) {
			fork := setup(t)
			fork.added = 7000
			fork.grow(t, 900)
			*b.store = *fork.store
		}, ledger.ErrContradiction},
		{"a damaged edge", func(b *rig) { b.store.tiles[ledger.TileID{Index: 2}][5] ^= 1 }, nil},
		{"a short tile", func(b *rig) {
			id := ledger.TileID{Index: 2}
			b.store.tiles[id] = b.store.tiles[id][:40]
		}, nil},
		{"a missing tile", func(b *rig) { delete(b.store.tiles, ledger.TileID{Level: 1}) }, nil},
		{"a head that the note does not say", func(b *rig) { b.store.checkpoints[1].Note = b.store.checkpoints[0].Note }, nil},
		{"a foreign key", func(b *rig) {
			key, err := ledger.NewKey(origin, [32]byte{9})
			must(t, err)
			b.seq = b.sequencer(b.store)
			b.seq.Known = note.VerifierList(key.Verifier)
		}, nil},
		{"a log behind an exported checkpoint", func(b *rig) {
			seen, _ := b.store.Latest(t.Context(), brand)
			*b.store = *old
			b.seq = b.sequencer(b.store)
			b.seq.Seen = seen
		}, ledger.ErrContradiction},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := setup(t)
			b.grow(t, 300)
			old = b.store.clone()
			b.grow(t, 300)
			test.tamper(b)
			b.store.waiting = append(b.store.waiting, record(9999))
			count := len(b.store.checkpoints)
			n, err := b.seq.Step(t.Context())
			mustFail(t, err, test.want)
			if n != 0 || len(b.store.checkpoints) != count {
				t.Errorf("placed %d and signed %d", n, len(b.store.checkpoints)-count)
			}
		})
	}
}
