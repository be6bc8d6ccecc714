// Package policy answers one question: may this be sent to this person now?
// Decide is pure. The code knows conditions; the packs (config/policy) know
// countries. Every answer names its rule and its source.
package policy

import (
	"time"

	"placet/internal/consent"
	"placet/internal/message"
)

// Question holds every fact a decision may rest on. A nil pointer or empty
// string is an unknown fact, and unknown never counts in favour.
type Question struct {
	ID       string
	rawID    string    // the id as it was written in JSON
	At       time.Time // carries the recipient's offset
	DateOnly bool      // At is a day without a time of day: quiet hours cannot be judged
	Country  string    // ISO 3166-1 alpha-2; empty: generic EU
	Topic    consent.Topic
	Channel  consent.Channel
	Kind     message.Kind

	Contact   string // "person" or "brand" started the contact
	Announced *bool  // the artefact announced the question

	Class           string // "prospect", "customer", "dormant"
	Business        bool
	ProfessionMatch *bool

	Source          string // "own", "rented"
	SourceDisclosed *bool

	Consent   consent.State
	ConsentAt time.Time
	Grade     consent.Grade

	Suppressed  bool
	AskedBefore bool

	SaleAt             time.Time
	Similar            *bool
	NoticeAtCollection *bool
	OptoutOffered      *bool
	LastPositiveAct    time.Time

	Sender           string // "alpha", "shortcode", "longcode", "email"
	SenderRegistered *bool
}

// Verdict is the answer in one word.
type Verdict string

// The verdicts.
const (
	Allow     Verdict = "allow"
	AllowOnce Verdict = "allow_once"
	Defer     Verdict = "defer"
	Deny      Verdict = "deny"
)

// Decision is the answer with its rule, reason and source.
type Decision struct {
	Verdict      Verdict
	Basis        consent.Basis // empty: none
	Rule         string        // rule id, e.g. "all-suppressed"
	Reason       string        // one sentence
	Citation     string        // statute, case, provider page
	Until        time.Time     // Defer: when to ask again; Allow: zero
	Alternatives []string      // till, receipt, account_page, post, email, none
	Pack         string        // the pack that decided and its hash: "generic@1a2b3c4d"
}

// Allowed reports whether the message may leave now.
func (d Decision) Allowed() bool { return d.Verdict == Allow || d.Verdict == AllowOnce }
