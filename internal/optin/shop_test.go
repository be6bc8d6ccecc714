package optin_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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
	"placet/internal/store"
	"placet/internal/vault"
)

// noon is noon in Rome, on a Monday.
var noon = time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC)

var packs = sync.OnceValues(func() (*policy.Book, error) { return policy.Load(policypacks.FS) })

// shop is a desk on a real database.
type shop struct {
	*optin.Desk
	t     *testing.T
	store *store.Store
	brand *brands.Brand
	raw   *sql.DB
	press int

	mu  sync.Mutex
	now time.Time
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T) *shop {
	t.Helper()
	dir := t.TempDir()
	must(t, vault.Create(filepath.Join(dir, "keys")))
	keys, err := vault.Load(filepath.Join(dir, "keys"))
	must(t, err)
	path := filepath.Join(dir, "placet.db")
	s := &shop{t: t, now: noon}
	s.store, err = store.Open(t.Context(), "sqlite:"+path, keys)
	must(t, err)
	t.Cleanup(func() { must(t, s.store.Close()) })
	must(t, s.store.Migrate(t.Context()))
	s.raw, err = sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(20000)")
	must(t, err)
	t.Cleanup(func() { must(t, s.raw.Close()) })
	text, err := demo.FS.ReadFile("rossi.yaml")
	must(t, err)
	s.brand, err = brands.Parse("rossi.yaml", text)
	must(t, err)
	in := &brands.Directory{}
	must(t, in.Set([]*brands.Brand{s.brand}))
	book, err := packs()
	must(t, err)
	s.Desk = &optin.Desk{Store: s.store, Brands: in, Policy: book, Now: s.clock, Public: "https://gw.example"}
	return s
}

func (s *shop) clock() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.now }

func (s *shop) wait(d time.Duration) { s.mu.Lock(); defer s.mu.Unlock(); s.now = s.now.Add(d) }

func phone(n int) address.Address {
	a, err := address.FromProvider(fmt.Sprintf("+3933399%05d", n))
	if err != nil {
		panic(err)
	}
	return a
}

func mail(name string) address.Address {
	a, err := address.ParseEmail(name + "@example.org")
	if err != nil {
		panic(err)
	}
	return a
}

func key(c consent.Channel, topic consent.Topic) consent.Key {
	return consent.Key{Channel: c, Topic: topic}
}

var (
	smsOffers, smsInfo   = key(consent.SMS, consent.Offers), key(consent.SMS, consent.Info)
	mailOffers, mailInfo = key(consent.Email, consent.Offers), key(consent.Email, consent.Info)
)

// once is the press of a button with a nonce of its own.
func (s *shop) once() optin.Press { s.press++; return press(fmt.Sprint("press", s.press)) }

func press(nonce string) optin.Press {
	return optin.Press{Nonce: nonce, At: noon, Shown: noon.Add(-5 * time.Second), IP: "192.0.2.0", UserAgent: "Firefox 140", Way: "form"}
}

func (s *shop) hear(ref string, from int, body string) (optin.Heard, error) {
	return s.Receive(context.Background(), optin.Text{
		Brand: s.brand, Provider: "test", Ref: ref, From: phone(from), To: "41430", Body: body, At: s.clock(), Raw: map[string]string{"Body": body},
	})
}

// text is what a person writes to 41430.
func (s *shop) text(from int, body string) optin.Heard {
	s.t.Helper()
	s.press++
	h, err := s.hear(fmt.Sprint("SM", s.press), from, body)
	must(s.t, err)
	return h
}

// join asks for mail on the form.
func (s *shop) join(name string, topics ...consent.Topic) {
	s.t.Helper()
	_, err := s.Join(s.t.Context(), optin.Joining{Brand: s.brand, Program: "offerte", Address: mail(name), Channel: consent.Email, Topics: topics,
		Language: "it", Wording: "Sì, per e-mail", Method: "web_form", Press: s.once()})
	must(s.t, err)
}

// send lets everything due leave and says what did.
func (s *shop) send() (out []message.Outgoing) {
	s.t.Helper()
	ctx, now := context.Background(), s.clock()
	rows, err := s.raw.QueryContext(ctx, `SELECT id FROM outbox WHERE fate = 'queued' AND due_at <= $1 ORDER BY due_at, id`, now.UnixMicro())
	must(s.t, err)
	var due []string
	for rows.Next() {
		var id string
		must(s.t, rows.Scan(&id))
		due = append(due, id)
	}
	must(s.t, errors.Join(rows.Err(), rows.Close()))
	for _, id := range due {
		m, ok, err := s.store.Begin(ctx, id, id, now, now.Add(time.Minute), func(delivery.Waiting) delivery.Ruling {
			return delivery.Ruling{Fate: message.Sending}
		})
		must(s.t, err)
		if !ok {
			continue
		}
		_, err = s.store.Settle(ctx, delivery.Outcome{ID: id, At: now, News: senders.News{Fate: message.Sent, Provider: "test", ProviderID: "SM" + id}})
		must(s.t, err)
		out = append(out, m)
	}
	return out
}

// left fails unless exactly these templates leave now, in any order.
func (s *shop) left(want ...string) []message.Outgoing {
	s.t.Helper()
	out := s.send()
	got := make([]string, len(out))
	for i, m := range out {
		got[i] = m.Template
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		s.t.Errorf("left: %v, want %v", got, want)
	}
	return out
}

var links = regexp.MustCompile(`/([cpur])/([A-Z2-7]{26})`)

// secret is the link of a kind in the messages.
func secret(t *testing.T, ms []message.Outgoing, kind string) string {
	t.Helper()
	for _, m := range ms {
		for _, l := range links.FindAllStringSubmatch(m.Text, -1) {
			if l[1] == kind {
				return l[2]
			}
		}
	}
	t.Fatalf("no link /%s/ in %d messages", kind, len(ms))
	return ""
}

// granted is a person who said yes by mail, with their preference link.
func (s *shop) granted(name string, topics ...consent.Topic) string {
	s.t.Helper()
	s.join(name, topics...)
	_, err := s.Confirm(s.t.Context(), secret(s.t, s.left("confirmation"), "c"), s.once())
	must(s.t, err)
	return secret(s.t, s.left("welcome"), "p")
}

func (s *shop) person(a address.Address) *optin.Draft {
	s.t.Helper()
	d, err := s.store.Person(context.Background(), "rossi", optin.Who{Address: a})
	if errors.Is(err, optin.ErrNobody) {
		return &optin.Draft{}
	}
	must(s.t, err)
	return d
}

// stands fails unless the person's permissions, those at none apart, are these:
// "email info granted, sms offers withdrawn; suppressed: sms".
func (s *shop) stands(a address.Address, want string) {
	s.t.Helper()
	d := s.person(a)
	var cells []string
	for _, k := range d.Record.Keys() {
		if p := d.Record.At(k, s.clock()); p.State != consent.None {
			cells = append(cells, fmt.Sprintf("%s %s %s", k.Channel, k.Topic, p.State))
		}
	}
	got := strings.Join(cells, ", ")
	var closed []string
	for _, c := range slices.Sorted(maps.Keys(d.Suppressed)) {
		if d.Suppressed[c] {
			closed = append(closed, string(c))
		}
	}
	if len(closed) > 0 {
		got += "; suppressed: " + strings.Join(closed, " ")
	}
	if got != want {
		s.t.Errorf("%s: %q, want %q", a, got, want)
	}
}

// rows is how much there is of everything that an act may leave behind.
func (s *shop) rows() string {
	s.t.Helper()
	var out string
	must(s.t, s.raw.QueryRow(`SELECT (SELECT COUNT(*) FROM persons) || ' people, ' || (SELECT COUNT(*) FROM events) || ' events, ' ||
		(SELECT COUNT(*) FROM outbox) || ' messages, ' || (SELECT COUNT(*) FROM tokens) || ' links, ' ||
		(SELECT COUNT(*) FROM suppressions WHERE lifted_at IS NULL) || ' suppressions'`).Scan(&out))
	return out
}

// verify checks that every record is the fold of its evidence.
func (s *shop) verify() {
	s.t.Helper()
	f, err := s.store.VerifyPeople(s.t.Context(), "rossi")
	must(s.t, err)
	for _, fault := range f.Faults {
		s.t.Error(fault)
	}
}
