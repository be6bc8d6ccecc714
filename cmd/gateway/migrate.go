package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"placet/config"
	"placet/internal/gateway"
	"placet/internal/store"
	"placet/internal/vault"
)

// migrateCmd brings the database's schema up to date, or says whether it is.
type migrateCmd struct {
	Check bool `help:"Change nothing; exit 1 when there is something to migrate."`
}

func (m *migrateCmd) Run(a *app) error {
	c, err := a.settings()
	if err != nil {
		return err
	}
	open := func() (*store.Store, error) {
		st, _, err := gateway.OpenStore(a.ctx, c, slog.New(slog.NewTextHandler(a.stderr, nil)))
		return st, err
	}
	if m.Check {
		open = func() (*store.Store, error) { return look(a, c) }
	}
	st, err := open()
	if err != nil {
		var ee *exitError
		if errors.As(err, &ee) {
			return err
		}
		return exit(exitUsage, "%w", err)
	}
	return errors.Join(m.migrate(a, st), st.Close())
}

// look opens a database that exists, and its key file if there is one; it makes nothing.
func look(a *app, c config.Config) (*store.Store, error) {
	if path, ok := strings.CutPrefix(c.Database, "sqlite:"); ok {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, exit(exitFailed, "migrate: there is no database at %s yet; run: gateway migrate", path)
		}
	}
	var keys *vault.Keys
	if vault.Exists(c.Keys) {
		var err error
		if keys, err = vault.Load(c.Keys); err != nil {
			return nil, err
		}
	}
	st, err := store.Open(a.ctx, c.Database, keys)
	if err != nil || keys != nil {
		return st, err
	}
	fresh, err := st.Fresh(a.ctx)
	if err == nil && !fresh {
		err = exit(exitUsage, "migrate: the master key file %s is missing, and the database has been used with it; put the file back", c.Keys)
	}
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

func (m *migrateCmd) migrate(a *app, st *store.Store) error {
	have, want, err := st.Schema(a.ctx)
	switch {
	case errors.Is(err, store.ErrWrongKeys):
		return exit(exitUsage, "%w", err)
	case err != nil:
		return fmt.Errorf("migrate: %w", err)
	case have > want:
		return exit(exitFailed, "migrate: the database has schema version %d and this program knows %d: a newer program has migrated it; use that one", have, want)
	case m.Check && have < want:
		return exit(exitFailed, "migrate: the database has schema version %d and this program needs %d; run: gateway migrate", have, want)
	case !m.Check:
		if err := st.Migrate(a.ctx); err != nil {
			return err
		}
	}
	if a.json {
		return a.printJSON(map[string]any{"version": want, "was": have, "changed": have != want})
	}
	if have == want {
		_, err = fmt.Fprintf(a.stdout, "the schema is current: version %d\n", want)
	} else {
		_, err = fmt.Fprintf(a.stdout, "migrated the schema from version %d to %d\n", have, want)
	}
	return err
}
