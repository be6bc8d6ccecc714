// Package vault keeps personal data sealed: a key per person, wrapped by a
// master key that lives outside the database, and a keyed index for lookups.
// Destroying a person's key makes everything sealed with it unreadable for good.
package vault

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrWrongKey means a ciphertext was not made with this key, or not for this place.
var ErrWrongKey = errors.New("vault: sealed with another key, or moved from another row")

// Keys are the master keys of one installation.
type Keys struct {
	wrapID string
	wraps  map[string]cipher.AEAD
	index  []byte
	ledger []byte
	id     string
}

const header = "# Placet master keys. Whoever has this file and the database can read everything;\n" +
	"# whoever loses it can read nothing, ever again. Keep a copy away from the database.\n"

// Create writes a fresh key file with mode 0600. It never overwrites one.
func Create(path string) error {
	var b bytes.Buffer
	b.WriteString(header)
	for _, name := range []string{"wrap k1", "index", "ledger"} {
		k := make([]byte, 32)
		if _, err := rand.Read(k); err != nil {
			return fmt.Errorf("vault: random key: %w", err)
		}
		fmt.Fprintf(&b, "%s %s\n", name, base64.StdEncoding.EncodeToString(k))
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("vault: create key file: %w", err)
	}
	if _, err := f.Write(b.Bytes()); err != nil {
		_ = f.Close()
		return fmt.Errorf("vault: write key file: %w", err)
	}
	if err := f.Sync(); err != nil {
		_ = f.Close()
		return fmt.Errorf("vault: write key file: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("vault: write key file: %w", err)
	}
	// The name must survive a power cut as well as the content.
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Load reads a key file: lines "wrap ID BASE64" (the last one seals, all open),
// "index BASE64" and "ledger BASE64", 32 bytes each.
func Load(path string) (*Keys, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("vault: key file: %w", err)
	}
	if st, err := os.Stat(path); err == nil && st.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("vault: key file %s may be read by others (mode %04o); run: chmod 600 %s", path, st.Mode().Perm(), path)
	}
	return parse(path, text)
}

// Exists reports whether there is a key file.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func parse(path string, text []byte) (*Keys, error) {
	k := &Keys{wraps: map[string]cipher.AEAD{}}
	sc := bufio.NewScanner(bytes.NewReader(text))
	for line := 1; sc.Scan(); line++ {
		f := strings.Fields(sc.Text())
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(f[len(f)-1])
		if err != nil || len(raw) != 32 {
			return nil, fmt.Errorf("vault: %s:%d: not a key of 32 bytes in base64", path, line)
		}
		switch {
		case f[0] == "wrap" && len(f) == 3 && k.wraps[f[1]] != nil, f[0] == "index" && k.index != nil, f[0] == "ledger" && k.ledger != nil:
			return nil, fmt.Errorf("vault: %s:%d: this key is in the file twice; keep the right one", path, line)
		case f[0] == "wrap" && len(f) == 3:
			if k.wraps[f[1]], err = aead(raw); err != nil {
				return nil, err
			}
			k.wrapID = f[1]
		case f[0] == "index" && len(f) == 2:
			k.index = raw
		case f[0] == "ledger" && len(f) == 2:
			k.ledger = raw
		default: // not a word of it is repeated here: it may be a key
			return nil, fmt.Errorf("vault: %s:%d: unknown line; write wrap ID KEY, index KEY or ledger KEY", path, line)
		}
	}
	if k.wrapID == "" || k.index == nil || k.ledger == nil {
		return nil, fmt.Errorf("vault: %s: a key is missing: it needs one wrap, index and ledger line each", path)
	}
	mac := hmac.New(sha256.New, k.index)
	mac.Write([]byte("fingerprint\x00"))
	mac.Write(k.ledger)
	k.id = hex.EncodeToString(mac.Sum(nil)[:8])
	return k, nil
}

// ID identifies the key file without giving anything away; the database remembers it.
func (k *Keys) ID() string { return k.id }

// Index is the blind index of an address at a brand: HMAC-SHA-256, first 16
// bytes. Without the key nobody can walk the phone numbers (there are only 10^10).
func (k *Keys) Index(brand, address string) []byte {
	mac := hmac.New(sha256.New, k.index)
	mac.Write([]byte(brand))
	mac.Write([]byte{0})
	mac.Write([]byte(address))
	return mac.Sum(nil)[:16]
}

// LedgerSeed is the Ed25519 seed of a brand's log.
func (k *Keys) LedgerSeed(brand string) [32]byte { return [32]byte(k.derive(k.ledger, "log:"+brand)) }

// Secret derives a 32-byte secret for a purpose, such as form nonces.
func (k *Keys) Secret(purpose string) []byte { return k.derive(k.index, "secret:"+purpose) }

func (k *Keys) derive(from []byte, info string) []byte {
	out, err := hkdf.Key(sha256.New, from, nil, info, 32)
	if err != nil {
		panic("vault: hkdf: " + err.Error()) // only for lengths we never ask for
	}
	return out
}

// Person opens and seals one person's data.
type Person struct {
	aead cipher.AEAD
	salt []byte
}

// NewPerson makes a person's key: the wrapped form for the database and the key itself.
func (k *Keys) NewPerson(brand, person string) (wrapped []byte, p *Person, err error) {
	secret := make([]byte, 64)
	if _, err := rand.Read(secret); err != nil {
		return nil, nil, fmt.Errorf("vault: random key: %w", err)
	}
	p, err = newPerson(secret)
	if err != nil {
		return nil, nil, err
	}
	sealed := k.wraps[k.wrapID].Seal(nil, nil, secret, aad(brand, "persons", "key", person))
	wrapped = append(append([]byte(k.wrapID), 0), sealed...)
	return wrapped, p, nil
}

// Person unwraps a person's key.
func (k *Keys) Person(brand, person string, wrapped []byte) (*Person, error) {
	id, sealed, ok := bytes.Cut(wrapped, []byte{0})
	a := k.wraps[string(id)]
	if !ok || a == nil {
		return nil, fmt.Errorf("vault: person's key is wrapped by master key %q, which the key file does not hold: %w", id, ErrWrongKey)
	}
	secret, err := a.Open(nil, nil, sealed, aad(brand, "persons", "key", person))
	if err != nil {
		return nil, ErrWrongKey
	}
	return newPerson(secret)
}

func newPerson(secret []byte) (*Person, error) {
	a, err := aead(secret[:32])
	if err != nil {
		return nil, err
	}
	return &Person{aead: a, salt: secret[32:]}, nil
}

// Seal encrypts a value for one place: AES-256-GCM, random nonce, the place as
// additional data, so that a ciphertext moved to another row does not open.
func (p *Person) Seal(plain []byte, brand, table, column, row string) []byte {
	return p.aead.Seal(nil, nil, plain, aad(brand, table, column, row))
}

// Open decrypts what Seal made for the same place.
func (p *Person) Open(sealed []byte, brand, table, column, row string) ([]byte, error) {
	plain, err := p.aead.Open(nil, nil, sealed, aad(brand, table, column, row))
	if err != nil {
		return nil, ErrWrongKey
	}
	return plain, nil
}

// Salt is the salt of one event's leaf. It can be told to a verifier without
// giving away the others, and dies with the person's key.
func (p *Person) Salt(event string) []byte {
	mac := hmac.New(sha256.New, p.salt)
	mac.Write([]byte(event))
	return mac.Sum(nil)
}

func aead(key []byte) (cipher.AEAD, error) {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(b)
}

func aad(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = append(append(b, p...), 0)
	}
	return b
}
