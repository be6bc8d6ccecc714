// Package optin is the journeys by which a permission comes and goes: a text or
// a form joins, a reply or a button confirms, STOP stops. Each is one change of
// one person: record, evidence, outgoing messages and event in one transaction.
package optin

import (
	"errors"
	"time"

	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/keywords"
)

// The refusals a page or an API has to tell apart.
var (
	ErrNoToken      = errors.New("optin: this link is not one of ours, or belongs to somebody else")
	ErrTokenExpired = errors.New("optin: this link has expired")
	ErrNoProgram    = errors.New("optin: the brand has no such program")
	ErrNothingAsked = errors.New("optin: nothing was chosen")
)

// DeniedError is a refusal by a rule of policy.
type DeniedError struct{ Rule, Reason string }

func (e *DeniedError) Error() string { return "optin: " + e.Reason + " (rule " + e.Rule + ")" }

// Text is one inbound SMS, its signature already checked.
type Text struct {
	Brand    *brands.Brand
	Provider string // "twilio", "sandbox"
	Ref      string // the provider's message id: the cause that makes a repeat harmless
	From     address.Address
	To       string // the number texted
	Body     string
	At       time.Time         // received by us
	Raw      map[string]string // every parameter as it came: evidence
}

// Heard is what a text led to.
type Heard struct {
	Fresh   bool // false: a repeat, nothing was done
	Event   string
	Reading keywords.Reading
}

// Press is the act of a person on a page: what is kept of it as evidence.
type Press struct {
	Nonce     string // of the form that was posted: a double click is one cause
	At        time.Time
	Shown     time.Time // when the form was served; zero: unknown
	IP        string    // truncated to /24 or /48
	UserAgent string    // family only: "Firefox 140"
	Way       string    // "form", "one-click", "api"
}

// Joining is a request made on a web form, a portal page or by the API on a
// person's behalf: the first half.
type Joining struct {
	Brand    *brands.Brand
	Program  string // id; empty: the brand's preference centre
	Address  address.Address
	Channel  consent.Channel // sms or call for phones, email for e-mail
	Topics   []consent.Topic
	Language string
	Notice   string            // version shown; empty: the one in force
	Form     map[string]string // as submitted, or the API's "form" object: evidence
	Wording  string            // the words beside the box, as shown
	Method   string            // collection_method of the evidence: web_form, api, preference_link
	Point    string            // collection_point: the path that was posted to
	Press    Press
}

// TokenUse is what a link is for.
type TokenUse string

// The uses of a link. A Prefs link also opens the unsubscribe page, and either opens the receipt.
const (
	ForConfirm TokenUse = "confirm"
	ForPrefs   TokenUse = "prefs"
	ForReceipt TokenUse = "receipt"
)

// Preferences say when, how often and in which language a person wants to hear from the brand.
type Preferences struct {
	Days       []string  `json:"days,omitempty"`      // mon…sun; empty: any
	Hours      []string  `json:"hours,omitempty"`     // morning, afternoon, evening; empty: any
	PerMonth   int       `json:"per_month,omitempty"` // 0: no wish
	PauseUntil time.Time `json:"pause_until,omitzero"`
	Language   string    `json:"language,omitempty"`
}

// View is all a page may show to the holder of a link.
type View struct {
	Brand    *brands.Brand
	Use      TokenUse // what the link was made for
	Person   string
	Address  address.Address // the address the link was delivered to; prints masked
	Channel  consent.Channel // the channel it was delivered on
	Others   []address.Address
	Language string
	Program  *brands.Program // that asked; nil when none
	Notice   *brands.Notice

	Keys        []consent.Key // confirm: what a yes would grant
	Open        bool          // confirm: the question is still open
	Answered    consent.State // confirm: granted, refused… when it is not open any more
	RequestedAt time.Time     // confirm: when the request was made
	Until       time.Time     // confirm: the window's end

	Record consent.Record
	Prefs  Preferences
	Trail  []TrailEntry // receipt: newest first
}

// TrailEntry is one line of a person's own record.
type TrailEntry struct {
	At        time.Time
	Act       consent.ActKind
	Method    string
	Words     string // the affirmative act, verbatim
	Changes   []consent.Change
	Event     string
	LeafIndex int64 // -1: not yet in the log
	LeafHash  string
}

// Choice is what a person wants from now on, as the preference page posts it.
type Choice struct {
	Want       map[consent.Key]bool // every cell the page showed: true wanted, false not
	Prefs      Preferences
	StopAll    bool            // "stop everything": all channels, all topics; the rest is ignored
	OtherEmail address.Address // an address typed in: starts its own confirmation
	OtherPhone address.Address
}

// Chosen says what came of a Choice.
type Chosen struct {
	Event   string
	Changes []consent.Change
	Started []consent.Channel // other addresses that were sent a confirmation
}
