// Package internal holds no code. Its one test keeps the rooms in order.
package internal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// rows is the order of docs/architecture.md: a package imports only rows above
// its own. A sub-package that is not named has its parent's row.
var rows = [][]string{
	0: {"address"},
	1: {"consent", "ledger", "vault", "pacing", "redeem", "trace", "templates", "config"},
	2: {"message", "keywords", "feed"},
	3: {"policy", "senders"},
	4: {"brands", "lint", "access"},
	5: {"optin", "campaigns", "delivery"},
	6: {"prefs", "transfer", "rights"},
	7: {"store", "cluster", "mailin", "web", "senders/twilio", "senders/smtp", "senders/kannel", "senders/sandbox"},
	8: {"gateway"},
	9: {"cmd/gateway", "gatewaytest", "bench"},
}

// listed is what go list tells of one package.
type listed struct {
	ImportPath  string
	Imports     []string // of the package itself
	TestImports []string // of its tests from within; package x_test is free, as the tests of a whole journey are
}

// TestLayers fails by name when a room sees one it must not know.
func TestLayers(t *testing.T) {
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,TestImports", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		pkgs = append(pkgs, p)
	}
	if len(pkgs) < 10 {
		t.Fatalf("go list found only %d packages", len(pkgs))
	}
	for _, b := range breaches(pkgs) {
		t.Error(b)
	}
}

// TestLayersSpeaks shows what each kind of breach is called, and that the
// lawful ways pass.
func TestLayersSpeaks(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"internal/policy", "internal/delivery", "policy (row 3) imports delivery (row 5)"},
		{"internal/optin", "internal/delivery", "optin (row 5) imports delivery (row 5)"},
		{"internal/campaigns", "internal/optin", "campaigns (row 5) imports optin (row 5)"},
		{"internal/redeem", "internal/consent", "redeem (row 1) imports consent (row 1)"},
		{"internal/redeem", "internal/optin", "redeem (row 1) imports optin (row 5)"},
		{"internal/web/hooks", "internal/store", "web/hooks (row 7) imports store (row 7)"},
		{"internal/web/hooks", "internal/senders/twilio", "web/hooks (row 7) imports senders/twilio (row 7)"},
		{"internal/web/public", "internal/web/hooks", "web/public (row 7) imports web/hooks (row 7)"},
		{"internal/senders", "internal/senders/smtp", "senders (row 3) imports senders/smtp (row 7)"},
		{"internal/gateway", "cmd/gateway", "gateway (row 8) imports cmd/gateway (row 9)"},
		{"internal/bureau", "internal/address", "give bureau a row"},
		{"internal/store", "internal/bureau", "give bureau a row"},

		{"internal/web/hooks", "internal/web", ""},
		{"internal/web", "internal/web/public", ""},
		{"internal/store", "internal/store/migrate", ""},
		{"internal/store", "internal/optin", ""},
		{"internal/senders/twilio", "internal/senders", ""},
		{"internal/prefs", "internal/optin", ""},
		{"internal/brands", "templates", ""},
		{"internal/policy", "config/policy", ""},
		{"cmd/gateway", "internal/gateway", ""},
		{"bench/limits", "internal/store", ""},
		{"internal/gatewaytest/browser", "internal/gatewaytest/services", ""},
		{"internal/store", "github.com/jackc/pgx/v5", ""},
	} {
		to := c.to
		if !strings.Contains(to, ".") {
			to = module + to
		}
		got := breaches([]listed{{ImportPath: module + c.from, Imports: []string{to}}})
		if got := strings.Join(got, "; "); got != c.want {
			t.Errorf("%s importing %s: %q, want %q", c.from, c.to, got, c.want)
		}
	}
	// A test inside a package obeys the rows too, but may ask for a real database.
	for to, want := range map[string]string{"delivery": "policy (row 3) imports delivery (row 5)", "gatewaytest/services": ""} {
		got := strings.Join(breaches([]listed{{ImportPath: module + "internal/policy", TestImports: []string{module + "internal/" + to}}}), "; ")
		if got != want {
			t.Errorf("a test of policy importing %s: %q, want %q", to, got, want)
		}
	}
}

const module = "placet/"

// breaches lists every import that goes the wrong way, and every package
// without a row.
func breaches(pkgs []listed) []string {
	var out []string
	for _, p := range pkgs {
		from, ours := room(p.ImportPath)
		if !ours {
			continue
		}
		tests := slices.DeleteFunc(slices.Clone(p.TestImports), func(i string) bool {
			return i == module+"internal/gatewaytest/services"
		})
		for _, imported := range append(slices.Clone(p.Imports), tests...) {
			to, ours := room(imported)
			if !ours {
				continue
			}
			a, b := row(from), row(to)
			switch {
			case a < 0:
				out = append(out, fmt.Sprintf("give %s a row", from))
			case b < 0:
				out = append(out, fmt.Sprintf("give %s a row", to))
			case b < a:
			case a == b && (path.Dir(from) == to || path.Dir(to) == from): // within one room, up or down
			case path.Dir(from) == "gatewaytest" && path.Dir(to) == "gatewaytest": // tools may use each other
			default:
				out = append(out, fmt.Sprintf("%s (row %d) imports %s (row %d)", from, a, to, b))
			}
		}
		if len(p.Imports) == 0 && row(from) < 0 {
			out = append(out, fmt.Sprintf("give %s a row", from))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// room is a package's name as docs/architecture.md writes it; false for what is
// not ours and for this package.
func room(importPath string) (string, bool) {
	rest, ours := strings.CutPrefix(importPath, module)
	return strings.TrimPrefix(rest, "internal/"), ours && rest != "internal"
}

// row is the row of a room or of its nearest parent, -1 if it has none.
func row(room string) int {
	for ; room != "."; room = path.Dir(room) {
		for i, names := range rows {
			if slices.Contains(names, room) {
				return i
			}
		}
	}
	return -1
}
