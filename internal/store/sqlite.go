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
	writer  *line
	readers chan *line // idle ones
	pool    *sql.DB    // of the readers
}

// line is one connection with its statements, compiled once. One goroutine at a
// time uses it.
type line struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

func newLine(ctx context.Context, db *sql.DB) (*line, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &line{conn: conn, stmts: map[string]*sql.Stmt{}}, nil
}

func (l *line) close() error {
	var err error
	for _, st := range l.stmts {
		err = errors.Join(err, st.Close()) // an open statement keeps the file open
	}
	return errors.Join(err, l.conn.Close())
}

func (l *line) prepared(s string) (*sql.Stmt, error) {
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

// exec runs a statement to its end: a write that is under way is not interrupted.
func (l *line) exec(s string, args ...any) error {
	st, err := l.prepared(s)
	if err != nil {
		return err
	}
	_, err = st.ExecContext(context.Background(), args...)
	return err
}

func (l *line) collect(ctx context.Context, q query) error {
	if q.skip != nil && q.skip() {
		return nil
	}
	st, err := l.prepared(q.sql)
	if err != nil {
		return unavailable(err)
	}
	rows, err := st.QueryContext(ctx, q.args...)
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

// maxReaders is how many reads run at a time.
const maxReaders = 4

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
	l := &lite{units: make(chan *unit, maxBatch), closing: make(chan struct{}), done: make(chan struct{}), readers: make(chan *line, maxReaders), pool: r}
	if l.writer, err = newLine(ctx, w); err != nil {
		return nil, errors.Join(fmt.Errorf("store: open %s: %w", path, err), w.Close(), r.Close())
	}
	for range maxReaders {
		reader, err := newLine(ctx, r)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("store: open %s: %w", path, err), l.writer.close(), w.Close(), r.Close())
		}
		l.readers <- reader
	}
	go l.run()
	return &Store{eng: l, keys: keys, db: w, kind: "sqlite", path: path}, nil
}

func (l *lite) close() (err error) {
	l.once.Do(func() {
		close(l.closing)
		<-l.done
		err = l.writer.close()
		for range maxReaders {
			err = errors.Join(err, (<-l.readers).close()) // reads under way are finished first
		}
		err = errors.Join(err, l.pool.Close())
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
	if err := l.writer.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for i, u := range batch {
		if errs[i] = l.one(u); errors.Is(errs[i], errLost) {
			_ = l.writer.exec("ROLLBACK")
			return errs[i]
		}
	}
	if err := l.writer.exec("COMMIT"); err != nil {
		_ = l.writer.exec("ROLLBACK")
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
			err = fmt.Errorf("%w: panic in a unit of work: %T", errLost, p)
		}
	}()
	for _, q := range u.reads {
		if err := l.writer.collect(context.Background(), q); err != nil {
			return err
		}
	}
	ws, err := u.decide()
	if err != nil || len(ws) == 0 {
		return err
	}
	if err := l.writer.exec("SAVEPOINT unit"); err != nil {
		return unavailable(err)
	}
	for _, w := range ws {
		if err := l.writer.exec(w.sql, w.args...); err != nil {
			if rerr := errors.Join(l.writer.exec("ROLLBACK TO unit"), l.writer.exec("RELEASE unit")); rerr != nil {
				return fmt.Errorf("%w: %w", errLost, err)
			}
			return liteError(err)
		}
	}
	if err := l.writer.exec("RELEASE unit"); err != nil {
		return fmt.Errorf("%w: %w", errLost, err)
	}
	return nil
}

// read runs the queries on one snapshot.
func (l *lite) read(ctx context.Context, qs ...query) error {
	var r *line
	select {
	case r = <-l.readers:
	case <-l.closing:
		return unavailable(errClosed)
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
	defer func() { l.readers <- r }()
	if err := r.exec("BEGIN"); err != nil {
		return unavailable(err)
	}
	for _, q := range qs {
		if err := r.collect(ctx, q); err != nil {
			return errors.Join(err, r.exec("ROLLBACK"))
		}
	}
	return unavailable(r.exec("ROLLBACK"))
}

// liteError tells a collision of keys from everything else.
func liteError(err error) error {
	var se *sqlite.Error
	if errors.As(err, &se) && (se.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || se.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE) {
		return fmt.Errorf("%w: %w", errMet, err)
	}
	return unavailable(err)
}
