package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/delivery"
	"placet/internal/optin"
	"placet/internal/senders"
	"placet/internal/vault"
)

func TestReadingPeople(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		ctx := t.Context()
		info := key(consent.Email, consent.Info)
		d.change(t, "1", at(phone(1)), act(consent.Act{Kind: consent.Choose, Keys: []consent.Key{offers, info}}))
		d.change(t, "2", at(email("Anna.Rossi")), func(dr *optin.Draft) error {
			dr.Facts = optin.Facts{Language: "fr", Prefs: optin.Preferences{PerMonth: 1}}
			return silent(dr)
		})
		one, two := d.person(t, at(phone(1))), d.person(t, at(email("anna.rossi"))) // a mailbox has one name, however it is written
		equal(t, "as it was first written", two.Addresses[0].Address.Wire(), "Anna.Rossi@example.org")

		for a, want := range map[address.Address]string{phone(1): one.Person, email("ANNA.ROSSI"): two.Person} {
			got, err := d.Find(ctx, brand, a)
			must(t, err)
			equal(t, "found", got, want)
		}
		_, err := d.Find(ctx, brand, phone(2))
		mustBe(t, err, optin.ErrNobody)
		_, err = d.Find(ctx, "nord", phone(1))
		mustBe(t, err, optin.ErrNobody)
		for _, who := range []optin.Who{at(phone(2)), {Person: "sub_x"}, {}} {
			if dr, err := d.Person(ctx, brand, who); err == nil || dr != nil {
				t.Errorf("%+v is %+v, %v", who, dr, err)
			}
		}
		_, err = d.Person(ctx, "nord", optin.Who{Person: one.Person})
		mustBe(t, err, optin.ErrNobody)

		sts, err := d.Standings(ctx, brand, []address.Address{email("anna.rossi"), phone(2), phone(1), phone(1)})
		must(t, err)
		equal(t, "the language of whoever has no wish", sts[0].Prefs.Language, "fr")
		equal(t, "wishes", sts[0].Prefs.PerMonth, 1)
		equal(t, "unknown", sts[1].Known, false)
		for _, i := range []int{2, 3} {
			if len(sts[i].Record) != 2 || sts[i].Record[offers] != one.Record[offers] || sts[i].Record[info] != one.Record[info] {
				t.Errorf("standing %d: %+v", i, sts[i])
			}
		}
		people, err := d.People(ctx, brand, []address.Address{phone(2), phone(1)})
		must(t, err)
		if !people[0].New || people[1].New || people[1].Record[offers].State != consent.Granted {
			t.Errorf("people %+v", people)
		}
		for _, n := range []int{0, 400} { // none, and a whole batch of checks
			who := make([]address.Address, n)
			for i := range who {
				who[i] = phone(i)
			}
			sts, err := d.Standings(ctx, brand, who)
			must(t, err)
			equal(t, "answers", len(sts), n)
		}

		dr, created, err := d.Contact(ctx, brand, at(phone(1)))
		must(t, err)
		if dr.Person != one.Person || !created.Equal(noon) {
			t.Errorf("contact %s since %v", dr.Person, created)
		}
		_, _, err = d.Contact(ctx, brand, at(phone(2)))
		mustBe(t, err, optin.ErrNobody)
	})
}

func TestTrail(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		ctx := t.Context()
		var events []string
		for i := range 5 {
			events = append(events, d.change(t, fmt.Sprint(i), at(phone(1)), func(dr *optin.Draft) error {
				heard(dr)
				dr.Event.Words, dr.Event.Identifier = fmt.Sprint("text ", i), phone(1).Wire()
				return nil
			}))
			d.change(t, fmt.Sprint("other ", i), at(phone(2)), silent)
			if i == 2 {
				d.place(t, d.sequencer(t, brand))
			}
		}
		person := d.person(t, at(phone(1))).Person
		trail, err := d.Trail(ctx, brand, person, 4)
		must(t, err)
		equal(t, "events", len(trail), 4)
		for i, e := range trail {
			n := 4 - i
			if e.ID != events[n] || e.Words != fmt.Sprint("text ", n) || e.Identifier != phone(1).Wire() || e.Person != person || !e.At.Equal(noon) {
				t.Errorf("trail %d: %+v", i, e.Event)
			}
			if (e.LeafIndex == -1) != (n > 2) || e.LeafIndex > 5 {
				t.Errorf("event %d has the place %d", n, e.LeafIndex)
			}
			one, err := d.Event(ctx, brand, e.ID)
			must(t, err)
			if one.ID != e.ID || one.Leaf != e.Leaf || one.LeafIndex != e.LeafIndex {
				t.Errorf("alone it is %+v", one)
			}
		}
		first, err := d.Timeline(ctx, brand, person, "", 2)
		must(t, err)
		second, err := d.Timeline(ctx, brand, person, first[1].ID, 10)
		must(t, err)
		if len(first) != 2 || len(second) != 3 || first[0].ID != events[4] || second[0].ID != events[2] || second[2].ID != events[0] {
			t.Errorf("by pages: %d and %d", len(first), len(second))
		}
		feed, err := d.Feed(ctx, brand, 1, 3)
		must(t, err)
		for i, e := range feed {
			equal(t, "place in the feed", e.LeafIndex, int64(2+i))
		}
		for _, b := range []string{"nord", brand} {
			id := person
			if b == brand {
				id = "sub_x"
			}
			_, err = d.Trail(ctx, b, id, 4)
			mustBe(t, err, optin.ErrNobody)
			_, err = d.Timeline(ctx, b, id, "", 4)
			mustBe(t, err, optin.ErrNobody)
		}
		_, err = d.Event(ctx, "nord", events[0])
		mustBe(t, err, optin.ErrNobody)
	})
}

func TestLapsed(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		ask := func(n int, until time.Time) {
			d.change(t, fmt.Sprint("ask ", n), at(phone(n)), act(consent.Act{
				Kind: consent.Request, Keys: []consent.Key{offers, key(consent.SMS, consent.Info)}, Until: until,
			}))
		}
		end := noon.Add(72 * time.Hour)
		ask(1, end)
		ask(2, end.Add(time.Microsecond))
		ask(3, end)
		d.change(t, "yes", at(phone(3)), act(consent.Act{Kind: consent.Confirm, Keys: []consent.Key{offers, key(consent.SMS, consent.Info)}}))
		for now, want := range map[time.Time]int{end.Add(-time.Microsecond): 0, end: 1, end.Add(time.Microsecond): 2} {
			refs, err := d.Lapsed(t.Context(), now, 10)
			must(t, err)
			equal(t, "lapsed at "+now.String(), len(refs), want) // each person once, however much was asked
			if want == 1 && refs[0] != (optin.PersonRef{Brand: brand, Person: d.person(t, at(phone(1))).Person}) {
				t.Errorf("lapsed: %+v", refs)
			}
		}
		refs, err := d.Lapsed(t.Context(), end.Add(time.Hour), 1)
		must(t, err)
		equal(t, "at most", len(refs), 1)
		desk, _ := d.desk(t)
		desk.Now = func() time.Time { return end }
		for _, want := range []int{1, 0} {
			n, err := desk.Sweep(t.Context(), 10)
			must(t, err)
			equal(t, "swept", n, want)
		}
		equal(t, "after the sweep", d.person(t, at(phone(1))).Record[offers].State, consent.Expired)
	})
}

// A sealed value belongs to one row and column: moved to another it does not open.
func TestMovedCiphertext(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		ctx := t.Context()
		for n := range 2 {
			d.change(t, fmt.Sprint(n), at(phone(n)), func(dr *optin.Draft) error {
				heard(dr)
				dr.Messages = append(dr.Messages, text(dr, fmt.Sprint("msg_", n), "service"), text(dr, fmt.Sprint("msg_b", n), "service"))
				return nil
			})
			d.change(t, fmt.Sprint("again ", n), at(phone(n)), silent)
		}
		if d.kind == pg {
			d.exec(t, `ALTER TABLE events DISABLE TRIGGER USER`)
		} else {
			d.exec(t, `DROP TRIGGER events_no_update`)
		}
		a, b := d.person(t, at(phone(0))).Person, d.person(t, at(phone(1))).Person
		begin := func(id string) error {
			_, ok, err := d.Begin(ctx, id, newRef(), noon, noon, goAhead)
			if err == nil && ok {
				t.Errorf("message %s went ahead", id)
			}
			// What does not open ends as failed, so that nobody waits behind it.
			if err == nil && d.count(t, `SELECT COUNT(*) FROM outbox WHERE fate = 'failed' AND error LIKE 'it does not open%'`) == 1 {
				d.exec(t, `UPDATE outbox SET fate = 'queued', error = NULL, settled_at = NULL WHERE fate = 'failed'`)
				return vault.ErrWrongKey
			}
			return err
		}
		read := func() error { _, err := d.Person(ctx, brand, optin.Who{Person: a}); return err }
		write := func() error {
			_, _, err := d.Change(ctx, cause(newRef()), at(phone(0)), silent)
			return err
		}
		trail := func() error { _, err := d.Trail(ctx, brand, a, 10); return err }
		for _, moved := range []struct {
			name, table, column, from, to string
			opens                         []func() error
		}{
			{"an address to another person", "addresses", "sealed", "person = '" + a + "'", "person = '" + b + "'", []func() error{read, write}},
			{"a key to another person", "persons", "key", "id = '" + a + "'", "id = '" + b + "'", []func() error{read, write, trail}},
			{"a message to another person", "outbox", "sealed", "id = 'msg_0'", "id = 'msg_1'", []func() error{func() error { return begin("msg_0") }, func() error { return begin("msg_1") }}},
			{"a message to another of the same person", "outbox", "sealed", "id = 'msg_0'", "id = 'msg_b0'", []func() error{func() error { return begin("msg_0") }}},
			{"evidence to another event of the same person", "events", "sealed",
				"id = (SELECT MIN(id) FROM events WHERE person = '" + a + "')", "id = (SELECT MAX(id) FROM events WHERE person = '" + a + "')", []func() error{trail}},
		} {
			d.swap(t, moved.table, moved.column, moved.from, moved.to)
			for i, open := range moved.opens {
				if err := open(); err == nil {
					t.Errorf("%s: way %d opened it", moved.name, i)
				} else {
					mustBe(t, err, vault.ErrWrongKey)
				}
			}
			d.swap(t, moved.table, moved.column, moved.from, moved.to)
			must(t, read())
			must(t, trail())
		}
		// One column to another: the seal of an address as evidence.
		d.exec(t, `UPDATE events SET sealed = (SELECT sealed FROM addresses WHERE person = $1) WHERE person = $1`, a)
		mustBe(t, trail(), vault.ErrWrongKey)
	})
}

// swap exchanges one column of two rows.
func (d *database) swap(t tester, table, column, from, to string) {
	t.Helper()
	get := func(where string) (v []byte) {
		must(t, d.raw.QueryRowContext(context.Background(), "SELECT "+column+" FROM "+table+" WHERE "+where).Scan(&v))
		return v
	}
	x, y := get(from), get(to)
	if bytes.Equal(x, y) {
		t.Fatalf("%s.%s is the same in both rows", table, column)
	}
	d.exec(t, "UPDATE "+table+" SET "+column+" = $1 WHERE "+from, y)
	d.exec(t, "UPDATE "+table+" SET "+column+" = $1 WHERE "+to, x)
}

// TestNothingPersonalInClear plays a whole exchange and then looks for the person
// in everything the database holds.
func TestNothingPersonalInClear(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		desk, b := d.desk(t)
		who := phone(77)
		for i, body := range []string{"CARTA 123456", "OFFERTE", "chi sei, zio pippo di via verdi?", "STOP"} {
			_, err := receive(desk, b, fmt.Sprint("SM", i), who, body)
			must(t, err)
			d.deliver(t)
		}
		_, err := desk.Join(t.Context(), optin.Joining{
			Brand: b, Program: "offerte", Address: email("Giulia.Bianchi"), Channel: consent.Email, Topics: []consent.Topic{consent.Offers},
			Method: "web_form", Form: map[string]string{"name": "Giulietta"}, Press: optin.Press{Nonce: "n1", At: noon, IP: "192.0.2.0", UserAgent: "Firefox"},
		})
		must(t, err)
		d.deliver(t)
		_, err = d.Settle(t.Context(), delivery.Outcome{At: noon, News: senders.News{ProviderID: "SMx", Fate: "delivered"}})
		must(t, err)
		d.place(t, d.sequencer(t, brand))

		held := d.held(t)
		if len(held) < 10_000 || !bytes.Contains(held, []byte("carta")) {
			t.Fatalf("looked at %d bytes only, and the program's name is not among them", len(held))
		}
		lower := bytes.ToLower(held)
		for _, personal := range []string{
			who.Wire(), strings.TrimPrefix(who.Wire(), "+"), strings.TrimPrefix(who.Wire(), "+39"),
			"giulia", "bianchi", "example.org", "giulietta", "192.0.2.", "firefox", "pippo", "carta 123456", "offerte\"", "rispondi", "/c/", "/p/",
		} {
			if i := bytes.Index(lower, []byte(personal)); i >= 0 {
				t.Errorf("%q is in the database in clear, near %q", personal, lower[max(0, i-60):min(len(lower), i+60)])
			}
		}
		// The looking glass works: what is in clear is found.
		d.exec(t, `INSERT INTO meta (name, value) VALUES ('probe', $1)`, who.Wire())
		if !bytes.Contains(d.held(t), []byte(who.Wire())) {
			t.Error("a number written in clear is not found")
		}
	})
}

// held is all the bytes that the database holds: the files of SQLite, every
// value of PostgreSQL.
func (d *database) held(t tester) []byte {
	t.Helper()
	var all []byte
	if d.kind == sqlite {
		for _, end := range []string{"", "-wal"} {
			b, err := os.ReadFile(d.path() + end)
			must(t, err)
			all = append(all, b...)
		}
		return all
	}
	for _, table := range append([]string{"goose_db_version"}, tables...) {
		rs, err := d.raw.QueryContext(context.Background(), "SELECT * FROM "+table) //nolint:gosec // a constant
		must(t, err)
		cols, err := rs.Columns()
		must(t, err)
		for rs.Next() {
			vals, ptrs := make([]sql.RawBytes, len(cols)), make([]any, len(cols))
			for i := range vals {
				ptrs[i] = &vals[i]
			}
			must(t, rs.Scan(ptrs...))
			for _, v := range vals {
				all = append(append(all, v...), '\n')
			}
		}
		must(t, rs.Err())
		must(t, rs.Close())
	}
	return all
}

// Whoever only looks waits for no change under way, and holds none up.
func TestReadsTakeNoLock(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		d.change(t, "1", at(phone(1)), silent)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		d.change(t, "2", at(phone(1)), func(dr *optin.Draft) error {
			seen, err := d.Person(ctx, brand, at(phone(1)))
			must(t, err)
			equal(t, "person", seen.Person, dr.Person)
			_, _, err = d.Contact(ctx, brand, at(phone(1)))
			must(t, err)
			_, err = d.Trail(ctx, brand, dr.Person, 10)
			must(t, err)
			return silent(dr)
		})
	})
}

// A page shows one moment of a person: never half of a change.
func TestReadsAreNotTorn(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		set := func(i int) func(*optin.Draft) error {
			return func(dr *optin.Draft) error {
				heard(dr)
				a := consent.Act{Kind: consent.Choose, At: noon, Keys: []consent.Key{offers}}
				dr.Facts.Prefs.PerMonth, dr.FactsNew = i%2, true
				if i%2 == 0 {
					a.Keys, a.Take = nil, a.Keys
				}
				_, err := dr.Act(a)
				return err
			}
		}
		d.change(t, "first", at(phone(1)), set(0))
		stop := make(chan struct{})
		torn := make(chan int, 1)
		go func() {
			n := 0
			for {
				select {
				case <-stop:
					torn <- n
					return
				default:
				}
				// The same person many times over: a wide window to slip through.
				sts, err := d.Standings(context.Background(), brand, slices.Repeat([]address.Address{phone(1)}, 100))
				for _, st := range sts {
					if err != nil || st.Prefs.PerMonth != sts[0].Prefs.PerMonth || (st.Prefs.PerMonth == 1) != (st.Record[offers].State == consent.Granted) {
						n++
					}
				}
			}
		}()
		for i := range 200 {
			d.change(t, fmt.Sprint(i), at(phone(1)), set(i+1))
		}
		close(stop)
		equal(t, "torn reads", <-torn, 0)
	})
}
