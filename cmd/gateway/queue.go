package main

import (
	"fmt"
	"slices"
	"strings"

	"placet/internal/message"
)

// queueCmd looks at what is to be sent and what became of it.
type queueCmd struct {
	List queueList `cmd:"" help:"Messages and their fates, newest first; nothing personal."`
}

type queueList struct {
	Brand string `help:"Brand; may be left out where there is only one." placeholder:"B"`
	Fate  string `help:"Only messages with this fate, such as queued, unknown or denied." placeholder:"F"`
	Last  int    `help:"How many, the newest ones." default:"100" placeholder:"N"`
}

var fates = []message.Fate{
	message.Queued, message.Sending, message.Accepted, message.Sent, message.Delivered, message.Undelivered,
	message.Failed, message.Unknown, message.Canceled, message.Denied, message.TooLate,
}

// Run lists messages with the rule of the last verdict on each.
func (c *queueList) Run(a *app) error {
	if f := message.Fate(c.Fate); f != "" && !slices.Contains(fates, f) {
		names := make([]string, len(fates))
		for i, f := range fates {
			names[i] = string(f)
		}
		return exit(exitUsage, "queue list: no message is ever %q: a fate is one of %s", c.Fate, strings.Join(names, " "))
	}
	if c.Last < 1 {
		return exit(exitUsage, "queue list: --last %d: how many messages to list, 1 or more", c.Last)
	}
	s, b, err := a.openBrand(c.Brand)
	if err != nil {
		return err
	}
	defer s.close()
	list, err := s.store.Messages(a.ctx, b.ID, message.Fate(c.Fate), c.Last+1)
	if err != nil {
		return fmt.Errorf("queue list: %w", err)
	}
	if len(list) == 0 {
		return exit(exitNothing, "queue list: %s has no message%s", b.ID, map[bool]string{true: " with fate " + c.Fate}[c.Fate != ""])
	}
	more := len(list) > c.Last
	list = list[:min(len(list), c.Last)]
	w := a.table()
	if !a.json {
		fmt.Fprintln(w, "ID\tCHANNEL\tKIND\tTEMPLATE\tFATE\tDUE\tRULE")
	}
	for _, m := range list {
		if a.json {
			err := a.printJSON(map[string]any{
				"id": m.ID, "channel": m.Channel, "kind": m.Kind, "template": m.Template, "fate": m.Fate, "due": m.Due,
				"verdict": m.Verdict.Verdict, "rule": m.Verdict.Rule,
			})
			if err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.ID, m.Channel, m.Kind, m.Template, m.Fate, stamp(m.Due), m.Verdict.Rule)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if more {
		fmt.Fprintf(a.stderr, "There are more; --last N shows the newest N.\n")
	}
	return nil
}
