// Package message is what Placet says and what becomes of it: the kinds of
// message the law tells apart, their fates, and how long a text is on the air.
package message

import (
	"time"

	"placet/internal/address"
	"placet/internal/consent"
)

// Kind is what a message is in the eyes of the law; policy decides by it.
type Kind string

// The kinds. OptinRequest is the confirmation of a request the person has just
// made; Invitation is a consent question inside a contact the person has just
// started; Service is everything the person asked for or must be told.
const (
	Marketing    Kind = "marketing"
	Repermission Kind = "repermission"
	Invitation   Kind = "invitation"
	OptinRequest Kind = "optin_request"
	Service      Kind = "service"
)

// Fate is where an outgoing message stands.
type Fate string

// The fates. Sending means the attempt is on record and the provider call may
// have begun: a crash there leads to Unknown, never to a second attempt.
const (
	Queued      Fate = "queued"
	Sending     Fate = "sending"
	Accepted    Fate = "accepted"    // the provider took it
	Sent        Fate = "sent"        // the provider handed it to the carrier
	Delivered   Fate = "delivered"   // final
	Undelivered Fate = "undelivered" // final
	Failed      Fate = "failed"      // final: a definite no
	Unknown     Fate = "unknown"     // nobody can say; a callback or a question to the provider may
	Canceled    Fate = "canceled"    // final: STOP or the person's choice came first
	Denied      Fate = "denied"      // final: the rule at the door said no
	TooLate     Fate = "expired"     // final: its time passed unsent
)

// rank orders fates so that callbacks, late, doubled or out of order, can only move forward.
var rank = map[Fate]int{
	Queued: 0, Sending: 1, Unknown: 2, Accepted: 3, Sent: 4,
	Delivered: 9, Undelivered: 9, Failed: 9, Canceled: 9, Denied: 9, TooLate: 9,
}

// Final reports whether nothing more can happen to the message.
func (f Fate) Final() bool { return rank[f] == 9 }

// After is the fate once news arrives: forward only; the first final fate stays.
func (f Fate) After(news Fate) Fate {
	if f.Final() || rank[news] <= rank[f] {
		return f
	}
	return news
}

// Outgoing is one message ready for a provider, addresses in clear inside their
// own masked type.
type Outgoing struct {
	ID           string // message id
	Brand        string
	Kind         Kind
	Template     string // which text of the catalogue: "card_done", "invitation", "welcome"…
	Channel      consent.Channel
	From         string // number, alphanumeric sender, or e-mail address of the brand
	FromName     string // e-mail: display name
	To           address.Address
	Language     string
	Subject      string // e-mail only
	Text         string
	HTML         string    // e-mail only
	Unsubscribe  string    // e-mail only: the https one-click URL (RFC 8058); empty for confirmations
	ListID       string    // e-mail only: RFC 2919 list id, for messages with Unsubscribe
	AttemptToken string    // rides in the status callback URL
	ExpiresAt    time.Time // not to be sent after this
	At           time.Time // when this attempt began
}
