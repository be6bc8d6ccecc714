package templates_test

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"placet/templates"
)

var mailNames = []string{"confirmation", "welcome", "prefs_link"}

func sampleMail() templates.Mail {
	return templates.Mail{
		Brand: "Rossi Moda", Legal: "Rossi Moda S.p.A., Como", Postal: "Via Volta 1, 22100 Como", Contact: "privacy@rossimoda.example",
		Colour: "#7a1f2b", Address: "a***@example.org", Topics: "TOPICS", When: "WHEN", Where: "WHERE", Until: "UNTIL",
		ConfirmURL: "https://c.rossimoda.example/c/tok", PrefsURL: "https://c.rossimoda.example/p/tok", ReceiptURL: "https://c.rossimoda.example/r/tok",
		UnsubscribeURL: "https://c.rossimoda.example/u/tok", NoticeURL: "https://c.rossimoda.example/n/rossi/privacy/1",
	}
}

func TestEmail(t *testing.T) {
	holds := map[string][]string{
		// who asked, when, from where, controller, what, link, "if not you", expiry (rules.md §2.1)
		"confirmation": {"Rossi Moda S.p.A., Como", "Via Volta 1", "privacy@rossimoda.example", "a***@example.org", "TOPICS", "WHEN", "WHERE", "UNTIL",
			"https://c.rossimoda.example/c/tok", "https://c.rossimoda.example/c/tok#not-me", "https://c.rossimoda.example/n/rossi/privacy/1"},
		"welcome":    {"Rossi Moda S.p.A., Como", "Via Volta 1", "TOPICS", "/p/tok", "/r/tok", "/u/tok"},
		"prefs_link": {"a***@example.org", "/p/tok", "/u/tok"},
	}
	for _, lang := range []string{"it", "en", "fr", "bg"} {
		for _, name := range mailNames {
			subject, text, html, err := templates.Email(lang, name, sampleMail())
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(subject, "Rossi Moda") || len([]rune(subject)) > 78 {
				t.Errorf("%s %s: subject %q", lang, name, subject)
			}
			for _, want := range holds[name] {
				if !strings.Contains(text, want) {
					t.Errorf("%s %s: the text lacks %q", lang, name, want)
				}
				if !strings.Contains(html, want) {
					t.Errorf("%s %s: the HTML lacks %q", lang, name, want)
				}
			}
			if !strings.Contains(html, `<html lang="`+lang+`">`) || strings.Contains(html, "ZgotmplZ") || !strings.Contains(html, "#7a1f2b") {
				t.Errorf("%s %s: language, colour or a filtered value in the HTML", lang, name)
			}
			if m := regexp.MustCompile(`(?i)<(img|script|link|iframe|form)|url\(|@import`).FindString(html); m != "" {
				t.Errorf("%s %s: the HTML fetches or acts: %s", lang, name, m)
			}
			wellFormed(t, html)
			// Twins: every word of the text stands in the HTML, however it is laid out.
			visible := strings.NewReplacer("&#39;", "'", "&#43;", "+", "&amp;", "&").Replace(html)
			for line := range strings.Lines(text) {
				line = strings.TrimSuffix(strings.TrimSpace(line), ":")
				label, value, isFact := strings.Cut(line, ": ")
				if !strings.Contains(visible, line) && !(isFact && strings.Contains(visible, label) && strings.Contains(visible, value)) {
					t.Errorf("%s %s: %q stands in the text only", lang, name, line)
				}
			}
		}
	}
}

func TestEmailOptionalAndMissing(t *testing.T) {
	m := sampleMail()
	m.Where, m.Postal = "", ""
	_, text, _, err := templates.Email("en", "confirmation", m)
	if err != nil || strings.Contains(text, "Asked from") {
		t.Errorf("without a place: %v\n%s", err, text)
	}
	m.ConfirmURL = ""
	if _, _, _, err := templates.Email("en", "confirmation", m); err == nil || !strings.Contains(err.Error(), "{confirm_url}") {
		t.Errorf("without a link: %v", err)
	}
	if _, _, _, err := templates.Email("en", "nonsense", m); err == nil {
		t.Error("an unknown e-mail was rendered")
	}
}

func TestEmailHostileValues(t *testing.T) {
	m := sampleMail()
	m.Brand, m.Where, m.Colour = "A\r\nBcc: x@y.example", `<script>alert(1)</script>"'`, "red;background:url(//x)"
	m.NoticeURL = "javascript:alert(1)"
	subject, text, html, err := templates.Email("pt", "confirmation", m)
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(subject, "\r\n") || !strings.HasPrefix(subject, "ABcc: x@y.example: ") {
		t.Errorf("subject %q", subject)
	}
	if !strings.Contains(text, `<script>alert(1)</script>"'`) {
		t.Error("the text twin changed a value")
	}
	for _, bad := range []string{"<script", "background:url", `href="javascript:`} {
		if strings.Contains(html, bad) {
			t.Errorf("the HTML contains %s", bad)
		}
	}
	if !strings.Contains(html, `lang="en"`) {
		t.Error("the fallback does not say its language")
	}
	wellFormed(t, html)
}

var void = regexp.MustCompile(`<(meta|br)([^>]*)>`)

// wellFormed reads HTML as strict XML once its void elements are closed: every
// tag is closed in order, every attribute quoted.
func wellFormed(t *testing.T, html string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(void.ReplaceAllString(html, "<$1$2/>")))
	d.Entity = xml.HTMLEntity
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Errorf("not well-formed: %v", err)
			return
		}
	}
}
