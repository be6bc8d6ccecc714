package policy

import (
	"time"

	"placet/internal/consent"
	"placet/internal/message"
)

// engineRules are the rules that hold everywhere; their words are in all.yaml.
var engineRules = []string{
	"all-input", "all-no-pack",
	"all-suppressed", "all-refused", "all-withdrawn", "all-objected", "all-invalidated", "all-state-unknown",
	"all-service", "all-service-reply", "all-optin-request", "all-optin-unasked",
	"all-invitation-contact", "all-invitation-announced", "all-already-granted",
	"all-question-open", "all-one-ask", "all-after-silence",
	"all-weak-proof", "all-not-due", "all-source-unknown", "all-no-basis",
}

// Decide answers a question. It is pure: the time is q.At, nothing is read or
// remembered. The order is that of the engine: input,
// suppression, refusals, jurisdiction and its pack at that day, one-ask, basis
// and cell, sender, quiet hours. What no rule permits is denied.
//
// The slices of a Decision are shared; do not write to them.
func (b *Book) Decide(q Question) Decision { return b.decide(&q) }

func (b *Book) decide(q *Question) Decision {
	if bad := q.check(); bad != nil {
		return b.malformed(bad)
	}
	switch q.Kind {
	case message.Service:
		return b.service(q)
	case message.OptinRequest:
		return b.confirmation(q)
	default:
		return b.marketing(q)
	}
}

// service: an answer to the person's own message (the benefit, the
// acknowledgement of STOP, help) reaches even somebody who has stopped everything.
func (b *Book) service(q *Question) Decision {
	switch {
	case q.Contact == "person":
		return b.engine["all-service-reply"].yes(q.Kind)
	case q.Suppressed:
		return b.engine["all-suppressed"].no(0)
	}
	return b.engine["all-service"].yes(q.Kind)
}

// confirmation (RP-6): the check of a request is no advertising only if the
// person made the request; then it may follow a refusal or a stop, which it does not lift.
func (b *Book) confirmation(q *Question) Decision {
	switch {
	case q.Contact == "person":
		return b.engine["all-optin-request"].yes(q.Kind)
	case q.Suppressed:
		return b.engine["all-suppressed"].no(0)
	}
	return b.engine["all-optin-unasked"].no(0)
}

// marketing decides what advertises and what asks for leave to.
func (b *Book) marketing(q *Question) Decision {
	if id := q.refused(); id != "" {
		return b.engine[id].no(0)
	}
	p := b.packFor(q)
	if p == nil {
		return b.engine["all-no-pack"].no(0)
	}
	if id := q.mayNotAsk(); id != "" {
		return b.engine[id].no(0)
	}
	ki, ci := kindIndex(q.Kind), channelIndex(q.Channel)
	r := first(p.permits[ki][ci], q)
	if r == nil {
		return b.without(p, q, ki, ci)
	}
	if q.Kind == message.Invitation { // a reply: neither sender rules nor quiet hours
		return r.yes(q.Kind)
	}
	if q.Channel == consent.SMS {
		for _, s := range p.senders {
			if s.forbids(q) {
				return s.no(0)
			}
		}
	}
	if h := p.hours[ci]; h != nil {
		if q.DateOnly {
			return b.malformed(&InputError{Field: "at", Problem: "needs a time of day and an offset: quiet hours depend on it"})
		}
		open, next := h.opens(q.At, p.zone, p.holidays)
		if !open {
			d := h.rule.no(0)
			d.Verdict, d.Basis, d.Until, d.Alternatives = Defer, r.basis, next, nil
			return d
		}
	}
	return r.yes(q.Kind)
}

// refused: steps 2 and 4 of the engine, for everything that is marketing or asks for it.
func (q *Question) refused() string {
	if q.Suppressed {
		return "all-suppressed"
	}
	switch q.Consent {
	case consent.Refused:
		return "all-refused"
	case consent.Withdrawn:
		return "all-withdrawn"
	case consent.Objected:
		return "all-objected"
	case consent.Invalidated:
		return "all-invalidated"
	case "":
		return "all-state-unknown" // it may be a refusal (RP-5; ICO against Honda)
	default:
		return ""
	}
}

// mayNotAsk: RP-2d and RP-3, for the two kinds that are questions.
func (q *Question) mayNotAsk() string {
	if q.Kind == message.Marketing {
		return ""
	}
	if q.Kind == message.Invitation {
		switch {
		case q.Contact != "person":
			return "all-invitation-contact"
		case !yes(q.Announced):
			return "all-invitation-announced"
		case q.Consent == consent.Granted:
			return "all-already-granted"
		}
	}
	switch {
	case q.Consent == consent.Pending:
		return "all-question-open"
	case q.AskedBefore:
		return "all-one-ask"
	case q.Consent == consent.Expired && q.Kind == message.Repermission:
		return "all-after-silence"
	}
	return ""
}

// packFor is the pack of the person's country on that day, generic EU for a
// country unknown or unlisted, nil where no pack is in force.
func (b *Book) packFor(q *Question) *pack {
	packs, ok := b.listed[q.Country]
	if !ok {
		packs = b.generic
	}
	for _, p := range packs {
		if inForce(q.At, p.from, p.to) {
			return p
		}
	}
	return nil
}

// without names the reason for which nothing permits a message, and what may be done instead.
func (b *Book) without(p *pack, q *Question, ki, ci int) Decision {
	r := first(p.refusals[ki][ci], q)
	granted := q.Consent == consent.Granted
	switch {
	case r != nil:
	case granted && !proven(q.Grade):
		r = b.engine["all-weak-proof"]
	case granted && !q.own() && q.Source == "":
		r = b.engine["all-source-unknown"]
	case granted && q.Grade == consent.GradeA && q.Kind == message.Repermission:
		r = b.engine["all-not-due"]
	default:
		r = b.engine["all-no-basis"]
	}
	// Another way that needs no consent may be open; a yes or no is of its channel, so it counts as none there.
	mask := 0
	other := *q
	other.Consent, other.Grade, other.ConsentAt = consent.None, "", time.Time{}
	if q.Channel != consent.Email && first(p.permits[ki][channelIndex(consent.Email)], &other) != nil {
		mask |= 1
	}
	if q.Channel != consent.Post && first(p.permits[ki][channelIndex(consent.Post)], &other) != nil {
		mask |= 2
	}
	return r.no(mask)
}

func first(rs []*rule, q *Question) *rule {
	for _, r := range rs {
		if r.holds(q) {
			return r
		}
	}
	return nil
}

func (r *rule) holds(q *Question) bool {
	if len(r.topics) > 0 && !has(r.topics, q.Topic) || len(r.classes) > 0 && !has(r.classes, q.Class) {
		return false
	}
	if r.party != "" && (r.party == "business") != q.Business {
		return false
	}
	if (!r.from.IsZero() || !r.to.IsZero()) && !inForce(q.At, r.from, r.to) {
		return false
	}
	for i := range r.when {
		if !r.when[i].holds(q) {
			return false
		}
	}
	return true
}

// forbids reads r as a sender rule: it strikes its sender type, and an unknown
// sender, which may be of that type, unless all its conditions hold.
func (r *rule) forbids(q *Question) bool {
	if q.Sender != r.sender && q.Sender != "" {
		return false
	}
	if (!r.from.IsZero() || !r.to.IsZero()) && !inForce(q.At, r.from, r.to) {
		return false
	}
	for i := range r.when {
		if !r.when[i].holds(q) {
			return true
		}
	}
	return len(r.when) == 0
}

func has[T comparable](in []T, v T) bool {
	for _, x := range in {
		if x == v {
			return true
		}
	}
	return false
}

// yes answers with a permission: questions and their confirmations once, the rest as often as asked.
func (r *rule) yes(k message.Kind) Decision {
	v := AllowOnce
	if k == message.Marketing || k == message.Service {
		v = Allow
	}
	return Decision{Verdict: v, Basis: r.basis, Rule: r.id, Reason: r.texts["en"], Citation: r.citation, Pack: r.label}
}

func (r *rule) no(mask int) Decision {
	return Decision{Verdict: Deny, Rule: r.id, Reason: r.texts["en"], Citation: r.citation,
		Alternatives: r.alternatives[mask], Pack: r.label}
}

// malformed answers a question that cannot be read, naming the field.
func (b *Book) malformed(bad *InputError) Decision {
	d := b.engine["all-input"].no(0)
	d.Reason = d.Reason + " (" + bad.Error() + ")"
	return d
}

func kindIndex(k message.Kind) int {
	switch k {
	case message.Marketing:
		return 0
	case message.Repermission:
		return 1
	default:
		return 2
	}
}

func channelIndex(c consent.Channel) int {
	switch c {
	case consent.SMS:
		return 0
	case consent.Email:
		return 1
	case consent.Call:
		return 2
	default:
		return 3
	}
}
