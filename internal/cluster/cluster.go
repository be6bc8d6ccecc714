// Package cluster is what several instances share over Redis: for now a nudge,
// so that a message queued by one instance leaves at once through whichever is
// free. Nothing in Redis is a fact; without it every instance looks for itself,
// a second later.
package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// channel carries the nudges; the message is the name of what is to be looked at.
const channel = "placet:wake"

// Cluster is one instance's tie to the others.
type Cluster struct {
	rdb    *redis.Client
	nudges chan string
	up     atomic.Bool
	log    *slog.Logger
}

// Open parses a redis:// URL. It connects when Run does; Redis may be away.
func Open(url string, log *slog.Logger) (*Cluster, error) {
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("cluster: redis: not a redis:// URL")
	}
	// The defaults let a hung Redis hold a call for seconds; a nudge is worth a tenth of one.
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = 200*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond
	o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled = -1, 1, true
	redis.SetLogger(quiet{log})
	return &Cluster{rdb: redis.NewClient(o), nudges: make(chan string, 1), log: log}, nil
}

// Nudge tells the other instances to look at what now. It never blocks: nudges
// that pile up while Redis is slow are one nudge.
func (c *Cluster) Nudge(what string) {
	select {
	case c.nudges <- what:
	default:
	}
}

// Up reports whether Redis answered last time.
func (c *Cluster) Up() bool { return c.up.Load() }

// Run passes nudges on and hands those of others to look, until the context ends.
func (c *Cluster) Run(ctx context.Context, look func(what string)) {
	go c.send(ctx)
	for ctx.Err() == nil {
		err := c.listen(ctx, look)
		if ctx.Err() != nil {
			return
		}
		if c.up.Swap(false) {
			c.log.Warn("redis is away; instances look for work by themselves", "error", err)
		}
		pause := time.NewTimer(time.Second)
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
	}
}

func (c *Cluster) send(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case what := <-c.nudges:
			if err := c.rdb.Publish(ctx, channel, what).Err(); err != nil {
				c.up.Store(false)
			}
		}
	}
}

func (c *Cluster) listen(ctx context.Context, look func(string)) error {
	sub := c.rdb.Subscribe(ctx, channel)
	defer func() { _ = sub.Close() }()
	for {
		m, err := sub.ReceiveTimeout(ctx, 5*time.Second)
		if err != nil {
			if perr := sub.Ping(ctx); perr != nil {
				return perr
			}
			if isTimeout(err) {
				continue
			}
			return err
		}
		c.up.Store(true)
		if msg, ok := m.(*redis.Message); ok {
			look(msg.Payload)
		}
	}
}

func isTimeout(err error) bool {
	t, ok := err.(interface{ Timeout() bool })
	return ok && t.Timeout()
}

// Close lets go of the connections.
func (c *Cluster) Close() error { return c.rdb.Close() }

// quiet sends the library's own messages to our log.
type quiet struct{ log *slog.Logger }

func (q quiet) Printf(_ context.Context, format string, args ...any) {
	q.log.Debug("redis client", "said", fmt.Sprintf(format, args...))
}
