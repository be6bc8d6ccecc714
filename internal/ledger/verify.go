package ledger

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Kind says what a [Fault] is a fault of.
type Kind string

// The kinds of fault, from the inside out.
const (
	BadRecord     Kind = "record"      // the sealed record and salt do not give the entry
	BadEntry      Kind = "entry"       // an entry was altered, inserted, removed or moved, or its place given twice
	MissingEntry  Kind = "missing"     // a place in the signed log has no entry
	Uncovered     Kind = "uncovered"   // an entry has a place that no checkpoint covers
	BadTile       Kind = "tile"        // entries and checkpoint agree, a stored tile does not
	BadCheckpoint Kind = "checkpoint"  // a stored checkpoint is not what was signed
	Rewritten     Kind = "rewritten"   // a checkpoint kept elsewhere saw another history
	RolledBack    Kind = "rolled back" // a checkpoint kept elsewhere saw a longer log
)

// Fault is the first thing found wrong in a log.
type Fault struct {
	Kind Kind
	// The leaves concerned are [Index, Until): one leaf where the stored tiles
	// still tell which, else all since the last checkpoint that agrees.
	Index, Until int64
	Reason       string
}

// String says what is wrong and at which leaf.
func (f *Fault) String() string {
	if f.Until-f.Index == 1 {
		return fmt.Sprintf("ledger: invalid at leaf %d (%s): %s", f.Index, f.Kind, f.Reason)
	}
	return fmt.Sprintf("ledger: invalid from leaf %d, before leaf %d (%s): %s", f.Index, f.Until, f.Kind, f.Reason)
}

// Report is the result of [Verify].
type Report struct {
	Size        int64     // leaves that checkpoints were found to cover
	Root        tlog.Hash // the recomputed root at Size
	Checkpoints int64     // stored checkpoints that agree
	Witnessed   int       // checkpoints kept elsewhere that agree

	// Erased counts the entries without a salt, whose record cannot be compared any
	// more. The caller knows how many erasures there were: more would hide an altered record.
	Erased int64

	Fault *Fault // nil when everything agrees
}

// Pages that Verify reads: entries, checkpoints, and tiles compared together.
const (
	entryPage      = 4096
	checkpointPage = 256
	tilePage       = 32
)

// Verify recomputes the log of a brand from its first entry and compares every
// record, place, tile and checkpoint, and the checkpoints kept elsewhere
// (opened with [OpenCheckpoint]). It stops at the first fault and reports it; the error is for a
// database that cannot be read. The verifiers in known must be safe for concurrent use; those of package note are. It runs beside a running sequencer and then
// ends where the log has got to.
func Verify(ctx context.Context, src Source, brand, origin string, known note.Verifiers, witnessed ...Checkpoint) (Report, error) {
	v := &verifier{ctx: ctx, src: src, brand: brand, witnessed: slices.Clone(witnessed)}
	slices.SortStableFunc(v.witnessed, func(a, b Checkpoint) int { return cmp.Compare(a.Size, b.Size) })
	v.report.Root = v.edge.root()
	fault, err := v.run(origin, known)
	if err != nil {
		return Report{}, fmt.Errorf("ledger: verifying %s: %w", brand, err)
	}
	v.report.Fault = fault
	return v.report, nil
}

type verifier struct {
	ctx       context.Context
	src       Source
	brand     string
	edge      edge
	page      []Placed     // entries read and not yet appended
	witnessed []Checkpoint // not yet reached, by size
	agreed    int64        // size of the last witnessed checkpoint that agrees
	suspect   *Fault       // first tile that differs: its own fault or that of an entry, the next root will tell
	report    Report       // Size: that of the last stored checkpoint that agrees
}

func (v *verifier) run(origin string, known note.Verifiers) (*Fault, error) {
	if f := v.witness(); f != nil {
		return f, nil
	}
	for {
		checkpoints, err := v.src.Checkpoints(v.ctx, v.brand, v.report.Size, checkpointPage)
		if err != nil {
			return nil, err
		}
		if len(checkpoints) == 0 {
			more, fault, err := v.end()
			if more {
				continue
			}
			return fault, err
		}
		bad := authentic(checkpoints, origin, known)
		for i, c := range checkpoints {
			fault, err := v.reach(c)
			if fault != nil {
				fault, err = v.blame(fault)
			}
			if fault == nil && err == nil && bad[i] != nil {
				fault = &Fault{BadCheckpoint, v.report.Size, c.Size, bad[i].Error()}
			}
			if fault == nil && err == nil {
				fault, err = v.agree(c)
			}
			if fault != nil || err != nil {
				return fault, err
			}
		}
	}
}

// authentic opens a page of checkpoints on all processors: where every entry has a
// checkpoint of its own, signatures are nearly all of the work.
func authentic(page []Checkpoint, origin string, known note.Verifiers) []error {
	bad := make([]error, len(page))
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(page); i += workers {
				bad[i] = page[i].authentic(origin, known)
			}
		})
	}
	wg.Wait()
	return bad
}

// reach appends the entries up to a checkpoint's size.
func (v *verifier) reach(c Checkpoint) (*Fault, error) {
	if c.Size <= v.report.Size {
		return &Fault{BadCheckpoint, c.Size, v.report.Size, "the stored checkpoints are not in order of size"}, nil
	}
	for v.edge.size < c.Size {
		if len(v.page) == 0 {
			var err error
			if v.page, err = v.src.Placed(v.ctx, v.brand, v.edge.size, entryPage); err != nil {
				return nil, err
			}
		}
		at := v.edge.size
		if len(v.page) == 0 || v.page[0].Index > at {
			until := c.Size
			if len(v.page) > 0 {
				until = min(until, v.page[0].Index)
			}
			return &Fault{MissingEntry, at, until, fmt.Sprintf("a checkpoint of size %d covers an entry that is not stored", c.Size)}, nil
		}
		e := &v.page[0]
		if e.Index < at {
			return &Fault{BadEntry, e.Index, e.Index + 1, "two entries have this place"}, nil
		}
		if len(e.Salt) == 0 {
			v.report.Erased++
		} else if Leaf(e.Salt, e.Sealed) != e.Data {
			return &Fault{BadRecord, at, at + 1, "the sealed record is not the one this entry was made from"}, nil
		}
		v.edge.append(tlog.RecordHash(e.Data[:]))
		v.page = v.page[1:]
		if len(v.edge.done) >= tilePage {
			if err := v.compareDone(); err != nil {
				return nil, err
			}
		}
		if f := v.witness(); f != nil {
			return f, nil
		}
	}
	return nil, nil
}

// agree compares a stored checkpoint with the recomputed tree, and so decides
// whether a tile that differed is itself at fault.
func (v *verifier) agree(c Checkpoint) (*Fault, error) {
	if v.edge.root() == c.Root {
		v.report.Size, v.report.Root = c.Size, c.Root
		v.report.Checkpoints++
		return v.badTile(), nil
	}
	return v.blame(&Fault{BadEntry, v.report.Size, c.Size, fmt.Sprintf("the entries do not give the root signed at size %d", c.Size)})
}

// blame narrows a fault down: the tiles written with the entries may tell that
// another one, before it, is the first to have changed.
func (v *verifier) blame(f *Fault) (*Fault, error) {
	if err := v.compareDone(); err != nil {
		return nil, err
	}
	if err := v.compare(v.edge.partial()); err != nil {
		return nil, err
	}
	if bad := v.badTile(); bad != nil {
		return bad, nil
	}
	if s := v.suspect; s != nil && s.Until == s.Index+1 && s.Index < f.Until {
		return &Fault{BadEntry, s.Index, s.Until, "the entry is not the one that was placed here: " + f.Reason}, nil
	}
	return f, nil
}

// badTile returns the tile that differed if its leaves are all under a checkpoint that agrees.
func (v *verifier) badTile() *Fault {
	if v.suspect != nil && v.suspect.Until <= v.report.Size {
		return v.suspect
	}
	return nil
}

// witness compares the tree with the checkpoints kept elsewhere at its size.
func (v *verifier) witness() *Fault {
	for len(v.witnessed) > 0 && v.witnessed[0].Size == v.edge.size {
		w := v.witnessed[0]
		if v.edge.root() != w.Root {
			return &Fault{Rewritten, v.agreed, w.Size, fmt.Sprintf("a checkpoint of size %d kept elsewhere has root %s, this log %s", w.Size, w.Root, v.edge.root())}
		}
		v.agreed = w.Size
		v.report.Witnessed++
		v.witnessed = v.witnessed[1:]
	}
	return nil
}

// end looks at what lies beyond the last checkpoint. more says that the log has
// grown in the meantime.
func (v *verifier) end() (more bool, fault *Fault, err error) {
	if err := v.compareDone(); err != nil {
		return false, nil, err
	}
	if f := v.badTile(); f != nil {
		return false, f, nil
	}
	partial := v.edge.partial()
	stored, err := v.tiles(partial)
	if err != nil {
		return false, nil, err
	}
	if len(v.page) == 0 {
		if v.page, err = v.src.Placed(v.ctx, v.brand, v.edge.size, 1); err != nil {
			return false, nil, err
		}
	}
	// Entries, tiles and their checkpoint are committed together: if the checkpoint is not
	// there after the others were read, the others have none.
	next, err := v.src.Checkpoints(v.ctx, v.brand, v.report.Size, 1)
	if err != nil || len(next) > 0 {
		return err == nil, nil, err
	}
	for i, t := range partial {
		if f := v.differ(t, stored[i]); f != nil {
			return false, f, nil
		}
	}
	if len(v.page) > 0 {
		at := v.page[0].Index
		return false, &Fault{Uncovered, at, at + 1, fmt.Sprintf("the last checkpoint has size %d", v.report.Size)}, nil
	}
	for i, t := range partial {
		if len(stored[i]) > len(t.Hashes) {
			return false, &Fault{BadTile, v.edge.size, v.edge.size + 1, fmt.Sprintf("stored tile %d/%d holds hashes beyond the last checkpoint", t.Level, t.Index)}, nil
		}
	}
	if len(v.witnessed) > 0 {
		return false, &Fault{RolledBack, v.edge.size, v.witnessed[0].Size, fmt.Sprintf("a checkpoint kept elsewhere saw size %d, this log has %d", v.witnessed[0].Size, v.edge.size)}, nil
	}
	return false, nil, nil
}

func (v *verifier) compareDone() error {
	err := v.compare(v.edge.done)
	v.edge.done = v.edge.done[:0]
	return err
}

// compare remembers the first of the tiles that is stored differently.
func (v *verifier) compare(tiles []Tile) error {
	if v.suspect != nil {
		return nil
	}
	stored, err := v.tiles(tiles)
	if err != nil {
		return err
	}
	for i, t := range tiles {
		if v.suspect = v.differ(t, stored[i]); v.suspect != nil {
			break
		}
	}
	return nil
}

func (v *verifier) tiles(tiles []Tile) ([][]byte, error) {
	if len(tiles) == 0 {
		return nil, nil
	}
	ids := make([]TileID, len(tiles))
	for i, t := range tiles {
		ids[i] = t.TileID
	}
	stored, err := v.src.Tiles(v.ctx, v.brand, ids)
	if err == nil && len(stored) != len(ids) {
		err = fmt.Errorf("the store answered %d tiles, want %d", len(stored), len(ids))
	}
	return stored, err
}

// differ compares a tile with what is stored for it, which may be wider, and
// returns where the first difference is.
func (v *verifier) differ(t Tile, stored []byte) *Fault {
	if bytes.HasPrefix(stored, t.Hashes) && len(stored) <= tileWidth*tlog.HashSize {
		return nil
	}
	at := 0
	for at < len(t.Hashes) && at < len(stored) && t.Hashes[at] == stored[at] {
		at++
	}
	at = min(at, len(t.Hashes)-1) // all there, but something follows
	n := t.Index<<tileHeight + int64(at/tlog.HashSize)
	shift := tileHeight * t.Level
	return &Fault{BadTile, n << shift, min((n+1)<<shift, v.edge.size), fmt.Sprintf("stored tile %d/%d differs from the entries", t.Level, t.Index)}
}
