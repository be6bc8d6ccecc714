package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"placet/config"
	"placet/internal/address"
	"placet/internal/gateway"
	"placet/internal/optin"
)

// The people of these tests: one who says yes, one who says stop, one nobody knows.
const (
	anna  = "+393401112233"
	bruno = "+393404445566"
	carla = "+393407778899"
)

// shop is a gateway with the demo's brands on a database of its own, still open
// while commands run beside it.
type shop struct {
	t     *testing.T
	dir   string
	where []string // the flags that lead a command to it
	g     *gateway.Gateway
	clk   *clock
	refs  int
}

// openShop starts on a Tuesday at eleven, Italian time: no hour is quiet.
func openShop(t *testing.T) *shop {
	t.Helper()
	dir := t.TempDir()
	s := &shop{t: t, dir: dir, where: []string{"--data", dir}}
	s.start(config.Config{Data: dir, ConfirmChallenge: "off"}, time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC))
	return s
}

func (s *shop) start(c config.Config, at time.Time) {
	t := s.t
	t.Helper()
	c, err := c.Complete()
	s.must(err)
	s.clk, err = openClock(s.dir)
	s.must(err)
	s.must(s.clk.Set(at))
	s.g, err = gateway.New(t.Context(), gateway.Options{Config: c, Clock: s.clk, Log: slog.New(slog.DiscardHandler), Version: "test"})
	s.must(err)
	t.Cleanup(func() { s.must(s.g.Close()) })
	s.must(applyDemo(t.Context(), s.g.Store, s.clk.Now()))
	s.must(s.g.Reload(t.Context()))
}

func (s *shop) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// text is what a person types to the short code; everything that follows from it happens.
func (s *shop) text(from, body string) {
	s.t.Helper()
	b, ok := s.g.Brands.ByID("rossi")
	if !ok {
		s.t.Fatal("no brand rossi")
	}
	who, err := address.FromProvider(from)
	s.must(err)
	s.refs++
	_, err = s.g.Desk.Receive(s.t.Context(), optin.Text{
		Brand: b, Provider: "sandbox", Ref: fmt.Sprint("text-", s.refs), From: who, To: "41430", Body: body, At: s.clk.Now(),
	})
	s.must(err)
	s.must(s.g.Step(s.t.Context()))
}

// result is what a command did.
type result struct {
	code     int
	out, err string
}

// gw runs the program in process.
func gw(t *testing.T, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(""), &out, &errs)
	return result{code, out.String(), errs.String()}
}

// gw runs the program beside the open shop. Whatever it is asked, it says
// nobody's address.
func (s *shop) gw(args ...string) result {
	s.t.Helper()
	r := gw(s.t, append(args, s.where...)...)
	for _, person := range []string{anna, bruno, carla} {
		if strings.Contains(r.out+r.err, person[3:]) {
			s.t.Errorf("%v printed an address in clear:\n%s%s", args, r.out, r.err)
		}
	}
	return r
}

// object runs a command with --json and reads the one object it prints.
func (s *shop) object(code int, args ...string) map[string]any {
	s.t.Helper()
	r := s.gw(append(args, "--json")...)
	var v map[string]any
	if err := json.Unmarshal([]byte(r.out), &v); err != nil || r.code != code {
		s.t.Fatalf("%v: exit %d, want %d; %v\n%s%s", args, r.code, code, err, r.out, r.err)
	}
	return v
}

// objects is object for commands that print one object a line.
func (s *shop) objects(args ...string) []map[string]any {
	s.t.Helper()
	r := s.gw(append(args, "--json")...)
	var list []map[string]any
	for l := range strings.Lines(r.out) {
		var v map[string]any
		s.must(json.Unmarshal([]byte(l), &v))
		list = append(list, v)
	}
	if r.code != exitDone || len(list) == 0 {
		s.t.Fatalf("%v: exit %d\n%s%s", args, r.code, r.out, r.err)
	}
	return list
}

// wants fails unless the exit code is right and output and message hold the words.
func (r result) wants(t *testing.T, code int, words ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit %d, want %d", r.code, code)
	}
	for _, w := range words {
		if !strings.Contains(r.out+r.err, w) {
			t.Errorf("does not say %q", w)
		}
	}
	if t.Failed() {
		t.Fatalf("stdout:\n%s\nstderr:\n%s", r.out, r.err)
	}
}

// Commands that look make nothing, wherever they are pointed.
func TestLookingMakesNothing(t *testing.T) {
	for _, args := range [][]string{
		{"keys", "create", "--brand", "rossi"}, {"keys", "revoke", "key_x"}, {"keys", "list", "--brand", "rossi"},
		{"check", anna, "--brand", "rossi", "--channel", "sms", "--topic", "offers"},
		{"contact", "show", anna, "--brand", "rossi"}, {"console", "link", "--brand", "rossi"}, {"queue", "list", "--brand", "rossi"},
		{"ledger", "checkpoint", "--brand", "rossi"}, {"ledger", "prove", "evt_x", "--brand", "rossi"}, {"ledger", "verify", "--brand", "rossi"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			gw(t, append(args, "--data", dir)...).wants(t, exitNothing, "there is no database yet")
			if _, err := os.Stat(dir); !os.IsNotExist(err) {
				t.Errorf("%s was made: %v", dir, err)
			}
		})
	}
}

// Every command about a brand says the same where there is no such brand, and
// where it could be one of two.
func TestWhichBrand(t *testing.T) {
	s := openShop(t)
	for _, args := range [][]string{
		{"keys", "create"}, {"keys", "list"}, {"contact", "show", anna}, {"console", "link"}, {"queue", "list"},
		{"check", anna, "--channel", "sms", "--topic", "offers"},
		{"ledger", "checkpoint"}, {"ledger", "prove", "evt_x"}, {"ledger", "verify"},
	} {
		s.gw(append(args, "--brand", "bianchi")...).wants(t, exitNothing, `there is no brand "bianchi"`)
		s.gw(args...).wants(t, exitUsage, "which brand?", "nord or rossi")
	}
}
