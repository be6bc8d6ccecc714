// Package ledger keeps one append-only Merkle log per brand. What was placed in
// it can neither change nor leave nor move without the signed checkpoints, the
// tiles or a checkpoint kept elsewhere saying so, and at which leaf; a proof
// needs no database. The leaves are opaque: a person's details and key may be
// destroyed and the tree still verifies.
//
// The formats are C2SP tlog-checkpoint, tlog-tiles and signed-note; the hashes
// are those of RFC 6962 section 2.1.
package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Tiles have height 8: a full one holds 256 hashes of 32 bytes (tlog-tiles,
// "Merkle Tree").
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// ErrMoved is returned by [Store.Advance] when the log is no longer where the
// caller read it: somebody else advanced it. Nothing was written.
var ErrMoved = errors.New("ledger: the log has moved on")

// ErrNotFound is returned for a tile, an entry or a proof outside the log.
var ErrNotFound = errors.New("ledger: not in the log")

// Leaf returns the 32 bytes an event contributes to the log: SHA-256 of its salt
// (32 random bytes kept beside the person's key, destroyed with it) followed by the
// sealed record. Without the salt nobody can test a guess against a leaf.
func Leaf(salt, sealed []byte) [32]byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(sealed)
	return [32]byte(h.Sum(nil))
}

// Entry is one event as the log sees it.
type Entry struct {
	Event string   // the event's id, meaningless here
	Data  [32]byte // Leaf(salt, sealed), fixed when the event is recorded
}

// Placed is an entry at its place in the log.
type Placed struct {
	Entry
	Index int64 // leaf index, 0 is the first

	// Salt and Sealed let Verify compute Data again. An empty Salt means that
	// the details were erased: Data stands alone.
	Salt, Sealed []byte
}

// TileID names a tile: at level L the tile Index holds the hashes of the subtrees
// of 256^L leaves number Index*256 and following.
type TileID struct {
	Level int   // 0 holds leaf hashes
	Index int64 // position within the level
}

// Tile is a tile as stored: 1 to 256 hashes of 32 bytes, one after the other. Only the last tile
// of a level has fewer than 256. A tile only grows; its first W hashes are the partial tile of width W.
type Tile struct {
	TileID
	Hashes []byte
}

// Checkpoint is the signed head of a log. The zero value is the head of an empty log.
type Checkpoint struct {
	Size int64     // number of leaves
	Root tlog.Hash // RFC 6962 tree hash of those leaves
	Note []byte    // the signed note as published

	// At is when the checkpoint was signed, UTC, to the millisecond. It is kept beside the note and
	// not in it: tlog-checkpoint advises against extension lines, and the time that
	// matters in law is the one inside each sealed record.
	At time.Time
}

// Reader is what proofs need. Both methods may be called from several goroutines
// and beside a running sequencer; no snapshot across calls is needed, because
// tiles only grow and checkpoints never change.
type Reader interface {
	// Latest returns the checkpoint of greatest size, or the zero Checkpoint when
	// the log is empty.
	Latest(ctx context.Context, brand string) (Checkpoint, error)

	// Tiles returns the stored hashes of the named tiles in the same order; nil
	// for a tile that is not stored.
	Tiles(ctx context.Context, brand string, ids []TileID) ([][]byte, error)
}

// Store is what a [Sequencer] needs.
//
// Atomicity: Advance does everything or nothing, durably, in one transaction.
// Concurrency: any number of sequencers may share a store; Advance lets one win. Retries: nobody
// inside; the sequencer starts again from Latest at its next step, also when
// Advance failed in a way that leaves the outcome unknown.
type Store interface {
	Reader

	// Unplaced returns up to n committed events of the brand that have no place yet, the
	// order of recording being good enough: the place given by Advance is the order of
	// the log. It returns none twice once Advance has placed it.
	Unplaced(ctx context.Context, brand string, n int) ([]Entry, error)

	// Advance gives placed[i] the leaf index old.Size+i, replaces or adds the
	// tiles and adds next as the latest checkpoint. It returns ErrMoved, having
	// written nothing, unless the latest checkpoint still has old's size and root
	// (the zero Checkpoint: there is none) and every event of placed still has no place.
	Advance(ctx context.Context, brand string, old Checkpoint, placed []Entry, tiles []Tile, next Checkpoint) error
}

// Source is what [Verify] and entry bundles need: the log by pages, each read by
// key, so that no long transaction and no second cursor is held. The methods may
// be called beside a running sequencer and each sees everything committed before it was called.
type Source interface {
	Reader

	// Placed returns up to n entries with leaf index from or greater, ordered by leaf index.
	Placed(ctx context.Context, brand string, from int64, n int) ([]Placed, error)

	// Checkpoints returns up to n checkpoints with a size greater than after,
	// ordered by size.
	Checkpoints(ctx context.Context, brand string, after int64, n int) ([]Checkpoint, error)
}
