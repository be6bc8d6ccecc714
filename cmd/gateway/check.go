package main

import (
	"fmt"
	"strings"

	policypacks "placet/config/policy"
	"placet/internal/address"
	"placet/internal/policy"
	"placet/internal/web/api"
)

// checkCmd asks whether one message may be sent now, as the API does for many.
type checkCmd struct {
	Address string `arg:"" help:"Phone number (+39…, or national to the brand's country) or e-mail address."`
	Brand   string `help:"Brand; may be left out where there is only one." placeholder:"B"`
	Channel string `help:"sms, email, call or post." required:"" placeholder:"C"`
	Topic   string `help:"info, offers, profiling or partners." required:"" placeholder:"T"`
	Kind    string `help:"marketing, repermission, invitation, optin_request or service." default:"marketing" placeholder:"K"`
}

// Run answers like POST /v1/permissions/check; the exit code is the answer in a number.
func (c *checkCmd) Run(a *app) error {
	s, b, err := a.openBrand(c.Brand)
	if err != nil {
		return err
	}
	defer s.close()
	q, wrong := api.ReadCheck(b, c.Address, c.Channel, c.Topic, c.Kind)
	if wrong != "" {
		if err := a.printCheck(address.Address{}, api.Unreadable(wrong)); err != nil {
			return err
		}
		return exit(exitUsage, "check: %s", lower(wrong))
	}
	book, err := policy.Load(policypacks.FS)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	people, err := s.store.People(a.ctx, b.ID, []address.Address{q.To})
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	r := q.Answer(book, b, people[0], s.clock.Now())
	if err := a.printCheck(q.To, r); err != nil {
		return err
	}
	switch {
	case r.Allowed:
		return nil
	case r.Until != nil:
		return exit(exitRefused, "check: not before %s (rule %s)", stamp(*r.Until), r.Rule)
	}
	return exit(exitRefused, "check: refused (rule %s)", r.Rule)
}

func (a *app) printCheck(to address.Address, r api.Result) error {
	if a.json {
		return a.printJSON(r)
	}
	w := a.table()
	if !to.IsZero() {
		fmt.Fprintf(w, "Address\t%s\n", to)
	}
	fmt.Fprintf(w, "Verdict\t%s\nRule\t%s\nReason\t%s\nState\t%s\n", r.Verdict, r.Rule, r.Reason, r.State)
	if r.Basis != nil {
		fmt.Fprintf(w, "Basis\t%s\n", *r.Basis)
	}
	if r.Until != nil {
		fmt.Fprintf(w, "Until\t%s\n", stamp(*r.Until))
	}
	if r.Event != nil {
		fmt.Fprintf(w, "Evidence\t%s\n", *r.Event)
	}
	if len(r.Alternatives) > 0 {
		fmt.Fprintf(w, "Instead\t%s\n", strings.Join(r.Alternatives, ", "))
	}
	return w.Flush()
}

// lower turns a sentence into the tail of an error.
func lower(sentence string) string {
	return strings.ToLower(sentence[:1]) + strings.TrimSuffix(sentence[1:], ".")
}
