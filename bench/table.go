package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// line is one figure beside its limit and its gate.
type line struct {
	row, what          string
	limit, ours, ratio string
	gate               string
	gated, missed      bool
}

type table struct{ lines []line }

func (t *table) add(l line) { t.lines = append(t.lines, l) }

// ratio adds a rate beside its limit; gate is the least share of the limit, zero for none.
func (t *table) ratio(row, what string, limit, ours, gate float64) {
	l := line{row: row, what: what, limit: rate(limit), ours: rate(ours), ratio: fmt.Sprintf("%.0f %%", 100*ours/limit)}
	if gate > 0 {
		l.gated, l.missed, l.gate = true, ours < gate*limit, fmt.Sprintf(">= %.0f %%", 100*gate)
	}
	t.add(l)
}

// least adds a rate that must reach a figure.
func (t *table) least(row, what string, ours, gate float64) {
	t.add(line{row: row, what: what, ours: rate(ours), gate: ">= " + rate(gate), gated: true, missed: ours < gate})
}

// most adds a time that may not pass a figure; limit zero for none.
func (t *table) most(row, what string, limit, ours, gate time.Duration) {
	l := line{row: row, what: what, ours: span(ours)}
	if limit > 0 {
		l.limit, l.ratio = span(limit), fmt.Sprintf("%.1fx", float64(ours)/float64(limit))
	}
	if gate > 0 {
		l.gated, l.missed, l.gate = true, ours > gate, "<= "+span(gate)
	}
	t.add(l)
}

// bytes adds a size that may not pass a figure; gate zero for none.
func (t *table) bytes(row, what string, limit, ours, gate int64) {
	l := line{row: row, what: what, ours: size(ours)}
	if limit > 0 {
		l.limit, l.ratio = size(limit), fmt.Sprintf("%.1fx", float64(ours)/float64(limit))
	}
	if gate > 0 {
		l.gated, l.missed, l.gate = true, ours > gate, "<= "+size(gate)
	}
	t.add(l)
}

// note adds a figure of the surroundings.
func (t *table) note(row, what, value string) { t.add(line{row: row, what: what, limit: value}) }

func (t *table) missed() (n int) {
	for _, l := range t.lines {
		if l.missed {
			n++
		}
	}
	return n
}

func (t *table) print(w io.Writer) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "\nrow\twork\tlimit\tours\tratio\tgate\t")
	last := ""
	for _, l := range t.lines {
		row := l.row
		if row == last {
			row = ""
		}
		last = l.row
		verdict := ""
		if l.gated {
			verdict = "met"
			if l.missed {
				verdict = "MISSED"
			}
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", row, l.what, l.limit, l.ours, l.ratio, l.gate, verdict)
	}
	_ = tw.Flush()
}

func rate(f float64) string { return fmt.Sprintf("%.0f/s", f) }
func size(n int64) string   { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

func span(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.3f ms", float64(d)/1e6)
	case d < time.Second:
		return fmt.Sprintf("%.1f ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}
