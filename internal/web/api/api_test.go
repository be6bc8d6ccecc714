package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/labstack/echo/v4"
	"golang.org/x/mod/sumdb/note"

	policypacks "placet/config/policy"
	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/gatewaytest/services"
	"placet/internal/ledger"
	"placet/internal/optin"
	"placet/internal/policy"
	"placet/internal/store"
	"placet/internal/vault"
	"placet/internal/web/api"
)

// start is a Wednesday at 11 in Rome, when every pack lets messages leave.
var start = time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)

const (
	rossiKey, nordKey = "key-of-rossi-0123456789abcdef", "key-of-nord-0123456789abcdef"
	anna              = "+393470000101"
	luca              = "luca.verdi@example.org"
)

func brand(id, name, country, zone, lang, number string) (string, *brands.Brand) {
	text := fmt.Sprintf(`
id: %s
name: %s
legal: %s S.p.A., sede
contact: privacy@%s.example
country: %s
time_zone: %s
languages: [%s, en]
numbers: [{number: "%s"}]
senders: {email: "ciao@%s.example"}
programs:
  - id: offerte-%s
    words: {"": ["OFFERTE%s"]}
    notice: privacy
    artefact: poster-1
notices:
  - {id: privacy, version: "2026-03", text: {%s: "L'informativa", en: "The notice"}}
`, id, name, name, id, country, zone, lang, number, id, id, strings.ToUpper(id), lang)
	b, err := brands.Parse(id, []byte(text))
	if err != nil {
		panic(err)
	}
	return text, b
}

// bench is the API on a real database with two brands.
type bench struct {
	testing.TB
	store  *store.Store
	keys   *vault.Keys
	dir    *brands.Directory
	api    *api.API
	echo   *echo.Echo
	spec   *openapi3.T
	router routers.Router

	mu  sync.Mutex
	now time.Time
	log bytes.Buffer
}

func (b *bench) Now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

// both runs a test on SQLite and on PostgreSQL.
func both(t *testing.T, run func(*testing.T, *bench)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { run(t, setup(t)) })
	t.Run("postgres", func(t *testing.T) { run(t, setupOn(t, services.Postgres(t))) })
}

func setup(tb testing.TB) *bench {
	tb.Helper()
	return setupOn(tb, "sqlite:"+filepath.Join(tb.TempDir(), "placet.db"))
}

func setupOn(tb testing.TB, url string) *bench {
	tb.Helper()
	ctx := tb.Context()
	dir := tb.TempDir()
	b := &bench{TB: tb, now: start}
	must(tb, vault.Create(filepath.Join(dir, "keys")))
	var err error
	b.keys, err = vault.Load(filepath.Join(dir, "keys"))
	must(tb, err)
	b.store, err = store.Open(ctx, url, b.keys)
	must(tb, err)
	tb.Cleanup(func() { _ = b.store.Close() })
	must(tb, b.store.Migrate(ctx))
	var list []*brands.Brand
	for _, c := range [][]string{{"rossi", "Rossi Moda", "IT", "Europe/Rome", "it", "41430"}, {"nord", "Nord", "FR", "Europe/Paris", "fr", "38100"}} {
		text, br := brand(c[0], c[1], c[2], c[3], c[4], c[5])
		_, _, err := b.store.ApplyBrand(ctx, br, text, start)
		must(tb, err)
		list = append(list, br)
	}
	b.dir = &brands.Directory{}
	must(tb, b.dir.Set(list))
	must(tb, b.store.SaveKey(ctx, "key_rossi", "rossi", "test", rossiKey, start))
	must(tb, b.store.SaveKey(ctx, "key_nord", "nord", "test", nordKey, start))
	book, err := policy.Load(policypacks.FS)
	must(tb, err)
	desk := &optin.Desk{Store: b.store, Brands: b.dir, Policy: book, Now: b.Now, Public: "http://127.0.0.1:8080"}
	b.api = &api.API{Desk: desk, Store: b.store, Brands: b.dir, Policy: book, Now: b.Now, Log: slog.New(slog.NewTextHandler(&b.log, nil))}
	b.echo = echo.New()
	b.api.Routes(b.echo)
	b.spec = description(tb, b.echo)
	b.router, err = legacy.NewRouter(b.spec)
	must(tb, err)
	return b
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// description loads the description as served.
func description(tb testing.TB, e *echo.Echo) *openapi3.T {
	tb.Helper()
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/openapi.json", nil))
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		tb.Fatalf("openapi.json: %d %s", w.Code, w.Header().Get("Content-Type"))
	}
	doc, err := openapi3.NewLoader().LoadFromData(w.Body.Bytes())
	must(tb, err)
	return doc
}

// request builds a request; header lines are "Name: value", "-Name" removes one.
func request(method, path, key, body string, header ...string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	for _, h := range header {
		if name, gone := strings.CutPrefix(h, "-"); gone {
			r.Header.Del(name)
			continue
		}
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	return r
}

// answer is what came back, already held to the description.
type answer struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

func (a answer) code() string {
	s, _ := a.body["type"].(string)
	return strings.TrimPrefix(s, "urn:placet:problem:")
}

func (a answer) pointers() string {
	var out []string
	faults, _ := a.body["errors"].([]any)
	for _, f := range faults {
		m, _ := f.(map[string]any)
		out = append(out, fmt.Sprintf("%v %v", m["pointer"], m["code"]))
	}
	return strings.Join(out, ", ")
}

// send serves a request and holds both it, where it is taken, and the answer to
// the description: status, headers of every answer, body by schema.
func (b *bench) send(r *http.Request) answer {
	b.Helper()
	return b.held(r, true)
}

// serve is send for requests about which the server is milder than its description.
func (b *bench) serve(r *http.Request) answer {
	b.Helper()
	return b.held(r, false)
}

func (b *bench) held(r *http.Request, strict bool) answer {
	b.Helper()
	sent, err := io.ReadAll(r.Body)
	must(b.TB, err)
	r.Body = io.NopCloser(bytes.NewReader(sent))
	w := httptest.NewRecorder()
	b.echo.ServeHTTP(w, r)
	a := answer{status: w.Code, header: w.Header(), raw: w.Body.String()}
	must(b.TB, json.Unmarshal(w.Body.Bytes(), &a.body))
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
		if got := w.Header().Get(name); got != want {
			b.Errorf("%s %s: %s is %q", r.Method, r.URL.Path, name, got)
		}
	}
	if a.status >= 400 {
		if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
			b.Errorf("%s %s: %d as %s", r.Method, r.URL.Path, a.status, got)
		}
		if a.body["instance"] != w.Header().Get("X-Request-Id") || a.body["status"] != float64(a.status) {
			b.Errorf("%s %s: problem %s does not name its request and status", r.Method, r.URL.Path, a.raw)
		}
	}
	route, params, err := b.router.FindRoute(r)
	if err != nil || a.status == http.StatusMethodNotAllowed {
		return a // a path or method that the description does not know
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true,
	}}
	if strict && a.status < 400 { // what is taken is what the description allows
		r.Body = io.NopCloser(bytes.NewReader(sent))
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			b.Errorf("%s %s was taken, but: %v", r.Method, r.URL.Path, err)
		}
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: a.status, Header: a.header, Options: in.Options}
	if err := openapi3filter.ValidateResponse(context.Background(), out.SetBodyBytes(w.Body.Bytes())); err != nil {
		b.Errorf("%s %s answered %s\n%v", r.Method, r.URL.Path, a.raw, err)
	}
	return a
}

func (b *bench) post(path, key, body string, header ...string) answer {
	b.Helper()
	return b.send(request(http.MethodPost, path, key, body, header...))
}

func (b *bench) get(path, key string) answer {
	b.Helper()
	return b.send(request(http.MethodGet, path, key, ""))
}

func parse(tb testing.TB, s string) address.Address {
	tb.Helper()
	a, err := address.Parse(s, "")
	must(tb, err)
	return a
}

// act makes one change of one person, as a journey would; it returns the event.
func (b *bench) act(brand, to string, fn func(*optin.Draft) error) string {
	b.Helper()
	who := optin.Who{Address: parse(b.TB, to)}
	b.advance(time.Millisecond)
	now := b.Now()
	event, _, err := b.store.Change(b.Context(), optin.Cause{Brand: brand, Source: "test", Ref: fmt.Sprint(now.UnixNano(), to)}, who, func(d *optin.Draft) error {
		d.Event.At, d.Event.Received, d.Event.Type = now, now, consent.Receive
		d.Event.Identifier = to
		return fn(d)
	})
	must(b.TB, err)
	return event
}

// grant makes a permission of grade A.
func (b *bench) grant(brand, to string, k consent.Key) string {
	b.Helper()
	return b.act(brand, to, func(d *optin.Draft) error {
		d.Event.Type, d.Event.Words, d.Event.Method = consent.Confirm, "SI", "sms_keyword"
		_, err := d.Act(consent.Act{Kind: consent.Choose, At: d.Event.At, Keys: []consent.Key{k}})
		return err
	})
}

func (b *bench) person(brand, to string) string {
	b.Helper()
	id, err := b.store.Find(b.Context(), brand, parse(b.TB, to))
	must(b.TB, err)
	return id
}

// sequence places every event of a brand in its log.
func (b *bench) sequence(brand string) {
	b.Helper()
	k, err := ledger.NewKey("placet.test/"+brand, b.keys.LedgerSeed(brand))
	must(b.TB, err)
	s := &ledger.Sequencer{Store: b.store, Brand: brand, Origin: "placet.test/" + brand, Signer: k.Signer, Known: note.VerifierList(k.Verifier), Now: b.Now}
	for {
		n, err := s.Step(b.Context())
		must(b.TB, err)
		if n == 0 {
			return
		}
	}
}
