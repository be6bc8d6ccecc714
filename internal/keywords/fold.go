package keywords

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// token is one word, number or code of a text, folded: compatibility forms
// decomposed (NFKD), lower case, no accents, no invisible characters.
type token struct {
	text     string
	alt      string // the same letters read in the other script, where they look alike; of a slip, what was typed
	e, stem  *entry // what the word means, and its beginning; nil when unknown
	kinds    kindset
	over     kind // the kind a phrase gave it, with the phrase's language
	overLang uint8
	program  int  // 1 + index of the program whose word it is
	starts   bool // begins a clause
	asked    bool // its sentence ends in a question mark
	letters  bool
	digits   bool
	shout    bool // all capitals
	quoted   bool
	likely   bool // read as a typing slip of an opt-out word
	drawn    bool // letters were repeated: "siiii"
	clause   int
}

// The letters that look alike, Latin to Cyrillic; foldLatin is the inverse, with
// Greek. Lower case stands for both cases: т and T are alike only as capitals,
// but a word mixing scripts has betrayed itself.
var (
	toCyrillic = map[rune]rune{
		'a': 'а', 'b': 'в', 'c': 'с', 'e': 'е', 'h': 'н', 'k': 'к', 'm': 'м', 'o': 'о', 'p': 'р', 't': 'т', 'x': 'х', 'y': 'у', 's': 'ѕ', 'i': 'і', 'j': 'ј',
		'α': 'а', 'β': 'в', 'ε': 'е', 'κ': 'к', 'μ': 'м', 'η': 'н', 'ο': 'о', 'ρ': 'р', 'τ': 'т', 'υ': 'у', 'χ': 'х', 'π': 'п', 'γ': 'г', 'φ': 'ф', 'λ': 'л', 'ι': 'і',
	}
	toLatin = map[rune]rune{
		'α': 'a', 'β': 'b', 'ε': 'e', 'ζ': 'z', 'η': 'h', 'ι': 'i', 'κ': 'k', 'μ': 'm', 'ν': 'n', 'ο': 'o', 'ρ': 'p', 'τ': 't', 'υ': 'y', 'χ': 'x',
		'օ': 'o', 'ո': 'n', 'ѕ': 's', 'і': 'i', 'ј': 'j', 'ԁ': 'd', 'ԛ': 'q', 'ԝ': 'w',
		'а': 'a', 'в': 'b', 'с': 'c', 'е': 'e', 'н': 'h', 'к': 'k', 'м': 'm', 'о': 'o', 'р': 'p', 'т': 't', 'х': 'x', 'у': 'y',
	}
	oneLetter = map[rune]string{'ß': "ss", 'ø': "o", 'ł': "l", 'đ': "d", 'æ': "ae", 'œ': "oe", 'ı': "i", 'þ': "th", 'ð': "d", 'ς': "σ"}
)

type script uint8

const (
	latin script = 1 << iota
	cyrillic
	grecian
	otherScript
)

func scriptOf(r rune) script {
	switch {
	case r < 0x250:
		return latin
	case r >= 0x400 && r < 0x530:
		return cyrillic
	case r >= 0x370 && r < 0x400:
		return grecian
	}
	return otherScript
}

// inScript writes a word with look-alikes only; empty where a letter has none.
func inScript(word string, target script, table map[rune]rune) string {
	var b strings.Builder
	for _, r := range word {
		if t, ok := table[r]; ok && scriptOf(r) != target {
			r = t
		}
		if unicode.IsLetter(r) && scriptOf(r) != target {
			return ""
		}
		b.WriteRune(r)
	}
	return b.String()
}

// folder cuts a text into tokens in one pass.
type folder struct {
	buf      []byte
	spans    []span
	cur      span
	open     bool // inside a token
	clause   bool // the next token begins a clause
	sentence int
	clauses  int
	quoted   bool
}

type span struct {
	from, to      int
	scripts       script
	digits, upper int
	letters       int
	starts        bool
	quoted        bool
	sign          bool
	sentence      int
	clause        int
}

func (f *folder) close() {
	if f.open {
		f.cur.to = len(f.buf)
		f.spans = append(f.spans, f.cur)
		f.open = false
	}
}

func (f *folder) begin() {
	if !f.open {
		f.open = true
		f.cur = span{from: len(f.buf), starts: f.clause, quoted: f.quoted, sentence: f.sentence, clause: f.clauses}
		f.clause = false
	}
}

func (f *folder) edge() {
	if !f.clause {
		f.clause = true
		f.clauses++
	}
}

func (f *folder) letter(r rune) {
	f.begin()
	f.cur.letters++
	if unicode.IsUpper(r) {
		f.cur.upper++
		r = unicode.ToLower(r)
	}
	f.cur.scripts |= scriptOf(r)
	if s, ok := oneLetter[r]; ok {
		f.buf = append(f.buf, s...)
		return
	}
	f.buf = utf8.AppendRune(f.buf, r)
}

func (f *folder) ascii(c byte, rest string) {
	switch {
	case c >= 'a' && c <= 'z':
		f.begin()
		f.cur.letters++
		f.cur.scripts |= latin
		f.buf = append(f.buf, c)
	case c >= 'A' && c <= 'Z':
		f.begin()
		f.cur.letters++
		f.cur.upper++
		f.cur.scripts |= latin
		f.buf = append(f.buf, c+'a'-'A')
	case c >= '0' && c <= '9':
		f.begin()
		f.cur.digits++
		f.buf = append(f.buf, c)
	case c == '\'' || c == '`':
		if !f.open || !contraction(rest) {
			f.close()
		}
	default:
		f.close()
		switch c {
		case ',', ';', ':', '(', ')', '\n', '\r':
			f.edge()
		case '.':
			// "non.scrivetemi.piu" and "s.t.o.p" use the point as a space.
			if rest == "" || !alnum(rest[0]) {
				f.edge()
				f.sentence++
			}
		case '!', '?':
			f.edge()
			if c == '?' {
				f.question()
			}
			f.sentence++
		case '"':
			f.quoted = !f.quoted
		}
	}
}

// question marks every token of the sentence that ends here.
func (f *folder) question() {
	for i := len(f.spans) - 1; i >= 0 && f.spans[i].sentence == f.sentence; i-- {
		f.spans[i].sentence = -f.sentence - 1
	}
}

func alnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= utf8.RuneSelf
}

// contraction tells whether what follows an apostrophe belongs to an English
// word (don't, who's), not to the next one (l'offerta, m'envoyez).
func contraction(rest string) bool {
	n := 0
	for n < len(rest) && n < 3 && alnum(rest[n]) {
		n++
	}
	switch strings.ToLower(rest[:n]) {
	case "t", "s", "m", "re", "ve", "ll", "d":
		return true
	}
	return false
}

func (f *folder) fold(text string) {
	f.clause = true
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			i++
			f.ascii(c, text[i:])
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		rest := text[i+n:]
		switch {
		case r == '’' || r == 'ʼ' || r == '‘' || r == '´' || r == '′':
			f.ascii('\'', rest)
		case r == '“' || r == '«':
			f.close()
			f.quoted = true
		case r == '”' || r == '»' || r == '„':
			f.close()
			f.quoted = r == '„'
		case r == '—' || r == '–' || r == '…' || r == '¡' || r == '¿':
			f.close()
			f.edge()
		case r == '№' || r == 'º' || r == '°': // "no" in NFKD, which is not what it says
			f.close()
		case strings.ContainsRune(stopSigns, r):
			f.close()
			f.begin()
			f.cur.sign = true
			f.buf = utf8.AppendRune(f.buf, r)
			f.close()
		case unicode.Is(unicode.Cf, r) || r == 0x3164 || r == 0x115F || r == 0x1160 || r == 0xFFA0 || unicode.Is(unicode.Variation_Selector, r):
			// invisible
		default:
			if d := norm.NFKD.PropertiesString(text[i:]).Decomposition(); d != nil {
				for _, dr := range string(d) {
					f.rune(dr, rest)
				}
			} else {
				f.rune(r, rest)
			}
		}
		i += n
	}
	f.close()
}

func (f *folder) rune(r rune, rest string) {
	switch {
	case r < utf8.RuneSelf:
		f.ascii(byte(r), rest)
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r):
	case unicode.IsLetter(r):
		f.letter(r)
	case r == '؟' || r == '⁇':
		f.ascii('?', rest)
	case r == '、' || r == '。':
		f.ascii(',', rest)
	default:
		f.close()
	}
}

// tokens folds a text. The words are not yet looked up.
func tokens(text string) []token {
	f := folder{buf: make([]byte, 0, min(len(text)+16, 1<<12)), spans: make([]span, 0, min(len(text)/4+2, 1<<8))}
	f.fold(text)
	folded := string(f.buf)
	out := make([]token, len(f.spans))
	for i, s := range f.spans {
		t := &out[i]
		t.text = folded[s.from:s.to]
		t.starts, t.quoted, t.clause, t.asked = s.starts, s.quoted, s.clause, s.sentence < 0
		t.letters, t.digits = s.letters > 0, s.digits > 0
		t.shout = s.letters > 1 && s.upper == s.letters
		if s.sign {
			t.kinds = set(sign)
			continue
		}
		t.script(s)
	}
	return out
}

// script settles words written in more than one alphabet, and notes the other
// reading of words that could be of another.
func (t *token) script(s span) {
	switch s.scripts {
	case 0, otherScript:
	case latin:
		// "HE" may be the Bulgarian no, "he" is not.
		if t.shout {
			t.alt = inScript(t.text, cyrillic, toCyrillic)
		}
	case cyrillic:
		t.alt = inScript(t.text, latin, toLatin)
	case grecian:
		if t.alt = inScript(t.text, latin, toLatin); t.alt == "" {
			t.alt = inScript(t.text, cyrillic, toCyrillic)
		}
	default:
		l, c := inScript(t.text, latin, toLatin), inScript(t.text, cyrillic, toCyrillic)
		switch {
		case l != "":
			t.text, t.alt = l, c
		case c != "":
			t.text = c
		}
	}
}
