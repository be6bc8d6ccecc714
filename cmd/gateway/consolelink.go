package main

import (
	"fmt"

	"placet/internal/access"
	"placet/internal/gateway"
)

// consoleCmd lets an operator into the console.
type consoleCmd struct {
	Link consoleLink `cmd:"" help:"Print a link that signs in to a brand's console, once."`
}

type consoleLink struct {
	Brand string `help:"Brand; may be left out where there is only one." placeholder:"B"`
}

// Run prints the URL and nothing else on standard output.
func (c *consoleLink) Run(a *app) error {
	s, b, err := a.openBrand(c.Brand)
	if err != nil {
		return err
	}
	defer s.close()
	links := access.Links{Store: gateway.LinkStore{Store: s.store}, Now: s.clock.Now}
	token, err := links.Mint(a.ctx, b.ID, access.ForOperator)
	if err != nil {
		return err
	}
	url := s.config.PublicURL + "/console/sign-in?token=" + token
	if a.json {
		return a.printJSON(map[string]any{"brand": b.ID, "url": url, "expires": s.clock.Now().Add(access.ForOperator).UTC()})
	}
	if _, err := fmt.Fprintln(a.stdout, url); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "It opens the console of %s once, within %d minutes. The host is that of public_url.\n", b.ID, int(access.ForOperator.Minutes()))
	return nil
}
