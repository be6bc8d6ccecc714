package main

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"

	"placet/internal/brands"
	"placet/internal/redeem"
)

// codesCmd makes and checks the codes of a program.
type codesCmd struct {
	Mint  codesMint  `cmd:"" help:"Print new codes, one per line."`
	Check codesCheck `cmd:"" help:"Say of each code whether it is valid; exit 4 when one is not."`
}

type codesMint struct {
	Brand   string `help:"Brand; may be left out where only one fits." placeholder:"B"`
	Program string `help:"Program the codes are for." required:"" placeholder:"P"`
	Number  int    `short:"n" help:"How many." default:"1" placeholder:"N"`
}

type codesCheck struct {
	Brand   string   `help:"Brand; may be left out where only one fits." placeholder:"B"`
	Program string   `help:"Program the codes are for." required:"" placeholder:"P"`
	Codes   []string `arg:"" name:"code" help:"Codes, as typed."`
}

// program finds a program of a brand by its id.
func (a *app) program(brandID, id string) (*brands.Program, error) {
	b, err := a.brand(brandID)
	if err != nil {
		return nil, err
	}
	known := make([]string, len(b.Programs))
	for i := range b.Programs {
		if known[i] = b.Programs[i].ID; known[i] == id {
			return &b.Programs[i], nil
		}
	}
	return nil, exit(exitNothing, "codes: brand %s has no program %q: its programs are %s", b.ID, id, strings.Join(known, " "))
}

// Run prints the codes and nothing else.
func (c *codesMint) Run(a *app) error {
	p, err := a.program(c.Brand, c.Program)
	if err != nil {
		return err
	}
	if p.Codes.Check == "" {
		return exit(exitUsage, "codes mint: program %s has no check its codes could carry: set codes.check to %s or %s", p.ID, redeem.Luhn, redeem.Crockford)
	}
	codes, err := redeem.Mint(p.Codes.Check, c.Number, rand.Reader)
	if err != nil {
		return exit(exitUsage, "codes mint: %w", err)
	}
	w := bufio.NewWriter(a.stdout)
	for _, code := range codes {
		fmt.Fprintln(w, code)
	}
	return w.Flush()
}

// Run says of each code, as typed, whether the program accepts it.
func (c *codesCheck) Run(a *app) error {
	p, err := a.program(c.Brand, c.Program)
	if err != nil {
		return err
	}
	refused := 0
	for _, typed := range c.Codes {
		code, ok := p.CodeRule().Accept(typed)
		said := "valid"
		if !ok {
			refused++
			said = "not valid"
		}
		if a.json {
			err = json.NewEncoder(a.stdout).Encode(map[string]any{"typed": typed, "code": code, "valid": ok})
		} else {
			_, err = fmt.Fprintf(a.stdout, "%s %s\n", typed, said)
		}
		if err != nil {
			return exit(exitFailed, "codes check: %w", err)
		}
	}
	if refused > 0 {
		return exit(exitRefused, "codes check: %d of %d refused", refused, len(c.Codes))
	}
	return nil
}
