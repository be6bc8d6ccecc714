package main

import (
	"crypto/rand"
	"fmt"
	"text/tabwriter"
	"time"

	"placet/internal/brands"
)

// keysCmd manages the keys with which a retailer's applications call the API.
type keysCmd struct {
	Create keysCreate `cmd:"" help:"Make an API key and show it, this once."`
	Revoke keysRevoke `cmd:"" help:"End a key; a running server refuses it within a second."`
	List   keysList   `cmd:"" help:"The keys of a brand, without their secrets."`
}

type keysCreate struct {
	Brand string `help:"Brand the key opens; may be left out where there is only one." placeholder:"B"`
	Label string `help:"What the key is for, to recognise it later." placeholder:"TEXT"`
}

type keysRevoke struct {
	ID string `arg:"" help:"Id of the key, key_…; not the key itself."`
}

type keysList struct {
	Brand string `help:"Brand; may be left out where there is only one." placeholder:"B"`
}

// Run prints the key on standard output; only its hash is kept.
func (c *keysCreate) Run(a *app) error {
	s, b, err := a.openBrand(c.Brand)
	if err != nil {
		return err
	}
	defer s.close()
	name := base62(8)
	id, key := "key_"+name, "plc_live_"+name+"_"+base62(36)
	if err := s.store.SaveKey(a.ctx, id, b.ID, c.Label, key, s.clock.Now()); err != nil {
		return fmt.Errorf("keys create: %w", err)
	}
	if a.json {
		return a.printJSON(map[string]any{"id": id, "key": key, "brand": b.ID, "label": c.Label})
	}
	fmt.Fprintf(a.stdout, "Key    %s\nId     %s\nBrand  %s\n", key, id, b.ID)
	fmt.Fprintln(a.stderr, "Put the key away now: it is kept as a hash and cannot be shown again.")
	return nil
}

const alphabet62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// base62 is n random letters and digits, 5.95 bits each.
func base62(n int) string {
	out := make([]byte, 0, n)
	for raw := make([]byte, 1); len(out) < n; {
		_, _ = rand.Read(raw) // never fails: the program ends when the system has no randomness
		if i := int(raw[0]) & 63; i < len(alphabet62) {
			out = append(out, alphabet62[i])
		}
	}
	return string(out)
}

// Run ends the key for good.
func (c *keysRevoke) Run(a *app) error {
	s, err := a.open()
	if err != nil {
		return err
	}
	defer s.close()
	ended, err := s.store.RevokeKey(a.ctx, c.ID, s.clock.Now())
	if err != nil {
		return fmt.Errorf("keys revoke: %w", err)
	}
	if !ended { // what was typed may be a key: it is not repeated
		return exit(exitNothing, "keys revoke: no live key has this id; gateway keys list shows the ids (key_…)")
	}
	if a.json {
		return a.printJSON(map[string]any{"id": c.ID, "revoked": true})
	}
	_, err = fmt.Fprintln(a.stdout, c.ID, "revoked")
	return err
}

// Run lists live and revoked keys, oldest first.
func (c *keysList) Run(a *app) error {
	s, b, err := a.openBrand(c.Brand)
	if err != nil {
		return err
	}
	defer s.close()
	keys, err := s.store.APIKeys(a.ctx, b.ID)
	if err != nil {
		return fmt.Errorf("keys list: %w", err)
	}
	if len(keys) == 0 {
		return exit(exitNothing, "keys list: %s has no keys; gateway keys create --brand %s makes one", b.ID, b.ID)
	}
	w := a.table()
	if !a.json {
		fmt.Fprintln(w, "ID\tCREATED\tREVOKED\tLABEL")
	}
	for _, k := range keys {
		if a.json {
			err := a.printJSON(map[string]any{"id": k.ID, "brand": b.ID, "label": k.Label, "created": k.Created, "revoked": orNull(k.Revoked)})
			if err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.ID, stamp(k.Created), stamp(k.Revoked), k.Label)
	}
	return w.Flush()
}

// openBrand opens the database that exists and finds a brand in it.
func (a *app) openBrand(id string) (*session, *brands.Brand, error) {
	b, err := a.brand(id)
	if err != nil {
		return nil, nil, err
	}
	s, err := a.open()
	return s, b, err
}

// table aligns columns for people.
func (a *app) table() *tabwriter.Writer { return tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0) }

// stamp is a time for people, in UTC; a dash for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// orNull is nil, null in JSON, for no time.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
