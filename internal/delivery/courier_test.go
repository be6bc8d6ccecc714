package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"placet/internal/consent"
	"placet/internal/delivery"
	"placet/internal/message"
	"placet/internal/optin"
	"placet/internal/senders"
	"placet/internal/trace"
)

// A provider's answer is one of three, and only a passing no is ever followed by a second call.
func TestOutcomes(t *testing.T) {
	busy := no(senders.Refusal{Code: "429", Reason: "too many requests", Again: 30 * time.Second})
	yes := func(context.Context, message.Outgoing) (string, error) { return "SMdone", nil }
	const atMost = -100 // calls to a provider that stays busy for four hours
	for _, c := range []struct {
		name   string
		script []answer
		fate   message.Fate
		calls  int
		error  string
	}{
		{"done", []answer{yes}, message.Accepted, 1, ""},
		{"a definite no", []answer{no(senders.Refusal{Code: "21211", Reason: "no such number"})}, message.Failed, 1, "21211: no such number"},
		{"nobody knows", []answer{silence}, message.Unknown, 1, "nobody knows whether it left"},
		{"busy once", []answer{busy, yes}, message.Accepted, 2, "429: too many requests"},
		{"busy, then lost", []answer{busy, silence, yes}, message.Unknown, 2, "nobody knows whether it left"},
		{"busy until its time is over", slices.Repeat([]answer{busy}, 200), message.Failed, atMost, "429: too many requests"},
		{"an answer wrapped", []answer{func(context.Context, message.Outgoing) (string, error) {
			return "", fmt.Errorf("twilio: %w", &senders.Refusal{Provider: "scripted", Code: "30007", Reason: "filtered"})
		}}, message.Failed, 1, "30007: filtered"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			counted := map[message.Fate]int{}
			s.Counted = func(f message.Fate, ch consent.Channel) { counted[f]++ }
			s.says(c.script...)
			s.text(1, "AIUTO")
			for range 4 * 60 {
				s.step()
				s.wait(time.Minute)
			}
			s.step()
			calls := len(s.seen())
			if got := message.Fate(s.word(`SELECT fate FROM outbox`)); got != c.fate || c.calls >= 0 && calls != c.calls || c.calls < 0 && (calls < 2 || calls > -c.calls) {
				t.Errorf("%s after %d calls, want %s after %d", got, len(s.seen()), c.fate, c.calls)
			}
			if got := s.word(`SELECT COALESCE(error, '') FROM outbox`); got != c.error {
				t.Errorf("error %q, want %q", got, c.error)
			}
			if c.fate == message.Accepted && s.word(`SELECT provider || ' ' || provider_id FROM outbox`) != "scripted SMdone" {
				t.Error("who took it is not on record")
			}
			if c.fate != message.TooLate && counted[c.fate] != 1 {
				t.Errorf("counted %v", counted)
			}
			tokens := map[string]bool{}
			for _, m := range s.seen() {
				if m.AttemptToken == "" || tokens[m.AttemptToken] {
					t.Errorf("attempt token %q", m.AttemptToken)
				}
				tokens[m.AttemptToken] = true
			}
		})
	}
}

func TestRetryWaits(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.says(no(senders.Refusal{Code: "503", Again: 30 * time.Second}))
	s.text(1, "AIUTO")
	s.step()
	s.is("help=queued")
	s.wait(30*time.Second - time.Microsecond)
	_, next, err := s.Step(t.Context(), 10)
	if err != nil || len(s.seen()) != 1 || !next.Equal(noon.Add(30*time.Second)) {
		t.Errorf("%d calls, next at %v, %v", len(s.seen()), next, err)
	}
	s.wait(time.Microsecond)
	s.step()
	s.is("help=accepted")
}

func TestNoWayOut(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.Route = senders.Router{}
	s.text(1, "AIUTO")
	s.step()
	s.is("help=failed")
	if got := s.word(`SELECT error FROM outbox`); !strings.HasPrefix(got, "no-sender: ") {
		t.Errorf("error %q", got)
	}
}

// Shutting down ends the round, never a call that may have left already.
func TestShutdown(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx, stop := context.WithCancel(t.Context())
	s.says(func(call context.Context, _ message.Outgoing) (string, error) {
		stop()
		if _, bounded := call.Deadline(); call.Err() != nil || !bounded {
			t.Errorf("the call was cut (%v), or has no end", call.Err())
		}
		return "SM1", nil
	})
	s.text(1, "AIUTO")
	s.text(1, "CARTA 99")
	if _, _, err := s.Step(ctx, 10); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	s.is("help=accepted code_bad=queued")
	s.step()
	s.is("help=accepted code_bad=accepted")
}

// An attempt of which nobody wrote the end is unknown after its lease and is
// never made again; the callback tells the rest, in whatever order it comes.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	s := open(t)
	lost := &broken{Queue: s.store, fail: func(what string, n int) (before, after bool) { return what == "settle", false }}
	s.Queue = lost
	s.text(1, "AIUTO")
	if _, _, err := s.Step(t.Context(), 10); !errors.Is(err, errBroken) {
		t.Fatalf("%v", err)
	}
	s.Queue = s.store
	for _, c := range []struct {
		wait time.Duration
		want string
	}{{0, "help=sending"}, {45 * time.Second, "help=sending"}, {time.Second, "help=unknown"}, {time.Hour, "help=unknown"}} {
		s.wait(c.wait)
		s.step()
		s.is(c.want)
		s.left("help")
	}
	s.hear(0, message.Sent)
	s.is("help=sent")
	s.hear(0, message.Accepted)
	s.is("help=sent")
	s.hear(0, message.Delivered)
	s.hear(0, message.Failed)
	s.is("help=delivered")
	s.step()
	s.left("help")
	if err := s.Hear(t.Context(), senders.News{AttemptToken: "not one of ours", Fate: message.Sent}); err != nil {
		t.Errorf("news of a stranger: %v", err)
	}
}

// The callback may be quicker than the answer to the call it is about.
func TestCallbackBeforeTheAnswer(t *testing.T) {
	for name, late := range map[string]answer{
		"yes":            func(context.Context, message.Outgoing) (string, error) { return "SM9", nil },
		"no answer":      silence,
		"a definite no":  no(senders.Refusal{Code: "30001"}),
		"a passing no":   no(senders.Refusal{Code: "429", Again: time.Second}),
		"an opt-out, no": no(senders.Refusal{Code: "30003", Dead: true}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			s.says(func(ctx context.Context, m message.Outgoing) (string, error) {
				if err := s.Hear(ctx, senders.News{AttemptToken: m.AttemptToken, Fate: message.Delivered}); err != nil {
					t.Error(err)
				}
				return late(ctx, m)
			})
			s.text(1, "AIUTO")
			for range 5 {
				s.step()
				s.wait(time.Minute)
			}
			s.is("help=delivered")
			s.left("help")
		})
	}
}

// Each message is screened again at the door, with the person as they are then.
func TestDoor(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(*shop)
		fates  string
		left   string
		rule   string // in what was stored of the door's verdict for the last message
	}{
		{"nothing happened", func(*shop) {}, "card_done=accepted invitation=queued", "card_done", ""},
		{"STOP came", func(s *shop) { s.text(1, "STOP") }, "card_done=accepted invitation=canceled stopped=accepted", "card_done stopped", ""},
		{"STOP of somebody else came", func(s *shop) { s.text(2, "STOP") }, "card_done=accepted invitation=queued stopped=accepted", "card_done stopped", ""},
		{"who are you", func(s *shop) { s.text(1, "chi siete?") }, "card_done=accepted invitation=canceled help=accepted", "card_done help", ""},
		{"its time passed", func(s *shop) { s.wait(4 * time.Hour) }, "card_done=expired invitation=expired", "", "all-too-late"},
		{"a moment before its time passed", func(s *shop) { s.wait(4*time.Hour - 1000) }, "card_done=accepted invitation=expired", "card_done", "all-too-late"},
		{"suppressed meanwhile", func(s *shop) {
			s.draft(1, func(d *optin.Draft) { d.Suppress = append(d.Suppress, consent.SMS) })
			s.wait(2 * time.Minute)
		}, "card_done=accepted invitation=denied", "card_done", "all-suppressed"},
		{"taken back meanwhile", func(s *shop) {
			s.draft(1, func(d *optin.Draft) {
				if _, err := d.Act(consent.Act{Kind: consent.Withdraw, At: s.Now(), Keys: []consent.Key{{Channel: consent.SMS, Topic: consent.Offers}}}); err != nil {
					s.t.Error(err)
				}
			})
			s.wait(2 * time.Minute)
		}, "card_done=accepted invitation=denied", "card_done", `"Verdict":"deny"`},
		{"the brand left", func(s *shop) {
			if err := s.Brands.Set(nil); err != nil {
				s.t.Fatal(err)
			}
			s.wait(2 * time.Minute)
		}, "card_done=denied invitation=denied", "", "all-brand"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			s.Workers = 1 // so that people are served one after the other
			s.text(1, "CARTA 123456")
			c.before(s)
			s.step()
			s.step()
			s.is(c.fates)
			s.left(c.left)
			if c.rule != "" {
				if door := s.word(`SELECT COALESCE(door, '') FROM outbox WHERE template = 'invitation'`); !strings.Contains(door, c.rule) {
					t.Errorf("the door's verdict on record is %q, want %s in it", door, c.rule)
				}
			}
		})
	}
}

// Marketing that comes to the door at night waits for the morning, unless its time is over by then.
func TestNight(t *testing.T) {
	for name, c := range map[string]struct {
		expires time.Duration
		night   string
		morning string
		left    string
	}{
		"it can wait":    {24 * time.Hour, "offer=queued", "offer=accepted", "offer"},
		"it cannot wait": {12 * time.Hour, "offer=denied", "offer=denied", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			offers := consent.Key{Channel: consent.SMS, Topic: consent.Offers}
			s.draft(1, func(d *optin.Draft) {
				if _, err := d.Act(consent.Act{Kind: consent.Choose, At: s.Now(), Keys: []consent.Key{offers}}); err != nil {
					t.Error(err)
				}
				m := optin.Message{ID: "msg_1", Channel: consent.SMS, About: consent.SMS, Kind: message.Marketing, Contact: "brand", Template: "offer",
					Topics: []consent.Topic{consent.Offers}, Program: "offerte", Due: s.Now(), Expires: s.Now().Add(c.expires)}
				m.Out.From, m.Out.To, m.Out.Text = "41430", phone(1), "-20%"
				d.Messages = append(d.Messages, m)
			})
			s.wait(11 * time.Hour) // 23:00 in Rome
			s.step()
			s.is(c.night)
			s.left("")
			s.wait(11*time.Hour + 30*time.Minute) // 10:30
			s.step()
			s.is(c.morning)
			s.left(c.left)
		})
	}
}

// The question follows its benefit: at once when that is reported sent, after
// two minutes at the latest, and after ten not at all.
func TestFollowUp(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(*shop){
		"reported sent": func(s *shop) {
			s.wait(time.Second)
			s.hear(0, message.Accepted)
			s.step()
			s.left("card_done")
			s.hear(0, message.Sent)
			s.step()
			s.left("card_done invitation")
		},
		"reported delivered only": func(s *shop) {
			s.hear(0, message.Delivered)
			s.step()
			s.left("card_done invitation")
		},
		"never reported": func(s *shop) {
			s.wait(2*time.Minute - time.Microsecond)
			s.step()
			s.left("card_done")
			s.wait(time.Microsecond)
			s.step()
			s.left("card_done invitation")
		},
		"reported too late": func(s *shop) {
			s.wait(10 * time.Minute)
			s.hear(0, message.Sent)
			s.step()
			s.left("card_done")
			s.is("card_done=sent invitation=expired")
		},
		"just in time": func(s *shop) {
			s.wait(10*time.Minute - time.Microsecond)
			s.step()
			s.left("card_done invitation")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			s.text(1, "CARTA 123456")
			s.step()
			s.left("card_done")
			s.t = t
			f(s)
		})
	}
}

// One person's messages leave one after the other, oldest first; people do not wait for each other.
func TestOrder(t *testing.T) {
	t.Parallel()
	s := open(t)
	const people, each = 6, 5
	for n := range each {
		for p := range people {
			s.draft(p, func(d *optin.Draft) {
				m := optin.Message{ID: fmt.Sprintf("msg_%d_%d", n, p), Channel: consent.SMS, Kind: message.Service, Contact: "person", Template: fmt.Sprint(n),
					Due: s.Now(), Expires: s.Now().Add(time.Hour)}
				m.Out.From, m.Out.To, m.Out.Text = "41430", phone(p), "ciao"
				d.Messages = append(d.Messages, m)
			})
		}
	}
	var mu sync.Mutex
	busy, together := map[string]bool{}, make(chan struct{})
	inside := 0
	for range people * each {
		s.says(func(ctx context.Context, m message.Outgoing) (string, error) {
			mu.Lock()
			if busy[m.To.Wire()] {
				t.Error("two calls for one person at once")
			}
			busy[m.To.Wire()] = true
			if inside++; inside == people {
				close(together)
			}
			mu.Unlock()
			select {
			case <-together: // all people are served at once, or nobody is
			case <-ctx.Done():
				t.Error("people wait for each other")
			}
			mu.Lock()
			defer mu.Unlock()
			busy[m.To.Wire()] = false
			return m.ID, nil
		})
	}
	if n := s.step(); n != people*each {
		t.Errorf("took %d in hand", n)
	}
	got := map[string]string{}
	for _, m := range s.seen() {
		got[m.To.Wire()] += m.Template
	}
	for p := range people {
		if got[phone(p).Wire()] != "01234" {
			t.Errorf("left in the order %s", got[phone(p).Wire()])
		}
	}
}

// A STOP is acknowledged once the call under way has ended: nothing starts after it (P2).
func TestStopWaitsForTheCall(t *testing.T) {
	t.Parallel()
	s := open(t)
	inside, release := make(chan struct{}), make(chan struct{})
	var ended sync.WaitGroup
	ended.Add(1)
	over := false
	s.says(func(context.Context, message.Outgoing) (string, error) {
		close(inside)
		<-release
		over = true // seen by the STOP because it waits for this call
		return "SM1", nil
	})
	s.text(1, "AIUTO")
	go func() { defer ended.Done(); s.step() }()
	<-inside
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		s.text(1, "STOP")
		if !over {
			t.Error("STOP was acknowledged while a call was under way")
		}
	}()
	// The withdrawal itself waits for nobody.
	for s.word(`SELECT COUNT(*) FROM permissions WHERE state = 'withdrawn'`) == "0" {
		if t.Context().Err() != nil {
			t.Fatal("the withdrawal waited for the provider")
		}
	}
	close(release)
	<-stopped
	ended.Wait()
	s.step()
	s.is("help=accepted stopped=accepted")
}

// A carrier that holds an opt-out tells us by refusing: the person has withdrawn,
// and gets no answer to a text they did not send to us.
func TestCarrierHoldsAnOptOut(t *testing.T) {
	optedOut := no(senders.Refusal{Code: "21610", Reason: "opted out", OptedOut: true})
	for name, f := range map[string]func(*shop){
		"told by the answer": func(s *shop) { s.says(optedOut); s.step() },
		"told by a callback": func(s *shop) {
			s.step()
			for range 3 { // doubled, as callbacks are
				if err := s.Hear(context.Background(), senders.News{AttemptToken: s.seen()[0].AttemptToken, Fate: message.Failed, ErrorCode: "21610", OptedOut: true}); err != nil {
					s.t.Fatal(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			s.text(1, "CARTA 123456")
			f(s)
			s.step()
			s.is("card_done=failed invitation=canceled")
			s.state(1, consent.Withdrawn)
			if n := s.word(`SELECT COUNT(*) FROM events WHERE type = 'withdrawn'`); n != "1" {
				t.Errorf("%s withdrawals on record", n)
			}
			if n := s.word(`SELECT COUNT(*) FROM suppressions WHERE channel = 'sms' AND lifted_at IS NULL`); n != "1" {
				t.Errorf("%s suppressions", n)
			}
		})
	}
}

var errBroken = errors.New("the database went away")

// broken is an outbox whose database goes away before or after it has done
// something: after means that the commit is durable and nobody was told.
type broken struct {
	delivery.Queue
	mu   sync.Mutex
	n    map[string]int
	fail func(what string, n int) (before, after bool)
}

func (b *broken) at(what string) (before, after error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.n == nil {
		b.n = map[string]int{}
	}
	b.n[what]++
	x, y := b.fail(what, b.n[what])
	if x {
		before = errBroken
	}
	if y {
		after = errBroken
	}
	return before, after
}

func (b *broken) Due(ctx context.Context, c consent.Channel, now time.Time, n int) ([]delivery.Due, time.Time, error) {
	before, after := b.at("due")
	if before != nil {
		return nil, time.Time{}, before
	}
	due, next, err := b.Queue.Due(ctx, c, now, n)
	return due, next, errors.Join(err, after)
}

func (b *broken) Begin(ctx context.Context, id, token string, now, lease time.Time, screen func(delivery.Waiting) delivery.Ruling) (message.Outgoing, bool, error) {
	before, after := b.at("begin")
	if before != nil {
		return message.Outgoing{}, false, before
	}
	out, ok, err := b.Queue.Begin(ctx, id, token, now, lease, screen)
	return out, ok, errors.Join(err, after)
}

func (b *broken) Settle(ctx context.Context, o delivery.Outcome) (delivery.Settled, error) {
	before, after := b.at("settle")
	if before != nil {
		return delivery.Settled{}, before
	}
	s, err := b.Queue.Settle(ctx, o)
	return s, errors.Join(err, after)
}

func (b *broken) Overdue(ctx context.Context, now time.Time) (int, error) {
	before, after := b.at("overdue")
	if before != nil {
		return 0, before
	}
	n, err := b.Queue.Overdue(ctx, now)
	return n, errors.Join(err, after)
}

// The database goes away at every step of the way, before and after the commit:
// no message is handed over twice, and each ends where somebody can say what became of it.
func TestBrokenDatabase(t *testing.T) {
	for _, what := range []string{"overdue", "due", "begin", "settle"} {
		for k := 1; k <= 3; k++ {
			for _, committed := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%d/committed=%v", what, k, committed), func(t *testing.T) {
					t.Parallel()
					s := open(t)
					s.Workers = 1
					for p := range 3 {
						s.text(p, "AIUTO")
					}
					s.Queue = &broken{Queue: s.store, fail: func(w string, n int) (before, after bool) {
						hit := w == what && n == k
						return hit && !committed, hit && committed
					}}
					failed := 0
					for range 8 {
						if _, _, err := s.Step(t.Context(), 10); errors.Is(err, errBroken) {
							failed++
						} else if err != nil {
							t.Fatal(err)
						}
						s.wait(30 * time.Second)
					}
					if failed != 1 {
						t.Errorf("%d rounds failed", failed)
					}
					calls := map[string]int{}
					for _, m := range s.seen() {
						calls[m.ID]++
						if calls[m.ID] > 1 {
							t.Errorf("%s was handed over twice", m.ID)
						}
					}
					want := map[string]string{
						"begin/committed": "2 accepted, 1 unknown, 2 calls", "settle": "2 accepted, 1 unknown, 3 calls",
					}
					key := what
					if committed {
						key += "/committed"
					}
					expect := want[key]
					if expect == "" {
						expect = "3 accepted, 0 unknown, 3 calls"
					}
					got := fmt.Sprintf("%s accepted, %s unknown, %d calls", s.word(`SELECT COUNT(*) FROM outbox WHERE fate = 'accepted'`),
						s.word(`SELECT COUNT(*) FROM outbox WHERE fate = 'unknown'`), len(s.seen()))
					if got != expect {
						t.Errorf("%s, want %s", got, expect)
					}
				})
			}
		}
	}
}

// Run carries what it is woken for and lets go when it is told to.
func TestRun(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx, stop := context.WithCancel(t.Context())
	taken := make(chan string, 1)
	s.says(func(_ context.Context, m message.Outgoing) (string, error) { taken <- m.Template; return "SM1", nil })
	hub := &trace.Hub{}
	s.Trace = hub
	steps, unlisten := hub.Listen()
	defer unlisten()
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	s.text(1, "AIUTO")
	if got := <-taken; got != "help" {
		t.Errorf("took %s", got)
	}
	if st := <-steps; st.Stage != trace.Provider || st.Title != "scripted: accepted" || st.Brand != "rossi" || st.Journey == "" {
		t.Errorf("told %+v", st)
	}
	s.hear(0, message.Delivered)
	if st := <-steps; st.Stage != trace.Fate || st.Title != "delivered" {
		t.Errorf("told %+v", st)
	}
	stop()
	<-done
	s.is("help=delivered")
}

// Two couriers on one outbox hand each message over once.
func TestTwoCouriers(t *testing.T) {
	t.Parallel()
	s := open(t)
	for p := range 40 {
		s.text(p, "AIUTO")
	}
	var wg sync.WaitGroup
	for range 4 {
		other := &delivery.Courier{Queue: s.store, Route: s.Route, Policy: s.Policy, Brands: s.Brands, Now: s.Now, Log: s.Log}
		wg.Go(func() {
			for range 3 {
				if _, _, err := other.Step(context.Background(), 100); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	calls := map[string]int{}
	for _, m := range s.seen() {
		calls[m.ID]++
	}
	if len(calls) != 40 || len(s.seen()) != 40 {
		t.Errorf("%d calls for %d messages", len(s.seen()), len(calls))
	}
}
