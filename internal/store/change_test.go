package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/message"
	"placet/internal/optin"
)

func TestChangeWritesEverything(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		var person string
		event := d.change(t, "1", at(phone(1)), func(dr *optin.Draft) error {
			if !dr.New || dr.Person == "" || len(dr.Record) != 0 || dr.Addresses[0].Address != phone(1) {
				t.Errorf("a new person reads as %+v", dr)
			}
			if dr.Event.Brand != brand || dr.Event.Person != dr.Person || dr.Event.SchemaVersion != consent.Schema {
				t.Errorf("the event names %+v", dr.Event)
			}
			person = dr.Person
			dr.Facts = optin.Facts{Language: "it", HelpedAt: noon, Prefs: optin.Preferences{Days: []string{"mon"}, PerMonth: 2, PauseUntil: noon.Add(time.Hour)}}
			dr.Prove = append(dr.Prove, phone(1))
			dr.Suppress = append(dr.Suppress, consent.Call)
			dr.Messages = append(dr.Messages, text(dr, "msg_1", message.Invitation), text(dr, "msg_2", message.Service))
			dr.Tokens = append(dr.Tokens, optin.Token{
				Hash: optin.HashToken("secret"), Use: optin.ForPrefs, Index: dr.Addresses[0].Index, Channel: consent.SMS, Event: dr.Event.ID, Expires: noon.Add(time.Hour),
			})
			return act(consent.Act{Kind: consent.Request, Keys: []consent.Key{offers}, Until: noon.Add(72 * time.Hour), Program: "carta"})(dr)
		})
		dr := d.person(t, at(phone(1)))
		equal(t, "person", dr.Person, person)
		equal(t, "new", dr.New, false)
		want := consent.Permission{State: consent.Pending, Since: noon, Until: noon.Add(72 * time.Hour), Program: "carta", Event: event, AskedAt: noon}
		equal(t, "permission", dr.Record[offers], want)
		if len(dr.Addresses) != 1 || dr.Addresses[0].Address != phone(1) || string(dr.Addresses[0].Index) != string(d.keys.Index(brand, phone(1).Index())) {
			t.Errorf("addresses %+v", dr.Addresses)
		}
		equal(t, "proven", dr.Addresses[0].Proven, noon)
		equal(t, "language", dr.Facts.Language, "it")
		equal(t, "helped at", dr.Facts.HelpedAt, noon)
		equal(t, "wish a month", dr.Facts.Prefs.PerMonth, 2)
		equal(t, "pause", dr.Facts.Prefs.PauseUntil, noon.Add(time.Hour))
		equal(t, "suppressed by phone call", dr.Suppressed[consent.Call], true)
		equal(t, "suppressed by text", dr.Suppressed[consent.SMS], false)
		equal(t, "waiting", len(dr.Waiting), 2)
		for _, w := range dr.Waiting {
			if w.Event != event || w.Channel != consent.SMS || w.Contact != "person" {
				t.Errorf("waiting %+v", w)
			}
		}
		if len(dr.Questions) != 1 || dr.Questions[0] != (optin.Question{ID: "msg_1", Event: event, Fate: message.Queued, Due: noon}) {
			t.Errorf("questions %+v", dr.Questions)
		}
		tok, err := d.Token(t.Context(), optin.HashToken("secret"))
		must(t, err)
		if tok.Brand != brand || tok.Person != person || tok.Use != optin.ForPrefs || tok.Channel != consent.SMS || tok.Event != event ||
			!tok.Expires.Equal(noon.Add(time.Hour)) || string(tok.Index) != string(dr.Addresses[0].Index) {
			t.Errorf("token %+v", tok)
		}
		_, err = d.Token(t.Context(), optin.HashToken("another"))
		mustBe(t, err, optin.ErrNoToken)
		equal(t, "events that wait for their place", d.count(t, `SELECT COUNT(*) FROM ledger_queue WHERE brand = $1 AND event = $2`, brand, event), 1)
	})
}

func TestChangeOfSomebodyKnown(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		d.change(t, "1", at(phone(1)), silent)
		id := d.person(t, at(phone(1))).Person
		for i, who := range []optin.Who{at(phone(1)), {Person: id}} {
			d.change(t, fmt.Sprint("again ", i), who, func(dr *optin.Draft) error {
				if dr.New || dr.Person != id || len(dr.Addresses) != 1 {
					t.Errorf("a known person reads as %+v", dr)
				}
				dr.Facts.Language, dr.FactsNew = "fr", true
				return silent(dr)
			})
		}
		equal(t, "people", d.count(t, `SELECT COUNT(*) FROM persons`), 1)
		equal(t, "language", d.person(t, optin.Who{Person: id}).Facts.Language, "fr")

		before := d.rows(t)
		_, _, err := d.Change(t.Context(), cause("x"), optin.Who{Person: "sub_nobody"}, silent)
		mustBe(t, err, optin.ErrNobody)
		_, _, err = d.Change(t.Context(), cause("x"), optin.Who{}, silent)
		mustBe(t, err, optin.ErrNobody)
		foreign := optin.Cause{Brand: "nord", Source: "test", Ref: "x"}
		_, _, err = d.Change(t.Context(), foreign, optin.Who{Person: id}, silent)
		mustBe(t, err, optin.ErrNobody)
		d.unchanged(t, before)
	})
}

func TestErrorSavesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		d.change(t, "1", at(phone(1)), silent)
		before := d.rows(t)
		no := errors.New("no")
		for i, n := range []int{1, 2} { // somebody known, somebody new
			_, fresh, err := d.Change(t.Context(), cause("refused"), at(phone(n)), func(dr *optin.Draft) error {
				_ = act(consent.Act{Kind: consent.Withdraw, Keys: []consent.Key{offers}})(dr)
				dr.Messages = append(dr.Messages, text(dr, "msg_x", message.Service))
				dr.Suppress = append(dr.Suppress, consent.SMS)
				return no
			})
			if err != no || fresh {
				t.Errorf("%d: fresh %v, %v, want the error as it is", i, fresh, err)
			}
			d.unchanged(t, before)
		}
		d.change(t, "refused", at(phone(1)), silent) // the cause was not used up
	})
}

// A slip in the code of one change must neither be saved nor take the database with it.
func TestPanicSavesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		before := d.rows(t)
		func() {
			defer func() { _ = recover() }()
			_, fresh, err := d.Change(t.Context(), cause("1"), at(phone(1)), func(*optin.Draft) error { panic("a slip") })
			if err == nil || fresh {
				t.Errorf("fresh %v, no error", fresh)
			}
		}()
		d.unchanged(t, before)
		d.change(t, "1", at(phone(1)), silent)
	})
}

func TestSameCauseTwice(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		first := d.change(t, "SM1", at(phone(1)), silent)
		before := d.rows(t)
		for _, who := range []optin.Who{at(phone(1)), at(phone(2)), {Person: "sub_nobody"}} {
			event, fresh, err := d.Change(t.Context(), cause("SM1"), who, func(*optin.Draft) error {
				t.Error("acted again")
				return nil
			})
			if event != first || fresh || err != nil {
				t.Errorf("event %q, fresh %v, %v; want %q, false", event, fresh, err, first)
			}
		}
		d.unchanged(t, before)
		// Another brand and another source are other causes.
		for _, c := range []optin.Cause{{Brand: "nord", Source: "test", Ref: "SM1"}, {Brand: brand, Source: "other", Ref: "SM1"}} {
			if _, fresh, err := d.Change(t.Context(), c, at(phone(1)), silent); !fresh || err != nil {
				t.Errorf("%+v: fresh %v, %v", c, fresh, err)
			}
		}
	})
}

func TestSameCauseAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		for round, known := range []bool{false, true} {
			who := at(phone(round))
			if known {
				d.change(t, "known", who, silent)
			}
			var mu sync.Mutex
			events, firsts := map[string]bool{}, 0
			for _, err := range together(64, func(int) error {
				event, fresh, err := d.Change(context.Background(), cause(fmt.Sprint("same ", round)), who, func(dr *optin.Draft) error {
					heard(dr)
					dr.Messages = append(dr.Messages, text(dr, "msg_"+dr.Event.ID, message.Service))
					return nil
				})
				mu.Lock()
				defer mu.Unlock()
				events[event] = true
				if fresh {
					firsts++
				}
				return err
			}) {
				must(t, err)
			}
			equal(t, "fresh answers", firsts, 1)
			equal(t, "different events", len(events), 1)
			equal(t, "messages", d.count(t, `SELECT COUNT(*) FROM outbox`), round+1)
			equal(t, "events", d.count(t, `SELECT COUNT(*) FROM events`), 1+2*round)
		}
	})
}

func TestFirstTextsAtOnceMakeOnePerson(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		for _, err := range together(32, func(i int) error {
			_, fresh, err := d.Change(context.Background(), cause(fmt.Sprint(i)), at(phone(1)), silent)
			if err == nil && !fresh {
				err = errors.New("not fresh")
			}
			return err
		}) {
			must(t, err)
		}
		equal(t, "people", d.count(t, `SELECT COUNT(*) FROM persons`), 1)
		equal(t, "addresses", d.count(t, `SELECT COUNT(*) FROM addresses`), 1)
		equal(t, "texts kept", d.count(t, `SELECT COUNT(*) FROM events WHERE person = (SELECT id FROM persons)`), 32)
		equal(t, "causes", d.count(t, `SELECT COUNT(*) FROM causes`), 32)
	})
}

// Every change adds one to what it read: a lost update would show.
func TestChangesOfOnePersonSerialise(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		d.change(t, "first", at(phone(1)), silent)
		id := d.person(t, at(phone(1))).Person
		who := []optin.Who{at(phone(1)), {Person: id}}
		for _, err := range together(64, func(i int) error {
			_, _, err := d.Change(context.Background(), cause(fmt.Sprint(i)), who[i%2], func(dr *optin.Draft) error {
				heard(dr)
				dr.Facts.Prefs.PerMonth++
				dr.FactsNew = true
				return nil
			})
			return err
		}) {
			must(t, err)
		}
		equal(t, "additions", d.person(t, at(phone(1))).Facts.Prefs.PerMonth, 64)
	})
}

func TestManyPeopleAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		const people, each = 16, 8
		for _, err := range together(people*each, func(i int) error {
			_, _, err := d.Change(context.Background(), cause(fmt.Sprint(i)), at(phone(i%people)), func(dr *optin.Draft) error {
				heard(dr)
				dr.Facts.Prefs.PerMonth++
				dr.FactsNew = true
				return nil
			})
			return err
		}) {
			must(t, err)
		}
		equal(t, "people", d.count(t, `SELECT COUNT(*) FROM persons`), people)
		for i := range people {
			equal(t, fmt.Sprint("person ", i), d.person(t, at(phone(i))).Facts.Prefs.PerMonth, each)
		}
	})
}

// On PostgreSQL one person's slow change holds nobody else up.
func TestPeopleDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	d := empty(t, pg)
	must(t, d.Migrate(t.Context()))
	for i := range 2 {
		d.change(t, fmt.Sprint("known ", i), at(phone(i)), silent)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	inside, done := make(chan struct{}), make(chan struct{})
	errs := together(2, func(i int) error {
		if i == 1 {
			defer close(done)
			<-inside
			_, _, err := d.Change(ctx, cause("quick"), at(phone(1)), silent)
			return err
		}
		_, _, err := d.Change(ctx, cause("slow"), at(phone(0)), func(dr *optin.Draft) error {
			close(inside)
			select {
			case <-done:
			case <-ctx.Done():
				t.Error("the other person had to wait")
			}
			return silent(dr)
		})
		return err
	})
	for _, err := range errs {
		must(t, err)
	}
}

// Whoever gives up must not take down those who share a commit with them.
func TestGivingUpHarmsNobodyElse(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		const n = 96
		errs := together(n, func(i int) error {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if i%3 == 0 {
				go cancel()
			}
			_, _, err := d.Change(ctx, cause(fmt.Sprint(i)), at(phone(i)), silent)
			return err
		})
		for i, err := range errs {
			kept := d.count(t, `SELECT COUNT(*) FROM causes WHERE ref = $1`, fmt.Sprint(i))
			switch {
			case i%3 != 0 && err != nil:
				t.Errorf("%d did not give up: %v", i, err)
			case err == nil && kept != 1:
				t.Errorf("%d was acknowledged and is not there", i)
			case err != nil && !errors.Is(err, optin.ErrUnavailable):
				t.Errorf("%d gave up with %v", i, err)
			}
		}
	})
}

func TestCanceledBeforeStart(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		d.change(t, "1", at(phone(1)), silent)
		before := d.rows(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 20 {
			_, _, err := d.Change(ctx, cause("2"), at(phone(1)), func(*optin.Draft) error {
				t.Error("acted for nobody")
				return nil
			})
			mustBe(t, err, optin.ErrUnavailable)
			mustBe(t, err, context.Canceled)
		}
		_, err := d.Person(ctx, brand, at(phone(1)))
		mustBe(t, err, optin.ErrUnavailable)
		d.unchanged(t, before)
	})
}

// Times are kept to the microsecond, in UTC, whatever zone they came in; the
// evidence says the same as the record.
func TestTimes(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	must(t, err)
	onBoth(t, func(t *testing.T, d *database) {
		for i, when := range []time.Time{
			noon, noon.In(rome),
			time.Date(2026, 10, 25, 2, 30, 0, 999_999_000, rome), // the hour that comes twice
			time.Date(1969, 12, 31, 23, 59, 59, 1000, time.UTC), time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC),
			time.Date(2026, 3, 2, 11, 0, 0, 123_456_789, time.UTC),
		} {
			d.change(t, fmt.Sprint(i), at(phone(i)), act(consent.Act{Kind: consent.Request, At: when, Keys: []consent.Key{offers}, Until: when.Add(time.Hour)}))
			dr := d.person(t, at(phone(i)))
			p, us := dr.Record[offers], when.UTC().Truncate(time.Microsecond)
			if p.Since != us || p.AskedAt != us || p.Until != us.Add(time.Hour) {
				t.Errorf("%v came back as %v, %v, %v", when, p.Since, p.AskedAt, p.Until)
			}
			trail, err := d.Trail(t.Context(), brand, dr.Person, 1)
			must(t, err)
			if got := consent.Fold([]*consent.Event{&trail[0].Event})[offers]; got != p {
				t.Errorf("the evidence says %+v, the record %+v", got, p)
			}
		}
	})
}

func TestSuppression(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		suppressed := func(who optin.Who) bool {
			t.Helper()
			return d.person(t, who).Suppressed[consent.SMS]
		}
		stop := func(dr *optin.Draft) error {
			dr.Suppress = append(dr.Suppress, consent.SMS, consent.Email) // there is no e-mail address: nothing to suppress
			return silent(dr)
		}
		d.change(t, "1", at(phone(1)), stop)
		equal(t, "after STOP", suppressed(at(phone(1))), true)
		equal(t, "rows", d.count(t, `SELECT COUNT(*) FROM suppressions`), 1)
		d.change(t, "2", at(phone(1)), func(dr *optin.Draft) error {
			equal(t, "seen by the next change", dr.Suppressed[consent.SMS], true)
			dr.Lift = append(dr.Lift, consent.SMS)
			return silent(dr)
		})
		equal(t, "after coming back", suppressed(at(phone(1))), false)
		d.change(t, "3", at(phone(1)), stop)
		equal(t, "after another STOP", suppressed(optin.Who{Person: d.person(t, at(phone(1))).Person}), true)

		// A list of addresses to leave alone may name people nobody knows yet.
		d.exec(t, `INSERT INTO suppressions (brand, channel, bidx, reason, event, at) VALUES ($1, 'sms', $2, 'imported', '', 0)`, brand, d.keys.Index(brand, phone(2).Index()))
		dr, err := d.Person(t.Context(), brand, at(phone(2)))
		mustBe(t, err, optin.ErrNobody)
		if dr == nil || !dr.Suppressed[consent.SMS] {
			t.Errorf("somebody suppressed and unknown reads as %+v", dr)
		}
		if _, err := d.Person(t.Context(), "nord", at(phone(2))); !errors.Is(err, optin.ErrNobody) {
			t.Errorf("at another brand: %v", err)
		}
		sts, err := d.Standings(t.Context(), brand, []address.Address{phone(3), phone(2), phone(1)})
		must(t, err)
		for i, want := range []struct{ known, suppressed bool }{{false, false}, {false, true}, {true, true}} {
			if sts[i].Known != want.known || sts[i].Suppressed[consent.SMS] != want.suppressed {
				t.Errorf("standing %d: %+v, want %+v", i, sts[i], want)
			}
		}
		d.change(t, "4", at(phone(2)), func(dr *optin.Draft) error {
			if !dr.New || !dr.Suppressed[consent.SMS] {
				t.Errorf("their first text finds %+v", dr)
			}
			return silent(dr)
		})
		equal(t, "once known", suppressed(at(phone(2))), true)
		equal(t, "at another brand", func() bool {
			_, _, err := d.Change(t.Context(), optin.Cause{Brand: "nord", Source: "t", Ref: "1"}, at(phone(2)), func(dr *optin.Draft) error {
				return errors.Join(silent(dr), map[bool]error{true: errors.New("suppressed")}[dr.Suppressed[consent.SMS]])
			})
			return err != nil
		}(), false)
	})
}

// Evidence is placed in the order of its names. When the clock goes back, or
// another machine's ran ahead, a STOP must still come after the yes it ends (T10).
func TestEvidenceKeepsItsOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		d.change(t, "1", at(phone(1)), act(consent.Act{Kind: consent.Choose, Keys: []consent.Key{offers, key(consent.SMS, consent.Info)}}))
		ahead := "evt_fffffff0-0000-7abc-8def-0123456789ab"
		d.exec(t, `UPDATE permissions SET event = $1 WHERE topic = 'offers'`, ahead)
		last := ahead
		for i := range 3 {
			event := d.change(t, fmt.Sprint("stop ", i), at(phone(1)), act(consent.Act{Kind: consent.Object, Keys: []consent.Key{cells[i]}}))
			if event <= last || len(event) != len(ahead) {
				t.Errorf("event %s does not come after %s", event, last)
			}
			last = event
		}
	})
}
