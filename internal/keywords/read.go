package keywords

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Read says what a text means, and by which rule. Generous on refusal, strict
// on consent; opt-out before help before yes or no before program words, except
// that a card with its number outlives a no to everything else.
// It takes time linear in the length of the text and never fails.
func (b *Book) Read(text string) Reading {
	r := Reading{Text: text, Intent: NoIntent, Rule: "no-match"}
	toks := b.scan(text)
	if len(toks) == 0 {
		return r
	}
	found := b.phrases(toks)
	found.denial = b.denied(toks, &found)
	for _, decide := range []func([]token, *findings, *Reading) bool{b.beside, b.stop, b.doubt, b.asked, b.declined, b.answer, b.redeem} {
		if decide(toks, &found, &r) {
			break
		}
	}
	return r
}

// scan folds a text and looks its words up.
func (b *Book) scan(text string) []token {
	raw := tokens(text)
	out := make([]token, 0, len(raw)+2)
	for i := 0; i < len(raw); i++ {
		if n, joined := b.spelledOut(raw[i:]); n > 1 {
			t := raw[i]
			t.text, t.alt = joined, ""
			b.know(&t)
			out = append(out, t)
			i += n - 1
			continue
		}
		out = b.resolve(out, raw[i])
	}
	return out
}

// maxSpelled is the longest word spelled out letter by letter.
const maxSpelled = 24

// spelledOut joins "S T O P", "st op" and "wi-fi".
func (b *Book) spelledOut(toks []token) (n int, word string) {
	for n < len(toks) && n <= maxSpelled && toks[n].letters && !toks[n].digits && utf8.RuneCountInString(toks[n].text) == 1 {
		n++
	}
	if n >= 3 && n <= maxSpelled {
		var w strings.Builder
		for _, t := range toks[:n] {
			w.WriteString(t.text)
		}
		if e, p := b.look(w.String()); p > 0 || e != nil && e.kinds != 0 {
			return n, w.String()
		}
	}
	if len(toks) > 1 && toks[0].letters && toks[1].letters && !toks[1].starts && b.joinable(toks[0].text, toks[1].text) {
		if b.words[toks[0].text] == 0 && b.words[toks[1].text] == 0 {
			w := toks[0].text + toks[1].text
			if w == "stop" || w == "стоп" || b.words[w] > 0 {
				return 2, w
			}
		}
	}
	return 0, ""
}

// joinable tells cheaply that two pieces may make STOP or a program word.
func (b *Book) joinable(head, tail string) bool {
	n := len(head) + len(tail)
	return n < len(b.lengths) && b.lengths[n] && b.initials[head[0]]
}

// look finds a word in the tables and among the program words.
func (b *Book) look(word string) (*entry, int) {
	return b.lex.words[word], b.words[word]
}

// know fills in what the tables say of a word, and whether they say anything.
func (b *Book) know(t *token) bool {
	t.e, t.program = b.look(t.text)
	t.kinds = 0
	if t.stem == nil && len(t.text) >= stemHead && b.lex.heads[t.text[:stemHead]] {
		for n := min(len(t.text), b.lex.longest); n >= stemHead && t.stem == nil; n-- {
			t.stem = b.lex.stems[t.text[:n]]
		}
	}
	if t.e != nil {
		t.kinds = t.e.kinds & everywhere
		for k := range kindCount {
			if t.e.langs[k]&b.active != 0 {
				t.kinds |= set(k)
			}
		}
	}
	return t.e != nil || t.program > 0
}

// decisive are the kinds for which the other script's reading of a word is preferred.
var decisive = set(stopAny, stopWhole, help, start, decline)

// resolve looks a token up as it is, in its other script, without repeated
// letters, cut where a word and a number are glued, or as a slip of STOP.
func (b *Book) resolve(out []token, t token) []token {
	if t.kinds.any(set(sign)) || !t.letters {
		return append(out, t)
	}
	known := b.know(&t)
	if t.alt != "" && !t.kinds.any(decisive) && t.program == 0 {
		if a := (token{text: t.alt}); b.know(&a) && (!known || a.kinds.any(decisive) || a.program > 0) {
			t.text, t.alt, t.e, t.kinds, t.program, t.stem = t.alt, t.text, a.e, a.kinds, a.program, nil
			return append(out, t)
		}
	}
	if known || len(t.text) > 40 {
		return append(out, t)
	}
	if t.digits {
		return b.unglue(out, t)
	}
	if s := undrawn(t.text); s != t.text {
		if a := (token{text: s}); b.know(&a) {
			t.alt, t.text, t.e, t.kinds, t.program, t.drawn = t.text, s, a.e, a.kinds, a.program, true
			return append(out, t)
		}
	}
	for _, w := range [...]string{"stop", "стоп"} {
		if rest, ok := strings.CutPrefix(t.text, w); ok && len(rest) > 2 {
			if a := (token{text: rest}); b.know(&a) && (a.program > 0 || a.kinds.any(set(filler, all, stopAny))) {
				t.text = w
				b.know(&t)
				a.clause, a.asked, a.quoted, a.letters = t.clause, t.asked, t.quoted, true
				return append(out, t, a)
			}
		}
	}
	if w := slip(t.text); w != "" {
		t.alt, t.text, t.likely, t.stem = t.text, w, true, nil
		b.know(&t)
	}
	return append(out, t)
}

// unglue cuts "carta123456", "123456carta" and "stop41430", and reads "st0p".
func (b *Book) unglue(out []token, t token) []token {
	if w := digitsForLetters.Replace(t.text); w == "stop" || w == "stopp" || w == "stopall" {
		t.alt, t.text, t.likely, t.digits = t.text, w, true, false
		b.know(&t)
		return append(out, t)
	}
	isDigit := func(r rune) bool { return r >= '0' && r <= '9' }
	notDigit := func(r rune) bool { return !isDigit(r) }
	cut := func(at int, wordFirst bool) []token {
		word, number := t, t
		word.digits = false
		if wordFirst {
			word.text, number.text, number.starts = t.text[:at], t.text[at:], false
		} else {
			number.text, word.text, word.starts = t.text[:at], t.text[at:], false
		}
		word.alt, number.alt, word.stem, number.stem = "", "", nil, nil
		number.digits = strings.ContainsFunc(number.text, isDigit)
		number.letters = strings.ContainsFunc(number.text, notDigit)
		if b.know(&word); word.program == 0 && !word.kinds.any(set(stopAny, stopWhole)) {
			if a := (token{text: inScript(word.text, latin, toLatin)}); a.text == "" || !b.know(&a) || a.program == 0 {
				return nil
			} else {
				word.text, word.e, word.kinds, word.program = a.text, a.e, a.kinds, a.program
			}
		}
		if wordFirst {
			return append(out, word, number)
		}
		return append(out, number, word)
	}
	// "scontrinoKJ8WXR7QE155D": the longest program word it begins with.
	for at := len(t.text) - 1; at > 1; at-- {
		if b.words[t.text[:at]] > 0 {
			return cut(at, true)
		}
	}
	if at := strings.IndexFunc(t.text, isDigit); at > 0 {
		if o := cut(at, true); o != nil {
			return o
		}
	}
	if at := strings.LastIndexFunc(t.text, isDigit) + 1; at < len(t.text) {
		if o := cut(at, false); o != nil {
			return o
		}
	}
	return append(out, t)
}

// findings are the phrases found in a text.
type findings struct {
	refusal, maybe, rights, refuse *finding
	benign                         []bool // tokens whose opt-out words mean something else
	refusals, refusing             []finding
	denial                         denial
}

type finding struct {
	p        *phrase
	from, to int
}

func (b *Book) phrases(toks []token) findings {
	f := findings{benign: make([]bool, len(toks))}
	var hits []finding
	for i := range toks {
		for _, e := range [...]*entry{toks[i].e, toks[i].stem} {
			if e == nil {
				continue
			}
			for _, s := range e.syms {
				for _, pi := range b.lex.byFirst[s] {
					p := &b.lex.phrases[pi]
					end, ok := p.match(toks, i)
					if !ok {
						continue
					}
					switch {
					case p.kind == benign:
						for j := i; j < end; j++ {
							f.benign[j] = true
						}
					case p.kind >= kindCount:
						hits = append(hits, finding{p, i, end})
					case everywhere.any(set(p.kind)) || b.active&(1<<p.lang) != 0:
						for j := i; j < end; j++ {
							toks[j].kinds |= set(p.kind)
							toks[j].over, toks[j].overLang = p.kind, p.lang
						}
					}
				}
			}
		}
	}
	for i := range hits {
		h := &hits[i]
		var slot **finding
		switch h.p.kind {
		case refusal:
			slot = &f.refusal
		case maybe:
			slot = &f.maybe
		case rights:
			slot = &f.rights
		case refuse:
			slot = &f.refuse
			f.refusing = append(f.refusing, *h)
		}
		if h.p.kind != refuse && slices.Contains(f.benign[h.from:h.to], true) {
			continue
		}
		if h.p.kind == refusal {
			f.refusals = append(f.refusals, *h)
		}
		// The surest refusal decides; among equals the longest, then the first.
		if *slot == nil || h.p.kind == refusal && b.sure(toks, h) && !b.sure(toks, *slot) {
			*slot = h
		}
	}
	return f
}

// window is how far around a refusal its clause is searched, in words.
const window = 40

// sure tells a refusal from a question about refusing, a condition, a quotation
// or a wish about something else ("do not send the parcel").
func (b *Book) sure(toks []token, h *finding) bool {
	lang := uint16(1) << h.p.lang
	asked, polite := toks[h.from].asked, false
	for i := h.from; i < h.to; i++ {
		if toks[i].quoted && !toks[0].quoted {
			return false
		}
	}
	for i := h.from - 1; i >= max(0, h.from-window) && toks[i].clause == toks[h.from].clause; i-- {
		if toks[i].e.says(ask, lang) && !toks[i].e.says(modal, lang) {
			return false
		}
	}
	for i := h.from; i >= max(0, h.from-window) && toks[i].clause >= toks[h.from].clause-1; i-- {
		polite = polite || toks[i].e.says(modal, lang)
	}
	for i := h.from; i < min(len(toks), h.to+window) && toks[i].clause == toks[h.from].clause; i++ {
		polite = polite || toks[i].e.says(modal, lang)
		if toks[i].e.says(topic, lang) {
			return false
		}
	}
	return !asked || polite
}

var stopKinds = set(sign, stopAny, stopWhole)

// stopAt finds the opt-out word that decides: a global word before the others.
func stopAt(toks []token, benign []bool) int {
	best := -1
	for i, t := range toks {
		if !t.kinds.any(stopKinds) || benign[i] {
			continue
		}
		if best < 0 || rank(t) < rank(toks[best]) {
			best = i
		}
	}
	return best
}

func rank(t token) int {
	switch {
	case t.kinds.any(set(stopAny)) && !t.likely:
		return 0
	case t.kinds.any(set(sign, stopAny)):
		return 1
	}
	return 2
}

func (b *Book) stop(toks []token, f *findings, r *Reading) bool {
	at := stopAt(toks, f.benign)
	if at >= 0 && b.onlyStop(toks, f) {
		t := toks[at]
		everyday := rank(t) == 2
		if !(everyday && t.asked) || f.refusal != nil && b.sure(toks, f.refusal) {
			b.setStop(r, toks, Stop, b.stopRule(t), b.stopTongue(t))
			b.narrow(toks, r)
			return true
		}
		b.setStop(r, toks, MaybeStop, b.stopRule(t), b.stopTongue(t))
		return true
	}
	if f.refusal != nil && b.sure(toks, f.refusal) {
		lang := uint16(1) << f.refusal.p.lang
		b.setStop(r, toks, Stop, b.rule(refusal, lang), b.tongue(lang))
		return true
	}
	if i := b.stopClause(toks, f); i >= 0 {
		b.setStop(r, toks, Stop, b.stopRule(toks[i]), b.stopTongue(toks[i]))
		return true
	}
	return false
}

// doubt is the second look: refusals that may be questions, opt-out words in
// longer texts, people who do not know us, and wishes about their data.
func (b *Book) doubt(toks []token, f *findings, r *Reading) bool {
	mention := -1
	for i, t := range toks {
		if t.kinds.any(set(sign, stopAny)) && !t.likely && !f.benign[i] {
			mention = i
			break
		}
	}
	switch {
	case f.rights != nil:
		lang := uint16(1) << f.rights.p.lang
		r.Intent, r.Rule, r.Lang = Rights, b.rule(rights, lang), b.tongue(lang)
		if mention >= 0 && !toks[mention].asked {
			b.setStop(r, toks, Stop, b.stopRule(toks[mention]), b.stopTongue(toks[mention]))
		}
	case f.refusal != nil:
		lang := uint16(1) << f.refusal.p.lang
		b.setStop(r, toks, MaybeStop, b.rule(refusal, lang), b.tongue(lang))
	case f.maybe != nil:
		lang := uint16(1) << f.maybe.p.lang
		b.setStop(r, toks, MaybeStop, b.rule(maybe, lang), b.tongue(lang))
	case mention >= 0:
		b.setStop(r, toks, MaybeStop, "stop-mentioned", b.stopTongue(toks[mention]))
	default:
		return false
	}
	return true
}

func (b *Book) setStop(r *Reading, toks []token, intent Intent, rule, lang string) {
	r.Intent, r.Rule, r.Lang, r.Scope = intent, rule, lang, NoScope
	if intent != Stop {
		return
	}
	r.Scope = ScopeChannel
	if widens(toks) {
		r.Scope = ScopeAll
	}
}

// widens tells whether the person means every channel: "stop all", not "stop all sms".
func widens(toks []token) bool {
	every := false
	for i, t := range toks {
		switch t.text {
		case "sms", "text", "texts", "смс", "texto", "textos":
			return false
		}
		if t.kinds.any(set(all)) {
			// "all the time", "tutti i giorni"
			if i+2 < len(toks) && times[toks[i+2].text] || i+1 < len(toks) && times[toks[i+1].text] {
				continue
			}
			every = true
		}
	}
	return every
}

// times follow a word for all without widening anything.
var times = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`time day days week weeks month night giorni giorno tempo volte settimane mesi jours jour temps semaines mois journee tage tag zeit wochen
		dias dia tiempo semanas meses rato ден дни време седмица`) {
		m[w] = true
	}
	return m
}()

// onlyStop: opt-out words with nothing beside them that could mean another thing.
func (b *Book) onlyStop(toks []token, f *findings) bool {
	beside := set(filler, polite, all, confirm, decline, near, start)
	numbers := 0
	strong := false
	for i, t := range toks {
		strong = strong || rank(t) < 2 && t.kinds.any(stopKinds) && !f.benign[i]
	}
	for _, t := range toks {
		switch {
		case t.kinds.any(stopKinds), t.kinds.any(beside), t.program > 0:
		case !t.letters && len(t.text) >= 5 && strong, t.digits && len(t.text) >= 5 && strong:
			numbers++
		default:
			return false
		}
	}
	if !strong && slices.Contains(f.benign, true) {
		return false
	}
	return numbers <= 4
}

// stopClause finds a first or last clause that says nothing but an ANY word:
// "STOP. I told you", "mi avete stancato, stop".
func (b *Book) stopClause(toks []token, f *findings) int {
	whole := func(from, to int) int {
		at := -1
		for i := from; i < to; i++ {
			t := toks[i]
			switch {
			case f.benign[i] || t.quoted || t.asked && i == from:
				return -1
			case t.kinds.any(set(sign, stopAny)):
				at = i
			case !t.kinds.any(set(filler, all)):
				return -1
			}
		}
		return at
	}
	end := 1
	for end < len(toks) && !toks[end].starts {
		end++
	}
	if i := whole(0, end); i >= 0 {
		return i
	}
	begin := len(toks) - 1
	for begin > 0 && !toks[begin].starts {
		begin--
	}
	return whole(begin, len(toks))
}

func (b *Book) stopRule(t token) string {
	switch {
	case t.likely:
		return "typo-stop"
	case t.kinds.any(set(sign)):
		return "stop-emoji"
	case t.kinds.any(set(stopAny)):
		return b.rule(stopAny, b.langsOf(t, stopAny))
	}
	return b.rule(stopWhole, b.langsOf(t, stopWhole))
}

func (b *Book) stopTongue(t token) string {
	if t.kinds.any(set(stopAny)) {
		return b.tongue(b.langsOf(t, stopAny))
	}
	return b.tongue(b.langsOf(t, stopWhole))
}

// langsOf are the languages in which a token is of the kind.
func (b *Book) langsOf(t token, k kind) uint16 {
	if t.e != nil && t.e.langs[k]&b.active != 0 {
		return t.e.langs[k]
	}
	if t.over == k {
		return 1 << t.overLang
	}
	return 0
}

// narrow limits a stop to the program it names; two programs are the channel.
func (b *Book) narrow(toks []token, r *Reading) {
	p := 0
	for _, t := range toks {
		if t.program > 0 && t.program != p {
			if p > 0 {
				return
			}
			p = t.program
		}
	}
	if p > 0 && r.Scope == ScopeChannel {
		r.Scope, r.Program = ScopeProgram, b.programs[p-1].ID
	}
}

// asked reads help and start words that stand alone.
func (b *Book) asked(toks []token, _ *findings, r *Reading) bool {
	for _, k := range [...]kind{help, start} {
		i := alone(toks, k, set(filler, polite))
		if i < 0 {
			continue
		}
		r.Intent = Help
		if k == start {
			r.Intent = Start
		}
		langs := b.langsOf(toks[i], k)
		r.Rule, r.Lang = b.rule(k, langs), b.tongue(langs)
		return true
	}
	return false
}

// alone finds a token of the kind when every other token is of the kinds beside it.
func alone(toks []token, k kind, beside kindset) int {
	at := -1
	for i, t := range toks {
		switch {
		case t.program > 0:
			return -1
		case t.kinds.any(set(k)):
			if at < 0 {
				at = i
			}
		case !t.kinds.any(beside):
			return -1
		}
	}
	return at
}

// maxAnswer is the length of the longest yes, in words: a longer text is not an answer.
const maxAnswer = 8

// answer reads no, yes and nearly yes to the question pending.
func (b *Book) answer(toks []token, f *findings, r *Reading) bool {
	if f.refuse != nil {
		lang := uint16(1) << f.refuse.p.lang
		r.Intent, r.Rule, r.Lang = Decline, b.rule(refuse, lang), b.tongue(lang)
		return true
	}
	yes, no, doubtful := false, false, len(toks) > maxAnswer
	for _, t := range toks {
		// A word of both lists counts against consent.
		no = no || t.kinds.any(set(decline)) && t.over != near // "perché no" is nearly yes
		yes = yes || t.kinds.any(set(confirm)) && !t.kinds.any(set(decline))
		doubtful = doubtful || t.drawn || t.asked || t.likely
	}
	hedged := yes && b.hedged(toks)
	if i := alone(toks, decline, set(filler, polite)); i >= 0 && no && !yes {
		langs := b.langsOf(toks[i], decline)
		r.Intent, r.Rule, r.Lang = Decline, b.rule(decline, langs), b.tongue(langs)
		return true
	}
	if i := alone(toks, confirm, set(polite, near)); i >= 0 && !no && !doubtful && !hedged && yes {
		langs := b.langsOf(toks[i], confirm)
		r.Intent, r.Rule, r.Lang = Confirm, b.rule(confirm, langs), b.tongue(langs)
		return true
	}
	if i := alone(toks, near, set(polite, filler)); i >= 0 && !no {
		langs := b.langsOf(toks[i], near)
		r.Rule, r.Lang = b.rule(near, langs), b.tongue(langs)
		return true
	}
	if i := alone(toks, hedge, set(polite, filler, near, confirm)); i >= 0 && hedged && !no {
		langs := toks[i].hedges()
		r.Rule, r.Lang = b.rule(hedge, langs), b.tongue(langs)
		return true
	}
	return false
}

// hedges are the languages in which a word takes back a yes; "si" is if in
// French, where it is no yes, and either in Spanish, where it is one.
func (t *token) hedges() (langs uint16) {
	if t.kinds.any(set(hedge)) && t.over == hedge {
		langs = 1 << t.overLang
	}
	if t.e != nil {
		langs |= t.e.langs[hedge] &^ t.e.langs[confirm]
	}
	return langs
}

// hedged tells a yes with a maybe or a condition from a yes. A word that may
// stand beside a yes in one language takes back only a yes of its own: the
// Italian "ma" is but, the French is my.
func (b *Book) hedged(toks []token) bool {
	var yes uint16
	for i := range toks {
		if e := toks[i].e; e != nil {
			yes |= e.langs[confirm] & b.active
		}
	}
	for i := range toks {
		t := &toks[i]
		if h := t.hedges(); h&yes != 0 || h != 0 && !t.kinds.any(set(polite, confirm)) {
			return true
		}
	}
	return false
}

// maxBeside is how many unknown words may stand beside a good code: a name.
const maxBeside = 4

// maxCode is how many pieces of a code and words beside it are tried.
const maxCode = 12

// redeem reads program words and codes, in any order.
func (b *Book) redeem(toks []token, f *findings, r *Reading) bool {
	if !slices.ContainsFunc(toks, func(t token) bool { return t.program > 0 || t.digits }) {
		return false
	}
	var takes, joins []int
	var args []token // what is neither a program word nor a word that may stand beside it
	var others []token
	unknown, dubious := 0, f.denial.taken
	lang := ""
	for _, t := range toks {
		dubious = dubious || t.asked || t.program == 0 && t.kinds.any(set(ask, topic, decline)) && !t.kinds.any(set(forProgram, confirm))
		if t.program > 0 {
			if b.programs[t.program-1].Redeem {
				takes = appendNew(takes, t.program-1)
			} else {
				joins = appendNew(joins, t.program-1)
			}
			if lang == "" {
				lang = b.lang[t.text]
			}
			continue
		}
		others = append(others, t)
		if t.digits {
			args = append(args, t)
			continue
		}
		if !t.kinds.any(set(forProgram, polite, filler, confirm, near)) {
			unknown++
			args = append(args, t)
		}
	}
	candidates := takes
	if len(takes) == 0 && len(joins) == 0 {
		for i, p := range b.programs {
			if p.Redeem && p.Code != nil {
				candidates = append(candidates, i)
			}
		}
	}
	for _, i := range candidates {
		if b.programs[i].Code == nil || dubious || unknown > maxCode {
			continue
		}
		code, spare, ok := b.code(b.programs[i], others, args)
		if !ok || spare > maxBeside || len(takes) == 0 && spare > 0 && !b.misspelt(i, args) {
			continue
		}
		r.Intent, r.Program, r.Code, r.Rule, r.Lang = Redeem, b.programs[i].ID, code, "program-word", lang
		if len(takes) == 0 {
			r.Rule = "program-code"
		}
		b.together(r, joins, f)
		return true
	}
	// Only a good code outweighs a no nobody understood: "wifi non funziona".
	dubious = dubious || slices.ContainsFunc(others, func(t token) bool { return t.kinds.any(set(negate)) && !t.kinds.any(set(forProgram)) })
	switch {
	case dubious:
		return false
	case len(takes) > 0:
		p := b.programs[takes[0]]
		venue := ""
		if p.Code == nil {
			if unknown > 3 {
				return false
			}
			venue = upper(args)
		} else {
			if unknown > 0 && !slices.ContainsFunc(args, func(t token) bool { return t.digits }) || unknown > maxBeside {
				return false
			}
			venue = upper(slices.DeleteFunc(args, func(t token) bool { return !t.digits }))
		}
		r.Intent, r.Program, r.Code, r.Rule, r.Lang = Redeem, p.ID, venue, "program-word", lang
		b.together(r, joins, f)
		return true
	case len(joins) > 0 && len(args) == 0 && !f.denial.open: // "SI OFFERTE" too is a wish to join, answered with our question
		r.Intent, r.Program, r.Rule, r.Lang = Join, b.programs[joins[0]].ID, "program-word", lang
		r.Join = b.ids(joins[1:])
		return true
	}
	return false
}

// together adds the programs joined beside a redeem; where anything is negated
// they are none.
func (b *Book) together(r *Reading, joins []int, f *findings) {
	if f.denial.open {
		r.Declined = b.ids(joins)
		return
	}
	r.Join = b.ids(joins)
}

// code looks for a code the program accepts: everything said, everything but
// the small words, the tokens with digits, each alone. spare counts the unknown
// words it leaves over.
func (b *Book) code(p Program, others, args []token) (code string, spare int, ok bool) {
	if len(others) > 24 {
		return "", 0, false
	}
	numbers := make([]token, 0, len(args))
	for _, t := range args {
		if t.digits {
			numbers = append(numbers, t)
		}
	}
	tries := [][]token{others, args, numbers}
	for i := range numbers {
		tries = append(tries, numbers[i:i+1])
	}
	for _, try := range tries {
		if len(try) == 0 {
			continue
		}
		if c, good := p.Code(upper(try)); good {
			return c, max(0, len(args)-len(try)), true
		}
	}
	return "", 0, false
}

// misspelt: one unknown word beside a good code is the program's word, one slip away.
func (b *Book) misspelt(program int, args []token) bool {
	for _, t := range args {
		if t.digits {
			continue
		}
		for w, i := range b.words {
			if i == program+1 && len(w) >= 4 && oneEdit([]rune(t.text), []rune(w)) {
				return true
			}
		}
	}
	return false
}

// upper is the canonical form of a code: upper case, no separators, Latin letters.
func upper(toks []token) string {
	var s strings.Builder
	for _, t := range toks {
		w := t.text
		if t.drawn || t.likely {
			w = t.alt // as typed: in a code no letter is a slip
		}
		if t.alt != "" || strings.ContainsFunc(w, func(r rune) bool { return r >= utf8.RuneSelf }) {
			if l := inScript(w, latin, toLatin); l != "" {
				w = l
			}
		}
		s.WriteString(strings.ToUpper(w))
	}
	return s.String()
}

func (b *Book) ids(programs []int) []string {
	var out []string
	for _, i := range programs {
		out = append(out, b.programs[i].ID)
	}
	return out
}

func appendNew(list []int, i int) []int {
	if slices.Contains(list, i) {
		return list
	}
	return append(list, i)
}
