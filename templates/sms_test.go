package templates_test

import (
	"regexp"
	"strings"
	"testing"

	"placet/internal/message"
	"placet/templates"
)

// widest are the widest values a brand may realistically have.
func widest(lang string, topics ...string) map[string]string {
	return map[string]string{
		"brand": strings.Repeat("M", 20), "code": "1234567890123456789", "word": "SCONTRINO", "venue": strings.Repeat("V", 20),
		"topics": templates.Topics(lang, topics), "number": "41430", "notice_url": "https://" + strings.Repeat("n", 37),
		"link": "https://" + strings.Repeat("l", 52), "contact": strings.Repeat("c", 40), "words": "CARTA, SCONTRINO, WIFI, OFFERTE",
	}
}

var smsNames = strings.Fields(`card_done card_ask_code code_bad receipt_done wifi_done invitation optin_request welcome
	declined_card declined stopped stopped_all help unknown already nothing_open prefs_link`)

// One GSM-7 or two UCS-2 segments (rules.md §2.3); the welcome, which says more
// and is sent once, one more.
func TestSMSSegments(t *testing.T) {
	for _, lang := range templates.SMSLanguages() {
		for _, name := range smsNames {
			for _, topics := range [][]string{{"info", "offers"}, {"profiling"}, {"partners"}} {
				s, err := templates.SMS(lang, name, widest(lang, topics...))
				if err != nil {
					t.Fatal(err)
				}
				n, enc := message.Segments(s)
				budget, want := 1, message.GSM7
				if lang == "bg" {
					budget, want = 2, message.UCS2
				}
				if name == "welcome" {
					budget++
				}
				if n > budget || enc != want {
					t.Errorf("%s %s %v: %d segments %s, want <= %d %s (%d characters): %s", lang, name, topics, n, enc, budget, want, len([]rune(s)), s)
				}
			}
		}
	}
}

// What each text must and must not contain (rules.md §2.1, §3.3).
func TestSMSContents(t *testing.T) {
	stop := map[string]string{"bg": "СТОП"}
	no := map[string]string{"it": "NO", "en": "NO", "fr": "NON", "bg": "НЕ", "de": "NEIN", "es": "NO"}
	for _, lang := range templates.SMSLanguages() {
		v := widest(lang, "info", "offers")
		get := func(name string) string {
			s, err := templates.SMS(lang, name, v)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		has := func(name string, wants ...string) {
			for _, w := range wants {
				if !regexp.MustCompile(`(^|[^\p{L}])` + regexp.QuoteMeta(w) + `($|[^\p{L}])`).MatchString(get(name)) {
					t.Errorf("%s %s lacks %q: %s", lang, name, w, get(name))
				}
			}
		}
		halt := "STOP"
		if s, ok := stop[lang]; ok {
			halt = s
		}
		yes := templates.Yes(lang)
		if yes == "YES" {
			t.Errorf("%s says yes by YES, a carrier's START word", lang)
		}
		has("invitation", v["brand"], v["topics"], "SMS", v["notice_url"], yes, no[lang], halt)
		has("optin_request", v["brand"], v["topics"], "SMS", v["notice_url"], yes, halt)
		has("welcome", v["brand"], v["topics"], "SMS", v["link"], halt)
		has("help", v["brand"], v["contact"], halt)
		has("unknown", v["brand"], v["words"], halt)
		has("already", halt)
		for _, name := range smsNames {
			has(name, v["brand"])
			if strings.Contains(get(name), "YES") {
				t.Errorf("%s %s contains YES", lang, name)
			}
		}
		for _, name := range []string{"stopped", "stopped_all", "declined", "declined_card", "help"} {
			if s := get(name); strings.Contains(s, "http") || strings.Contains(s, "?") {
				t.Errorf("%s %s has a link or a question: %s", lang, name, s)
			}
		}
	}
}

func TestSMSValues(t *testing.T) {
	cases := []struct {
		lang, name string
		v          map[string]string
		want, err  string
	}{
		{"it", "declined", map[string]string{"brand": "Rossi Moda"}, "Rossi Moda: va bene, niente offerte.", ""},
		{"it-CH", "declined", map[string]string{"brand": "R"}, "R: va bene, niente offerte.", ""},
		{"IT_it", "declined", map[string]string{"brand": "R"}, "R: va bene, niente offerte.", ""},
		{"pt", "declined", map[string]string{"brand": "R"}, "R: fine, no offers.", ""},
		{"", "declined", map[string]string{"brand": "R"}, "R: fine, no offers.", ""},
		{"en", "declined", map[string]string{"brand": "{brand} {{.Env}} %s"}, "{brand} {{.Env}} %s: fine, no offers.", ""},
		{"en", "declined", map[string]string{"brand": "A\r\nB\x00\u202eC\xff"}, "ABC: fine, no offers.", ""},
		{"en", "wifi_done", map[string]string{"brand": "R"}, "R: the Wi-Fi is on for this number.", ""},
		{"en", "wifi_done", map[string]string{"brand": "R", "venue": "Como"}, "R: the Wi-Fi at Como is on for this number.", ""},
		{"en", "declined", nil, "", "no value for {brand}"},
		{"en", "card_done", map[string]string{"brand": "R", "code": "\n"}, "", "no value for {code}"},
		{"en", "nonsense", nil, "", `no SMS called "nonsense"`},
	}
	for _, c := range cases {
		got, err := templates.SMS(c.lang, c.name, c.v)
		if got != c.want || (c.err == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("SMS(%q, %q, %q) = %q, %v; want %q, %q", c.lang, c.name, c.v, got, err, c.want, c.err)
		}
	}
}

func TestTopics(t *testing.T) {
	cases := []struct {
		lang   string
		topics []string
		want   string
	}{
		{"it", []string{"info", "offers"}, "novità e offerte"},
		{"en", []string{"info", "offers", "partners"}, "news, offers and partner offers"},
		{"bg", []string{"offers"}, "оферти"},
		{"xx", []string{"offers"}, "offers"},
		{"it", []string{"other"}, "other"},
		{"it", nil, ""},
	}
	for _, c := range cases {
		if got := templates.Topics(c.lang, c.topics); got != c.want {
			t.Errorf("Topics(%q, %v) = %q, want %q", c.lang, c.topics, got, c.want)
		}
	}
}

// Different words have different versions, the same words one; a language
// without a catalogue has the version of the words it really gets.
func TestVersions(t *testing.T) {
	seen := map[string]string{}
	note := func(v, what string) {
		if len(v) != 32 {
			t.Errorf("%s has version %q", what, v)
		}
		if other, ok := seen[v]; ok {
			t.Errorf("%s and %s share version %s", what, other, v)
		}
		seen[v] = what
	}
	for _, lang := range templates.SMSLanguages() {
		for _, name := range smsNames {
			note(templates.SMSVersion(lang, name), "sms "+lang+" "+name)
		}
	}
	for _, lang := range []string{"it", "en", "fr", "bg"} {
		for _, name := range mailNames {
			note(templates.EmailVersion(lang, name), "email "+lang+" "+name)
		}
	}
	if templates.SMSVersion("pt", "welcome") != templates.SMSVersion("en", "welcome") {
		t.Error("a missing language does not have the version of its fallback")
	}
	if templates.SMSVersion("en", "nonsense") != "" || templates.EmailVersion("en", "nonsense") != "" {
		t.Error("an unknown text has a version")
	}
}
