package main

import (
	"os/exec"
	"strings"
	"testing"
)

// What bash offers after some words.
func TestCompletion(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal("the make targets need bash, and so does this test")
	}
	script := gw(t, "completion", "bash")
	script.wants(t, exitDone, "complete ")
	for words, want := range map[string]string{
		"gateway led":                     "ledger",
		"gateway ledger pr":               "prove",
		"gateway --json ledger ch":        "checkpoint",
		"gateway ledger prove evt_1 --br": "--brand",
		"gateway check x --ch":            "--channel",
		"gateway ledger nonsense x":       "",
	} {
		typed := strings.Fields(words)
		ask := script.out + "\nCOMP_WORDS=(" + words + "); COMP_CWORD=" + string(rune('0'+len(typed)-1)) + "; _gateway; echo ${COMPREPLY[*]}"
		out, err := exec.CommandContext(t.Context(), bash, "-c", ask).CombinedOutput() //nolint:gosec // our own script
		if err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("%s: offers %q, want %q (%v)", words, out, want, err)
		}
	}
	gw(t, "completion", "zsh").wants(t, exitDone, "bashcompinit", "_gateway")
	gw(t, "completion", "fish").wants(t, exitDone, "complete -c gateway", "case \" ledger prove\" \" ledger prove *\"\n")
	gw(t, "completion", "tcsh").wants(t, exitUsage, "bash")
}
