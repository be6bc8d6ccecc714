package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"placet/bench/limits"
	"placet/bench/load"
)

// texts makes n signed webhooks of people never seen before.
func (b *bench) texts(host string, n int) []load.Request {
	rs := make([]load.Request, n)
	for i := range rs {
		b.serial++
		form := text(fmt.Sprintf("+39347%07d", b.serial%10_000_000), fmt.Sprintf("SM%032x", b.serial), "CARTA "+luhn(b.serial))
		rs[i] = load.Post(host, hookPath, form.Encode(), "X-Twilio-Signature", limits.Signature(authToken, publicURL+hookPath, form))
	}
	return rs
}

// texted is how many texts a run at a number of clients takes.
func (b *bench) texted(clients int) int {
	switch {
	case clients == 1:
		return b.count(4_000)
	case clients < 64:
		return b.count(20_000)
	}
	return b.count(40_000)
}

// webhook is row 1: a signed text of a new person until it is durable.
func (b *bench) webhook() error {
	echo, limit, ours := map[int]results{}, map[int]results{}, map[int]results{}
	var disk []float64
	p, err := startProviders()
	if err != nil {
		return err
	}
	defer p.stop()
	measure := func(c *child, into map[int]results) error {
		if _, err := load.Run(c.addr, c.pid(), 16, b.texts(c.addr, b.count(2_000))); err != nil {
			return err
		}
		for _, n := range b.clients {
			if err := b.probe(&disk); err != nil {
				return err
			}
			r, err := load.Run(c.addr, c.pid(), n, b.texts(c.addr, b.texted(n)))
			if err != nil {
				return err
			}
			into[n] = append(into[n], r)
		}
		return c.stop()
	}
	for range b.reps {
		for kind, into := range map[string]map[int]results{"echo": echo, "durable": limit} {
			c, err := b.startLimit(kind)
			if err != nil {
				return err
			}
			if err := measure(c, into); err != nil {
				return fmt.Errorf("limit program %s: %w", kind, err)
			}
		}
		g, err := b.startGateway(p)
		if err != nil {
			return err
		}
		if err := measure(g.child, ours); err != nil {
			return fmt.Errorf("the gateway: %w", err)
		}
	}
	b.table.note("1", "fdatasync of 4 KiB beside it", rate(median(disk, func(f float64) float64 { return f })))
	// What the best peer reached on the machine of docs/performance.md.
	peer := map[int]float64{1: 208, 16: 310, 64: 439}
	for _, n := range b.clients {
		at := fmt.Sprintf(", %d clients", n)
		b.table.note("1", "signature only"+at, rate(echo[n].rate()))
		gate := 0.0
		if n == 64 {
			gate = 0.4
		}
		b.table.ratio("1", "signed text → durable"+at, limit[n].rate(), ours[n].rate(), gate)
		if peer[n] > 0 {
			b.table.add(line{row: "1", what: "  the peer, measured once elsewhere", limit: rate(peer[n]), ratio: fmt.Sprintf("%.0fx", ours[n].rate()/peer[n])})
		}
		var slowest, dearest time.Duration
		if n == 64 {
			slowest, dearest = 40*time.Millisecond, 200*time.Microsecond
			b.table.least("1", "  on a quiet machine", ours[n].rate(), 4000)
		}
		b.table.most("1", "  99th percentile", limit[n].p99(), ours[n].p99(), slowest)
		b.table.most("1", "  processor time a request", limit[n].cpu(), ours[n].cpu(), dearest)
		b.table.bytes("1", "  memory at its peak", limit[n].peak(), ours[n].peak(), 0)
	}
	return nil
}

// confirm is row 4: the button of a confirmation page, until the permission is durable.
func (b *bench) confirm() error {
	limit, ours := map[int]results{}, map[int]results{}
	var disk []float64
	for range b.reps {
		if err := b.confirmLimit(limit, &disk); err != nil {
			return fmt.Errorf("limit program: %w", err)
		}
		if err := b.confirmOurs(ours, &disk); err != nil {
			return fmt.Errorf("the gateway: %w", err)
		}
	}
	b.table.note("4", "fdatasync of 4 KiB beside it", rate(median(disk, func(f float64) float64 { return f })))
	peer := map[int]float64{1: 352, 16: 1229, 64: 1151}
	for _, n := range b.clients {
		at := fmt.Sprintf(", %d clients", n)
		b.table.ratio("4", "confirm button → durable"+at, limit[n].rate(), ours[n].rate(), 0)
		if peer[n] > 0 {
			b.table.add(line{row: "4", what: "  the peer, measured once elsewhere", limit: rate(peer[n]), ratio: fmt.Sprintf("%.1fx", ours[n].rate()/peer[n])})
		}
		var slowest time.Duration
		if n >= 16 {
			slowest = 30 * time.Millisecond
		}
		b.table.most("4", "  99th percentile", limit[n].p99(), ours[n].p99(), slowest)
		b.table.most("4", "  processor time a request", limit[n].cpu(), ours[n].cpu(), 0)
	}
	return nil
}

// confirmed is how many confirmations a run at a number of clients takes.
func (b *bench) confirmed(clients int) int {
	if clients == 1 {
		return b.count(1_500)
	}
	return b.count(6_000)
}

func (b *bench) confirmLimit(into map[int]results, disk *[]float64) error {
	c, err := b.startLimit("confirm")
	if err != nil {
		return err
	}
	for _, n := range b.clients {
		asked, confirms := make([]load.Request, b.confirmed(n)), make([]load.Request, b.confirmed(n))
		for i := range asked {
			b.serial++
			person := limits.Person(b.serial)
			asked[i] = load.Post(c.addr, "/asked/"+person, "")
			confirms[i] = load.Post(c.addr, "/c/"+person, "nonce=aaaaaaaaaaaaaaaaaaaaaaaaaa&shown=1790000000")
		}
		if _, err := load.Run(c.addr, c.pid(), 64, asked); err != nil {
			return err
		}
		if err := b.measured(c, n, confirms, into, disk); err != nil {
			return err
		}
	}
	return c.stop()
}

func (b *bench) measured(c *child, clients int, requests []load.Request, into map[int]results, disk *[]float64) error {
	if err := b.probe(disk); err != nil {
		return err
	}
	r, err := load.Run(c.addr, c.pid(), clients, requests)
	into[clients] = append(into[clients], r)
	return err
}

// confirmOurs asks through the API, waits for the mails, opens each link as a
// browser would and posts each form's own hidden fields.
func (b *bench) confirmOurs(into map[int]results, disk *[]float64) error {
	p, err := startProviders()
	if err != nil {
		return err
	}
	defer p.stop()
	g, err := b.startGateway(p)
	if err != nil {
		return err
	}
	out, err := g.command(b, "keys", "create", "--brand", "bench", "--json")
	if err != nil {
		return err
	}
	var made struct{ Key string }
	if err := json.Unmarshal(out, &made); err != nil {
		return fmt.Errorf("gateway keys create: %w", err)
	}
	for _, n := range b.clients {
		people := make([]string, b.confirmed(n))
		asked := make([]load.Request, len(people))
		for i := range people {
			b.serial++
			people[i] = fmt.Sprintf("p%d@example.com", b.serial)
			asked[i] = load.JSON(g.addr, "/v1/optins", http.StatusAccepted,
				fmt.Sprintf(`{"address":%q,"channel":"email","topics":["offers"],"program":"news","language":"en"}`, people[i]),
				"Authorization", "Bearer "+made.Key)
		}
		if _, err := load.Run(g.addr, g.pid(), 16, asked); err != nil {
			return fmt.Errorf("ask: %w", err)
		}
		confirms := make([]load.Request, len(people))
		for i, who := range people {
			path, err := p.wait(who)
			if err != nil {
				return err
			}
			form, err := hidden("http://" + g.addr + path)
			if err != nil {
				return err
			}
			confirms[i] = load.Post(g.addr, path, form.Encode())
			confirms[i].Status = 0 // 200 or 303
		}
		if err := b.measured(g.child, n, confirms, into, disk); err != nil {
			return err
		}
	}
	return g.stop()
}

// wait returns the path of the confirmation link once its mail has come.
func (p *providers) wait(to string) (string, error) {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if path, ok := p.link(to); ok {
			return path, nil
		}
	}
	return "", errors.New("a confirmation mail did not come within a minute")
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// hidden reads the hidden fields of the first form of a page.
func hidden(page string) (url.Values, error) {
	resp, err := http.Get(page)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the confirmation page answered %d: %.300s", resp.StatusCode, body)
	}
	first, _, _ := strings.Cut(string(body), "</form>")
	form := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(first, -1) {
		form.Set(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return form, nil
}

// footprint is row 11: how soon it serves, what it holds when idle and under load.
func (b *bench) footprint() error {
	p, err := startProviders()
	if err != nil {
		return err
	}
	defer p.stop()
	var readies []time.Duration
	var idle, peak, wal []int64
	for range b.reps {
		g, err := b.startGateway(p)
		if err != nil {
			return err
		}
		readies = append(readies, g.ready)
		time.Sleep(2 * time.Second) // idle means after starting up, not while
		now, _, err := load.Memory(g.pid())
		if err != nil {
			return err
		}
		idle = append(idle, now)
		var most atomic.Int64
		done := make(chan struct{})
		go func() {
			for tick := time.NewTicker(20 * time.Millisecond); ; {
				select {
				case <-done:
					tick.Stop()
					return
				case <-tick.C:
					most.Store(max(most.Load(), g.wal()))
				}
			}
		}()
		r, err := load.Run(g.addr, g.pid(), 64, b.texts(g.addr, b.texted(64)))
		close(done)
		if err != nil {
			return err
		}
		peak, wal = append(peak, r.PeakRSS), append(wal, max(most.Load(), g.wal()))
		if err := g.stop(); err != nil {
			return err
		}
	}
	same := func(n int64) int64 { return n }
	b.table.most("11", "start → ready", 0, median(readies, func(d time.Duration) time.Duration { return d }), 500*time.Millisecond)
	b.table.bytes("11", "memory, idle", 0, median(idle, same), 40e6)
	b.table.bytes("11", "memory under load, 64 clients", 0, median(peak, same), 120e6)
	b.table.bytes("11", "write-ahead log at its largest", 0, median(wal, same), 64e6)
	return nil
}
