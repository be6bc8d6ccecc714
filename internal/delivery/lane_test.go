package delivery

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"placet/internal/consent"
	"placet/internal/message"
)

// stuck is an outbox that lists a message and cannot begin it, like a database on a full disk.
type stuck struct {
	Queue
	looks atomic.Int64
}

func (q *stuck) Due(_ context.Context, c consent.Channel, _ time.Time, _ int) ([]Due, time.Time, error) {
	if c != consent.SMS {
		return nil, time.Time{}, nil
	}
	synctest.Wait() // the call before has failed by now: the worst pace there is
	if q.looks.Add(1) > 1000 {
		return nil, time.Time{}, nil // enough to tell
	}
	return []Due{{ID: "msg_1", Person: "sub_1"}}, time.Time{}, nil
}

func (q *stuck) Begin(context.Context, string, string, time.Time, time.Time, func(Waiting) Ruling) (message.Outgoing, bool, error) {
	return message.Outgoing{}, false, errors.New("the disk is full")
}

func (q *stuck) Overdue(context.Context, time.Time) (int, error) { return 0, nil }

// A database that lists messages and takes no write is asked about once a second, not in a circle.
func TestAFailingDatabaseIsNotHammered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &stuck{}
		c := &Courier{Queue: q, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		c.Run(ctx)
		if n := q.looks.Load(); n < 10 || n > 100 {
			t.Errorf("looked %d times in 30 seconds", n)
		}
	})
}
