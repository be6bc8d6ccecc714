package delivery

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Whoever took a permission back is answered once no call for them is under way,
// or after three seconds: the withdrawal is durable either way.
func TestQuiet(t *testing.T) {
	for _, c := range []struct {
		name     string
		calls    int           // under way for the person when Quiet is called
		end      time.Duration // when the last of them ends
		patience time.Duration // how long the caller's own context lasts
		want     time.Duration
	}{
		{"nothing under way", 0, 0, time.Hour, 0},
		{"a call under way", 1, time.Second, time.Hour, time.Second},
		{"two calls under way", 2, time.Second, time.Hour, time.Second},
		{"a provider that hangs", 1, 20 * time.Second, time.Hour, 3 * time.Second},
		{"a caller that leaves", 1, 20 * time.Second, time.Second, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var courier Courier
				elsewhere := courier.calls.enter("somebody else")
				defer elsewhere()
				for i := range c.calls {
					leave := courier.calls.enter("person")
					time.AfterFunc(c.end/time.Duration(c.calls-i), leave)
				}
				ctx, cancel := context.WithTimeout(t.Context(), c.patience)
				defer cancel()
				start := time.Now()
				courier.Quiet(ctx, "person")
				if waited := time.Since(start); waited != c.want {
					t.Errorf("waited %v, want %v", waited, c.want)
				}
				// A call that began afterwards is somebody else's business.
				synctest.Wait()
				time.Sleep(time.Minute)
				start = time.Now()
				courier.Quiet(t.Context(), "person")
				if waited := time.Since(start); waited != 0 {
					t.Errorf("waited %v for calls that have ended", waited)
				}
			})
		})
	}
}
