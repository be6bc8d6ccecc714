package keywords

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"
)

// programs are those of a shop: a card by number, a receipt by code, Wi-Fi by venue, offers to join.
var programs = []Program{
	{ID: "carta", Words: map[string][]string{"it": {"CARTA"}, "en": {"CARD"}, "fr": {"CARTE"}, "bg": {"КАРТА"}}, Redeem: true,
		Code: func(s string) (string, bool) { return s, s == "123456" || s == "79927398713" }},
	{ID: "scontrino", Words: map[string][]string{"it": {"SCONTRINO"}, "en": {"RECEIPT"}, "fr": {"TICKET"}, "bg": {"БЕЛЕЖКА"}}, Redeem: true,
		Code: func(s string) (string, bool) { return s, s == "7K3M9PQXH4TW8" }},
	{ID: "wifi", Words: map[string][]string{"": {"WIFI"}}, Redeem: true},
	{ID: "offerte", Words: map[string][]string{"it": {"OFFERTE"}, "en": {"OFFERS"}, "fr": {"OFFRES"}, "bg": {"ОФЕРТИ"}}},
}

func mustBook(t testing.TB, langs ...string) *Book {
	t.Helper()
	b, err := NewBook(langs, programs)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var shopLangs = []string{"it", "en", "fr", "bg"}

func TestRead(t *testing.T) {
	book := mustBook(t, shopLangs...)
	tests := []struct {
		text   string
		intent Intent
		scope  Scope
		prog   string
		code   string
		rule   string
	}{
		{"STOP", Stop, ScopeChannel, "", "", "global-stop"},
		{"CTOП", Stop, ScopeChannel, "", "", "global-stop"}, // Latin C, T, O
		{"STОP", Stop, ScopeChannel, "", "", "global-stop"}, // Cyrillic О
		{"ЅТОР", Stop, ScopeChannel, "", "", "global-stop"}, // Cyrillic throughout
		{"STΟP", Stop, ScopeChannel, "", "", "global-stop"}, // Greek omicron
		{"ＳＴＯＰ", Stop, ScopeChannel, "", "", "global-stop"},
		{"𝗦𝗧𝗢𝗣", Stop, ScopeChannel, "", "", "global-stop"},
		{"S\u200bT\u2060O\u202eP", Stop, ScopeChannel, "", "", "global-stop"},
		{"s̶t̶o̶p̶", Stop, ScopeChannel, "", "", "global-stop"},
		{"S.T.O.P", Stop, ScopeChannel, "", "", "global-stop"},
		{"s t o p", Stop, ScopeChannel, "", "", "global-stop"},
		{"«stop»", Stop, ScopeChannel, "", "", "global-stop"},
		{"\"STOP\"", Stop, ScopeChannel, "", "", "global-stop"},
		{"stop 🙏", Stop, ScopeChannel, "", "", "global-stop"},
		{"stooooop", Stop, ScopeChannel, "", "", "global-stop"},
		{"stopgrazie", Stop, ScopeChannel, "", "", "global-stop"},
		{"STOP 41430", Stop, ScopeChannel, "", "", "global-stop"},
		{"ARRÊT", Stop, ScopeChannel, "", "", "global-stop"},
		{"🛑", Stop, ScopeChannel, "", "", "stop-emoji"},
		{"⛔️ 🚫", Stop, ScopeChannel, "", "", "stop-emoji"},
		{"😀", NoIntent, NoScope, "", "", "no-match"},
		{"👍", NoIntent, NoScope, "", "", "no-match"},
		{"stpo", Stop, ScopeChannel, "", "", "typo-stop"},
		{"sotp", Stop, ScopeChannel, "", "", "typo-stop"},
		{"sttop", Stop, ScopeChannel, "", "", "typo-stop"},
		{"ST0P", Stop, ScopeChannel, "", "", "typo-stop"},
		{"top!", NoIntent, NoScope, "", "", "no-match"},
		{"shop", NoIntent, NoScope, "", "", "no-match"},
		{"топ", NoIntent, NoScope, "", "", "no-match"},
		{"STOP ALL", Stop, ScopeAll, "", "", "global-stop"},
		{"stopall", Stop, ScopeAll, "", "", "global-stop"},
		{"stop tutto", Stop, ScopeAll, "", "", "global-stop"},
		{"everything", Stop, ScopeAll, "", "", "en-stop-whole"},
		{"basta tutto", Stop, ScopeAll, "", "", "it-stop-whole"},
		{"arrêtez tout", Stop, ScopeAll, "", "", "fr-stop-any"},
		{"СТОП ВСИЧКО", Stop, ScopeAll, "", "", "global-stop"},
		{"STOP OFFERTE", Stop, ScopeProgram, "offerte", "", "global-stop"},
		{"stop offers", Stop, ScopeProgram, "offerte", "", "global-stop"},
		{"stop carta offerte", Stop, ScopeChannel, "", "", "global-stop"},
		{"basta messaggi", Stop, ScopeChannel, "", "", "it-stop-whole"},
		{"моля спрете", Stop, ScopeChannel, "", "", "bg-stop-whole"},
		{"ne mi pishete poveche", Stop, ScopeChannel, "", "", "bg-refusal"},
		{"HE", Decline, NoScope, "", "", "bg-decline"}, // НЕ in Latin capitals
		{"he", NoIntent, NoScope, "", "", "no-match"},
		{"NO", Decline, NoScope, "", "", "it-decline"},
		{"non", Decline, NoScope, "", "", "fr-decline"},
		{"no grazie", Decline, NoScope, "", "", "it-decline"},
		{"non confermo", Decline, NoScope, "", "", "it-decline"},
		{"SI grazie", Confirm, NoScope, "", "", "it-confirm"},
		{"SI'", Confirm, NoScope, "", "", "it-confirm"},
		{"sì confermo", Confirm, NoScope, "", "", "it-confirm"},
		{"yes please 🙂", Confirm, NoScope, "", "", "en-confirm"},
		{"perché no", NoIntent, NoScope, "", "", "it-near-yes"},
		{"sii", NoIntent, NoScope, "", "", "no-match"},
		{"siiiii", NoIntent, NoScope, "", "", "fr-near-yes"},
		{"SI?", NoIntent, NoScope, "", "", "fr-near-yes"},
		{"SI/NO", NoIntent, NoScope, "", "", "no-match"},
		{"certo!", NoIntent, NoScope, "", "", "it-near-yes"},
		{"si stop", Stop, ScopeChannel, "", "", "global-stop"},
		{"rispondi \"SI\" per confermare", NoIntent, NoScope, "", "", "no-match"},
		{"se scrivo STOP perdo i punti?", MaybeStop, NoScope, "", "", "stop-mentioned"},
		{"how do I stop these messages?", MaybeStop, NoScope, "", "", "en-refusal"},
		{"does the 54 bus stop near you", NoIntent, NoScope, "", "", "no-match"},
		{"cancellate i miei dati", Rights, NoScope, "", "", "it-rights"},
		{"stop and delete my data", Stop, ScopeChannel, "", "", "global-stop"},
		{"START", Start, NoScope, "", "", "start"},
		{"UNSTOP", Start, NoScope, "", "", "start"},
		{"HELP", Help, NoScope, "", "", "global-help"},
		{"aiuto per favore", Help, NoScope, "", "", "it-help"},
		{"ПОМОЩ", Help, NoScope, "", "", "bg-help"},
		{"CARTA 123456", Redeem, NoScope, "carta", "123456", "program-word"},
		{"CARTA123456", Redeem, NoScope, "carta", "123456", "program-word"},
		{"carta: 1234-56", Redeem, NoScope, "carta", "123456", "program-word"},
		{"123456 carta", Redeem, NoScope, "carta", "123456", "program-word"},
		{"123456carta", Redeem, NoScope, "carta", "123456", "program-word"},
		{"ＣＡＲＴＡ １２３４５６", Redeem, NoScope, "carta", "123456", "program-word"},
		{"КАРТА 123456", Redeem, NoScope, "carta", "123456", "program-word"},
		{"KAPTA 123456", Redeem, NoScope, "carta", "123456", "program-word"},
		{"САRТА 123456", Redeem, NoScope, "carta", "123456", "program-word"}, // Cyrillic С, А, Т
		{"карта № 123456", Redeem, NoScope, "carta", "123456", "program-word"},
		{"carta 123456 Mario Rossi", Redeem, NoScope, "carta", "123456", "program-word"},
		{"attiva carta 7992 7398 713", Redeem, NoScope, "carta", "79927398713", "program-word"},
		{"CARTA 999", Redeem, NoScope, "carta", "999", "program-word"},
		{"CARTA", Redeem, NoScope, "carta", "", "program-word"},
		{"quanto costa la carta?", NoIntent, NoScope, "", "", "no-match"},
		{"la carta 123456 non funziona?", NoIntent, NoScope, "", "", "no-match"},
		{"123456", Redeem, NoScope, "carta", "123456", "program-code"},
		{"crata 123456", Redeem, NoScope, "carta", "123456", "program-code"},
		{"7k3m-9pqx-h4tw-8", Redeem, NoScope, "scontrino", "7K3M9PQXH4TW8", "program-code"},
		{"scontrino 7K3M 9PQX H4TW 8", Redeem, NoScope, "scontrino", "7K3M9PQXH4TW8", "program-word"},
		{"999999", NoIntent, NoScope, "", "", "no-match"},
		{"WIFI", Redeem, NoScope, "wifi", "", "program-word"},
		{"wi-fi Duomo", Redeem, NoScope, "wifi", "DUOMO", "program-word"},
		{"OFFERTE", Join, NoScope, "offerte", "", "program-word"},
		{"SI OFFERTE", Join, NoScope, "offerte", "", "program-word"},
		{"avete offerte?", NoIntent, NoScope, "", "", "no-match"},
		{"CARTA 123456 STOP", Stop, ScopeProgram, "carta", "", "global-stop"},
		{"", NoIntent, NoScope, "", "", "no-match"},
		{" \t\x00", NoIntent, NoScope, "", "", "no-match"},
		{"\xff\xfeSTOP\xff", Stop, ScopeChannel, "", "", "global-stop"},
	}
	for _, tt := range tests {
		r := book.Read(tt.text)
		if r.Intent != tt.intent || r.Scope != tt.scope || r.Program != tt.prog || r.Code != tt.code || r.Rule != tt.rule || r.Text != tt.text {
			t.Errorf("%q: got %s %q %q %q %s, want %s %q %q %q %s", tt.text, r.Intent, r.Scope, r.Program, r.Code, r.Rule, tt.intent, tt.scope, tt.prog, tt.code, tt.rule)
		}
	}
}

func TestReadJoinsBesideARedeem(t *testing.T) {
	for _, text := range []string{"CARTA 123456 OFFERTE", "offerte carta123456", "123456 OFFERTE CARTA"} {
		r := mustBook(t, shopLangs...).Read(text)
		if r.Intent != Redeem || r.Program != "carta" || r.Code != "123456" || !slices.Equal(r.Join, []string{"offerte"}) {
			t.Errorf("%q: got %+v", text, r)
		}
	}
}

// Everyday words opt out only where their language counts.
func TestLanguagesOfTheBook(t *testing.T) {
	tests := []struct {
		langs, text string
		intent      Intent
	}{
		{"it", "FINE", Stop}, {"en", "FINE", NoIntent},
		{"es", "ALTO", Stop}, {"it", "alto", NoIntent},
		{"es", "ALTA", Confirm}, {"it", "ALTA", NoIntent},
		{"de", "abmelden", Stop}, {"de", "ANMELDEN", Confirm}, {"it", "abmelden", NoIntent},
		{"de", "KUENDIGEN", Stop}, {"de", "kündigen", Stop},
		{"it", "END", Stop}, {"it", "СТОП", Stop}, {"it", "arrêt", Stop}, {"es", "STOPP", Stop},
		{"el", "ΝΑΙ", Confirm}, {"el", "τέλος", Stop}, {"pt", "SAIR", Stop}, {"ro", "nu", Decline},
		{"it", "keine SMS mehr", Stop}, {"en", "non scrivetemi più", Stop}, // phrases count everywhere
		{"it-CH", "AIUTO", Help},
	}
	for _, tt := range tests {
		if r := mustBook(t, tt.langs).Read(tt.text); r.Intent != tt.intent {
			t.Errorf("%s: %q is %s (%s), want %s", tt.langs, tt.text, r.Intent, r.Rule, tt.intent)
		}
	}
}

func TestLang(t *testing.T) {
	book := mustBook(t, shopLangs...)
	for text, want := range map[string]string{
		"STOP": "", "СТОП": "bg", "ARRET": "fr", "si": "it", "oui": "fr", "AIUTO": "it", "HELP": "", "INFO": "", "no": "",
		"КАРТА 123456": "bg", "CARD 123456": "en", "WIFI": "", "lasciatemi in pace": "it",
	} {
		if r := book.Read(text); r.Lang != want {
			t.Errorf("%q: language %q (%s), want %q", text, r.Lang, r.Rule, want)
		}
	}
}

func TestNewBookNamesBothOwners(t *testing.T) {
	word := func(id, w string) Program { return Program{ID: id, Words: map[string][]string{"": {w}}} }
	tests := []struct {
		langs    []string
		programs []Program
		want     []string // parts of the error; none: accepted
	}{
		{nil, []Program{word("a", "CARTA"), word("b", "carta")}, []string{`"a"`, `"b"`}},
		{nil, []Program{word("a", "КАРТА"), word("b", "KAPTA")}, []string{`"a"`, `"b"`}},
		{nil, []Program{word("a", "Stop")}, []string{`"a"`, "STOP word", "global-stop"}},
		{nil, []Program{word("a", "СТОП")}, []string{`"a"`, "STOP word"}},
		{nil, []Program{word("a", "INFO")}, []string{`"a"`, "HELP word"}},
		{nil, []Program{word("a", "yes")}, []string{`"a"`, "confirm word", "en-confirm"}},
		{[]string{"it"}, []Program{word("a", "Sì")}, []string{`"a"`, "confirm word", "it-confirm"}},
		{[]string{"en"}, []Program{word("a", "Sì")}, nil},
		{[]string{"it"}, []Program{word("a", "FINE")}, []string{"STOP word", "it-stop-whole"}},
		{nil, []Program{word("a", "START")}, []string{"START word"}},
		{nil, []Program{word("a", "!!")}, []string{`"a"`, "no letter"}},
		{[]string{"xx"}, nil, []string{`"xx"`}},
		{[]string{"it"}, []Program{{ID: "a", Words: map[string][]string{"it": {"CARTA"}, "fr": {"carta"}}}}, nil},
	}
	for _, tt := range tests {
		_, err := NewBook(tt.langs, tt.programs)
		if err == nil != (tt.want == nil) {
			t.Errorf("%v %v: error %v", tt.langs, tt.programs, err)
			continue
		}
		for _, part := range tt.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%v: %q does not name %s", tt.programs, err, part)
			}
		}
	}
}

// words people may put around an opt-out.
var around = strings.Fields(`si sì yes oui да ja confermo grazie please carta 123456 offerte ok certo accept perché come the a . , ! ? 😀 non no help start`)

func TestNeverConfirmBesideAStop(t *testing.T) {
	book := mustBook(t, "it", "en", "fr", "bg", "de", "es")
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom(around), 0, 8).Draw(t, "words")
		stop := rapid.SampledFrom([]string{"STOP", "stop", "СТОП", "arrêt", "unsubscribe", "optout", "revoke", "stopall", "🛑"}).Draw(t, "stop")
		at := rapid.IntRange(0, len(words)).Draw(t, "at")
		text := strings.Join(slices.Insert(slices.Clone(words), at, stop), " ")
		if r := book.Read(text); r.Intent == Confirm || r.Intent == Join || r.Intent == Redeem {
			t.Fatalf("%q is %s (%s)", text, r.Intent, r.Rule)
		}
	})
}

func TestCaseSpaceAndQuotesDoNotMatter(t *testing.T) {
	book := mustBook(t, "it", "en", "fr", "bg", "de", "es")
	texts := []string{"stop", "basta messaggi", "non scrivetemi più", "sì grazie", "yes please", "нe ми пишете", "arrêtez tout", "no grazie", "aiuto", "carta 123456", "offerte",
		"stop offerte", "darme de baja", "keine werbung mehr", "who is this", "delete my data"}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(texts).Draw(t, "text")
		var b strings.Builder
		for _, r := range text {
			if rapid.Bool().Draw(t, "upper") {
				r = unicode.ToUpper(r)
			}
			if r == ' ' {
				b.WriteString(rapid.SampledFrom([]string{" ", "  ", "\t", "\u00a0", " \u200b", " 😀 "}).Draw(t, "space"))
				continue
			}
			b.WriteRune(r)
		}
		shape := rapid.SampledFrom([]string{"%s", " %s ", "%s!", "\"%s\"", "«%s»", "%s...", "%s 🙏", "*%s*", "\ufeff%s\n"}).Draw(t, "shape")
		varied := fmt.Sprintf(shape, b.String())
		want, got := book.Read(text), book.Read(varied)
		if got.Intent != want.Intent || got.Scope != want.Scope || got.Program != want.Program || got.Code != want.Code || got.Rule != want.Rule {
			t.Fatalf("%q is %+v, but %q is %+v", text, want, varied, got)
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"STOP", "CARTA 123456", "CTOП\u200b", "\xff\xfe", "S̶T̶O̶P", "non scrivetemi più", "7k3m-9pqx", "№º½🛑", "stopstopstop1a1a", "CARTA 123456 no offerte", "offerte: no", "sì, forse?", "\u3164st0p", strings.Repeat("a1", 300)} {
		f.Add(s)
	}
	book := mustBook(f, "it", "en", "fr", "bg", "de", "es")
	f.Fuzz(func(t *testing.T, s string) {
		r := book.Read(s)
		if r.Text != s || r.Rule == "" || r.Intent == "" {
			t.Errorf("%q: %+v", s, r)
		}
		if (r.Intent == Stop) != (r.Scope != NoScope) {
			t.Errorf("%q: %s with scope %q", s, r.Intent, r.Scope)
		}
		if r.Declined != nil && (r.Intent != Redeem || r.Join != nil) {
			t.Errorf("%q: %s declines %q and joins %q", s, r.Intent, r.Declined, r.Join)
		}
		if again := book.Read(s); fmt.Sprint(again) != fmt.Sprint(r) {
			t.Errorf("%q: %+v, then %+v", s, r, again)
		}
	})
}

// A flood of the worst words takes its share of time, not its square.
func TestReadIsLinear(t *testing.T) {
	book := mustBook(t, "it", "en", "fr", "bg", "de", "es")
	for _, unit := range []string{"non ", "carta1", "a", "s ", "stop", "?", "1a", "не ми ", "é", "\u0301", "carta 1 ", "\"", "do not ", "no offerte ", "offerte no ", "forse si ", "carta 123456 no "} {
		took := func(n int) time.Duration {
			text := strings.Repeat(unit, n/len(unit))
			best := time.Hour
			for range 3 {
				begun := time.Now()
				book.Read(text)
				best = min(best, time.Since(begun))
			}
			return best
		}
		// 16 times the text: 16 times the time if linear, 256 times if square.
		if small, large := took(1<<14), took(1<<18); large > 128*small+200*time.Millisecond {
			t.Errorf("%q: 16 KB take %v, 256 KB %v", unit, small, large)
		}
	}
}

func TestBookIsShared(t *testing.T) {
	book := mustBook(t, shopLangs...)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if r := book.Read("CARTA 123456 OFFERTE"); r.Intent != Redeem {
					t.Errorf("got %+v", r)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkRead(b *testing.B) {
	book := mustBook(b, shopLangs...)
	for name, text := range map[string]string{
		"stop": "STOP", "card": "CARTA 123456", "yes": "sì grazie", "cyrillic": "не ми пишете повече моля",
		"refusal":  "Buongiorno, vorrei essere cancellato dalla vostra lista, non mi scrivete più. Grazie",
		"question": "does the 54 bus stop near you, and until what time are you open on the weekend?",
		"sms160":   "Buongiorno, ho comprato ieri una gonna rossa nel vostro negozio in centro ma la taglia non va bene, posso cambiarla sabato anche se non ho lo scontrino? Grazie mille",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				book.Read(text)
			}
		})
	}
}
