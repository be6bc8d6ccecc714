package cluster_test

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"placet/internal/cluster"
	"placet/internal/gatewaytest/services"
)

func open(t *testing.T, url string) *cluster.Cluster {
	t.Helper()
	c, err := cluster.Open(url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestANudgeReachesTheOthers(t *testing.T) {
	url := services.Redis(t)
	a, b := open(t, url), open(t, url)
	heard := make(chan string, 64)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	go a.Run(ctx, func(string) {})
	go b.Run(ctx, func(what string) {
		select {
		case heard <- what:
		default:
		}
	})
	// The subscription has no moment of its own to wait for: nudge until one arrives.
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case what := <-heard:
			if what != "outbox" || !b.Up() {
				t.Fatalf("heard %q, up %v", what, b.Up())
			}
			return
		case <-tick.C:
			a.Nudge("outbox")
		case <-ctx.Done():
			t.Fatal("no nudge arrived")
		}
	}
}

func TestRedisAwayCostsNothing(t *testing.T) {
	// A listener that never answers is the worst Redis there is.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	c := open(t, "redis://"+l.Addr().String())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { c.Run(ctx, func(string) {}); close(done) }()
	began := time.Now()
	for range 10000 {
		c.Nudge("outbox")
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("10,000 nudges took %v", took)
	}
	if c.Up() {
		t.Error("a Redis that never answered is said to be up")
	}
	cancel()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("Run did not end with its context")
	}
}

func TestOpenRefusesWhatIsNoURL(t *testing.T) {
	if _, err := cluster.Open("127.0.0.1:6379", slog.Default()); err == nil {
		t.Fatal("taken")
	}
}
