package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"placet/internal/consent"
	"strings"
	"testing"

	"placet/config"
	"placet/internal/gateway"
	"placet/internal/ledger"
	"placet/internal/message"
	"placet/internal/optin"
	"placet/internal/store"
	"placet/internal/vault"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"":                                   "sqlite:PATH",
		"mysql://root:hidden@h/db":           "sqlite:PATH",
		"postgres://u:hidden@h:x/db":         "not a postgres URL",
		"sqlite:" + t.TempDir():              "open",
		"sqlite:/dev/null/x/placet.db":       "not a directory",
		"postgres://u:hidden@127.0.0.1:1/db": "refused",
	} {
		st, err := store.Open(t.Context(), url, nil)
		if err == nil {
			t.Errorf("%q was opened", url)
			_ = st.Close()
			continue
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%q: %v, want it to say %q and no password", url, err, want)
		}
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{sqlite, pg} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			d := empty(t, kind)
			if err := d.Current(ctx); err == nil || !strings.Contains(err.Error(), "gateway migrate") {
				t.Errorf("without a schema: %v", err)
			}
			fresh, err := d.Fresh(ctx)
			must(t, err)
			equal(t, "fresh", fresh, true)
			if err := d.Ping(ctx); !errors.Is(err, optin.ErrUnavailable) {
				t.Errorf("ping without a schema: %v", err)
			}
			for _, err := range together(4, func(int) error { return d.Migrate(context.Background()) }) { // several start at once
				must(t, err)
			}
			must(t, d.Current(ctx))
			must(t, d.Ping(ctx))
			fresh, err = d.Fresh(ctx)
			must(t, err)
			equal(t, "fresh", fresh, false)
			d.change(t, "1", at(phone(1)), silent)
			before := d.rows(t)
			must(t, d.Migrate(ctx))
			d.unchanged(t, before)
			d.exec(t, `DELETE FROM goose_db_version WHERE version_id > 0`)
			if err := d.Current(ctx); err == nil || !strings.Contains(err.Error(), "gateway migrate") {
				t.Errorf("an older schema: %v", err)
			}
		})
	}
}

// files are the database's files and their hashes.
func files(t tester, dir string) string {
	t.Helper()
	var out strings.Builder
	must(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		fmt.Fprintf(&out, "%s %d %x\n", e.Name(), len(b), sha256.Sum256(b))
		return err
	}))
	return out.String()
}

// A database and a key file that do not belong together are both left as they were.
func TestForeignAndMissingKeys(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		ctx := t.Context()
		d.change(t, "1", at(phone(1)), silent)
		if d.kind == sqlite {
			must(t, d.Close())
			must(t, d.raw.Close())
		}
		state := func() string {
			s := files(t, filepath.Dir(d.keyFile))
			if d.kind == pg {
				s += strings.Join(d.rows(t), "\n")
			}
			return s
		}
		other := filepath.Join(t.TempDir(), "keys")
		must(t, vault.Create(other))
		before := state()

		foreign, err := vault.Load(other)
		must(t, err)
		st, err := store.Open(ctx, d.url, foreign)
		must(t, err)
		for name, check := range map[string]func(context.Context) error{"migrate": st.Migrate, "current": st.Current} {
			if err := check(ctx); !errors.Is(err, store.ErrWrongKeys) || !strings.Contains(err.Error(), foreign.ID()) {
				t.Errorf("%s with foreign keys: %v", name, err)
			}
		}
		must(t, st.Close())
		equal(t, "database and key file", state(), before)

		hidden := d.keyFile + ".away"
		must(t, os.Rename(d.keyFile, hidden))
		_, _, err = gateway.OpenStore(ctx, config.Config{Database: d.url, Keys: d.keyFile}, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), "missing") {
			t.Errorf("without its key file: %v", err)
		}
		if vault.Exists(d.keyFile) {
			t.Error("a new key file was made for a used database")
		}
		must(t, os.Rename(hidden, d.keyFile))
		equal(t, "database and key file", state(), before)
		if err := vault.Create(d.keyFile); err == nil {
			t.Error("a key file was overwritten")
		}
		equal(t, "database and key file", state(), before)

		st, err = store.Open(ctx, d.url, d.keys)
		must(t, err)
		must(t, st.Current(ctx))
		if _, err := st.Person(ctx, brand, at(phone(1))); err != nil {
			t.Errorf("with its own keys: %v", err)
		}
		must(t, st.Close())
	})
}

// Whatever is asked of a closed store is answered: not available.
func TestClosed(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		d.queued(t, at(phone(1)), say("msg_1", message.Service, 0))
		before := d.rows(t)
		must(t, d.Close())
		must(t, d.Close())
		ctx := context.Background()
		for name, ask := range map[string]func() error{
			"change":   func() error { _, _, err := d.Change(ctx, cause("x"), at(phone(1)), silent); return err },
			"begin":    func() error { _, _, err := d.Begin(ctx, "msg_1", "t", noon, noon, goAhead); return err },
			"settle":   func() error { _, err := d.Settle(ctx, news("msg_1", message.Sent)); return err },
			"overdue":  func() error { _, err := d.Overdue(ctx, noon); return err },
			"due":      func() error { _, _, err := d.Due(ctx, consent.SMS, noon, 1); return err },
			"person":   func() error { _, err := d.Person(ctx, brand, at(phone(1))); return err },
			"find":     func() error { _, err := d.Find(ctx, brand, phone(1)); return err },
			"token":    func() error { _, err := d.Token(ctx, []byte("x")); return err },
			"trail":    func() error { _, err := d.Trail(ctx, brand, "x", 1); return err },
			"lapsed":   func() error { _, err := d.Lapsed(ctx, noon, 1); return err },
			"latest":   func() error { _, err := d.Latest(ctx, brand); return err },
			"unplaced": func() error { _, err := d.Unplaced(ctx, brand, 1); return err },
			"advance":  func() error { return d.Advance(ctx, brand, ledger.Checkpoint{}, nil, nil, ledger.Checkpoint{}) },
			"key":      func() error { _, _, err := d.KeyBrand(ctx, "x"); return err },
			"ping":     func() error { return d.Ping(ctx) },
		} {
			if err := ask(); !errors.Is(err, optin.ErrUnavailable) {
				t.Errorf("%s: %v", name, err)
			}
		}
		d.unchanged(t, before)
	})
}

// Closing while texts come in: what was acknowledged is there, the rest is not,
// and everybody is answered.
func TestCloseUnderLoad(t *testing.T) {
	onBoth(t, func(t *testing.T, d *database) {
		const n = 64
		errs := together(n+1, func(i int) error {
			if i == n/2 {
				return d.Close()
			}
			_, _, err := d.Change(context.Background(), cause(fmt.Sprint(i)), at(phone(i)), silent)
			return err
		})
		for i, err := range errs {
			if i == n/2 {
				must(t, err)
				continue
			}
			kept := d.count(t, `SELECT COUNT(*) FROM causes WHERE ref = $1`, fmt.Sprint(i))
			if (err == nil) != (kept == 1) || err != nil && !errors.Is(err, optin.ErrUnavailable) {
				t.Errorf("%d: %v, and %d rows", i, err, kept)
			}
		}
	})
}

// The server ends our connections, idle ones and one in the middle of a change:
// nothing half done, and the next try works without a restart.
func TestServerConnectionsKilled(t *testing.T) {
	t.Parallel()
	d := empty(t, pg)
	ctx := t.Context()
	must(t, d.Migrate(ctx))
	kill := func() {
		t.Helper()
		for _, wait := range []int{0, 10_000} { // all of them at once, then until the last has gone
			d.exec(t, `SELECT pg_terminate_backend(pid, $1) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`, wait)
		}
	}
	d.events(t, 60) // many connections
	for _, in := range []string{"a change", "a first text"} {
		who := at(phone(1))
		if in == "a first text" {
			who = at(phone(1000))
		}
		before := d.rows(t)
		_, fresh, err := d.Change(ctx, cause(in), who, func(dr *optin.Draft) error {
			kill()
			return silent(dr)
		})
		mustBe(t, err, optin.ErrUnavailable)
		equal(t, "fresh", fresh, false)
		d.unchanged(t, before)
		d.change(t, in, who, silent) // the very next one
	}
	for _, ask := range []func() error{
		func() error { _, _, err := d.Change(ctx, cause(newRef()), at(phone(2)), silent); return err },
		func() error { _, err := d.Person(ctx, brand, at(phone(2))); return err },
	} {
		d.events(t, 60)
		kill()
		failures := 0
		for range 100 {
			if err := ask(); err != nil {
				mustBe(t, err, optin.ErrUnavailable)
				failures++
			}
		}
		if failures > 1 {
			t.Errorf("%d calls failed after the connections were gone, want one at most", failures)
		}
	}
	d.place(t, d.sequencer(t, brand))
	d.verify(t, brand)
}

// TestDiskFull fills the disk under SQLite: no false acknowledgement, nothing
// lost, and work goes on without a restart when there is room again (T5).
func TestDiskFull(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=3m", "placet-test", dir).CombinedOutput(); err != nil {
		reason := fmt.Sprintf("needs a small disk of its own, which only root may mount: %v: %s", err, bytes.TrimSpace(out))
		if os.Getenv("CI") == "true" {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	t.Cleanup(func() {
		if out, err := exec.CommandContext(context.Background(), "umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	keyFile := filepath.Join(t.TempDir(), "keys")
	must(t, vault.Create(keyFile))
	keys, err := vault.Load(keyFile)
	must(t, err)
	ballast := filepath.Join(dir, "ballast")
	must(t, os.WriteFile(ballast, make([]byte, 1<<20), 0o600))
	st, err := store.Open(t.Context(), "sqlite:"+filepath.Join(dir, "placet.db"), keys)
	must(t, err)
	defer func() { must(t, st.Close()) }()
	must(t, st.Migrate(t.Context()))

	change := func(ref string, n int) error {
		_, _, err := st.Change(context.Background(), cause(ref), at(phone(n)), func(dr *optin.Draft) error {
			heard(dr)
			dr.Event.Words = strings.Repeat("x", 4000)
			return nil
		})
		return err
	}
	var kept []string
	full := 0
	for round := 0; full < 3 && round < 200; round++ {
		errs := together(16, func(i int) error { return change(fmt.Sprint(round, " ", i), i) })
		failed := false
		for i, err := range errs {
			if err == nil {
				kept = append(kept, fmt.Sprint(round, " ", i))
				continue
			}
			failed = true
			mustBe(t, err, optin.ErrUnavailable)
		}
		if failed {
			full++
		}
	}
	if full < 3 || len(kept) == 0 {
		t.Fatalf("the disk never filled: %d kept", len(kept))
	}
	must(t, os.Remove(ballast))
	for i := range 16 {
		must(t, change(fmt.Sprint("again ", i), i))
	}
	must(t, st.Ping(t.Context()))
	for _, ref := range kept {
		if _, fresh, err := st.Change(t.Context(), cause(ref), at(phone(0)), silent); fresh || err != nil {
			t.Fatalf("%s was acknowledged and is gone: %v, %v", ref, fresh, err)
		}
	}
	events := 0
	for n := range 16 {
		id, err := st.Find(t.Context(), brand, phone(n))
		must(t, err)
		trail, err := st.Trail(t.Context(), brand, id, 10_000)
		must(t, err)
		events += len(trail)
	}
	equal(t, "events", events, len(kept)+16)
	t.Logf("%d acknowledged before and while the disk was full", len(kept))
}
