package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"placet/config/demo"
	policypacks "placet/config/policy"
	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/delivery"
	"placet/internal/message"
	"placet/internal/optin"
	"placet/internal/policy"
	"placet/internal/senders"
)

// desk is where real texts arrive, on this database.
func (d *database) desk(t tester) (*optin.Desk, *brands.Brand) {
	t.Helper()
	yaml, err := demo.FS.ReadFile("rossi.yaml")
	must(t, err)
	b, err := brands.Parse("rossi.yaml", yaml)
	must(t, err)
	dir := &brands.Directory{}
	must(t, dir.Set([]*brands.Brand{b}))
	book, err := policy.Load(policypacks.FS)
	must(t, err)
	return &optin.Desk{Store: d.Store, Brands: dir, Policy: book, Now: func() time.Time { return noon }, Public: "https://placet.example"}, b
}

// receive is a text to the brand's short code.
func receive(desk *optin.Desk, b *brands.Brand, ref string, from address.Address, body string) (optin.Heard, error) {
	return desk.Receive(context.Background(), optin.Text{
		Brand: b, Provider: "twilio", Ref: ref, From: from, To: "41430", Body: body, At: noon,
		Raw: map[string]string{"MessageSid": ref, "From": from.Wire(), "Body": body},
	})
}

func goAhead(delivery.Waiting) delivery.Ruling { return delivery.Ruling{Fate: message.Sending} }

// deliver takes everything in the outbox to the carrier.
func (d *database) deliver(t tester) {
	t.Helper()
	due, _, err := d.Due(context.Background(), consent.SMS, noon.Add(30*time.Minute), 1000)
	must(t, err)
	for _, m := range due {
		_, ok, err := d.Begin(context.Background(), m.ID, "token "+m.ID, noon, noon.Add(time.Minute), goAhead)
		if !ok || err != nil {
			t.Fatalf("begin %s: %v, %v", m.ID, ok, err)
		}
		_, err = d.Settle(context.Background(), delivery.Outcome{ID: m.ID, At: noon, News: senders.News{Provider: "twilio", ProviderID: "SM" + m.ID, Fate: message.Sent}})
		must(t, err)
	}
}

// failing makes the k-th row that a transaction writes fail; k 0: none. It counts
// rows and not statements, so every statement with an effect is met.
func (d *database) failing(t tester, k int) {
	t.Helper()
	d.exec(t, `UPDATE fault SET n = 0, k = $1`, k)
}

func (d *database) plantFault(t tester) {
	t.Helper()
	d.exec(t, `CREATE TABLE fault (n INTEGER NOT NULL, k INTEGER NOT NULL)`)
	d.exec(t, `INSERT INTO fault VALUES (0, 0)`)
	if d.kind == pg {
		d.exec(t, `CREATE FUNCTION fail_here() RETURNS trigger LANGUAGE plpgsql AS $$
			DECLARE hit BOOLEAN;
			BEGIN
				UPDATE fault SET n = n + 1 RETURNING n = k INTO hit;
				IF hit THEN RAISE EXCEPTION 'injected'; END IF;
				IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
				RETURN NEW;
			END $$`)
	}
	for _, table := range tables {
		if d.kind == pg {
			d.exec(t, fmt.Sprintf(`CREATE TRIGGER a_fault BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION fail_here()`, table))
			continue
		}
		for _, op := range []string{"INSERT", "UPDATE", "DELETE"} {
			d.exec(t, fmt.Sprintf(`CREATE TRIGGER a_fault_%[1]s_%[2]s BEFORE %[2]s ON %[1]s BEGIN
				UPDATE fault SET n = n + 1;
				SELECT RAISE(ABORT, 'injected') FROM fault WHERE n = k;
			END`, table, op))
		}
	}
}

// TestEveryStatementFails fails each row that each use case writes, in turn (T6):
// all or nothing, nothing acknowledged, and the same cause works afterwards.
func TestEveryStatementFails(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		desk, b := d.desk(t)
		d.plantFault(t)
		sequencer := d.sequencer(t, brand)
		who := phone(1)
		text := func(ref, body string) func() error {
			return func() error {
				_, err := receive(desk, b, ref, who, body)
				return err
			}
		}
		var open string // a message under way
		for _, use := range []struct {
			name  string
			least int // rows written
			after func()
			do    func() error
		}{
			// cause, person, address, permission, two messages, event, queue
			{"CARTA", 8, func() { d.deliver(t) }, text("SM1", "CARTA 123456")},
			// cause, permission, welcome, link, event, queue; the proof is written already
			{"SI", 6, func() {}, text("SM2", "SI")},
			// cause, permissions of two topics, canceled: none; suppression, message, event, queue
			{"STOP", 7, func() {}, text("SM3", "STOP")},
			// and the way back, which lifts the suppression and cancels what waits
			{"OFFERTE", 7, func() { d.deliver(t) }, text("SM4", "OFFERTE")},
			{"SI again", 7, func() {}, text("SM5", "SI")},
			{"sequencer", 10, func() {
				due, _, err := d.Due(t.Context(), consent.SMS, noon.Add(time.Minute), 1)
				must(t, err)
				open = due[0].ID
			}, func() error { _, err := sequencer.Step(context.Background()); return err }},
			{"begin", 1, func() {}, func() error {
				_, ok, err := d.Begin(context.Background(), open, "token", noon, noon.Add(time.Minute), goAhead)
				if err == nil && !ok {
					err = errors.New("not begun")
				}
				return err
			}},
			{"settle", 1, func() {}, func() error {
				_, err := d.Settle(context.Background(), delivery.Outcome{ID: open, At: noon, News: senders.News{Fate: message.Sent}})
				return err
			}},
			{"brand", 5, func() {}, func() error { _, _, err := d.ApplyBrand(context.Background(), b, "text", noon); return err }},
		} {
			before := d.rows(t)
			k := 1
			for ; ; k++ {
				d.failing(t, k)
				err := use.do()
				if err == nil {
					break
				}
				if !errors.Is(err, optin.ErrUnavailable) {
					t.Fatalf("%s, row %d: %v, want the database unavailable", use.name, k, err)
				}
				d.unchanged(t, before)
				if t.Failed() || k > 200 {
					t.Fatalf("%s: row %d left traces or no end in sight", use.name, k)
				}
			}
			if k-1 < use.least {
				t.Errorf("%s wrote %d rows, expected at least %d", use.name, k-1, use.least)
			}
			d.failing(t, 0)
			use.after()
		}
		record := d.person(t, at(who)).Record
		equal(t, "in the end", record[offers].State, consent.Granted)
		d.verify(t, brand)
		if h, err := receive(desk, b, "SM3", who, "STOP"); err != nil || h.Fresh {
			t.Errorf("the old STOP again: %+v, %v", h, err)
		}
		f, err := d.VerifyPeople(t.Context(), brand)
		if err != nil || len(f.Faults) > 0 {
			t.Errorf("verify: %v, %v", f.Faults, err)
		}
	})
}

// A commit that fails is no commit.
func TestCommitFails(t *testing.T) {
	t.Parallel()
	d := empty(t, pg)
	must(t, d.Migrate(t.Context()))
	d.exec(t, `CREATE FUNCTION fail_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'at the commit'; END $$`)
	d.exec(t, `CREATE CONSTRAINT TRIGGER late AFTER INSERT ON causes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail_late()`)
	before := d.rows(t)
	_, fresh, err := d.Change(t.Context(), cause("1"), at(phone(1)), silent)
	mustBe(t, err, optin.ErrUnavailable)
	equal(t, "fresh", fresh, false)
	d.unchanged(t, before)
	d.exec(t, `DROP TRIGGER late ON causes`)
	d.change(t, "1", at(phone(1)), silent)
}

// Some errors of SQLite (a full disk, an I/O error) end the whole transaction and
// with it the units of work that share it. None of them may be acknowledged.
func TestNeighboursOfALostTransaction(t *testing.T) {
	t.Parallel()
	d := empty(t, sqlite)
	must(t, d.Migrate(t.Context()))
	d.exec(t, `CREATE TRIGGER lose BEFORE INSERT ON causes WHEN NEW.ref LIKE 'lost %' BEGIN SELECT RAISE(ROLLBACK, 'injected'); END`)
	// Everybody gathers behind the first, so that they share a commit.
	var gathered sync.WaitGroup
	const n = 64
	gathered.Add(n - 1)
	errs := together(n, func(i int) error {
		ref := fmt.Sprint("kept ", i)
		if i%16 == 8 {
			ref = fmt.Sprint("lost ", i)
		}
		first := i == 0
		if !first {
			gathered.Done()
		}
		_, _, err := d.Change(context.Background(), cause(ref), at(phone(i)), func(dr *optin.Draft) error {
			if first {
				gathered.Wait()
			}
			return silent(dr)
		})
		return err
	})
	for i, err := range errs {
		kept := d.count(t, `SELECT COUNT(*) FROM causes WHERE ref LIKE $1`, fmt.Sprint("% ", i))
		if (err == nil) != (kept == 1) {
			t.Errorf("change %d: error %v, rows %d", i, err, kept)
		}
		if err != nil {
			mustBe(t, err, optin.ErrUnavailable)
		}
	}
	for i := range n {
		if i%16 != 8 {
			if _, _, err := d.Change(t.Context(), cause(fmt.Sprint("kept ", i)), at(phone(i)), silent); err != nil {
				t.Errorf("again %d: %v", i, err)
			}
		}
	}
	equal(t, "texts kept", d.count(t, `SELECT COUNT(*) FROM events`), n-n/16)
}
