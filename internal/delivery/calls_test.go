package delivery

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Whoever took a permission back is answered once no call for them is under way.
// A call that takes long is cut off; one that does not end even then is an error,
// so that nobody is told too early.
func TestQuiet(t *testing.T) {
	for _, c := range []struct {
		name     string
		calls    int           // under way for the person when Quiet is called
		end      time.Duration // when the last of them ends by itself
		deaf     bool          // they do not hear that they are cut off
		patience time.Duration // how long the caller's own context lasts
		want     time.Duration
		err      bool
	}{
		{"nothing under way", 0, 0, false, time.Hour, 0, false},
		{"a call under way", 1, time.Second, false, time.Hour, time.Second, false},
		{"two calls under way", 2, time.Second, false, time.Hour, time.Second, false},
		{"a provider that hangs is cut off", 2, 20 * time.Second, false, time.Hour, 2 * time.Second, false},
		{"a provider that does not hear", 1, 20 * time.Second, true, time.Hour, 5 * time.Second, true},
		{"a caller that leaves", 1, 20 * time.Second, true, time.Second, time.Second, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				courier := Courier{Alone: true, Now: time.Now}
				elsewhere := courier.calls.enter("somebody else", func() { t.Error("somebody else's call was cut off") })
				defer elsewhere()
				for i := range c.calls {
					var leave func()
					leave = courier.calls.enter("person", func() {
						if !c.deaf {
							go leave()
						}
					})
					time.AfterFunc(c.end/time.Duration(c.calls-i), leave)
				}
				ctx, cancel := context.WithTimeout(t.Context(), c.patience)
				defer cancel()
				start := time.Now()
				if err := courier.Quiet(ctx, "person"); (err != nil) != c.err {
					t.Errorf("answered %v", err)
				}
				if waited := time.Since(start); waited != c.want {
					t.Errorf("waited %v, want %v", waited, c.want)
				}
				// A call that began afterwards is somebody else's business.
				time.Sleep(time.Minute)
				start = time.Now()
				if err := courier.Quiet(t.Context(), "person"); err != nil || time.Since(start) != 0 {
					t.Errorf("waited %v for calls that have ended: %v", time.Since(start), err)
				}
			})
		})
	}
}
