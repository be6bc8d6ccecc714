package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"placet/config"
	"placet/internal/gatewaytest/services"
)

// The commands say the same of a PostgreSQL database, named in a configuration file.
func TestCommandsOnPostgres(t *testing.T) {
	url, dir := services.Postgres(t), t.TempDir()
	t.Chdir(dir) // where commands look for the clock of a database that has no directory
	file, key := filepath.Join(dir, "placet.yaml"), filepath.Join(dir, "data", "placet.key")
	if err := os.WriteFile(file, []byte("database: "+url+"\nkeys: "+key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		gw(t, "migrate", "--check", "--config", file).wants(t, exitFailed, "schema version 0")
	}
	if _, err := os.Stat(key); !os.IsNotExist(err) {
		t.Fatalf("--check made a key file: %v", err)
	}
	gw(t, "migrate", "--config", file).wants(t, exitDone, "migrated the schema from version 0")
	gw(t, "migrate", "--check", "--config", file).wants(t, exitDone, "the schema is current")

	s := &shop{t: t, dir: filepath.Join(dir, "data"), where: []string{"--config", file}}
	s.start(config.Config{Database: url, Keys: key, ConfirmChallenge: "off"}, time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC))
	s.text(anna, "OFFERTE")
	s.text(anna, "SI")
	s.text(bruno, "STOP")

	id := s.object(exitDone, "keys", "create", "--brand", "nord")["id"].(string)
	s.gw("keys", "list", "--brand", "nord").wants(t, exitDone, id, "key_demo_nord")
	s.gw("keys", "revoke", id).wants(t, exitDone)
	s.gw("check", anna, "--brand", "rossi", "--channel", "sms", "--topic", "offers").wants(t, exitDone, "allow", "granted")
	s.gw("check", bruno, "--brand", "rossi", "--channel", "sms", "--topic", "offers").wants(t, exitRefused, "all-suppressed")
	s.gw("contact", "show", bruno, "--brand", "rossi").wants(t, exitDone, "Stopped", "withdrawn")
	s.gw("contact", "show", carla, "--brand", "rossi").wants(t, exitNothing, "nobody is known")
	event := s.object(exitDone, "contact", "show", anna, "--brand", "rossi")["timeline"].([]any)[0].(map[string]any)["id"].(string)
	s.gw("ledger", "prove", event, "--brand", "rossi").wants(t, exitDone, "c2sp.org/tlog-proof@v1\nindex 1\n")
	s.gw("ledger", "verify", "--brand", "rossi").wants(t, exitDone, "3 leaves", "valid")
	s.gw("queue", "list", "--brand", "rossi").wants(t, exitDone, "optin_request", "welcome")
	s.gw("queue", "list", "--brand", "rossi", "--fate", "failed").wants(t, exitNothing, "no message with fate failed")
	s.gw("console", "link", "--brand", "nord").wants(t, exitDone, "/console/sign-in?token=")
}
