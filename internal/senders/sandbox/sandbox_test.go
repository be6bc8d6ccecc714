package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/message"
	"placet/internal/senders"
)

var start = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

func to(tb testing.TB, s string) address.Address {
	tb.Helper()
	a, err := address.Parse(s, "")
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func sms(tb testing.TB, id, number string) message.Outgoing {
	tb.Helper()
	return message.Outgoing{ID: id, Channel: consent.SMS, From: "41430", To: to(tb, number), Text: "ciao " + id, AttemptToken: "t-" + id, At: start}
}

func mail(tb testing.TB, id, addr string) message.Outgoing {
	tb.Helper()
	return message.Outgoing{ID: id, Channel: consent.Email, From: "ciao@rossimoda.example", To: to(tb, addr), Subject: "s",
		Text: "t", HTML: "<p>", AttemptToken: "t-" + id, At: start}
}

// ear collects what an outbox tells.
type ear struct {
	mu    sync.Mutex
	news  []senders.News
	texts []string
}

func (e *ear) options(o Options) Options {
	o.OnNews = func(n senders.News) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.news = append(e.news, n)
	}
	o.OnText = func(from, to, text string) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.texts = append(e.texts, from+" "+to+" "+text)
	}
	return o
}

func (e *ear) fates() []message.Fate {
	e.mu.Lock()
	defer e.mu.Unlock()
	var f []message.Fate
	for _, n := range e.news {
		f = append(f, n.Fate)
	}
	return f
}

func refusal(err error) *senders.Refusal {
	var no *senders.Refusal
	errors.As(err, &no)
	return no
}

func TestNice(t *testing.T) {
	var e ear
	o := New(e.options(Options{}))
	id, err := o.Send(t.Context(), sms(t, "1", "+393331112222"))
	if err != nil {
		t.Fatal(err)
	}
	if len(e.fates()) != 0 {
		t.Error("news before Step")
	}
	if n := o.Step(start); n != 2 || !slices.Equal(e.fates(), []message.Fate{message.Sent, message.Delivered}) {
		t.Errorf("%d events, %v", n, e.fates())
	}
	for _, n := range e.news {
		if n.ProviderID != id || n.AttemptToken != "t-1" || n.Provider != "sandbox" {
			t.Errorf("news %+v", n)
		}
	}
	if n := o.Step(start.Add(time.Hour)); n != 0 {
		t.Errorf("%d events told twice", n)
	}
}

func TestMessagesAsJSON(t *testing.T) {
	o := New(Options{})
	for _, m := range []message.Outgoing{sms(t, "1", "+393331112222"), mail(t, "2", "Anna@example.com"), sms(t, "3", "+393331113333")} {
		if _, err := o.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	for query, want := range map[string]int{"": 3, "+393331112222": 1, " 393331112222": 1, "anna@example.com": 1, "+39333111": 0, "nobody@example.com": 0} {
		if got := o.Messages(query); len(got) != want {
			t.Errorf("to %q: %d messages, want %d", query, len(got), want)
		}
	}
	got, err := json.Marshal(o.Messages("anna@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"id":"2","at":"2026-03-02T10:00:00Z","channel":"email","from":"ciao@rossimoda.example","to":"Anna@example.com","subject":"s","text":"t","html":"\u003cp\u003e"}]`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if none, _ := json.Marshal(o.Messages("nobody")); string(none) != "[]" {
		t.Errorf("nothing is %s, want []", none)
	}
}

func TestMagic(t *testing.T) {
	type outcome struct {
		refused, unknown bool
		fates            []message.Fate
		found            message.Fate
		texts            []string
	}
	tests := []struct {
		m    message.Outgoing
		want outcome
	}{
		{sms(t, "1", "+393990000001"), outcome{fates: []message.Fate{message.Sent, message.Delivered}, found: message.Delivered}},
		{sms(t, "2", "+393990000002"), outcome{fates: []message.Fate{message.Sent, message.Undelivered}, found: message.Undelivered}},
		{sms(t, "3", "+393990000003"), outcome{refused: true}},
		{sms(t, "4", "+393990000004"), outcome{unknown: true, found: message.Delivered}},
		{sms(t, "5", "+393990000005"), outcome{fates: []message.Fate{message.Sent, message.Delivered}, found: message.Delivered, texts: []string{"+393990000005 41430 STOP"}}},
		{mail(t, "6", "Undelivered@sandbox.example"), outcome{fates: []message.Fate{message.Sent, message.Undelivered}, found: message.Undelivered}},
		{mail(t, "7", "busy@sandbox.example"), outcome{refused: true}},
		{mail(t, "8", "timeout@sandbox.example"), outcome{unknown: true, found: message.Delivered}},
	}
	for _, rude := range []bool{false, true} {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s rude %v", tt.m.To, rude), func(t *testing.T) {
				var e ear
				o := New(e.options(Options{Rude: rude}))
				_, err := o.Send(t.Context(), tt.m)
				no := refusal(err)
				if (no != nil) != tt.want.refused || (err != nil && no == nil) != tt.want.unknown {
					t.Fatalf("got %v", err)
				}
				if no != nil {
					if no.Again <= 0 || len(o.Messages("")) != 0 {
						t.Errorf("refused for good, or kept: %v", err)
					}
					if _, err := o.Send(t.Context(), tt.m); err != nil {
						t.Errorf("again: %v", err)
					}
					return
				}
				o.Step(start.Add(time.Second))
				if len(e.texts) != 0 {
					t.Error("STOP came at once")
				}
				o.Step(start.Add(2 * time.Second))
				if got := e.fates(); !slices.Equal(got, tt.want.fates) || !slices.Equal(e.texts, tt.want.texts) {
					t.Errorf("heard %v %v", got, e.texts)
				}
				found, err := o.List(t.Context(), tt.m.To, start)
				if err != nil || len(found) != 1 || found[0].Fate != tt.want.found || found[0].Body != tt.m.Text {
					t.Errorf("found %+v, %v", found, err)
				}
			})
		}
	}
}

func TestRefusals(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	late := sms(t, "1", "+393331112222")
	late.ExpiresAt = start
	wrong := mail(t, "2", "anna@example.com")
	wrong.Channel = consent.SMS
	down := New(Options{})
	down.Down.Store(true)
	for name, tt := range map[string]struct {
		o      *Outbox
		ctx    context.Context
		m      message.Outgoing
		passes bool
	}{
		"down":          {down, t.Context(), sms(t, "3", "+393331112222"), true},
		"cancelled":     {New(Options{}), gone, sms(t, "4", "+393331112222"), true},
		"too late":      {New(Options{}), t.Context(), late, false},
		"wrong channel": {New(Options{}), t.Context(), wrong, false},
	} {
		_, err := tt.o.Send(tt.ctx, tt.m)
		if no := refusal(err); no == nil || (no.Again > 0) != tt.passes || len(tt.o.Messages("")) != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := down.List(t.Context(), to(t, "+393331112222"), start); err == nil {
		t.Error("a provider that is down answers questions")
	}
	down.Down.Store(false)
	if _, err := down.Send(t.Context(), sms(t, "3", "+393331112222")); err != nil {
		t.Errorf("up again: %v", err)
	}
}

// run sends 2000 messages rudely and lists what happened.
func run(t *testing.T, seed uint64) (log []string, news []senders.News, o *Outbox) {
	t.Helper()
	var e ear
	o = New(e.options(Options{Rude: true, Seed: seed, Keep: 5000}))
	for i := range 2000 {
		id, err := o.Send(t.Context(), mail(t, fmt.Sprint(i), fmt.Sprintf("p%d@example.com", i)))
		log = append(log, fmt.Sprint(id, err))
	}
	for s := range 71 {
		o.Step(start.Add(time.Duration(s) * time.Second))
	}
	return log, e.news, o
}

func TestRude(t *testing.T) {
	log, news, o := run(t, 7)
	again, newsAgain, _ := run(t, 7)
	if !slices.Equal(log, again) || !slices.Equal(news, newsAgain) {
		t.Error("one seed, two courses of events")
	}
	if other, _, _ := run(t, 8); slices.Equal(log, other) {
		t.Error("two seeds, one course of events")
	}
	var errs, doubled, reordered int
	seen := map[string][]message.Fate{}
	for _, n := range news {
		seen[n.ProviderID] = append(seen[n.ProviderID], n.Fate)
	}
	for _, fates := range seen {
		if len(fates) > 2 {
			doubled++
		}
		if fates[0] == message.Delivered {
			reordered++
		}
		fate := message.Accepted
		for _, f := range fates {
			fate = fate.After(f)
		}
		if fate != message.Delivered {
			t.Errorf("ended as %s after %v", fate, fates)
		}
	}
	for _, l := range log {
		if !strings.HasSuffix(l, "<nil>") {
			errs++
		}
	}
	for name, got := range map[string][3]int{
		"errors":     {errs, 60, 140},
		"doubled":    {doubled, 250, 500},
		"reordered":  {reordered, 600, 1200},
		"left twice": {len(o.Messages("")) - len(seen), 0, 0},
	} {
		if got[0] < got[1] || got[0] > got[2] {
			t.Errorf("%s: %d, expected %d to %d", name, got[0], got[1], got[2])
		}
	}
	if left := len(seen); left <= 2000-errs {
		t.Errorf("%d left of %d accepted: no failed answer hid a message that was taken", left, 2000-errs)
	}
}

func TestRing(t *testing.T) {
	o := New(Options{Keep: 10})
	for i := range 35 {
		if _, err := o.Send(t.Context(), sms(t, fmt.Sprint(i), "+393331112222")); err != nil {
			t.Fatal(err)
		}
	}
	got := o.Messages("")
	if len(got) != 10 || got[0].Text != "ciao 25" || got[9].Text != "ciao 34" {
		t.Errorf("%d kept: %v", len(got), got)
	}
	if len(o.left) > 20 {
		t.Errorf("%d held", len(o.left))
	}
}

func TestSubscribe(t *testing.T) {
	o := New(Options{})
	ch, cancel := o.Subscribe()
	deaf, stop := o.Subscribe()
	defer stop()
	for i := range 300 { // more than a channel holds: nobody may block a send
		if _, err := o.Send(t.Context(), sms(t, fmt.Sprint(i), "+393331112222")); err != nil {
			t.Fatal(err)
		}
		if got := <-ch; got.Text != fmt.Sprint("ciao ", i) {
			t.Fatalf("heard %q", got.Text)
		}
	}
	cancel()
	cancel()
	if _, open := <-ch; open {
		t.Error("open after cancel")
	}
	if _, err := o.Send(t.Context(), sms(t, "x", "+393331112222")); err != nil {
		t.Fatal(err)
	}
	if len(deaf) != 256 {
		t.Errorf("%d waiting", len(deaf))
	}
}

// Run tells news as they fall due and ends with its context.
func TestRun(t *testing.T) {
	heard := make(chan senders.News, 10)
	o := New(Options{OnNews: func(n senders.News) { heard <- n }})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.Run(ctx, func() time.Time { return start })
	}()
	for i := range 3 {
		if _, err := o.Send(t.Context(), sms(t, fmt.Sprint(i), "+393331112222")); err != nil {
			t.Fatal(err)
		}
		if a, b := <-heard, <-heard; a.Fate != message.Sent || b.Fate != message.Delivered {
			t.Errorf("heard %+v %+v", a, b)
		}
	}
	cancel()
	<-done
}

// A callback may send: a confirmed benefit brings the question after it.
func TestCallbackMaySend(t *testing.T) {
	var o *Outbox
	sent := false
	o = New(Options{OnNews: func(senders.News) {
		if !sent {
			sent = true
			if _, err := o.Send(context.Background(), sms(t, "2", "+393331112222")); err != nil {
				t.Error(err)
			}
		}
	}})
	if _, err := o.Send(t.Context(), sms(t, "1", "+393331112222")); err != nil {
		t.Fatal(err)
	}
	if a, b := o.Step(start), o.Step(start); a != 2 || b != 2 {
		t.Errorf("%d and %d events", a, b)
	}
}
