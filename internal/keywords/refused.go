package keywords

import "slices"

// denial is what a text refuses beside, or instead of, what it asks for.
type denial struct {
	said     []bool // tokens of refusals understood to the end; nil where there are none
	word     int    // the first word that refuses, -1 without one
	programs []int  // joined by their word, and refused by name
	things   bool   // messages are refused: "no sms"
	alone    bool   // a no with nothing after it: "no grazie"
	taken    bool   // a program with a code is refused: "no carta"
	open     bool   // something is negated, perhaps the program
}

// reach is how many small words may stand between a no and what it refuses:
// "I do not want to receive any of your offers".
const reach = 7

// small words may stand between a no and what it refuses, and after it.
var small = set(filler, polite, forProgram, wish, all, near, negate, thing)

// denied finds what a text refuses. A no reaches forward to a program word or a
// word for messages in its clause; with nothing after it, it refuses everything
// the text would join.
func (b *Book) denied(toks []token, f *findings) denial {
	d := denial{word: -1}
	say := func(word, to int) {
		from := word
		for from > 0 && word-from < reach && !toks[from].starts && toks[from-1].program == 0 && !toks[from-1].digits &&
			toks[from-1].kinds.any(small) && !toks[from-1].kinds.any(set(confirm)) { // "I do" of "I do not want"
			from--
		}
		if d.said == nil {
			d.said = make([]bool, len(toks))
		}
		for i := from; i < to; i++ {
			d.said[i] = true
		}
		if d.word < 0 {
			d.word = word
		}
	}
	joins := func(i int) bool { return i >= 0 && toks[i].program > 0 && !b.programs[toks[i].program-1].Redeem }
	for i := range toks {
		t := &toks[i]
		if f.benign[i] || t.over == near && t.kinds.any(set(near)) || t.program > 0 {
			continue
		}
		cancels := t.kinds.any(set(stopWhole))
		if !cancels && !t.kinds.any(set(negate, without, decline)) || numbering(toks, i) {
			continue
		}
		d.open = d.open || !cancels
		end, things, sends, bare := 0, false, false, true
		for j := i + 1; j < len(toks) && j <= i+reach && !toks[j].starts; j++ {
			w := toks[j]
			if w.program > 0 && !joins(j) {
				bare = joins(i - 1) // "offerte no carta 123456"
				d.taken = d.taken || end == 0 && !bare
				break
			}
			if joins(j) {
				d.programs, end = appendNew(d.programs, w.program-1), j+1
				break
			}
			if w.digits {
				break
			}
			sends = sends || w.kinds.any(set(sending)) && !w.kinds.any(set(thing))
			if w.kinds.any(set(thing)) {
				end, things = j+1, true
				continue
			}
			if !w.kinds.any(small | set(decline, sending)) {
				bare = false
				break
			}
		}
		switch {
		case cancels:
		case end > 0 && toks[end-1].program > 0:
			say(i, end)
		case things && !sends: // "do not text me" is a stop
			say(i, end)
			d.things = true
		case t.kinds.any(set(negate, decline)) && bare && !sends:
			d.alone = true
			to := i + 1
			for to < len(toks) && !toks[to].starts && to <= i+reach && toks[to].program == 0 && !toks[to].digits {
				to++
			}
			say(i, to)
		}
	}
	for _, h := range f.refusing {
		plain := true
		for _, t := range toks[h.from:h.to] {
			plain = plain && t.program == 0 && !t.digits
		}
		if plain {
			d.alone = true
			say(h.from, h.to)
		}
	}
	if d.alone {
		for i, t := range toks {
			if joins(i) {
				d.programs = appendNew(d.programs, t.program-1)
				d.said[i] = true
			}
		}
	}
	return d
}

// numbering tells the no of "carta no. 123456".
func numbering(toks []token, i int) bool {
	return toks[i].kinds.any(set(forProgram)) && i+1 < len(toks) && toks[i+1].digits && !(i > 0 && toks[i-1].digits)
}

// beside reads a program taken and questions refused in one text: the card is
// activated, and nothing is asked. A word or phrase that opts out comes first.
func (b *Book) beside(toks []token, f *findings, r *Reading) bool {
	d := &f.denial
	if d.said == nil || d.taken {
		return false
	}
	for i, t := range toks {
		// "keine Werbung" opts out alone; beside a card it refuses what follows.
		if t.kinds.any(stopKinds) && !f.benign[i] && !(d.said[i] && t.over == stopAny && !t.e.says(stopAny, b.active)) {
			return false
		}
	}
	for _, h := range f.refusals {
		if slices.Contains(d.said[h.from:h.to], false) {
			return false
		}
	}
	if f.rights != nil {
		return false
	}
	kept := make([]token, 0, len(toks))
	for i, t := range toks {
		if !d.said[i] {
			kept = append(kept, t)
		}
	}
	q := *r
	if !b.redeem(kept, &findings{}, &q) || q.Intent != Redeem {
		return false
	}
	open := b.program(q.Program).Code == nil && (d.things || len(d.programs) > 0)
	if q.Code == "" && !open {
		return false
	}
	*r = q
	// Whoever refuses one thing and asks for another is not asked again.
	r.Join, r.Declined = nil, b.ids(d.programs)
	if r.Declined == nil {
		r.Declined = []string{""}
	}
	return true
}

func (b *Book) program(id string) Program {
	for _, p := range b.programs {
		if p.ID == id {
			return p
		}
	}
	return Program{}
}

// declined reads a program refused by its word, or a lone no beside one.
func (b *Book) declined(toks []token, f *findings, r *Reading) bool {
	d := &f.denial
	if d.word < 0 || toks[d.word].asked {
		return false
	}
	if len(d.programs) == 0 {
		// "carta no"; a no without a program word is the answer to a question.
		named := false
		for i, t := range toks {
			named = named || t.program > 0
			if t.program == 0 && !d.said[i] && !t.kinds.any(small) {
				return false
			}
		}
		if !named || !d.alone {
			return false
		}
	}
	langs := toks[d.word].said(negate, without, decline)
	for _, t := range toks {
		// "no" is a word of four languages, "offers no" is English.
		for l := range languages {
			if own := langs & (1 << l); t.program > 0 && own != 0 && languages[l].code == b.lang[t.text] {
				langs = own
			}
		}
	}
	r.Intent, r.Rule, r.Lang = Decline, b.rule(negate, langs), b.tongue(langs)
	return true
}

// said are the languages in which a word is of one of the kinds.
func (t *token) said(kinds ...kind) (langs uint16) {
	for _, k := range kinds {
		if t.over == k {
			langs |= 1 << t.overLang
		}
		if t.e != nil {
			langs |= t.e.langs[k]
		}
	}
	return langs
}
