package keywords

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

// sym is a word or a set of words as phrases see it.
type sym uint16

// phrase is a compiled line of a table.
type phrase struct {
	elems    []elem
	lang     uint8 // index in languages
	kind     kind
	first    bool // ^
	last     bool // $
	openEdge bool // | before
	endEdge  bool // | after
}

type elem struct {
	sym sym
	gap bool // up to three words before
}

const gapWords = 3

// stemHead is the length of the shortest stem, in bytes.
const stemHead = 3

// lexicon is every word of every language, compiled once.
type lexicon struct {
	words   map[string]*entry
	stems   map[string]*entry // the words written with *
	heads   map[string]bool   // the first stemHead bytes of the stems
	longest int               // stem, in bytes
	phrases []phrase
	byFirst [][]int32 // sym -> phrases beginning with it
}

var compiled = sync.OnceValue(func() *lexicon {
	c := &compiler{
		lex: &lexicon{words: map[string]*entry{}, stems: map[string]*entry{}, heads: map[string]bool{}},
		sym: map[string]sym{},
	}
	for i, l := range languages {
		c.language(uint8(i), l)
	}
	lex := c.lex
	// A longer stem is also every shorter one: "stopp*" is "stop*".
	for text, e := range lex.stems {
		for n := stemHead; n < len(text); n++ {
			if shorter := lex.stems[text[:n]]; shorter != nil {
				for _, s := range shorter.syms {
					e.sym(s)
				}
			}
		}
	}
	lex.byFirst = make([][]int32, c.next)
	for i, p := range lex.phrases {
		s := p.elems[0].sym
		lex.byFirst[s] = append(lex.byFirst[s], int32(i))
	}
	return lex
})

type compiler struct {
	lex  *lexicon
	sym  map[string]sym
	next sym
}

func lines(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == '\n' })
}

func (c *compiler) language(lang uint8, l *language) {
	for name, list := range l.sets {
		s := c.symbol(setKey(lang, name))
		for _, w := range lines(list) {
			c.add(lang, w, func(_ string, e *entry) { e.sym(s) })
		}
	}
	for _, t := range []struct {
		kind kind
		list string
	}{
		{stopAny, l.any}, {stopWhole, l.whole}, {help, l.help}, {start, l.start}, {confirm, l.confirm}, {decline, l.decline},
		{near, l.nearYes}, {filler, l.filler}, {polite, l.polite}, {all, l.all}, {ask, l.ask}, {modal, l.modal}, {topic, l.topic}, {forProgram, l.program},
		{negate, l.negate}, {without, l.without}, {wish, l.wish}, {hedge, l.hedge},
		{thing, l.sets["msg"]}, {wish, l.sets["want"]}, {wish, l.sets["get"]}, {sending, l.sets["send"]}, {sending, l.sets["imper"]}, {sending, l.sets["do"]},
	} {
		for _, w := range lines(t.list) {
			c.keyword(lang, t.kind, w)
		}
	}
	for _, t := range []struct {
		kind kind
		list string
	}{{refusal, l.refusal}, {maybe, l.maybe}, {rights, l.rights}, {refuse, l.refuse}, {benign, l.benign}} {
		for _, p := range lines(t.list) {
			c.phrase(lang, t.kind, p)
		}
	}
}

// keyword adds a word to a list; several words are a phrase of the same kind.
func (c *compiler) keyword(lang uint8, k kind, w string) {
	if len(tokens(w)) > 1 {
		c.phrase(lang, k, w)
		return
	}
	c.add(lang, w, func(text string, e *entry) {
		// STOP is not Bulgarian because СТОП, written in Latin letters, reads the same.
		if text[0] < utf8.RuneSelf && languages[lang] == &bulgarian && e.langs[k]&(1<<globalLang) != 0 {
			return
		}
		e.mark(k, lang)
	})
}

func setKey(lang uint8, name string) string { return fmt.Sprintf("%d{%s}", lang, name) }

func (c *compiler) symbol(key string) sym {
	s, ok := c.sym[key]
	if !ok {
		s = c.next
		c.next++
		c.sym[key] = s
	}
	return s
}

// add records a word in all its spellings. Two tokens under a set name (the
// reader sees "s'il" as two) are two words.
func (c *compiler) add(lang uint8, w string, mark func(string, *entry)) {
	w = strings.TrimSpace(w)
	stem := strings.HasSuffix(w, "*")
	for _, s := range spellings(languages[lang].code, strings.TrimSuffix(w, "*")) {
		for _, t := range tokens(s) {
			table := c.lex.words
			if stem {
				table = c.lex.stems
				if len(t.text) < stemHead {
					panic(fmt.Sprintf("keywords: %s: stem %q is too short to tell anything", languages[lang].code, w))
				}
				c.lex.heads[t.text[:stemHead]] = true
				c.lex.longest = max(c.lex.longest, len(t.text))
			}
			e := table[t.text]
			if e == nil {
				e = &entry{}
				table[t.text] = e
			}
			mark(t.text, e)
		}
	}
}

func (c *compiler) phrase(lang uint8, k kind, line string) {
	p := phrase{lang: lang, kind: k}
	gap := false
	for _, f := range strings.Fields(line) {
		switch f {
		case "..":
			gap = true
		case "^":
			p.first = true
		case "$":
			p.last = true
		case "|":
			if len(p.elems) == 0 {
				p.openEdge = true
			} else {
				p.endEdge = true
			}
		default:
			if name, ok := strings.CutPrefix(f, "{"); ok {
				name = strings.TrimSuffix(name, "}")
				if _, ok := languages[lang].sets[name]; !ok {
					panic(fmt.Sprintf("keywords: %s: no set {%s} in %q", languages[lang].code, name, line))
				}
				p.elems = append(p.elems, elem{c.symbol(setKey(lang, name)), gap})
				gap = false
				continue
			}
			words := tokens(f)
			if strings.HasSuffix(f, "*") {
				words = []token{{text: f}}
			}
			for _, t := range words {
				// A literal word is a set of one, with its spellings; "m'oppose" is two.
				s := c.symbol(fmt.Sprintf("%d %s", lang, t.text))
				word := t.text
				if len(words) == 1 {
					word = f
				}
				c.add(lang, word, func(_ string, e *entry) { e.sym(s) })
				p.elems = append(p.elems, elem{s, gap})
				gap = false
			}
		}
	}
	if len(p.elems) > 0 {
		c.lex.phrases = append(c.lex.phrases, p)
	}
}

// match finds the phrase from token i on, and the index after its last token.
func (p *phrase) match(toks []token, i int) (end int, ok bool) {
	if p.first && i != 0 || p.openEdge && !toks[i].starts {
		return 0, false
	}
	at := i + 1
	for _, el := range p.elems[1:] {
		reach := at + 1
		if el.gap {
			reach += gapWords
		}
		for {
			if at >= len(toks) || at >= reach || toks[at].starts {
				return 0, false
			}
			at++
			if toks[at-1].has(el.sym) {
				break
			}
		}
	}
	if p.last && at != len(toks) || p.endEdge && at < len(toks) && !toks[at].starts {
		return 0, false
	}
	return at, true
}

func (t *token) has(s sym) bool {
	return t.e.has(s) || t.stem.has(s)
}

// spellings of a table word: German without umlauts, Bulgarian in Latin letters.
func spellings(lang, w string) []string {
	switch lang {
	case "de":
		if u := umlauts.Replace(strings.ToLower(w)); u != strings.ToLower(w) {
			return []string{w, u}
		}
	case "bg":
		out := []string{w}
		latin := []string{""}
		for _, r := range strings.ToLower(w) {
			ways, ok := romanised[r]
			if !ok {
				ways = []string{string(r)}
			}
			var next []string
			for _, way := range ways {
				for _, prefix := range latin {
					if len(next) < maxSpellings {
						next = append(next, prefix+way)
					}
				}
			}
			latin = next
		}
		for _, s := range latin {
			if s != strings.ToLower(w) {
				out = append(out, s)
			}
		}
		return out
	}
	return []string{w}
}

const maxSpellings = 96

var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue")

// romanised is how Bulgarians type without Cyrillic: the official
// transliteration first (Transliteration Act, 2009), then chat habits.
var romanised = map[rune][]string{
	'а': {"a"}, 'б': {"b"}, 'в': {"v", "w"}, 'г': {"g"}, 'д': {"d"}, 'е': {"e"}, 'ж': {"zh", "j"}, 'з': {"z"}, 'и': {"i"}, 'й': {"y", "i", "j"},
	'к': {"k"}, 'л': {"l"}, 'м': {"m"}, 'н': {"n"}, 'о': {"o"}, 'п': {"p"}, 'р': {"r"}, 'с': {"s"}, 'т': {"t"}, 'у': {"u"}, 'ф': {"f"}, 'х': {"h", "x"},
	'ц': {"ts", "c"}, 'ч': {"ch", "4"}, 'ш': {"sh", "6"}, 'щ': {"sht", "6t"}, 'ъ': {"a", "u", "y"}, 'ь': {"y", "i"}, 'ю': {"yu", "iu", "u"}, 'я': {"ya", "q", "ia"},
}
