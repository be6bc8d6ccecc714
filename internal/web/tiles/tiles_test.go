package tiles

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
	"golang.org/x/mod/sumdb/tlog"

	"placet/internal/ledger"
)

// log is a log of n leaves in one tile, or a database that does not answer.
type log struct {
	n   int
	err error
}

func (l log) Latest(context.Context, string) (ledger.Checkpoint, error) {
	if l.n == 0 {
		return ledger.Checkpoint{}, l.err
	}
	return ledger.Checkpoint{Size: int64(l.n), Note: []byte(fmt.Sprintf("placet.log/rossi\n%d\n", l.n))}, l.err
}

func (l log) Tiles(_ context.Context, _ string, ids []ledger.TileID) ([][]byte, error) {
	out := make([][]byte, len(ids))
	for i, id := range ids {
		if id.Level == 0 && id.Index == 0 {
			for n := range l.n {
				h := leaf(n)
				hash := tlog.RecordHash(h[:])
				out[i] = append(out[i], hash[:]...)
			}
		}
	}
	return out, l.err
}

func leaf(n int) [32]byte { return sha256.Sum256([]byte{byte(n)}) }

func (l log) Placed(_ context.Context, _ string, from int64, n int) ([]ledger.Placed, error) {
	var out []ledger.Placed
	for i := int(from); i < l.n && len(out) < n; i++ {
		out = append(out, ledger.Placed{Entry: ledger.Entry{Event: fmt.Sprint("evt_", i), Data: leaf(i)}, Index: int64(i)})
	}
	return out, l.err
}

func (log) Checkpoints(context.Context, string, int64, int) ([]ledger.Checkpoint, error) {
	return nil, errors.New("not asked for")
}

func get(l ledger.Source, method, path string) *httptest.ResponseRecorder {
	e := echo.New()
	(&Log{Source: l, Known: func(b string) bool { return b == "rossi" }, Key: func(b string) string { return "placet.log/" + b + "+key" }}).Routes(e)
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

// What is in the log is served as it is, for ever; what is not is nowhere, and
// nothing is served that nobody could read from the database.
func TestRoutes(t *testing.T) {
	const forEver = "public, max-age=31536000, immutable"
	gone := errors.New("the database went away")
	hashes, entries := "", ""
	for i := range 3 {
		h := leaf(i)
		hash := tlog.RecordHash(h[:])
		hashes += string(hash[:])
		entries += "\x00\x20" + string(h[:]) // tlog-tiles, "Log entries": length in two bytes, big-endian
	}
	for _, c := range []struct {
		path   string
		log    log
		status int
		cache  string
		body   string
	}{
		{"/ledger/rossi/checkpoint", log{n: 3}, 200, "no-cache", "placet.log/rossi\n3\n"},
		{"/ledger/rossi/checkpoint", log{}, 404, "", ""},
		{"/ledger/rossi/checkpoint", log{err: gone}, 503, "", ""},
		{"/ledger/nord/checkpoint", log{n: 3}, 404, "", ""},
		{"/ledger/rossi/key", log{}, 200, "", "placet.log/rossi+key\n"},
		{"/ledger/nord/key", log{}, 404, "", ""},
		{"/ledger/rossi/tile/0/000.p/3", log{n: 3}, 200, forEver, hashes},
		{"/ledger/rossi/tile/0/000.p/2", log{n: 3}, 200, forEver, hashes[:64]},
		{"/ledger/rossi/tile/entries/000.p/3", log{n: 3}, 200, forEver, entries},
		{"/ledger/rossi/tile/entries/000.p/1", log{n: 3}, 200, forEver, entries[:34]},
		{"/ledger/rossi/tile/0/000.p/4", log{n: 3}, 404, "", ""},
		{"/ledger/rossi/tile/0/000", log{n: 3}, 404, "", ""},
		{"/ledger/rossi/tile/1/000.p/1", log{n: 3}, 404, "", ""},
		{"/ledger/rossi/tile/0/0.p/3", log{n: 3}, 404, "", ""},
		{"/ledger/rossi/tile/0/000.p/03", log{n: 3}, 404, "", ""},
		{"/ledger/rossi/tile/0/000.p/256", log{n: 3}, 404, "", ""},
		{"/ledger/rossi/tile/64/000.p/1", log{n: 3}, 404, "", ""},
		{"/ledger/rossi/tile/../checkpoint", log{n: 3}, 404, "", ""},
		{"/ledger/rossi/tile/", log{n: 3}, 404, "", ""},
		{"/ledger/nord/tile/0/000.p/3", log{n: 3}, 404, "", ""},
		{"/ledger/rossi/tile/0/000.p/3", log{n: 3, err: gone}, 503, "", ""},
		{"/ledger/rossi/tile/entries/000.p/3", log{n: 3, err: gone}, 503, "", ""},
	} {
		w := get(c.log, http.MethodGet, c.path)
		if w.Code != c.status || w.Header().Get("Cache-Control") != c.cache {
			t.Errorf("%s of %d leaves (%v): %d, cache %q; want %d, %q", c.path, c.log.n, c.log.err, w.Code, w.Header().Get("Cache-Control"), c.status, c.cache)
		}
		if c.status == http.StatusOK && w.Body.String() != c.body {
			t.Errorf("%s: %s, want %s", c.path, hex.EncodeToString(w.Body.Bytes()), hex.EncodeToString([]byte(c.body)))
		}
	}
	for path, want := range map[string]string{"/ledger/rossi/checkpoint": "text/plain; charset=utf-8", "/ledger/rossi/tile/0/000.p/3": "application/octet-stream"} {
		if got := get(log{n: 3}, http.MethodGet, path).Header().Get("Content-Type"); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
		if w := get(log{n: 3}, http.MethodPost, path); w.Code != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %d", path, w.Code)
		}
	}
}
