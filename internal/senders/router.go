package senders

import (
	"context"
	"fmt"
	"time"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/message"
)

// Router picks the way out by channel. A brand that has its own account for a
// channel is found first. The zero value refuses everything.
type Router struct {
	SMS   Sender // nil: no SMS leaves
	Email Sender // nil: no e-mail leaves
	// Brands holds what differs: brand id, then channel.
	Brands map[string]map[consent.Channel]Sender
}

// For is the sender of a message, or a *Refusal where there is none: a call or
// a letter has no sender, and no sender reaches an address of another kind.
func (r Router) For(m message.Outgoing) (Sender, error) {
	var s Sender
	var kind address.Kind
	switch m.Channel {
	case consent.SMS:
		s, kind = r.SMS, address.Phone
	case consent.Email:
		s, kind = r.Email, address.Email
	case consent.Call, consent.Post:
	}
	if own := r.Brands[m.Brand][m.Channel]; own != nil {
		s = own
	}
	if s == nil {
		return nil, &Refusal{Provider: r.Name(), Code: "no-sender",
			Reason: fmt.Sprintf("no sender is configured for channel %q", m.Channel)}
	}
	if m.To.Kind() != kind {
		return nil, &Refusal{Provider: r.Name(), Code: "wrong-address",
			Reason: fmt.Sprintf("the address is no destination for channel %q", m.Channel)}
	}
	return s, nil
}

// Send hands the message to the sender of its channel.
func (r Router) Send(ctx context.Context, m message.Outgoing) (string, error) {
	s, err := r.For(m)
	if err != nil {
		return "", err
	}
	return s.Send(ctx, m)
}

// Name is "router"; an attempt is stored under the name of the sender For picks.
func (r Router) Name() string { return "router" }

// Found is a message as its provider remembers it, to settle an attempt whose
// answer was lost.
type Found struct {
	ProviderID string
	Body       string
	Fate       message.Fate
	ErrorCode  string
	At         time.Time // when the provider sent it, or took it where it is not sent yet
}
