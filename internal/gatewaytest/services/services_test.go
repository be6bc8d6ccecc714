package services_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"placet/internal/gatewaytest/services"
)

// TestPostgresIsFreshAndGoes proves that two tests never see each other's tables
// and that nothing is left behind.
func TestPostgresIsFreshAndGoes(t *testing.T) {
	outer := services.Postgres(t)
	var inner string
	t.Run("inner", func(t *testing.T) {
		inner = services.Postgres(t)
		db := open(t, inner)
		if _, err := db.Exec(t.Context(), "CREATE TABLE seen (n INTEGER)"); err != nil {
			t.Fatal(err)
		}
	})
	db := open(t, outer)
	var n int
	if err := db.QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE tablename = 'seen'").Scan(&n); err != nil || n != 0 {
		t.Errorf("tables of another test seen here: %d, %v", n, err)
	}
	name := inner[strings.LastIndex(inner, "/")+1:]
	name, _, _ = strings.Cut(name, "?")
	if err := db.QueryRow(t.Context(), "SELECT count(*) FROM pg_database WHERE datname = $1", name).Scan(&n); err != nil || n != 0 {
		t.Errorf("database %s is still there after its test: %d, %v", name, n, err)
	}
}

func TestRedisAnswers(t *testing.T) {
	u, err := url.Parse(services.Redis(t))
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := fmt.Fprint(c, "PING\r\n"); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 7)
	if _, err := c.Read(buf); err != nil || string(buf) != "+PONG\r\n" {
		t.Errorf("PING answered %q, %v", buf, err)
	}
}

func TestChromiumStarts(t *testing.T) {
	out, err := exec.Command(services.Chromium(t), "--version").Output()
	if err != nil || !strings.Contains(string(out), "Chrom") {
		t.Errorf("--version said %q, %v", out, err)
	}
}

// TestMissing proves the rule of the package: a missing service skips at a desk
// and fails in CI.
func TestMissing(t *testing.T) {
	for ci, want := range map[string]string{"": "skipped", "true": "failed"} {
		t.Run("CI="+ci, func(t *testing.T) {
			t.Setenv("CI", ci)
			t.Setenv("PLACET_TEST_POSTGRES", "")
			r := &recorder{TB: t}
			func() {
				defer func() { _ = recover() }()
				services.Postgres(r)
			}()
			if r.verdict != want {
				t.Errorf("without PostgreSQL and CI=%q the test was %q, want %q", ci, r.verdict, want)
			}
		})
	}
}

func TestFaultsTier(t *testing.T) {
	for tier, want := range map[string]int{"": 0, "faults": 20, "soak": 2000} {
		t.Setenv("PLACET_TIER", tier)
		got := 0
		r := &recorder{TB: t}
		func() {
			defer func() { _ = recover() }()
			got = services.Faults(r, 20, 2000)
		}()
		if got != want || (want == 0) != (r.verdict == "skipped") {
			t.Errorf("tier %q: %d strikes (%s), want %d", tier, got, r.verdict, want)
		}
	}
}

// recorder notes how a test would have ended and stops it by a panic.
type recorder struct {
	testing.TB
	verdict string
}

func (r *recorder) Skip(...any)  { r.verdict = "skipped"; panic("stop") }
func (r *recorder) Fatal(...any) { r.verdict = "failed"; panic("stop") }

func open(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	db, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close(context.Background()) })
	return db
}
