package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"placet/config"
	"placet/config/demo"
	"placet/internal/access"
	"placet/internal/brands"
	"placet/internal/gateway"
	"placet/internal/store"
)

// demoCmd runs the gateway with two fictional brands and a phone in the browser.
type demoCmd struct {
	Listen    string `default:"127.0.0.1:8080" help:"Address to listen on."`
	PublicURL string `name:"public-url" help:"Base URL that links carry. Default: http:// and the listen address." placeholder:"URL"`
	Clock     string `help:"Start at this moment (RFC 3339); time runs on." placeholder:"RFC3339"`
}

func (d demoCmd) Run(a *app) error {
	dir := a.data
	if dir == "" {
		tmp, err := os.MkdirTemp("", "placet-demo-")
		if err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		defer func() { _ = os.RemoveAll(tmp) }()
		dir = tmp
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return exit(exitUsage, "--data wants a directory: %w", err)
	}
	c, err := config.Config{Data: dir, Listen: d.Listen, PublicURL: d.PublicURL, ConfirmChallenge: "off"}.Complete()
	if err != nil {
		return exit(exitUsage, "%w", err)
	}
	clk, err := openClock(dir)
	if err != nil {
		return exit(exitUsage, "%w", err)
	}
	if d.Clock != "" {
		t, err := time.Parse(time.RFC3339, d.Clock)
		if err != nil {
			return exit(exitUsage, "--clock: %q is not RFC 3339, such as 2026-11-21T10:00:00+01:00", d.Clock)
		}
		if err := clk.Set(t); err != nil {
			return err
		}
	}
	s := &server{
		config: c, clock: clk, accounts: map[string]string{demo.TwilioAccount: demo.TwilioToken},
		log: slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	}
	return s.run(a.ctx, func(g *gateway.Gateway) error {
		if err := applyDemo(a.ctx, g.Store, clk.Now()); err != nil {
			return err
		}
		if err := g.Reload(a.ctx); err != nil {
			return err
		}
		token, err := g.Links.Mint(a.ctx, "rossi", access.ForDemo)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.stdout, `Placet demo: two fictional shops, one phone. Nothing leaves this machine.

  Play        %[1]s/sandbox      text CARTA 123456 to 41430
  Console     %[1]s/console/sign-in?token=%[2]s
  API         %[1]s/v1/openapi.json      key: demo-rossi-key
  Data        %[3]s
  Stop        Ctrl-C
`, c.PublicURL, token, dir)
		return err
	})
}

// applyDemo puts the fictional brands and their keys into the database.
func applyDemo(ctx context.Context, st *store.Store, now time.Time) error {
	files, err := fs.Glob(demo.FS, "*.yaml")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	for _, f := range files {
		text, err := demo.FS.ReadFile(f)
		if err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		b, err := brands.Parse(filepath.Base(f), text)
		if err != nil {
			return err
		}
		if _, _, err := st.ApplyBrand(ctx, b, string(text), now); err != nil {
			return err
		}
		if err := st.SaveKey(ctx, "key_demo_"+b.ID, b.ID, "demo", demo.Keys[b.ID], now); err != nil {
			return err
		}
	}
	if len(files) == 0 {
		return errors.New("demo: no brand files are built in")
	}
	return nil
}
