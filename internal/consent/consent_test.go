package consent

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	noon   = time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC)
	asked  = noon.Add(-time.Hour)
	window = noon.Add(time.Hour)
	offers = Key{SMS, Offers}
)

var states = []State{None, Pending, Granted, Refused, Expired, Withdrawn, Objected, Invalidated}

// standing is a permission in a state, as it could have come about.
func standing(s State) Record {
	switch s {
	case None:
		return Record{}
	case Pending:
		return Record{offers: {State: Pending, Since: asked, Until: window, Program: "carta", Event: "evt_before", AskedAt: asked}}
	case Granted:
		return Record{offers: {State: Granted, Basis: ByConsent, Grade: GradeB, Since: asked, Program: "carta", Event: "evt_before", AskedAt: asked}}
	default:
		return Record{offers: {State: s, Since: asked, Program: "carta", Event: "evt_before", AskedAt: asked}}
	}
}

// same stands for a state an act leaves alone.
var same State

// The whole law: every act on every state, pending once more after its window.
func TestAfter(t *testing.T) {
	type outcome struct {
		to  State
		err error
	}
	const lapsed State = "pending, window closed"
	nothing, late, mayNot := outcome{err: ErrNothingPending}, outcome{err: ErrWindowClosed}, outcome{err: ErrMayNotAsk}
	to := func(s State) outcome { return outcome{to: s} }
	for _, c := range []struct {
		name string
		act  Act
		want map[State]outcome
	}{
		// The person may ask for anything at any time; a yes that stands is not asked for again.
		{"the person asks", Act{Kind: Request, ByPerson: true}, map[State]outcome{
			None: to(Pending), Pending: to(Pending), lapsed: to(Pending), Expired: to(Pending), Refused: to(Pending),
			Withdrawn: to(Pending), Objected: to(Pending), Invalidated: to(Pending), Granted: to(same),
		}},
		// A no, a withdrawal and an objection bind the brand (GDPR art. 7(3), art. 21(3));
		// what an authority or we found invalid cannot be mended by asking again unasked.
		{"the brand asks", Act{Kind: Request}, map[State]outcome{
			None: to(Pending), Pending: to(Pending), lapsed: to(Pending), Expired: to(Pending), Granted: to(same),
			Refused: mayNot, Withdrawn: mayNot, Objected: mayNot, Invalidated: mayNot,
		}},
		// A yes answers a question that is open (GDPR art. 4(11), 7(1); Garante provv. 330/2025).
		{"yes", Act{Kind: Confirm}, map[State]outcome{
			None: nothing, Pending: to(Granted), lapsed: late, Expired: late, Granted: nothing,
			Refused: nothing, Withdrawn: nothing, Objected: nothing, Invalidated: nothing,
		}},
		{"no", Act{Kind: Decline}, map[State]outcome{
			None: nothing, Pending: to(Refused), lapsed: nothing, Expired: nothing, Granted: nothing,
			Refused: nothing, Withdrawn: nothing, Objected: nothing, Invalidated: nothing,
		}},
		// Withdrawing is as easy as giving (GDPR art. 7(3)) and recorded even where nothing had been
		// given; a no that was said before keeps its name and date.
		{"stop", Act{Kind: Withdraw}, map[State]outcome{
			None: to(Withdrawn), Pending: to(Withdrawn), lapsed: to(Withdrawn), Expired: to(Withdrawn), Granted: to(Withdrawn),
			Invalidated: to(Withdrawn), Refused: to(same), Withdrawn: to(same), Objected: to(same),
		}},
		// The right to object to direct marketing is absolute (GDPR art. 21(2), 21(3)).
		{"objection", Act{Kind: Object}, map[State]outcome{
			None: to(Objected), Pending: to(Objected), lapsed: to(Objected), Expired: to(Objected), Granted: to(Objected),
			Invalidated: to(Objected), Refused: to(Objected), Withdrawn: to(Objected), Objected: to(same),
		}},
		// Silence is not consent (GDPR recital 32), and no refusal either.
		{"silence", Act{Kind: Expire}, map[State]outcome{
			None: to(same), Pending: to(same), lapsed: to(Expired), Expired: to(same), Granted: to(same),
			Refused: to(same), Withdrawn: to(same), Objected: to(same), Invalidated: to(same),
		}},
		// The box on the person's own page is both halves at once: the link proves the address.
		{"box ticked", Act{Kind: Choose}, map[State]outcome{
			None: to(Granted), Pending: to(Granted), lapsed: to(Granted), Expired: to(Granted), Granted: to(same),
			Refused: to(Granted), Withdrawn: to(Granted), Objected: to(Granted), Invalidated: to(Granted),
		}},
		{"box unticked", Act{Kind: Choose, Take: []Key{offers}}, map[State]outcome{
			None: to(Withdrawn), Pending: to(Withdrawn), lapsed: to(Withdrawn), Expired: to(Withdrawn), Granted: to(Withdrawn),
			Invalidated: to(Withdrawn), Refused: to(same), Withdrawn: to(same), Objected: to(same),
		}},
		// A benefit asked for says nothing about a permission (GDPR art. 7(4)).
		{"a text heard", Act{Kind: Receive}, map[State]outcome{}},
		{"settings", Act{Kind: Settings}, map[State]outcome{}},
	} {
		for _, s := range append(slices.Clone(states), lapsed) {
			t.Run(c.name+"/"+string(s), func(t *testing.T) {
				a, from := c.act, s
				a.At, a.Event = noon, "evt_now"
				if a.Kind == Request {
					a.Until, a.Program = noon.Add(48*time.Hour), "offerte"
				}
				if a.Take == nil {
					a.Keys = []Key{offers}
				}
				r := standing(s)
				if s == lapsed {
					r, from, a.At = standing(Pending), Expired, window
					if a.Kind == Expire {
						from = Pending // what is written down is the end of the wait
					}
				}
				before := maps.Clone(r)
				cs, err := r.After(a)
				want := c.want[s]
				if !errors.Is(err, want.err) {
					t.Fatalf("error %v, want %v", err, want.err)
				}
				if !maps.Equal(r, before) {
					t.Fatalf("After changed the record: %v", r)
				}
				if want.to == same {
					if len(cs) != 0 {
						t.Fatalf("changed %+v, want nothing", cs)
					}
					return
				}
				if len(cs) != 1 || cs[0].Key != offers || cs[0].From != from || cs[0].To.State != want.to || cs[0].To.Event != "evt_now" {
					t.Fatalf("changed %+v, want %s → %s", cs, from, want.to)
				}
				p := cs[0].To
				since := a.At
				if a.Kind == Expire {
					since = window // silence began to count when the window closed, not when we looked
				}
				if !p.Since.Equal(since) {
					t.Errorf("since %v, want %v", p.Since, since)
				}
				if yes := p.State == Granted; (p.Basis == ByConsent) != yes || (p.Grade == GradeA) != yes {
					t.Errorf("%s rests on %q, grade %q", p.State, p.Basis, p.Grade)
				}
				if asks := p.State == Pending; asks == p.Until.IsZero() || asks && (p.Program != "offerte" || !p.AskedAt.Equal(a.At)) {
					t.Errorf("%s until %v, asked %v by %q", p.State, p.Until, p.AskedAt, p.Program)
				}
				if p.State != Pending && s != None && (p.Program != "carta" || !p.AskedAt.Equal(asked)) {
					t.Errorf("%s forgot that %q asked at %v", p.State, p.Program, p.AskedAt)
				}
			})
		}
	}
}

// One question about several topics is one question: none is put where one may not be.
func TestAfterIsWhole(t *testing.T) {
	info := Key{SMS, Info}
	r := Record{info: {State: Refused}}
	cs, err := r.After(Act{Kind: Request, At: noon, Keys: []Key{offers, info}, Until: window})
	if !errors.Is(err, ErrMayNotAsk) || cs != nil {
		t.Errorf("%v, %v", cs, err)
	}
	// A yes takes what is open and leaves what is not.
	r = Record{offers: {State: Pending, Until: window}, info: {State: Pending, Until: asked}}
	cs, err = r.After(Act{Kind: Confirm, At: noon, Keys: []Key{offers, info}})
	if err != nil || len(cs) != 1 || cs[0].Key != offers {
		t.Errorf("%v, %v", cs, err)
	}
}

// Who gives and takes back the same thing in one act has not given it.
func TestAContradictionGivesNothing(t *testing.T) {
	for _, s := range states {
		r := standing(s)
		cs, err := r.After(Act{Kind: Choose, At: noon, Keys: []Key{offers}, Take: []Key{offers}})
		if err != nil {
			t.Fatal(err)
		}
		r.Apply(cs)
		if r.At(offers, noon).State == Granted {
			t.Errorf("%s was raised by a contradiction: %+v", s, cs)
		}
	}
}

func TestAt(t *testing.T) {
	r := standing(Pending)
	for _, c := range []struct {
		name string
		now  time.Time
		want Permission
	}{
		{"in the window", window.Add(-1), r[offers]},
		{"when it closes", window, Permission{State: Expired, Since: window, Until: window, Program: "carta", Event: "evt_before", AskedAt: asked}},
		{"later", window.Add(time.Hour), Permission{State: Expired, Since: window, Until: window, Program: "carta", Event: "evt_before", AskedAt: asked}},
	} {
		if got := r.At(offers, c.now); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	if got := (Record)(nil).At(offers, noon); got != (Permission{State: None}) {
		t.Errorf("nothing known: %+v", got)
	}
	r[offers] = Permission{State: Pending} // imported without a window
	if got := r.At(offers, noon.AddDate(9, 0, 0)).State; got != Pending {
		t.Errorf("without a window: %s", got)
	}
	for _, s := range []State{Granted, Refused, Withdrawn, Objected, Invalidated, Expired} {
		if got := standing(s).At(offers, noon.AddDate(9, 0, 0)).State; got != s {
			t.Errorf("%s became %s by waiting", s, got)
		}
	}
}

func TestPurpose(t *testing.T) {
	for topic, want := range map[Topic]string{Info: "marketing", Offers: "marketing", Profiling: "profiling", Partners: "third_party"} {
		if got := topic.Purpose(); got != want {
			t.Errorf("%s: %s, want %s", topic, got, want)
		}
	}
}

func TestKeysAreOrdered(t *testing.T) {
	r := Record{}
	for _, c := range Channels {
		for _, topic := range Topics {
			r[Key{c, topic}] = Permission{}
		}
	}
	ks := r.Keys()
	if len(ks) != 16 || !slices.IsSortedFunc(ks, func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Topic, b.Topic))
	}) {
		t.Errorf("%v", ks)
	}
}

// keys draws some keys without repetition.
func keys() *rapid.Generator[[]Key] {
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) Key {
		return Key{rapid.SampledFrom(Channels).Draw(t, "channel"), rapid.SampledFrom(Topics).Draw(t, "topic")}
	}), 0, 5, rapid.ID)
}

// deed draws an act; the clock mostly goes forward.
func deed(now *time.Time, n int) *rapid.Generator[Act] {
	return rapid.Custom(func(t *rapid.T) Act {
		*now = now.Add(time.Duration(rapid.IntRange(-10, 90).Draw(t, "minutes")) * time.Minute)
		a := Act{
			Kind: rapid.SampledFrom([]ActKind{Request, Request, Confirm, Confirm, Decline, Withdraw, Object, Expire, Choose, Receive, Settings}).Draw(t, "kind"),
			At:   *now, Keys: keys().Draw(t, "keys"), Event: "evt_" + string(rune('a'+n%26)),
			ByPerson: rapid.Bool().Draw(t, "by the person"),
		}
		switch a.Kind {
		case Request:
			a.Program, a.Until = "carta", now.Add(time.Duration(rapid.IntRange(1, 120).Draw(t, "window"))*time.Minute)
		case Choose:
			a.Take = keys().Draw(t, "take")
		default:
		}
		return a
	})
}

// Random lives keep the promises of the law, whatever the order of acts.
func TestLives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, now := Record{}, noon
		var events []*Event
		for n := range rapid.IntRange(1, 40).Draw(t, "acts") {
			a := deed(&now, n).Draw(t, "act")
			before := maps.Clone(r)
			cs, err := r.After(a)
			if !maps.Equal(r, before) {
				t.Fatalf("After changed the record")
			}
			if err != nil {
				if cs != nil {
					t.Fatalf("%v and changes: %+v", err, cs)
				}
				continue
			}
			for _, c := range cs {
				was := before.At(c.Key, a.At)
				if c.From != was.State && a.Kind != Expire {
					t.Fatalf("%s from %s, which was %s", a.Kind, c.From, was.State)
				}
				if !slices.Contains(a.Keys, c.Key) && !slices.Contains(a.Take, c.Key) {
					t.Fatalf("%s changed %v, which it was not about", a.Kind, c.Key)
				}
				// A yes comes from an open question or from the person's own choice, from nothing else.
				if c.To.State == Granted && a.Kind != Choose && (a.Kind != Confirm || before[c.Key].State != Pending || !a.At.Before(before[c.Key].Until)) {
					t.Fatalf("granted by %s from %+v at %v", a.Kind, before[c.Key], a.At)
				}
				// No brand reopens what a person closed.
				closed := was.State == Refused || was.State == Withdrawn || was.State == Objected
				if closed && c.To.State == Pending && !a.ByPerson {
					t.Fatalf("the brand reopened %+v", was)
				}
			}
			r.Apply(cs)
			for _, k := range a.Keys {
				s := r.At(k, a.At).State
				if a.Kind == Withdraw && s != Withdrawn && s != Refused && s != Objected {
					t.Fatalf("stop left %v %s", k, s)
				}
				if a.Kind == Object && s != Objected {
					t.Fatalf("an objection left %v %s", k, s)
				}
			}
			for _, k := range a.Take {
				if s := r.At(k, a.At).State; s == Granted || s == Pending {
					t.Fatalf("taken back, %v is %s", k, s)
				}
			}
			// The same act again changes nothing further, except that a question is put anew.
			again, err := r.After(a)
			if len(again) > 0 && a.Kind != Request {
				t.Fatalf("%s twice: %+v, %v", a.Kind, again, err)
			}
			events = append(events, &Event{SchemaVersion: Schema, Type: a.Kind, Changes: cs})
		}
		if got := Fold(events); !reflect.DeepEqual(got, r) {
			t.Fatalf("the evidence says %v, the record %v", got, r)
		}
		// What is sealed and opened again proves the same.
		stored := make([]*Event, len(events))
		for i, e := range events {
			text, err := e.Encode()
			if err != nil {
				t.Fatal(err)
			}
			stored[i] = &Event{}
			if err := json.Unmarshal(text, stored[i]); err != nil {
				t.Fatal(err)
			}
		}
		got := Fold(stored)
		if len(got) != len(r) {
			t.Fatalf("stored: %v, record %v", got, r)
		}
		for k, p := range r {
			if q := got[k]; q.State != p.State || !q.Since.Equal(p.Since) || !q.Until.Equal(p.Until) || !q.AskedAt.Equal(p.AskedAt) || q.Event != p.Event || q.Grade != p.Grade || q.Basis != p.Basis || q.Program != p.Program {
				t.Fatalf("stored: %+v, record %+v", q, p)
			}
		}
	})
}
