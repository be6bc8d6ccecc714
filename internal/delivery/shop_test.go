package delivery_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

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
	"placet/internal/store"
	"placet/internal/vault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is noon in Rome, on a Monday.
var noon = time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC)

var packs = sync.OnceValues(func() (*policy.Book, error) { return policy.Load(policypacks.FS) })

// shop is a desk, a courier and a database, with a provider that says what it is told to.
type shop struct {
	*delivery.Courier
	*carrier
	t     *testing.T
	store *store.Store
	desk  *optin.Desk
	brand *brands.Brand
	raw   *sql.DB
	texts int

	mu  sync.Mutex
	now time.Time
}

func open(t *testing.T) *shop {
	t.Helper()
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(vault.Create(filepath.Join(dir, "keys")))
	keys, err := vault.Load(filepath.Join(dir, "keys"))
	must(err)
	path := filepath.Join(dir, "placet.db")
	s := &shop{t: t, now: noon, carrier: &carrier{}}
	s.store, err = store.Open(t.Context(), "sqlite:"+path, keys)
	must(err)
	t.Cleanup(func() { must(s.store.Close()) })
	must(s.store.Migrate(t.Context()))
	s.raw, err = sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(20000)")
	must(err)
	t.Cleanup(func() { must(s.raw.Close()) })
	text, err := demo.FS.ReadFile("rossi.yaml")
	must(err)
	s.brand, err = brands.Parse("rossi.yaml", text)
	must(err)
	dir2 := &brands.Directory{}
	must(dir2.Set([]*brands.Brand{s.brand}))
	book, err := packs()
	must(err)
	s.Courier = &delivery.Courier{
		Queue: s.store, Route: senders.Router{SMS: s.carrier, Email: s.carrier}, Policy: book, Brands: dir2, Now: s.Now,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	s.desk = &optin.Desk{Store: s.store, Brands: dir2, Policy: book, Now: s.Now, Public: "https://gw.example", Quieter: s.Courier, Wake: s.Wake}
	s.Stopper = s.desk
	return s
}

// Now is the shop's clock: it moves when told.
func (s *shop) Now() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.now }

func (s *shop) wait(d time.Duration) { s.mu.Lock(); defer s.mu.Unlock(); s.now = s.now.Add(d) }

// phone is the n-th person's number.
func phone(n int) address.Address {
	a, err := address.FromProvider(fmt.Sprintf("+3933399%05d", n))
	if err != nil {
		panic(err)
	}
	return a
}

// text is what a person writes to 41430.
func (s *shop) text(from int, body string) {
	s.t.Helper()
	s.texts++
	if _, err := s.desk.Receive(context.Background(), optin.Text{
		Brand: s.brand, Provider: "test", Ref: fmt.Sprint("SM", s.texts), From: phone(from), To: "41430", Body: body, At: s.Now(),
	}); err != nil {
		s.t.Fatal(err)
	}
}

// draft changes a person past the desk.
func (s *shop) draft(from int, fn func(*optin.Draft)) {
	s.t.Helper()
	s.texts++
	if _, _, err := s.store.Change(s.t.Context(), optin.Cause{Brand: "rossi", Source: "test", Ref: fmt.Sprint("draft", s.texts)}, optin.Who{Address: phone(from)},
		func(d *optin.Draft) error {
			d.Event.Type, d.Event.At, d.Event.Received = consent.Receive, s.Now(), s.Now()
			fn(d)
			return nil
		}); err != nil {
		s.t.Fatal(err)
	}
}

// step moves the courier once; it must not fail.
func (s *shop) step() int {
	s.t.Helper()
	n, _, err := s.Step(context.Background(), 100)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// hear is a status callback for the n-th message the carrier saw.
func (s *shop) hear(n int, f message.Fate) {
	s.t.Helper()
	if err := s.Hear(context.Background(), senders.News{Provider: "scripted", AttemptToken: s.seen()[n].AttemptToken, Fate: f}); err != nil {
		s.t.Fatal(err)
	}
}

// word is what a SELECT of one text answers.
func (s *shop) word(query string, args ...any) (out string) {
	s.t.Helper()
	if err := s.raw.QueryRow(query, args...).Scan(&out); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	return out
}

// fates are all messages in the order they were written: "card_done=sent invitation=queued".
func (s *shop) fates() string {
	s.t.Helper()
	return s.word(`SELECT COALESCE(group_concat(template || '=' || fate, ' '), '') FROM (SELECT template, fate FROM outbox ORDER BY id)`)
}

func (s *shop) is(want string) {
	s.t.Helper()
	if got := s.fates(); got != want {
		s.t.Errorf("the outbox holds %q, want %q", got, want)
	}
}

// left is what the carrier was handed: "card_done invitation".
func (s *shop) left(want string) {
	s.t.Helper()
	var names []string
	for _, m := range s.seen() {
		names = append(names, m.Template)
	}
	if got := strings.Join(names, " "); got != want {
		s.t.Errorf("left: %q, want %q", got, want)
	}
}

func (s *shop) state(from int, want consent.State) {
	s.t.Helper()
	d, err := s.store.Person(s.t.Context(), "rossi", optin.Who{Address: phone(from)})
	if err != nil {
		s.t.Fatal(err)
	}
	if got := d.Record.At(consent.Key{Channel: consent.SMS, Topic: consent.Offers}, s.Now()).State; got != want {
		s.t.Errorf("offers by sms: %s, want %s", got, want)
	}
}

// carrier is a provider that says what it is told to, then yes to everything.
type carrier struct {
	mu     sync.Mutex
	script []answer
	sent   []message.Outgoing
}

type answer func(context.Context, message.Outgoing) (string, error)

// says is the answer to the next message.
func (c *carrier) says(as ...answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.script = append(c.script, as...)
}

func (c *carrier) seen() []message.Outgoing { c.mu.Lock(); defer c.mu.Unlock(); return c.sent }

func (c *carrier) Name() string { return "scripted" }

func (c *carrier) Send(ctx context.Context, m message.Outgoing) (string, error) {
	c.mu.Lock()
	c.sent = append(c.sent, m)
	id := fmt.Sprint("SM", len(c.sent))
	var a answer
	if len(c.script) > 0 {
		a, c.script = c.script[0], c.script[1:]
	}
	c.mu.Unlock()
	if a == nil {
		return id, nil
	}
	return a(ctx, m)
}

func no(r senders.Refusal) answer {
	r.Provider = "scripted"
	return func(context.Context, message.Outgoing) (string, error) { return "", &r }
}

func silence(context.Context, message.Outgoing) (string, error) {
	return "", context.DeadlineExceeded
}
