package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"placet/internal/consent"
	"placet/internal/optin"
)

// TestModel lives random lives of three people on the database and in memory.
// What the store keeps, what the evidence adds up to in the order of the log,
// and the pure law applied by itself must be one and the same (P5, T13).
func TestModel(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		lives := 0
		rapid.Check(t, func(rt *rapid.T) {
			lives++
			live(rt, d, fmt.Sprint("brand-", lives)) // a brand of its own: nobody from earlier lives
		})
	})
}

var (
	cells = []consent.Key{
		key(consent.SMS, consent.Info), offers, key(consent.Email, consent.Offers), key(consent.Call, consent.Profiling),
	}
	someCells = rapid.SliceOfNDistinct(rapid.SampledFrom(cells), 0, len(cells), rapid.ID[consent.Key])
)

// model is one person as the pure law sees them.
type model struct {
	record     consent.Record
	suppressed map[consent.Channel]bool
	events     int
}

func live(t *rapid.T, d *database, brand string) {
	ctx := context.Background()
	people := make([]*model, 3)
	for i := range people {
		people[i] = &model{record: consent.Record{}, suppressed: map[consent.Channel]bool{}}
	}
	sequencer := d.sequencer(t, brand)
	now := noon
	for step := range rapid.IntRange(1, 25).Draw(t, "steps") {
		now = now.Add(time.Duration(rapid.IntRange(0, 50).Draw(t, "hours")) * time.Hour)
		n := rapid.IntRange(0, len(people)-1).Draw(t, "person")
		p, who := people[n], at(phone(n))
		a := consent.Act{At: now, Keys: someCells.Draw(t, "cells"), Program: rapid.SampledFrom([]string{"", "carta", "wifi"}).Draw(t, "program")}
		a.Kind = rapid.SampledFrom([]consent.ActKind{
			consent.Request, consent.Request, consent.Confirm, consent.Decline, consent.Withdraw, consent.Object, consent.Choose, consent.Expire, consent.Receive,
		}).Draw(t, "act")
		switch a.Kind {
		case consent.Request:
			a.ByPerson, a.Until = rapid.Bool().Draw(t, "by the person"), now.Add(72*time.Hour)
		case consent.Choose:
			a.Take = slices.DeleteFunc(someCells.Draw(t, "taken"), func(k consent.Key) bool { return slices.Contains(a.Keys, k) })
		}
		var event string
		var law error
		c := optin.Cause{Brand: brand, Source: "model", Ref: fmt.Sprint(step)}
		got, fresh, err := d.Change(ctx, c, who, func(dr *optin.Draft) error {
			event = dr.Event.ID
			if err := act(a)(dr); err != nil {
				return err
			}
			switch a.Kind {
			case consent.Withdraw:
				dr.Suppress = append(dr.Suppress, consent.SMS)
			case consent.Confirm:
				dr.Lift = append(dr.Lift, consent.SMS)
			}
			return nil
		})
		a.Event = event
		changes, law := p.record.After(a)
		if law != nil {
			if !errors.Is(err, law) && (err == nil || err.Error() != law.Error()) || fresh {
				t.Fatalf("step %d: the store says %v, the law %v", step, err, law)
			}
		} else {
			if err != nil || !fresh || got != event {
				t.Fatalf("step %d: event %q, fresh %v, %v", step, got, fresh, err)
			}
			p.record.Apply(changes)
			p.events++
			switch a.Kind {
			case consent.Withdraw:
				p.suppressed[consent.SMS] = true
			case consent.Confirm:
				delete(p.suppressed, consent.SMS)
			}
			if _, again, err := d.Change(ctx, c, who, silent); again || err != nil {
				t.Fatalf("step %d came twice: %v, %v", step, again, err)
			}
		}
		if rapid.IntRange(0, 4).Draw(t, "sequence") == 0 {
			d.place(t, sequencer)
		}
	}
	d.place(t, sequencer)
	feed, err := d.Feed(ctx, brand, -1, 1000)
	must(t, err)
	total := 0
	for n, p := range people {
		total += p.events
		dr, err := d.Person(ctx, brand, at(phone(n)))
		if p.events == 0 {
			mustBe(t, err, optin.ErrNobody)
			continue
		}
		must(t, err)
		var theirs []*consent.Event
		for i := range feed {
			if feed[i].LeafIndex != int64(i) {
				t.Fatalf("event %d of the log has the place %d", i, feed[i].LeafIndex)
			}
			if feed[i].Person == dr.Person {
				theirs = append(theirs, &feed[i].Event)
			}
		}
		equal(t, "events", len(theirs), p.events)
		if !maps.Equal(dr.Record, p.record) {
			t.Fatalf("the store says %+v, the law %+v", dr.Record, p.record)
		}
		if folded := consent.Fold(theirs); !maps.Equal(folded, p.record) {
			t.Fatalf("the evidence adds up to %+v, the law says %+v", folded, p.record)
		}
		if !maps.Equal(dr.Suppressed, p.suppressed) {
			t.Fatalf("suppressed %v, want %v", dr.Suppressed, p.suppressed)
		}
	}
	equal(t, "evidence", len(feed), total)
	d.verify(t, brand)
	f, err := d.VerifyPeople(ctx, brand)
	must(t, err)
	if len(f.Faults) > 0 || f.Events != total {
		t.Fatalf("verify: %+v", f)
	}
}
