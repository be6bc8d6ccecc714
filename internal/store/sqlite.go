package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"modernc.org/sqlite" // also registers the driver
	sqlite3 "modernc.org/sqlite/lib"

	"placet/internal/vault"
)

// maxBatch bounds how many units share a commit.
const maxBatch = 256

// lite is SQLite: one writer goroutine that commits in groups, and a pool of
// readers of its own. Waiting units form the next group by themselves; there is
// no timer.
type lite struct {
	units   chan *unit
	closing chan struct{} // closed by the first close
	done    chan struct{} // closed when the writer has finished its last unit
	once    sync.Once
	writer  *sql.DB
	readers *sql.DB
	stmts   map[string]*sql.Stmt // the writer's
	conn    *sql.Conn
}

type unit struct {
	ctx    context.Context
	reads  []query
	decide func() ([]write, error)
	err    chan error
}

func openSQLite(ctx context.Context, path string, keys *vault.Keys) (*Store, error) {
	if dir := filepath.Dir(path); dir != "." {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
	}
	dsn := func(extra string) string {
		return "file:" + (&url.URL{Path: path}).EscapedPath() + "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=cache_size(-16000)&_pragma=temp_store(2)" + extra
	}
	w, err := sql.Open("sqlite", dsn(""))
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	w.SetMaxOpenConns(2) // the writer's own, and one for migrations
	r, err := sql.Open("sqlite", dsn("&_pragma=query_only(1)"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: %w", err), w.Close())
	}
	r.SetMaxOpenConns(4)
	r.SetMaxIdleConns(4)
	conn, err := w.Conn(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: open %s: %w", path, err), w.Close(), r.Close())
	}
	l := &lite{units: make(chan *unit, maxBatch), closing: make(chan struct{}), done: make(chan struct{}), writer: w, readers: r, stmts: map[string]*sql.Stmt{}, conn: conn}
	go l.run()
	return &Store{eng: l, keys: keys, db: w, kind: "sqlite", path: path}, nil
}

func (l *lite) close() (err error) {
	l.once.Do(func() {
		close(l.closing)
		<-l.done
		for _, st := range l.stmts {
			err = errors.Join(err, st.Close()) // an open statement keeps the file open
		}
		err = errors.Join(err, l.conn.Close(), l.readers.Close())
	})
	return err
}

// errClosed is the answer to whoever comes after Close.
var errClosed = errors.New("store: closed")

func (l *lite) unit(ctx context.Context, reads []query, decide func() ([]write, error)) error {
	u := &unit{ctx: ctx, reads: reads, decide: decide, err: make(chan error, 1)}
	select {
	case l.units <- u:
	case <-l.closing:
		return unavailable(errClosed)
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
	// Once handed over, the outcome is worth waiting for.
	select {
	case err := <-u.err:
		return err
	case <-l.done:
	}
	select {
	case err := <-u.err:
		return err
	default:
		return unavailable(errClosed) // handed over when the writer had gone
	}
}

func (l *lite) run() {
	defer close(l.done)
	batch := make([]*unit, 0, maxBatch)
	errs := make([]error, maxBatch)
	for {
		batch = batch[:0]
		select {
		case u := <-l.units:
			batch = append(batch, u)
		case <-l.closing:
		}
	fill:
		for len(batch) < maxBatch {
			select {
			case more := <-l.units:
				batch = append(batch, more)
			default:
				break fill
			}
		}
		if len(batch) == 0 {
			return
		}
		err := l.group(batch, errs)
		for i, u := range batch {
			if err != nil {
				errs[i] = unavailable(err) // even a refusal rested on what is not there any more
			}
			u.err <- errs[i]
		}
	}
}

// group runs the units in one transaction, each under a savepoint of its own so
// that one failure does not fail its neighbours.
func (l *lite) group(batch []*unit, errs []error) error {
	clear(errs)
	if err := l.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for i, u := range batch {
		if errs[i] = l.one(u); errors.Is(errs[i], errLost) {
			_ = l.exec("ROLLBACK")
			return errs[i]
		}
	}
	if err := l.exec("COMMIT"); err != nil {
		_ = l.exec("ROLLBACK")
		return err
	}
	return nil
}

// errLost means that the whole transaction is gone, and not one unit's part of
// it: SQLite itself rolls back when the disk is full or fails.
var errLost = errors.New("store: the transaction was lost")

func (l *lite) one(u *unit) (err error) {
	if err := u.ctx.Err(); err != nil {
		return unavailable(err)
	}
	defer func() {
		// A panic in one unit must not take the writer, and everybody's database, with it.
		if p := recover(); p != nil {
			err = fmt.Errorf("store: panic in a unit of work: %T", p)
		}
	}()
	for _, q := range u.reads {
		if q.skip != nil && q.skip() {
			continue
		}
		st, err := l.prepared(q.sql)
		if err != nil {
			return unavailable(err)
		}
		if err := collect(u.ctx, st, q); err != nil {
			return err
		}
	}
	ws, err := u.decide()
	if err != nil || len(ws) == 0 {
		return err
	}
	if err := l.exec("SAVEPOINT unit"); err != nil {
		return unavailable(err)
	}
	for _, w := range ws {
		st, err := l.prepared(w.sql)
		if err == nil {
			_, err = st.ExecContext(context.Background(), w.args...)
		}
		if err != nil {
			if rerr := errors.Join(l.exec("ROLLBACK TO unit"), l.exec("RELEASE unit")); rerr != nil {
				return fmt.Errorf("%w: %w", errLost, err)
			}
			return liteError(err)
		}
	}
	if err := l.exec("RELEASE unit"); err != nil {
		return fmt.Errorf("%w: %w", errLost, err)
	}
	return nil
}

func (l *lite) exec(s string) error {
	st, err := l.prepared(s)
	if err != nil {
		return err
	}
	_, err = st.ExecContext(context.Background())
	return err
}

func (l *lite) prepared(s string) (*sql.Stmt, error) {
	if st := l.stmts[s]; st != nil {
		return st, nil
	}
	st, err := l.conn.PrepareContext(context.Background(), s)
	if err != nil {
		return nil, err
	}
	l.stmts[s] = st
	return st, nil
}

func (l *lite) read(ctx context.Context, qs ...query) error {
	conn, err := l.readers.Conn(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer func() { _ = conn.Close() }()
	// One snapshot for all of them.
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return unavailable(err)
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") }()
	for _, q := range qs {
		if q.skip != nil && q.skip() {
			continue
		}
		if err := collect(ctx, conn, q); err != nil {
			return err
		}
	}
	return nil
}

// collect runs a query on a prepared statement or a connection.
func collect(ctx context.Context, on any, q query) error {
	var rows *sql.Rows
	var err error
	switch on := on.(type) {
	case *sql.Stmt:
		rows, err = on.QueryContext(ctx, q.args...)
	case *sql.Conn:
		rows, err = on.QueryContext(ctx, q.sql, q.args...)
	}
	if err != nil {
		return unavailable(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := q.each(rows); err != nil {
			return err
		}
	}
	return unavailable(rows.Err())
}

// liteError tells a collision of keys from everything else.
func liteError(err error) error {
	var se *sqlite.Error
	if errors.As(err, &se) && (se.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || se.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE) {
		return fmt.Errorf("%w: %w", errMet, err)
	}
	return unavailable(err)
}
