package delivery

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"time"

	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/message"
	"placet/internal/policy"
	"placet/internal/senders"
	"placet/internal/trace"
)

// The courier's times. A provider call that takes longer than callLimit is cut
// off; an attempt that nobody settled within lease is unknown.
const (
	callLimit = 20 * time.Second
	lease     = 45 * time.Second
	maxTries  = 8
)

// Stopper learns that a provider holds an opt-out which never came as a text.
type Stopper interface {
	CarrierStop(ctx context.Context, brand, person string, channel consent.Channel, ref string) error
}

// Route picks the way out of a message; a *senders.Refusal where there is none.
type Route interface {
	For(m message.Outgoing) (senders.Sender, error)
}

// Courier takes due messages through the door. Its fields are set once, before use.
type Courier struct {
	Queue   Queue
	Route   Route
	Policy  *policy.Book
	Brands  *brands.Directory
	Stopper Stopper
	Now     func() time.Time
	Log     *slog.Logger
	Trace   *trace.Hub                                       // may be nil
	Workers int                                              // calls under way at a time; 16 when zero
	Counted func(fate message.Fate, channel consent.Channel) // may be nil

	calls calls
	wake  chan struct{}
	once  sync.Once
}

func (c *Courier) init() { c.once.Do(func() { c.wake = make(chan struct{}, 1) }) }

// Wake tells the courier that something may be due. It never blocks.
func (c *Courier) Wake() {
	c.init()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Run carries messages until the context ends; calls under way are finished.
func (c *Courier) Run(ctx context.Context) {
	c.init()
	for {
		n, next, err := c.Step(ctx, 256)
		if ctx.Err() != nil {
			return
		}
		pause := time.Second
		switch {
		case err != nil:
			c.Log.Error("delivery: step failed", "error", err)
		case n > 0:
			continue
		case !next.IsZero():
			pause = min(pause, max(next.Sub(c.Now()), time.Millisecond))
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-c.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Step carries up to n due messages and says how many it took in hand, and when
// the next one is due. Attempts that nobody settled in time become unknown.
func (c *Courier) Step(ctx context.Context, n int) (done int, next time.Time, err error) {
	now := c.Now().UTC()
	if _, err := c.Queue.Overdue(ctx, now); err != nil {
		return 0, time.Time{}, err
	}
	due, next, err := c.Queue.Due(ctx, now, n)
	if err != nil || len(due) == 0 {
		return 0, next, err
	}
	workers := c.Workers
	if workers == 0 {
		workers = 16
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	slots := make(chan struct{}, workers)
	for _, group := range byPerson(due) {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			// One person's messages leave in order.
			for _, d := range group {
				if ctx.Err() != nil {
					return
				}
				if e := c.carry(ctx, d); e != nil {
					mu.Lock()
					err = errors.Join(err, e)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return len(due), next, err
}

// byPerson groups due messages by person, oldest first within and between groups.
func byPerson(due []Due) [][]Due {
	place := map[string]int{}
	var out [][]Due
	for _, d := range due {
		i, ok := place[d.Person]
		if !ok {
			i = len(out)
			place[d.Person] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], d)
	}
	return out
}

// carry takes one message through the door: screened again, the attempt written,
// the call made once, the answer written.
func (c *Courier) carry(ctx context.Context, d Due) error {
	release := c.calls.enter(d.Person)
	defer release()
	now := c.Now().UTC()
	out, ok, err := c.Queue.Begin(ctx, d.ID, rand.Text(), now, now.Add(lease), func(w Waiting) Ruling { return c.screen(w, now) })
	if err != nil || !ok {
		return err
	}
	// Shutting down must not cut a call that may have left already.
	cctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callLimit)
	defer cancel()
	by, id := "", ""
	sender, serr := c.Route.For(out)
	if serr == nil {
		by = sender.Name()
		id, serr = sender.Send(cctx, out)
	}
	return c.settle(context.WithoutCancel(ctx), c.outcome(d.ID, by, id, serr))
}

// outcome turns a provider's answer into news: done, a definite no, or not known.
func (c *Courier) outcome(id, by, providerID string, err error) Outcome {
	o := Outcome{ID: id, At: c.Now().UTC(), FromCall: true, News: senders.News{Provider: by, ProviderID: providerID}}
	var no *senders.Refusal
	switch {
	case err == nil:
		o.News.Fate = message.Accepted
	case errors.As(err, &no):
		o.News.Provider, o.News.ErrorCode, o.News.OptedOut, o.News.Dead = no.Provider, no.Code, no.OptedOut, no.Dead
		o.News.Fate, o.Reason = message.Failed, no.Code+": "+no.Reason
		if no.Again > 0 {
			o.Retry = o.At.Add(no.Again)
		}
	default:
		o.News.Fate, o.Reason = message.Unknown, "nobody knows whether it left"
		c.Log.Warn("delivery: the provider's answer is not known", "message", id, "error", err)
	}
	return o
}

// Hear takes news from a status callback. News of a message that is not ours is nothing.
func (c *Courier) Hear(ctx context.Context, n senders.News) error {
	return c.settle(ctx, Outcome{News: n, At: c.Now().UTC(), Reason: n.ErrorCode})
}

func (c *Courier) settle(ctx context.Context, o Outcome) error {
	s, err := c.Queue.Settle(ctx, o)
	if err != nil {
		return err
	}
	if !s.Known {
		return nil
	}
	if s.Moved {
		if c.Counted != nil {
			c.Counted(s.Fate, s.Channel)
		}
		c.tell(s, o)
		if s.Fate == message.Sent || s.Fate == message.Delivered || s.Fate == message.Queued {
			c.Wake()
		}
	}
	if o.News.OptedOut && c.Stopper != nil {
		return c.Stopper.CarrierStop(ctx, s.Brand, s.Person, s.Channel, s.ID)
	}
	return nil
}

func (c *Courier) tell(s Settled, o Outcome) {
	if !c.Trace.Listening() {
		return
	}
	stage, title := trace.Fate, string(s.Fate)
	if o.FromCall {
		stage = trace.Provider
		title = o.News.Provider + ": " + title
	}
	c.Trace.Tell(trace.Step{At: o.At, Brand: s.Brand, Journey: s.Event, Stage: stage, Title: title, Detail: map[string]any{
		"message": s.ID, "fate": s.Fate, "provider_id": o.News.ProviderID, "reason": o.Reason,
	}})
}

// screen asks again at the door, with the person as they are now.
func (c *Courier) screen(w Waiting, now time.Time) Ruling {
	b, ok := c.Brands.ByID(w.Brand)
	if !ok {
		return Ruling{Fate: message.Denied, Decision: policy.Decision{Verdict: policy.Deny, Rule: "all-brand", Reason: "The brand is not in force.", Alternatives: []string{"none"}}}
	}
	if !now.Before(w.Expires) || w.Tries >= maxTries {
		return Ruling{Fate: message.TooLate, Decision: policy.Decision{Verdict: policy.Deny, Rule: "all-too-late", Reason: "Its time passed before it could leave.", Alternatives: []string{"none"}}}
	}
	topics := w.Topics
	if len(topics) == 0 {
		topics = []consent.Topic{consent.Info}
	}
	var last policy.Decision
	for _, t := range topics {
		p := w.Record.At(consent.Key{Channel: w.Channel, Topic: t}, now)
		last = c.Policy.Decide(b.Question(brands.Asking{
			Kind: w.Kind, Channel: w.Channel, Topic: t, To: w.Out.To, Contact: w.Contact, Program: w.Program,
			Permission: p, Suppressed: w.Suppressed, Own: p.State == consent.Pending && p.Event == w.Event, At: now,
		}))
		switch {
		case last.Verdict == policy.Defer && last.Until.Before(w.Expires):
			return Ruling{Decision: last, Until: last.Until}
		case !last.Allowed():
			return Ruling{Decision: last, Fate: message.Denied}
		}
	}
	return Ruling{Decision: last, Fate: message.Sending}
}

// Quiet waits until no call for the person is under way, so that whoever took a
// permission back is told so only when nothing can start after it. It gives up
// when the context ends or after three seconds: the withdrawal itself is durable.
func (c *Courier) Quiet(ctx context.Context, person string) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	c.calls.wait(ctx, person)
}

// calls knows for whom a message is between the last screening and the
// provider's answer.
type calls struct {
	mu  sync.Mutex
	now map[string]*call
}

type call struct {
	n    int
	done chan struct{}
}

func (c *calls) enter(person string) (leave func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now == nil {
		c.now = map[string]*call{}
	}
	k := c.now[person]
	if k == nil {
		k = &call{done: make(chan struct{})}
		c.now[person] = k
	}
	k.n++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if k.n--; k.n == 0 {
			delete(c.now, person)
			close(k.done)
		}
	}
}

func (c *calls) wait(ctx context.Context, person string) {
	c.mu.Lock()
	k := c.now[person]
	c.mu.Unlock()
	if k == nil {
		return
	}
	select {
	case <-k.done:
	case <-ctx.Done():
	}
}
