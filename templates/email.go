package templates

import (
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Mail is the values of an e-mail. Brand, Legal, Contact and Address are always
// needed, the others where a text uses them; Postal and Where may be empty.
type Mail struct {
	Brand   string // as people know it
	Legal   string // the controller: company name and seat
	Postal  string // postal address; may be empty
	Contact string // for questions and rights
	Colour  string // accent, "#7a1f2b"; ours when empty or malformed
	Address string // the recipient's address, masked
	Topics  string // Topics(lang, …)
	When    string // when the request was made: Moment(lang, t)
	Where   string // from where: "the form of the loyalty card"; may be empty
	Until   string // until when the link works: Moment(lang, t)

	ConfirmURL     string // /c/{token}; the same page holds "it was not me"
	PrefsURL       string // /p/{token}
	ReceiptURL     string // /r/{token}
	UnsubscribeURL string // /u/{token}
	NoticeURL      string // /n/{brand}/{notice}/{version}
}

func (m Mail) values() map[string]string {
	return map[string]string{
		"brand": m.Brand, "legal": m.Legal, "postal": m.Postal, "contact": m.Contact, "address": m.Address,
		"topics": m.Topics, "when": m.When, "where": m.Where, "until": m.Until,
		"confirm_url": m.ConfirmURL, "prefs_url": m.PrefsURL, "receipt_url": m.ReceiptURL,
		"unsubscribe_url": m.UnsubscribeURL, "notice_url": m.NoticeURL,
	}
}

// mailText is one e-mail as written in a catalogue; every string is a text.
type mailText struct {
	Subject string   `yaml:"subject"`
	Title   string   `yaml:"title"`
	Body    []string `yaml:"body"`
	Facts   []fact   `yaml:"facts"` // a fact without a value is left out
	Button  link     `yaml:"button"`
	Links   []link   `yaml:"links"`
	Foot    []string `yaml:"foot"`
}

type fact struct {
	Label string `yaml:"label"`
	Value string `yaml:"value"`
}

type link struct {
	Text string `yaml:"text"`
	URL  string `yaml:"url"`
}

// each applies f to every text of m and returns the result.
func (m mailText) each(f func(string) (string, error)) (mailText, error) {
	var first error
	do := func(s string) string {
		out, err := f(s)
		if err != nil && first == nil {
			first = err
		}
		return out
	}
	list := func(in []string) (out []string) {
		for _, s := range in {
			out = append(out, do(s))
		}
		return out
	}
	out := mailText{Subject: do(m.Subject), Title: do(m.Title), Body: list(m.Body), Foot: list(m.Foot),
		Button: link{do(m.Button.Text), do(m.Button.URL)}}
	for _, x := range m.Facts {
		if v := do(x.Value); strings.TrimSpace(v) != "" {
			out.Facts = append(out.Facts, fact{do(x.Label), v})
		}
	}
	for _, l := range m.Links {
		out.Links = append(out.Links, link{do(l.Text), do(l.URL)})
	}
	return out, first
}

// mailNames is every e-mail there is.
var mailNames = []string{"confirmation", "welcome", "prefs_link"}

type mailCatalogue map[string]mailText

func (c *mailCatalogue) check() error {
	allowed := slices.Collect(maps.Keys(Mail{}.values()))
	for name, m := range *c {
		if !slices.Contains(mailNames, name) {
			return fmt.Errorf("there is no e-mail called %s", name)
		}
		if _, err := m.each(func(s string) (string, error) {
			_, err := parse(s, allowed)
			return s, err
		}); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, name := range mailNames {
		if _, ok := (*c)[name]; !ok {
			return fmt.Errorf("the e-mail %s is missing", name)
		}
	}
	return nil
}

var (
	mailTexts  = must(loadAll(files, "email", (*mailCatalogue).check))
	mailParsed = parseMails(mailTexts)
	mailLayout = must(template.ParseFS(files, "email/layout.html"))
	mailHTML   = string(must(fs.ReadFile(files, "email/layout.html")))
	colour     = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
)

// parseMails parses every string of every e-mail once, by its words.
func parseMails(all map[string]*mailCatalogue) map[string]text {
	allowed := slices.Collect(maps.Keys(Mail{}.values()))
	parsed := map[string]text{}
	for _, c := range all {
		for _, m := range *c {
			_, _ = m.each(func(s string) (string, error) { // cannot fail: check has parsed them all
				parsed[s], _ = parse(s, allowed)
				return s, nil
			})
		}
	}
	return parsed
}

// ourColour is Placet's own accent, a deep green.
const ourColour = "#1f5c4a"

// Email renders an e-mail: "confirmation" (of the person's own request; no
// advertising, rules.md §2.1), "welcome" (preferences, receipt, unsubscribe) or
// "prefs_link" (the link somebody asked for). text is the whole message in plain
// words, html its twin: one column, inline style, no image, nothing fetched.
// lang is a BCP 47 tag, English where there is no catalogue. A value that is
// missing is an error.
func Email(lang, name string, v Mail) (subject, text, html string, err error) {
	raw, ok := (*pick(mailTexts, lang))[name]
	if !ok {
		return "", "", "", fmt.Errorf("templates: there is no e-mail called %q", name)
	}
	values := v.values()
	m, err := raw.each(func(s string) (string, error) { return mailParsed[s].render(values) })
	if err != nil {
		return "", "", "", fmt.Errorf("templates: e-mail %s %s: %w", lang, name, err)
	}
	if !colour.MatchString(v.Colour) {
		v.Colour = ourColour
	}
	if _, ok := mailTexts[primary(lang)]; !ok {
		lang = Fallback
	}
	var b strings.Builder
	err = mailLayout.Execute(&b, struct {
		mailText
		Lang, Brand, Colour string
	}{m, primary(lang), clean(v.Brand), v.Colour})
	if err != nil {
		return "", "", "", fmt.Errorf("templates: e-mail %s %s: %w", lang, name, err)
	}
	return m.Subject, m.plain(), b.String(), nil
}

// plain is the text twin: the same words in the same order.
func (m mailText) plain() string {
	var b strings.Builder
	b.WriteString(m.Title + "\n")
	for _, p := range m.Body {
		b.WriteString("\n" + p + "\n")
	}
	b.WriteString("\n")
	for _, f := range m.Facts {
		b.WriteString(f.Label + ": " + f.Value + "\n")
	}
	b.WriteString("\n" + m.Button.Text + ":\n" + m.Button.URL + "\n")
	for _, l := range m.Links {
		b.WriteString("\n" + l.Text + ":\n" + l.URL + "\n")
	}
	for _, p := range m.Foot {
		b.WriteString("\n" + p + "\n")
	}
	return b.String()
}

// EmailVersion names the exact words and layout Email uses for lang and name:
// 32 hex digits; empty for an unknown name.
func EmailVersion(lang, name string) string {
	m, ok := (*pick(mailTexts, lang))[name]
	if !ok {
		return ""
	}
	words := []string{"email", name, mailHTML}
	_, _ = m.each(func(s string) (string, error) { // cannot fail: the function given does not
		words = append(words, s)
		return s, nil
	})
	return version(words...)
}
