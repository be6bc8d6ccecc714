package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/optin"
	"placet/internal/store"
)

// contactCmd looks at one person.
type contactCmd struct {
	Show contactShow `cmd:"" help:"What a person allows, why, and how it came about."`
}

type contactShow struct {
	Address string `arg:"" help:"Phone number (+39…, or national to the brand's country) or e-mail address."`
	Brand   string `help:"Brand; may be left out where there is only one." placeholder:"B"`
	Last    int    `help:"How many events of the timeline, the newest ones." default:"50" placeholder:"N"`
}

// person is a contact for printing; the JSON names are those of the API.
type person struct {
	ID          string              `json:"id"`
	Created     time.Time           `json:"created"`
	Language    string              `json:"language,omitempty"`
	Addresses   []personAddress     `json:"addresses"`
	Permissions []personPermission  `json:"permissions"`
	Suppressed  []personSuppression `json:"suppressed"`
	Preferences optin.Preferences   `json:"preferences"`
	Timeline    []personEvent       `json:"timeline"`
}

type personAddress struct {
	Kind   address.Kind    `json:"kind"`
	Masked address.Address `json:"masked"`
	Proven *time.Time      `json:"proven"`
}

type personPermission struct {
	Channel consent.Channel `json:"channel"`
	Topic   consent.Topic   `json:"topic"`
	State   consent.State   `json:"state"`
	Basis   consent.Basis   `json:"basis,omitempty"`
	Grade   consent.Grade   `json:"grade,omitempty"`
	Since   time.Time       `json:"since"`
	Until   *time.Time      `json:"until,omitempty"`
	Event   string          `json:"event"`
}

type personSuppression struct {
	Channel consent.Channel `json:"channel"`
	Reason  string          `json:"reason"`
	Since   time.Time       `json:"since"`
}

type personEvent struct {
	ID        string          `json:"id"`
	Type      consent.ActKind `json:"type"`
	Time      time.Time       `json:"time"`
	LeafIndex *int64          `json:"leaf_index"`
	Method    string          `json:"method,omitempty"`
	Changes   []personChange  `json:"changes"`
}

type personChange struct {
	Channel consent.Channel `json:"channel"`
	Topic   consent.Topic   `json:"topic"`
	From    consent.State   `json:"from"`
	To      consent.State   `json:"to"`
}

// Run shows a person by one of their addresses. The words of the evidence stay
// sealed: whoever may read them does so in an evidence pack.
func (c *contactShow) Run(a *app) error {
	if c.Last < 0 {
		return exit(exitUsage, "contact show: --last %d: how many events to show, 0 or more", c.Last)
	}
	s, b, err := a.openBrand(c.Brand)
	if err != nil {
		return err
	}
	defer s.close()
	to, err := address.Lookup(c.Address, b.Country)
	if err != nil {
		return exit(exitUsage, "contact show: the address is neither a phone number that can exist nor an e-mail address")
	}
	suppressed, err := s.store.Suppressions(a.ctx, b.ID, to)
	if err != nil {
		return fmt.Errorf("contact show: %w", err)
	}
	draft, created, err := s.store.Contact(a.ctx, b.ID, optin.Who{Address: to})
	if errors.Is(err, optin.ErrNobody) {
		return nobody(b.ID, to, suppressed)
	}
	if err != nil {
		return fmt.Errorf("contact show: %w", err)
	}
	events, err := s.store.Timeline(a.ctx, b.ID, draft.Person, "", c.Last)
	if err != nil {
		return fmt.Errorf("contact show: %w", err)
	}
	p := portray(draft, created, suppressed, events, s.clock.Now())
	if a.json {
		return a.printJSON(p)
	}
	return p.print(a.stdout, a)
}

func nobody(brand string, to address.Address, suppressed []store.Suppression) error {
	if len(suppressed) == 0 {
		return exit(exitNothing, "contact show: nobody is known to %s under %s", brand, to)
	}
	on := make([]string, len(suppressed))
	for i, x := range suppressed {
		on[i] = string(x.Channel)
	}
	return exit(exitNothing, "contact show: nobody is known to %s under %s, and nobody may write to it by %s", brand, to, strings.Join(on, ", "))
}

func portray(d *optin.Draft, created time.Time, suppressed []store.Suppression, events []optin.TrailEvent, now time.Time) person {
	p := person{
		ID: d.Person, Created: created, Language: d.Facts.Language, Preferences: d.Facts.Prefs, Addresses: []personAddress{},
		Permissions: []personPermission{}, Suppressed: []personSuppression{}, Timeline: []personEvent{},
	}
	for _, h := range d.Addresses {
		p.Addresses = append(p.Addresses, personAddress{h.Address.Kind(), h.Address, orNull(h.Proven)})
	}
	for _, k := range d.Record.Keys() {
		x := d.Record.At(k, now)
		p.Permissions = append(p.Permissions, personPermission{k.Channel, k.Topic, x.State, x.Basis, x.Grade, x.Since, orNull(x.Until), x.Event})
	}
	for _, x := range suppressed {
		p.Suppressed = append(p.Suppressed, personSuppression{x.Channel, x.Reason, x.At})
	}
	for _, e := range events {
		pe := personEvent{ID: e.ID, Type: e.Type, Time: e.At, Method: e.Method, Changes: []personChange{}}
		if e.LeafIndex >= 0 {
			pe.LeafIndex = &e.LeafIndex
		}
		for _, ch := range e.Changes {
			pe.Changes = append(pe.Changes, personChange{ch.Channel, ch.Topic, ch.From, ch.To.State})
		}
		p.Timeline = append(p.Timeline, pe)
	}
	return p
}

func (p person) print(out io.Writer, a *app) error {
	w := a.table()
	fmt.Fprintf(w, "Person\t%s\nKnown since\t%s\n", p.ID, stamp(p.Created))
	for _, x := range p.Addresses {
		said := "never proven"
		if x.Proven != nil {
			said = "proven " + stamp(*x.Proven)
		}
		fmt.Fprintf(w, "%s\t%s, %s\n", map[address.Kind]string{address.Phone: "Phone", address.Email: "E-mail"}[x.Kind], x.Masked, said)
	}
	for _, l := range p.wishes() {
		fmt.Fprintf(w, "%s\t%s\n", l[0], l[1])
	}
	for _, x := range p.Suppressed {
		fmt.Fprintf(w, "Stopped\t%s since %s (%s)\n", x.Channel, stamp(x.Since), x.Reason)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nPermissions")
	fmt.Fprintln(w, "  CHANNEL\tTOPIC\tSTATE\tBASIS\tGRADE\tSINCE\tUNTIL")
	for _, x := range p.Permissions {
		until := "-"
		if x.Until != nil {
			until = stamp(*x.Until)
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\n", x.Channel, x.Topic, x.State, dash(string(x.Basis)), dash(string(x.Grade)), stamp(x.Since), until)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nTimeline, newest first")
	fmt.Fprintln(w, "  LEAF\tTIME\tACT\tMETHOD\tEVENT\tCHANGES")
	for _, e := range p.Timeline {
		leaf := "waits"
		if e.LeafIndex != nil {
			leaf = strconv.FormatInt(*e.LeafIndex, 10)
		}
		changes := make([]string, len(e.Changes))
		for i, c := range e.Changes {
			changes[i] = fmt.Sprintf("%s %s: %s to %s", c.Channel, c.Topic, c.From, c.To)
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\t%s\n", leaf, stamp(e.Time), e.Type, dash(e.Method), e.ID, dash(strings.Join(changes, ", ")))
	}
	return w.Flush()
}

// wishes are the preferences a person has, each with its name.
func (p person) wishes() (out [][2]string) {
	say := func(name, wish string) {
		if wish != "" {
			out = append(out, [2]string{name, wish})
		}
	}
	f := p.Preferences
	if f.Language != "" {
		say("Language", f.Language+" (chosen)")
	} else {
		say("Language", p.Language)
	}
	say("Days", strings.Join(f.Days, " "))
	say("Hours", strings.Join(f.Hours, ", "))
	if f.PerMonth > 0 {
		say("At most", strconv.Itoa(f.PerMonth)+" a month")
	}
	if !f.PauseUntil.IsZero() {
		say("Pause until", stamp(f.PauseUntil))
	}
	return out
}

// dash stands for what is not there.
func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
