package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// ed25519Type is the signature type byte of signed-note, "Signature types".
const ed25519Type = 1

// Key signs and verifies the checkpoints of one log.
type Key struct {
	Signer   note.Signer
	Verifier note.Verifier
	Text     string // the public key as published: name+id+base64 ("verifier key")
}

// NewKey derives the Ed25519 key of the log called origin from a secret seed. The
// same origin and seed always give the same key. The key is named after the
// origin (tlog-checkpoint, "Signatures"), which therefore holds neither spaces nor a plus sign.
func NewKey(origin string, seed [32]byte) (Key, error) {
	private := ed25519.NewKeyFromSeed(seed[:])
	public := private.Public().(ed25519.PublicKey)
	text, err := note.NewEd25519VerifierKey(origin, public)
	if err != nil {
		return Key{}, fmt.Errorf("ledger: key of %q: %w", origin, err)
	}
	verifier, err := note.NewVerifier(text)
	if err != nil {
		return Key{}, fmt.Errorf("ledger: key of %q: the origin may hold no space and no plus sign: %w", origin, err)
	}
	// signed-note: the key id is the start of SHA-256(name, newline, type, public key).
	id := sha256.Sum256(append([]byte(origin+"\n"), append([]byte{ed25519Type}, public...)...))
	signer, err := note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", origin,
		binary.BigEndian.Uint32(id[:]), base64.StdEncoding.EncodeToString(append([]byte{ed25519Type}, seed[:]...))))
	if err != nil {
		return Key{}, fmt.Errorf("ledger: key of %q: %w", origin, err)
	}
	return Key{Signer: signer, Verifier: verifier, Text: text}, nil
}

// body is the text a checkpoint signs (tlog-checkpoint, "Note text").
func body(origin string, size int64, root tlog.Hash) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)
}

func sign(origin string, signer note.Signer, size int64, root tlog.Hash, at time.Time) (Checkpoint, error) {
	text, err := note.Sign(&note.Note{Text: body(origin, size, root)}, signer)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("ledger: signing the checkpoint of %s at size %d: %w", origin, size, err)
	}
	return Checkpoint{Size: size, Root: root, Note: text, At: at.UTC().Truncate(time.Millisecond)}, nil
}

// OpenCheckpoint reads a signed checkpoint, from wherever it comes, and returns
// it if one of the known keys named origin signed it. Signatures of unknown keys
// are ignored, a wrong signature of a known key is an error. At is left zero.
func OpenCheckpoint(text []byte, origin string, known note.Verifiers) (Checkpoint, error) {
	n, err := note.Open(text, known)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("ledger: checkpoint of %s: %w", origin, err)
	}
	// A cosignature of a known witness alone does not make it the log's own. And
	// one signature has one spelling: Go's decoder ignores the last bits.
	own := false
	for _, s := range n.Sigs {
		if s.Name != origin {
			continue
		}
		if _, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil {
			return Checkpoint{}, fmt.Errorf("ledger: checkpoint of %s: signature: %w", origin, err)
		}
		own = true
	}
	if !own {
		return Checkpoint{}, fmt.Errorf("ledger: checkpoint is not signed by a known key of %s", origin)
	}
	c, err := parse(n.Text, origin)
	c.Note = bytes.Clone(text)
	return c, err
}

func parse(text, origin string) (Checkpoint, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 3 {
		return Checkpoint{}, fmt.Errorf("ledger: checkpoint of %s has %d lines, want origin, size and root", origin, len(lines))
	}
	if lines[0] != origin {
		return Checkpoint{}, fmt.Errorf("ledger: checkpoint of %q, want one of %q", lines[0], origin)
	}
	for _, l := range lines[3:] {
		if l == "" {
			return Checkpoint{}, fmt.Errorf("ledger: checkpoint of %s has an empty extension line", origin)
		}
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("ledger: checkpoint of %s: %q is not a tree size", origin, lines[1])
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("ledger: checkpoint of %s: root: %w", origin, err)
	}
	return Checkpoint{Size: size, Root: root}, nil
}

// parseHash reads the one base64 spelling of a hash; Go's decoder would also
// take others.
func parseHash(s string) (tlog.Hash, error) {
	h, err := tlog.ParseHash(s)
	if err != nil || h.String() != s {
		return tlog.Hash{}, fmt.Errorf("%q is not the base64 of 32 bytes", s)
	}
	return h, nil
}
