package gatewaytest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"placet/config"
	"placet/config/demo"
	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/gateway"
	"placet/internal/gatewaytest"
	"placet/internal/gatewaytest/smtpsink"
	"placet/internal/gatewaytest/twiliosrv"
	"placet/internal/optin"
	"placet/internal/store"
)

func TestMain(m *testing.M) { os.Exit(gatewaytest.Main(m)) }

const placet = "https://placet.example"

// site is one installation of the real program with everything around it.
type site struct {
	*gatewaytest.Process
	tb       testing.TB
	database string
	data     string // where the program keeps its clock
	keys     string // master key file
	apiKey   string
	shift    time.Duration
	twilio   *twiliosrv.Server
	mail     *smtpsink.Server
}

// newSite writes a configuration file, migrates, applies a brand and makes a
// key, all through the program itself. The server does not run yet.
func newSite(tb testing.TB, database string, o twiliosrv.Options) *site {
	tb.Helper()
	s := &site{Process: gatewaytest.NewProcess(tb), tb: tb, database: database}
	s.keys, s.data = filepath.Join(s.Dir, "keys", "placet.key"), filepath.Join(s.Dir, "data")
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		s.data = filepath.Dir(path)
	}
	s.shift = daytime(time.Now())
	o.Gateway, o.Now = s.URL, func() time.Time { return time.Now().Add(s.shift) }
	s.twilio, s.mail = twiliosrv.New(tb, o), smtpsink.New(tb, smtpsink.Options{})
	s.Configure(fmt.Sprintf(`public_url: %s
database: %q
keys: %q
senders:
  twilio: {account_sid: %s, auth_token: %s, api_base: %q}
  smtp: {host: %s, port: %d, tls: none}
`, placet, database, s.keys, demo.TwilioAccount, demo.TwilioToken, s.twilio.URL, s.mail.Host, s.mail.Port))
	s.Shift(s.data, s.shift)
	s.Must("migrate")
	brand := filepath.Join(s.Dir, "rossi.yaml")
	text, err := demo.FS.ReadFile("rossi.yaml")
	if err == nil {
		err = os.WriteFile(brand, text, 0o600)
	}
	if err != nil {
		tb.Fatal(err)
	}
	s.Must("brands", "apply", brand)
	var made struct{ Key string }
	if err := json.Unmarshal([]byte(s.Must("keys", "create", "--brand", "rossi", "--label", "test", "--json")), &made); err != nil || made.Key == "" {
		tb.Fatalf("keys create --json: %v", err)
	}
	s.apiKey = made.Key
	return s
}

// daytime is how far to move the clock so that it is a working day, in Rome,
// Washington and Sofia alike: no message waits for quiet hours to end.
func daytime(now time.Time) time.Duration {
	at := time.Date(now.Year(), now.Month(), now.Day()+1, 14, 30, 0, 0, time.UTC)
	for at.Weekday() != time.Tuesday {
		at = at.AddDate(0, 0, 1)
	}
	return at.Sub(now)
}

// vector is a webhook as Twilio posts it, signed by Twilio's own Node library.
type vector struct {
	Name, URL, Body string
	Headers         map[string]string
	Valid           bool
}

func (v vector) form(tb testing.TB) url.Values {
	tb.Helper()
	f, err := url.ParseQuery(v.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

func vectors(tb testing.TB) (all []vector, named map[string]vector) {
	tb.Helper()
	text, err := os.ReadFile("../senders/twilio/testdata/vectors.json")
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil || len(all) == 0 {
		tb.Fatalf("vectors: %d, %v", len(all), err)
	}
	named = map[string]vector{}
	for _, v := range all {
		named[v.Name] = v
	}
	return all, named
}

// answer is what the server said.
type answer struct {
	code   int
	body   string
	header http.Header
}

// post sends a recorded webhook byte for byte to where the server listens.
func (s *site) post(v vector) answer {
	s.tb.Helper()
	u, err := url.Parse(v.URL)
	if err != nil {
		s.tb.Fatal(err)
	}
	return s.raw(u.RequestURI(), v.Body, v.Headers)
}

func (s *site) raw(path, body string, headers map[string]string) answer {
	s.tb.Helper()
	r, err := http.NewRequest(http.MethodPost, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.tb.Fatal(err)
	}
	for k, v := range headers {
		r.Header.Set(k, v)
	}
	return s.do(r)
}

func (s *site) do(r *http.Request) answer {
	s.tb.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.tb.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.tb.Fatal(err)
	}
	return answer{res.StatusCode, string(body), res.Header}
}

func (s *site) get(path string) answer {
	s.tb.Helper()
	r, err := http.NewRequest(http.MethodGet, s.URL+path, nil)
	if err != nil {
		s.tb.Fatal(err)
	}
	return s.do(r)
}

// form posts a page's form as a browser does.
func (s *site) form(path string, v url.Values) answer {
	s.tb.Helper()
	return s.raw(path, v.Encode(), map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
}

// text posts a signed text that is not among the recorded ones.
func (s *site) text(sid, from, to, body string) answer {
	s.tb.Helper()
	return s.do(s.twilio.SignedForm(placet+smsPath, s.twilio.Text(sid, from, to, body)))
}

const (
	smsPath    = "/hooks/twilio/" + demo.TwilioAccount + "/sms"
	statusPath = "/hooks/twilio/" + demo.TwilioAccount + "/status"
)

// counts is what `gateway verify --json` finds of the brand. Beside a running
// server the log may be read a moment before the people.
type counts struct{ People, Events, Queued, Leaves, Unsequenced int }

// verify runs the program's own check; anything but a clean bill fails the test.
func (s *site) verify() counts {
	s.tb.Helper()
	var v struct {
		People, Events, Queued, Leaves, Unsequenced int
		Faults                                      []string
	}
	if err := json.Unmarshal([]byte(s.Must("verify", "--brand", "rossi", "--json")), &v); err != nil {
		s.tb.Fatal(err)
	}
	for _, f := range v.Faults {
		s.tb.Error("verify:", f)
	}
	return counts{v.People, v.Events, v.Queued, v.Leaves, v.Unsequenced}
}

// accepted reads how many texts the running server has taken as new.
func (s *site) accepted() int {
	s.tb.Helper()
	m := regexp.MustCompile(`(?m)^placet_inbound_messages_total\{result="accepted"\} (\d+)`).FindStringSubmatch(s.get("/metrics").body)
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		s.tb.Fatal(err)
	}
	return n
}

// check asks the REST API about offers.
func (s *site) check(to, channel string) answer {
	s.tb.Helper()
	ask, err := json.Marshal(map[string]any{"checks": []any{map[string]string{"address": to, "channel": channel, "topic": "offers", "kind": "service"}}})
	if err != nil {
		s.tb.Fatal(err)
	}
	return s.raw("/v1/permissions/check", string(ask), map[string]string{"Content-Type": "application/json", "Authorization": "Bearer " + s.apiKey})
}

// state is how a permission for offers stands: in the database, and by the REST
// API, which knows of numbers outside their country's plan only that.
func (s *site) state(to, channel string) string {
	s.tb.Helper()
	st := s.stored()
	defer st.Close()
	who, err := address.FromProvider(to)
	if channel == "email" {
		who, err = address.ParseEmail(to)
	}
	if err != nil {
		s.tb.Fatal(err)
	}
	p, err := st.Person(context.Background(), "rossi", optin.Who{Address: who})
	if err != nil {
		s.tb.Fatal(err)
	}
	key := consent.Key{Channel: consent.Channel(channel), Topic: consent.Offers}
	state := string(p.Record.At(key, time.Now().Add(s.shift)).State)

	a := s.check(to, channel)
	var got struct {
		Results []struct{ State, Rule string }
	}
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.code != http.StatusOK || len(got.Results) != 1 {
		s.tb.Fatalf("permissions/check answered %d: %s", a.code, a.body)
	}
	if r := got.Results[0]; r.State != state && r.Rule != "all-address" {
		s.tb.Errorf("the API says %s, the database %s", r.State, state)
	}
	return state
}

// stored opens the database beside the server.
func (s *site) stored() *store.Store {
	s.tb.Helper()
	c, err := config.Config{Database: s.database, Keys: s.keys}.Complete()
	if err != nil {
		s.tb.Fatal(err)
	}
	st, _, err := gateway.OpenExisting(context.Background(), c, slog.New(slog.NewTextHandler(s.tb.Output(), nil)))
	if err != nil {
		s.tb.Fatal(err)
	}
	return st
}

// sent is the texts that left to a number.
func (s *site) sent(to string) (out []twiliosrv.Request) {
	for _, r := range s.twilio.Requests() {
		if r.To == to {
			out = append(out, r)
		}
	}
	return out
}

// awaits waits for the n-th text to a number and checks that it is the last.
func (s *site) awaits(to string, n int) twiliosrv.Request {
	s.tb.Helper()
	gatewaytest.Until(s.tb, fmt.Sprintf("text %d to a person", n), func() bool { return len(s.sent(to)) >= n })
	out := s.sent(to)
	if len(out) != n {
		s.tb.Fatalf("%d texts left, want %d; the last says %q", len(out), n, out[len(out)-1].Body)
	}
	return out[n-1]
}

// reported has Twilio report every text so far as sent and delivered.
func (s *site) reported() {
	s.tb.Helper()
	for _, code := range s.twilio.Deliver() {
		if code != http.StatusNoContent {
			s.tb.Errorf("a signed status callback was answered %d", code)
		}
	}
}

// settled waits until nothing waits in the outbox and every event has its place.
func (s *site) settled() counts {
	s.tb.Helper()
	var c counts
	gatewaytest.Until(s.tb, "an empty outbox and a whole log", func() bool {
		s.twilio.Deliver()
		c = s.verify()
		return c.Queued == 0 && c.Unsequenced == 0 && c.Leaves == c.Events
	})
	return c
}

const emptyTwiML = `<?xml version="1.0" encoding="UTF-8"?><Response></Response>`

// TestServe plays the recorded webhooks, and e-mail, against the shipped program
// on both databases: from a card to a yes to STOP, with forgeries, repeats and
// restarts in between.
func TestServe(t *testing.T) {
	gatewaytest.Databases(t, func(t *testing.T, database string) {
		s := newSite(t, database, twiliosrv.Options{})
		all, named := vectors(t)
		s.Start()

		for _, who := range []string{"anna", "claire", "boris", "dana"} {
			t.Run(who, func(t *testing.T) { s.with(t).cardYesStop(named, who) })
		}
		t.Run("forged", func(t *testing.T) { s.with(t).forged(all) })
		t.Run("wild", func(t *testing.T) { s.with(t).wild(all) })
		t.Run("repeats", func(t *testing.T) { s.with(t).repeats(all) })
		t.Run("bad input", func(t *testing.T) { s.with(t).badInput() })
		if strings.HasPrefix(database, "sqlite:") { // PostgreSQL takes several
			t.Run("second server", func(t *testing.T) { s.with(t).secondServer() })
		}
		t.Run("e-mail", func(t *testing.T) { s.with(t).email() })
		t.Run("no database", func(t *testing.T) { s.with(t).withoutDatabase() })

		s.settled()
		if code := s.Stop(); code != 0 {
			t.Errorf("after SIGTERM the server ended with %d", code)
		}
		s.verify()
		s.silent(all)
	})
}

// with is the same site for a subtest.
func (s *site) with(t *testing.T) *site {
	c := *s
	c.tb = t
	return &c
}

// cardYesStop is the whole journey of one person, by recorded webhooks alone.
func (s *site) cardYesStop(named map[string]vector, who string) {
	t := s.tb
	t.Helper()
	from := named[who+"-card"].form(t).Get("From")
	say := func(word string) {
		t.Helper()
		a := s.post(named[who+"-"+word])
		if a.code != http.StatusOK || a.body != emptyTwiML || !strings.HasPrefix(a.header.Get("Content-Type"), "text/xml") {
			t.Fatalf("%s was answered %d: %s", word, a.code, a.body)
		}
	}
	say("card")
	benefit := s.awaits(from, 1)
	if !strings.Contains(benefit.Body, "123456") || benefit.From != "41430" {
		t.Errorf("the benefit from %s says %q", benefit.From, benefit.Body)
	}
	if !strings.HasPrefix(benefit.StatusCallback, placet+statusPath+"?attempt=") {
		t.Errorf("the status callback is %s", benefit.StatusCallback)
	}
	s.reported()
	question := s.awaits(from, 2)
	for _, part := range []string{"Rossi Moda", "SMS", placet + "/n/rossi/privacy/1", "STOP"} {
		if !strings.Contains(question.Body, part) {
			t.Errorf("the question lacks %s: %q", part, question.Body)
		}
	}
	if got := s.state(from, "sms"); got != "pending" {
		t.Errorf("after the question it is %s", got)
	}
	s.reported()
	say("yes")
	welcome := s.awaits(from, 3)
	if n := strings.Count(welcome.Body, "http"); n != 1 || !strings.Contains(welcome.Body, placet+"/p/") {
		t.Errorf("the welcome has %d links: %q", n, welcome.Body)
	}
	if got := s.state(from, "sms"); got != "granted" {
		t.Errorf("after the yes it is %s", got)
	}
	s.reported()
	say("stop")
	bye := s.awaits(from, 4)
	if strings.Contains(bye.Body, "http") {
		t.Errorf("the answer to STOP has a link: %q", bye.Body)
	}
	if got := s.state(from, "sms"); got != "withdrawn" {
		t.Errorf("after STOP it is %s", got)
	}
	s.reported()
}

// forged posts what Twilio did not sign: refused, without a trace.
func (s *site) forged(all []vector) {
	t := s.tb
	t.Helper()
	before, taken, left := s.settled(), s.accepted(), len(s.twilio.Requests())
	n := 0
	for _, v := range all {
		if v.Valid && v.Name != "port-in-url" { // signed over a URL that is not ours
			continue
		}
		if v.Name == "forged-padded" { // HTTP takes the padding off a header on its way (RFC 9110 §5.5)
			continue
		}
		n++
		want := http.StatusForbidden
		if strings.HasPrefix(v.Name, "forged-repeated") {
			want = http.StatusBadRequest
		}
		if a := s.post(v); a.code != want {
			t.Errorf("%s was answered %d, want %d", v.Name, a.code, want)
		}
	}
	if n < 15 {
		t.Errorf("only %d forgeries", n)
	}
	if after := s.settled(); after != before {
		t.Errorf("forgeries left a trace: %+v, before %+v", after, before)
	}
	if s.accepted() != taken || len(s.twilio.Requests()) != left {
		t.Error("a forgery was counted as a text, or answered")
	}
}

// wild posts everything else that is signed: odd bodies, parameters nobody knows, news of strangers.
func (s *site) wild(all []vector) {
	t := s.tb
	t.Helper()
	for _, v := range all {
		switch want, a := 0, (answer{}); {
		case !v.Valid || v.Name == "port-in-url":
		default:
			want, a = http.StatusOK, s.post(v)
			if strings.Contains(v.URL, "/status") {
				want = http.StatusNoContent
			}
			if a.code != want {
				t.Errorf("%s was answered %d, want %d: %s", v.Name, a.code, want, a.body)
			}
		}
	}
	s.settled()
}

// repeats posts every accepted webhook again, before and after a restart.
func (s *site) repeats(all []vector) {
	t := s.tb
	t.Helper()
	before, left := s.settled(), len(s.twilio.Requests())
	again := func() {
		t.Helper()
		for _, v := range all {
			if !v.Valid || v.Name == "port-in-url" {
				continue
			}
			if a := s.post(v); a.code/100 != 2 {
				t.Errorf("the repeat of %s was answered %d", v.Name, a.code)
			}
		}
		if after := s.settled(); after != before {
			t.Errorf("repeats had an effect: %+v, before %+v", after, before)
		}
		if n := len(s.twilio.Requests()); n != left {
			t.Errorf("%d texts left for repeats", n-left)
		}
	}
	again()
	if code := s.Stop(); code != 0 {
		t.Errorf("after SIGTERM the server ended with %d", code)
	}
	s.Start()
	again()
	if n := s.accepted(); n != 0 {
		t.Errorf("after the restart %d repeats were counted as new", n)
	}
}

// badInput posts what is signed, or not, and wrong.
func (s *site) badInput() {
	t := s.tb
	t.Helper()
	before := s.settled()
	const typ = "application/x-www-form-urlencoded"
	good := s.twilio.Text("SMbadinput", "+393391100077", "41430", "OFFERTE")
	with := func(k, v string) url.Values {
		f := url.Values{}
		for name, vs := range good {
			f[name] = vs
		}
		f.Set(k, v)
		return f
	}
	for _, c := range []struct {
		what        string
		form        url.Values // signed
		body        string     // posted instead, when not empty
		contentType string
		want        int
	}{
		{"unknown brand number", with("To", "41431"), "", typ, 404},
		{"oversized", with("Body", strings.Repeat("CARTA ", 20_000)), "", typ, 413},
		{"not UTF-8", with("Body", "CARTA \xff\xfe"), "", typ, 400},
		{"repeated key", good, good.Encode() + "&Body=STOP", typ, 400},
		{"repeated key, same value", good, good.Encode() + "&Body=OFFERTE", typ, 400},
		{"broken escape", good, good.Encode() + "&x=%zz", typ, 400},
		{"semicolon", good, good.Encode() + ";x=1", typ, 400},
		{"JSON", good, `{"Body":"CARTA 123456"}`, "application/json", 415},
		{"no content type", good, "", "", 415},
		{"another type", good, "", typ + "2", 415},
		{"no message id", with("MessageSid", ""), "", typ, 400},
		{"no sender", with("From", ""), "", typ, 400},
		{"NUL in the message id", with("MessageSid", "SM\x00"), "", typ, 400},
		{"another account's form", with("AccountSid", "AC"+strings.Repeat("e", 32)), "", typ, 403},
		{"empty", url.Values{}, " ", typ, 403},
	} {
		body := c.body
		if body == "" {
			body = c.form.Encode()
		}
		a := s.raw(smsPath, body, map[string]string{"Content-Type": c.contentType, "X-Twilio-Signature": twiliosrv.Sign(demo.TwilioToken, placet+smsPath, c.form)})
		if a.code != c.want {
			t.Errorf("%s: answered %d, want %d: %s", c.what, a.code, c.want, a.body)
		}
	}
	stranger := "/hooks/twilio/AC" + strings.Repeat("e", 32) + "/sms"
	if a := s.raw(stranger, good.Encode(), map[string]string{"Content-Type": typ, "X-Twilio-Signature": twiliosrv.Sign(demo.TwilioToken, placet+stranger, good)}); a.code != 403 {
		t.Errorf("an unknown account was answered %d", a.code)
	}
	if a := s.get(smsPath); a.code != 405 {
		t.Errorf("GET was answered %d", a.code)
	}
	if after := s.settled(); after != before {
		t.Errorf("bad input left a trace: %+v, before %+v", after, before)
	}
	if log := s.Log(); !strings.Contains(log, "belongs to no brand") || strings.Contains(log, "41431") || strings.Contains(log, "3391100077") {
		t.Error("the unknown brand number is not logged, or with personal data")
	}
	// And what is merely unusual is welcome.
	unusual := with("SomethingNew", "ž & = + %")
	unusual.Set("MessageSid", "SMunusual")
	if a := s.do(s.twilio.SignedForm(placet+smsPath, unusual)); a.code != 200 {
		t.Errorf("an unknown parameter was answered %d", a.code)
	}
}

// secondServer: one embedded database takes one server; commands are welcome beside it.
func (s *site) secondServer() {
	t := s.tb
	t.Helper()
	if x := s.Command("serve"); x.Code != 2 || !strings.Contains(x.Stderr, "another server is running") {
		t.Errorf("the second server ended with %d: %s", x.Code, x.Stderr)
	}
	if a := s.get("/readyz"); a.code != 200 {
		t.Errorf("the first server is not ready any more: %d", a.code)
	}
}

// email is the double opt-in by mail and the one-click way out.
func (s *site) email() {
	t := s.tb
	t.Helper()
	const to = "giulia.verdi@posta.example"
	page := s.get("/j/rossi/offerte")
	if page.code != 200 || strings.Contains(page.body, " checked") {
		t.Fatalf("the join form answered %d, or has a box ticked", page.code)
	}
	form := gatewaytest.Hidden(strings.NewReader(page.body))
	form.Set("consent_offers_email", "yes")
	form.Set("email", to)
	if a := s.form("/j/rossi/offerte", form); a.code != 200 && a.code != 303 {
		t.Fatalf("joining was answered %d: %s", a.code, a.body)
	}
	link := linkIn(t, s.mailTo(to, 1), "/c/")
	before := s.verify()
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodGet} {
		r, err := http.NewRequest(method, s.URL+link, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a := s.do(r); a.code >= 500 || method == http.MethodGet && a.code != 200 {
			t.Errorf("%s of the link was answered %d", method, a.code)
		}
	}
	if got := s.state(to, "email"); got != "pending" {
		t.Errorf("after looking at the link it is %s", got)
	}
	if after := s.verify(); after.Events != before.Events {
		t.Errorf("looking at the link left %d events", after.Events-before.Events)
	}
	confirm := gatewaytest.Hidden(strings.NewReader(s.get(link).body))
	for range 2 { // a double click
		if a := s.form(link, confirm); a.code != 200 && a.code != 303 {
			t.Fatalf("confirming was answered %d: %s", a.code, a.body)
		}
	}
	if got := s.state(to, "email"); got != "granted" {
		t.Errorf("after the button it is %s", got)
	}
	if after := s.verify(); after.Events != before.Events+1 {
		t.Errorf("a double click left %d events", after.Events-before.Events)
	}
	welcome := s.mailTo(to, 2)
	if got := welcome.Header.Get("List-Unsubscribe-Post"); got != "List-Unsubscribe=One-Click" {
		t.Errorf("List-Unsubscribe-Post is %q", got)
	}
	u := regexp.MustCompile(`<` + regexp.QuoteMeta(placet) + `(/u/[^>]+)>`).FindStringSubmatch(welcome.Header.Get("List-Unsubscribe"))
	if u == nil {
		t.Fatalf("List-Unsubscribe is %q", welcome.Header.Get("List-Unsubscribe"))
	}
	if a := s.get(u[1]); a.code != 200 || s.state(to, "email") != "granted" {
		t.Errorf("looking at the unsubscribe page was answered %d or changed something", a.code)
	}
	if a := s.form(u[1], url.Values{"List-Unsubscribe": {"One-Click"}}); a.code != 200 {
		t.Errorf("one click was answered %d", a.code)
	}
	if got := s.state(to, "email"); got != "withdrawn" {
		t.Errorf("after one click it is %s", got)
	}
}

// letter is a mail that arrived, its text decoded.
type letter struct {
	mail.Header
	text string
}

// mailTo waits for the n-th mail to an address.
func (s *site) mailTo(to string, n int) letter {
	t := s.tb
	t.Helper()
	var raw []byte
	gatewaytest.Until(t, fmt.Sprintf("mail %d", n), func() bool {
		i := 0
		for _, m := range s.mail.Mails() {
			if m.To == to {
				if i++; i == n {
					raw = m.Data
				}
			}
		}
		return raw != nil
	})
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	l := letter{Header: m.Header}
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return l
		}
		if err != nil {
			t.Fatal(err)
		}
		var r io.Reader = p
		if p.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
			r = quotedprintable.NewReader(p)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/plain") {
			l.text += string(text)
		}
	}
}

// linkIn is the path of the only link of a kind.
func linkIn(tb testing.TB, l letter, kind string) string {
	tb.Helper()
	found := regexp.MustCompile(regexp.QuoteMeta(placet)+`(`+kind+`[A-Za-z0-9_-]+)`).FindAllStringSubmatch(l.text, -1)
	if len(found) == 0 {
		tb.Fatalf("no %s link in: %s", kind, l.text)
	}
	return found[0][1]
}

// withoutDatabase takes the database away under the running server: nothing is
// acknowledged, and all is well again without a restart.
func (s *site) withoutDatabase() {
	t := s.tb
	t.Helper()
	s.settled()
	giveBack := s.takeDatabase()
	text := s.twilio.Text("SMoutage", "+393391100078", "41430", "STOP")
	news := url.Values{"MessageSid": {"SMnobody"}, "MessageStatus": {"sent"}, "AccountSid": {demo.TwilioAccount}}
	reading := http.StatusServiceUnavailable
	if strings.HasPrefix(s.database, "sqlite:") {
		reading = http.StatusOK // whoever holds the write lock keeps nobody from reading
	}
	var wg sync.WaitGroup
	for _, c := range []struct {
		what string
		ask  func() answer
		want int
	}{
		{"a text", func() answer { return s.do(s.twilio.SignedForm(placet+smsPath, text)) }, 503},
		{"a status callback", func() answer { return s.do(s.twilio.SignedForm(placet+statusPath+"?attempt=unknown", news)) }, 503},
		{"a permission check", func() answer { return s.check("+393391100078", "sms") }, reading},
		{"/readyz", func() answer { return s.get("/readyz") }, 503},
		{"/healthz", func() answer { return s.get("/healthz") }, 200},
	} {
		wg.Go(func() {
			a := c.ask()
			if a.code != c.want {
				t.Errorf("%s was answered %d without a database", c.what, a.code)
			}
			if c.want == 503 && c.what != "/readyz" && a.header.Get("Retry-After") == "" {
				t.Errorf("%s was refused without saying when to come again", c.what)
			}
		})
	}
	wg.Wait()
	giveBack()
	gatewaytest.Until(t, "the database is back", func() bool { return s.get("/readyz").code == 200 })
	for range 2 { // Twilio tries again, and again
		if a := s.do(s.twilio.SignedForm(placet+smsPath, text)); a.code != 200 {
			t.Errorf("after the outage the text was answered %d", a.code)
		}
	}
	if got := s.state("+393391100078", "sms"); got != "withdrawn" {
		t.Errorf("after the outage STOP is %s", got)
	}
	s.awaits("+393391100078", 1)
}

// takeDatabase makes the database refuse the server until the returned function is called.
func (s *site) takeDatabase() (giveBack func()) {
	t := s.tb
	t.Helper()
	if path, ok := strings.CutPrefix(s.database, "sqlite:"); ok {
		// Somebody else holds the write lock for longer than the server waits.
		db, err := sql.Open("sqlite", "file:"+path)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := db.Conn(context.Background())
		if err == nil {
			_, err = conn.ExecContext(context.Background(), "BEGIN IMMEDIATE")
		}
		if err != nil {
			t.Fatal(err)
		}
		return func() {
			if _, err := conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
				t.Error(err)
			}
			if err := errors.Join(conn.Close(), db.Close()); err != nil {
				t.Error(err)
			}
		}
	}
	u, err := url.Parse(s.database)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	admin := func(statements ...string) {
		t.Helper()
		db, err := pgx.Connect(context.Background(), os.Getenv("PLACET_TEST_POSTGRES"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close(context.Background())
		for _, q := range statements {
			if _, err := db.Exec(context.Background(), q); err != nil {
				t.Fatalf("%s: %v", q, err)
			}
		}
	}
	admin("ALTER DATABASE "+name+" ALLOW_CONNECTIONS false",
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"' AND pid <> pg_backend_pid()")
	return func() { t.Helper(); admin("ALTER DATABASE " + name + " ALLOW_CONNECTIONS true") }
}

// silent reads everything the server has logged: no number, address, word or link of anybody.
func (s *site) silent(all []vector) {
	t := s.tb
	t.Helper()
	log := s.Log()
	secrets := []string{"giulia.verdi", "3391100077", "3391100078", demo.TwilioToken, s.apiKey}
	for _, v := range all {
		f := v.form(t)
		secrets = append(secrets, strings.TrimPrefix(f.Get("From"), "+"))
		if body := strings.TrimSpace(f.Get("Body")); len(body) > 12 {
			secrets = append(secrets, body)
		}
	}
	for _, r := range s.twilio.Requests() {
		if _, link, ok := strings.Cut(r.Body, "/p/"); ok {
			link, _, _ = strings.Cut(link, " ")
			secrets = append(secrets, link)
		}
	}
	for _, x := range secrets {
		if x != "" && x != "41430" && strings.Contains(log, x) {
			t.Errorf("the log holds %q", x)
		}
	}
}

// TestServeRefuses: a program that is given the wrong things says which, and
// touches nothing.
func TestServeRefuses(t *testing.T) {
	gatewaytest.Databases(t, func(t *testing.T, database string) {
		s := newSite(t, database, twiliosrv.Options{})
		s.Start()
		if a := s.text("SMfirst", "+393391100001", "41430", "STOP"); a.code != 200 {
			t.Fatalf("a text was answered %d", a.code)
		}
		before := s.settled()
		if code := s.Stop(); code != 0 {
			t.Fatalf("the server ended with %d", code)
		}
		if left, err := filepath.Glob(strings.TrimPrefix(database, "sqlite:") + "-*"); err != nil || len(left) > 0 {
			t.Errorf("a server that was asked to stop left %v", left)
		}
		mark := s.fingerprint()

		right, err := os.ReadFile(s.keys)
		if err != nil {
			t.Fatal(err)
		}
		commands := [][]string{{"serve"}, {"migrate"}, {"verify"}, {"keys", "create"}, {"brands", "apply", filepath.Join(s.Dir, "rossi.yaml")}}
		refused := func(why string, words ...string) {
			t.Helper()
			for _, args := range commands {
				x := s.Command(args...)
				if x.Code != 2 {
					t.Errorf("%s: %v ended with %d: %s", why, args, x.Code, x.Stderr)
				}
				for _, w := range words {
					if !strings.Contains(x.Stderr, w) {
						t.Errorf("%s: %v does not mention %q: %s", why, args, w, x.Stderr)
					}
				}
			}
			if got := s.fingerprint(); !slices.Equal(got, mark) {
				t.Errorf("%s: the database was touched", why)
			}
		}
		if err := os.WriteFile(s.keys, anotherKey(t), 0o600); err != nil {
			t.Fatal(err)
		}
		refused("another installation's key file", "does not belong to this database", "nothing was changed")
		if err := os.Remove(s.keys); err != nil {
			t.Fatal(err)
		}
		refused("no key file", s.keys, "missing")
		if _, err := os.Stat(s.keys); !errors.Is(err, os.ErrNotExist) {
			t.Error("a key file was made for a database in use")
		}
		if err := os.WriteFile(s.keys, right, 0o600); err != nil {
			t.Fatal(err)
		}

		config, err := os.ReadFile(s.Config)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Count(string(config), "\n")
		if err := os.WriteFile(s.Config, append(config, "databse: x\n"...), 0o600); err != nil {
			t.Fatal(err)
		}
		refused("unknown key", fmt.Sprintf("%s:%d:", s.Config, lines+1), "databse")
		if err := os.WriteFile(s.Config, config, 0o600); err != nil {
			t.Fatal(err)
		}

		if after := s.verify(); after != before {
			t.Errorf("after all that it is %+v, before %+v", after, before)
		}
	})
}

// fingerprint is the database as bytes, for SQLite; what PostgreSQL holds is compared by counts.
func (s *site) fingerprint() []byte {
	s.tb.Helper()
	path, ok := strings.CutPrefix(s.database, "sqlite:")
	if !ok {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		s.tb.Fatal(err)
	}
	sum := sha256.Sum256(text)
	return sum[:]
}

// anotherKey is the master key of an installation next door.
func anotherKey(tb testing.TB) []byte {
	tb.Helper()
	p := gatewaytest.NewProcess(tb)
	p.Configure("database: sqlite:" + filepath.Join(p.Dir, "placet.db") + "\n")
	p.Must("migrate")
	key, err := os.ReadFile(filepath.Join(p.Dir, "placet.key"))
	if err != nil {
		tb.Fatal(err)
	}
	return key
}
