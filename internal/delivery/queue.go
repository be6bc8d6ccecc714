// Package delivery carries messages from the outbox to their fate. It asks
// policy again at the door, writes the attempt before the call, and never sends
// twice what may have left: an answer that nobody heard is unknown, not again.
package delivery

import (
	"context"
	"time"

	"placet/internal/consent"
	"placet/internal/message"
	"placet/internal/policy"
	"placet/internal/senders"
)

// Queue is the outbox.
type Queue interface {
	// Due lists messages of a channel whose time has come, oldest first, and says
	// when the next one is due (zero: none waits). It locks nothing.
	Due(ctx context.Context, c consent.Channel, now time.Time, n int) (due []Due, next time.Time, err error)

	// Begin reads the message and its person under a lock and asks screen what to
	// do. Go: the attempt is committed as sending, with the token and a lease; the
	// returned message may then be handed to the provider, once. Otherwise the fate
	// or the new due time that screen names is committed and ok is false. A message
	// that is no longer queued gives ok false: somebody else was first, or STOP was.
	Begin(ctx context.Context, id, token string, now, lease time.Time, screen func(Waiting) Ruling) (out message.Outgoing, ok bool, err error)

	// Settle writes what the provider answered. A fate can only move forward.
	// When the message is reported sent, those that follow it become due.
	Settle(ctx context.Context, o Outcome) (Settled, error)

	// Calling reports whether an attempt to write to the person, other than with
	// a benefit, has begun since and is not settled, at any instance.
	Calling(ctx context.Context, person string, since time.Time) (bool, error)

	// Overdue turns attempts whose lease ran out into unknown and says how many.
	Overdue(ctx context.Context, now time.Time) (int, error)
}

// Due is a message whose time has come.
type Due struct{ ID, Brand, Person string }

// Waiting is a message at the door with everything the last screening needs.
type Waiting struct {
	ID, Brand, Person, Event, Template, Program string
	Channel                                     consent.Channel // it travels on
	About                                       consent.Channel // it asks about; the same but for a question by text about calls
	Follows                                     message.Fate    // of the message it must not overtake; empty: none
	Kind                                        message.Kind
	Contact                                     string
	Topics                                      []consent.Topic
	Expires                                     time.Time
	Tries                                       int
	Record                                      consent.Record
	Suppressed                                  bool // on this channel
	Out                                         message.Outgoing
}

// Ruling is what is to be done with a message at the door.
type Ruling struct {
	Decision policy.Decision
	Fate     message.Fate // Sending: go; otherwise the final fate
	Until    time.Time    // not zero: wait until then, fate stays queued
}

// Outcome is news of an attempt, from the provider's answer or a callback.
type Outcome struct {
	ID       string // message id; or
	News     senders.News
	At       time.Time
	Retry    time.Time // not zero: a definite passing refusal; queue again for then
	Reason   string
	FromCall bool // the answer of our own call rather than a callback
}

// Settled says whom an outcome was about.
type Settled struct {
	Known                             bool
	ID, Brand, Person, Event, Program string
	Channel                           consent.Channel
	Fate                              message.Fate
	Moved                             bool // the fate changed
}
