package limits

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Statement is one insert or update with its values.
type Statement struct {
	SQL    string
	Values []any
}

// Writer commits units of work on SQLite as fast as durability allows: one
// goroutine, natural batches, a savepoint per unit, prepared statements, nothing read.
type Writer struct {
	db    *sql.DB
	conn  *sql.Conn
	units chan unit
	done  chan struct{}
	stmts map[string]*sql.Stmt
}

type unit struct {
	rows []Statement
	err  chan error
}

const maxBatch = 256

// OpenWriter opens a database that already has its tables.
func OpenWriter(path string) (*Writer, error) {
	// Savepoints keep the pages they may have to restore in a file unless temporary stores are in
	// memory; that file is a third of the work. The checkpoint falls to the commit that fills 32 MiB of WAL, as it must fall to somebody.
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-16000)&_pragma=temp_store(MEMORY)&_pragma=wal_autocheckpoint(8192)")
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(context.Background())
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	w := &Writer{db: db, conn: conn, units: make(chan unit, maxBatch), done: make(chan struct{}), stmts: map[string]*sql.Stmt{}}
	go w.run()
	return w, nil
}

// Close waits for what was handed over.
func (w *Writer) Close() error {
	close(w.units)
	<-w.done
	return errors.Join(w.conn.Close(), w.db.Close())
}

// Commit returns once the rows are durable.
func (w *Writer) Commit(rows []Statement) error {
	u := unit{rows, make(chan error, 1)}
	w.units <- u
	return <-u.err
}

func (w *Writer) run() {
	defer close(w.done)
	for first := range w.units {
		batch := []unit{first}
	fill:
		for len(batch) < maxBatch {
			select {
			case u, open := <-w.units:
				if !open {
					break fill
				}
				batch = append(batch, u)
			default:
				break fill
			}
		}
		err := w.group(batch)
		for _, u := range batch {
			u.err <- err
		}
	}
}

func (w *Writer) group(batch []unit) error {
	if err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, u := range batch {
		if err := w.one(u.rows); err != nil {
			return errors.Join(err, w.exec("ROLLBACK"))
		}
	}
	return w.exec("COMMIT")
}

func (w *Writer) one(rows []Statement) error {
	if err := w.exec("SAVEPOINT u"); err != nil {
		return err
	}
	for _, r := range rows {
		if err := w.exec(r.SQL, r.Values...); err != nil {
			return fmt.Errorf("%w in %s", err, r.SQL)
		}
	}
	return w.exec("RELEASE u")
}

func (w *Writer) exec(text string, values ...any) error {
	st := w.stmts[text]
	if st == nil {
		var err error
		if st, err = w.conn.PrepareContext(context.Background(), text); err != nil {
			return err
		}
		w.stmts[text] = st
	}
	_, err := st.ExecContext(context.Background(), values...)
	return err
}
