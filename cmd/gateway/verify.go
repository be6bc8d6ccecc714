package main

import (
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"placet/internal/gateway"
	"placet/internal/ledger"
)

// verifyCmd checks every invariant of the database.
type verifyCmd struct {
	Brand string `help:"Only this brand." placeholder:"B"`
}

// verified is the result for one brand.
type verified struct {
	Brand       string   `json:"brand"`
	People      int      `json:"people"`
	Events      int      `json:"events"`
	Leaves      int64    `json:"leaves"`
	Checkpoints int      `json:"checkpoints"`
	Unsequenced int      `json:"unsequenced"`
	Queued      int      `json:"queued"`
	Faults      []string `json:"faults"`
}

func (c verifyCmd) Run(a *app) error {
	s, err := a.open()
	if err != nil {
		return err
	}
	defer s.close()
	list, err := a.allBrands()
	if err != nil {
		return err
	}
	if err := s.store.Integrity(a.ctx); err != nil {
		return err
	}
	faults, seen := 0, false
	for _, b := range list {
		if c.Brand != "" && c.Brand != b.ID {
			continue
		}
		seen = true
		v, err := s.verify(a, b.ID)
		if err != nil {
			return err
		}
		faults += len(v.Faults)
		if err := v.print(a); err != nil {
			return err
		}
	}
	switch {
	case !seen:
		return exit(exitNothing, "there is no brand to verify")
	case faults > 0:
		return exit(exitFailed, "verify: %d faults", faults)
	}
	return nil
}

func (s *session) verify(a *app, brand string) (verified, error) {
	key, err := gateway.LogKey(s.keys, brand)
	if err != nil {
		return verified{}, err
	}
	report, err := ledger.Verify(a.ctx, s.store, brand, gateway.Origin(brand), note.VerifierList(key.Verifier))
	if err != nil {
		return verified{}, err
	}
	f, err := s.store.VerifyPeople(a.ctx, brand)
	if err != nil {
		return verified{}, err
	}
	v := verified{
		Brand: brand, People: f.People, Events: f.Events, Leaves: report.Size, Checkpoints: int(report.Checkpoints),
		Unsequenced: f.Unsequenced, Queued: f.Messages, Faults: f.Faults,
	}
	if report.Fault != nil {
		v.Faults = append([]string{"log: " + report.Fault.String()}, v.Faults...)
	}
	if v.Faults == nil {
		v.Faults = []string{}
	}
	return v, nil
}

func (v verified) print(a *app) error {
	if a.json {
		return a.printJSON(v)
	}
	if _, err := fmt.Fprintf(a.stdout, "%s: %d people, %d events, %d leaves under %d checkpoints, %d events not yet in the log, %d messages waiting\n",
		v.Brand, v.People, v.Events, v.Leaves, v.Checkpoints, v.Unsequenced, v.Queued); err != nil {
		return err
	}
	for _, f := range v.Faults {
		if _, err := fmt.Fprintln(a.stdout, "  FAULT", f); err != nil {
			return err
		}
	}
	if len(v.Faults) == 0 {
		_, err := fmt.Fprintln(a.stdout, "  every record is the fold of its evidence, every event is in the log or waits for its place, every checkpoint verifies")
		return err
	}
	return nil
}
