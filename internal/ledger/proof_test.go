package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"placet/internal/ledger"
)

// at is the head of the tree of the given size, whether or not it was ever signed.
func (b *rig) at(t tb, size int64) ledger.Checkpoint {
	return ledger.Checkpoint{Size: size, Root: b.oracle.root(t, size)}
}

func TestProveEveryLeafAtEverySize(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.grow(t, 300)
	b.check(t)
	for size := int64(1); size <= 300; size++ {
		at := b.at(t, size)
		for index := range size {
			proof, err := ledger.Prove(t.Context(), b.store, brand, at, index)
			must(t, err)
			entry := b.store.placed[index].Data
			must(t, ledger.VerifyEntry(at, index, entry, proof))

			entry[index%32] ^= 1
			mustFail(t, ledger.VerifyEntry(at, index, entry, proof), nil)
			if size > 1 {
				entry[index%32] ^= 1
				mustFail(t, ledger.VerifyEntry(at, (index+1)%size, entry, proof), nil)
			}
		}
		for older := size % 7; older <= size; older += 7 {
			from := b.at(t, older)
			proof, err := ledger.Consistency(t.Context(), b.store, brand, from, at)
			must(t, err)
			must(t, ledger.VerifyConsistency(from, at, proof))
			if older > 0 {
				from.Root[0] ^= 1
				mustFail(t, ledger.VerifyConsistency(from, at, proof), nil)
			}
		}
	}
}

func TestProveInALargeLog(t *testing.T) {
	b := setup(t)
	for _, n := range []int{65_536, 4_464} {
		b.grow(t, n)
	}
	b.check(t)
	for _, size := range []int64{65_535, 65_536, 65_537, 69_999, 70_000} {
		at := b.at(t, size)
		for _, index := range []int64{0, 1, 255, 256, 32_767, 65_279, 65_280, 65_534, 65_536, 69_999, size - 1} {
			if index >= size {
				continue
			}
			proof, err := ledger.Prove(t.Context(), b.store, brand, at, index)
			must(t, err)
			must(t, ledger.VerifyEntry(at, index, b.store.placed[index].Data, proof))
		}
		proof, err := ledger.Consistency(t.Context(), b.store, brand, b.at(t, 40_001), at)
		must(t, err)
		must(t, ledger.VerifyConsistency(b.at(t, 40_001), at, proof))
	}
}

func TestProveRefuses(t *testing.T) {
	b := setup(t)
	b.grow(t, 300)
	b.check(t)
	head := b.at(t, 300)
	for _, index := range []int64{-1, 300, 1 << 40} {
		_, err := ledger.Prove(t.Context(), b.store, brand, head, index)
		mustFail(t, err, ledger.ErrNotFound)
	}
	_, err := ledger.Consistency(t.Context(), b.store, brand, head, b.at(t, 299))
	mustFail(t, err, ledger.ErrNotFound)

	b.store.tiles[ledger.TileID{}][100] ^= 1
	_, err = ledger.Prove(t.Context(), b.store, brand, head, 200)
	mustFail(t, err, nil)
	delete(b.store.tiles, ledger.TileID{})
	_, err = ledger.Prove(t.Context(), b.store, brand, head, 200)
	mustFail(t, err, nil)
}

// vectors were made by an independent program written from RFC 6962, RFC 8032 and
// the C2SP texts, with nothing in common with this package.
type vectors struct {
	Origin, Seed, Key                   string
	Entries, Roots, Checkpoints, Proofs map[string]string
	Tiles                               map[string]string
}

func readVectors(t tb) (v vectors) {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	must(t, err)
	must(t, json.Unmarshal(text, &v))
	return v
}

func TestVectors(t *testing.T) {
	v := readVectors(t)
	seed, err := hex.DecodeString(v.Seed)
	must(t, err)
	key, err := ledger.NewKey(v.Origin, [32]byte(seed))
	must(t, err)
	if key.Text != v.Key {
		t.Errorf("key %s, want %s", key.Text, v.Key)
	}

	b := setup(t)
	for _, n := range []int{1, 776, 223} {
		b.grow(t, n)
	}
	b.check(t)
	for i, want := range v.Entries {
		n, _ := strconv.Atoi(i)
		if got := b.store.placed[n].Data; hex.EncodeToString(got[:]) != want {
			t.Errorf("entry %s is %x, want %s", i, got, want)
		}
	}
	for size, want := range v.Roots {
		n, _ := strconv.ParseInt(size, 10, 64)
		if got := b.oracle.root(t, n).String(); got != want {
			t.Errorf("root at %s is %s, want %s", size, got, want)
		}
	}
	for i, size := range []string{"1", "777", "1000"} {
		if got := string(b.store.checkpoints[i].Note); got != v.Checkpoints[size] {
			t.Errorf("checkpoint %s:\n%s\nwant\n%s", size, got, v.Checkpoints[size])
		}
	}
	head := b.store.checkpoints[2]
	for i, want := range v.Proofs {
		index, _ := strconv.ParseInt(i, 10, 64)
		path, err := ledger.Prove(t.Context(), b.store, brand, head, index)
		must(t, err)
		if got := string(ledger.Proof{Index: index, Path: path, Note: head.Note}.Text()); got != want {
			t.Errorf("proof of %s:\n%s\nwant\n%s", i, got, want)
		}
		p, err := ledger.ParseProof([]byte(want))
		must(t, err)
		c, err := p.Verify(b.store.placed[index].Data, v.Origin, b.known)
		must(t, err)
		if c.Size != 1000 {
			t.Errorf("proof of %s under size %d", i, c.Size)
		}
	}
	for path, want := range v.Tiles {
		p, err := ledger.ParsePath(path)
		must(t, err)
		got, err := ledger.Resource(t.Context(), b.store, brand, p)
		must(t, err)
		if sum := sha256.Sum256(got); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s hashes to %x, want %s", path, sum, want)
		}
	}
}

func TestNewKey(t *testing.T) {
	seed := [32]byte{1}
	a, err := ledger.NewKey(origin, seed)
	must(t, err)
	same, _ := ledger.NewKey(origin, seed)
	other, _ := ledger.NewKey(origin+"2", seed)
	if a.Text != same.Text || a.Text == other.Text || a.Verifier.KeyHash() == other.Verifier.KeyHash() {
		t.Errorf("keys %s, %s, %s", a.Text, same.Text, other.Text)
	}
	if a.Signer.Name() != origin || a.Signer.KeyHash() != a.Verifier.KeyHash() {
		t.Errorf("signer %s %x, verifier %x", a.Signer.Name(), a.Signer.KeyHash(), a.Verifier.KeyHash())
	}
	for _, bad := range []string{"", "two words", "plus+sign", "new\nline", "tab\tbed"} {
		if _, err := ledger.NewKey(bad, seed); err == nil {
			t.Errorf("origin %q was taken", bad)
		}
	}
}

func TestOpenCheckpoint(t *testing.T) {
	b := setup(t)
	witness, err := ledger.NewKey("witness.example", [32]byte{5})
	must(t, err)
	signed := func(text string, signers ...note.Signer) string {
		n, err := note.Sign(&note.Note{Text: text}, signers...)
		must(t, err)
		return string(n)
	}
	root := tlog.Hash{1}.String()
	own, both := b.key.Signer, note.VerifierList(b.key.Verifier, witness.Verifier)
	good := origin + "\n12\n" + root + "\n"
	tests := []struct {
		name, text string
		known      note.Verifiers
		ok         bool
	}{
		{"ours", signed(good, own), b.known, true},
		{"with a witness nobody knows", signed(good, own, witness.Signer), b.known, true},
		{"with a witness we know", signed(good, own, witness.Signer), both, true},
		{"with an extension", signed(good+"extension\n", own), b.known, true},
		{"of an empty log", signed(origin+"\n0\n"+root+"\n", own), b.known, true},
		{"the witness alone", signed(good, witness.Signer), both, false},
		{"unsigned", good, b.known, false},
		{"empty", "", b.known, false},
		{"of another log", signed("other\n12\n"+root+"\n", own), b.known, false},
		{"a size with a zero before it", signed(origin+"\n012\n"+root+"\n", own), b.known, false},
		{"a size with a sign", signed(origin+"\n+12\n"+root+"\n", own), b.known, false},
		{"a negative size", signed(origin+"\n-1\n"+root+"\n", own), b.known, false},
		{"a size too large", signed(origin+"\n9223372036854775808\n"+root+"\n", own), b.known, false},
		{"two lines", signed(origin+"\n12\n", own), b.known, false},
		{"a short root", signed(origin+"\n12\nAAAA\n", own), b.known, false},
		{"a root spelled otherwise", signed(origin+"\n12\n"+strings.Replace(root, "A=", "B=", 1)+"\n", own), b.known, false},
		{"an empty extension line", signed(good+"\nx\n", own), b.known, false},
		{"changed after signing", strings.Replace(signed(good, own), "\n12\n", "\n13\n", 1), b.known, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := ledger.OpenCheckpoint([]byte(test.text), origin, test.known)
			if (err == nil) != test.ok {
				t.Fatalf("error %v", err)
			}
			if test.ok && (string(c.Note) != test.text || c.Root.String() != root) {
				t.Fatalf("opened %+v", c)
			}
		})
	}
}

func TestParseProof(t *testing.T) {
	good := readVectors(t).Proofs["255"]
	tests := []struct {
		name, old, new string
		ok             bool
	}{
		{"as it is", "", "", true},
		{"with extra data", "v1\n", "v1\nextra aGk=\n", true},
		{"extra data that is not base64", "v1\n", "v1\nextra !\n", false},
		{"extra data after the index", "index 255\n", "index 255\nextra aGk=\n", false},
		{"another version", "@v1", "@v2", false},
		{"no index", "index 255\n", "", false},
		{"a negative index", "index 255", "index -1", false},
		{"an index with a zero before it", "index 255", "index 0255", false},
		{"a hash cut", "=\n", "\n", false},
		{"no checkpoint", "\n\n", "\n", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ledger.ParseProof([]byte(strings.Replace(good, test.old, test.new, 1)))
			if (err == nil) != test.ok {
				t.Fatalf("error %v", err)
			}
		})
	}
}

func TestPaths(t *testing.T) {
	path := func(level int, index int64, width int) ledger.Path {
		return ledger.Path{TileID: ledger.TileID{Level: level, Index: index}, Width: width}
	}
	bundle := path(0, 1_234_067, 1)
	bundle.Entries = true
	for text, want := range map[string]ledger.Path{
		"tile/0/000":                               path(0, 0, 256),
		"tile/0/x001/x234/067":                     path(0, 1_234_067, 256),
		"tile/2/x001/000.p/255":                    path(2, 1000, 255),
		"tile/63/999":                              path(63, 999, 256),
		"tile/entries/x001/x234/067.p/1":           bundle,
		"tile/0/x999/x999/x999/x999/x999/999.p/12": path(0, 999_999_999_999_999_999, 12),
	} {
		got, err := ledger.ParsePath(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/0000", "tile/00/000", "tile/+1/000", "tile/64/000", "tile/-1/000",
		"tile/x/000", "tile/data/000", "tile/8/0/000", "tile/0/x000/001", "tile/0/001/002", "tile/0/x001", "tile/0/x1/000", "tile/0/-01", "tile/0/000.p/0",
		"tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p/1.p/1", "tile/0/000/", "/tile/0/000", "tile/0/x010/x000/x000/x000/x000/x000/000",
		"tile/entries/0", "tile/entries/entries/000"} {
		if p, err := ledger.ParsePath(bad); err == nil {
			t.Errorf("%q was read as %+v", bad, p)
		} else {
			mustFail(t, err, ledger.ErrNotFound)
		}
	}
}

func TestResource(t *testing.T) {
	b := setup(t)
	b.grow(t, 300)
	b.grow(t, 400)
	b.check(t)
	tests := []struct {
		path  string
		first int64 // leaf
		n     int   // hashes or entries; 0: not there
	}{
		{"tile/0/000", 0, 256},
		{"tile/0/001", 256, 256},
		{"tile/0/001.p/44", 256, 44}, // the right edge at size 300, full since
		{"tile/0/002.p/188", 512, 188},
		{"tile/0/002.p/189", 0, 0},
		{"tile/0/002", 0, 0},
		{"tile/0/003.p/1", 0, 0},
		{"tile/1/000.p/3", 0, 0},
		{"tile/2/000.p/1", 0, 0},
		{"tile/63/000.p/1", 0, 0},
		{"tile/0/x999/x999/x999/x999/x999/999", 0, 0},
		{"tile/entries/000", 0, 256},
		{"tile/entries/001.p/44", 256, 44},
		{"tile/entries/002.p/188", 512, 188},
		{"tile/entries/002.p/189", 0, 0},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			p, err := ledger.ParsePath(test.path)
			must(t, err)
			got, err := ledger.Resource(t.Context(), b.store, brand, p)
			if test.n == 0 {
				mustFail(t, err, ledger.ErrNotFound)
				return
			}
			must(t, err)
			var want [][]byte
			for _, e := range b.store.placed[test.first : test.first+int64(test.n)] {
				if p.Entries {
					want = append(want, e.Data[:])
				} else {
					want = append(want, leafHash(e))
				}
			}
			have := slices.Collect(slices.Chunk(got, tlog.HashSize))
			if p.Entries {
				have = entriesOf(t, got)
			}
			if !slices.EqualFunc(have, want, bytes.Equal) {
				t.Errorf("%d bytes differ from the entries", len(got))
			}
		})
	}
	b.store.placed = slices.Delete(b.store.placed, 10, 11)
	_, err := ledger.Resource(t.Context(), b.store, brand, ledger.Path{Entries: true, Width: 20})
	mustFail(t, err, nil)
}

func FuzzParsePath(f *testing.F) {
	for _, s := range []string{"tile/0/000", "tile/7/x001/234.p/56", "tile/entries/x999/x000/000.p/1", "tile/0/x-01/000", "tile/1/0x0/000"} {
		f.Add(s, int64(70_000))
	}
	f.Fuzz(func(t *testing.T, s string, size int64) {
		p, err := ledger.ParsePath(s)
		if err != nil {
			return
		}
		if p.String() != s {
			t.Fatalf("%q reads as %q", s, p)
		}
		// A log that has the resource has at least the leaves under it.
		if size >= 0 && p.Within(size) && p.Level == 0 && p.Index*256+int64(p.Width) > size {
			t.Fatalf("%q within %d", s, size)
		}
	})
}

func FuzzParseProof(f *testing.F) {
	for _, s := range readVectors(f).Proofs {
		f.Add([]byte(s))
	}
	f.Add([]byte("c2sp.org/tlog-proof@v1\nextra aGk=\nindex 0\n\n"))
	b := setup(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ledger.ParseProof(text)
		if err != nil {
			return
		}
		again, err := ledger.ParseProof(p.Text())
		if err != nil || fmt.Sprint(again) != fmt.Sprint(p) {
			t.Fatalf("%+v reads back as %+v, %v", p, again, err)
		}
		// Nobody has the key: what verifies is one of the vectors' own.
		if c, err := p.Verify(record(255).Data, origin, b.known); err == nil && c.Size != 1000 {
			t.Fatalf("forged: %+v", c)
		}
	})
}
