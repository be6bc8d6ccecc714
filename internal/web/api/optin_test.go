package api_test

import (
	"net/http"
	"strings"
	"testing"

	"placet/internal/consent"
	"placet/internal/optin"
)

// ask is a good request; change replaces parts of it.
func ask(change ...string) string {
	return strings.NewReplacer(change...).Replace(
		`{"address":"` + luca + `","channel":"email","topics":["offers"],"program":"offerte-rossi","language":"it","notice_version":"2026-03","form":{"till":12,"box":{"ticked":true,"words":["Sì","certo"]},"none":null}}`)
}

// TestOptin: the first half is durable evidence, pending, with the question queued.
func TestOptin(t *testing.T) {
	b := setup(t)
	a := b.post("/v1/optins", rossiKey, ask())
	event, _ := a.body["event"].(string)
	if a.status != http.StatusAccepted || a.body["status"] != "pending" || event == "" {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	e, err := b.store.Event(t.Context(), "rossi", event)
	must(t, err)
	if e.Type != consent.Request || e.Method != "api" || e.Notice != "privacy/2026-03" || e.Program != "offerte-rossi" || e.Language != "it" {
		t.Errorf("evidence: %+v", e.Event)
	}
	for name, want := range map[string]string{
		"form.till": "12", "form.box.ticked": "true", "form.box.words.0": "Sì", "form.box.words.1": "certo", "form.none": "",
		"form._request_id": a.header.Get("X-Request-Id"), "way": "api",
	} {
		if got, ok := e.Proof[name]; !ok || got != want {
			t.Errorf("proof %s is %q, want %q", name, got, want)
		}
	}
	dr, err := b.store.Person(t.Context(), "rossi", optin.Who{Address: parse(t, luca)})
	must(t, err)
	if p := dr.Record.At(consent.Key{Channel: consent.Email, Topic: consent.Offers}, b.Now()); p.State != consent.Pending {
		t.Errorf("permission is %s", p.State)
	}
	if len(dr.Questions) != 1 {
		t.Errorf("%d questions are queued", len(dr.Questions))
	}
	// A national phone number, no language, no form.
	a = b.post("/v1/optins", rossiKey, `{"address":"347 0000101","channel":"sms","topics":["offers","offers","info"],"program":"offerte-rossi"}`)
	if a.status != http.StatusAccepted {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	dr, err = b.store.Person(t.Context(), "rossi", optin.Who{Address: parse(t, anna)})
	must(t, err)
	if len(dr.Record) != 2 || dr.Facts.Language != "it" {
		t.Errorf("%+v", dr)
	}
}

// TestOptinTellsNothing: the answer has one shape for strangers, the granted,
// the stopped and those asked already.
func TestOptinTellsNothing(t *testing.T) {
	b := setup(t)
	b.grant("rossi", anna, offersSMS)
	stopped := "+393470000102"
	b.act("rossi", stopped, func(d *optin.Draft) error {
		d.Event.Type, d.Suppress = consent.Withdraw, []consent.Channel{consent.SMS}
		_, err := d.Act(consent.Act{Kind: consent.Withdraw, At: d.Event.At, Keys: []consent.Key{offersSMS}})
		return err
	})
	shape := ""
	for _, to := range []string{"+393470000109", anna, stopped, "+393470000109"} {
		a := b.post("/v1/optins", rossiKey, `{"address":"`+to+`","channel":"sms","topics":["offers"],"program":"offerte-rossi"}`)
		event, _ := a.body["event"].(string)
		got := strings.ReplaceAll(a.raw, event, "EVENT")
		for _, h := range []string{"Content-Type", "Content-Length", "Location"} {
			got += "|" + a.header.Get(h)
		}
		if shape == "" {
			shape = got
		}
		if a.status != http.StatusAccepted || event == "" || got != shape {
			t.Errorf("%d %s, others get %s", a.status, got, shape)
		}
	}
}

func TestIdempotencyKey(t *testing.T) { both(t, testIdempotencyKey) }

func testIdempotencyKey(t *testing.T, b *bench) {
	t.Helper()
	events := func() int {
		es, err := b.store.Timeline(t.Context(), "rossi", b.person("rossi", luca), "", 100)
		must(t, err)
		return len(es)
	}
	first := b.post("/v1/optins", rossiKey, ask(), "Idempotency-Key: order-1")
	if first.status != http.StatusAccepted || first.header.Get("Idempotency-Replayed") != "" || events() != 1 {
		t.Fatalf("%d %s", first.status, first.raw)
	}
	// The same again, also spelt differently: one effect, one answer.
	for _, body := range []string{ask(), ask(`{"address"`, `  { "address" `, `"till":12,`, "", `"none":null`, `"none": null, "till": 12`)} {
		again := b.post("/v1/optins", rossiKey, body, "Idempotency-Key: order-1")
		if again.status != http.StatusAccepted || again.raw != first.raw || again.header.Get("Idempotency-Replayed") != "true" || events() != 1 {
			t.Errorf("again: %d %s, replayed %q", again.status, again.raw, again.header.Get("Idempotency-Replayed"))
		}
	}
	// Another payload, whoever it is about: refused, nothing done.
	for _, body := range []string{ask(`["offers"]`, `["info"]`), ask(luca, "rosa@example.org"), ask(`"till":12`, `"till":13`)} {
		other := b.post("/v1/optins", rossiKey, body, "Idempotency-Key: order-1")
		if other.status != http.StatusUnprocessableEntity || other.code() != "idempotency_key_reused" || events() != 1 {
			t.Errorf("another payload: %d %s", other.status, other.raw)
		}
	}
	if _, err := b.store.Find(t.Context(), "rossi", parse(t, "rosa@example.org")); err == nil {
		t.Error("the refused request made somebody known")
	}
	// The key is the brand's own, and another key is another request.
	nord := b.post("/v1/optins", nordKey, ask("offerte-rossi", "offerte-nord"), "Idempotency-Key: order-1")
	if nord.status != http.StatusAccepted || nord.body["event"] == first.body["event"] || nord.header.Get("Idempotency-Replayed") != "" {
		t.Errorf("another brand: %d %s", nord.status, nord.raw)
	}
	second := b.post("/v1/optins", rossiKey, ask(), "Idempotency-Key: order-2")
	if second.status != http.StatusAccepted || second.body["event"] == first.body["event"] || events() != 2 {
		t.Errorf("another key: %d %s", second.status, second.raw)
	}
	for name, header := range map[string]string{"empty": "Idempotency-Key: ", "too long": "Idempotency-Key: " + strings.Repeat("k", 256), "not ASCII": "Idempotency-Key: è"} {
		if a := b.serve(request(http.MethodPost, "/v1/optins", rossiKey, ask(), header)); a.status != http.StatusBadRequest || a.code() != "bad_idempotency_key" {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	twice := request(http.MethodPost, "/v1/optins", rossiKey, ask(), "Idempotency-Key: a")
	twice.Header.Add("Idempotency-Key", "b")
	if a := b.serve(twice); a.status != http.StatusBadRequest {
		t.Errorf("two keys: %d %s", a.status, a.raw)
	}
}

// TestOptinErrors: every fault is named by its place, and nothing is done.
func TestOptinErrors(t *testing.T) {
	b := setup(t)
	long := strings.Repeat("x", 4097)
	for name, c := range map[string]struct{ body, want string }{
		"empty object":           {`{}`, "/channel required, /address required, /topics required, /program required"},
		"unknown field":          {ask(`"language"`, `"Language"`), "/Language unknown_field"},
		"personal field name":    {ask(`"language"`, `"+39347"`), " unknown_field"},
		"repeated field":         {ask(`"language":"it"`, `"language":"it","language":"fr"`), "/language repeated_field"},
		"wrong type":             {ask(`["offers"]`, `"offers"`), "/topics wrong_type"},
		"address of wrong type":  {ask(`"`+luca+`"`, `12`), "/address wrong_type"},
		"not an address":         {ask(luca, "luca.verdi"), "/address invalid"},
		"number of nobody":       {ask(luca, "+39 12"), "/address invalid"},
		"channel does not fit":   {ask(`"email"`, `"sms"`), "/address invalid"},
		"post":                   {ask(`"email"`, `"post"`), "/channel invalid"},
		"no topics":              {ask(`["offers"]`, `[]`), "/topics required"},
		"topic unknown":          {ask(`["offers"]`, `["offers","weather"]`), "/topics/1 invalid"},
		"topic not of the brand": {ask(`["offers"]`, `["partners"]`), "/topics/0 invalid"},
		"program unknown":        {ask(`offerte-rossi`, `carta`), "/program unknown"},
		"program of another":     {ask(`offerte-rossi`, `offerte-nord`), "/program unknown"},
		"program null":           {ask(`"offerte-rossi"`, `null`), "/program required"},
		"notice never published": {ask(`2026-03`, `2025-01`), "/notice_version unknown"},
		"language is none":       {ask(`"it"`, `"italiano, certo"`), "/language invalid"},
		"form is a list":         {ask(`"form":{`, `"form":[{`, `"none":null}`, `"none":null}]`), "/form invalid"},
		"form too long":          {ask(`"none":null`, `"none":"`+long+`"`), "/form invalid"},
		"form too wide":          {ask(`"none":null`, `"many":[`+strings.Repeat("1,", 100)+`1]`), "/form invalid"},
		"form too deep":          {ask(`"none":null`, `"deep":`+strings.Repeat(`[`, 200)+`1`+strings.Repeat(`]`, 200)), "/form invalid"},
		"a list":                 {`[` + ask() + `]`, " wrong_type"},
		"a string":               {`"` + anna + `"`, " wrong_type"},
		"all of it":              {`{"address":"x","channel":"y","topics":["z"],"program":"p","language":"?"}`, "/channel invalid, /address invalid, /topics/0 invalid, /program unknown, /language invalid"},
	} {
		a := b.post("/v1/optins", rossiKey, c.body)
		got := a.pointers()
		if a.status != http.StatusUnprocessableEntity || a.code() != "invalid" || !strings.HasPrefix(got, c.want) || got != c.want && name != "a list" && name != "a string" {
			t.Errorf("%s: %d %s %s\nwant %s", name, a.status, a.code(), got, c.want)
		}
		if strings.Contains(a.raw, luca) || strings.Contains(a.raw, "39347") {
			t.Errorf("%s: the answer repeats an address: %s", name, a.raw)
		}
	}
	for _, to := range []string{luca, anna} {
		if _, err := b.store.Find(t.Context(), "rossi", parse(t, to)); err == nil {
			t.Errorf("a refused request made %s known", parse(t, to))
		}
	}
}

// FuzzOptin throws bodies at the door: whatever comes, the answer is a 202 or a
// problem below 500 that the description knows.
func FuzzOptin(f *testing.F) {
	f.Add([]byte(ask()))
	f.Add([]byte(`{"address":null,"topics":[null],"form":{"":{"":[]}}}`))
	f.Add([]byte(`{"address":"a@b.example\u0000","channel":"email","topics":["info"],"program":"offerte-rossi"}`))
	f.Add([]byte("\xff{}"))
	f.Add([]byte(`{"a":`))
	b := setup(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		b.TB = t
		a := b.serve(request(http.MethodPost, "/v1/optins", rossiKey, string(body)+" "))
		if a.status != http.StatusAccepted && (a.status < 400 || a.status >= 500) {
			t.Errorf("%q: %d %s", body, a.status, a.raw)
		}
	})
}
