package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // a second way into PostgreSQL

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/gatewaytest/services"
	"placet/internal/message"
	"placet/internal/optin"
	"placet/internal/policy"
	"placet/internal/store"
	"placet/internal/vault"
)

// The suite holds both databases to one behaviour: every case that says onBoth
// runs on SQLite and on PostgreSQL, each on a fresh database of its own.

const (
	brand  = "rossi"
	sqlite = "sqlite"
	pg     = "postgres"
)

func nowNoon() time.Time { return noon }

// noon is when everything happens unless a case says otherwise.
var noon = time.Date(2026, 3, 2, 11, 0, 0, 123_456_000, time.UTC)

// tester is what a test and one life of a property test have in common.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// database is a migrated store with its keys and a second way in, past the store.
type database struct {
	*store.Store
	kind    string
	url     string
	keys    *vault.Keys
	keyFile string
	raw     *sql.DB
}

func onBoth(t *testing.T, test func(t *testing.T, d *database)) {
	t.Helper()
	t.Parallel()
	for _, kind := range []string{sqlite, pg} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			d := empty(t, kind)
			must(t, d.Migrate(t.Context()))
			test(t, d)
		})
	}
}

// empty opens a database that has never been used.
func empty(t *testing.T, kind string) *database {
	t.Helper()
	dir := t.TempDir()
	d := &database{kind: kind, keyFile: filepath.Join(dir, "keys")}
	must(t, vault.Create(d.keyFile))
	var err error
	d.keys, err = vault.Load(d.keyFile)
	must(t, err)
	if kind == pg {
		d.url = services.Postgres(t)
		d.raw, err = sql.Open("pgx", d.url)
	} else {
		path := filepath.Join(dir, "placet.db")
		d.url = "sqlite:" + path
		d.raw, err = sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(20000)")
	}
	must(t, err)
	t.Cleanup(func() { _ = d.raw.Close() })
	d.Store, err = store.Open(t.Context(), d.url, d.keys)
	must(t, err)
	t.Cleanup(func() { must(t, d.Close()) })
	return d
}

func (d *database) path() string { return strings.TrimPrefix(d.url, "sqlite:") }

// exec runs SQL past the store.
func (d *database) exec(t tester, text string, args ...any) {
	t.Helper()
	if _, err := d.raw.ExecContext(context.Background(), text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// count answers a SELECT COUNT.
func (d *database) count(t tester, text string, args ...any) (n int) {
	t.Helper()
	if err := d.raw.QueryRowContext(context.Background(), text, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

// word answers a SELECT of one text.
func (d *database) word(t tester, text string, args ...any) (s string) {
	t.Helper()
	if err := d.raw.QueryRowContext(context.Background(), text, args...).Scan(&s); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

// tables are all that hold data.
var tables = []string{
	"meta", "brands", "notices", "api_keys", "sign_in_links", "persons", "addresses", "permissions", "causes", "events",
	"ledger_queue", "leaves", "ledger_tiles", "checkpoints", "suppressions", "tokens", "outbox",
}

// rows returns every row of every table, sorted, one a line; binary in hexadecimal.
func (d *database) rows(t tester) []string {
	t.Helper()
	var out []string
	for _, table := range tables {
		rs, err := d.raw.QueryContext(context.Background(), "SELECT * FROM "+table) //nolint:gosec // a constant
		must(t, err)
		cols, err := rs.Columns()
		must(t, err)
		for rs.Next() {
			vals, ptrs := make([]any, len(cols)), make([]any, len(cols))
			for i := range vals {
				ptrs[i] = &vals[i]
			}
			must(t, rs.Scan(ptrs...))
			line := table
			for i, v := range vals {
				if b, ok := v.([]byte); ok {
					v = fmt.Sprintf("%x", b)
				}
				line += fmt.Sprintf(" %s=%v", cols[i], v)
			}
			out = append(out, line)
		}
		must(t, rs.Err())
		must(t, rs.Close())
	}
	slices.Sort(out)
	return out
}

// unchanged fails when the database is not what it was.
func (d *database) unchanged(t tester, before []string) {
	t.Helper()
	after := d.rows(t)
	if slices.Equal(before, after) {
		return
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			t.Errorf("was written: %s", line)
		}
	}
	for _, line := range before {
		if !slices.Contains(after, line) {
			t.Errorf("is gone: %s", line)
		}
	}
}

// phone is the n-th person's number.
func phone(n int) address.Address {
	a, err := address.FromProvider(fmt.Sprintf("+3933399%05d", n))
	if err != nil {
		panic(err)
	}
	return a
}

func email(name string) address.Address {
	a, err := address.ParseEmail(name + "@example.org")
	if err != nil {
		panic(err)
	}
	return a
}

func cause(ref string) optin.Cause { return optin.Cause{Brand: brand, Source: "test", Ref: ref} }

func key(c consent.Channel, topic consent.Topic) consent.Key {
	return consent.Key{Channel: c, Topic: topic}
}

var offers = key(consent.SMS, consent.Offers)

// heard fills in what every event has.
func heard(dr *optin.Draft) {
	dr.Event.Type, dr.Event.At, dr.Event.Received = consent.Receive, noon, noon
}

// act is a change that does one thing.
func act(a consent.Act) func(*optin.Draft) error {
	return func(dr *optin.Draft) error {
		heard(dr)
		if a.At.IsZero() {
			a.At = noon
		}
		dr.Event.Type, dr.Event.At, dr.Event.Received = a.Kind, a.At, a.At
		_, err := dr.Act(a)
		return err
	}
}

// silent is a change that is nothing but evidence.
func silent(dr *optin.Draft) error { heard(dr); return nil }

// change must be carried out, fresh.
func (d *database) change(t tester, ref string, who optin.Who, fn func(*optin.Draft) error) (event string) {
	t.Helper()
	event, fresh, err := d.Change(context.Background(), cause(ref), who, fn)
	if err != nil || !fresh || event == "" {
		t.Fatalf("change %s: event %q, fresh %v, %v", ref, event, fresh, err)
	}
	return event
}

// person reads one who must be known.
func (d *database) person(t tester, who optin.Who) *optin.Draft {
	t.Helper()
	dr, err := d.Person(context.Background(), brand, who)
	must(t, err)
	return dr
}

func at(a address.Address) optin.Who { return optin.Who{Address: a} }

// text is an outgoing text to the person's first address.
func text(dr *optin.Draft, id string, kind message.Kind) optin.Message {
	to := dr.Addresses[0].Address
	return optin.Message{
		ID: id, Channel: consent.SMS, Kind: kind, Contact: "person", Template: "invitation", Topics: []consent.Topic{consent.Info, consent.Offers},
		Program: "carta", Due: noon, Expires: noon.Add(time.Hour), Verdict: policy.Decision{Verdict: policy.Allow, Rule: "all-test"},
		Out: message.Outgoing{ID: id, From: "41430", To: to, Language: "it", Text: "body of " + id},
	}
}

// queued makes a person with one message in the outbox.
func (d *database) queued(t tester, who optin.Who, ms ...func(*optin.Draft) optin.Message) {
	t.Helper()
	d.change(t, "queued "+newRef(), who, func(dr *optin.Draft) error {
		heard(dr)
		for _, m := range ms {
			dr.Messages = append(dr.Messages, m(dr))
		}
		return nil
	})
}

var (
	refs  int
	refMu sync.Mutex
)

// newRef is a reference nobody has used.
func newRef() string {
	refMu.Lock()
	defer refMu.Unlock()
	refs++
	return fmt.Sprintf("ref-%d", refs)
}

// together runs n calls at once and returns their errors, in order.
func together(n int, call func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = call(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

func must(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mustBe fails unless err is want.
func mustBe(t tester, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

func equal[T comparable](t tester, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
