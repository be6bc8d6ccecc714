// Package gatewaytest is the whole gateway in a test: real database, sandbox
// provider, a clock that stands still until it is moved, and journeys written as
// plain text. After every line of a journey the evidence is verified again.
package gatewaytest

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"placet/config"
	"placet/config/demo"
	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/gateway"
	"placet/internal/gatewaytest/services"
	"placet/internal/gatewaytest/twiliosrv"
	"placet/internal/ledger"
	"placet/internal/senders/sandbox"
)

// Public is the public URL of a gateway under test; nothing listens there.
const Public = "http://gateway.test"

// Start is when a test's clock stands unless it is moved: a Friday morning in Rome.
var Start = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// Clock is a clock that only moves when told.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is the time it shows.
func (c *Clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

// Advance moves it forward.
func (c *Clock) Advance(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

// Set makes it show t.
func (c *Clock) Set(t time.Time) { c.mu.Lock(); defer c.mu.Unlock(); c.now = t }

// Gateway is one gateway under test with the demo's brands.
type Gateway struct {
	*gateway.Gateway
	TB    testing.TB
	Clock *Clock
	Seen  int // messages already read by Out
	text  int
}

// Databases runs a test on SQLite and on PostgreSQL (skipped where there is
// none, a failure where CI=true).
func Databases(t *testing.T, run func(t *testing.T, database string)) {
	t.Run("sqlite", func(t *testing.T) { run(t, "sqlite:"+filepath.Join(t.TempDir(), "placet.db")) })
	t.Run("postgres", func(t *testing.T) { run(t, services.Postgres(t)) })
}

// New makes a gateway on a database. It is closed with the test.
func New(tb testing.TB, database string) *Gateway {
	tb.Helper()
	c, err := config.Config{Database: database, PublicURL: Public, Keys: filepath.Join(tb.TempDir(), "placet.key"), ConfirmChallenge: "off"}.Complete()
	if err != nil {
		tb.Fatal(err)
	}
	clock := &Clock{now: Start}
	g, err := gateway.New(tb.Context(), gateway.Options{
		Config: c, Clock: clock, Log: slog.New(slog.NewTextHandler(tb.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
		Accounts: map[string]string{demo.TwilioAccount: demo.TwilioToken}, Version: "test",
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := g.Close(); err != nil {
			tb.Error(err)
		}
	})
	for _, id := range []string{"rossi", "nord"} {
		text, err := demo.FS.ReadFile(id + ".yaml")
		if err != nil {
			tb.Fatal(err)
		}
		b, err := brands.Parse(id, text)
		if err != nil {
			tb.Fatal(err)
		}
		if _, _, err := g.Store.ApplyBrand(tb.Context(), b, string(text), Start); err != nil {
			tb.Fatal(err)
		}
		if err := g.Store.SaveKey(tb.Context(), "key_"+id, id, "test", demo.Keys[id], Start); err != nil {
			tb.Fatal(err)
		}
	}
	if err := g.Reload(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	g.Desk.Patience = 0 // nothing moves between two steps, so waiting would not help
	return &Gateway{Gateway: g, TB: tb, Clock: clock}
}

// Move steps every loop until nothing is left to do at this moment.
func (g *Gateway) Move() {
	g.TB.Helper()
	if err := g.Step(g.TB.Context()); err != nil {
		g.TB.Fatal(err)
	}
}

// Do sends a request through the front door.
func (g *Gateway) Do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	g.Handler.ServeHTTP(w, r.WithContext(g.TB.Context()))
	return w
}

// Text posts an inbound SMS to 41430 as Twilio would, signed, and moves the machine.
func (g *Gateway) Text(from, body string) *httptest.ResponseRecorder {
	g.TB.Helper()
	return g.TextTo("41430", from, body)
}

// TextTo is Text to any number.
func (g *Gateway) TextTo(to, from, body string) *httptest.ResponseRecorder {
	g.TB.Helper()
	g.text++
	form := url.Values{
		"MessageSid": {"SM" + strings.Repeat("0", 24) + time.Duration(g.text).String()}, "AccountSid": {demo.TwilioAccount},
		"From": {from}, "To": {to}, "Body": {body}, "NumMedia": {"0"}, "ApiVersion": {"2010-04-01"}, "SmsStatus": {"received"},
	}
	w := g.Hook("sms", form)
	g.Move()
	return w
}

// Hook posts a signed webhook.
func (g *Gateway) Hook(what string, form url.Values) *httptest.ResponseRecorder {
	u := Public + "/hooks/twilio/" + demo.TwilioAccount + "/" + what
	r := httptest.NewRequest(http.MethodPost, u, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", twiliosrv.Sign(demo.TwilioToken, u, form))
	return g.Do(r)
}

// Get opens a page.
func (g *Gateway) Get(path string) *httptest.ResponseRecorder {
	return g.Do(httptest.NewRequest(http.MethodGet, local(path), nil))
}

// Post sends a form.
func (g *Gateway) Post(path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, local(path), strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := g.Do(r)
	g.Move()
	return w
}

func local(path string) string {
	if strings.HasPrefix(path, "http") {
		return path
	}
	return Public + path
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// Hidden is the hidden fields of a page: what a form posts by itself.
func Hidden(page io.Reader) url.Values {
	body, _ := io.ReadAll(page)
	v := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(string(body), -1) {
		v.Set(m[1], m[2])
	}
	return v
}

// Out is every message that left since the last call.
func (g *Gateway) Out() []sandbox.Message {
	all := g.Sandbox.Messages("")
	out := all[g.Seen:]
	g.Seen = len(all)
	return out
}

// State is a permission as a permission check sees it.
func (g *Gateway) State(brand, to string, k consent.Key) consent.State {
	g.TB.Helper()
	a, err := address.Lookup(to, "")
	if err != nil {
		g.TB.Fatal(err)
	}
	st, err := g.Store.Standings(g.TB.Context(), brand, []address.Address{a})
	if err != nil {
		g.TB.Fatal(err)
	}
	return st[0].Record.At(k, g.Clock.Now()).State
}

// CheckLedger verifies every invariant of every brand.
func (g *Gateway) CheckLedger() {
	g.TB.Helper()
	ctx := context.WithoutCancel(g.TB.Context())
	for _, b := range g.Brands.All() {
		f, err := g.Store.VerifyPeople(ctx, b.ID)
		if err != nil {
			g.TB.Fatal(err)
		}
		for _, fault := range f.Faults {
			g.TB.Errorf("%s: %s", b.ID, fault)
		}
		key, err := ledger.NewKey(gateway.Origin(b.ID), g.LogSeed(b.ID))
		if err != nil {
			g.TB.Fatal(err)
		}
		report, err := ledger.Verify(ctx, g.Store, b.ID, gateway.Origin(b.ID), note.VerifierList(key.Verifier))
		if err != nil {
			g.TB.Fatal(err)
		}
		if report.Fault != nil {
			g.TB.Errorf("%s: log: %s", b.ID, report.Fault)
		}
	}
}

// another is a further database of the same kind.
func another(t *testing.T, database, name string) string {
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		return "sqlite:" + filepath.Join(filepath.Dir(path), name+".db")
	}
	return services.Postgres(t)
}
