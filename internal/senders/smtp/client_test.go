package smtp_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/gatewaytest/smtpsink"
	"placet/internal/message"
	"placet/internal/senders"
	"placet/internal/senders/smtp"
)

var start = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

func letter(t *testing.T, to string) message.Outgoing {
	t.Helper()
	a, err := address.ParseEmail(to)
	if err != nil {
		t.Fatal(err)
	}
	return message.Outgoing{ID: "msg-1", Channel: consent.Email, Kind: message.OptinRequest, To: a,
		From: "ciao@rossimoda.example", FromName: "Rossi Moda", Subject: "Conferma",
		Text: ".\n..\n.confirm\n", AttemptToken: "tok-1", At: start}
}

func client(t *testing.T, cfg smtp.Config) *smtp.Client {
	t.Helper()
	cfg.FromDomain = "rossimoda.example"
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	c, err := smtp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func clear(s *smtpsink.Server) smtp.Config {
	return smtp.Config{Host: s.Host, Port: s.Port, TLS: smtp.None}
}

func refused(err error) *senders.Refusal {
	var no *senders.Refusal
	if errors.As(err, &no) {
		return no
	}
	return nil
}

func TestSend(t *testing.T) {
	answer := &smtpsink.Error{Code: 250, EnhancedCode: [3]int{2, 0, 0}, Message: "Ok: queued as 4Zx9.1"}
	var words error
	sink := smtpsink.New(t, smtpsink.Options{OnData: func(smtpsink.Mail, net.Conn) error { return words }})
	c := client(t, clear(sink))
	id, err := c.Send(t.Context(), letter(t, "anna@example.com"))
	if err != nil || id != "<msg-1@rossimoda.example>" {
		t.Errorf("id %q, %v", id, err)
	}
	words = answer
	if id, err = c.Send(t.Context(), letter(t, "anna@example.com")); err != nil || id != "4Zx9.1" {
		t.Errorf("id %q, %v", id, err)
	}
	mails := sink.Mails()
	if len(mails) != 2 || sink.Conns() != 1 {
		t.Fatalf("%d mails over %d connections", len(mails), sink.Conns())
	}
	m := mails[0]
	if m.From != "bounce+tok-1@rossimoda.example" || m.To != "anna@example.com" || m.TLS {
		t.Errorf("envelope %+v", m)
	}
	if _, body, _ := strings.Cut(string(m.Data), "\r\n\r\n"); body != ".\r\n..\r\n.confirm\r\n" {
		t.Errorf("body %q", body)
	}
}

func TestTLSPolicy(t *testing.T) {
	plain := smtpsink.New(t, smtpsink.Options{})
	starttls := smtpsink.New(t, smtpsink.Options{STARTTLS: true})
	first := smtpsink.New(t, smtpsink.Options{TLSFirst: true})
	locked := smtpsink.New(t, smtpsink.Options{STARTTLS: true, Username: "u", Password: "p"})
	tests := []struct {
		name            string
		sink            *smtpsink.Server
		policy          string
		trusted, first  bool
		user            string
		arrives, inside bool // inside: over TLS
	}{
		{"require, trusted", starttls, smtp.Require, true, false, "", true, true},
		{"require is the default", starttls, "", true, false, "", true, true},
		{"require, not trusted", starttls, smtp.Require, false, false, "", false, false},
		{"require, not offered", plain, smtp.Require, true, false, "", false, false},
		{"default, not offered", plain, "", true, false, "", false, false},
		{"from the first byte", first, smtp.Require, true, true, "", true, true},
		{"from the first byte, not trusted", first, smtp.Require, false, true, "", false, false},
		{"opportunistic, not trusted", starttls, smtp.Opportunistic, false, false, "", true, true},
		{"opportunistic, not trusted, password", locked, smtp.Opportunistic, false, false, "u", false, false},
		{"opportunistic, not offered", plain, smtp.Opportunistic, false, false, "", true, false},
		{"none", starttls, smtp.None, false, false, "", true, false},
		{"password over TLS", locked, smtp.Require, true, false, "u", true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := smtp.Config{Host: tt.sink.Host, Port: tt.sink.Port, TLS: tt.policy}
			if tt.trusted {
				cfg.Roots = tt.sink.Roots
			}
			if tt.user != "" {
				cfg.Username, cfg.Password = tt.user, "p"
			}
			c := client(t, cfg)
			if tt.first {
				c.SpeakTLSFirst()
			}
			before := len(tt.sink.Mails())
			_, err := c.Send(t.Context(), letter(t, "anna@example.com"))
			mails := tt.sink.Mails()[before:]
			if tt.arrives {
				if err != nil || len(mails) != 1 || mails[0].TLS != tt.inside {
					t.Errorf("%v, %+v", err, mails)
				}
				return
			}
			if no := refused(err); no == nil || no.Again <= 0 || len(mails) != 0 {
				t.Errorf("%v, %d mails; want a passing refusal and none", err, len(mails))
			}
		})
	}
}

func TestAuth(t *testing.T) {
	sink := smtpsink.New(t, smtpsink.Options{Username: "u", Password: "right"})
	cfg := clear(sink)
	cfg.Username, cfg.Password = "u", "right"
	if _, err := client(t, cfg).Send(t.Context(), letter(t, "anna@example.com")); err != nil {
		t.Error(err)
	}
	cfg.Password = "wrong"
	_, err := client(t, cfg).Send(t.Context(), letter(t, "anna@example.com"))
	if no := refused(err); no == nil || no.Again <= 0 || !strings.HasPrefix(no.Code, "535") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("wrong password: %v", err)
	}
	open := smtpsink.New(t, smtpsink.Options{})
	cfg = clear(open)
	cfg.Username, cfg.Password = "u", "p"
	_, err = client(t, cfg).Send(t.Context(), letter(t, "anna@example.com"))
	if no := refused(err); no == nil || no.Code != "setup" {
		t.Errorf("no AUTH offered: %v", err)
	}
}

func status(code, a, b, c int) error {
	return &smtpsink.Error{Code: code, EnhancedCode: [3]int{a, b, c}, Message: "<anna@example.com> said no"}
}

func TestOutcomes(t *testing.T) {
	busy := 5 * time.Minute
	tests := []struct {
		name             string
		mail, rcpt, data error
		want             senders.Refusal
	}{
		{"no such user", nil, status(550, 5, 1, 1), nil, senders.Refusal{Code: "550 5.1.1", Dead: true}},
		{"no such host", nil, status(550, 5, 1, 2), nil, senders.Refusal{Code: "550 5.1.2", Dead: true}},
		{"bad syntax", nil, status(553, 5, 1, 3), nil, senders.Refusal{Code: "553 5.1.3", Dead: true}},
		{"moved", nil, status(551, 5, 1, 6), nil, senders.Refusal{Code: "551 5.1.6", Dead: true}},
		{"null mx", nil, status(556, 5, 1, 10), nil, senders.Refusal{Code: "556 5.1.10", Dead: true}},
		{"disabled", nil, status(550, 5, 2, 1), nil, senders.Refusal{Code: "550 5.2.1", Dead: true}},
		{"full", nil, status(552, 5, 2, 2), nil, senders.Refusal{Code: "552 5.2.2"}},
		{"policy", nil, status(550, 5, 7, 1), nil, senders.Refusal{Code: "550 5.7.1"}},
		{"our sender", status(550, 5, 1, 1), nil, nil, senders.Refusal{Code: "550 5.1.1"}}, // about us: nobody is dead
		{"greylisted", nil, status(450, 4, 2, 0), nil, senders.Refusal{Code: "450 4.2.0", Again: busy}},
		{"sender later", status(451, 4, 3, 0), nil, nil, senders.Refusal{Code: "451 4.3.0", Again: busy}},
		{"after the dot", nil, nil, status(554, 5, 7, 26), senders.Refusal{Code: "554 5.7.26"}},
		{"after the dot, dead", nil, nil, status(550, 5, 1, 1), senders.Refusal{Code: "550 5.1.1", Dead: true}},
		{"after the dot, later", nil, nil, status(452, 4, 3, 1), senders.Refusal{Code: "452 4.3.1", Again: busy}},
	}
	var now struct{ mail, rcpt, data error }
	sink := smtpsink.New(t, smtpsink.Options{
		OnMail: func(string) error { return now.mail },
		OnRcpt: func(string) error { return now.rcpt },
		OnData: func(smtpsink.Mail, net.Conn) error { return now.data },
	})
	c := client(t, clear(sink))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now.mail, now.rcpt, now.data = tt.mail, tt.rcpt, tt.data
			_, err := c.Send(t.Context(), letter(t, "anna@example.com"))
			no := refused(err)
			if no == nil {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), "anna") || no.Reason == "" || no.Provider != "smtp" {
				t.Errorf("got %v", err)
			}
			got := *no
			got.Provider, got.Reason = "", ""
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
	now.mail, now.rcpt, now.data = nil, nil, nil
	if _, err := c.Send(t.Context(), letter(t, "anna@example.com")); err != nil || len(sink.Mails()) != 1 {
		t.Errorf("after all that: %v, %d mails", err, len(sink.Mails()))
	}
	if sink.Conns() != 1 {
		t.Errorf("%d connections: a refusal is no reason to hang up", sink.Conns())
	}
}

// Once the dot is out, only an answer tells.
func TestLostAfterTheDotIsNotKnown(t *testing.T) {
	t.Run("cut", func(t *testing.T) {
		sink := smtpsink.New(t, smtpsink.Options{OnData: func(_ smtpsink.Mail, c net.Conn) error { return c.Close() }})
		_, err := client(t, clear(sink)).Send(t.Context(), letter(t, "anna@example.com"))
		if err == nil || refused(err) != nil || len(sink.Mails()) != 1 {
			t.Errorf("%v, %d mails", err, len(sink.Mails()))
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		release := make(chan struct{})
		sink := smtpsink.New(t, smtpsink.Options{OnData: func(smtpsink.Mail, net.Conn) error {
			cancel()
			<-release
			return nil
		}})
		_, err := client(t, clear(sink)).Send(ctx, letter(t, "anna@example.com"))
		close(release)
		if err == nil || refused(err) != nil {
			t.Errorf("got %v, want a plain error", err)
		}
	})
}

func TestConnectionsAreKeptAndChecked(t *testing.T) {
	sink := smtpsink.New(t, smtpsink.Options{})
	c := client(t, clear(sink))
	send := func(at time.Time) {
		t.Helper()
		m := letter(t, "anna@example.com")
		m.At = at
		if _, err := c.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	steps := []struct {
		name  string
		at    time.Time
		cut   bool
		conns int
	}{
		{"first", start, false, 1},
		{"kept", start.Add(30 * time.Second), false, 1},
		{"too old", start.Add(61 * time.Second), false, 2},
		{"closed by the relay", start.Add(62 * time.Second), true, 3},
		{"clock set back", start.Add(-time.Hour), false, 4},
	}
	for i, s := range steps {
		if s.cut {
			sink.Cut()
		}
		send(s.at)
		if len(sink.Mails()) != i+1 || sink.Conns() != s.conns {
			t.Errorf("%s: %d mails over %d connections, want %d over %d", s.name, len(sink.Mails()), sink.Conns(), i+1, s.conns)
		}
	}
}

func TestConcurrentSends(t *testing.T) {
	sink := smtpsink.New(t, smtpsink.Options{})
	cfg := clear(sink)
	cfg.MaxIdle = 4
	c := client(t, cfg)
	m := letter(t, "anna@example.com")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 25 {
				if _, err := c.Send(t.Context(), m); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(sink.Mails()); n != 200 {
		t.Errorf("%d mails", n)
	}
}

func TestSMTPUTF8(t *testing.T) {
	for _, offered := range []bool{true, false} {
		sink := smtpsink.New(t, smtpsink.Options{SMTPUTF8: offered})
		_, err := client(t, clear(sink)).Send(t.Context(), letter(t, "мария@example.com"))
		mails := sink.Mails()
		if offered {
			if err != nil || len(mails) != 1 || !mails[0].UTF8 || mails[0].To != "мария@example.com" || !strings.Contains(string(mails[0].Data), "To: <мария@example.com>\r\n") {
				t.Errorf("offered: %v, %+v", err, mails)
			}
			continue
		}
		if no := refused(err); no == nil || no.Code != "smtputf8" || no.Again != 0 || len(mails) != 0 {
			t.Errorf("not offered: %v", err)
		}
	}
}

func TestSizeIsAnnounced(t *testing.T) {
	sink := smtpsink.New(t, smtpsink.Options{MaxBytes: 2000})
	m := letter(t, "anna@example.com")
	m.Text = strings.Repeat("long ", 1000)
	_, err := client(t, clear(sink)).Send(t.Context(), m)
	if no := refused(err); no == nil || !strings.HasPrefix(no.Code, "552") || no.Dead {
		t.Errorf("got %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	sink := smtpsink.New(t, smtpsink.Options{})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		cfg smtp.Config
		ctx context.Context
	}{
		"refused":          {smtp.Config{Host: "127.0.0.1", Port: port, TLS: smtp.None}, t.Context()},
		"no such host":     {smtp.Config{Host: "nowhere.invalid", TLS: smtp.None}, t.Context()},
		"cancelled before": {clear(sink), gone},
	} {
		_, err := client(t, tt.cfg).Send(tt.ctx, letter(t, "anna@example.com"))
		if no := refused(err); no == nil || no.Again <= 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	m := letter(t, "anna@example.com")
	m.ExpiresAt = m.At
	_, err = client(t, clear(sink)).Send(t.Context(), m)
	if no := refused(err); no == nil || no.Code != "expired" {
		t.Errorf("too late: %v", err)
	}
	if sink.Conns() != 0 {
		t.Errorf("%d connections", sink.Conns())
	}
}

// relay plays a mail server by hand: what the sink is too well-behaved for.
func relay(t *testing.T, play func(say func(string), hear func() string)) smtp.Config {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r := bufio.NewReader(c)
			play(func(s string) { _, _ = fmt.Fprint(c, strings.ReplaceAll(s, "\n", "\r\n")) },
				func() string { s, _ := r.ReadString('\n'); return strings.TrimRight(s, "\r\n") })
			c.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return smtp.Config{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: smtp.None}
}

func TestOddRelays(t *testing.T) {
	tests := []struct {
		name string
		tls  string
		play func(say func(string), hear func() string)
		code string // of the refusal; empty: not known
	}{
		{"words before TLS", smtp.Opportunistic, func(say func(string), hear func() string) {
			say("220 hi\n")
			hear()
			say("250-relay\n250 STARTTLS\n")
			hear()
			say("220 go\n250 injected\n")
			hear()
		}, "setup"},
		{"TLS offered, then refused", smtp.Require, func(say func(string), hear func() string) {
			say("220 hi\n")
			hear()
			say("250-relay\n250 STARTTLS\n")
			hear()
			say("454 4.7.0 no\n")
			hear()
		}, "454 4.7.0"},
		{"busy greeting", smtp.None, func(say func(string), hear func() string) { say("554 5.7.1 go away\n"); hear() }, "554 5.7.1"},
		{"hangs up at once", smtp.None, func(func(string), func() string) {}, "unreachable"},
		{"speaks no SMTP", smtp.None, func(say func(string), hear func() string) { say("HTTP/1.1 400 Bad Request\n\n"); hear() }, "unreachable"},
		{"endless reply", smtp.None, func(say func(string), _ func() string) {
			for range 2000 {
				say("220-" + strings.Repeat("x", 100) + "\n")
			}
		}, "unreachable"},
		{"gone before the go-ahead", smtp.None, func(say func(string), hear func() string) {
			say("220 hi\n")
			hear()
			say("250 relay\n")
			hear()
			say("250 ok\n")
			hear()
		}, "connection"},
		{"gone after the go-ahead", smtp.None, func(say func(string), hear func() string) {
			say("220 hi\n")
			hear()
			say("250 relay\n")
			for _, s := range []string{"250 ok\n", "250 ok\n", "354 go\n"} {
				hear()
				say(s)
			}
			for hear() != "." {
				continue
			}
		}, ""},
		{"an answer that is none", smtp.None, func(say func(string), hear func() string) {
			say("220 hi\n")
			hear()
			say("250 relay\n")
			for _, s := range []string{"250 ok\n", "250 ok\n", "354 go\n"} {
				hear()
				say(s)
			}
			for hear() != "." {
				continue
			}
			say("354 more\n")
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := relay(t, tt.play)
			cfg.TLS = tt.tls
			_, err := client(t, cfg).Send(t.Context(), letter(t, "anna@example.com"))
			no := refused(err)
			switch {
			case err == nil:
				t.Error("no error")
			case tt.code == "" && no != nil, tt.code != "" && (no == nil || no.Code != tt.code || no.Again <= 0):
				t.Errorf("got %v, want %q", err, tt.code)
			}
		})
	}
}

// With PIPELINING the envelope travels in one go; without it, step by step.
func TestPipelining(t *testing.T) {
	for _, offered := range []bool{true, false} {
		t.Run(strconv.FormatBool(offered), func(t *testing.T) {
			var heard []string
			cfg := relay(t, func(say func(string), hear func() string) {
				say("220 hi\n")
				hear()
				if offered {
					say("250-relay\n250 PIPELINING\n")
					// All three come before any answer, or the client waits forever.
					heard = append(heard, hear(), hear(), hear())
					say("250 ok\n250 ok\n354 go\n")
				} else {
					say("250 relay\n")
					for _, s := range []string{"250 ok\n", "251 will forward\n", "354 go\n"} {
						heard = append(heard, hear())
						say(s)
					}
				}
				for hear() != "." {
					continue
				}
				say("250 done\n")
				hear()
			})
			c := client(t, cfg)
			if _, err := c.Send(t.Context(), letter(t, "anna@example.com")); err != nil {
				t.Fatal(err)
			}
			want := []string{"MAIL FROM:<bounce+tok-1@rossimoda.example>", "RCPT TO:<anna@example.com>", "DATA"}
			if !slices.Equal(heard, want) {
				t.Errorf("heard %q", heard)
			}
		})
	}
}

// A pipelining relay that gives a go-ahead although it refused the recipient
// must not be given a mail, or take an empty one for ours.
func TestGoAheadWithoutRecipient(t *testing.T) {
	rest := make(chan string, 1)
	cfg := relay(t, func(say func(string), hear func() string) {
		say("220 hi\n")
		hear()
		say("250-relay\n250 PIPELINING\n")
		hear()
		hear()
		hear()
		say("250 ok\n550 5.1.1 nobody\n354 go\n")
		rest <- hear()
	})
	_, err := client(t, cfg).Send(t.Context(), letter(t, "anna@example.com"))
	if no := refused(err); no == nil || no.Code != "550 5.1.1" || !no.Dead {
		t.Errorf("got %v", err)
	}
	if s := <-rest; s != "" {
		t.Errorf("the relay was told %q", s)
	}
}

func TestNewRefuses(t *testing.T) {
	good := smtp.Config{Host: "mail.example.com", FromDomain: "rossimoda.example"}
	for name, change := range map[string]func(*smtp.Config){
		"no host":           func(c *smtp.Config) { c.Host = "" },
		"host with port":    func(c *smtp.Config) { c.Host = "mail.example.com:25" },
		"no such port":      func(c *smtp.Config) { c.Port = 70000 },
		"no such policy":    func(c *smtp.Config) { c.TLS = "maybe" },
		"none on 465":       func(c *smtp.Config) { c.TLS, c.Port = smtp.None, 465 },
		"password in clear": func(c *smtp.Config) { c.TLS, c.Username, c.Password = smtp.None, "u", "p" },
		"no password":       func(c *smtp.Config) { c.Username = "u" },
		"no domain":         func(c *smtp.Config) { c.FromDomain = "" },
		"domain injection":  func(c *smtp.Config) { c.FromDomain = "a.example>\r\nX: y" },
		"selector alone":    func(c *smtp.Config) { c.DKIMSelector = "a" },
	} {
		cfg := good
		change(&cfg)
		if _, err := smtp.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := smtp.New(good); err != nil {
		t.Error(err)
	}
}
