package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"placet/internal/address"
	"placet/internal/optin"
	"placet/internal/web/api"
)

// bodies holds a good body for each route that takes one; path parameters are
// filled with a person of the brand that asks.
func bodies(program string) map[string]string {
	return map[string]string{
		"/v1/permissions/check": `{"checks":[{"address":"` + anna + `","channel":"sms","topic":"offers"}]}`,
		"/v1/optins":            ask("offerte-rossi", program),
		"/v1/contacts/search":   `{"address":"` + anna + `"}`,
	}
}

// operation is one method of one path of the description.
type operation struct {
	method, path string
	*openapi3.Operation
}

func (b *bench) operations() []operation {
	var out []operation
	for path, item := range b.spec.Paths.Map() {
		for method, op := range item.Operations() {
			out = append(out, operation{method, path, op})
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return out
}

// request fills in an operation; a route without a body here fails the test.
func (b *bench) request(op operation, key, person, program string) *http.Request {
	b.Helper()
	body := ""
	if op.RequestBody != nil {
		if body = bodies(program)[op.path]; body == "" {
			b.Fatalf("%s takes a body: add one to bodies", op.path)
		}
	}
	return request(op.method, strings.ReplaceAll(op.path, "{id}", person), key, body)
}

// TestDescription: the description is valid with its examples, lists exactly
// the routes that exist, and shows an example of every answer.
func TestDescription(t *testing.T) {
	b := setup(t)
	must(t, b.spec.Validate(t.Context(), openapi3.EnableExamplesValidation()))
	if b.spec.OpenAPI != "3.0.3" {
		t.Errorf("version %s", b.spec.OpenAPI)
	}
	var described []string
	for _, op := range b.operations() {
		described = append(described, op.method+" "+op.path)
		if op.RequestBody != nil && op.RequestBody.Value.Content.Get("application/json").Example == nil {
			t.Errorf("%s %s: the body has no example", op.method, op.path)
		}
		for status, ref := range op.Responses.Map() {
			for media, m := range ref.Value.Content {
				if m.Example == nil {
					t.Errorf("%s %s %s %s has no example", op.method, op.path, status, media)
				}
				if p, ok := m.Example.(map[string]any); ok && media == "application/problem+json" && fmt.Sprint(p["status"]) != status {
					t.Errorf("%s %s: the example of %s says %v", op.method, op.path, status, p["status"])
				}
			}
		}
	}
	var routed []string
	for _, r := range b.echo.Routes() {
		path := strings.ReplaceAll(r.Path, ":id", "{id}")
		if path == "/v1/*" {
			continue
		}
		// A method that a route refuses answers 405.
		a := b.serve(request(r.Method, strings.ReplaceAll(path, "{id}", "sub_x"), "", ""))
		if a.status != http.StatusMethodNotAllowed {
			routed = append(routed, r.Method+" "+path)
		} else if !strings.Contains(strings.Join(described, " "), a.header.Get("Allow")+" "+path) {
			t.Errorf("%s %s allows %q", r.Method, path, a.header.Get("Allow"))
		}
	}
	slices.Sort(described)
	slices.Sort(routed)
	if !slices.Equal(described, routed) {
		t.Errorf("described %v\nrouted    %v", described, routed)
	}
	for _, path := range []string{"/v1/", "/v1/nothing", "/v1/contacts", "/v1/contacts/a/b/c", "/v1/../v1/x"} {
		if a := b.serve(request(http.MethodGet, path, rossiKey, "")); a.status != http.StatusNotFound || a.code() != "not_found" {
			t.Errorf("%s: %d %s", path, a.status, a.raw)
		}
	}
}

// TestKey: without a live key no route says anything, and always the same.
func TestKey(t *testing.T) {
	b := setup(t)
	b.grant("rossi", anna, offersSMS)
	person := b.person("rossi", anna)
	said := ""
	for _, op := range b.operations() {
		if op.Security != nil && len(*op.Security) == 0 {
			continue
		}
		for name, header := range map[string]string{
			"none": "-Authorization", "unknown": "Authorization: Bearer nobodys-key", "empty": "Authorization: Bearer ",
			"basic": "Authorization: Basic " + rossiKey, "bare": "Authorization: " + rossiKey, "long": "Authorization: Bearer " + strings.Repeat("k", 300),
			"in part": "Authorization: Bearer " + rossiKey[:20],
		} {
			r := b.request(op, rossiKey, person, "offerte-rossi")
			n, v, _ := strings.Cut(header, ": ")
			if r.Header.Set(n, v); name == "none" {
				r.Header.Del("Authorization")
			}
			a := b.send(r)
			instance, _ := a.body["instance"].(string)
			got := strings.ReplaceAll(a.raw, instance, "")
			if said == "" {
				said = got
			}
			if a.status != http.StatusUnauthorized || a.header.Get("WWW-Authenticate") == "" || got != said {
				t.Errorf("%s %s, key %s: %d %s", op.method, op.path, name, a.status, a.raw)
			}
		}
		two := b.request(op, rossiKey, person, "offerte-rossi")
		two.Header.Add("Authorization", "Bearer "+nordKey)
		if a := b.send(two); a.status != http.StatusUnauthorized {
			t.Errorf("%s %s with two keys: %d", op.method, op.path, a.status)
		}
	}
	if a := b.send(request(http.MethodGet, "/v1/events", "", "", "Authorization: bearer "+rossiKey)); a.status != http.StatusOK {
		t.Errorf("the scheme's case matters: %d", a.status)
	}
}

// TestRevoke: a revoked key works for less than a second more, a new one at once.
func TestRevoke(t *testing.T) {
	b := setup(t)
	late := "key-made-later-0123456789"
	if a := b.get("/v1/events", late); a.status != http.StatusUnauthorized {
		t.Fatalf("before it is made: %d", a.status)
	}
	must(t, b.store.SaveKey(t.Context(), "key_late", "rossi", "late", late, b.Now()))
	if a := b.get("/v1/events", late); a.status != http.StatusOK {
		t.Fatalf("a new key: %d", a.status)
	}
	ok, err := b.store.RevokeKey(t.Context(), "key_late", b.Now())
	if must(t, err); !ok {
		t.Fatal("there was nothing to revoke")
	}
	b.advance(time.Second)
	if a := b.get("/v1/events", late); a.status != http.StatusUnauthorized {
		t.Errorf("a second after: %d", a.status)
	}
	if a := b.get("/v1/events", late); a.status != http.StatusUnauthorized {
		t.Errorf("and again: %d", a.status)
	}
	b.advance(-time.Hour) // a clock that is set back must not make a key live longer
	if a := b.get("/v1/events", late); a.status != http.StatusUnauthorized {
		t.Errorf("with the clock set back: %d", a.status)
	}
	must(t, b.store.SaveKey(t.Context(), "key_ghost", "ghost", "", "key-of-a-brand-not-in-force", start))
	if a := b.get("/v1/events", "key-of-a-brand-not-in-force"); a.status != http.StatusUnauthorized {
		t.Errorf("the key of a brand that is not in force: %d", a.status)
	}
}

// TestTwoBrands puts one address with two brands and asks every route for the
// other's: what is a brand's own is nothing to the other, whichever way it asks.
func TestTwoBrands(t *testing.T) {
	b := setup(t)
	b.grant("rossi", anna, offersSMS)
	b.grant("rossi", luca, offersSMS)
	b.grant("nord", luca, offersSMS)
	b.sequence("rossi")
	b.sequence("nord")
	for _, pair := range []struct{ me, key, other, program string }{
		{"nord", nordKey, "rossi", "offerte-nord"},
		{"rossi", rossiKey, "nord", "offerte-rossi"},
	} {
		var foreign []string // ids that must never be seen
		for _, to := range []string{anna, luca} {
			if id, err := b.store.Find(t.Context(), pair.other, parse(t, to)); err == nil {
				foreign = append(foreign, id)
			}
		}
		events, err := b.store.Feed(t.Context(), pair.other, -1, 100)
		must(t, err)
		for _, e := range events {
			foreign = append(foreign, e.ID)
		}
		if len(foreign) < 2 {
			t.Fatalf("%s has nothing to hide: %v", pair.other, foreign)
		}
		for _, op := range b.operations() {
			for _, person := range foreign {
				a := b.send(b.request(op, pair.key, person, pair.program))
				for _, id := range foreign {
					if strings.Contains(a.raw, id) {
						t.Errorf("%s %s shows %s what is %s's: %s", op.method, op.path, pair.me, pair.other, a.raw)
					}
				}
				if !strings.Contains(op.path, "{id}") {
					break
				}
				unknown := b.send(b.request(op, pair.key, "sub_00000000-0000-7000-8000-000000000000", pair.program))
				strip := func(a answer) string {
					id, _ := a.body["instance"].(string)
					return strings.ReplaceAll(a.raw, id, "")
				}
				if a.status != http.StatusNotFound || strip(a) != strip(unknown) {
					t.Errorf("%s %s: foreign %d %s, unknown %s", op.method, op.path, a.status, a.raw, unknown.raw)
				}
			}
		}
	}
	// A permission given to one is none to the other; nor does the address show that it is known elsewhere.
	check := b.post("/v1/permissions/check", nordKey, bodies("")["/v1/permissions/check"])
	if !strings.Contains(check.raw, `"state":"none"`) || !strings.Contains(check.raw, `"allowed":false`) {
		t.Errorf("nord asks about rossi's customer: %s", check.raw)
	}
	if a := b.post("/v1/contacts/search", nordKey, `{"address":"`+anna+`"}`); a.status != http.StatusNotFound {
		t.Errorf("nord finds rossi's customer: %d %s", a.status, a.raw)
	}
	if a := b.post("/v1/optins", nordKey, ask()); a.status != http.StatusUnprocessableEntity || a.pointers() != "/program unknown" {
		t.Errorf("nord uses rossi's program: %d %s", a.status, a.raw)
	}
}

// TestBadBodies: what cannot be read is refused before it is understood, by every route that takes a body.
func TestBadBodies(t *testing.T) {
	b := setup(t)
	for _, op := range b.operations() {
		if op.RequestBody == nil {
			continue
		}
		good := bodies("offerte-rossi")[op.path]
		for name, c := range map[string]struct {
			body, contentType string
			status            int
			code              string
		}{
			"form":        {"address=" + anna, "application/x-www-form-urlencoded", 415, "unsupported_media_type"},
			"text":        {good, "text/plain", 415, "unsupported_media_type"},
			"no type":     {good, "", 415, "unsupported_media_type"},
			"charset":     {good, "application/json; charset=latin1", 415, "unsupported_media_type"},
			"json-ish":    {good, "application/json-seq", 415, "unsupported_media_type"},
			"not JSON":    {good[:len(good)-1], "application/json", 400, "malformed"},
			"two":         {good + good, "application/json", 400, "malformed"},
			"nothing":     {" ", "application/json", 400, "malformed"},
			"not UTF-8":   {strings.Replace(good, `"address":"`, "\"address\":\"\xff", 1), "application/json", 400, "malformed"},
			"too large":   {good + strings.Repeat(" ", 1<<20), "application/json", 413, "too_large"},
			"number":      {"7", "application/json; charset=UTF-8", 422, "invalid"},
			"unknown":     {`{"surprise":1,` + good[1:], "application/json", 422, "invalid"},
			"null":        {"null", "application/json", 422, "invalid"},
			"repeated":    {strings.TrimSuffix(good, "}") + `,` + good[1:], "application/json", 422, "invalid"},
			"empty":       {"{}", "application/json", 422, "invalid"},
			"mistyped":    {`{"address":{},"checks":7}`, "application/json", 422, "invalid"},
			"deep":        {strings.Repeat("[", 20000) + strings.Repeat("]", 20000), "application/json", 400, "malformed"},
			"upper case":  {strings.NewReplacer(`"address"`, `"ADDRESS"`, `"checks"`, `"CHECKS"`).Replace(good), "application/json", 422, "invalid"},
			"good, UTF-8": {good, "application/json; charset=utf-8", 0, ""},
		} {
			r := request(op.method, op.path, rossiKey, c.body, "Content-Type: "+c.contentType)
			a := b.serve(r)
			if c.status == 0 {
				if a.status >= 500 || a.status == 415 || a.status == 422 {
					t.Errorf("%s, %s: %d %s", op.path, name, a.status, a.raw)
				}
				continue
			}
			if a.status != c.status || a.code() != c.code {
				t.Errorf("%s, %s: %d %s, want %d %s", op.path, name, a.status, a.raw, c.status, c.code)
			}
			if strings.Contains(a.raw, anna) || strings.Contains(a.raw, luca) {
				t.Errorf("%s, %s: the answer repeats an address: %s", op.path, name, a.raw)
			}
		}
	}
}

// broken is a store that knows keys and then fails with err.
type broken struct {
	api.Store
	err error
}

func (s broken) People(context.Context, string, []address.Address) ([]*optin.Draft, error) {
	return nil, s.err
}
func (s broken) Contact(context.Context, string, optin.Who) (*optin.Draft, time.Time, error) {
	return nil, time.Time{}, s.err
}
func (s broken) Timeline(context.Context, string, string, string, int) ([]optin.TrailEvent, error) {
	return nil, s.err
}
func (s broken) Feed(context.Context, string, int64, int) ([]optin.TrailEvent, error) {
	return nil, s.err
}
func (s broken) Notice(context.Context, string, string, string) (map[string]string, error) {
	return nil, s.err
}

// refusing is a desk that answers with err.
type refusing struct{ err error }

func (d refusing) Join(context.Context, optin.Joining) (string, error) { return "", d.err }

// TestEveryHandlerWithoutDatabase: 503 and when to come back, never a false yes;
// a fault of ours is a 500 that says nothing.
func TestEveryHandlerWithoutDatabase(t *testing.T) {
	b := setup(t)
	real := b.api.Store
	for _, c := range []struct {
		err    error
		status int
		code   string
	}{
		{fmt.Errorf("store: %w: disk I/O error", optin.ErrUnavailable), http.StatusServiceUnavailable, "unavailable"},
		{errors.New("a secret of " + anna), http.StatusInternalServerError, "internal"},
	} {
		b.api.Store = broken{real, c.err}
		for _, op := range b.operations() {
			if op.Security != nil && len(*op.Security) == 0 {
				continue
			}
			a := b.send(b.request(op, rossiKey, "sub_x", "offerte-rossi"))
			if a.status != c.status || a.code() != c.code || strings.Contains(a.raw, anna) || (c.status == 503) != (a.header.Get("Retry-After") != "") {
				t.Errorf("%s %s: %d %s", op.method, op.path, a.status, a.raw)
			}
		}
	}
	b.api.Store = real
	for _, c := range []struct {
		err    error
		status int
		code   string
	}{
		{&optin.DeniedError{Rule: "all-suppressed", Reason: "The person is on the do-not-contact list."}, http.StatusForbidden, "denied"},
		{optin.ErrNoProgram, http.StatusUnprocessableEntity, "invalid"},
		{optin.ErrNothingAsked, http.StatusUnprocessableEntity, "invalid"},
		{fmt.Errorf("optin: %w", address.ErrInvalid), http.StatusUnprocessableEntity, "invalid"},
		{fmt.Errorf("store: %w", optin.ErrUnavailable), http.StatusServiceUnavailable, "unavailable"},
		{errors.New("boom"), http.StatusInternalServerError, "internal"},
	} {
		b.api.Desk = refusing{c.err}
		a := b.post("/v1/optins", rossiKey, ask())
		if a.status != c.status || a.code() != c.code {
			t.Errorf("%v: %d %s", c.err, a.status, a.raw)
		}
		if c.code == "denied" && a.body["rule"] != "all-suppressed" {
			t.Errorf("the rule is missing: %s", a.raw)
		}
	}
	// The real thing: the database goes away under a key that was good a moment ago, and under a new one.
	must(t, b.store.Close())
	for _, key := range []string{rossiKey, nordKey} {
		if a := b.get("/v1/events", key); a.status != http.StatusServiceUnavailable {
			t.Errorf("%d %s", a.status, a.raw)
		}
	}
}
