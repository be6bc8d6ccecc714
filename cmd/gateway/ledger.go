package main

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"placet/internal/brands"
	"placet/internal/gateway"
	"placet/internal/ledger"
	"placet/internal/optin"
)

// ledgerCmd reads the log of a brand, in which every event has its place.
type ledgerCmd struct {
	Checkpoint ledgerCheckpoint `cmd:"" help:"Print the newest signed checkpoint; keep it elsewhere, and nobody can rewrite what it covers unseen."`
	Prove      ledgerProve      `cmd:"" help:"Print the proof that an event is in the log (C2SP tlog-proof); it can be checked without this database."`
	Verify     ledgerVerify     `cmd:"" help:"Compute the log again from its first entry and compare everything with it."`
}

// logbook is a brand's log, open.
type logbook struct {
	*session
	brand  *brands.Brand
	origin string
	key    ledger.Key
	known  note.Verifiers
}

func (a *app) openLog(brand string) (*logbook, error) {
	s, b, err := a.openBrand(brand)
	if err != nil {
		return nil, err
	}
	key, err := gateway.LogKey(s.keys, b.ID)
	if err != nil {
		s.close()
		return nil, err
	}
	return &logbook{s, b, gateway.Origin(b.ID), key, note.VerifierList(key.Verifier)}, nil
}

// head is the newest checkpoint; exit 3 while there is none.
func (l *logbook) head(a *app) (ledger.Checkpoint, error) {
	c, err := l.store.Latest(a.ctx, l.brand.ID)
	if err == nil && c.Size == 0 {
		err = exit(exitNothing, "ledger: the log of %s is empty; a running server puts events into it within a second", l.brand.ID)
	}
	return c, err
}

type ledgerCheckpoint struct {
	Brand string `help:"Brand; may be left out where there is only one." placeholder:"B"`
}

func (c *ledgerCheckpoint) Run(a *app) error {
	l, err := a.openLog(c.Brand)
	if err != nil {
		return err
	}
	defer l.close()
	cp, err := l.head(a)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{
			"brand": l.brand.ID, "origin": l.origin, "size": cp.Size, "root": cp.Root.String(), "at": cp.At, "note": string(cp.Note), "key": l.key.Text,
		})
	}
	_, err = a.stdout.Write(cp.Note)
	return err
}

type ledgerProve struct {
	Event string `arg:"" help:"Id of the event, evt_…"`
	Brand string `help:"Brand; may be left out where there is only one." placeholder:"B"`
}

// Run checks the proof as a stranger would before it prints it: an event whose
// record was tampered with has none.
func (c *ledgerProve) Run(a *app) error {
	l, err := a.openLog(c.Brand)
	if err != nil {
		return err
	}
	defer l.close()
	e, err := l.store.Event(a.ctx, l.brand.ID, c.Event)
	switch {
	case errors.Is(err, optin.ErrNobody):
		return exit(exitNothing, "ledger prove: %s has no event %q; gateway contact show lists a person's", l.brand.ID, c.Event)
	case err != nil:
		return fmt.Errorf("ledger prove: %w", err)
	case e.LeafIndex < 0:
		return exit(exitNothing, "ledger prove: %s waits for its place in the log; a running server gives it one within a second", c.Event)
	}
	cp, err := l.head(a)
	if err != nil {
		return err
	}
	path, err := ledger.Prove(a.ctx, l.store, l.brand.ID, cp, e.LeafIndex)
	if err != nil {
		return err
	}
	p := ledger.Proof{Index: e.LeafIndex, Path: path, Note: cp.Note}
	if _, err := p.Verify(e.Leaf, l.origin, l.known); err != nil {
		return fmt.Errorf("ledger prove: the log does not hold this event as it is stored; run gateway ledger verify: %w", err)
	}
	if a.json {
		hashes := make([]string, len(path))
		for i, h := range path {
			hashes[i] = h.String()
		}
		return a.printJSON(map[string]any{
			"brand": l.brand.ID, "event": c.Event, "leaf_index": e.LeafIndex, "entry": hex.EncodeToString(e.Leaf[:]), "path": hashes,
			"size": cp.Size, "root": cp.Root.String(), "checkpoint": string(cp.Note), "key": l.key.Text, "proof": string(p.Text()),
		})
	}
	_, err = a.stdout.Write(p.Text())
	return err
}

type ledgerVerify struct {
	Brand      string `help:"Brand; may be left out where there is only one." placeholder:"B"`
	Checkpoint string `help:"A checkpoint kept elsewhere: the log must still begin with what it saw." placeholder:"FILE"`
}

// ledgerReport is what ledger verify found.
type ledgerReport struct {
	Brand       string       `json:"brand"`
	Origin      string       `json:"origin"`
	Valid       bool         `json:"valid"`
	Size        int64        `json:"size"`
	Root        string       `json:"root"`
	Checkpoints int64        `json:"checkpoints"`
	Witnessed   int          `json:"witnessed"`
	Erased      int64        `json:"erased"`
	Unsequenced int          `json:"unsequenced"`
	Fault       *ledgerFault `json:"fault"`
}

type ledgerFault struct {
	Kind   ledger.Kind `json:"kind"`
	Leaf   int64       `json:"leaf"`  // the first concerned
	Until  int64       `json:"until"` // the first not concerned
	Reason string      `json:"reason"`
}

func (c *ledgerVerify) Run(a *app) error {
	l, err := a.openLog(c.Brand)
	if err != nil {
		return err
	}
	defer l.close()
	var witnessed []ledger.Checkpoint
	if c.Checkpoint != "" {
		cp, err := l.kept(c.Checkpoint)
		if err != nil {
			return err
		}
		witnessed = append(witnessed, cp)
	}
	found, err := ledger.Verify(a.ctx, l.store, l.brand.ID, l.origin, l.known, witnessed...)
	if err != nil {
		return err
	}
	waiting, err := l.store.Unsequenced(a.ctx, l.brand.ID)
	if err != nil {
		return fmt.Errorf("ledger verify: %w", err)
	}
	r := ledgerReport{
		Brand: l.brand.ID, Origin: l.origin, Valid: found.Fault == nil, Size: found.Size, Root: base64.StdEncoding.EncodeToString(found.Root[:]),
		Checkpoints: found.Checkpoints, Witnessed: found.Witnessed, Erased: found.Erased, Unsequenced: waiting,
	}
	if f := found.Fault; f != nil {
		r.Fault = &ledgerFault{f.Kind, f.Index, f.Until, f.Reason}
	}
	if err := r.print(a); err != nil {
		return err
	}
	if found.Fault != nil {
		return exit(exitFailed, "%s", found.Fault)
	}
	return nil
}

// kept reads a checkpoint kept elsewhere. One that is another log's is a mistake
// of the caller; one that names this log without its signature is a finding.
func (l *logbook) kept(file string) (ledger.Checkpoint, error) {
	text, err := os.ReadFile(file) //nolint:gosec // the operator names the file
	if err != nil {
		return ledger.Checkpoint{}, exit(exitUsage, "ledger verify: %w", err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	if first != l.origin {
		return ledger.Checkpoint{}, exit(exitUsage, "ledger verify: %s is not a checkpoint of %s: its first line would be %s", file, l.brand.ID, l.origin)
	}
	cp, err := ledger.OpenCheckpoint(text, l.origin, l.known)
	if err != nil {
		return cp, exit(exitFailed, "ledger verify: %s was altered, or signed with another key than this log's: %w", file, err)
	}
	return cp, nil
}

func (r ledgerReport) print(a *app) error {
	if a.json {
		return a.printJSON(r)
	}
	w := a.table()
	fmt.Fprintf(w, "Log\t%s\nVerified\t%d leaves\nRoot\t%s\nCheckpoints\t%d agree\n", r.Origin, r.Size, r.Root, r.Checkpoints)
	if r.Witnessed > 0 {
		fmt.Fprintf(w, "Kept elsewhere\t%d agrees\n", r.Witnessed)
	}
	fmt.Fprintf(w, "Erased\t%d\nNot yet in it\t%d\n", r.Erased, r.Unsequenced)
	if f := r.Fault; f != nil {
		fmt.Fprintf(w, "FAULT\t%s, leaf %d: %s\n", f.Kind, f.Leaf, f.Reason)
	} else {
		fmt.Fprint(w, "Result\tvalid\n")
	}
	return w.Flush()
}
