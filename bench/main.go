// Command bench measures the gateway against limit programs, in turn, on the
// same disk and in the same minutes, and prints one table of ratios. Rates alone say little:
// they move with the machine; a ratio of medians stays.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"placet/bench/limits"
	"placet/bench/load"
)

func main() {
	if len(os.Args) == 4 && os.Args[1] == "limit" {
		fatal(serveLimit(os.Args[2], os.Args[3]))
		return
	}
	var b bench
	flag.IntVar(&b.reps, "reps", 3, "interleaved repetitions; the table shows medians")
	flag.Float64Var(&b.scale, "scale", 1, "share of the requests of a full run")
	clients := flag.String("clients", "1,16,64", "numbers of clients")
	rows := flag.String("rows", "1,4,11", "rows of docs/performance.md to measure")
	flag.Parse()
	for s := range strings.SplitSeq(*clients, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			fatal(fmt.Errorf("-clients %q: want numbers, as in 1,16,64", *clients))
		}
		b.clients = append(b.clients, n)
	}
	fatal(b.run(strings.Split(*rows, ",")))
}

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type bench struct {
	reps    int
	scale   float64
	clients []int

	dir    string // of everything; its file system is what is measured
	binary string // the gateway
	self   string // this program, for the limit programs
	table  table
	serial int // of phone numbers and MessageSids, never used twice
}

func (b *bench) run(rows []string) error {
	var err error
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "placet-bench"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	b.binary = filepath.Join(b.dir, "gateway")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", b.binary, "./cmd/gateway")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the gateway (from the top of the repository): %w", err)
	}
	fmt.Printf("%s, %d processors, %s; %d repetitions, interleaved, medians\n",
		time.Now().Format("2006-01-02"), runtime.NumCPU(), runtime.Version(), b.reps)
	steps := []struct {
		row string
		do  func() error
	}{{"1", b.webhook}, {"4", b.confirm}, {"11", b.footprint}}
	for _, s := range steps {
		if !slices.Contains(rows, s.row) {
			continue
		}
		if err := s.do(); err != nil {
			return fmt.Errorf("row %s: %w", s.row, err)
		}
	}
	b.table.print(os.Stdout)
	if n := b.table.missed(); n > 0 {
		return fmt.Errorf("%d gates missed", n)
	}
	return nil
}

// count scales a number of requests.
func (b *bench) count(full int) int { return max(int(float64(full)*b.scale), 100) }

// probe measures the disk and notes it.
func (b *bench) probe(samples *[]float64) error {
	n, err := limits.Probe(b.dir, 500*time.Millisecond)
	*samples = append(*samples, n)
	return err
}

// results collects the repetitions of one contender at one number of clients.
type results []load.Result

func median[T any, N int64 | float64 | time.Duration](rs []T, f func(T) N) N {
	if len(rs) == 0 {
		return 0
	}
	vs := make([]N, len(rs))
	for i, r := range rs {
		vs[i] = f(r)
	}
	slices.Sort(vs)
	return vs[len(vs)/2]
}

func (r results) rate() float64 { return median(r, load.Result.Rate) }
func (r results) p99() time.Duration {
	return median(r, func(x load.Result) time.Duration { return x.P99 })
}
func (r results) cpu() time.Duration { return median(r, load.Result.CPUPerRequest) }
func (r results) peak() int64        { return median(r, func(x load.Result) int64 { return x.PeakRSS }) }
