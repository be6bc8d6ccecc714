package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"placet/internal/consent"
)

// condition is one fact a rule rests on, as a pack writes it.
type condition struct {
	text  string // as written: "sale within 24 months"
	group string // a rule takes at most one condition of a group
	holds func(q *Question) bool
}

// word is one entry of the vocabulary. N and M in its phrase stand for numbers.
type word struct {
	phrase  string
	meaning string
	group   string
	holds   func(q *Question, n, m int) bool
}

// vocabulary is everything a pack can say of a question. A condition holds only
// when its fact is known and so: an unknown fact can make a permission fail,
// never succeed.
var vocabulary = []word{
	{"consent granted", "the person said yes, for this channel and topic, and it stands", "consent",
		func(q *Question, _, _ int) bool { return q.Consent == consent.Granted }},
	{"consent not granted", "there is no standing yes (only for choosing the reason of a refusal)", "consent",
		func(q *Question, _, _ int) bool { return q.Consent != consent.Granted }},
	{"proof A", "confirmed here, both halves", "proof",
		func(q *Question, _, _ int) bool { return q.Grade == consent.GradeA }},
	{"proof C", "single opt-in with a complete dossier", "proof",
		func(q *Question, _, _ int) bool { return q.Grade == consent.GradeC }},
	{"proof A or B", "double opt-in, here or elsewhere with proof", "proof",
		func(q *Question, _, _ int) bool { return q.Grade == consent.GradeA || q.Grade == consent.GradeB }},
	{"proof B or C", "proven elsewhere", "proof",
		func(q *Question, _, _ int) bool { return q.Grade == consent.GradeB || q.Grade == consent.GradeC }},
	{"proof A, B or C", "proven well enough to rely on", "proof",
		func(q *Question, _, _ int) bool { return proven(q.Grade) }},
	{"consent within N months", "the yes was given at most N months ago", "",
		func(q *Question, n, _ int) bool { return within(q.At, q.ConsentAt, n) }},
	{"consent at least N months old", "the yes was given N months ago or earlier", "",
		func(q *Question, n, _ int) bool { return !q.ConsentAt.IsZero() && !after(q.ConsentAt, back(q.At, n)) }},
	{"own source", "the person gave us the address; a consent confirmed here proves it where nobody says", "source",
		func(q *Question, _, _ int) bool { return q.own() }},
	{"rented source", "the address was rented or bought", "source",
		func(q *Question, _, _ int) bool { return q.Source == "rented" }},
	{"source disclosed", "the person has been told where the address comes from (GDPR art. 14(2)(f))", "",
		func(q *Question, _, _ int) bool { return yes(q.SourceDisclosed) }},
	{"country known", "the person's country is known", "",
		func(q *Question, _, _ int) bool { return q.Country != "" }},
	{"profession match", "the message relates to the person's profession", "",
		func(q *Question, _, _ int) bool { return yes(q.ProfessionMatch) }},
	{"sale within N months", "a completed sale to the person at most N months ago", "",
		func(q *Question, n, _ int) bool { return within(q.At, q.SaleAt, n) }},
	{"completed sale", "a completed sale to the person", "",
		func(q *Question, _, _ int) bool { return !q.SaleAt.IsZero() && !after(q.SaleAt, q.At) }},
	{"similar goods", "own goods or services similar to those sold", "",
		func(q *Question, _, _ int) bool { return yes(q.Similar) }},
	{"notice at collection", "the use was announced when the address was given", "",
		func(q *Question, _, _ int) bool { return yes(q.NoticeAtCollection) }},
	{"objection offered", "objecting was offered at collection and is in this message", "",
		func(q *Question, _, _ int) bool { return yes(q.OptoutOffered) }},
	{"person acted within N months", "the person's last own act (click, order, yes, message; never an open) is at most N months old", "act",
		func(q *Question, n, _ int) bool { return within(q.At, q.lastAct(), n) }},
	{"person last acted N to M months ago", "the person's last own act is N to M months old", "",
		func(q *Question, n, m int) bool {
			t := q.lastAct()
			return within(q.At, t, m) && !after(t, back(q.At, n))
		}},
	{"person silent for N months", "the person's last own act is more than N months old (only for choosing the reason of a refusal)", "act",
		func(q *Question, n, _ int) bool {
			t := q.lastAct()
			return !t.IsZero() && !within(q.At, t, n)
		}},
	{"started by the person", "the contact was started by the person", "",
		func(q *Question, _, _ int) bool { return q.Contact == "person" }},
	{"announced", "the artefact said that a question would follow", "",
		func(q *Question, _, _ int) bool { return yes(q.Announced) }},
	{"sender registered", "the sender is registered for this country", "",
		func(q *Question, _, _ int) bool { return yes(q.SenderRegistered) }},
}

// forRefusals are the conditions that hold of unknown facts: a permission may not use them.
var forRefusals = map[string]bool{"consent not granted": true, "person silent for N months": true}

// parseCondition reads a condition as a pack writes it.
func parseCondition(text string) (c condition, onlyRefusals bool, err error) {
	words := strings.Fields(text)
	var ns []int
	for i, w := range words {
		if n, err := strconv.Atoi(w); err == nil {
			words[i] = string("NM"[min(len(ns), 1)])
			ns = append(ns, n)
		}
	}
	phrase := strings.Join(words, " ")
	for _, w := range vocabulary {
		if w.phrase != phrase {
			continue
		}
		ns = append(ns, 0, 0)
		n, m := ns[0], ns[1]
		if strings.Contains(phrase, " N ") && (n < 1 || n > 600) || strings.Contains(phrase, " M ") && (m < n || m > 600) {
			return c, false, fmt.Errorf("condition %q: months must be 1 to 600, and rise", text)
		}
		return condition{text: strings.Join(strings.Fields(text), " "), group: w.group,
			holds: func(q *Question) bool { return w.holds(q, n, m) }}, forRefusals[phrase], nil
	}
	return c, false, fmt.Errorf("condition %q is not in the vocabulary", text)
}

func yes(b *bool) bool { return b != nil && *b }

func proven(g consent.Grade) bool {
	return g == consent.GradeA || g == consent.GradeB || g == consent.GradeC
}

// own: where nobody says whence the address comes, a consent confirmed here in
// both halves says it.
func (q *Question) own() bool {
	return q.Source == "own" || q.Source == "" && q.Consent == consent.Granted && q.Grade == consent.GradeA
}

// lastAct is the latest thing the person is known to have done.
func (q *Question) lastAct() time.Time {
	t := q.LastPositiveAct
	if q.SaleAt.After(t) {
		t = q.SaleAt
	}
	if q.Consent == consent.Granted && q.ConsentAt.After(t) {
		t = q.ConsentAt
	}
	return t
}

// Dates are compared as days, each in its own offset: most facts are known to the day only.
func after(a, b time.Time) bool { return a.After(b) && day(a) > day(b) }

func day(t time.Time) int {
	y, m, d := t.Date()
	return y*10000 + int(m)*100 + d
}

func back(at time.Time, months int) time.Time { return at.AddDate(0, -months, 0) }

// within reports whether t is known, not after at, and at most n months before it.
func within(at, t time.Time, n int) bool {
	return !t.IsZero() && !after(t, at) && day(t) >= day(back(at, n))
}
