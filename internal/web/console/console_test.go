package console_test

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"placet/internal/access"
	"placet/internal/consent"
	"placet/internal/message"
	"placet/internal/web/console"
)

// house answers for the record and the links of a gateway.
type house struct {
	overview console.Overview
	fail     error
	links    map[string]string // token -> brand
	redeemed int
	asked    []string
}

func (h *house) Overview(_ context.Context, brand string) (console.Overview, error) {
	h.asked = append(h.asked, brand)
	return h.overview, h.fail
}

func (h *house) Redeem(_ context.Context, token string) (string, error) {
	h.redeemed++
	brand, ok := h.links[token]
	if h.fail != nil {
		return "", h.fail
	}
	if !ok {
		return "", access.ErrNoLink
	}
	delete(h.links, token)
	return brand, nil
}

// shelf is a session store that remembers how long it was told to keep things.
type shelf struct {
	data   map[string][]byte
	expiry map[string]time.Time
	fail   error
}

func (s *shelf) Delete(token string) error { delete(s.data, token); return s.fail }

func (s *shelf) Find(token string) ([]byte, bool, error) {
	b, ok := s.data[token]
	return b, ok, s.fail
}

func (s *shelf) Commit(token string, b []byte, expiry time.Time) error {
	s.data[token], s.expiry[token] = b, expiry
	return s.fail
}

func sample() console.Overview {
	at := time.Date(2026, 3, 9, 14, 3, 0, 0, time.UTC)
	key := consent.Key{Channel: consent.SMS, Topic: consent.Offers}
	became := func(from, to consent.State) []consent.Change {
		return []consent.Change{{Key: key, From: from, To: consent.Permission{State: to}}}
	}
	o := console.Overview{
		Brand: "Rossi Moda", At: at, MayWrite: 1204, Waiting: 1, Left: 8311, Unsequenced: 2, Version: "0.1.0", Schema: "gw-1",
		Checkpoint: &console.Checkpoint{Size: 18240, Root: "b51f0cKq0bJH5k0Jm3XhK9cJr2mJtQm2a1Yg3vS8y0Q=", At: at.Add(-12 * time.Second)},
		Permissions: []console.PermissionCount{
			{Channel: consent.Email, Topic: consent.Offers, State: consent.Granted, People: 402},
			{Channel: consent.SMS, Topic: consent.Offers, State: consent.Granted, People: 802},
			{Channel: consent.SMS, Topic: consent.Offers, State: consent.Withdrawn, People: 8000},
			{Channel: consent.SMS, Topic: consent.Offers, State: consent.Pending, People: 1},
			{Channel: consent.SMS, Topic: consent.Info, State: consent.Expired, People: 77},
			{Channel: consent.Email, Topic: consent.Info, State: consent.Refused, People: 311},
		},
		Messages: []console.FateCount{{Fate: message.Delivered, Messages: 5120}, {Fate: message.Queued, Messages: 12}, {Fate: message.Undelivered, Messages: 41}, {Fate: message.Canceled, Messages: 300}},
		Programs: []console.Program{
			{ID: "carta", Name: "Carta Rossi", Words: []string{"CARTA", "CARD", "CARTE", "КАРТА"}, Benefit: "card"},
			{ID: "offerte", Name: "Offerte", Words: []string{"OFFERTE", "OFFERS"}},
		},
		Events: []console.Event{
			{ID: "ev-3", At: at.Add(-time.Minute), Act: consent.Withdraw, Method: "sms", Address: "+39*******101", Changes: became(consent.Granted, consent.Withdrawn), Leaf: -1},
			{ID: "ev-2", At: at.Add(-26 * time.Hour), Act: consent.Confirm, Method: "sms", Address: "<script>alert(1)</script>", Changes: became(consent.Pending, consent.Granted), Leaf: 8812},
			{ID: "ev-1", At: at.AddDate(-1, 0, 0), Act: consent.Receive, Method: "web_form", Address: "m***@example.org", Leaf: 8811},
		},
	}
	return o
}

func start(tb testing.TB, publicURL string) (*house, *shelf, *httptest.Server, *http.Client) {
	tb.Helper()
	h := &house{overview: sample(), links: map[string]string{"TOKEN": "rossi"}}
	s := &shelf{data: map[string][]byte{}, expiry: map[string]time.Time{}}
	e := echo.New()
	(&console.Handler{PublicURL: publicURL, Source: h, SignIn: h, Sandbox: true, Sessions: s}).Routes(e)
	srv := httptest.NewServer(e)
	tb.Cleanup(srv.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return h, s, srv, &http.Client{Jar: jar}
}

func text(tb testing.TB, r *http.Response, err error) (int, string) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return r.StatusCode, string(b)
}

func TestSignIn(t *testing.T) {
	h, s, srv, c := start(t, "http://127.0.0.1:8080")
	get := func(path string) (int, string) { t.Helper(); r, err := c.Get(srv.URL + path); return text(t, r, err) }
	post := func(path string, form url.Values) (int, string) {
		t.Helper()
		r, err := c.PostForm(srv.URL+path, form)
		return text(t, r, err)
	}

	if code, page := get("/console"); code != 200 || !strings.Contains(page, "gateway console link") || strings.Contains(page, "Rossi") {
		t.Errorf("a stranger got %d: %s", code, page)
	}
	for range 3 {
		if code, page := get("/console/sign-in?token=TOKEN"); code != 200 || !strings.Contains(page, `<input type="hidden" name="token" value="TOKEN">`) {
			t.Errorf("the link opened %d: %s", code, page)
		}
	}
	if h.redeemed != 0 || len(s.data) != 0 {
		t.Fatalf("opening the link redeemed it %d times and made %d sessions", h.redeemed, len(s.data))
	}
	before := time.Now()
	if code, page := post("/console/sign-in", url.Values{"token": {"TOKEN"}}); code != 200 || !strings.Contains(page, "Rossi Moda") {
		t.Errorf("signing in answered %d: %s", code, page)
	}
	if len(h.asked) != 1 || h.asked[0] != "rossi" {
		t.Errorf("asked for the overview of %q", h.asked)
	}
	u, _ := url.Parse(srv.URL)
	cookies := c.Jar.Cookies(u)
	if len(cookies) != 1 || cookies[0].Name != "placet" {
		t.Fatalf("cookies %v", cookies)
	}
	if _, kept := s.data[cookies[0].Value]; kept {
		t.Error("the store holds the cookie itself, not its hash")
	}
	for token, at := range s.expiry {
		if left := at.Sub(before); left < 29*time.Minute || left > 31*time.Minute {
			t.Errorf("session %s kept for %v without a click; want 30 min", hex.EncodeToString([]byte(token)), left)
		}
	}
	if code, page := post("/console/sign-in", url.Values{"token": {"TOKEN"}}); code != 403 || !strings.Contains(page, "opens nothing any more") {
		t.Errorf("the second use answered %d: %s", code, page)
	}
	if code, page := post("/console/sign-out", nil); code != 200 || strings.Contains(page, "Rossi") || len(s.data) != 0 {
		t.Errorf("signing out answered %d, %d sessions left: %s", code, len(s.data), page)
	}
	if _, page := get("/console"); strings.Contains(page, "Rossi") {
		t.Error("still signed in")
	}
}

func TestCookie(t *testing.T) {
	for _, c := range []struct {
		public, name string
		secure       bool
	}{
		{"http://127.0.0.1:8080", "placet", false},
		{"https://c.rossimoda.example", "__Host-placet", true},
	} {
		_, s, srv, client := start(t, c.public)
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		// A session name planted beforehand must not become the signed-in one.
		s.data["planted"] = nil
		req, _ := http.NewRequest(http.MethodPost, srv.URL+"/console/sign-in", strings.NewReader("token=TOKEN"))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.AddCookie(&http.Cookie{Name: c.name, Value: "planted"})
		r, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != 303 || r.Header.Get("Location") != "/console" || len(r.Cookies()) != 1 {
			t.Fatalf("%s: %d to %q with %v", c.public, r.StatusCode, r.Header.Get("Location"), r.Cookies())
		}
		k := r.Cookies()[0]
		if k.Name != c.name || k.Secure != c.secure || !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.Domain != "" || k.Value == "planted" || len(k.Value) < 43 {
			t.Errorf("%s: cookie %v", c.public, k)
		}
	}
}

func TestLifetime(t *testing.T) {
	_, s, srv, c := start(t, "http://127.0.0.1:8080")
	r, err := c.PostForm(srv.URL+"/console/sign-in", url.Values{"token": {"TOKEN"}})
	text(t, r, err)
	// However busy, a session ends twelve hours after it began: scs keeps the
	// deadline inside the data and caps each new expiry by it.
	for name, data := range s.data {
		deadline, values, err := scs.GobCodec{}.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if left := time.Until(deadline); left < 11*time.Hour || left > 12*time.Hour {
			t.Errorf("absolute end in %v", left)
		}
		s.data[name], err = scs.GobCodec{}.Encode(time.Now().Add(time.Minute), values)
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Get(srv.URL + "/console")
		if _, page := text(t, r, err); !strings.Contains(page, "Rossi") {
			t.Error("a session with a minute left is not signed in")
		}
		if left := time.Until(s.expiry[name]); left > time.Minute {
			t.Errorf("a click moved the end to %v from now; want at most the minute that was left", left)
		}
	}
}

func TestBrokenHouse(t *testing.T) {
	h, s, srv, c := start(t, "http://127.0.0.1:8080")
	r, err := c.PostForm(srv.URL+"/console/sign-in", url.Values{"token": {"TOKEN"}})
	text(t, r, err)
	h.fail = errors.New("disk full at /var/secret")
	r, err = c.Get(srv.URL + "/console")
	if code, page := text(t, r, err); code != 503 || strings.Contains(page, "secret") || !strings.Contains(page, "cannot read the record") {
		t.Errorf("without a database: %d %s", code, page)
	}
	r, err = c.PostForm(srv.URL+"/console/sign-in", url.Values{"token": {"OTHER"}})
	if code, _ := text(t, r, err); code != 503 {
		t.Errorf("signing in without a database: %d", code)
	}
	s.fail = errors.New("store gone")
	r, err = c.Get(srv.URL + "/console")
	if code, page := text(t, r, err); code != 503 || strings.Contains(page, "gone") {
		t.Errorf("without sessions: %d %s", code, page)
	}
}

func TestStartPage(t *testing.T) {
	h, _, srv, c := start(t, "http://127.0.0.1:8080")
	r, err := c.PostForm(srv.URL+"/console/sign-in", url.Values{"token": {"TOKEN"}})
	_, page := text(t, r, err)
	for _, want := range []string{
		"1,204 people may be written to today; 8,311 asked to be left alone, and 1 has not answered yet.",
		"today 14:03", "yesterday 12:03", "9 March 2025 14:03",
		"18,240 leaves", "12 s ago", "8,812", "2 events", "What became of 5,473 messages", "КАРТА",
		"&lt;script&gt;", "withdrew", "8,000",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, not := range []string{"<script", "style=", "onclick", "objected</th>"} {
		if strings.Contains(page, not) {
			t.Errorf("the page has %q in it", not)
		}
	}
	h.overview = console.Overview{Brand: "Nord", At: sample().At, MayWrite: 1}
	r, err = c.Get(srv.URL + "/console")
	if _, page := text(t, r, err); !strings.Contains(page, "1 person may be written to today; 0 asked to be left alone.") || !strings.Contains(page, "none signed yet") {
		t.Errorf("an empty house: %s", page)
	}
}

// TestRoutes holds the table of routes and their headers, and that reading,
// signed in or not, asks for nothing to be changed.
func TestRoutes(t *testing.T) {
	h, s, srv, c := start(t, "http://127.0.0.1:8080")
	for _, row := range []struct {
		method, path string
		site         string // Sec-Fetch-Site
		want         int
	}{
		{"GET", "/console", "", 200}, {"HEAD", "/console", "cross-site", 200},
		{"GET", "/console/sign-in?token=TOKEN", "cross-site", 200}, {"HEAD", "/console/sign-in?token=TOKEN", "", 200},
		{"GET", "/console/sign-out", "", 405}, {"HEAD", "/console/sign-out", "", 405},
		{"GET", "/console/assets/console.css", "", 200}, {"GET", "/console/assets/start.html", "", 404},
		{"POST", "/console", "", 405}, {"PUT", "/console/sign-in", "", 405},
		{"POST", "/console/sign-in", "cross-site", 403}, {"POST", "/console/sign-in", "same-site", 403}, {"POST", "/console/sign-out", "cross-site", 403},
		{"POST", "/console/sign-in", "same-origin", 403}, // no token
	} {
		req, _ := http.NewRequest(row.method, srv.URL+row.path, nil)
		if row.site != "" {
			req.Header.Set("Sec-Fetch-Site", row.site)
		}
		r, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != row.want {
			t.Errorf("%s %s (%s): %d, want %d", row.method, row.path, row.site, r.StatusCode, row.want)
		}
		if row.method != "POST" && (len(s.data) != 0 || h.redeemed != 0 || len(r.Cookies()) != 0) {
			t.Errorf("%s %s changed something", row.method, row.path)
		}
		if r.StatusCode == 200 {
			for name, want := range map[string]string{
				"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
				"X-Content-Type-Options":  "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "X-Robots-Tag": "noindex",
			} {
				if got := r.Header.Get(name); got != want {
					t.Errorf("%s %s: %s is %q", row.method, row.path, name, got)
				}
			}
			if want := map[bool]string{true: "no-cache", false: "no-store"}[strings.HasSuffix(row.path, ".css")]; r.Header.Get("Cache-Control") != want {
				t.Errorf("%s: Cache-Control %q", row.path, r.Header.Get("Cache-Control"))
			}
		}
	}
	if h.redeemed != 1 {
		t.Errorf("%d tokens were looked up; only the same-origin POST may", h.redeemed)
	}
}
