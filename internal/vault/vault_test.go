package vault

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// key is a master key that tests can name.
func key(b byte) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32)) }

func file(lines ...string) []byte { return []byte(strings.Join(lines, "\n") + "\n") }

func must(t *testing.T, text []byte) *Keys {
	t.Helper()
	k, err := parse("keys", text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

var plain = file("wrap k1 "+key(1), "index "+key(2), "ledger "+key(3))

func TestCreateAndLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "placet.key")
	if Exists(path) {
		t.Fatal("there is a file before there is one")
	}
	if _, err := Load(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("loading nothing: %v", err)
	}
	if err := Create(path); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(path)
	if err != nil || st.Mode().Perm() != 0o600 || !Exists(path) {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	k, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	if err := Create(path); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second Create: %v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the key file was overwritten")
	}
	again, err := Load(path)
	if err != nil || again.ID() != k.ID() || len(k.ID()) != 16 {
		t.Errorf("id %q, then %q, %v", k.ID(), again.ID(), err)
	}
	other := filepath.Join(t.TempDir(), "placet.key")
	if err := Create(other); err != nil {
		t.Fatal(err)
	}
	if o, err := Load(other); err != nil || o.ID() == k.ID() {
		t.Errorf("two files made apart have one id (%v)", err)
	}
}

// A key file that others may read is not used, whoever the others are.
func TestLoadMinds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "placet.key")
	for mode, ok := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: false, 0o604: false, 0o660: false, 0o644: false, 0o620: false, 0o601: false} {
		if err := os.WriteFile(path, plain, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		if (err == nil) != ok {
			t.Errorf("mode %04o: %v", mode, err)
		}
		if err != nil && !strings.Contains(err.Error(), "chmod 600 "+path) {
			t.Errorf("mode %04o: %v does not say what to do", mode, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestParse(t *testing.T) {
	good := string(plain)
	for _, c := range []struct{ name, text, want string }{
		{"as written", header + good, ""},
		{"blank lines, comments, spaces", "\n# one\n  " + strings.ReplaceAll(good, " ", "\t ") + "\n\n# end", ""},
		{"no newline at the end, CRLF", strings.TrimSpace(strings.ReplaceAll(good, "\n", "\r\n")), ""},
		{"nothing", "", "keys: a key is missing"},
		{"no wrap", string(file("index "+key(2), "ledger "+key(3))), "a key is missing"},
		{"no index", string(file("wrap k1 "+key(1), "ledger "+key(3))), "a key is missing"},
		{"no ledger", string(file("wrap k1 "+key(1), "index "+key(2))), "a key is missing"},
		{"a short key", good + "wrap k2 " + base64.StdEncoding.EncodeToString(make([]byte, 31)), "keys:4: not a key of 32 bytes"},
		{"a long key", good + "index " + base64.StdEncoding.EncodeToString(make([]byte, 33)), "keys:4: not a key of 32 bytes"},
		{"no base64", "# head\n" + good + "wrap k2 ***", "keys:5: not a key of 32 bytes"},
		{"a torn line", strings.TrimSuffix(good, "=\n"), "keys:3: not a key of 32 bytes"},
		{"wrap without a name", good + "wrap " + key(4), "keys:4: unknown line"},
		{"two wraps of one name", good + "wrap k1 " + key(4), "keys:4: this key is in the file twice"},
		{"two of index", good + "index " + key(4), "keys:4: this key is in the file twice"},
		{"two of ledger", good + "ledger " + key(4), "keys:4: this key is in the file twice"},
		{"index with a name", strings.Replace(good, "index", "index k1", 1), "keys:2: unknown line"},
		{"another word", good + "pepper " + key(4), "keys:4: unknown line"},
		{"a key alone", good + key(4), "keys:4: unknown line"},
	} {
		_, err := parse("keys", []byte(c.text))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), key(4)) {
			t.Errorf("%s: the error tells the key: %v", c.name, err)
		}
	}
}

// A value opens in its own place and nowhere else.
func TestPlaces(t *testing.T) {
	k := must(t, plain)
	wrapped, made, err := k.NewPerson("rossi", "sub_1")
	if err != nil {
		t.Fatal(err)
	}
	p, err := k.Person("rossi", "sub_1", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	place := []string{"rossi", "addresses", "sealed", "sub_1phone"}
	open := func(p *Person, sealed []byte, at []string) ([]byte, error) {
		return p.Open(sealed, at[0], at[1], at[2], at[3])
	}
	for _, text := range [][]byte{{}, []byte("+393331234567"), bytes.Repeat([]byte("x"), 1<<16)} {
		sealed := made.Seal(text, place[0], place[1], place[2], place[3])
		if got, err := open(p, sealed, place); err != nil || !bytes.Equal(got, text) {
			t.Fatalf("%d bytes came back as %d, %v", len(text), len(got), err)
		}
		if len(text) > 0 && bytes.Contains(sealed, text) {
			t.Error("the seal shows its text")
		}
		if bytes.Equal(sealed, made.Seal(text, place[0], place[1], place[2], place[3])) {
			t.Error("the same text sealed twice looks the same")
		}
		for i := range place {
			moved := append([]string{}, place...)
			moved[i] += "x"
			if _, err := open(p, sealed, moved); !errors.Is(err, ErrWrongKey) {
				t.Errorf("moved to %v: %v", moved, err)
			}
		}
		// Parts are told apart: what leaves one and joins the next is another place.
		for i := range place[:3] {
			moved := append([]string{}, place...)
			last := len(moved[i]) - 1
			moved[i], moved[i+1] = moved[i][:last], moved[i][last:]+moved[i+1]
			if _, err := open(p, sealed, moved); !errors.Is(err, ErrWrongKey) {
				t.Errorf("moved to %v: %v", moved, err)
			}
		}
		for i := range min(len(sealed), 64) {
			broken := bytes.Clone(sealed)
			broken[i] ^= 1
			if _, err := open(p, broken, place); !errors.Is(err, ErrWrongKey) {
				t.Fatalf("byte %d flipped: %v", i, err)
			}
		}
		for _, torn := range [][]byte{nil, sealed[:5], sealed[:len(sealed)-1], append(bytes.Clone(sealed), 0)} {
			if _, err := open(p, torn, place); !errors.Is(err, ErrWrongKey) {
				t.Errorf("torn to %d bytes: %v", len(torn), err)
			}
		}
	}
	_, other, err := k.NewPerson("rossi", "sub_1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(other, p.Seal([]byte("x"), "rossi", "addresses", "sealed", "sub_1phone"), place); !errors.Is(err, ErrWrongKey) {
		t.Errorf("another person's key: %v", err)
	}
}

// A person's key belongs to one person of one brand and one master key.
func TestPersonsKey(t *testing.T) {
	k := must(t, plain)
	wrapped, _, err := k.NewPerson("rossi", "sub_1")
	if err != nil {
		t.Fatal(err)
	}
	stranger := must(t, file("wrap k1 "+key(9), "index "+key(2), "ledger "+key(3)))
	renamed := must(t, file("wrap k2 "+key(1), "index "+key(2), "ledger "+key(3)))
	broken := bytes.Clone(wrapped)
	broken[len(broken)-1] ^= 1
	for _, c := range []struct {
		name          string
		k             *Keys
		brand, person string
		wrapped       []byte
	}{
		{"another brand", k, "nord", "sub_1", wrapped},
		{"another person", k, "rossi", "sub_2", wrapped},
		{"another master key of the same name", stranger, "rossi", "sub_1", wrapped},
		{"the same master key of another name", renamed, "rossi", "sub_1", wrapped},
		{"a byte flipped", k, "rossi", "sub_1", broken},
		{"nothing", k, "rossi", "sub_1", nil},
		{"a name alone", k, "rossi", "sub_1", []byte("k1")},
		{"a name and nothing", k, "rossi", "sub_1", []byte("k1\x00")},
	} {
		if _, err := c.k.Person(c.brand, c.person, c.wrapped); !errors.Is(err, ErrWrongKey) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := renamed.Person("rossi", "sub_1", wrapped); err == nil || !strings.Contains(err.Error(), `"k1"`) {
		t.Errorf("%v does not name the key that is missing", err)
	}
}

// In a file with two wrap lines the last seals and both open; the rest stays.
func TestRotation(t *testing.T) {
	old := must(t, plain)
	both := must(t, file("wrap k1 "+key(1), "wrap k2 "+key(7), "index "+key(2), "ledger "+key(3)))
	after := must(t, file("wrap k2 "+key(7), "index "+key(2), "ledger "+key(3)))
	if old.ID() != both.ID() || both.ID() != after.ID() {
		t.Error("rotating the wrap key makes another installation")
	}
	before, p, err := old.NewPerson("rossi", "sub_1")
	if err != nil {
		t.Fatal(err)
	}
	sealed := p.Seal([]byte("ciao"), "rossi", "events", "sealed", "evt_1")
	opened, err := both.Person("rossi", "sub_1", before)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := opened.Open(sealed, "rossi", "events", "sealed", "evt_1"); err != nil || string(got) != "ciao" {
		t.Errorf("%q, %v", got, err)
	}
	since, _, err := both.NewPerson("rossi", "sub_2")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := after.Person("rossi", "sub_2", since); err != nil {
		t.Errorf("the last line does not seal: %v", err)
	}
	if _, err := old.Person("rossi", "sub_2", since); !errors.Is(err, ErrWrongKey) {
		t.Errorf("the old file opens what the new key sealed: %v", err)
	}
	if _, err := after.Person("rossi", "sub_1", before); !errors.Is(err, ErrWrongKey) {
		t.Errorf("the new file opens what the old key sealed: %v", err)
	}
}

// The index tells the same address again, within a brand and a key file, and folds nothing itself.
func TestIndex(t *testing.T) {
	k, other := must(t, plain), must(t, file("wrap k1 "+key(1), "index "+key(8), "ledger "+key(3)))
	base := k.Index("rossi", "phone:+393331234567")
	if len(base) != 16 || !bytes.Equal(base, k.Index("rossi", "phone:+393331234567")) {
		t.Fatalf("%x is not stable", base)
	}
	for name, got := range map[string][]byte{
		"another brand":    k.Index("nord", "phone:+393331234567"),
		"another address":  k.Index("rossi", "phone:+393331234568"),
		"another kind":     k.Index("rossi", "email:+393331234567"),
		"another case":     k.Index("rossi", "PHONE:+393331234567"),
		"another spelling": k.Index("rossi", "phone:+39 333 1234567"),
		"moved border":     k.Index("rossip", "hone:+393331234567"),
		"another key file": other.Index("rossi", "phone:+393331234567"),
	} {
		if bytes.Equal(got, base) {
			t.Errorf("%s has the same index", name)
		}
	}
}

// A salt tells nothing of another: per event, per person, and the same again.
func TestSalt(t *testing.T) {
	k := must(t, plain)
	wrapped, p, err := k.NewPerson("rossi", "sub_1")
	if err != nil {
		t.Fatal(err)
	}
	same, err := k.Person("rossi", "sub_1", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := k.NewPerson("rossi", "sub_2")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for i := range 100 {
		event := fmt.Sprint("evt_", i)
		for who, q := range map[string]*Person{"sub_1": p, "sub_2": other} {
			s := string(q.Salt(event))
			if len(s) != 32 || seen[s] != "" {
				t.Fatalf("salt of %s for %s is that of %s", event, who, seen[s])
			}
			seen[s] = who + " " + event
		}
		if !bytes.Equal(p.Salt(event), same.Salt(event)) {
			t.Fatal("a salt changed when the key was read again")
		}
	}
}

// Known answers: what is written in databases and checkpoints today must be
// found again by every later release. The values are HKDF-SHA-256 (RFC 5869)
// and HMAC-SHA-256 over the keys 02…02 and 03…03, worked out apart from this code.
func TestKnownAnswers(t *testing.T) {
	k := must(t, plain)
	seed := k.LedgerSeed("rossi")
	for _, c := range []struct{ name, got, want string }{
		{"ledger seed", hex.EncodeToString(seed[:]), "acd87d8e396d2520985463e98da4a4242695902d9da8f40cda597502daa523ec"},
		{"index", hex.EncodeToString(k.Index("rossi", "phone:+393331234567")), "1db7dfac3b62bf77aa21b3b0efd0e4b6"},
		{"secret", hex.EncodeToString(k.Secret("form nonces")), "887b0697b884ec80d779683c21f1118b46d80a6411524c7b3731145c9cdb2ab5"},
		{"id", k.ID(), "00771d906dfb5594"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
		}
	}
	if k.LedgerSeed("nord") == seed {
		t.Error("two brands share a log key")
	}
	if bytes.Equal(k.Secret("form nonces"), k.Secret("console links")) {
		t.Error("two purposes share a secret")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(plain)
	f.Add([]byte("wrap k1 " + key(1)))
	f.Add([]byte("wrap\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := parse("keys", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "vault: keys:") {
				t.Errorf("%v does not name the file", err)
			}
			return
		}
		wrapped, _, err := k.NewPerson("rossi", "sub_1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Person("rossi", "sub_1", wrapped); err != nil {
			t.Errorf("a file that was accepted does not open its own seals: %v", err)
		}
	})
}
