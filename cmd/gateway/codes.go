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

// program finds a program by its id in the brand, or in the only brand that has it.
func (a *app) program(brandID, id string) (*brands.Program, error) {
	list, err := a.allBrands()
	if err != nil {
		return nil, err
	}
	if brandID != "" {
		b, err := a.brand(brandID)
		if err != nil {
			return nil, err
		}
		list = []*brands.Brand{b}
	}
	var found []*brands.Program
	var owners, known []string
	for _, b := range list {
		for i := range b.Programs {
			known = append(known, b.ID+"/"+b.Programs[i].ID)
			if b.Programs[i].ID == id {
				found, owners = append(found, &b.Programs[i]), append(owners, b.ID)
			}
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, exit(exitNothing, "codes: there is no program %q; there is %s", id, strings.Join(known, ", "))
	}
	return nil, exit(exitUsage, "codes: which brand? --brand %s", strings.Join(owners, " or "))
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
