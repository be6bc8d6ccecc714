package public

import (
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/html"

	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/optin"
	"placet/templates"
)

// desk answers by token and writes down every changing call.
type desk struct {
	views map[string]func() (optin.View, error) // "confirm tok", "prefs tok"
	err   error                                 // of every changing call
	calls []call

	notMe  *optin.View // what NotMe finds; nil: the request refused
	chosen string      // the event of Choose, also beside an error
}

type call struct {
	name, token string
	press       optin.Press
	choice      optin.Choice
	joining     optin.Joining
	address     address.Address
}

func (d *desk) View(_ context.Context, use optin.TokenUse, token string) (optin.View, error) {
	uses := []optin.TokenUse{use}
	if use == optin.ForReceipt { // either kind of link opens the receipt
		uses = []optin.TokenUse{optin.ForPrefs, optin.ForConfirm}
	}
	for _, u := range uses {
		if f, ok := d.views[string(u)+" "+token]; ok {
			return f()
		}
	}
	return optin.View{}, optin.ErrNoToken
}

func (d *desk) note(c call) error {
	d.calls = append(d.calls, c)
	return d.err
}

func (d *desk) Join(_ context.Context, j optin.Joining) (string, error) {
	return "evt_1", d.note(call{name: "join", press: j.Press, joining: j})
}

func (d *desk) Confirm(ctx context.Context, token string, p optin.Press) (optin.View, error) {
	if err := d.note(call{name: "confirm", token: token, press: p}); err != nil {
		return optin.View{}, err
	}
	v, err := d.View(ctx, optin.ForConfirm, token)
	v.Open, v.Answered = false, consent.Granted
	v.Record = consent.Record{}
	for _, k := range v.Keys {
		v.Record[k] = consent.Permission{State: consent.Granted, Since: p.At}
	}
	return v, err
}

func (d *desk) NotMe(ctx context.Context, token string, p optin.Press) (optin.View, error) {
	if err := d.note(call{name: "notme", token: token, press: p}); err != nil {
		return optin.View{}, err
	}
	if d.notMe != nil {
		return *d.notMe, nil
	}
	v, err := d.View(ctx, optin.ForConfirm, token)
	v.Open, v.Answered = false, consent.Refused
	return v, err
}

func (d *desk) Choose(_ context.Context, token string, c optin.Choice, p optin.Press) (optin.Chosen, error) {
	return optin.Chosen{Event: d.chosen}, d.note(call{name: "choose", token: token, press: p, choice: c})
}

func (d *desk) Unsubscribe(ctx context.Context, token string, p optin.Press) (optin.View, error) {
	if err := d.note(call{name: "unsubscribe", token: token, press: p}); err != nil {
		return optin.View{}, err
	}
	return d.View(ctx, optin.ForPrefs, token)
}

func (d *desk) SendLink(_ context.Context, b *brands.Brand, a address.Address, p optin.Press) error {
	return d.note(call{name: "sendlink", token: b.ID, press: p, address: a})
}

type shelf []*brands.Brand

func (s shelf) ByID(id string) (*brands.Brand, bool) {
	for _, b := range s {
		if b.ID == id {
			return b, true
		}
	}
	return nil, false
}
func (s shelf) All() []*brands.Brand { return s }

// site is the pages in front of a fake desk, at a fixed time.
type site struct {
	t    *testing.T
	e    *echo.Echo
	desk *desk
	now  time.Time

	brand *brands.Brand
}

var start = time.Date(2026, 11, 21, 14, 3, 0, 0, time.UTC)

func mustEmail(s string) address.Address {
	a, err := address.ParseEmail(s)
	if err != nil {
		panic(err)
	}
	return a
}

func mustPhone(s string) address.Address {
	a, err := address.ParsePhone(s, "IT")
	if err != nil {
		panic(err)
	}
	return a
}

func rossi() *brands.Brand {
	notice := map[string]string{
		"it": "Titolare è Rossi Moda S.p.A.\n\nUsiamo il tuo recapito per scriverti ciò che hai chiesto.\n\nConserviamo la prova del consenso per cinque anni.",
		"en": "The controller is Rossi Moda S.p.A.\n\nWe use your address to send you what you asked for.\n\nWe keep the proof of your consent for five years.",
	}
	return &brands.Brand{
		ID: "rossi", Name: "Rossi Moda", Legal: "Rossi Moda S.p.A., Como", Postal: "Via Volta 1, 22100 Como, Italia", Contact: "privacy@rossimoda.example",
		Country: "IT", TimeZone: "Europe/Rome", Languages: []string{"it", "en", "fr", "bg"}, Colour: "#7a1f2b", MinimumAge: 18,
		Topics: []consent.Topic{consent.Info, consent.Offers, consent.Profiling, consent.Partners},
		Programs: []brands.Program{{ID: "offerte", Name: map[string]string{"it": "Lista offerte", "en": "Offers list"}, Notice: "privacy",
			Topics: []consent.Topic{consent.Info, consent.Offers}, Channels: []consent.Channel{consent.Email, consent.SMS}}},
		Notices: []brands.Notice{{ID: "privacy", Version: "2026-03", Text: notice}},
	}
}

func (s *site) confirmView(b *brands.Brand) optin.View {
	return optin.View{Brand: b, Use: optin.ForConfirm, Address: mustEmail("anna@example.org"), Channel: consent.Email, Language: "it",
		Program: &b.Programs[0], Notice: &b.Notices[0], Open: true, RequestedAt: start.Add(-2 * time.Hour), Until: start.Add(166 * time.Hour),
		Keys: []consent.Key{{Channel: consent.Email, Topic: consent.Info}, {Channel: consent.Email, Topic: consent.Offers}}}
}

func (s *site) prefsView(b *brands.Brand) optin.View {
	since := start.AddDate(0, -6, 0)
	granted := consent.Permission{State: consent.Granted, Basis: consent.ByConsent, Grade: consent.GradeA, Since: since}
	return optin.View{Brand: b, Use: optin.ForPrefs, Address: mustPhone("+393471234567"), Channel: consent.SMS, Language: "it", Notice: &b.Notices[0],
		Record: consent.Record{
			{Channel: consent.SMS, Topic: consent.Offers}:    granted,
			{Channel: consent.SMS, Topic: consent.Info}:      {State: consent.Pending, Since: start.Add(-time.Hour), Until: start.Add(71 * time.Hour)},
			{Channel: consent.Call, Topic: consent.Offers}:   {State: consent.Withdrawn, Since: since},
			{Channel: consent.SMS, Topic: consent.Profiling}: {State: consent.Refused, Since: since},
		},
		Prefs: optin.Preferences{Days: []string{"mon", "fri"}, Hours: []string{"evening"}, PerMonth: 4, PauseUntil: start.AddDate(0, 1, 0), Language: "it"},
		Trail: []optin.TrailEntry{
			{At: start.Add(-time.Hour), Act: consent.Choose, Method: "preference_link", Words: "ticked: news by SMS", Event: "evt_01JD3", LeafIndex: -1,
				Changes: []consent.Change{{Key: consent.Key{Channel: consent.SMS, Topic: consent.Info}, From: consent.None, To: consent.Permission{State: consent.Pending}}}},
			{At: since, Act: consent.Confirm, Method: "sms_keyword", Words: "Si grazie!", Event: "evt_01HZ9", LeafIndex: 8812, LeafHash: strings.Repeat("0f1e2d3c", 8),
				Changes: []consent.Change{{Key: consent.Key{Channel: consent.SMS, Topic: consent.Offers}, From: consent.Pending, To: granted}}},
		},
	}
}

func newSite(t *testing.T) *site {
	t.Helper()
	b := rossi()
	s := &site{t: t, e: echo.New(), desk: &desk{}, now: start, brand: b}
	s.e.IPExtractor = echo.ExtractIPDirect()
	answered := func(st consent.State) func() (optin.View, error) {
		return func() (optin.View, error) {
			v := s.confirmView(b)
			v.Open, v.Answered = false, st
			if st == consent.Granted {
				v.Record = consent.Record{v.Keys[1]: {State: consent.Granted, Since: start}}
			}
			return v, nil
		}
	}
	s.desk.views = map[string]func() (optin.View, error){
		"confirm tok":       func() (optin.View, error) { return s.confirmView(b), nil },
		"confirm granted":   answered(consent.Granted),
		"confirm refused":   answered(consent.Refused),
		"confirm lapsed":    answered(consent.Expired),
		"confirm withdrawn": answered(consent.Withdrawn),
		"confirm old":       func() (optin.View, error) { return optin.View{Brand: b}, optin.ErrTokenExpired },
		"confirm down":      func() (optin.View, error) { return optin.View{}, optin.ErrUnavailable },
		"prefs tok":         func() (optin.View, error) { return s.prefsView(b), nil },
		"prefs old":         func() (optin.View, error) { return optin.View{Brand: b}, optin.ErrTokenExpired },
		"prefs down":        func() (optin.View, error) { return optin.View{}, optin.ErrUnavailable },
		"prefs mail": func() (optin.View, error) {
			v := s.prefsView(b)
			v.Address, v.Channel, v.Record, v.Prefs, v.Trail = mustEmail("anna@example.org"), consent.Email, consent.Record{}, optin.Preferences{}, nil
			return v, nil
		},
	}
	p := &Pages{Desk: s.desk, Brands: shelf{b}, Now: func() time.Time { return s.now }, Secret: []byte("0123456789abcdef"),
		Log: slog.New(slog.DiscardHandler)}
	p.Routes(s.e)
	return s
}

// do sends a request; form nil: no body.
func (s *site) do(method, target string, form url.Values, header ...string) *httptest.ResponseRecorder {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req := httptest.NewRequest(method, target, body)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	s.e.ServeHTTP(rec, req)
	return rec
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// hidden scrapes a page's hidden fields, as a script would.
func hidden(page string) url.Values {
	v := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(page, -1) {
		v.Set(m[1], html.UnescapeString(m[2]))
	}
	return v
}

// form loads a page and gives its hidden fields, with more fields added.
func (s *site) form(target string, more ...string) url.Values {
	s.t.Helper()
	rec := s.do("GET", target, nil)
	v := hidden(rec.Body.String())
	if v.Get("nonce") == "" {
		s.t.Fatalf("GET %s: %d, no nonce", target, rec.Code)
	}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

// paths is every page there is, by what it shows.
var paths = []struct {
	path string
	code int
}{
	{"/c/tok", 200}, {"/c/tok/not-me", 200}, {"/c/granted", 200}, {"/c/refused", 200}, {"/c/lapsed", 410}, {"/c/withdrawn", 410},
	{"/c/old", 410}, {"/c/none", 404}, {"/c/down", 503},
	{"/p/tok", 200}, {"/p/mail", 200}, {"/p/none", 404}, {"/p/old", 410}, {"/p/down", 503},
	{"/u/tok", 200}, {"/u/none", 404}, {"/u/old", 410}, {"/u/down", 503},
	{"/r/tok", 200}, {"/r/granted", 200}, {"/r/none", 404}, {"/r/old", 410}, {"/r/down", 503},
	{"/j/rossi/offerte", 200}, {"/j/rossi/none", 404}, {"/j/none/offerte", 404},
	{"/n/rossi/privacy/2026-03", 200}, {"/n/rossi/privacy/1999", 404}, {"/n/none/privacy/2026-03", 404},
	{"/prefs/rossi", 200}, {"/prefs/none", 404},
	{"/assets/placet.css", 200}, {"/assets/brand/rossi.css", 200}, {"/assets/brand/none.css", 404}, {"/assets/brand/rossi", 404}, {"/assets/none", 404},
}

// Only a POST may act, and only with a form of ours.
func TestOnlyPostActs(t *testing.T) {
	for _, x := range paths {
		s := newSite(t)
		for _, m := range []string{"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"} {
			rec := s.do(m, x.path, nil)
			want := x.code
			switch m {
			case "GET", "HEAD":
			case "OPTIONS":
				want = 204
			default:
				want = 405
			}
			if rec.Code != want {
				t.Errorf("%s %s: %d, want %d", m, x.path, rec.Code, want)
			}
			s.do(m, x.path, url.Values{"nonce": {"x"}, "List-Unsubscribe": {"One-Click"}})
		}
		s.do("POST", x.path, nil)
		s.do("POST", x.path, url.Values{})
		s.do("POST", x.path, url.Values{"nonce": {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, "stop_all": {"yes"}})
		if len(s.desk.calls) > 0 {
			t.Errorf("%s: %q was called without a form of ours", x.path, s.desk.calls[0].name)
		}
	}
	// The list above covers every route there is.
	s := newSite(t)
	for _, r := range s.e.Routes() {
		pattern := regexp.MustCompile(`^` + regexp.MustCompile(`:\w+|\*`).ReplaceAllString(r.Path, `[^/]+`) + `$`)
		if !slices.ContainsFunc(paths, func(x struct {
			path string
			code int
		}) bool {
			return pattern.MatchString(x.path)
		}) {
			t.Errorf("no test of %s %s", r.Method, r.Path)
		}
	}
}

func TestHeadersOnEveryAnswer(t *testing.T) {
	want := map[string]string{
		"Content-Security-Policy":    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"Referrer-Policy":            "no-referrer",
		"X-Content-Type-Options":     "nosniff",
		"X-Frame-Options":            "DENY",
		"Cache-Control":              "no-store",
		"X-Robots-Tag":               "noindex, nofollow",
		"Cross-Origin-Opener-Policy": "same-origin",
		"Set-Cookie":                 "",
		"Strict-Transport-Security":  "",
	}
	s := newSite(t)
	for _, x := range paths {
		for _, m := range []string{"GET", "HEAD", "OPTIONS", "POST", "DELETE"} {
			rec := s.do(m, x.path, nil)
			for k, v := range want {
				if got := rec.Header().Get(k); got != v {
					t.Errorf("%s %s: %s is %q, want %q", m, x.path, k, got, v)
				}
			}
			if body := rec.Body.String(); strings.HasPrefix(rec.Header().Get("Content-Type"), "text/html") {
				wellFormed(t, m+" "+x.path, body)
				if bad := regexp.MustCompile(`(?i)<script|<style| style=| on[a-z]+="|javascript:|https?://`).FindString(body); bad != "" {
					t.Errorf("%s %s: the page contains %s", m, x.path, bad)
				}
				if len(body) > 30<<10 {
					t.Errorf("%s %s: %d bytes", m, x.path, len(body))
				}
			}
		}
	}
	if got := s.do("GET", "https://c.example/p/tok", nil).Header().Get("Strict-Transport-Security"); !strings.HasPrefix(got, "max-age=31536000") {
		t.Errorf("over TLS: Strict-Transport-Security is %q", got)
	}
}

var void = map[string]bool{"meta": true, "link": true, "input": true, "br": true}

// wellFormed checks that tags close in order, ids are unique, labels and
// fragment links lead somewhere and every field has a label.
func wellFormed(t *testing.T, what, page string) {
	t.Helper()
	var open []string
	ids, refs := map[string]bool{}, []string{}
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		tok := z.Token()
		for _, a := range tok.Attr {
			switch {
			case a.Key == "id" && ids[a.Val]:
				t.Errorf("%s: id %s twice", what, a.Val)
			case a.Key == "id":
				ids[a.Val] = true
			case a.Key == "for", a.Key == "aria-labelledby":
				refs = append(refs, a.Val)
			case a.Key == "aria-describedby":
				refs = append(refs, strings.Fields(a.Val)...)
			case a.Key == "href" && strings.HasPrefix(a.Val, "#"):
				refs = append(refs, a.Val[1:])
			}
		}
		switch kind {
		case html.StartTagToken:
			if !void[tok.Data] {
				open = append(open, tok.Data)
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != tok.Data {
				t.Fatalf("%s: </%s> closes %v", what, tok.Data, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("%s: %v is not closed", what, open)
	}
	for _, r := range refs {
		if !ids[r] {
			t.Errorf("%s: nothing has the id %s", what, r)
		}
	}
	if strings.Count(page, "<h1>") != 1 {
		t.Errorf("%s: %d h1", what, strings.Count(page, "<h1>"))
	}
	if strings.Contains(page, "ZgotmplZ") || strings.Contains(page, "%!") {
		t.Errorf("%s: a value was filtered or misprinted", what)
	}
}

// Every page in every language: it is in that language and no text is missing.
func TestEveryPageInEveryLanguage(t *testing.T) {
	s := newSite(t)
	for _, lang := range templates.WebLanguages() {
		for _, x := range paths {
			if strings.HasPrefix(x.path, "/assets") && x.code == 200 {
				continue
			}
			rec := s.do("GET", x.path+"?lang="+lang, nil)
			body := rec.Body.String()
			if rec.Code != x.code || !strings.Contains(body, `<html lang="`+lang+`">`) || rec.Header().Get("Content-Language") != lang {
				t.Errorf("%s in %s: %d, Content-Language %q", x.path, lang, rec.Code, rec.Header().Get("Content-Language"))
			}
			wellFormed(t, x.path+" "+lang, body)
		}
		// The answers to a POST.
		for path, more := range map[string][]string{
			"/c/tok": nil, "/c/tok/not-me": nil, "/p/tok": nil, "/u/tok": nil, "/j/rossi/offerte": {"consent_info_email", "yes", "email", "a@example.org"}, "/prefs/rossi": {"address", "a@example.org"},
		} {
			q := path + "?lang=" + lang
			rec := s.do("POST", q, s.form(q, more...))
			if rec.Code != 200 || !strings.Contains(rec.Body.String(), `<html lang="`+lang+`">`) {
				t.Errorf("POST %s: %d", q, rec.Code)
			}
			wellFormed(t, "POST "+q, rec.Body.String())
			rec = s.do("POST", q, url.Values{})
			if rec.Code != 422 || !strings.Contains(rec.Body.String(), `role="alert"`) || hidden(rec.Body.String()).Get("nonce") == "" {
				t.Errorf("POST %s without a nonce: %d", q, rec.Code)
			}
			wellFormed(t, "POST "+q+" without a nonce", rec.Body.String())
		}
	}
}

func TestLanguage(t *testing.T) {
	s := newSite(t)
	cases := []struct{ target, accept, want string }{
		{"/p/tok", "", "it"},                                // on record
		{"/p/tok", "fr", "it"},                              // the record before the browser
		{"/p/tok?lang=bg", "fr", "bg"},                      // the click before both
		{"/p/tok?lang=zz", "", "it"},                        // not offered
		{"/p/tok?lang=%3Cscript%3E", "", "it"},              //
		{"/prefs/rossi", "fr-CH, de;q=0.9", "fr"},           // the browser
		{"/prefs/rossi", "de, bg;q=0.5", "bg"},              // its second wish
		{"/prefs/rossi", "zh", "it"},                        // the brand's default
		{"/prefs/rossi", "fr;;q=x", "it"},                   // malformed
		{"/prefs/rossi", strings.Repeat("fr,", 1000), "it"}, // absurd
	}
	for _, c := range cases {
		if got := s.do("GET", c.target, nil, "Accept-Language", c.accept).Header().Get("Content-Language"); got != c.want {
			t.Errorf("%s with %.20q: %q, want %q", c.target, c.accept, got, c.want)
		}
	}
}
