// Package store keeps everything durable: people, evidence, outbox, ledger,
// brands. One SQL text serves SQLite and PostgreSQL; what differs between them
// is in sqlite.go and postgres.go, and one conformance suite holds both to it.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"placet/internal/optin"
	"placet/internal/vault"
)

//go:embed migrate/sqlite/*.sql migrate/postgres/*.sql
var migrations embed.FS

// Store is the database with its keys.
type Store struct {
	eng  engine
	keys *vault.Keys
	db   *sql.DB // migrations and rare administration
	kind string  // "sqlite", "postgres"
	path string  // sqlite: the file
}

// scanner is one row.
type scanner interface{ Scan(dest ...any) error }

// query is one SELECT; each is called per row. Where skip says so, an engine
// that pays per statement may leave it out.
type query struct {
	sql  string
	args []any
	each func(scanner) error
	skip func() bool
}

// write is one statement that changes something.
type write struct {
	sql  string
	args []any
}

// engine runs units of work.
type engine interface {
	// unit is one transaction: the reads, decide, then what decide returned, and
	// the commit. An error of decide rolls back and comes back as it is; errMet
	// means that two units met and this one may be tried again.
	unit(ctx context.Context, reads []query, decide func() ([]write, error)) error
	// read runs queries outside the writer.
	read(ctx context.Context, qs ...query) error
	close() error
}

// errMet means that a concurrent unit wrote the same key first.
var errMet = errors.New("store: two changes met")

// again repeats a unit of work that met another one. Each try starts from nothing.
func again(try func() error) error {
	for range 5 {
		if err := try(); !errors.Is(err, errMet) {
			return err
		}
	}
	return fmt.Errorf("store: %w: two changes met five times", optin.ErrUnavailable)
}

// unavailable marks an error of the database itself.
func unavailable(err error) error {
	if err == nil || errors.Is(err, optin.ErrUnavailable) || errors.Is(err, errMet) {
		return err
	}
	return fmt.Errorf("store: %w: %w", optin.ErrUnavailable, err)
}

// Open opens a database: "sqlite:PATH" or "postgres://…". It does not migrate.
func Open(ctx context.Context, url string, keys *vault.Keys) (*Store, error) {
	switch {
	case strings.HasPrefix(url, "sqlite:"):
		return openSQLite(ctx, strings.TrimPrefix(url, "sqlite:"), keys)
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		return openPostgres(ctx, url, keys)
	}
	return nil, fmt.Errorf("store: database %q: write sqlite:PATH or postgres://…", redact(url))
}

// redact keeps a password out of an error message.
func redact(url string) string {
	if i := strings.IndexByte(url, '?'); i >= 0 {
		url = url[:i] // options may hold one, too
	}
	if i := strings.LastIndex(url, "@"); i >= 0 {
		return "…" + url[i:]
	}
	return url
}

// Close closes the database; work under way is finished first.
func (s *Store) Close() error { return errors.Join(s.eng.close(), s.db.Close()) }

func (s *Store) provider() (*goose.Provider, error) {
	dialect := goose.DialectSQLite3
	if s.kind == "postgres" {
		dialect = goose.DialectPostgres
	}
	sub, err := fs.Sub(migrations, "migrate/"+s.kind)
	if err != nil {
		return nil, fmt.Errorf("store: migrations: %w", err)
	}
	var options []goose.ProviderOption
	if s.kind == "postgres" { // several instances may start at once
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
		if err != nil {
			return nil, fmt.Errorf("store: migrations: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, s.db, sub, options...)
	if err != nil {
		return nil, fmt.Errorf("store: migrations: %w", err)
	}
	return p, nil
}

// Migrate brings the schema up to date and binds the database to its key file:
// a database made with other keys is refused, untouched.
func (s *Store) Migrate(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	if err := s.checkKeys(ctx); err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	_, err = s.db.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('keys', $1) ON CONFLICT (name) DO NOTHING`, s.keys.ID())
	if err != nil {
		return fmt.Errorf("store: remember the key file: %w", err)
	}
	return s.checkKeys(ctx)
}

// Current reports whether the schema is the one this program knows, and the
// keys are the database's own.
func (s *Store) Current(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	pending, err := p.HasPending(ctx)
	if err != nil {
		return unavailable(err)
	}
	if pending {
		return errors.New("store: the database's schema is older than this program; run: gateway migrate")
	}
	return s.checkKeys(ctx)
}

// Fresh reports whether the database has never been used.
func (s *Store) Fresh(ctx context.Context) (bool, error) {
	id, err := s.keyID(ctx)
	return id == "", err
}

func (s *Store) keyID(ctx context.Context) (string, error) {
	var name string
	probe := `SELECT COALESCE((SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'meta'), '')`
	if s.kind == "postgres" {
		probe = `SELECT COALESCE(to_regclass('meta')::text, '')`
	}
	if err := s.db.QueryRowContext(ctx, probe).Scan(&name); err != nil {
		return "", unavailable(err)
	}
	if name == "" {
		return "", nil
	}
	var id string
	err := s.db.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'keys'`).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, unavailable(err)
}

// ErrWrongKeys means the key file and the database do not belong together.
var ErrWrongKeys = errors.New("the master key file does not belong to this database")

func (s *Store) checkKeys(ctx context.Context) error {
	id, err := s.keyID(ctx)
	if err != nil {
		return err
	}
	if id != "" && s.keys != nil && id != s.keys.ID() {
		return fmt.Errorf("store: %w: it was made with key file %s, this one is %s; put the right file back (nothing was changed)", ErrWrongKeys, id, s.keys.ID())
	}
	return nil
}

// Ping says whether the database answers and would take a write. It writes
// nothing: a locked read is refused by a standby and by a full stop alike.
func (s *Store) Ping(ctx context.Context) error {
	probe := query{sql: `SELECT value FROM meta WHERE name = 'keys' /*FOR UPDATE*/`, each: func(r scanner) error {
		var id string
		return r.Scan(&id)
	}}
	return unavailable(s.eng.unit(ctx, []query{probe}, func() ([]write, error) { return nil, nil }))
}

// micros is how times are stored: microseconds since 1970, UTC.
func micros(t time.Time) int64 { return t.UnixMicro() }

// maybe is micros, NULL for the zero time.
func maybe(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

func when(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMicro(n.Int64).UTC()
}

func at(n int64) time.Time { return time.UnixMicro(n).UTC() }
