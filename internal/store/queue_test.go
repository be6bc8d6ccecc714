package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"placet/internal/consent"
	"placet/internal/delivery"
	"placet/internal/message"
	"placet/internal/optin"
	"placet/internal/policy"
	"placet/internal/senders"
)

var (
	_ delivery.Queue = (*database)(nil)
	_ optin.Store    = (*database)(nil)
)

// say is a message for the outbox, due a while after noon.
func say(id string, kind message.Kind, due time.Duration, more ...func(*optin.Message)) func(*optin.Draft) optin.Message {
	return func(dr *optin.Draft) optin.Message {
		m := text(dr, id, kind)
		m.Due = noon.Add(due)
		for _, f := range more {
			f(&m)
		}
		return m
	}
}

func (d *database) fate(t tester, id string) message.Fate {
	t.Helper()
	return message.Fate(d.word(t, `SELECT fate FROM outbox WHERE id = $1`, id))
}

func (d *database) begin(t tester, id string) message.Outgoing {
	t.Helper()
	out, ok, err := d.Begin(context.Background(), id, "token "+id, noon, noon.Add(time.Minute), goAhead)
	if !ok || err != nil {
		t.Fatalf("begin %s: %v, %v", id, ok, err)
	}
	return out
}

func (d *database) settle(t tester, o delivery.Outcome) delivery.Settled {
	t.Helper()
	if o.At.IsZero() {
		o.At = noon
	}
	s, err := d.Settle(context.Background(), o)
	must(t, err)
	return s
}

func news(id string, f message.Fate) delivery.Outcome {
	return delivery.Outcome{ID: id, News: senders.News{Provider: "twilio", Fate: f}}
}

func TestDue(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		due, next, err := d.Due(t.Context(), consent.SMS, noon, 10)
		must(t, err)
		if len(due) != 0 || !next.IsZero() {
			t.Errorf("an empty outbox has %v, next %v", due, next)
		}
		d.queued(t, at(phone(1)), say("msg_c", message.Service, 2*time.Second), say("msg_b", message.Service, time.Second), say("msg_a", message.Service, 2*time.Second))
		d.queued(t, at(phone(2)), say("msg_d", message.Service, 0), say("msg_e", message.Service, time.Minute))
		id := d.person(t, at(phone(2))).Person
		for _, c := range []struct {
			now  time.Duration
			n    int
			want []string
			next time.Duration
		}{
			{-time.Microsecond, 9, nil, 0},
			{0, 9, []string{"msg_d"}, time.Second},
			{2 * time.Second, 9, []string{"msg_d", "msg_b", "msg_a", "msg_c"}, time.Minute},
			{2 * time.Second, 2, []string{"msg_d", "msg_b"}, time.Minute},
			{time.Hour, 9, []string{"msg_d", "msg_b", "msg_a", "msg_c", "msg_e"}, -1},
		} {
			due, next, err := d.Due(t.Context(), consent.SMS, noon.Add(c.now), c.n)
			must(t, err)
			var ids []string
			for _, m := range due {
				ids = append(ids, m.ID)
				if m.Brand != brand || m.ID == "msg_d" && m.Person != id {
					t.Errorf("due: %+v", m)
				}
			}
			want := noon.Add(c.next)
			if c.next < 0 {
				want = time.Time{}
			}
			if !slices.Equal(ids, c.want) || next != want {
				t.Errorf("at +%v: %v, next %v; want %v, %v", c.now, ids, next, c.want, want)
			}
		}
		d.begin(t, "msg_d")
		due, _, err = d.Due(t.Context(), consent.SMS, noon, 9)
		must(t, err)
		equal(t, "due once begun", len(due), 0)
	})
}

// What screen is shown is the message and the person as they are now.
func TestBeginShowsTheDoor(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		var event string
		d.change(t, "1", at(phone(1)), func(dr *optin.Draft) error {
			event = dr.Event.ID
			m := text(dr, "msg_1", message.Invitation)
			m.Out.FromName, m.Out.Subject, m.Out.HTML, m.Out.Unsubscribe, m.Out.ListID = "Rossi", "subject", "<p>", "https://x.example", "list"
			dr.Messages = append(dr.Messages, m)
			return act(consent.Act{Kind: consent.Request, Keys: []consent.Key{offers}, Until: noon.Add(time.Hour)})(dr)
		})
		d.change(t, "2", at(phone(1)), func(dr *optin.Draft) error {
			dr.Suppress = append(dr.Suppress, consent.SMS)
			return act(consent.Act{Kind: consent.Withdraw, Keys: []consent.Key{offers}})(dr)
		})
		dr := d.person(t, at(phone(1)))
		lease := noon.Add(time.Minute)
		out, ok, err := d.Begin(t.Context(), "msg_1", "token", noon, lease, func(w delivery.Waiting) delivery.Ruling {
			if w.ID != "msg_1" || w.Brand != brand || w.Person != dr.Person || w.Event != event || w.Template != "invitation" || w.Program != "carta" ||
				w.Channel != consent.SMS || w.Kind != message.Invitation || w.Contact != "person" || w.Tries != 0 || !w.Suppressed ||
				!slices.Equal(w.Topics, []consent.Topic{consent.Info, consent.Offers}) || !w.Expires.Equal(noon.Add(time.Hour)) {
				t.Errorf("at the door: %+v", w)
			}
			equal(t, "state at the door", w.Record[offers].State, consent.Withdrawn)
			return delivery.Ruling{Fate: message.Sending, Decision: policy.Decision{Verdict: policy.Allow, Rule: "all-door"}}
		})
		must(t, err)
		equal(t, "ok", ok, true)
		want := message.Outgoing{
			ID: "msg_1", Brand: brand, Kind: message.Invitation, Template: "invitation", Channel: consent.SMS, From: "41430", FromName: "Rossi", To: phone(1), Language: "it",
			Subject: "subject", Text: "body of msg_1", HTML: "<p>", Unsubscribe: "https://x.example", ListID: "list", AttemptToken: "token", ExpiresAt: noon.Add(time.Hour), At: noon,
		}
		equal(t, "message", out, want)
		row := d.word(t, `SELECT fate || ' ' || token || ' ' || lease_until || ' ' || begun_at || ' ' || tries || ' ' || door FROM outbox WHERE id = 'msg_1'`)
		start := fmt.Sprintf("sending token %d %d 1 ", lease.UnixMicro(), noon.UnixMicro())
		if len(row) < len(start) || row[:len(start)] != start || !strings.Contains(row, "all-door") || !strings.Contains(d.word(t, `SELECT verdict FROM outbox`), "all-test") {
			t.Errorf("the attempt on record: %s", row)
		}
		equal(t, "question begun", d.person(t, at(phone(1))).Questions[0].Begun, noon)
		_, ok, err = d.Begin(t.Context(), "msg_nobody", "t", noon, lease, goAhead)
		if ok || err != nil {
			t.Errorf("an unknown message: %v, %v", ok, err)
		}
	})
}

// What the ruling at the door comes to.
func TestDoor(t *testing.T) {
	later := noon.Add(9 * time.Hour)
	onBoth(t, func(t *testing.T, d *database) {
		for i, c := range []struct {
			ruling delivery.Ruling
			fate   message.Fate
			ok     bool
			final  bool
		}{
			{delivery.Ruling{Fate: message.Sending}, message.Sending, true, false},
			{delivery.Ruling{Until: later}, message.Queued, false, false},
			{delivery.Ruling{Fate: message.Denied}, message.Denied, false, true},
			{delivery.Ruling{Fate: message.TooLate}, message.TooLate, false, true},
		} {
			id := fmt.Sprint("msg_", i)
			d.queued(t, at(phone(i)), say(id, message.Marketing, 0))
			c.ruling.Decision.Rule = fmt.Sprint("rule-", i)
			_, ok, err := d.Begin(t.Context(), id, id, noon, noon.Add(time.Minute), func(delivery.Waiting) delivery.Ruling { return c.ruling })
			must(t, err)
			equal(t, "ok", ok, c.ok)
			equal(t, "fate", d.fate(t, id), c.fate)
			equal(t, "verdict stored", strings.Contains(d.word(t, `SELECT door FROM outbox WHERE id = $1`, id), c.ruling.Decision.Rule), true)
			equal(t, "settled", d.count(t, `SELECT COUNT(*) FROM outbox WHERE id = $1 AND settled_at = $2`, id, noon.UnixMicro()) == 1, c.final)
			_, again, err := d.Begin(t.Context(), id, id+"again", noon, noon, goAhead)
			must(t, err)
			equal(t, "again", again, c.fate == message.Queued) // a deferred one still waits
		}
		_, next, err := d.Due(t.Context(), consent.SMS, noon, 9)
		must(t, err)
		equal(t, "next", next, time.Time{})
	})
	t.Run("deferred", func(t *testing.T) {
		onBoth(t, func(t *testing.T, d *database) {
			d.queued(t, at(phone(1)), say("msg_1", message.Marketing, 0))
			_, _, err := d.Begin(t.Context(), "msg_1", "t", noon, noon, func(delivery.Waiting) delivery.Ruling { return delivery.Ruling{Until: later} })
			must(t, err)
			due, next, err := d.Due(t.Context(), consent.SMS, later.Add(-1000), 9)
			must(t, err)
			if len(due) != 0 || next != later {
				t.Errorf("due %v, next %v", due, next)
			}
			due, _, err = d.Due(t.Context(), consent.SMS, later, 9)
			must(t, err)
			equal(t, "due then", len(due), 1)
		})
	})
}

func TestBeginOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		for round := range 5 {
			id := fmt.Sprint("msg_", round)
			d.queued(t, at(phone(round)), say(id, message.Marketing, 0))
			var began atomic.Int32
			for _, err := range together(32, func(i int) error {
				_, ok, err := d.Begin(context.Background(), id, fmt.Sprint(id, " ", i), noon, noon.Add(time.Minute), goAhead)
				if ok {
					began.Add(1)
				}
				return err
			}) {
				must(t, err)
			}
			equal(t, "begun", began.Load(), 1)
			equal(t, "tries", d.count(t, `SELECT tries FROM outbox WHERE id = $1`, id), 1)
		}
	})
}

// STOP and the door meet: the message has begun before the STOP, or the STOP has
// cancelled it. Never both, never neither (P2).
func TestBeginAgainstStop(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		met := map[bool]int{}
		for round := range 60 {
			id, who := fmt.Sprint("msg_", round), at(phone(round))
			d.queued(t, who, say(id, message.Invitation, 0))
			var began, stoppedAtDoor bool
			var canceled []string
			for _, err := range together(2, func(i int) error {
				if i == round%2 { // either may be first
					var err error
					_, began, err = d.Begin(context.Background(), id, id, noon, noon.Add(time.Minute), func(w delivery.Waiting) delivery.Ruling {
						stoppedAtDoor = w.Suppressed || w.Record[offers].State == consent.Withdrawn
						return delivery.Ruling{Fate: message.Sending}
					})
					return err
				}
				_, _, err := d.Change(context.Background(), cause(id), who, func(dr *optin.Draft) error {
					if err := act(consent.Act{Kind: consent.Withdraw, Keys: []consent.Key{offers}})(dr); err != nil {
						return err
					}
					dr.Suppress = append(dr.Suppress, consent.SMS)
					dr.CancelWaiting(consent.SMS)
					canceled = dr.Event.Canceled
					return nil
				})
				return err
			}) {
				must(t, err)
			}
			met[began]++
			fate := d.fate(t, id)
			switch {
			case began && (fate != message.Sending || len(canceled) > 0):
				t.Errorf("%s began and is %s; the evidence says cancelled: %v", id, fate, canceled)
			case !began && (fate != message.Canceled || len(canceled) != 1):
				t.Errorf("%s did not begin and is %s; the evidence says cancelled: %v", id, fate, canceled)
			case began && stoppedAtDoor:
				t.Errorf("%s began although the door saw the STOP, so it came after it", id)
			}
		}
		t.Logf("begun first %d, stopped first %d", met[true], met[false])
	})
}

// permutations of the fates a provider may report.
func permutations(of []message.Fate) [][]message.Fate {
	if len(of) == 0 {
		return [][]message.Fate{nil}
	}
	var out [][]message.Fate
	for i := range of {
		rest := slices.Concat(of[:i], of[i+1:])
		for _, p := range permutations(rest) {
			out = append(out, append([]message.Fate{of[i]}, p...))
		}
	}
	return out
}

// TestSettleInAnyOrder reports every order of news, each twice, by id, by token and by
// the provider's id: the store follows message.Fate.After and ends in the same place (P6).
func TestSettleInAnyOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		n := 0
		for _, final := range []message.Fate{message.Delivered, message.Undelivered, message.Failed} {
			orders := permutations([]message.Fate{message.Accepted, message.Sent, message.Unknown, final})
			var ms []func(*optin.Draft) optin.Message
			for i := range orders {
				ms = append(ms, say(fmt.Sprint("msg_", n+i), message.Service, 0))
			}
			d.queued(t, at(phone(n)), ms...)
			for _, order := range orders {
				id := fmt.Sprint("msg_", n)
				n++
				d.begin(t, id)
				want := message.Sending
				for i, f := range slices.Concat(order, order) {
					o := news(id, f)
					switch {
					case i == 0:
						o.News.ProviderID = "SM" + id
					case i%3 == 1:
						o.ID, o.News.AttemptToken = "", "token "+id
					case i%3 == 2:
						o.ID, o.News.ProviderID = "", "SM"+id
					}
					old := want
					want = want.After(f)
					s := d.settle(t, o)
					if !s.Known || s.ID != id || s.Brand != brand || s.Channel != consent.SMS || s.Program != "carta" || s.Person == "" || s.Event == "" ||
						s.Fate != want || s.Moved != (old != want) {
						t.Fatalf("%v, news %d: %+v, want %s", order, i, s, want)
					}
				}
				equal(t, fmt.Sprint(order), d.fate(t, id), final)
				equal(t, "settled once", d.count(t, `SELECT COUNT(*) FROM outbox WHERE id = $1 AND settled_at = $2 AND provider = 'twilio' AND provider_id = $3 AND lease_until IS NULL`, id, noon.UnixMicro(), "SM"+id), 1)
			}
		}
		for _, o := range []delivery.Outcome{news("msg_x", message.Sent), {News: senders.News{AttemptToken: "x", Fate: message.Sent}}, {News: senders.News{ProviderID: "x", Fate: message.Sent}}, {}} {
			if s := d.settle(t, o); s.Known || s.Moved {
				t.Errorf("news of nothing of ours: %+v", s)
			}
		}
	})
}

func TestCallbacksAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		d.queued(t, at(phone(1)), say("msg_1", message.Service, 0), say("msg_2", message.Invitation, time.Hour, func(m *optin.Message) { m.Follows = "msg_1" }))
		d.begin(t, "msg_1")
		fates := []message.Fate{message.Accepted, message.Sent, message.Delivered}
		var moved sync.Map
		for _, err := range together(30, func(i int) error {
			s, err := d.Settle(context.Background(), delivery.Outcome{News: senders.News{AttemptToken: "token msg_1", Fate: fates[i%3]}, At: noon})
			if s.Moved {
				if _, twice := moved.LoadOrStore(s.Fate, true); twice {
					err = errors.Join(err, fmt.Errorf("moved to %s twice", s.Fate))
				}
			}
			return err
		}) {
			must(t, err)
		}
		equal(t, "fate", d.fate(t, "msg_1"), message.Delivered)
		due, _, err := d.Due(t.Context(), consent.SMS, noon, 9)
		must(t, err)
		equal(t, "the one that follows is due", len(due), 1)
	})
}

// What follows a message waits until it is reported sent, and leaves at its own
// time at the latest.
func TestFollowers(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		for i, c := range []struct {
			fate message.Fate
			due  bool
		}{{message.Accepted, false}, {message.Unknown, false}, {message.Failed, false}, {message.Undelivered, false}, {message.Sent, true}, {message.Delivered, true}} {
			first, second, other := fmt.Sprint("msg_1", i), fmt.Sprint("msg_2", i), fmt.Sprint("msg_3", i)
			d.queued(t, at(phone(i)), say(first, message.Service, 0),
				say(second, message.Invitation, 2*time.Minute, func(m *optin.Message) { m.Follows = first }), say(other, message.Service, 2*time.Minute))
			d.begin(t, first)
			now := noon.Add(time.Second)
			d.settle(t, delivery.Outcome{ID: first, At: now, News: senders.News{Fate: c.fate}})
			due, _, err := d.Due(t.Context(), consent.SMS, now, 9)
			must(t, err)
			is := slices.ContainsFunc(due, func(m delivery.Due) bool { return m.ID == second })
			equal(t, fmt.Sprintf("after %s the next one is due", c.fate), is, c.due)
			equal(t, "others are not", slices.ContainsFunc(due, func(m delivery.Due) bool { return m.ID == other }), false)
		}
		// What was cancelled in between stays so.
		d.queued(t, at(phone(9)), say("msg_a", message.Service, 0), say("msg_b", message.Invitation, time.Minute, func(m *optin.Message) { m.Follows = "msg_a" }))
		d.begin(t, "msg_a")
		d.change(t, "stop", at(phone(9)), func(dr *optin.Draft) error { heard(dr); dr.CancelWaiting(consent.SMS); return nil })
		d.settle(t, news("msg_a", message.Sent))
		equal(t, "cancelled", d.fate(t, "msg_b"), message.Canceled)
	})
}

func TestRetry(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		d.queued(t, at(phone(1)), say("msg_1", message.Service, 0))
		d.begin(t, "msg_1")
		again := noon.Add(5 * time.Second)
		s := d.settle(t, delivery.Outcome{ID: "msg_1", Retry: again, Reason: "429: too fast"})
		equal(t, "fate", s.Fate, message.Queued)
		equal(t, "moved", s.Moved, true)
		due, next, err := d.Due(t.Context(), consent.SMS, noon, 9)
		must(t, err)
		if len(due) != 0 || next != again {
			t.Errorf("due %v, next %v", due, next)
		}
		n, err := d.Overdue(t.Context(), noon.Add(time.Hour))
		must(t, err)
		equal(t, "overdue", n, 0)
		_, ok, err := d.Begin(t.Context(), "msg_1", "second", again, again.Add(time.Minute), func(w delivery.Waiting) delivery.Ruling {
			equal(t, "tries", w.Tries, 1)
			return goAhead(w)
		})
		must(t, err)
		equal(t, "second try", ok, true)
		// A refusal that comes when the message has moved on counts for nothing.
		d.settle(t, news("msg_1", message.Sent))
		s = d.settle(t, delivery.Outcome{ID: "msg_1", Retry: again})
		equal(t, "fate", s.Fate, message.Sent)
		equal(t, "moved", s.Moved, false)
		equal(t, "stored", d.fate(t, "msg_1"), message.Sent)
	})
}

// An attempt that nobody settled is unknown, and never queued again (P4).
func TestOverdue(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		var ms []func(*optin.Draft) optin.Message
		for i := range 3 {
			ms = append(ms, say(fmt.Sprint("msg_", i), message.Marketing, 0))
		}
		d.queued(t, at(phone(1)), ms...)
		d.begin(t, "msg_0")
		d.begin(t, "msg_1")
		d.settle(t, news("msg_1", message.Accepted))
		lease := noon.Add(time.Minute)
		for _, c := range []struct {
			now  time.Time
			want int
		}{{lease, 0}, {lease.Add(time.Microsecond), 1}, {lease.Add(time.Hour), 0}} {
			n, err := d.Overdue(t.Context(), c.now)
			must(t, err)
			equal(t, "overdue", n, c.want)
		}
		for id, want := range map[string]message.Fate{"msg_0": message.Unknown, "msg_1": message.Accepted, "msg_2": message.Queued} {
			equal(t, id, d.fate(t, id), want)
		}
		_, ok, err := d.Begin(t.Context(), "msg_0", "x", noon, noon, goAhead)
		if ok || err != nil {
			t.Errorf("what may have left was begun again: %v, %v", ok, err)
		}
		s := d.settle(t, delivery.Outcome{News: senders.News{AttemptToken: "token msg_0", Fate: message.Delivered}})
		equal(t, "the callback still knows it", s.Fate, message.Delivered)
	})
}

// A message that is waited for may be called forward.
func TestRelease(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		d.queued(t, at(phone(1)), say("msg_1", message.Invitation, time.Hour), say("msg_2", message.Invitation, -time.Hour))
		d.change(t, "1", at(phone(1)), func(dr *optin.Draft) error {
			dr.Release = append(dr.Release, "msg_1", "msg_2")
			return silent(dr)
		})
		for id, want := range map[string]time.Time{"msg_1": noon, "msg_2": noon.Add(-time.Hour)} {
			equal(t, id, d.count(t, `SELECT due_at FROM outbox WHERE id = $1`, id), int(want.UnixMicro()))
		}
	})
}
