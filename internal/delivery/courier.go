package delivery

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
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
// off; an attempt that nobody settled within lease is unknown. A passing refusal
// is tried again ever later, at most every maxPause, until the message's time is
// over: a short outage must not cost anybody a benefit or an answer.
const (
	callLimit  = 20 * time.Second
	lease      = 45 * time.Second
	maxPause   = 5 * time.Minute
	holdFor    = 5 * time.Second // a follower whose leader has not left looks again after this
	quietAfter = 2 * time.Second // a call under way is cut off when a withdrawal has waited this long
	quietFor   = 5 * time.Second
)

// channels are the ways messages leave by, each carried on its own: a relay that
// hangs must not hold up the answer to a STOP.
var channels = []consent.Channel{consent.SMS, consent.Email}

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

	// Alone says that no other instance writes to this database, so that its own
	// calls are all the calls there are.
	Alone bool

	calls calls
	wake  map[consent.Channel]chan struct{}
	once  sync.Once
}

func (c *Courier) init() {
	c.once.Do(func() {
		c.wake = map[consent.Channel]chan struct{}{}
		for _, ch := range channels {
			c.wake[ch] = make(chan struct{}, 1)
		}
	})
}

// Wake tells the courier that something may be due. It never blocks.
func (c *Courier) Wake() {
	c.init()
	for _, ch := range channels {
		c.wakeUp(ch)
	}
}

func (c *Courier) wakeUp(ch consent.Channel) {
	select {
	case c.wake[ch] <- struct{}{}:
	default:
	}
}

// Run carries messages until the context ends; calls under way are finished.
func (c *Courier) Run(ctx context.Context) {
	c.init()
	var wg sync.WaitGroup
	for _, ch := range channels {
		wg.Go(func() { c.run(ctx, ch) })
	}
	wg.Wait()
}

func (c *Courier) run(ctx context.Context, ch consent.Channel) {
	l := c.lane()
	defer l.under.Wait()
	var looked time.Time
	for {
		n, next, err := c.start(ctx, ch, 256, l)
		err = errors.Join(err, l.fault()) // of calls begun before: a database that fails is asked again a second later
		if now := c.Now(); err == nil && now.Sub(looked).Abs() >= time.Second {
			looked = now
			_, err = c.Queue.Overdue(ctx, now.UTC())
		}
		if ctx.Err() != nil {
			return
		}
		pause := time.Second
		switch {
		case err != nil:
			c.Log.Error("delivery: step failed", "channel", ch, "error", err)
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
		case <-c.wake[ch]:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Step carries up to n due messages of each channel, waits for their calls, and
// says how many it took in hand, and when the next one is due. Attempts that
// nobody settled in time become unknown.
func (c *Courier) Step(ctx context.Context, n int) (done int, next time.Time, err error) {
	c.init()
	if _, err := c.Queue.Overdue(ctx, c.Now().UTC()); err != nil {
		return 0, time.Time{}, err
	}
	for _, ch := range channels {
		if ctx.Err() != nil {
			break
		}
		l := c.lane()
		d, at, e := c.start(ctx, ch, n, l)
		l.under.Wait()
		done, err = done+d, errors.Join(err, e, l.fault())
		if next.IsZero() || !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return done, next, err
}

// lane is the calls of one channel: at most so many at a time, one at a time for
// a person. A call that hangs holds up its own person and one place, nobody else.
type lane struct {
	slots chan struct{}
	under sync.WaitGroup

	mu     sync.Mutex
	busy   map[string]bool // people with a call under way; true: more has come for them
	failed error           // the first of the calls' failures that nobody has looked at
}

func (c *Courier) lane() *lane {
	return &lane{slots: make(chan struct{}, cmp.Or(c.Workers, 16)), busy: map[string]bool{}}
}

// take claims a person for the caller; false when somebody has them.
func (l *lane) take(person string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, busy := l.busy[person]
	l.busy[person] = busy
	return !busy
}

// leave lets go of a person and says whether more has come for them meanwhile.
func (l *lane) leave(person string, err error) (more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	more = l.busy[person]
	delete(l.busy, person)
	if l.failed == nil {
		l.failed = err
	}
	return more
}

// fault hands over a failure of the calls and forgets it.
func (l *lane) fault() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.failed
	l.failed = nil
	return err
}

// start takes due messages of a channel in hand and returns while their calls
// are under way.
func (c *Courier) start(ctx context.Context, ch consent.Channel, n int, l *lane) (taken int, next time.Time, err error) {
	due, next, err := c.Queue.Due(ctx, ch, c.Now().UTC(), n)
	if err != nil {
		return 0, next, err
	}
	for _, group := range byPerson(due) {
		person := group[0].Person
		if !l.take(person) {
			continue
		}
		select {
		case l.slots <- struct{}{}:
		case <-ctx.Done():
			l.leave(person, nil)
			return taken, next, nil
		}
		taken += len(group)
		l.under.Go(func() {
			var failed error
			// One person's messages leave in order.
			for _, d := range group {
				if ctx.Err() != nil {
					break
				}
				if e := c.carry(ctx, d); e != nil {
					failed = errors.Join(failed, e)
					c.Log.Error("delivery: a message could not be carried", "message", d.ID, "error", e)
				}
			}
			more := l.leave(person, failed)
			<-l.slots
			if more && failed == nil {
				c.wakeUp(ch)
			}
		})
	}
	return taken, next, nil
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
	// Shutting down must not cut a call that may have left already.
	cctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callLimit)
	defer cancel()
	release := c.calls.enter(d.Person, cancel)
	defer release()
	now := c.Now().UTC()
	var w Waiting
	out, ok, err := c.Queue.Begin(ctx, d.ID, rand.Text(), now, now.Add(lease), func(x Waiting) Ruling {
		w = x
		return c.screen(x, now)
	})
	if err != nil || !ok {
		return err
	}
	if w.Kind == message.Service && w.Program != "" {
		release() // a benefit comes whatever else is taken back; nobody waits for it
	}
	by, id := "", ""
	sender, serr := c.Route.For(out)
	if serr == nil {
		by = sender.Name()
		id, serr = sender.Send(cctx, out)
	}
	return c.settle(context.WithoutCancel(ctx), c.outcome(w, by, id, serr))
}

// outcome turns a provider's answer into news: done, a definite no, or not known.
func (c *Courier) outcome(w Waiting, by, providerID string, err error) Outcome {
	o := Outcome{ID: w.ID, At: c.Now().UTC(), FromCall: true, News: senders.News{Provider: by, ProviderID: providerID}}
	var no *senders.Refusal
	switch {
	case err == nil:
		o.News.Fate = message.Accepted
	case errors.As(err, &no):
		o.News.Provider, o.News.ErrorCode, o.News.OptedOut, o.News.Dead = no.Provider, no.Code, no.OptedOut, no.Dead
		o.News.Fate, o.Reason = message.Failed, no.Code+": "+no.Reason
		if no.Again > 0 {
			pause := max(no.Again, min(no.Again<<min(w.Tries, 10), maxPause))
			if o.Retry = o.At.Add(pause); !o.Retry.Before(w.Expires) {
				o.Retry = time.Time{} // its time is over by then: this no is the last word
			}
		}
	default:
		o.News.Fate, o.Reason = message.Unknown, "nobody knows whether it left"
		c.Log.Warn("delivery: the provider's answer is not known", "message", w.ID, "error", err)
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
	if !now.Before(w.Expires) {
		return Ruling{Fate: message.TooLate, Decision: policy.Decision{Verdict: policy.Deny, Rule: "all-too-late", Reason: "Its time passed before it could leave.", Alternatives: []string{"none"}}}
	}
	if w.Follows == message.Queued || w.Follows == message.Sending {
		// The benefit has not left yet, and the question must not come first.
		return Ruling{Until: now.Add(holdFor), Decision: policy.Decision{Verdict: policy.Defer, Rule: "all-benefit-first", Reason: "The benefit it follows has not left yet.", Until: now.Add(holdFor)}}
	}
	topics := w.Topics
	if len(topics) == 0 {
		topics = []consent.Topic{consent.Info}
	}
	var last policy.Decision
	for _, t := range topics {
		p := w.Record.At(consent.Key{Channel: w.About, Topic: t}, now)
		last = c.Policy.Decide(b.Question(brands.Asking{
			Kind: w.Kind, Channel: w.Channel, Topic: t, To: w.Out.To, From: w.Out.From, Contact: w.Contact, Program: w.Program,
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

// Quiet waits until no call for the person is under way, other than with a
// benefit, so that whoever took a permission back is told so only when nothing
// can start after it. A call of ours that takes long is cut off. Where other
// instances share the database theirs are waited for too, as far as the outbox
// shows them, and not for ever: what they have begun, they have begun before.
func (c *Courier) Quiet(ctx context.Context, person string) error {
	ctx, cancel := context.WithTimeout(ctx, quietFor)
	defer cancel()
	if err := c.calls.wait(ctx, person); err != nil {
		return err
	}
	if c.Alone {
		return nil
	}
	since := c.Now().Add(-callLimit)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		busy, err := c.Queue.Calling(ctx, person, since)
		if !busy || err != nil {
			return nil //nolint:nilerr // the withdrawal is durable; only the look at the others failed
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// calls knows for whom a message is between the last screening and the
// provider's answer.
type calls struct {
	mu  sync.Mutex
	now map[string]map[*call]bool
}

type call struct {
	cancel func()
	done   chan struct{}
}

// enter notes a call for a person; leave may be called more than once.
func (c *calls) enter(person string, cancel func()) (leave func()) {
	k := &call{cancel: cancel, done: make(chan struct{})}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now == nil {
		c.now = map[string]map[*call]bool{}
	}
	if c.now[person] == nil {
		c.now[person] = map[*call]bool{}
	}
	c.now[person][k] = true
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if delete(c.now[person], k); len(c.now[person]) == 0 {
			delete(c.now, person)
		}
		close(k.done)
	})
}

// wait waits for the calls under way at this moment, and cuts off those that
// take longer than quietAfter.
func (c *calls) wait(ctx context.Context, person string) error {
	c.mu.Lock()
	under := slices.Collect(maps.Keys(c.now[person]))
	c.mu.Unlock()
	if len(under) == 0 {
		return nil
	}
	patience := time.NewTimer(quietAfter)
	defer patience.Stop()
	for _, k := range under {
		for waiting := true; waiting; {
			select {
			case <-k.done:
				waiting = false
			case <-patience.C:
				for _, k := range under {
					k.cancel()
				}
			case <-ctx.Done():
				return fmt.Errorf("delivery: a call to the provider does not end: %w", ctx.Err())
			}
		}
	}
	return nil
}
