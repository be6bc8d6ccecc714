package hooks_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"placet/config/demo"
	"placet/internal/brands"
	"placet/internal/gatewaytest"
	"placet/internal/gatewaytest/twiliosrv"
	"placet/internal/message"
	"placet/internal/optin"
	"placet/internal/senders"
	"placet/internal/senders/twilio"
	"placet/internal/web"
	"placet/internal/web/hooks"
)

const (
	public   = "https://placet.example"
	textHook = "/hooks/twilio/" + demo.TwilioAccount + "/sms"
	newsHook = "/hooks/twilio/" + demo.TwilioAccount + "/status"
	formType = "application/x-www-form-urlencoded"
)

var now = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// door is the webhooks with nobody behind them: the desk and the courier write
// down what reaches them.
type door struct {
	http.Handler
	texts   []optin.Text
	news    []senders.News
	failure error // what desk and courier answer
	repeat  bool
	counted []string
	log     bytes.Buffer
}

func (d *door) Receive(_ context.Context, t optin.Text) (optin.Heard, error) {
	if d.failure == nil {
		d.texts = append(d.texts, t)
	}
	return optin.Heard{Fresh: !d.repeat, Event: "evt_1"}, d.failure
}

func (d *door) Hear(_ context.Context, n senders.News) error {
	if d.failure == nil {
		d.news = append(d.news, n)
	}
	return d.failure
}

func newDoor(tb testing.TB) *door {
	tb.Helper()
	text, err := demo.FS.ReadFile("rossi.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	b, err := brands.Parse("rossi.yaml", text)
	if err != nil {
		tb.Fatal(err)
	}
	var dir brands.Directory
	if err := dir.Set([]*brands.Brand{b}); err != nil {
		tb.Fatal(err)
	}
	v, err := twilio.NewVerifier(demo.TwilioToken)
	if err != nil {
		tb.Fatal(err)
	}
	d := &door{}
	log := slog.New(slog.NewTextHandler(&d.log, nil))
	e, err := web.New(log, nil)
	if err != nil {
		tb.Fatal(err)
	}
	(&hooks.Hooks{
		Public: public, Accounts: map[string]hooks.Account{demo.TwilioAccount: v}, Brands: &dir, Desk: d, Courier: d,
		Now: func() time.Time { return now }, Log: log, Counted: func(r string) { d.counted = append(d.counted, r) },
	}).Routes(e)
	d.Handler = e
	return d
}

// post posts a body with the signature of a form. The Host is nobody's.
func (d *door) post(path, contentType, body string, signed url.Values) *httptest.ResponseRecorder {
	return d.send(path, contentType, body, twiliosrv.Sign(demo.TwilioToken, public+path, signed))
}

func (d *door) send(path, contentType, body, signature string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://10.0.0.1:8080"+path, strings.NewReader(body))
	r.Header.Set(echo.HeaderContentType, contentType)
	r.Header.Set("X-Twilio-Signature", signature)
	r.Header.Set("I-Twilio-Idempotency-Token", "6a5c6d33-b6f8-4d2c-a2a4-1e2f3a4b5c6d")
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w
}

func text(changes ...string) url.Values {
	f := url.Values{
		"MessageSid": {"SM1"}, "AccountSid": {demo.TwilioAccount}, "From": {"+393391100001"}, "To": {"41430"}, "Body": {"CARTA 123456"}, "NumMedia": {"0"},
	}
	for i := 0; i < len(changes); i += 2 {
		f.Set(changes[i], changes[i+1])
	}
	return f
}

func TestText(t *testing.T) {
	d := newDoor(t)
	form := text("Body", "Sì, perché no? 🛑", "NobodyKnows", "this & that")
	w := d.post(textHook, formType+"; charset=utf-8", form.Encode(), form)
	if w.Code != 200 || w.Body.String() != `<?xml version="1.0" encoding="UTF-8"?><Response></Response>` || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/xml") {
		t.Fatalf("answered %d %v: %s", w.Code, w.Header(), w.Body)
	}
	if len(d.texts) != 1 {
		t.Fatalf("%d texts reached the desk", len(d.texts))
	}
	got := d.texts[0]
	if got.Brand.ID != "rossi" || got.Provider != "twilio" || got.Ref != "SM1" || got.From.Wire() != "+393391100001" || got.To != "41430" ||
		got.Body != "Sì, perché no? 🛑" || !got.At.Equal(now) {
		t.Errorf("the desk got %+v", got)
	}
	for k, want := range map[string]string{
		"NobodyKnows": "this & that", "Body": "Sì, perché no? 🛑", "signature": "valid", "idempotency_token": "6a5c6d33-b6f8-4d2c-a2a4-1e2f3a4b5c6d",
	} {
		if got.Raw[k] != want {
			t.Errorf("the evidence holds %s=%q, want %q", k, got.Raw[k], want)
		}
	}
	d.repeat = true
	if w := d.post(textHook, formType, form.Encode(), form); w.Code != 200 {
		t.Errorf("a repeat was answered %d", w.Code)
	}
	if c := fmt.Sprint(d.counted); c != "[accepted repeat]" {
		t.Errorf("counted %s", c)
	}
}

func TestNews(t *testing.T) {
	d := newDoor(t)
	for _, c := range []struct {
		status, code string
		want         message.Fate
		optedOut     bool
	}{
		{"sent", "", message.Sent, false}, {"delivered", "", message.Delivered, false}, {"undelivered", "30005", message.Undelivered, false},
		{"failed", "21610", message.Failed, true}, {"from_the_future", "", "", false},
	} {
		form := url.Values{"MessageSid": {"SM9"}, "MessageStatus": {c.status}, "AccountSid": {demo.TwilioAccount}}
		if c.code != "" {
			form.Set("ErrorCode", c.code)
		}
		d.news = nil
		if w := d.post(newsHook+"?attempt=a%2Bb", formType, form.Encode(), form); w.Code != 204 || len(d.news) != 1 {
			t.Fatalf("%s: answered %d, %d news", c.status, w.Code, len(d.news))
		}
		if n := d.news[0]; n.ProviderID != "SM9" || n.AttemptToken != "a+b" || n.Fate != c.want || n.OptedOut != c.optedOut {
			t.Errorf("%s: heard %+v", c.status, n)
		}
	}
	form := url.Values{"MessageSid": {"SM9"}}
	if w := d.post(newsHook, formType, form.Encode(), form); w.Code != 400 {
		t.Errorf("news without a status were answered %d", w.Code)
	}
}

// TestRefused: what is wrong never reaches the desk, and the log says why without saying who.
func TestRefused(t *testing.T) {
	good := text()
	signature := twiliosrv.Sign(demo.TwilioToken, public+textHook, good)
	for _, c := range []struct {
		what, path, contentType, body, signature string
		want                                     int
	}{
		{"no signature", textHook, formType, good.Encode(), "", 403},
		{"another token", textHook, formType, good.Encode(), twiliosrv.Sign("another", public+textHook, good), 403},
		{"signed for the Host it came to", textHook, formType, good.Encode(), twiliosrv.Sign(demo.TwilioToken, "http://10.0.0.1:8080"+textHook, good), 403},
		{"signed for http", textHook, formType, good.Encode(), twiliosrv.Sign(demo.TwilioToken, "http://placet.example"+textHook, good), 403},
		{"signed without the query", textHook + "?a=1", formType, good.Encode(), signature, 403},
		{"signed for status", textHook, formType, good.Encode(), twiliosrv.Sign(demo.TwilioToken, public+newsHook, good), 403},
		{"an account nobody has", "/hooks/twilio/ACnone/sms", formType, good.Encode(), twiliosrv.Sign(demo.TwilioToken, public+"/hooks/twilio/ACnone/sms", good), 403},
		{"changed body", textHook, formType, text("Body", "SI").Encode(), signature, 403},
		{"repeated key", textHook, formType, good.Encode() + "&Body=STOP", signature, 400},
		{"repeated signed key first", textHook, formType, "Body=STOP&" + good.Encode(), signature, 400},
		{"wrong type", textHook, "text/plain", good.Encode(), signature, 415},
		{"multipart", textHook, "multipart/form-data; boundary=x", good.Encode(), signature, 415},
		{"type with a tail", textHook, formType + "x", good.Encode(), signature, 415},
		{"broken escape", textHook, formType, good.Encode() + "&a=%", signature, 400},
		{"too large", textHook, formType, good.Encode() + "&a=" + strings.Repeat("a", 64<<10), signature, 413},
	} {
		d := newDoor(t)
		w := d.send(c.path, c.contentType, c.body, c.signature)
		if w.Code != c.want || len(d.texts)+len(d.news) != 0 {
			t.Errorf("%s: answered %d, want %d; %d reached the desk", c.what, w.Code, c.want, len(d.texts))
		}
		if fmt.Sprint(d.counted) != "[refused]" || !strings.Contains(d.log.String(), "webhook refused") {
			t.Errorf("%s: counted %v, logged %q", c.what, d.counted, d.log.String())
		}
		if l := d.log.String() + w.Body.String(); strings.Contains(l, "3391100001") || strings.Contains(l, "123456") {
			t.Errorf("%s: gives away who wrote what: %s", c.what, l)
		}
	}
}

// TestSigned: a signature does not make a form fit.
func TestSigned(t *testing.T) {
	for _, c := range []struct {
		what  string
		form  url.Values
		want  int
		reach int
	}{
		{"empty body", text("Body", ""), 200, 1},
		{"not UTF-8", text("Body", "\xff\xfe"), 400, 0},
		{"key not UTF-8", text("a\xff", "b"), 400, 0},
		{"NUL in the text", text("Body", "SI\x00"), 200, 1},
		{"NUL in the id", text("MessageSid", "SM\x00"), 400, 0},
		{"no id", text("MessageSid", ""), 400, 0},
		{"endless id", text("MessageSid", strings.Repeat("S", 65)), 400, 0},
		{"no sender", text("From", ""), 400, 0},
		{"another account", text("AccountSid", "ACother"), 403, 0},
		{"an unknown number", text("To", "41431"), 404, 0},
		{"a short code as sender", text("From", "40123"), 200, 0},
		{"a name as sender", text("From", "RossiModa"), 200, 0},
		{"media", text("NumMedia", "1"), 200, 1},
		{"half a medium", text("NumMedia", "x"), 400, 0},
	} {
		d := newDoor(t)
		w := d.post(textHook, formType, c.form.Encode(), c.form)
		if w.Code != c.want || len(d.texts) != c.reach {
			t.Errorf("%s: answered %d, want %d; %d reached the desk, want %d: %s", c.what, w.Code, c.want, len(d.texts), c.reach, w.Body)
		}
	}
}

// TestSeams: Twilio's signature joins keys and values without a mark between
// them, so text can be moved from the head of a value to the end of its key and
// stay signed. Nothing that is acted upon may get lost that way.
func TestSeams(t *testing.T) {
	for _, key := range []string{"MessageSid", "AccountSid", "From", "To", "Body"} {
		form := text("Body", "STOP")
		v := form.Get(key)
		for cut := 1; cut <= len(v); cut++ {
			moved := text("Body", "STOP")
			moved.Del(key)
			moved.Set(key+v[:cut], v[cut:])
			d := newDoor(t)
			w := d.post(textHook, formType, moved.Encode(), form)
			if w.Code != 400 && w.Code != 403 || len(d.texts) != 0 {
				t.Errorf("%s, %d letters moved: answered %d, %d reached the desk", key, cut, w.Code, len(d.texts))
			}
		}
	}
}

// TestUnavailable: what is not durable is not acknowledged.
func TestUnavailable(t *testing.T) {
	d := newDoor(t)
	d.failure = fmt.Errorf("commit: %w", optin.ErrUnavailable)
	news := url.Values{"MessageSid": {"SM9"}, "MessageStatus": {"sent"}}
	for what, w := range map[string]*httptest.ResponseRecorder{
		"text": d.post(textHook, formType, text().Encode(), text()), "news": d.post(newsHook, formType, news.Encode(), news),
	} {
		if w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s without a database: answered %d, Retry-After %q", what, w.Code, w.Header().Get("Retry-After"))
		}
	}
	d.failure = errors.New("anything else")
	if w := d.post(textHook, formType, text().Encode(), text()); w.Code != 503 {
		t.Errorf("another failure: answered %d", w.Code)
	}
}

// fragments are what bodies are made of in TestWildBodies: things that have broken parsers before.
var fragments = []string{
	"STOP", "SI", "NO", "CARTA", "123456", "OFFERTE", "AIUTO", "basta", "спри", "ДА", " ", "\n", "\r", "\t", "\x00", "\x1b", "\u202e", "\u200b", "\u200d",
	"\ufeff", "\u0301", "🛑", "👩\u200d👩\u200d👧", "€", "[", "{{.}}", "%s", "%00", "'; --", "<script>", "&", "=", "+", ";", "\\", `"`, "ﷺ", "İ", "ß", "ſ", "ｓｔｏｐ", "\U0010ffff",
	strings.Repeat("A", 1700), strings.Repeat("\u0301", 200), strings.Repeat("9", 60), "\xff", "\xed\xa0\x80", "\xc0\xaf",
}

// TestWildBodies posts generated webhooks, signed, to a whole gateway on a real
// database: some are taken, some refused, none breaks anything (reliability.md T11).
func TestWildBodies(t *testing.T) {
	g := gatewaytest.New(t, "sqlite:"+t.TempDir()+"/placet.db")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 11))
	pick := func(from []string) string { return from[rng.IntN(len(from))] }
	wild := func() string {
		var b strings.Builder
		for range rng.IntN(6) {
			b.WriteString(pick(fragments))
		}
		return b.String()
	}
	codes := map[int]int{}
	for i := range 500 {
		form := url.Values{
			"MessageSid": {fmt.Sprint("SM", i)}, "AccountSid": {demo.TwilioAccount},
			"From": {fmt.Sprintf("+3933911%05d", rng.IntN(20))}, "To": {"41430"}, "Body": {wild()},
		}
		what := pick([]string{"sms", "sms", "sms", "status"})
		if what == "status" {
			form = url.Values{"MessageSid": {wild()}, "MessageStatus": {pick([]string{"sent", "failed", wild()})}, "ErrorCode": {pick([]string{"0", "21610", wild()})}}
		}
		if rng.IntN(3) == 0 {
			form.Set(pick([]string{"From", "To", "MessageSid", "NumMedia", "OptOutType", "FromCountry", wild()}), wild())
		}
		body := form.Encode()
		switch rng.IntN(8) {
		case 0:
			body = body[:rng.IntN(len(body))]
		case 1:
			body += "&" + wild()
		case 2:
			body = wild() + body
		case 3:
			body = strings.Repeat(body+"&", 1+rng.IntN(50))
		}
		signed, err := url.ParseQuery(body) // as far as it can be read, it is signed
		if err != nil {
			signed = form
		}
		u := gatewaytest.Public + "/hooks/twilio/" + demo.TwilioAccount + "/" + what
		r := httptest.NewRequest(http.MethodPost, u, strings.NewReader(body))
		r.Header.Set(echo.HeaderContentType, formType)
		r.Header.Set("X-Twilio-Signature", twiliosrv.Sign(demo.TwilioToken, u, signed))
		w := g.Do(r)
		codes[w.Code]++
		if w.Code >= 500 {
			t.Errorf("answered %d: %s %q", w.Code, what, body[:min(len(body), 300)])
		}
	}
	g.Move()
	g.CheckLedger()
	t.Logf("answers: %v", codes)
	if codes[200] < 50 || codes[400] < 20 {
		t.Errorf("too few were taken or refused to mean anything: %v", codes)
	}
}

// FuzzForm: no body, signature or content type breaks the door, and nothing that
// was not signed gets through it.
func FuzzForm(f *testing.F) {
	for _, x := range fragments {
		f.Add(text("Body", x).Encode(), formType, true)
	}
	for _, body := range []string{
		"", "&", "=", "%", "a=%zz", "Body=STOP&Body=SI", "Body;x=1", "MessageSid=SM1", text().Encode() + "&" + text().Encode(), text("To", "x").Encode(), text("From", "1").Encode(),
	} {
		f.Add(body, formType, true)
		f.Add(body, formType+"; charset=utf-8", false)
	}
	f.Add(text().Encode(), "multipart/form-data; boundary=\"", true)
	d := newDoor(f)
	f.Fuzz(func(t *testing.T, body, contentType string, sign bool) {
		signature := "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
		form, err := url.ParseQuery(body)
		if sign && err == nil {
			signature = twiliosrv.Sign(demo.TwilioToken, public+textHook, form)
		}
		d.texts, d.news, d.counted = nil, nil, nil
		d.log.Reset()
		w := d.send(textHook, contentType, body, signature)
		switch w.Code {
		case 200:
			if !sign || err != nil || len(d.texts) > 1 {
				t.Fatalf("taken, signed %v, %v: %q", sign, err, body)
			}
			for k, vs := range form {
				if len(vs) != 1 || len(d.texts) == 1 && d.texts[0].Raw[k] != vs[0] && k != "signature" && k != "idempotency_token" {
					t.Fatalf("taken, but %q=%q is not what is kept: %q", k, vs, body)
				}
			}
		case 400, 403, 404, 413, 415:
			if len(d.texts) != 0 {
				t.Fatalf("refused with %d, but the desk has it: %q", w.Code, body)
			}
		default:
			t.Fatalf("answered %d: %q", w.Code, body)
		}
	})
}
