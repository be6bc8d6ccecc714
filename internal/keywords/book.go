package keywords

import (
	"fmt"
	"slices"
	"strings"
)

// Program is one program of a brand as the reader sees it.
type Program struct {
	ID    string
	Words map[string][]string // language -> words, "" = every language
	// Redeem tells a program that takes a code or a venue from one people join.
	Redeem bool
	// Code tests a code and gives its canonical form; nil where anything may
	// follow the word (a Wi-Fi venue).
	Code func(string) (canonical string, ok bool)
}

// Book reads texts for one brand. It does not change and may be shared.
type Book struct {
	lex      *lexicon
	order    []uint8 // languages counted, first is the brand's own; indexes in languages
	active   uint16  // the same, as bits
	programs []Program
	words    map[string]int // program word, folded -> 1 + index in programs
	lang     map[string]string
	lengths  [64]bool  // of the words that are joined when typed in two pieces, in bytes
	initials [256]bool // their first bytes
}

// kind is what a word or phrase does.
type kind uint8

const (
	sign kind = iota // a stop sign emoji
	stopAny
	stopWhole
	help
	start
	confirm
	decline
	near
	filler
	polite
	all
	ask
	modal
	topic
	forProgram
	negate
	without
	wish
	hedge
	thing   // what a brand sends: the sets msg
	sending // the sets of verbs of sending and writing
	kindCount

	refusal // kinds of phrases only
	maybe
	rights
	refuse
	benign
)

type kindset uint32

func set(kinds ...kind) (s kindset) {
	for _, k := range kinds {
		s |= 1 << k
	}
	return s
}

func (s kindset) any(o kindset) bool { return s&o != 0 }

// everywhere are the kinds that count whatever the languages of the brand.
var everywhere = set(filler, all, forProgram, negate, without, wish, hedge, thing, sending)

// entry is what the tables say about one word.
type entry struct {
	kinds kindset
	langs [kindCount]uint16 // kind -> languages that say so
	syms  []sym
}

func (e *entry) mark(k kind, lang uint8) {
	e.kinds |= set(k)
	e.langs[k] |= 1 << lang
}

func (e *entry) sym(s sym) {
	if !slices.Contains(e.syms, s) {
		e.syms = append(e.syms, s)
	}
}

func (e *entry) has(s sym) bool { return e != nil && slices.Contains(e.syms, s) }

// says tells whether the word is of the kind in one of the languages.
func (e *entry) says(k kind, langs uint16) bool { return e != nil && e.langs[k]&langs != 0 }

// globalLang is the index of global in languages, englishLang of english.
const globalLang, englishLang = 0, 1

// NewBook makes the reader for the languages and programs of a brand; English
// and the global words always count. An error names both owners of a word that
// two claim, or the language we have no words for.
func NewBook(langs []string, programs []Program) (*Book, error) {
	b := &Book{lex: compiled(), active: 1<<globalLang | 1<<englishLang, programs: slices.Clone(programs), words: map[string]int{}, lang: map[string]string{}}
	for _, l := range langs {
		base, _, _ := strings.Cut(strings.ToLower(l), "-")
		i := slices.IndexFunc(languages, func(t *language) bool { return t.code == base && base != "" })
		if i < 0 {
			return nil, fmt.Errorf("keywords: no opt-out words for language %q: known are bg de el en es fr it pt ro", l)
		}
		if !slices.Contains(b.order, uint8(i)) {
			b.order = append(b.order, uint8(i))
			b.active |= 1 << i
		}
	}
	if !slices.Contains(b.order, englishLang) {
		b.order = append(b.order, englishLang)
	}
	for _, w := range []string{"stop", "стоп"} {
		b.lengths[len(w)], b.initials[w[0]] = true, true
	}
	for i, p := range programs {
		for lang, words := range p.Words {
			for _, w := range words {
				if err := b.addProgram(i, lang, w); err != nil {
					return nil, err
				}
			}
		}
	}
	return b, nil
}

type owner struct {
	kind kind
	name string
}

// owned are the kinds a program word may not take over, with what to call them.
var owned = []owner{{stopAny, "STOP word"}, {stopWhole, "STOP word"}, {help, "HELP word"}, {start, "START word"}, {confirm, "confirm word"}, {decline, "decline word"}}

func (b *Book) addProgram(i int, lang, word string) error {
	id := b.programs[i].ID
	toks := tokens(word)
	key, alt := "", ""
	for _, t := range toks {
		key += t.text
		alt += cmpOr(inScript(t.text, latin, toLatin), t.text)
	}
	if key == "" {
		return fmt.Errorf("keywords: program %q: word %q has no letter or digit", id, word)
	}
	// Look-alikes own their word too: КАРТА and KAPTA are one word on a screen.
	keys := []string{key}
	if alt != key && inScript(key, latin, toLatin) == alt {
		keys = append(keys, alt)
	}
	if back := inScript(key, cyrillic, toCyrillic); back != "" && back != key {
		keys = append(keys, back)
	}
	for _, k := range inLatinLetters(key) {
		// A reading that somebody else has a better claim to is not worth a conflict.
		taken := slices.ContainsFunc(owned, func(o owner) bool { return b.lex.words[k].says(o.kind, b.active) })
		if b.words[k] == 0 && !taken {
			keys = append(keys, k)
		}
	}
	for _, k := range keys {
		if j := b.words[k]; j > 0 && j-1 != i {
			return fmt.Errorf("keywords: word %q is claimed by program %q and by program %q: give one of them another word", word, b.programs[j-1].ID, id)
		}
		for _, o := range owned {
			if e := b.lex.words[k]; k == key && e.says(o.kind, b.active) {
				return fmt.Errorf("keywords: word %q of program %q is a %s (%s): give the program another word", word, id, o.name, b.rule(o.kind, e.langs[o.kind]))
			}
		}
		b.words[k] = i + 1
		if b.initials[k[0]] = true; len(k) < len(b.lengths) {
			b.lengths[len(k)] = true
		}
		if lang != "" {
			b.lang[k] = lang
		}
	}
	return nil
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// kindNames as they appear in rules.
var kindNames = map[kind]string{
	stopAny: "stop-any", stopWhole: "stop-whole", help: "help", start: "start", confirm: "confirm", decline: "decline", near: "near-yes",
	refusal: "refusal", maybe: "maybe", rights: "rights", refuse: "decline",
	negate: "decline-program", hedge: "near-yes",
}

// rule names the table that decided: the first of the book's languages that has the word.
func (b *Book) rule(k kind, langs uint16) string {
	if langs&(1<<globalLang) != 0 {
		switch k {
		case stopAny:
			return "global-stop"
		case start:
			return "start"
		}
		return "global-" + kindNames[k]
	}
	for _, l := range b.order {
		if langs&(1<<l) != 0 {
			return languages[l].code + "-" + kindNames[k]
		}
	}
	for l := range languages {
		if langs&(1<<l) != 0 {
			return languages[l].code + "-" + kindNames[k]
		}
	}
	return kindNames[k]
}

// tongue is the language a word tells, empty when several of the book's share it.
func (b *Book) tongue(langs uint16) string {
	langs &^= 1 << globalLang
	if in := langs & b.active; in != 0 {
		langs = in
	}
	if langs == 0 || langs&(langs-1) != 0 {
		return ""
	}
	for l := range languages {
		if langs == 1<<l {
			return languages[l].code
		}
	}
	return ""
}
