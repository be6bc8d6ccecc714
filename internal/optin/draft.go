package optin

import (
	"context"
	"errors"
	"slices"
	"time"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/message"
	"placet/internal/policy"
)

// ErrUnavailable is wrapped by every store error that means the database could
// not be reached or could not commit: nothing may be acknowledged.
var ErrUnavailable = errors.New("the database is not available")

// ErrNobody is returned when a person is asked for who is not known.
var ErrNobody = errors.New("optin: nobody is known under this address")

// Cause names what a change comes from. The same cause never acts twice.
type Cause struct {
	Brand  string
	Source string // "twilio", "sandbox", "form", "api", "sweep"…
	Ref    string // MessageSid, form nonce, Idempotency-Key…
}

// Who names a person: by id, or by an address that makes one known when nobody is.
type Who struct {
	Person  string
	Address address.Address
}

// Store keeps people.
type Store interface {
	// Change is one transaction for one person: it reads the whole person under a
	// lock, calls fn once, and writes what the draft collected, all or nothing.
	// fn may be called again when two changes met, so it must not act outside the
	// draft. A cause seen before is skipped: fresh is false and event names what it
	// led to then. An error of fn saves nothing and is returned as it is; a
	// database that cannot answer or commit gives ErrUnavailable. Safe for
	// concurrent use; the caller retries, with the same cause.
	Change(ctx context.Context, cause Cause, who Who, fn func(*Draft) error) (event string, fresh bool, err error)

	// Token finds a link by its hash; ErrNoToken when there is none.
	Token(ctx context.Context, hash []byte) (Token, error)

	// Person reads a person without a lock; ErrNobody.
	Person(ctx context.Context, brand string, who Who) (*Draft, error)

	// Find says which person an address belongs to; ErrNobody.
	Find(ctx context.Context, brand string, a address.Address) (person string, err error)

	// Event reads one event of a brand; ErrNobody.
	Event(ctx context.Context, brand, id string) (TrailEvent, error)

	// Trail returns a person's events, newest first.
	Trail(ctx context.Context, brand, person string, n int) ([]TrailEvent, error)

	// Lapsed lists people of whom a question's window closed before now.
	Lapsed(ctx context.Context, now time.Time, n int) ([]PersonRef, error)
}

// PersonRef names a person of a brand.
type PersonRef struct{ Brand, Person string }

// Held is an address of a person.
type Held struct {
	Address address.Address
	Proven  time.Time // when a text from it, or a link delivered to it, proved possession; zero: never
	Index   []byte    // its blind index, which links delivered to it carry
}

// Facts are what is remembered of a person besides permissions.
type Facts struct {
	Language string      `json:"language,omitempty"` // the one they used last
	HelpedAt time.Time   `json:"helped_at,omitzero"` // the last unasked help reply
	Prefs    Preferences `json:"prefs,omitzero"`
}

// Waiting is a message of the person that has not been taken by a provider yet.
type Waiting struct {
	ID      string
	Event   string
	Channel consent.Channel
	Kind    message.Kind
	Contact string
	Program string // set on a service message that is a program's benefit
	// Text names what it says, as the catalogue does.
	Text string
	// Calling: an attempt is under way. It cannot be called back any more, but what
	// is cancelled now is not tried again.
	Calling bool
}

// Question is the newest message that carried an open question.
type Question struct {
	ID    string
	Event string // the request it belongs to
	Fate  message.Fate
	Due   time.Time
	Begun time.Time // when the attempt to send it began; zero: not yet
}

// Token is a link as stored: the hash is kept, the secret is not.
type Token struct {
	Hash    []byte
	Brand   string
	Person  string
	Use     TokenUse
	Address address.Address // delivered to; set when read with the person
	Index   []byte          // blind index of that address
	Channel consent.Channel
	Event   string // the request (confirm) or the grant (prefs) it was made for
	Expires time.Time
}

// TrailEvent is an event with its place in the log.
type TrailEvent struct {
	consent.Event
	Leaf      [32]byte
	LeafIndex int64 // -1: not placed yet
}

// Message is one outgoing message on its way into the outbox.
type Message struct {
	ID       string
	Channel  consent.Channel // it travels on
	About    consent.Channel // it asks about; Channel when empty
	Kind     message.Kind
	Contact  string // "person" or "brand": who opened the exchange
	Template string
	Topics   []consent.Topic
	Program  string
	Due      time.Time
	Expires  time.Time
	Follows  string // message id: due at once when that one is reported sent
	Out      message.Outgoing
	Verdict  policy.Decision
}

// Draft is one person in the middle of a change. The upper half is what was
// read; the rest collects what will be written with the commit.
type Draft struct {
	Brand      string
	Person     string
	New        bool
	Addresses  []Held
	Record     consent.Record
	Suppressed map[consent.Channel]bool
	Facts      Facts
	Waiting    []Waiting
	Questions  []Question // newest first
	Token      *Token     // the one the change was opened with, address filled in

	Event    *consent.Event
	Messages []Message
	Tokens   []Token
	Cancel   []string // ids out of Waiting
	Release  []string // ids out of Waiting that become due now
	Suppress []consent.Channel
	Lift     []consent.Channel
	Prove    []address.Address
	Touched  map[consent.Key]bool
	FactsNew bool
}

// Act lets the person do something: the law decides what changes, the draft
// and its event remember it.
func (d *Draft) Act(a consent.Act) ([]consent.Change, error) {
	a.Event = d.Event.ID
	cs, err := d.Record.After(a)
	if err != nil {
		return nil, err
	}
	d.Record.Apply(cs)
	d.Event.Changes = append(d.Event.Changes, cs...)
	if d.Touched == nil {
		d.Touched = map[consent.Key]bool{}
	}
	for _, c := range cs {
		d.Touched[c.Key] = true
	}
	return cs, nil
}

// Address returns the person's address of a kind; zero when there is none.
func (d *Draft) Address(k address.Kind) address.Address {
	for _, h := range d.Addresses {
		if h.Address.Kind() == k {
			return h.Address
		}
	}
	return address.Address{}
}

// Proven reports whether the person's possession of an address has been proven before.
func (d *Draft) Proven(a address.Address) bool {
	for _, h := range d.Addresses {
		if h.Address == a {
			return !h.Proven.IsZero()
		}
	}
	return false
}

// CancelWaiting takes back every message on the channels that has not left yet
// and that the person did not ask for: marketing and questions, never a benefit.
func (d *Draft) CancelWaiting(channels ...consent.Channel) {
	d.cancel(func(w Waiting) bool { return slices.Contains(channels, w.Channel) })
}

// CancelQuestions takes back questions that have not left yet: a newer one replaces them.
func (d *Draft) CancelQuestions(c consent.Channel) {
	d.cancel(func(w Waiting) bool { return w.Channel == c && w.Kind != message.Marketing })
}

// CancelReplies takes back what was still to be said on the channels before a
// withdrawal, so that nothing but its acknowledgement leaves after it. A benefit
// asked for before still comes, and an earlier STOP keeps its one acknowledgement.
func (d *Draft) CancelReplies(channels ...consent.Channel) {
	for _, w := range d.Waiting {
		benefit, ack := w.Program != "", w.Text == "stopped" || w.Text == "stopped_all"
		if w.Kind == message.Service && slices.Contains(channels, w.Channel) && !benefit && !ack {
			d.take(w)
		}
	}
}

func (d *Draft) cancel(which func(Waiting) bool) {
	for _, w := range d.Waiting {
		if w.Kind != message.Service && which(w) {
			d.take(w)
		}
	}
}

func (d *Draft) take(w Waiting) {
	if slices.Contains(d.Cancel, w.ID) {
		return
	}
	d.Cancel = append(d.Cancel, w.ID)
	if !w.Calling {
		d.Event.Canceled = append(d.Event.Canceled, w.ID)
	}
}
