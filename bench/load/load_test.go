package load_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"placet/bench/load"
)

func TestRunSendsEachOnce(t *testing.T) {
	var seen, bad atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path != "/hooks" || string(body) != "a=1&b=2" || r.Header.Get("X-Sign") != "s" {
			bad.Add(1)
		}
		seen.Add(1)
	}))
	defer s.Close()
	addr := strings.TrimPrefix(s.URL, "http://")
	requests := make([]load.Request, 500)
	for i := range requests {
		requests[i] = load.Post(addr, "/hooks", "a=1&b=2", "X-Sign", "s")
	}
	r, err := load.Run(addr, os.Getpid(), 8, requests)
	if err != nil {
		t.Fatal(err)
	}
	if seen.Load() != 500 || bad.Load() != 0 || r.Count != 500 || r.P50 <= 0 || r.P99 < r.P50 || r.PeakRSS < 1<<20 || r.Rate() <= 0 {
		t.Errorf("server saw %d requests, %d of them wrong; result %+v", seen.Load(), bad.Load(), r)
	}
}

func TestRunRefusesAWrongAnswer(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	addr := strings.TrimPrefix(s.URL, "http://")
	if _, err := load.Run(addr, os.Getpid(), 2, []load.Request{load.Post(addr, "/", "")}); err == nil || !strings.Contains(err.Error(), "status 404") {
		t.Errorf("a server that answers 404 gave %v", err)
	}
}

func TestPercentile(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(100 - i)
	}
	for _, c := range []struct {
		values []time.Duration
		p      int
		want   time.Duration
	}{{nil, 99, 0}, {[]time.Duration{7}, 99, 7}, {hundred, 50, 50}, {hundred, 99, 99}, {hundred, 100, 100}, {[]time.Duration{3, 1, 2}, 50, 2}} {
		if got := load.Percentile(c.values, c.p); got != c.want {
			t.Errorf("percentile %d of %d values: %d, want %d", c.p, len(c.values), got, c.want)
		}
	}
}

func TestCPUCounts(t *testing.T) {
	before, err := load.CPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); time.Since(began) < 100*time.Millisecond; { // busy, not asleep
	}
	after, err := load.CPU(os.Getpid())
	if err != nil || after-before < 30*time.Millisecond || after-before > 10*time.Second {
		t.Errorf("100 ms of work counted as %v, %v", after-before, err)
	}
}
