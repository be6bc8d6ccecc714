package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	policypacks "placet/config/policy"
	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/optin"
	"placet/internal/policy"
	"placet/internal/web/api"
)

var offersSMS = consent.Key{Channel: consent.SMS, Topic: consent.Offers}

// TestCheck shows the answer for each way an item can be, all in one batch: a
// bad item never harms its neighbours.
func TestCheck(t *testing.T) { both(t, testCheck) }

func testCheck(t *testing.T, b *bench) {
	t.Helper()
	granted := b.grant("rossi", anna, offersSMS)
	b.act("rossi", anna, func(d *optin.Draft) error {
		d.Facts.Prefs = optin.Preferences{Hours: []string{"evening"}, Days: []string{"sat"}, PerMonth: 2, Language: "en"}
		d.FactsNew = true
		return nil
	})
	stopped := "+393470000102"
	b.grant("rossi", stopped, offersSMS)
	b.act("rossi", stopped, func(d *optin.Draft) error {
		d.Event.Type, d.Suppress = consent.Withdraw, []consent.Channel{consent.SMS}
		_, err := d.Act(consent.Act{Kind: consent.Withdraw, At: d.Event.At, Keys: []consent.Key{offersSMS}})
		return err
	})
	paused := "+393470000103"
	b.grant("rossi", paused, offersSMS)
	until := start.Add(72 * time.Hour)
	b.act("rossi", paused, func(d *optin.Draft) error {
		d.Facts.Prefs, d.FactsNew = optin.Preferences{PauseUntil: until}, true
		return nil
	})
	late := "+393470000104"
	b.act("rossi", late, func(d *optin.Draft) error {
		_, err := d.Act(consent.Act{Kind: consent.Request, At: start.Add(-80 * time.Hour), Until: start.Add(-8 * time.Hour), Keys: []consent.Key{offersSMS}})
		return err
	})

	items := []struct{ item, want string }{
		{`{"address":"` + anna + `","channel":"sms","topic":"offers"}`, `true allow it-consent granted consent ` + granted},
		{`{"address":"347 0000101","channel":"sms","topic":"offers","kind":"marketing"}`, `true allow it-consent granted consent ` + granted},
		{`{"address":"` + anna + `","channel":"sms","topic":"offers","kind":"service"}`, `true allow all-service granted contract ` + granted},
		{`{"address":"` + anna + `","channel":"sms","topic":"offers","kind":"optin_request"}`, `false deny all-optin-unasked granted - ` + granted},
		{`{"address":"` + anna + `","channel":"sms","topic":"info"}`, `false deny all-no-basis none - -`},
		{`{"address":"` + anna + `","channel":"call","topic":"offers"}`, `false deny - none - -`},
		{`{"address":"` + stopped + `","channel":"sms","topic":"offers"}`, `false deny all-suppressed withdrawn - +`},
		{`{"address":"` + stopped + `","channel":"sms","topic":"offers","kind":"service"}`, `false deny all-suppressed withdrawn - +`},
		{`{"address":"` + paused + `","channel":"sms","topic":"offers"}`, `false defer all-paused granted consent +`},
		{`{"address":"` + paused + `","channel":"sms","topic":"offers","kind":"service"}`, `true allow all-service granted contract +`},
		{`{"address":"` + late + `","channel":"sms","topic":"offers"}`, `false deny all-no-basis expired - +`},
		{`{"address":"+393470000199","channel":"sms","topic":"offers"}`, `false deny all-no-basis none - -`},
		{`{"address":"` + luca + `","channel":"email","topic":"offers"}`, `false deny all-no-basis none - -`},
		// What cannot be read.
		{`{"address":"` + anna + `","channel":"email","topic":"offers"}`, `false deny all-address none - -`},
		{`{"address":"` + luca + `","channel":"sms","topic":"offers"}`, `false deny all-address none - -`},
		{`{"address":"` + anna + `","channel":"post","topic":"offers"}`, `false deny all-address none - -`},
		{`{"address":"12","channel":"sms","topic":"offers"}`, `false deny all-address none - -`},
		{`{"address":"","channel":"sms","topic":"offers"}`, `false deny all-address none - -`},
		{`{"address":"` + anna + `","channel":"fax","topic":"offers"}`, `false deny all-address none - -`},
		{`{"address":"` + anna + `","channel":"sms","topic":"weather"}`, `false deny all-address none - -`},
		{`{"address":"` + anna + `","channel":"sms"}`, `false deny all-address none - -`},
		{`{"address":"` + anna + `","topic":"offers"}`, `false deny all-address none - -`},
		{`{"address":"` + anna + `","channel":"sms","topic":"offers","kind":"spam"}`, `false deny all-address none - -`},
		{`{"address":7,"channel":"sms","topic":"offers"}`, `false deny all-address none - -`},
		{`{"address":"` + anna + `","channel":"sms","topic":"offers","colour":"red"}`, `false deny all-address none - -`},
		{`null`, `false deny all-address none - -`},
		{`[]`, `false deny all-address none - -`},
	}
	var parts []string
	for _, i := range items {
		parts = append(parts, i.item)
	}
	r := request(http.MethodPost, "/v1/permissions/check", rossiKey, `{"checks":[`+strings.Join(parts, ",")+`]}`)
	a := b.serve(r)
	if a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	var got struct{ Results []api.Result }
	must(t, json.Unmarshal([]byte(a.raw), &got))
	if len(got.Results) != len(items) {
		t.Fatalf("%d results for %d items", len(got.Results), len(items))
	}
	for i, r := range got.Results {
		basis, event := "-", "-"
		if r.Basis != nil {
			basis = string(*r.Basis)
		}
		if r.Event != nil {
			event = *r.Event
		}
		f := strings.Fields(items[i].want)
		if f[5] == "+" && event != "-" {
			event = "+"
		}
		rule := r.Rule
		if f[2] == "-" {
			rule = "-"
		}
		if s := fmt.Sprint(r.Allowed, " ", r.Verdict, " ", rule, " ", r.State, " ", basis, " ", event); s != items[i].want {
			t.Errorf("%s\n got %s (rule %s)\nwant %s", items[i].item, s, r.Rule, items[i].want)
		}
		if r.Reason == "" || r.Alternatives == nil || r.Prefer.Days == nil || r.Prefer.Hours == nil {
			t.Errorf("%s: %+v lacks a reason or a list", items[i].item, r)
		}
	}
	p := got.Results[0].Prefer
	if len(p.Hours) != 1 || p.Hours[0] != "evening" || p.Days[0] != "sat" || p.PerMonth == nil || *p.PerMonth != 2 || p.Language == nil || *p.Language != "en" || p.PauseUntil != nil {
		t.Errorf("preferences of %s: %+v", items[0].item, p)
	}
	if d := got.Results[8]; d.Until == nil || !d.Until.Equal(until) || d.Prefer.PauseUntil == nil {
		t.Errorf("paused: %+v", d)
	}
	if strings.Contains(a.raw, anna[3:]) || strings.Contains(a.raw, luca) {
		t.Error("the answer repeats an address")
	}

	// At night, policy postpones; a longer pause postpones further.
	b.advance(11 * time.Hour)
	a = b.serve(request(http.MethodPost, "/v1/permissions/check", rossiKey, `{"checks":[`+parts[0]+`,`+parts[8]+`]}`))
	must(t, json.Unmarshal([]byte(a.raw), &got))
	if n := got.Results[0]; n.Allowed || n.Verdict != policy.Defer || n.Rule != "it-quiet-hours" || n.Until == nil || !n.Until.After(b.Now()) {
		t.Errorf("at night: %+v", n)
	}
	if n := got.Results[1]; n.Rule != "all-paused" || !n.Until.Equal(until) {
		t.Errorf("paused at night: %+v", n)
	}
	// Once the pause is over the permission counts again.
	b.advance(7*24*time.Hour - 11*time.Hour)
	a = b.serve(request(http.MethodPost, "/v1/permissions/check", rossiKey, `{"checks":[`+parts[8]+`]}`))
	must(t, json.Unmarshal([]byte(a.raw), &got))
	if n := got.Results[0]; !n.Allowed || n.Prefer.PauseUntil == nil {
		t.Errorf("after the pause: %+v", n)
	}
}

// TestCheckBatch fills a batch to the brim: half known, half not, in order.
func TestCheckBatch(t *testing.T) {
	b := setup(t)
	var items []string
	for i := range 1000 {
		to := fmt.Sprintf("+39347%07d", i)
		if i%2 == 0 {
			b.grant("rossi", to, offersSMS)
		}
		items = append(items, `{"address":"`+to+`","channel":"sms","topic":"offers"}`)
	}
	a := b.post("/v1/permissions/check", rossiKey, `{"checks":[`+strings.Join(items, ",")+`]}`)
	results, _ := a.body["results"].([]any)
	if a.status != http.StatusOK || len(results) != 1000 {
		t.Fatalf("%d with %d results", a.status, len(results))
	}
	for i, r := range results {
		if m, _ := r.(map[string]any); m["allowed"] != (i%2 == 0) {
			t.Fatalf("item %d: %v", i, m)
		}
	}
	a = b.post("/v1/permissions/check", rossiKey, `{"checks":[`+strings.Join(append(items, items[0]), ",")+`]}`)
	if a.status != http.StatusUnprocessableEntity || a.pointers() != "/checks invalid" {
		t.Errorf("1,001 checks: %d %s", a.status, a.raw)
	}
}

// TestAnswer decides without a database: a pause postpones what policy allows,
// and never lightens a no.
func TestAnswer(t *testing.T) {
	book, err := policy.Load(policypacks.FS)
	must(t, err)
	_, b := brand("rossi", "Rossi Moda", "IT", "Europe/Rome", "it", "41430")
	q, wrong := api.ReadCheck(b, "347 0000101", "sms", "offers", "")
	if wrong != "" || q.To.Kind() != address.Phone || q.Kind != "marketing" {
		t.Fatalf("%+v: %s", q, wrong)
	}
	pause := start.Add(time.Hour)
	for name, c := range map[string]struct {
		state consent.State
		pause time.Time
		want  string
	}{
		"granted":                  {consent.Granted, time.Time{}, "allow it-consent"},
		"granted, paused":          {consent.Granted, pause, "defer all-paused"},
		"granted, pause just over": {consent.Granted, start, "allow it-consent"},
		"refused, paused":          {consent.Refused, pause, "deny all-refused"},
	} {
		who := &optin.Draft{Record: consent.Record{offersSMS: {State: c.state, Basis: consent.ByConsent, Grade: consent.GradeA, Since: start.Add(-time.Hour)}}}
		who.Facts.Prefs.PauseUntil = c.pause
		r := q.Answer(book, b, who, start)
		if got := string(r.Verdict) + " " + r.Rule; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func FuzzReadCheck(f *testing.F) {
	_, b := brand("rossi", "Rossi Moda", "IT", "Europe/Rome", "it", "41430")
	f.Add("347 0000101", "sms", "offers", "")
	f.Add("a@b.example", "email", "info", "service")
	f.Add("+", "post", "", "x")
	f.Add("\xff@\x00", "call", "offers", "marketing")
	f.Fuzz(func(t *testing.T, to, channel, topic, kind string) {
		q, wrong := api.ReadCheck(b, to, channel, topic, kind)
		if wrong == "" && (q.To.IsZero() || q.Kind == "" || (q.To.Kind() == address.Email) != (q.Channel == consent.Email)) {
			t.Errorf("%q on %q was taken as %+v", to, channel, q)
		}
		if len(to) > 6 && strings.Contains(wrong, to) && !strings.Contains("The address is neither a phone number that can exist nor an e-mail address.", to) {
			t.Errorf("the reason repeats the address: %s", wrong)
		}
	})
}
