package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	policypacks "placet/config/policy"
	"placet/internal/policy"
)

// policyCmd asks the policy packs, without a database.
type policyCmd struct {
	Ask  policyAsk  `cmd:"" help:"Answer questions, one JSON object per line on standard input."`
	List policyList `cmd:"" help:"List the policy packs and their rules."`
}

type policyAsk struct{}

// maxQuestion is the longest line read, in bytes; a longer one is answered all-input.
const maxQuestion = 1 << 20

// Run answers each line with a line, at once, in order.
func (*policyAsk) Run(a *app) error {
	book, err := policy.Load(policypacks.FS)
	if err != nil {
		return exit(exitUsage, "%w", err)
	}
	in := bufio.NewReaderSize(a.stdin, maxQuestion+2)
	var out []byte
	for start := true; ; start = false {
		line, err := in.ReadSlice('\n')
		long := errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return exit(exitFailed, "reading questions: %w", err)
		}
		if len(line) == 0 { // the end; a last line without a newline is a line
			return nil
		}
		var q policy.Question
		var d policy.Decision
		if line = bytes.TrimRight(line, "\r\n"); start {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if long || len(line) > maxQuestion {
			d = book.Unreadable(&policy.InputError{Problem: "the line is longer than 1 MB"})
		} else {
			q, d = book.Ask(line)
		}
		if out, err = d.AppendJSON(out[:0], q); err != nil {
			return exit(exitFailed, "%w", err)
		}
		if _, err := a.stdout.Write(append(out, '\n')); err != nil {
			return exit(exitFailed, "writing answers: %w", err)
		}
		if err := a.ctx.Err(); err != nil {
			return exit(exitFailed, "stopped: %w", err)
		}
	}
}

type policyList struct{}

// Run prints the packs, a table or JSON.
func (*policyList) Run(a *app) error {
	book, err := policy.Load(policypacks.FS)
	if err != nil {
		return exit(exitUsage, "%w", err)
	}
	if a.json {
		e := json.NewEncoder(a.stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(book.Packs())
	}
	for _, p := range book.Packs() {
		until := "open"
		if p.ValidTo != "" {
			until = p.ValidTo
		}
		fmt.Fprintf(a.stdout, "%s  country %s  %s to %s  sha256 %s\n", p.ID, p.Country, p.ValidFrom, until, p.SHA256)
		w := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
		for _, r := range p.Rules {
			effect := r.Effect
			if r.Basis != "" {
				effect += " (" + r.Basis + ")"
			}
			fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\n", r.ID, effect, strings.Join(r.When, ", "), r.Mark, r.Citation)
		}
		if err := w.Flush(); err != nil {
			return err
		}
		fmt.Fprintln(a.stdout)
	}
	_, err = fmt.Fprintln(a.stdout, "Process guidance, not legal advice. Marks: V read in the original, S secondary source, K unverified, P our default, C conflicting sources.")
	return err
}
