package main

import (
	"fmt"
	"os"
	"strings"

	"placet/internal/brands"
)

// brand finds the brand a command is about; with no name, the only one there is.
func (a *app) brand(id string) (*brands.Brand, error) {
	list, err := a.allBrands()
	if err != nil {
		return nil, err
	}
	names := make([]string, len(list))
	for i, b := range list {
		if b.ID == id {
			return b, nil
		}
		names[i] = b.ID
	}
	switch {
	case id == "" && len(list) == 1:
		return list[0], nil
	case id == "" && len(list) > 1:
		return nil, exit(exitUsage, "which brand? --brand %s", strings.Join(names, " or "))
	case len(list) == 0:
		return nil, exit(exitNothing, "there are no brands yet; run: gateway brands apply FILE")
	}
	return nil, exit(exitNothing, "there is no brand %q; there is %s", id, strings.Join(names, ", "))
}

// allBrands reads the brands in force.
func (a *app) allBrands() ([]*brands.Brand, error) {
	s, err := a.open()
	if err != nil {
		return nil, err
	}
	defer s.close()
	texts, _, err := s.store.BrandTexts(a.ctx)
	if err != nil {
		return nil, err
	}
	var dir brands.Directory
	var list []*brands.Brand
	for id, text := range texts {
		b, err := brands.Parse("brand "+id, []byte(text))
		if err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	if err := dir.Set(list); err != nil {
		return nil, err
	}
	return dir.All(), nil
}

// brandsCmd manages the retailers.
type brandsCmd struct {
	Apply brandsApplyCmd `cmd:"" help:"Put a brand file in force; a running server takes it up within a second."`
	Check brandsCheckCmd `cmd:"" help:"Check a brand file without a database."`
	List  brandsListCmd  `cmd:"" help:"The brands in force."`
	Show  brandsShowCmd  `cmd:"" help:"A brand's file as applied."`
}

type brandsApplyCmd struct {
	Files []string `arg:"" name:"file" type:"existingfile" help:"Brand file (YAML)."`
}

func (c brandsApplyCmd) Run(a *app) error {
	list := make([]*brands.Brand, len(c.Files))
	texts := make([]string, len(c.Files))
	for i, f := range c.Files {
		b, text, err := readBrand(f)
		if err != nil {
			return err
		}
		list[i], texts[i] = b, text
	}
	s, err := a.openNew()
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.fits(a, list); err != nil {
		return err
	}
	for i, b := range list {
		v, fresh, err := s.store.ApplyBrand(a.ctx, b, texts[i], s.clock.Now())
		if err != nil {
			return exit(exitRefused, "%w", err)
		}
		said := "applied"
		if !fresh {
			said = "unchanged"
		}
		if a.json {
			if err := a.printJSON(map[string]any{"brand": b.ID, "version": v, "changed": fresh}); err != nil {
				return err
			}
			continue
		}
		if _, err := fmt.Fprintf(a.stdout, "%s %s, version %d\n", b.ID, said, v); err != nil {
			return err
		}
	}
	return nil
}

// fits refuses brands that collide with those in force before anything is written.
func (s *session) fits(a *app, list []*brands.Brand) error {
	texts, _, err := s.store.BrandTexts(a.ctx)
	if err != nil {
		return err
	}
	all := list
	for id, text := range texts {
		known := false
		for _, b := range list {
			known = known || b.ID == id
		}
		if known {
			continue
		}
		b, err := brands.Parse("brand "+id, []byte(text))
		if err != nil {
			return err
		}
		all = append(all, b)
	}
	if err := new(brands.Directory).Set(all); err != nil {
		return exit(exitUsage, "%w", err)
	}
	return nil
}

func readBrand(file string) (*brands.Brand, string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, "", exit(exitUsage, "%w", err)
	}
	b, err := brands.Parse(file, text)
	if err != nil {
		return nil, "", exit(exitUsage, "%w", err)
	}
	if err := new(brands.Directory).Set([]*brands.Brand{b}); err != nil {
		return nil, "", exit(exitUsage, "%w", err)
	}
	return b, string(text), nil
}

type brandsCheckCmd struct {
	Files []string `arg:"" name:"file" type:"existingfile" help:"Brand file (YAML)."`
}

func (c brandsCheckCmd) Run(a *app) error {
	for _, f := range c.Files {
		b, _, err := readBrand(f)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(a.stdout, "%s: %s is fine: %d programs, %d notices\n", f, b.ID, len(b.Programs), len(b.Notices)); err != nil {
			return err
		}
	}
	return nil
}

type brandsListCmd struct{}

func (brandsListCmd) Run(a *app) error {
	list, err := a.allBrands()
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return exit(exitNothing, "there are no brands yet; run: gateway brands apply FILE")
	}
	for _, b := range list {
		if a.json {
			if err := a.printJSON(map[string]any{"id": b.ID, "name": b.Name, "country": b.Country, "languages": b.Languages}); err != nil {
				return err
			}
			continue
		}
		if _, err := fmt.Fprintf(a.stdout, "%-12s %-24s %s  %s\n", b.ID, b.Name, b.Country, strings.Join(b.Languages, " ")); err != nil {
			return err
		}
	}
	return nil
}

type brandsShowCmd struct {
	Brand string `arg:"" optional:"" help:"Brand."`
}

func (c brandsShowCmd) Run(a *app) error {
	b, err := a.brand(c.Brand)
	if err != nil {
		return err
	}
	s, err := a.open()
	if err != nil {
		return err
	}
	defer s.close()
	texts, _, err := s.store.BrandTexts(a.ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(a.stdout, texts[b.ID])
	return err
}
