package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"placet/internal/vault"
)

// pg is PostgreSQL: ordinary concurrent transactions of two round trips, one
// batch of locking reads and one batch of writes with the commit. The server
// groups the commits.
type pg struct {
	pool *pgxpool.Pool
	text sync.Map // SQL as written -> SQL with its locking clauses
}

func openPostgres(ctx context.Context, url string, keys *vault.Keys) (*Store, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("store: database %s: not a postgres URL", redact(url))
	}
	if cfg.MaxConns < 24 {
		cfg.MaxConns = 24
	}
	cfg.MinIdleConns = 2
	// Whoever holds a person's lock and hangs must not hold up that person's STOP:
	// waiting ends in a 503 and a repeat, not in silence.
	for name, limit := range map[string]string{"lock_timeout": "5s", "idle_in_transaction_session_timeout": "15s"} {
		if cfg.ConnConfig.RuntimeParams[name] == "" {
			cfg.ConnConfig.RuntimeParams[name] = limit
		}
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", redact(url), err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("store: open %s: %w", redact(url), err)
	}
	return &Store{eng: &pg{pool: pool}, keys: keys, db: stdlib.OpenDBFromPool(pool), kind: "postgres"}, nil
}

func (p *pg) close() error { p.pool.Close(); return nil }

// locking turns the comment that SQLite skips into the clause PostgreSQL needs.
func (p *pg) locking(s string) string {
	if t, ok := p.text.Load(s); ok {
		return t.(string)
	}
	t := strings.ReplaceAll(s, "/*FOR UPDATE*/", "FOR UPDATE")
	p.text.Store(s, t)
	return t
}

func (p *pg) unit(ctx context.Context, reads []query, decide func() ([]write, error)) error {
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer conn.Release()
	var b pgx.Batch
	b.Queue("BEGIN")
	for _, q := range reads {
		queue(&b, p.locking(q.sql), q)
	}
	if err := conn.SendBatch(ctx, &b).Close(); err != nil {
		return p.abort(ctx, conn, pgError(err))
	}
	ws, err := decide()
	if err != nil || len(ws) == 0 {
		return p.abort(ctx, conn, err)
	}
	var wb pgx.Batch
	for _, w := range ws {
		wb.Queue(w.sql, w.args...)
	}
	wb.Queue("COMMIT")
	// A commit is not to be interrupted: its outcome would be unknown.
	if err := conn.SendBatch(context.WithoutCancel(ctx), &wb).Close(); err != nil {
		return p.abort(ctx, conn, pgError(err))
	}
	return nil
}

// abort leaves the connection without a transaction and passes the reason on.
func (p *pg) abort(ctx context.Context, conn *pgxpool.Conn, reason error) error {
	if _, err := conn.Exec(context.Background(), "ROLLBACK"); err != nil {
		_ = conn.Conn().Close(context.Background()) // the pool replaces it
	}
	p.lost(ctx, conn)
	return reason
}

// lost throws the idle connections away when one has broken: what ended it, a
// restart or a failover, has most likely ended them too, and each would cost a
// caller an error. A caller that gave up broke its own and says nothing of the others.
func (p *pg) lost(ctx context.Context, conn *pgxpool.Conn) {
	if conn.Conn().IsClosed() && ctx.Err() == nil {
		p.pool.Reset()
	}
}

func queue(b *pgx.Batch, sql string, q query) {
	b.Queue(sql, q.args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			if err := q.each(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

func (p *pg) read(ctx context.Context, qs ...query) error {
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer conn.Release()
	var b pgx.Batch
	// One snapshot for all of them, in the same round trip. Whoever fails in
	// between leaves a transaction open; the pool throws such a connection away.
	if len(qs) > 1 {
		b.Queue("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
	}
	for _, q := range qs {
		queue(&b, q.sql, q) // as written: whoever only looks takes no lock
	}
	if len(qs) > 1 {
		b.Queue("COMMIT")
	}
	err = conn.SendBatch(ctx, &b).Close()
	p.lost(ctx, conn)
	return pgError(err)
}

func pgError(err error) error {
	if err == nil {
		return nil
	}
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		switch pe.Code {
		case "23505", "40001", "40P01": // unique, serialization, deadlock
			return fmt.Errorf("%w: %w", errMet, err)
		}
	}
	return unavailable(err)
}
