package main

import (
	"database/sql"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"placet/internal/gateway"
	"placet/internal/ledger"
	"placet/internal/vault"
)

// keep writes a checkpoint to a file, as somebody outside would.
func keep(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "checkpoint")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestLedger(t *testing.T) {
	s := openShop(t)
	s.gw("ledger", "checkpoint", "--brand", "rossi").wants(t, exitNothing, "the log of rossi is empty")
	s.gw("ledger", "verify", "--brand", "rossi").wants(t, exitDone, "0 leaves", "valid")

	s.text(anna, "OFFERTE")
	early := s.gw("ledger", "checkpoint", "--brand", "rossi")
	early.wants(t, exitDone, "placet.log/rossi\n1\n")
	s.text(anna, "SI")
	s.text(bruno, "STOP")

	v := s.object(exitDone, "ledger", "verify", "--brand", "rossi", "--checkpoint", keep(t, early.out))
	if v["valid"] != true || v["size"].(float64) < 3 || v["witnessed"] != 1.0 || v["fault"] != nil || v["unsequenced"] != 0.0 {
		t.Errorf("%v", v)
	}
	cp := s.object(exitDone, "ledger", "checkpoint", "--brand", "rossi")
	if cp["root"] != v["root"] || cp["size"] != v["size"] {
		t.Errorf("checkpoint %v, verified %v", cp, v)
	}

	// The proof convinces somebody who has only the published key.
	event := s.object(exitDone, "contact", "show", anna, "--brand", "rossi")["timeline"].([]any)[0].(map[string]any)
	id := event["id"].(string)
	verifier, err := note.NewVerifier(cp["key"].(string))
	s.must(err)
	p, err := ledger.ParseProof([]byte(s.gw("ledger", "prove", id, "--brand", "rossi").out))
	s.must(err)
	pv := s.object(exitDone, "ledger", "prove", id, "--brand", "rossi")
	entry, err := hex.DecodeString(pv["entry"].(string))
	s.must(err)
	if _, err := p.Verify([32]byte(entry), "placet.log/rossi", note.VerifierList(verifier)); err != nil || float64(p.Index) != event["leaf_index"] {
		t.Errorf("proof of leaf %d: %v", p.Index, err)
	}
	s.gw("ledger", "prove", id, "--brand", "nord").wants(t, exitNothing, "nord has no event")
	s.gw("ledger", "prove", "evt_nonsense", "--brand", "rossi").wants(t, exitNothing, `no event "evt_nonsense"`)
	s.gw("ledger", "prove", "--brand", "rossi").wants(t, exitUsage, "<event>")

	// An event on its way into the log is no fault.
	db := s.database()
	for _, q := range []string{
		`INSERT INTO events (id, brand, person, type, at, sealed, leaf) VALUES ('evt_waits', 'rossi', 'sub_gone', 'requested', 1, x'00', zeroblob(32))`,
		`INSERT INTO ledger_queue (brand, event) VALUES ('rossi', 'evt_waits')`,
	} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if v := s.object(exitDone, "ledger", "verify", "--brand", "rossi"); v["unsequenced"] != 1.0 || v["valid"] != true {
		t.Errorf("%v", v)
	}
	s.gw("ledger", "prove", "evt_waits", "--brand", "rossi").wants(t, exitNothing, "waits for its place")
}

// database opens the file behind the program's back.
func (s *shop) database() *sql.DB {
	s.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.dir, "placet.db")+"?_pragma=busy_timeout(5000)")
	s.must(err)
	s.t.Cleanup(func() { s.must(db.Close()) })
	return db
}

// A checkpoint kept elsewhere finds out a log that was rewritten or cut, and
// another file is not taken for one.
func TestLedgerVerifyKeptElsewhere(t *testing.T) {
	s := openShop(t)
	s.text(anna, "OFFERTE")
	s.text(anna, "SI")
	keys, err := vault.Load(filepath.Join(s.dir, "placet.key"))
	s.must(err)
	key, err := gateway.LogKey(keys, "rossi")
	s.must(err)
	signed := func(size int) string {
		text := fmt.Sprintf("placet.log/rossi\n%d\n%s\n", size, strings.Repeat("A", 43)+"=")
		out, err := note.Sign(&note.Note{Text: text}, key.Signer)
		s.must(err)
		return string(out)
	}
	good := s.gw("ledger", "checkpoint", "--brand", "rossi").out
	s.text(bruno, "OFFERTE")
	nord := strings.Replace(good, "placet.log/rossi", "placet.log/nord", 1)
	for name, c := range map[string]struct {
		file string
		code int
		says string
	}{
		"agrees":         {keep(t, good), exitDone, "1 agrees"},
		"rewritten":      {keep(t, signed(1)), exitFailed, "rewritten"},
		"rolled back":    {keep(t, signed(99)), exitFailed, "rolled back"},
		"altered":        {keep(t, strings.Replace(good, "\n2\n", "\n1\n", 1)), exitFailed, "was altered"},
		"another log's":  {keep(t, nord), exitUsage, "is not a checkpoint of rossi"},
		"something else": {keep(t, "hello"), exitUsage, "is not a checkpoint of rossi"},
		"empty":          {keep(t, ""), exitUsage, "is not a checkpoint of rossi"},
		"missing":        {filepath.Join(t.TempDir(), "none"), exitUsage, "no such file"},
		"a directory":    {t.TempDir(), exitUsage, "is a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			s.gw("ledger", "verify", "--brand", "rossi", "--checkpoint", c.file).wants(t, c.code, c.says)
		})
	}
	v := s.object(exitFailed, "ledger", "verify", "--brand", "rossi", "--checkpoint", keep(t, signed(1)))
	if f, _ := v["fault"].(map[string]any); f["kind"] != "rewritten" || v["valid"] != false {
		t.Errorf("%v", v)
	}
}

// Somebody with the database but without the key changes a record.
func TestLedgerVerifyTampered(t *testing.T) {
	s := openShop(t)
	s.text(anna, "OFFERTE")
	s.text(anna, "SI")
	id := s.object(exitDone, "contact", "show", anna, "--brand", "rossi")["timeline"].([]any)[0].(map[string]any)["id"].(string)
	db := s.database()
	if _, err := db.ExecContext(t.Context(), `UPDATE events SET leaf = zeroblob(32) WHERE id = $1`, id); err == nil || !strings.Contains(err.Error(), "append-only") {
		t.Fatalf("evidence can be rewritten: %v", err)
	}
	for _, q := range []string{`DROP TRIGGER events_no_update`, `UPDATE events SET leaf = zeroblob(32) WHERE id = '` + id + `'`} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	s.gw("ledger", "verify", "--brand", "rossi").wants(t, exitFailed, "FAULT", "record, leaf 1", "invalid at leaf 1")
	v := s.object(exitFailed, "ledger", "verify", "--brand", "rossi")
	if f, _ := v["fault"].(map[string]any); f["kind"] != "record" || f["leaf"] != 1.0 {
		t.Errorf("%v", v)
	}
	s.gw("ledger", "prove", id, "--brand", "rossi").wants(t, exitFailed, "does not hold this event as it is stored")
	s.gw("ledger", "verify", "--brand", "nord").wants(t, exitDone, "valid")
}
