package gateway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"placet/config"
	"placet/internal/store"
	"placet/internal/vault"
)

// OpenStore opens the database with its keys. A database that has never been
// used gets a new key file, with a warning; one that has must find its own: a
// missing or foreign key file is refused and nothing is touched.
func OpenStore(ctx context.Context, c config.Config, log *slog.Logger) (*store.Store, *vault.Keys, error) {
	if !vault.Exists(c.Keys) {
		if err := makeKeys(ctx, c, log); err != nil {
			return nil, nil, err
		}
	}
	keys, err := vault.Load(c.Keys)
	if err != nil {
		return nil, nil, err
	}
	st, err := store.Open(ctx, c.Database, keys)
	if err != nil {
		return nil, nil, err
	}
	return st, keys, nil
}

// ErrNoDatabase means that a command was pointed at a place where no gateway has ever run.
var ErrNoDatabase = errors.New("there is no database yet; start the gateway there once, or run: gateway migrate")

// OpenExisting is OpenStore for commands that only look: it makes nothing.
func OpenExisting(ctx context.Context, c config.Config, log *slog.Logger) (*store.Store, *vault.Keys, error) {
	if path, ok := strings.CutPrefix(c.Database, "sqlite:"); ok {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, nil, fmt.Errorf("%s: %w", path, ErrNoDatabase)
		}
	}
	if !vault.Exists(c.Keys) {
		if err := freshOnly(ctx, c); err != nil {
			return nil, nil, err
		}
		return nil, nil, fmt.Errorf("%s: %w", c.Keys, ErrNoDatabase)
	}
	st, keys, err := OpenStore(ctx, c, log)
	if err != nil {
		return nil, nil, err
	}
	if err := st.Current(ctx); err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	return st, keys, nil
}

// freshOnly refuses to go without a key file where one has been used.
func freshOnly(ctx context.Context, c config.Config) error {
	probe, err := store.Open(ctx, c.Database, nil)
	if err != nil {
		return err
	}
	fresh, err := probe.Fresh(ctx)
	if err = errors.Join(err, probe.Close()); err != nil {
		return err
	}
	if !fresh {
		return fmt.Errorf("the master key file %s is missing, and the database has been used with it; put the file back (nothing was changed)", c.Keys)
	}
	return nil
}

func makeKeys(ctx context.Context, c config.Config, log *slog.Logger) error {
	if err := freshOnly(ctx, c); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.Keys), 0o700); err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	if err := vault.Create(c.Keys); err != nil {
		return err
	}
	log.Warn("a new master key file was made; keep a copy away from the database, without it nothing can be read", "file", c.Keys)
	return nil
}
