package main

import (
	"os"
	"path/filepath"
	"testing"

	"placet/internal/vault"
)

func TestMigrate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	gw(t, "migrate", "--check", "--data", dir).wants(t, exitFailed, "there is no database at "+dir, "run: gateway migrate")
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Fatalf("--check made %s", dir)
	}

	// An empty file is a database without a schema; looking at it makes no tables and no keys.
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "placet.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		gw(t, "migrate", "--check", "--data", dir).wants(t, exitFailed, "schema version 0", "run: gateway migrate")
	}
	if vault.Exists(filepath.Join(dir, "placet.key")) {
		t.Error("--check made a key file")
	}

	gw(t, "migrate", "--data", dir).wants(t, exitDone, "migrated the schema from version 0 to ", "new master key file")
	gw(t, "migrate", "--check", "--data", dir).wants(t, exitDone, "the schema is current")
	gw(t, "migrate", "--data", dir).wants(t, exitDone, "the schema is current")
	gw(t, "migrate", "--json", "--data", dir).wants(t, exitDone, `"changed":false`)

	key := filepath.Join(dir, "placet.key")
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	gw(t, "migrate", "--data", dir).wants(t, exitUsage, "is missing", "nothing was changed")
	gw(t, "migrate", "--check", "--data", dir).wants(t, exitUsage, "is missing", "put the file back")
	if err := vault.Create(key); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"migrate", "--data", dir}, {"migrate", "--check", "--data", dir}} {
		gw(t, args...).wants(t, exitUsage, "does not belong to this database", "nothing was changed")
	}
}

// A program older than the database leaves it alone.
func TestMigrateNewerDatabase(t *testing.T) {
	s := openShop(t)
	if _, err := s.database().ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"migrate"}, {"migrate", "--check"}} {
		s.gw(args...).wants(t, exitFailed, "schema version 999", "newer program")
	}
}
