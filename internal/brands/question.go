package brands

import (
	"cmp"
	"strings"
	"sync"
	"time"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/message"
	"placet/internal/policy"
)

// Asking is a message in the eyes of policy: what is to be sent to whom.
type Asking struct {
	Kind       message.Kind
	Channel    consent.Channel
	Topic      consent.Topic
	To         address.Address
	From       string // number or name it leaves from; empty: the brand's default for the channel
	Contact    string // "person" or "brand"
	Program    string
	Permission consent.Permission // of channel and topic, as it stands now
	Suppressed bool
	Own        bool // the permission is pending because of this very message
	At         time.Time
}

// askAgain is how long a question about a permission keeps everybody from asking again (rules RP-2d, RP-3).
const askAgain = 365 * 24 * time.Hour

// Question gathers the facts the gateway holds into the question that policy answers.
func (b *Brand) Question(a Asking) policy.Question {
	p := a.Permission
	if a.Own {
		p = consent.Permission{State: consent.None}
	}
	q := policy.Question{
		At: a.At.In(b.zone(a.To)), Country: b.jurisdiction(a.To), Topic: a.Topic, Channel: a.Channel, Kind: a.Kind,
		Contact: a.Contact, Consent: p.State, Grade: p.Grade, Suppressed: a.Suppressed, Source: "own",
		AskedBefore: !p.AskedAt.IsZero() && a.At.Sub(p.AskedAt) < askAgain,
	}
	if q.Consent == "" {
		q.Consent = consent.None
	}
	if p.State == consent.Granted {
		q.ConsentAt = p.Since
	}
	if pr := b.Program(a.Program); pr != nil {
		announced := pr.Announced
		q.Announced = &announced
	}
	q.Sender = senderKind(a.Channel, cmp.Or(a.From, b.Texts()))
	return q
}

// senderKind is what policy calls a sender: a name, a long number, a short code.
func senderKind(c consent.Channel, from string) string {
	switch {
	case c == consent.Email:
		return "email"
	case strings.HasPrefix(from, "+"):
		return "longcode"
	case from != "" && strings.Trim(from, "0123456789") == "":
		return "shortcode"
	default:
		return "alpha"
	}
}

// Jurisdiction is the country whose rules apply and how it was inferred: the
// number's prefix, else the brand's own country.
func (b *Brand) Jurisdiction(to address.Address) (country, source string) {
	if r := to.Region(); r != "" {
		return r, "prefix"
	}
	return b.Country, "brand"
}

func (b *Brand) jurisdiction(to address.Address) string {
	c, _ := b.Jurisdiction(to)
	return c
}

// zone is where the recipient's clock is read: the zone of the number's prefix
// where there is just one, else the brand's.
func (b *Brand) zone(to address.Address) *time.Location {
	if to.Region() != b.Country {
		if z := to.Zone(); z != "" {
			return location(z)
		}
	}
	return b.Location()
}

// Location is the brand's own time zone.
func (b *Brand) Location() *time.Location { return location(b.TimeZone) }

// locations remembers zones: loading one reads a file, and every message asks.
var locations sync.Map

func location(name string) *time.Location {
	if l, ok := locations.Load(name); ok {
		return l.(*time.Location)
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		l = time.UTC
	}
	locations.Store(name, l)
	return l
}
