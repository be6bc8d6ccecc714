// Package senders is the contract every way out fulfils, and the router that
// picks one. A provider's answer is one of three: done, a definite no, not known.
package senders

import (
	"context"
	"fmt"
	"time"

	"placet/internal/message"
)

// Sender hands one message to a provider. A nil error means the provider took
// it and returned its id. A *Refusal means it certainly did not. Any other
// error means nobody knows; the caller must not send again.
type Sender interface {
	Send(ctx context.Context, m message.Outgoing) (providerID string, err error)
	// Name is stored with each attempt: "twilio", "smtp", "sandbox".
	Name() string
}

// Refusal is a definite no.
type Refusal struct {
	Provider string
	Code     string        // the provider's own code: "21610", "550 5.1.1"
	Reason   string        // one sentence, nothing personal in it
	OptedOut bool          // the provider holds an opt-out of this person for this sender (Twilio 21610)
	Dead     bool          // the address itself is no good (Twilio 21211, 21614; SMTP 5.1.1)
	Again    time.Duration // > 0: a passing refusal (429, 4yz, connection refused); try after this
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%s refused (%s): %s", r.Provider, r.Code, r.Reason)
}

// News is what a provider later tells of a message.
type News struct {
	Provider     string
	AttemptToken string // from the callback URL; may be empty
	ProviderID   string
	Fate         message.Fate
	ErrorCode    string
	OptedOut     bool
	Dead         bool
}
