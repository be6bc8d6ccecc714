package main

import (
	"encoding/json"
	"errors"
	"log/slog"

	"placet/config"
	"placet/internal/gateway"
	"placet/internal/optin"
	"placet/internal/store"
	"placet/internal/vault"
)

// session is a command's view of the database, beside a running server or alone.
type session struct {
	config config.Config
	store  *store.Store
	keys   *vault.Keys
	clock  *clock
}

func (s *session) close() { _ = s.store.Close() }

// open looks at a database that exists.
func (a *app) open() (*session, error) { return a.session(false) }

// openNew makes and migrates the database when there is none yet.
func (a *app) openNew() (*session, error) { return a.session(true) }

func (a *app) session(create bool) (*session, error) {
	c, err := a.settings()
	if err != nil {
		return nil, err
	}
	clk, err := openClock(c.Data)
	if err != nil {
		return nil, exit(exitUsage, "%w", err)
	}
	s := &session{config: c, clock: clk}
	log := slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if create {
		if s.store, s.keys, err = gateway.OpenStore(a.ctx, c, log); err == nil {
			if err = s.store.Migrate(a.ctx); err != nil {
				err = errors.Join(err, s.store.Close())
			}
		}
	} else {
		s.store, s.keys, err = gateway.OpenExisting(a.ctx, c, log)
	}
	if errors.Is(err, gateway.ErrNoDatabase) {
		return nil, exit(exitNothing, "%w", err)
	}
	if errors.Is(err, optin.ErrUnavailable) {
		return nil, exit(exitFailed, "%w", err)
	}
	if err != nil {
		return nil, exit(exitUsage, "%w", err)
	}
	return s, nil
}

// printJSON prints one value on one line.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
