package ledger_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"placet/internal/ledger"
)

const (
	brand  = "rossi"
	origin = "retailer.example/ledger/rossi"
)

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// memory is a log in memory, for one brand. Its fields are open so that tests can
// tamper with them.
type memory struct {
	waiting     []ledger.Placed
	placed      []ledger.Placed
	tiles       map[ledger.TileID][]byte
	checkpoints []ledger.Checkpoint

	// before runs first in Advance and may do what another sequencer would.
	before func()
	// after runs when Advance has written; its error is returned all the same.
	after func() error
}

func (m *memory) Latest(context.Context, string) (ledger.Checkpoint, error) {
	if len(m.checkpoints) == 0 {
		return ledger.Checkpoint{}, nil
	}
	return m.checkpoints[len(m.checkpoints)-1], nil
}

func (m *memory) Tiles(_ context.Context, _ string, ids []ledger.TileID) ([][]byte, error) {
	out := make([][]byte, len(ids))
	for i, id := range ids {
		out[i] = m.tiles[id]
	}
	return out, nil
}

func (m *memory) Unplaced(_ context.Context, _ string, n int) ([]ledger.Entry, error) {
	var out []ledger.Entry
	for _, e := range m.waiting[:min(n, len(m.waiting))] {
		out = append(out, e.Entry)
	}
	return out, nil
}

func (m *memory) Advance(ctx context.Context, _ string, old ledger.Checkpoint, placed []ledger.Entry, tiles []ledger.Tile, next ledger.Checkpoint) error {
	if before := m.before; before != nil {
		m.before = nil
		before()
	}
	if now, _ := m.Latest(ctx, brand); now.Size != old.Size || now.Root != old.Root {
		return ledger.ErrMoved
	}
	for i, e := range placed {
		if m.waiting[i].Event != e.Event {
			return ledger.ErrMoved
		}
	}
	for i := range placed {
		p := m.waiting[i]
		p.Index = old.Size + int64(i)
		m.placed = append(m.placed, p)
	}
	m.waiting = m.waiting[len(placed):]
	for _, t := range tiles {
		m.tiles[t.TileID] = t.Hashes
	}
	m.checkpoints = append(m.checkpoints, next)
	if m.after != nil {
		return m.after()
	}
	return nil
}

func (m *memory) Placed(_ context.Context, _ string, from int64, n int) ([]ledger.Placed, error) {
	i, _ := slices.BinarySearchFunc(m.placed, from, func(p ledger.Placed, at int64) int { return cmp.Compare(p.Index, at) })
	return m.placed[i:min(i+n, len(m.placed))], nil
}

func (m *memory) Checkpoints(_ context.Context, _ string, after int64, n int) ([]ledger.Checkpoint, error) {
	i := 0
	for i < len(m.checkpoints) && m.checkpoints[i].Size <= after {
		i++
	}
	return m.checkpoints[i:min(i+n, len(m.checkpoints))], nil
}

func (m *memory) clone() *memory {
	c := &memory{waiting: slices.Clone(m.waiting), placed: slices.Clone(m.placed), checkpoints: slices.Clone(m.checkpoints), tiles: map[ledger.TileID][]byte{}}
	for id, t := range m.tiles {
		c.tiles[id] = bytes.Clone(t)
	}
	return c
}

// oracle is the tree as tlog itself keeps it: every hash in one slice.
type oracle []tlog.Hash

func (o *oracle) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = (*o)[x]
	}
	return out, nil
}

func (o *oracle) root(t tb, size int64) tlog.Hash {
	t.Helper()
	h, err := tlog.TreeHash(size, o)
	must(t, err)
	return h
}

// tb is what *testing.T, *testing.B and *rapid.T have in common here.
type tb interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Context() context.Context
}

// rig is one log with its sequencer and its oracle.
type rig struct {
	store  *memory
	seq    *ledger.Sequencer
	key    ledger.Key
	known  note.Verifiers
	oracle oracle
	placed int64 // entries in the oracle
	added  int   // events recorded so far
}

func setup(t tb) *rig {
	t.Helper()
	var seed [32]byte
	for i := range seed {
		seed[i] = byte(i)
	}
	key, err := ledger.NewKey(origin, seed)
	must(t, err)
	b := &rig{store: &memory{tiles: map[ledger.TileID][]byte{}}, key: key, known: note.VerifierList(key.Verifier)}
	b.seq = b.sequencer(b.store)
	return b
}

func (b *rig) sequencer(s ledger.Store) *ledger.Sequencer {
	now := start
	return &ledger.Sequencer{Store: s, Brand: brand, Origin: origin, Signer: b.key.Signer, Known: b.known,
		Now: func() time.Time { now = now.Add(time.Second); return now }}
}

// record makes event i the way testdata/vectors.json says.
func record(i int) ledger.Placed {
	p := ledger.Placed{Salt: bytes.Repeat([]byte{byte(i)}, 32), Sealed: fmt.Appendf(nil, "record %d", i)}
	p.Event, p.Data = fmt.Sprint("event-", i), ledger.Leaf(p.Salt, p.Sealed)
	return p
}

func (b *rig) add(n int) {
	for range n {
		b.store.waiting = append(b.store.waiting, record(b.added))
		b.added++
	}
}

// step steps once and then checks the whole log.
func (b *rig) step(t tb) int {
	t.Helper()
	n, err := b.seq.Step(t.Context())
	must(t, err)
	b.check(t)
	return n
}

// grow places n events under one checkpoint, without checking the log each time.
func (b *rig) grow(t tb, n int) {
	t.Helper()
	b.add(n)
	b.seq.Batch = n
	if got, err := b.seq.Step(t.Context()); err != nil || got != n {
		t.Fatalf("placed %d of %d: %v", got, n, err)
	}
}

// check compares the log with tlog's own tree, verifies it, and proves each
// checkpoint consistent with the last one.
func (b *rig) check(t tb) {
	t.Helper()
	for ; b.placed < int64(len(b.store.placed)); b.placed++ {
		hashes, err := tlog.StoredHashes(b.placed, b.store.placed[b.placed].Data[:], &b.oracle)
		must(t, err)
		b.oracle = append(b.oracle, hashes...)
	}
	head, _ := b.store.Latest(t.Context(), brand)
	if head.Size != b.placed {
		t.Fatalf("checkpoint of size %d over %d entries", head.Size, b.placed)
	}
	r := b.verify(t, b.store)
	if r.Fault != nil || r.Size != head.Size || r.Checkpoints != int64(len(b.store.checkpoints)) || r.Root != b.oracle.root(t, head.Size) {
		t.Fatalf("report %+v, %v", r, r.Fault)
	}
	for _, c := range b.store.checkpoints {
		if c.Root != b.oracle.root(t, c.Size) {
			t.Fatalf("root at size %d is not tlog's", c.Size)
		}
		proof, err := ledger.Consistency(t.Context(), b.store, brand, c, head)
		must(t, err)
		must(t, ledger.VerifyConsistency(c, head, proof))
	}
}

func (b *rig) verify(t tb, m *memory, witnessed ...ledger.Checkpoint) ledger.Report {
	t.Helper()
	r, err := ledger.Verify(t.Context(), m, brand, origin, b.known, witnessed...)
	must(t, err)
	return r
}

func must(t tb, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustFail(t tb, err error, want error) {
	t.Helper()
	if err == nil || want != nil && !errors.Is(err, want) {
		t.Fatalf("error %v, want %v", err, want)
	}
}

// entriesOf reads an entry bundle.
func entriesOf(t tb, bundle []byte) [][]byte {
	t.Helper()
	var out [][]byte
	for len(bundle) > 0 {
		n := int(binary.BigEndian.Uint16(bundle))
		out = append(out, bundle[2:2+n])
		bundle = bundle[2+n:]
	}
	return out
}

func leafHash(p ledger.Placed) []byte {
	h := tlog.RecordHash(p.Data[:])
	return h[:]
}
