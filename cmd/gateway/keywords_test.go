package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"placet/internal/keywords"
)

func TestReadTexts(t *testing.T) {
	book, err := keywords.NewBook([]string{"it"}, []keywords.Program{{ID: "carta", Words: map[string][]string{"it": {"CARTA"}}, Redeem: true,
		Code: func(s string) (string, bool) { return s, s == "123456" }}})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ in, out string }{
		{"", ""},
		{"\n", `{"text":"","intent":"none","scope":"","program":"","code":"","rule":"no-match"}` + "\n"},
		{"STOP\r\n\nCARTA 123456\n", `{"text":"STOP","intent":"stop","scope":"channel","program":"","code":"","rule":"global-stop"}
{"text":"","intent":"none","scope":"","program":"","code":"","rule":"no-match"}
{"text":"CARTA 123456","intent":"redeem","scope":"","program":"carta","code":"123456","rule":"program-word"}
`},
		{" \"SI\" ", `{"text":" \"SI\" ","intent":"confirm","scope":"","program":"","code":"","rule":"it-confirm"}` + "\n"},
		{"<b>&</b>", `{"text":"<b>&</b>","intent":"none","scope":"","program":"","code":"","rule":"no-match"}` + "\n"},
		{"a\xff\r", `{"text":"a` + "\ufffd" + `\r","intent":"none","scope":"","program":"","code":"","rule":"no-match"}` + "\n"},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		if err := readTexts(book, strings.NewReader(tt.in), &out); err != nil || out.String() != tt.out {
			t.Errorf("%q: got %s, %v, want %s", tt.in, out.String(), err, tt.out)
		}
	}
}

func TestReadTextsLongLine(t *testing.T) {
	book, err := keywords.NewBook([]string{"it"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("basta e poi ", 1<<17)
	var out bytes.Buffer
	if err := readTexts(book, strings.NewReader(long+"\nSTOP"), &out); err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(&out)
	for _, want := range []string{long, "STOP"} {
		var u understood
		if err := dec.Decode(&u); err != nil || u.Text != want || want == "STOP" && u.Intent != keywords.Stop {
			t.Errorf("got %d bytes, %s, %v; want %d bytes", len(u.Text), u.Intent, err, len(want))
		}
	}
}
