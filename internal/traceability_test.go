package internal_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The sources and how many requirements each holds.
var sources = map[string]int{"S0": 17, "S1": 31, "S2": 28, "S3": 15, "S4": 25}

// TestTraceability keeps docs/traceability.md true: every requirement is there
// once, and every test it names exists in the package it names.
func TestTraceability(t *testing.T) {
	page, err := os.ReadFile("../docs/traceability.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^\| (S\d-\d+) \| .+ \| (.+) \|$`)
	proof := regexp.MustCompile("`([a-z/]+)` ((?:(?:Test|Fuzz)\\w+(?:, )?)+)")
	seen := map[string]bool{}
	for _, m := range row.FindAllStringSubmatch(string(page), -1) {
		id, by := m[1], m[2]
		if seen[id] {
			t.Errorf("%s is there twice", id)
		}
		seen[id] = true
		proofs := proof.FindAllStringSubmatch(by, -1)
		if len(proofs) == 0 && !regexp.MustCompile(`^(later(: \d+)?|declined: .+)$`).MatchString(by) {
			t.Errorf("%s: %q names neither a test nor when, nor why not", id, by)
		}
		for _, p := range proofs {
			for _, name := range strings.Split(strings.TrimSuffix(p[2], ", "), ", ") {
				if !declared(t, filepath.Join("..", p[1]), name) {
					t.Errorf("%s: no %s in %s", id, name, p[1])
				}
			}
		}
	}
	for source, n := range sources {
		for i := 1; i <= n; i++ {
			if id := fmt.Sprintf("%s-%d", source, i); !seen[id] {
				t.Errorf("%s is missing", id)
			}
		}
	}
}

// declared reports whether a package's tests have a function of that name.
func declared(t *testing.T, dir, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}
