// Package services hands tests the real PostgreSQL, Redis and browser that
// scripts/with-services.sh starts. Where one is missing a test is skipped, and
// fails instead under CI=true: a missing service must never look like a pass.
package services

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Postgres creates an empty database for this test and returns its URL
// (postgres://…). It is dropped, with whoever is still connected, when the test ends.
func Postgres(tb testing.TB) string {
	tb.Helper()
	admin := find(tb, "PLACET_TEST_POSTGRES", "PostgreSQL")
	u, err := url.Parse(admin)
	if err != nil {
		tb.Fatalf("services: PLACET_TEST_POSTGRES is not a URL: %v", err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	execute(tb, admin, "CREATE DATABASE "+name)
	tb.Cleanup(func() { execute(tb, admin, "DROP DATABASE "+name+" WITH (FORCE)") })
	u.Path = "/" + name
	return u.String()
}

// Redis returns the URL (redis://…) of a Redis that all tests share: keep to
// keys of your own.
func Redis(tb testing.TB) string {
	tb.Helper()
	return find(tb, "PLACET_TEST_REDIS", "Redis")
}

// Chromium returns the path of a Chromium. As root it starts only with --no-sandbox.
func Chromium(tb testing.TB) string {
	tb.Helper()
	return find(tb, "PLACET_TEST_CHROMIUM", "Chromium")
}

// Faults says how many times a fault test should strike: short under make
// faults, full under make soak. Everywhere else, and where the answer would be
// zero, the test is skipped. Such tests are named TestFault….
func Faults(tb testing.TB, short, full int) int {
	tb.Helper()
	n := map[string]int{"faults": short, "soak": full}[os.Getenv("PLACET_TIER")]
	if n == 0 {
		tb.Skip("a fault test: make faults or make soak runs it")
	}
	return n
}

func find(tb testing.TB, variable, what string) string {
	tb.Helper()
	if v := os.Getenv(variable); v != "" {
		return v
	}
	msg := fmt.Sprintf("needs %s (%s is empty); make test starts one", what, variable)
	if os.Getenv("CI") == "true" {
		tb.Fatal(msg)
	}
	tb.Skip(msg)
	return ""
}

func execute(tb testing.TB, dsn, statement string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := pgx.Connect(ctx, dsn)
	if err != nil {
		tb.Fatalf("services: connect to PostgreSQL: %v", err)
	}
	defer db.Close(ctx)
	if _, err := db.Exec(ctx, statement); err != nil {
		tb.Errorf("services: %s: %v", statement, err)
	}
}
