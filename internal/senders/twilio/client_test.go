package twilio_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/gatewaytest/twiliosrv"
	"placet/internal/message"
	"placet/internal/senders"
	"placet/internal/senders/twilio"
)

const account = "ACdddddddddddddddddddddddddddddddd"

var start = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

func text(t *testing.T) message.Outgoing {
	t.Helper()
	to, err := address.ParsePhone("+393339990001", "")
	if err != nil {
		t.Fatal(err)
	}
	return message.Outgoing{ID: "m1", Channel: consent.SMS, From: "41430", To: to, Text: "Sì & no + 1 – ciao 👋",
		AttemptToken: "tok/en+1", At: start, ExpiresAt: start.Add(90 * time.Minute)}
}

func client(t *testing.T, apiBase string) *twilio.Client {
	t.Helper()
	c, err := twilio.New(twilio.Config{AccountSID: account, AuthToken: "demo-auth-token", APIBase: apiBase,
		CallbackBase: "https://placet.example/", Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestSend(t *testing.T) {
	srv := twiliosrv.New(t, twiliosrv.Options{})
	m := text(t)
	sid, err := client(t, srv.URL).Send(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	reqs := srv.Requests()
	if len(reqs) != 1 || reqs[0].SID != sid {
		t.Fatalf("sid %q, requests %v", sid, reqs)
	}
	want := url.Values{"To": {"+393339990001"}, "From": {"41430"}, "Body": {m.Text},
		"ValidityPeriod": {"5400"}, "SmartEncoded": {"false"},
		"StatusCallback": {"https://placet.example/hooks/twilio/" + account + "/status?attempt=tok%2Fen%2B1"}}
	if got := reqs[0].Form.Encode(); got != want.Encode() {
		t.Errorf("sent %s\nwant %s", got, want.Encode())
	}
}

func TestValidity(t *testing.T) {
	srv := twiliosrv.New(t, twiliosrv.Options{})
	c := client(t, srv.URL)
	for _, tt := range []struct {
		left time.Duration
		want string
	}{
		{time.Second, "1"}, {1999 * time.Millisecond, "1"}, {4 * time.Hour, "14400"}, {48 * time.Hour, "14400"},
	} {
		m := text(t)
		m.ExpiresAt = m.At.Add(tt.left)
		if _, err := c.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		reqs := srv.Requests()
		if got := reqs[len(reqs)-1].Form.Get("ValidityPeriod"); got != tt.want {
			t.Errorf("%v left: ValidityPeriod %s, want %s", tt.left, got, tt.want)
		}
	}
	m := text(t)
	m.ExpiresAt = m.At.Add(999 * time.Millisecond)
	before := srv.Calls()
	var no *senders.Refusal
	if _, err := c.Send(t.Context(), m); !errors.As(err, &no) || no.Code != "expired" || srv.Calls() != before {
		t.Errorf("a text too late to send: %v, %d calls", err, srv.Calls()-before)
	}
}

// What each answer means; "unknown" must never be a refusal, or a text is sent twice.
func TestOutcomes(t *testing.T) {
	tests := []struct {
		name  string
		fault twiliosrv.Fault
		want  *senders.Refusal // nil: not known
	}{
		{"opted out", twiliosrv.OptedOut, &senders.Refusal{Code: "21610", OptedOut: true}},
		{"no number", twiliosrv.NotANumber, &senders.Refusal{Code: "21211", Dead: true}},
		{"no mobile", twiliosrv.Fault{Status: 400, Code: 21614}, &senders.Refusal{Code: "21614", Dead: true}},
		{"landline", twiliosrv.Fault{Status: 400, Code: 21635}, &senders.Refusal{Code: "21635", Dead: true}},
		{"unknown code", twiliosrv.Fault{Status: 400, Code: 99999}, &senders.Refusal{Code: "99999"}},
		{"queue full", twiliosrv.Fault{Status: 400, Code: 21611}, &senders.Refusal{Code: "21611", Again: time.Minute}},
		{"credentials", twiliosrv.Fault{Status: 401, Code: 20003}, &senders.Refusal{Code: "20003", Again: time.Minute}},
		{"html from a proxy", twiliosrv.Fault{Status: 403, Raw: "<html>no</html>"}, &senders.Refusal{Code: "http 403"}},
		{"too many", twiliosrv.TooMany, &senders.Refusal{Code: "20429", Again: 2 * time.Second}},
		{"too many, no hint", twiliosrv.Fault{Status: 429, Raw: "slow down"}, &senders.Refusal{Code: "http 429", Again: time.Second}},
		{"too many, absurd hint", twiliosrv.Fault{Status: 429, RetryAfter: "999999999"}, &senders.Refusal{Code: "http 429", Again: time.Hour}},
		{"redirect kept", twiliosrv.Fault{Status: 307, Location: "/2010-04-01/Accounts/" + account + "/Messages.json"}, &senders.Refusal{Code: "http 307"}},
		{"redirect permanent", twiliosrv.Fault{Status: 308, Location: "/2010-04-01/Accounts/" + account + "/Messages.json"}, &senders.Refusal{Code: "http 308"}},
		{"redirect found", twiliosrv.Fault{Status: 302, Location: "/"}, &senders.Refusal{Code: "http 302"}},
		{"see other", twiliosrv.Fault{Status: 303, Location: "/", Take: true}, nil},
		{"server error", twiliosrv.Broken, nil},
		{"server error, taken", twiliosrv.Fault{Status: 503, Take: true}, nil},
		{"gateway html", twiliosrv.Fault{Status: 502, Raw: "<html>bad gateway</html>"}, nil},
		{"request timeout", twiliosrv.Fault{Status: 408}, nil},
		{"created, unreadable", twiliosrv.Fault{Status: 201, Raw: "{", Take: true}, nil},
		{"created, no sid", twiliosrv.Fault{Status: 201, Raw: "{}", Take: true}, nil},
		{"taken and lost", twiliosrv.TakenAndLost, nil},
	}
	srv := twiliosrv.New(t, twiliosrv.Options{})
	c := client(t, srv.URL)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(srv.Requests())
			srv.Fault(tt.fault)
			sid, err := c.Send(t.Context(), text(t))
			if err == nil || sid != "" {
				t.Fatalf("sid %q, no error", sid)
			}
			if strings.Contains(err.Error(), "393339990001") || strings.Contains(err.Error(), account) {
				t.Errorf("the error tells too much: %v", err)
			}
			var no *senders.Refusal
			if !errors.As(err, &no) {
				no = nil
			}
			switch {
			case (no == nil) != (tt.want == nil):
				t.Errorf("got %v, want refusal: %v", err, tt.want != nil)
			case no != nil:
				got := *no
				if got.Provider != "twilio" || got.Reason == "" {
					t.Errorf("provider or reason missing: %+v", got)
				}
				got.Provider, got.Reason = "", ""
				if got != *tt.want {
					t.Errorf("got %+v, want %+v", got, *tt.want)
				}
			}
			if n := len(srv.Requests()) - before; n != 1 {
				t.Errorf("%d requests reached Twilio, want exactly 1", n)
			}
		})
	}
}

func TestTimeoutIsNotKnown(t *testing.T) {
	srv := twiliosrv.New(t, twiliosrv.Options{})
	c := client(t, srv.URL)
	srv.Fault(twiliosrv.TakenAndHung)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := c.Send(ctx, text(t))
		done <- err
	}()
	for len(srv.Requests()) == 0 {
		select {
		case err := <-done:
			t.Fatalf("answered early: %v", err)
		default:
		}
	}
	cancel()
	err := <-done
	var no *senders.Refusal
	if err == nil || errors.As(err, &no) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a plain error around the cancellation", err)
	}
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refusing := "http://" + l.Addr().String()
	l.Close()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	srv := twiliosrv.New(t, twiliosrv.Options{})
	for _, tt := range []struct {
		name string
		base string
		ctx  context.Context
	}{
		{"refused", refusing, t.Context()},
		{"no such host", "https://nowhere.invalid", t.Context()},
		{"cancelled before", srv.URL, gone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := client(t, tt.base).Send(tt.ctx, text(t))
			var no *senders.Refusal
			if !errors.As(err, &no) || no.Again <= 0 || no.Code != "unreachable" {
				t.Errorf("got %v, want a passing refusal", err)
			}
		})
	}
	if n := srv.Calls(); n != 0 {
		t.Errorf("%d calls", n)
	}
}

// A server that cuts the connection after reading must not make the transport
// send the same POST again on another one.
func TestConnectionCutIsNotRepeated(t *testing.T) {
	var mu sync.Mutex
	posts := 0
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		posts++
		first := posts == 1
		mu.Unlock()
		if first {
			w.WriteHeader(http.StatusCreated)
			_, _ = fmt.Fprint(w, `{"sid":"SM1"}`)
			return
		}
		panic(http.ErrAbortHandler)
	})}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	c := client(t, "http://"+l.Addr().String())
	if _, err := c.Send(t.Context(), text(t)); err != nil {
		t.Fatal(err)
	}
	_, err = c.Send(t.Context(), text(t)) // on the kept connection
	var no *senders.Refusal
	if err == nil || errors.As(err, &no) {
		t.Errorf("got %v, want a plain error", err)
	}
	mu.Lock()
	defer mu.Unlock()
	if posts != 2 {
		t.Errorf("%d posts for 2 sends", posts)
	}
}

func TestContentIsRefusedUnasked(t *testing.T) {
	srv := twiliosrv.New(t, twiliosrv.Options{})
	c := client(t, srv.URL)
	mail, err := address.ParseEmail("anna@example.com")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*message.Outgoing){
		"e-mail address": func(m *message.Outgoing) { m.To = mail },
		"e-mail channel": func(m *message.Outgoing) { m.Channel = consent.Email },
		"no sender":      func(m *message.Outgoing) { m.From = "" },
		"no text":        func(m *message.Outgoing) { m.Text = "" },
	} {
		m := text(t)
		change(&m)
		var no *senders.Refusal
		if _, err := c.Send(t.Context(), m); !errors.As(err, &no) || no.Code != "content" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := srv.Calls(); n != 0 {
		t.Errorf("%d calls", n)
	}
}

func TestList(t *testing.T) {
	now := start
	srv := twiliosrv.New(t, twiliosrv.Options{Now: func() time.Time { return now }})
	c := client(t, srv.URL)
	m := text(t)
	m.Text = "too old"
	if _, err := c.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	now = start.Add(time.Hour)
	m.Text = "lost"
	srv.Fault(twiliosrv.TakenAndLost)
	if _, err := c.Send(t.Context(), m); err == nil {
		t.Fatal("no error")
	}
	srv.Deliver("failed:30003")
	other := text(t)
	other.To, _ = address.ParsePhone("+393339990002", "")
	if _, err := c.Send(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	found, err := c.List(t.Context(), m.To, start.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	want := senders.Found{ProviderID: srv.Requests()[1].SID, Body: "lost", Fate: message.Failed, ErrorCode: "30003", At: now}
	if len(found) != 1 || !found[0].At.Equal(now) {
		t.Fatalf("found %+v", found)
	}
	found[0].At = now
	if found[0] != want {
		t.Errorf("found %+v, want %+v", found[0], want)
	}
}

func TestListFails(t *testing.T) {
	srv := twiliosrv.New(t, twiliosrv.Options{AuthToken: "another"})
	_, err := client(t, srv.URL).List(t.Context(), text(t).To, start)
	if err == nil || strings.Contains(err.Error(), "393339990001") || !strings.Contains(err.Error(), "20003") {
		t.Errorf("got %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	good := twilio.Config{AccountSID: account, AuthToken: "x", CallbackBase: "https://placet.example"}
	for name, change := range map[string]func(*twilio.Config){
		"no account":             func(c *twilio.Config) { c.AccountSID = "" },
		"no token":               func(c *twilio.Config) { c.AuthToken = "" },
		"no callback":            func(c *twilio.Config) { c.CallbackBase = "" },
		"callback with query":    func(c *twilio.Config) { c.CallbackBase = "https://placet.example/?a=b" },
		"token in clear":         func(c *twilio.Config) { c.APIBase = "http://api.twilio.example" },
		"no URL":                 func(c *twilio.Config) { c.APIBase = "api.twilio.com" },
		"credentials in the URL": func(c *twilio.Config) { c.APIBase = "https://a:b@api.twilio.com" },
	} {
		cfg := good
		change(&cfg)
		if _, err := twilio.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := twilio.New(good); err != nil {
		t.Error(err)
	}
}

// Callbacks signed by the loopback Twilio pass the verifier, in any order the
// test asks for, and name the attempt in their query.
func TestCallbacks(t *testing.T) {
	v, err := twilio.NewVerifier("demo-auth-token")
	if err != nil {
		t.Fatal(err)
	}
	type heard struct {
		attempt string
		news    senders.News
	}
	var mu sync.Mutex
	var got []heard
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	hooks := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		if err := v.Check("https://placet.example"+r.URL.RequestURI(), r.PostForm, r.Header.Get(twilio.SignatureHeader)); err != nil {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		news, err := twilio.ParseStatus(r.PostForm)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		mu.Lock()
		got = append(got, heard{r.URL.Query().Get("attempt"), news})
		mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	})}
	go func() { _ = hooks.Serve(l) }()
	t.Cleanup(func() { _ = hooks.Close() })

	srv := twiliosrv.New(t, twiliosrv.Options{Gateway: "http://" + l.Addr().String(), Auto: true, Early: true})
	sid, err := client(t, srv.URL).Send(t.Context(), text(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []message.Fate{message.Sent, message.Delivered}
	mu.Lock()
	defer mu.Unlock()
	if len(got) != len(want) {
		t.Fatalf("heard %+v before the answer, want sent and delivered", got)
	}
	for i, h := range got {
		if h.attempt != "tok/en+1" || h.news.ProviderID != sid || h.news.Fate != want[i] {
			t.Errorf("heard %+v, want %s", h, want[i])
		}
	}
}
