package ledger

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Prove returns the proof that the tree under at holds the entry with the given leaf index. The
// tiles it is made from are checked against at's root: damaged ones give an error, never a wrong proof.
func Prove(ctx context.Context, r Reader, brand string, at Checkpoint, index int64) (tlog.RecordProof, error) {
	if index < 0 || index >= at.Size {
		return nil, fmt.Errorf("%w: leaf %d of %s at size %d", ErrNotFound, index, brand, at.Size)
	}
	p, err := tlog.ProveRecord(at.Size, index, at.hashes(ctx, r, brand))
	if err != nil {
		return nil, fmt.Errorf("ledger: proving leaf %d of %s at size %d: %w", index, brand, at.Size, err)
	}
	return p, nil
}

// Consistency returns the proof that the tree under newer begins with the tree
// under older. It is empty when older is empty.
func Consistency(ctx context.Context, r Reader, brand string, older, newer Checkpoint) (tlog.TreeProof, error) {
	if older.Size == 0 {
		return nil, nil
	}
	if older.Size > newer.Size {
		return nil, fmt.Errorf("%w: size %d of %s at size %d", ErrNotFound, older.Size, brand, newer.Size)
	}
	p, err := tlog.ProveTree(newer.Size, older.Size, newer.hashes(ctx, r, brand))
	if err != nil {
		return nil, fmt.Errorf("ledger: proving that %s at size %d begins with size %d: %w", brand, newer.Size, older.Size, err)
	}
	return p, nil
}

func (c Checkpoint) hashes(ctx context.Context, r Reader, brand string) tlog.HashReader {
	return tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: c.Root}, &tileReader{ctx, r, brand})
}

// VerifyEntry checks, with no database, that the tree under at holds entry at the
// given leaf index. That at is authentic is for [OpenCheckpoint] to say.
func VerifyEntry(at Checkpoint, index int64, entry [32]byte, p tlog.RecordProof) error {
	if err := tlog.CheckRecord(p, at.Size, at.Root, index, tlog.RecordHash(entry[:])); err != nil {
		return fmt.Errorf("ledger: leaf %d is not proven under the checkpoint of size %d: %w", index, at.Size, err)
	}
	return nil
}

// VerifyConsistency checks, with no database, that the tree under newer begins
// with the tree under older.
func VerifyConsistency(older, newer Checkpoint, p tlog.TreeProof) error {
	if older.Size == 0 && len(p) == 0 {
		return nil // every tree begins with the empty one
	}
	if err := tlog.CheckTree(p, newer.Size, newer.Root, older.Size, older.Root); err != nil {
		return fmt.Errorf("ledger: size %d is not proven to begin with size %d: %w", newer.Size, older.Size, err)
	}
	return nil
}

// Proof is everything needed to check one entry offline but the log's public key.
type Proof struct {
	Index int64            // leaf index
	Path  tlog.RecordProof // from the leaf's sibling up
	Note  []byte           // a signed checkpoint covering the leaf
}

const proofHeader = "c2sp.org/tlog-proof@v1"

// Text returns the proof in the C2SP tlog-proof format, without extra data.
func (p Proof) Text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nindex %d\n", proofHeader, p.Index)
	for _, h := range p.Path {
		fmt.Fprintf(&b, "%s\n", h)
	}
	b.WriteByte('\n')
	b.Write(p.Note)
	return b.Bytes()
}

// ParseProof reads the C2SP tlog-proof format. Extra data, which nothing signs, is
// skipped. Whether the proof is good is for [Proof.Verify] to say.
func ParseProof(text []byte) (Proof, error) {
	head, signed, ok := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || lines[0] != proofHeader {
		return Proof{}, fmt.Errorf("ledger: not a proof: the first line must be %q and an empty line must follow the hashes", proofHeader)
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		if _, err := base64.StdEncoding.Strict().DecodeString(lines[0][len("extra "):]); err != nil {
			return Proof{}, fmt.Errorf("ledger: proof: extra data: %w", err)
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return Proof{}, errors.New(`ledger: proof: the line "index N" is missing`)
	}
	digits := lines[0][len("index "):]
	p := Proof{Note: []byte(signed)}
	var err error
	p.Index, err = strconv.ParseInt(digits, 10, 64)
	if err != nil || p.Index < 0 || strconv.FormatInt(p.Index, 10) != digits {
		return Proof{}, fmt.Errorf("ledger: proof: %q is not a leaf index", digits)
	}
	for _, l := range lines[1:] {
		h, err := parseHash(l)
		if err != nil {
			return Proof{}, fmt.Errorf("ledger: proof: %w", err)
		}
		p.Path = append(p.Path, h)
	}
	return p, nil
}

// Verify checks, with no database, that the log called origin holds entry, and
// returns the checkpoint that says so. At is left zero.
func (p Proof) Verify(entry [32]byte, origin string, known note.Verifiers) (Checkpoint, error) {
	c, err := OpenCheckpoint(p.Note, origin, known)
	if err != nil {
		return Checkpoint{}, err
	}
	return c, VerifyEntry(c, p.Index, entry, p.Path)
}
