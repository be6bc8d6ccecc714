package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func askAll(t *testing.T, in io.Reader) []map[string]any {
	t.Helper()
	var out bytes.Buffer
	if err := new(policyAsk).Run(&app{ctx: context.Background(), stdin: in, stdout: &out}); err != nil {
		t.Fatal(err)
	}
	var answers []map[string]any
	for l := range strings.Lines(out.String()) {
		var a map[string]any
		if err := json.Unmarshal([]byte(l), &a); err != nil {
			t.Fatalf("%q: %v", l, err)
		}
		answers = append(answers, a)
	}
	return answers
}

// One answer per line, in order, whatever the line: long, blank, CRLF, last without a newline.
func TestPolicyAskAnswersEveryLine(t *testing.T) {
	const good = `,"kind":"service","channel":"sms","topic":"info","at":"2026-11-24"}`
	in := "\ufeff" + `{"id":1` + good + "\r\n" +
		"\n" +
		`{"id":"` + strings.Repeat("x", 2<<20) + `"` + good + "\n" +
		`{"id":"` + strings.Repeat("y", 1<<20-200) + `"` + good + "\n" +
		"\r\n" + "nonsense\n" + `{"id":2` + good
	for name, r := range map[string]io.Reader{"whole": strings.NewReader(in), "in halves": iotest.HalfReader(strings.NewReader(in))} {
		answers := askAll(t, r)
		var rules []string
		for _, a := range answers {
			rules = append(rules, a["rule"].(string))
		}
		if got := strings.Join(rules, " "); got != "all-service all-input all-input all-service all-input all-input all-service" {
			t.Fatalf("%s: %s", name, got)
		}
		if answers[0]["id"] != 1.0 || answers[2]["id"] != nil || answers[6]["id"] != 2.0 {
			t.Errorf("%s: ids %v %v %v", name, answers[0]["id"], answers[2]["id"], answers[6]["id"])
		}
	}
	if n := len(askAll(t, strings.NewReader(""))); n != 0 {
		t.Errorf("%d answers to nothing", n)
	}
}

// An answer is there before the next question is asked.
func TestPolicyAskAnswersAtOnce(t *testing.T) {
	in, ask := io.Pipe()
	answer, out := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- new(policyAsk).Run(&app{ctx: context.Background(), stdin: in, stdout: out}) }()
	for range 3 {
		if _, err := io.WriteString(ask, "{}\n"); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 4096)
		if n, err := answer.Read(buf); err != nil || !bytes.HasSuffix(buf[:n], []byte("}\n")) {
			t.Fatalf("%q %v", buf[:n], err)
		}
	}
	ask.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestPolicyList(t *testing.T) {
	var table, js bytes.Buffer
	if err := new(policyList).Run(&app{stdout: &table}); err != nil {
		t.Fatal(err)
	}
	if err := new(policyList).Run(&app{stdout: &js, json: true}); err != nil {
		t.Fatal(err)
	}
	var packs []struct {
		ID, SHA256 string
		Rules      []struct{ ID, Citation string }
	}
	if err := json.Unmarshal(js.Bytes(), &packs); err != nil || len(packs) < 10 {
		t.Fatalf("%d packs, %v", len(packs), err)
	}
	for _, p := range packs {
		for _, r := range p.Rules {
			if !strings.Contains(table.String(), "  "+r.ID+" ") || r.Citation == "" {
				t.Errorf("%s is not in the table, or has no citation", r.ID)
			}
		}
		if !strings.Contains(table.String(), p.SHA256) {
			t.Errorf("%s: no hash in the table", p.ID)
		}
	}
}
