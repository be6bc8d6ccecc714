package templates

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestParse(t *testing.T) {
	v := map[string]string{"a": "1", "b": ""}
	cases := []struct{ raw, want, err string }{
		{"x {a} y", "x 1 y", ""},
		{"x[ {b}] y", "x y", ""},
		{"x[ {a}] y", "x 1 y", ""},
		{"x[ only words] y", "x only words y", ""},
		{"{b}", "", "no value for {b}"},
		{"{c}", "", "unknown placeholder {c}"},
		{"{{a}}", "", "unknown placeholder {{a}"},
		{"{{printf}}", "", "unknown placeholder"},
		{"{a", "", "unknown placeholder"},
		{"a}", "", "} without {"},
		{"[a", "", "[ without ]"},
		{"a]", "", "] without ["},
		{"[a[b]]", "", "[ inside [ ]"},
		{"  ", "", "empty text"},
	}
	for _, c := range cases {
		p, err := parse(c.raw, []string{"a", "b"})
		got := ""
		if err == nil {
			got, err = p.render(v)
		}
		if got != c.want || (c.err == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%q: %q, %v; want %q, %q", c.raw, got, err, c.want, c.err)
		}
	}
}

// Whatever is written in a catalogue or a value, parsing and rendering end
// without a panic and a value never becomes a placeholder.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"{a}", "[{a}]", "{{.Env}}", "[[", "}{", "{a}\n{b}", "%s{a}\x00"} {
		f.Add(s, "{b}")
		f.Add(s, "\u202ex")
	}
	f.Fuzz(func(t *testing.T, raw, value string) {
		p, err := parse(raw, []string{"a", "b"})
		if err != nil {
			return
		}
		const mark = "never-in-a-value-9f2c"
		got, err := p.render(map[string]string{"a": value, "b": mark})
		if err == nil && strings.Count(got, mark) > strings.Count(raw, "{b}")+strings.Count(raw, mark) {
			t.Errorf("%q with %q: %q", raw, value, got)
		}
	})
}

func TestLoadRefuses(t *testing.T) {
	good, err := files.ReadFile("sms/en.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct{ name, old, new, want string }{
		{"unknown placeholder", "{brand}: fine, no offers.", "{brnd}: fine.", "unknown placeholder {brnd}"},
		{"a value of another text", "{brand}: fine, no offers.", "{brand} {link}", "unknown placeholder {link}"},
		{"missing text", "  stopped: ", "  stoped: ", "there is no SMS called stoped"},
		{"unknown key", "yes: CONFIRM", "yeah: CONFIRM", "field yeah not found"},
		{"no topic", "offers: offers, ", "", "topic offers has no name"},
	}
	for _, c := range cases {
		bad := strings.Replace(string(good), c.old, c.new, 1)
		if bad == string(good) {
			t.Fatalf("%s: the change does not apply", c.name)
		}
		_, err := loadAll(fstest.MapFS{"sms/en.yaml": {Data: []byte(bad)}}, "sms", (*smsCatalogue).check)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "sms/en.yaml") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := loadAll(fstest.MapFS{"sms/it.yaml": {Data: good}}, "sms", (*smsCatalogue).check); err == nil {
		t.Error("loaded without the fallback language")
	}
	mail := "confirmation: {subject: '{evil}', title: a, button: {text: a, url: a}}\n"
	if _, err := loadAll(fstest.MapFS{"email/en.yaml": {Data: []byte(mail)}}, "email", (*mailCatalogue).check); err == nil || !strings.Contains(err.Error(), "{evil}") {
		t.Errorf("an e-mail with an unknown placeholder: %v", err)
	}
}

func TestDates(t *testing.T) {
	rome := time.FixedZone("CET", 3600)
	at := time.Date(2026, 11, 21, 14, 3, 9, 0, rome)
	cases := []struct{ lang, want string }{
		{"it", "21 novembre 2026, ore 14:03 (CET)"},
		{"en", "21 November 2026, 14:03 (CET)"},
		{"fr", "21 novembre 2026 à 14:03 (CET)"},
		{"bg", "21 ноември 2026 г., 14:03 ч. (CET)"},
		{"zz", "21 November 2026, 14:03 (CET)"},
	}
	for _, c := range cases {
		if got := Moment(c.lang, at); got != c.want {
			t.Errorf("Moment(%s) = %q, want %q", c.lang, got, c.want)
		}
	}
	// The day that counts is the day where the moment is told, not UTC's.
	if got := When("en", at, time.Date(2026, 11, 21, 22, 59, 0, 0, time.UTC)); got != "today 14:03" {
		t.Errorf("When, same day = %q", got)
	}
	if got := When("en", at, time.Date(2026, 11, 21, 23, 1, 0, 0, time.UTC)); got != "21 November 2026, 14:03 (CET)" {
		t.Errorf("When, next day = %q", got)
	}
	if got := Date("it", at); got != "21 novembre 2026" {
		t.Errorf("Date = %q", got)
	}
}
