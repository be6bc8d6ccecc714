// Package load drives an HTTP server with requests made beforehand and measures
// what it did: rate, latency, processor time, memory. The generator itself costs a few
// microseconds a request, so that on a small machine it is not what is measured.
package load

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Result is one measured run.
type Result struct {
	Count    int // requests answered as expected
	Elapsed  time.Duration
	P50, P99 time.Duration
	CPU      time.Duration // of the server, all of it, while the run lasted
	PeakRSS  int64         // bytes, of the server since it started
}

// Rate is answered requests per second.
func (r Result) Rate() float64 { return float64(r.Count) / r.Elapsed.Seconds() }

// CPUPerRequest is the server's processor time per answered request.
func (r Result) CPUPerRequest() time.Duration { return r.CPU / time.Duration(max(r.Count, 1)) }

// Request is the bytes of one HTTP/1.1 request and the status expected of its answer.
type Request struct {
	Wire   []byte
	Status int // 0: 200 or 303, as a form may answer
}

// Post makes a form post that is to be answered with 200.
func Post(host, path, form string, header ...string) Request {
	return request(host, path, "application/x-www-form-urlencoded", http.StatusOK, form, header)
}

// JSON makes a post of a JSON text.
func JSON(host, path string, status int, text string, header ...string) Request {
	return request(host, path, "application/json", status, text, header)
}

func request(host, path, contentType string, status int, body string, header []string) Request {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n", path, host, contentType, len(body))
	for i := 0; i+1 < len(header); i += 2 {
		fmt.Fprintf(&b, "%s: %s\r\n", header[i], header[i+1])
	}
	b.WriteString("\r\n")
	b.WriteString(body)
	return Request{Wire: b.Bytes(), Status: status}
}

// Run sends every request once, over as many keep-alive connections as there
// are clients, each client one request at a time. pid is the server's process.
// Any answer but the expected one ends the run with an error: figures of a server
// that refuses are worth nothing.
func Run(addr string, pid, clients int, requests []Request) (Result, error) {
	conns := make([]net.Conn, clients)
	for i := range conns {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return Result{}, fmt.Errorf("connect client %d: %w", i, err)
		}
		defer c.Close()
		conns[i] = c
	}
	before, err := CPU(pid)
	if err != nil {
		return Result{}, err
	}
	var (
		next    atomic.Int64
		wg      sync.WaitGroup
		errs    = make([]error, clients)
		latency = make([]time.Duration, len(requests))
		began   = time.Now()
	)
	for i, c := range conns {
		wg.Go(func() {
			r := bufio.NewReaderSize(c, 8<<10)
			for {
				n := int(next.Add(1)) - 1
				if n >= len(requests) {
					return
				}
				start := time.Now()
				if err := exchange(c, r, requests[n]); err != nil {
					errs[i] = fmt.Errorf("request %d: %w", n, err)
					next.Store(int64(len(requests)))
					return
				}
				latency[n] = time.Since(start)
			}
		})
	}
	wg.Wait()
	res := Result{Count: len(requests), Elapsed: time.Since(began)}
	for _, err := range errs {
		if err != nil {
			return Result{}, err
		}
	}
	after, err := CPU(pid)
	if err != nil {
		return Result{}, err
	}
	res.CPU = after - before
	if _, res.PeakRSS, err = Memory(pid); err != nil {
		return Result{}, err
	}
	res.P50, res.P99 = Percentile(latency, 50), Percentile(latency, 99)
	return res, nil
}

func exchange(c net.Conn, r *bufio.Reader, q Request) error {
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return err
	}
	if _, err := c.Write(q.Wire); err != nil {
		return err
	}
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	formDone := q.Status == 0 && (resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusSeeOther)
	if resp.StatusCode != q.Status && !formDone {
		return fmt.Errorf("status %d, want %d: %.200s", resp.StatusCode, q.Status, body)
	}
	return nil
}

// Percentile is the p-th percentile (0 < p <= 100, nearest rank) of values, which it sorts;
// zero for none.
func Percentile(values []time.Duration, p int) time.Duration {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[(len(values)*p+99)/100-1]
}
