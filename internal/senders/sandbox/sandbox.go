// Package sandbox is a provider that lives in the process: what is sent is kept
// to be looked at, nothing leaves the machine, and news of delivery come as a
// provider would bring them. In rude mode they come late, twice and out of order.
package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/message"
	"placet/internal/senders"
)

const provider = "sandbox"

// Message is one message that left, addresses in clear: it never left the machine.
type Message struct {
	ID      string          `json:"id"` // ours
	At      time.Time       `json:"at"`
	Channel consent.Channel `json:"channel"`
	From    string          `json:"from"`
	To      string          `json:"to"`
	Subject string          `json:"subject"`
	Text    string          `json:"text"`
	HTML    string          `json:"html"`
}

// Options shape the sandbox. The zero value is nice and keeps 1,000 messages.
type Options struct {
	Rude bool
	Seed uint64 // of everything rude; the same messages meet the same fates
	Keep int    // messages kept, the newest; default 1000
	// OnNews hears what becomes of messages. OnText hears what a magic number
	// texts back. Both are called one at a time from Step, never from Send.
	OnNews func(senders.News)
	OnText func(from, to, text string)
}

// Outbox is the sandbox: a Sender for SMS and e-mail. It is safe for concurrent use.
type Outbox struct {
	Down atomic.Bool // the provider cannot be reached

	opts Options
	wake chan struct{}
	step sync.Mutex // one Step at a time; not held with mu

	mu          sync.Mutex
	left        []*entry // oldest first
	due         []event  // by time
	refused     map[string]bool
	subscribers map[chan Message]bool
}

type entry struct {
	Message
	id   string
	to   address.Address
	fate message.Fate
	code string
}

type event struct {
	at   time.Time
	of   *entry
	news senders.News
	stop bool // no news: the person texts STOP back
}

// New starts nothing: news wait for Step or Run.
func New(opts Options) *Outbox {
	if opts.Keep <= 0 {
		opts.Keep = 1000
	}
	return &Outbox{opts: opts, wake: make(chan struct{}, 1),
		refused: map[string]bool{}, subscribers: map[chan Message]bool{}}
}

// Name is "sandbox".
func (o *Outbox) Name() string { return provider }

// manner is how an address behaves.
type manner int

const (
	ordinary manner = iota
	delivered
	undelivered
	busyOnce
	timesOut
	textsStop
)

// magicDigits precede 1 to 5 in a magic number, whatever the country: +999 000
// 0002, or a number the numbering plans know, such as +39 399 000 0002.
const magicDigits = "99000000"

// magicMail holds the magic mailboxes.
var magicMail = map[string]manner{
	"delivered@sandbox.example": delivered, "undelivered@sandbox.example": undelivered,
	"busy@sandbox.example": busyOnce, "timeout@sandbox.example": timesOut,
}

func mannerOf(a address.Address) manner {
	if a.Kind() == address.Email {
		return magicMail[strings.ToLower(a.Wire())]
	}
	if w := a.Wire(); len(w) > 1 && strings.HasSuffix(w[:len(w)-1], magicDigits) {
		if n := w[len(w)-1]; n >= '1' && n <= '5' {
			return manner(n - '0')
		}
	}
	return ordinary
}

// Send keeps the message and plans the news of it.
func (o *Outbox) Send(ctx context.Context, m message.Outgoing) (string, error) {
	no := func(code, reason string, again time.Duration) error {
		return &senders.Refusal{Provider: provider, Code: code, Reason: reason, Again: again}
	}
	switch {
	case ctx.Err() != nil:
		return "", no("unreachable", "the time was up before the sandbox was asked", time.Second)
	case o.Down.Load():
		return "", no("unreachable", "the provider is switched off", 5*time.Second)
	case !m.ExpiresAt.IsZero() && !m.At.Before(m.ExpiresAt):
		return "", no("expired", "the time to send it has passed", 0)
	case m.Channel == consent.SMS && m.To.Kind() == address.Phone:
	case m.Channel == consent.Email && m.To.Kind() == address.Email:
	default:
		return "", no("content", "only texts to phone numbers and mails to e-mail addresses leave here", 0)
	}
	how := mannerOf(m.To)
	plan := nice
	dice := o.dice(m)
	if o.opts.Rude && how == ordinary {
		plan = rude(dice)
	}

	o.mu.Lock()
	defer o.mu.Unlock()
	if how == busyOnce || o.opts.Rude && how == ordinary && plan.busy {
		// Once each, so that a test with a standing clock gets through too.
		if !o.refused[m.ID] {
			o.refused[m.ID] = true
			return "", no("429", "too many requests", time.Second)
		}
	}
	delete(o.refused, m.ID)
	if plan.lost {
		return "", errors.New("sandbox: answer 503, the message may have been taken")
	}
	sum := sha256.Sum256([]byte(m.ID + "\x00" + m.AttemptToken))
	e := &entry{id: "SX" + hex.EncodeToString(sum[:16]), to: m.To, fate: message.Accepted,
		Message: Message{ID: m.ID, At: m.At, Channel: m.Channel, From: m.From, To: m.To.Wire(), Subject: m.Subject, Text: m.Text, HTML: m.HTML}}
	if how == timesOut {
		e.fate = message.Delivered // found by List alone
	}
	o.keep(e)
	if how == timesOut {
		return "", errors.New("sandbox: no answer in time, the message may have been taken")
	}
	last := senders.News{Fate: message.Delivered}
	if how == undelivered {
		last = senders.News{Fate: message.Undelivered, ErrorCode: "30003"}
	}
	for _, p := range []struct {
		news   senders.News
		delays []time.Duration
	}{{senders.News{Fate: message.Sent}, plan.sent}, {last, plan.last}} {
		p.news.Provider, p.news.ProviderID, p.news.AttemptToken = provider, e.id, m.AttemptToken
		for _, d := range p.delays {
			o.plan(event{at: m.At.Add(d), of: e, news: p.news})
		}
	}
	if how == textsStop {
		o.plan(event{at: m.At.Add(2 * time.Second), of: e, stop: true})
	}
	select {
	case o.wake <- struct{}{}:
	default:
	}
	if plan.taken {
		return "", errors.New("sandbox: answer 500, the message may have been taken")
	}
	return e.id, nil
}

// conduct is what happens to one message.
type conduct struct {
	busy  bool            // 429, the first time
	lost  bool            // 5xx, and it was not taken
	taken bool            // 5xx, although it was taken
	sent  []time.Duration // after the send, once for each time it is told
	last  []time.Duration
}

var nice = conduct{sent: []time.Duration{0}, last: []time.Duration{0}}

// rude draws a conduct: 5 % of sends fail, callbacks come up to ten seconds
// late, in any order, and one in ten comes again up to a minute later.
func rude(r *rand.Rand) conduct {
	var c conduct
	switch p := r.Float64(); {
	case p < 0.025:
		c.busy = true
	case p < 0.0375:
		c.lost = true
	case p < 0.05:
		c.taken = true
	}
	late := func(most time.Duration) time.Duration { return time.Duration(r.Int64N(int64(most))) }
	draw := func() []time.Duration {
		d := []time.Duration{late(10 * time.Second)}
		if r.Float64() < 0.1 {
			d = append(d, late(time.Minute))
		}
		return d
	}
	c.sent, c.last = draw(), draw()
	return c
}

// dice depend on the seed and the message alone, not on which goroutine came first.
func (o *Outbox) dice(m message.Outgoing) *rand.Rand {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s\x00%s\x00%s\x00%d", m.To.Wire(), m.Template, m.Text, m.At.UnixNano())
	return rand.New(rand.NewPCG(o.opts.Seed, h.Sum64())) //nolint:gosec // reproducible on purpose
}

// keep and plan are called with mu held.
func (o *Outbox) keep(e *entry) {
	if len(o.left) >= 2*o.opts.Keep {
		o.left = slices.Clone(o.left[len(o.left)-o.opts.Keep:])
	}
	o.left = append(o.left, e)
	for ch := range o.subscribers {
		select {
		case ch <- e.Message:
		default: // a reader that does not read misses it; Messages has it
		}
	}
}

func (o *Outbox) plan(e event) {
	i, _ := slices.BinarySearchFunc(o.due, e, func(a, b event) int {
		if a.at.After(b.at) {
			return 1
		}
		return -1 // events of one time stay in the order they were planned in
	})
	o.due = slices.Insert(o.due, i, e)
}

// Step tells the news due by now, oldest first, and says how many. Callbacks may
// send; they may not step.
func (o *Outbox) Step(now time.Time) int {
	o.step.Lock()
	defer o.step.Unlock()
	o.mu.Lock()
	n := 0
	for n < len(o.due) && !o.due[n].at.After(now) {
		n++
	}
	events := slices.Clone(o.due[:n])
	o.due = slices.Delete(o.due, 0, n)
	for _, e := range events {
		if after := e.of.fate.After(e.news.Fate); !e.stop && after != e.of.fate {
			e.of.fate, e.of.code = after, e.news.ErrorCode
		}
	}
	o.mu.Unlock()
	for _, e := range events {
		switch {
		case e.stop && o.opts.OnText != nil:
			o.opts.OnText(e.of.To, e.of.From, "STOP")
		case !e.stop && o.opts.OnNews != nil:
			o.opts.OnNews(e.news)
		}
	}
	return n
}

// Run steps whenever news fall due, until the context ends. The clock is the one
// messages take their At from.
func (o *Outbox) Run(ctx context.Context, now func() time.Time) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for ctx.Err() == nil {
		o.Step(now())
		wait := time.Hour
		o.mu.Lock()
		if len(o.due) > 0 {
			wait = max(o.due[0].at.Sub(now()), time.Millisecond)
		}
		o.mu.Unlock()
		timer.Reset(wait)
		select {
		case <-ctx.Done():
		case <-o.wake:
		case <-timer.C:
		}
	}
}

// Messages is what left, oldest first; to one address, or to all where it is
// empty. A leading + may be missing: in a query it reads as a space.
func (o *Outbox) Messages(to string) []Message {
	bare := func(s string) string { return strings.TrimLeft(strings.TrimSpace(s), "+") }
	to = bare(to)
	o.mu.Lock()
	defer o.mu.Unlock()
	out := []Message{}
	for _, e := range o.left[max(0, len(o.left)-o.opts.Keep):] {
		if to == "" || strings.EqualFold(bare(e.To), to) {
			out = append(out, e.Message)
		}
	}
	return out
}

// List is what the provider remembers of messages to one address, newest first.
func (o *Outbox) List(_ context.Context, to address.Address, since time.Time) ([]senders.Found, error) {
	if o.Down.Load() {
		return nil, errors.New("sandbox: list: the provider is switched off")
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	var out []senders.Found
	for _, e := range slices.Backward(o.left) {
		if e.to == to && !e.At.Before(since) {
			out = append(out, senders.Found{ProviderID: e.id, Body: e.Text, Fate: e.fate, ErrorCode: e.code, At: e.At})
		}
	}
	return out, nil
}

// Subscribe hears of every message from now on, until cancel, which closes the
// channel. A reader more than 256 messages behind misses some.
func (o *Outbox) Subscribe() (<-chan Message, func()) {
	ch := make(chan Message, 256)
	o.mu.Lock()
	o.subscribers[ch] = true
	o.mu.Unlock()
	return ch, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.subscribers[ch] {
			delete(o.subscribers, ch)
			close(ch)
		}
	}
}
