package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// DefaultBatch is how many events one step places at most unless told otherwise.
const DefaultBatch = 4096

// ErrContradiction is returned when the stored log is not a continuation of a
// checkpoint seen before. Signing on would give the log two histories, so the
// sequencer stops until a person has decided.
var ErrContradiction = errors.New("ledger: the stored log contradicts a checkpoint seen earlier (restored from an older copy, or altered); run the ledger's verify against an exported checkpoint")

// Sequencer gives the events of one brand their places and signs the result. Several may run
// for the same brand on different machines; each is used by one goroutine at a time.
type Sequencer struct {
	Store  Store
	Brand  string
	Origin string // first line of each checkpoint, also the name of the key
	Signer note.Signer
	Known  note.Verifiers // the keys of this origin, present and past
	Now    func() time.Time
	Batch  int // events per step at most; 0 means DefaultBatch

	// Seen is a checkpoint the log must be a continuation of. The sequencer keeps
	// it up to date; it may be set at the start, from an exported checkpoint.
	Seen Checkpoint
}

// Step places the events that wait, up to one batch, under one new checkpoint and
// returns how many it placed. It places none, without an error, when nothing
// waits or another sequencer was faster. After an error it is safe to step again. The new
// checkpoint is known to nobody before it is committed, so a failed step never
// leaves two histories behind.
func (s *Sequencer) Step(ctx context.Context) (int, error) {
	// Latest comes first: what is unplaced now is unplaced after it, or Advance says ErrMoved.
	old, err := s.Store.Latest(ctx, s.Brand)
	if err != nil {
		return 0, fmt.Errorf("ledger: latest checkpoint of %s: %w", s.Brand, err)
	}
	if err := s.accept(ctx, old); err != nil {
		return 0, err
	}
	batch := s.Batch
	if batch <= 0 {
		batch = DefaultBatch
	}
	entries, err := s.Store.Unplaced(ctx, s.Brand, batch)
	if err != nil {
		return 0, fmt.Errorf("ledger: unplaced events of %s: %w", s.Brand, err)
	}
	if len(entries) == 0 {
		return 0, nil
	}

	e, err := loadEdge(ctx, s.Store, s.Brand, old)
	if err != nil {
		return 0, err
	}
	for i := range entries {
		e.append(tlog.RecordHash(entries[i].Data[:]))
	}
	tiles := e.done
	for _, t := range e.partial() {
		if shift := tileHeight * t.Level; old.Size>>shift != e.size>>shift {
			tiles = append(tiles, t)
		}
	}
	next, err := sign(s.Origin, s.Signer, e.size, e.root(), s.Now())
	if err != nil {
		return 0, err
	}
	switch err := s.Store.Advance(ctx, s.Brand, old, entries, tiles, next); {
	case errors.Is(err, ErrMoved):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("ledger: advancing %s from %d to %d: %w", s.Brand, old.Size, next.Size, err)
	}
	s.Seen = next
	return len(entries), nil
}

// accept checks that the stored head is signed by us and continues what was seen.
func (s *Sequencer) accept(ctx context.Context, head Checkpoint) error {
	if head.Size == s.Seen.Size && head.Root == s.Seen.Root && bytes.Equal(head.Note, s.Seen.Note) {
		return nil
	}
	if head.Size < s.Seen.Size {
		return fmt.Errorf("%w: %s is at size %d, was at %d", ErrContradiction, s.Brand, head.Size, s.Seen.Size)
	}
	if err := head.authentic(s.Origin, s.Known); err != nil {
		return err
	}
	proof, err := Consistency(ctx, s.Store, s.Brand, s.Seen, head)
	if err != nil {
		return err
	}
	if err := VerifyConsistency(s.Seen, head, proof); err != nil {
		return fmt.Errorf("%w: %s at size %d and %d", ErrContradiction, s.Brand, s.Seen.Size, head.Size)
	}
	s.Seen = head
	return nil
}

// authentic checks that the note says what the row beside it says.
func (c Checkpoint) authentic(origin string, known note.Verifiers) error {
	signed, err := OpenCheckpoint(c.Note, origin, known)
	if err != nil {
		return err
	}
	if signed.Size != c.Size || signed.Root != c.Root {
		return fmt.Errorf("ledger: checkpoint of %s: the note says size %d, root %s, the row %d, %s", origin, signed.Size, signed.Root, c.Size, c.Root)
	}
	return nil
}
