// Package consent says who said yes to what. A Record is one person's
// permissions at one brand; Record.After is the only law by which they change.
package consent

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"placet/internal/address"
)

// Channel is a way to reach a person.
type Channel string

// The channels a permission can be about.
const (
	SMS   Channel = "sms"
	Email Channel = "email"
	Call  Channel = "call"
	Post  Channel = "post"
)

// Channels lists every channel, in the order people read them.
var Channels = []Channel{SMS, Email, Call, Post}

// Reaches is the kind of address the channel travels to.
func (c Channel) Reaches() address.Kind {
	if c == Email {
		return address.Email
	}
	return address.Phone
}

// Topic is what a permission is about.
type Topic string

// The topics. Info and offers are marketing; profiling and partners are purposes
// of their own and need consents of their own (Garante, provv. 330/2013).
const (
	Info      Topic = "info"
	Offers    Topic = "offers"
	Profiling Topic = "profiling"
	Partners  Topic = "partners"
)

// Topics lists every topic, in the order people read them.
var Topics = []Topic{Info, Offers, Profiling, Partners}

// Purpose is the purpose of processing behind a topic.
func (t Topic) Purpose() string {
	switch t {
	case Profiling:
		return "profiling"
	case Partners:
		return "third_party"
	default:
		return "marketing"
	}
}

// State is where one permission stands.
type State string

// The states, as integrators see them.
const (
	None        State = "none"
	Pending     State = "pending"
	Granted     State = "granted"
	Refused     State = "refused"
	Expired     State = "expired"
	Withdrawn   State = "withdrawn"
	Objected    State = "objected"
	Invalidated State = "invalidated"
)

// Basis is the legal basis a permission rests on (GDPR art. 6, ePrivacy art. 13, CASL s. 10).
type Basis string

// The legal bases. Empty means there is none.
const (
	NoBasis            Basis = ""
	ByConsent          Basis = "consent"
	SoftOptIn          Basis = "soft_opt_in"
	LegitimateInterest Basis = "legitimate_interest"
	Implied            Basis = "implied"
	Contract           Basis = "contract"
)

// Grade says how well a consent is proven: A confirmed here in both halves,
// B double opt-in elsewhere with proof, C single opt-in with a complete dossier,
// D a log line or flag, E a claim.
type Grade string

// The grades of proof.
const (
	GradeA Grade = "A"
	GradeB Grade = "B"
	GradeC Grade = "C"
	GradeD Grade = "D"
	GradeE Grade = "E"
)

// Key names one permission of a person.
type Key struct {
	Channel Channel `json:"channel"`
	Topic   Topic   `json:"topic"`
}

// Permission is one cell of the matrix channel × topic.
type Permission struct {
	State   State     `json:"state"`
	Basis   Basis     `json:"basis,omitempty"`
	Grade   Grade     `json:"grade,omitempty"`
	Since   time.Time `json:"since"`             // when this state began
	Until   time.Time `json:"until,omitzero"`    // pending: the answer window's end
	Program string    `json:"program,omitempty"` // the program that asked or collected
	Notice  string    `json:"notice,omitempty"`  // id/version of the notice it was asked under
	Event   string    `json:"event"`             // the evidence of the last change
	AskedAt time.Time `json:"asked_at,omitzero"` // when a question was last put, whatever came of it
}

// Record is one person's permissions at one brand. A missing key is state none.
type Record map[Key]Permission

// At returns the permission as it stands at a moment: a pending one whose window
// has closed reads as expired even before the sweep has written it down.
func (r Record) At(k Key, now time.Time) Permission {
	p, ok := r[k]
	if !ok {
		return Permission{State: None}
	}
	if p.State == Pending && !p.Until.IsZero() && !now.Before(p.Until) {
		p.State, p.Since = Expired, p.Until
	}
	return p
}

// Keys lists the record's keys in a stable order.
func (r Record) Keys() []Key {
	ks := make([]Key, 0, len(r))
	for k := range r {
		ks = append(ks, k)
	}
	SortKeys(ks)
	return ks
}

// SortKeys orders keys by channel, then topic.
func SortKeys(ks []Key) {
	sort.Slice(ks, func(i, j int) bool {
		if ks[i].Channel != ks[j].Channel {
			return ks[i].Channel < ks[j].Channel
		}
		return ks[i].Topic < ks[j].Topic
	})
}

// ActKind is what a person (or time) did.
type ActKind string

// The acts. Their names are the event types of evidence schema gw-1.
const (
	Request  ActKind = "requested"  // a question was opened: the first half
	Confirm  ActKind = "confirmed"  // the second half, on the same address
	Decline  ActKind = "refused"    // no to a question
	Withdraw ActKind = "withdrawn"  // STOP, unsubscribe, a box unticked
	Object   ActKind = "objected"   // GDPR art. 21(2)
	Expire   ActKind = "expired"    // silence until the window closed
	Choose   ActKind = "chosen"     // the preference centre: gives and takes in one act
	Receive  ActKind = "received"   // heard, and no permission changed
	Settings ActKind = "preference" // when, how often, which language; no permission changed
)

// Act is one deed of one person, about some of their permissions.
type Act struct {
	Kind     ActKind
	At       time.Time
	Keys     []Key     // what it is about; for Choose: what is given
	Take     []Key     // Choose only: what is taken back
	Until    time.Time // Request: when the answer window closes
	Program  string
	Notice   string // Request, Choose: the notice shown
	ByPerson bool   // Request: the person asked (optin_request); false: we asked (invitation)
	Event    string // the evidence id
}

// Change is what an act did to one permission.
type Change struct {
	Key
	From State      `json:"from"`
	To   Permission `json:"to"`
}

// The refusals of After.
var (
	ErrNothingPending = errors.New("no question is open")
	ErrWindowClosed   = errors.New("the answer came after the question's window")
	ErrMayNotAsk      = errors.New("the person refused, withdrew or objected; only they can reopen the matter")
)

// After says what an act changes. It does not touch r; Apply does. No change
// and no error means the act was fine and had no effect (a second STOP, a join
// when already granted).
//
//   - A question may be opened by the person from any state, by the brand only
//     from none or expired.
//   - A yes needs an open question, unexpired (GDPR art. 7(1); Garante provv. 330/2025).
//   - A withdrawal always succeeds and is recorded even where nothing had been given.
//   - A box ticked on a page opened from the person's own link is both halves at
//     once: the link proves the address, the tick is the act.
func (r Record) After(a Act) ([]Change, error) {
	var out []Change
	set := func(k Key, p Permission) {
		p.Since, p.Event = a.At, a.Event
		if p.Program == "" {
			p.Program = r[k].Program
		}
		if p.Notice == "" {
			p.Notice = r[k].Notice
		}
		if p.AskedAt.IsZero() {
			p.AskedAt = r[k].AskedAt
		}
		out = append(out, Change{Key: k, From: r.At(k, a.At).State, To: p})
	}
	take := func(k Key) {
		switch r.At(k, a.At).State {
		case Withdrawn, Refused, Objected:
		default:
			set(k, Permission{State: Withdrawn})
		}
	}
	switch a.Kind {
	case Request:
		for _, k := range a.Keys {
			switch s := r.At(k, a.At).State; s {
			case Granted:
			case None, Expired, Pending:
				set(k, Permission{State: Pending, Until: a.Until, Program: a.Program, Notice: a.Notice, AskedAt: a.At})
			case Refused, Withdrawn, Objected, Invalidated:
				if !a.ByPerson {
					return nil, fmt.Errorf("%s %s is %s: %w", k.Channel, k.Topic, s, ErrMayNotAsk)
				}
				set(k, Permission{State: Pending, Until: a.Until, Program: a.Program, Notice: a.Notice, AskedAt: a.At})
			}
		}
	case Confirm:
		late := false
		for _, k := range a.Keys {
			switch r.At(k, a.At).State {
			case Pending:
				set(k, Permission{State: Granted, Basis: ByConsent, Grade: GradeA})
			case Expired:
				late = true
			default:
			}
		}
		if len(out) == 0 && late {
			return nil, ErrWindowClosed
		}
		if len(out) == 0 {
			return nil, ErrNothingPending
		}
	case Decline:
		for _, k := range a.Keys {
			if r.At(k, a.At).State == Pending {
				set(k, Permission{State: Refused})
			}
		}
		if len(out) == 0 {
			return nil, ErrNothingPending
		}
	case Withdraw:
		for _, k := range a.Keys {
			take(k)
		}
	case Object:
		for _, k := range a.Keys {
			if r[k].State != Objected {
				set(k, Permission{State: Objected})
			}
		}
	case Expire:
		for _, k := range a.Keys {
			if p, ok := r[k]; ok && p.State == Pending && r.At(k, a.At).State == Expired {
				out = append(out, Change{Key: k, From: Pending, To: Permission{
					State: Expired, Since: p.Until, Program: p.Program, Notice: p.Notice, AskedAt: p.AskedAt, Event: a.Event,
				}})
			}
		}
	case Choose:
		for _, k := range a.Keys {
			if slices.Contains(a.Take, k) {
				continue // a contradiction gives nothing
			}
			if r.At(k, a.At).State != Granted {
				set(k, Permission{State: Granted, Basis: ByConsent, Grade: GradeA, Program: a.Program, Notice: a.Notice})
			}
		}
		for _, k := range a.Take {
			take(k)
		}
	case Receive, Settings:
	}
	return out, nil
}

// Apply writes changes into the record.
func (r Record) Apply(cs []Change) {
	for _, c := range cs {
		r[c.Key] = c.To
	}
}
