package optin

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/message"
	"placet/internal/trace"
	"placet/templates"
)

// Join is the first half made on a form or by the API while the person is
// present: the question goes to the address itself, and only there can it be
// answered. The same request again (same Press.Nonce) does nothing.
func (d *Desk) Join(ctx context.Context, j Joining) (event string, err error) {
	b := j.Brand
	p := b.Program(j.Program)
	switch {
	case j.Program != "" && p == nil:
		return "", ErrNoProgram
	case len(j.Topics) == 0:
		return "", ErrNothingAsked
	case j.Channel.Reaches() != j.Address.Kind() || j.Channel == consent.Post:
		return "", fmt.Errorf("optin: channel %s does not travel to this kind of address: %w", j.Channel, address.ErrInvalid)
	}
	for _, t := range j.Topics {
		if !slices.Contains(b.AllTopics(), t) {
			return "", fmt.Errorf("optin: topic %q: %w", t, ErrNothingAsked)
		}
	}
	event, _, err = d.perform(ctx, Cause{Brand: b.ID, Source: j.Method, Ref: j.Press.Nonce}, Who{Address: j.Address}, func(dr *Draft) (*scene, error) {
		lang := b.Speaks(j.Language, dr.Facts.Language, spoken[j.Address.Region()])
		s := d.begin(b, dr, j.Address, j.Channel, lang)
		s.pressed(j.Press, j.Method)
		e := dr.Event
		e.Wording = j.Wording
		maps.Copy(e.Proof, prefixed("form.", j.Form))
		e.Point = j.Point
		if j.Method == "web_form" { // our own form: we know how it asks
			e.Terms = &consent.Terms{SeparateFromTerms: true, NotConditional: true}
		}
		s.program(p)
		if p != nil && j.Notice != "" {
			e.Notice = p.Notice + "/" + j.Notice
		}
		if dr.New {
			dr.Facts.Language, dr.FactsNew = lang, true
		}
		return s, s.joinByForm(j)
	})
	return event, err
}

// pressed keeps how a page was used: evidence of the act, not of the person.
func (s *scene) pressed(p Press, method string) {
	e := s.dr.Event
	e.Method = method
	e.Proof = map[string]string{"way": p.Way, "ip": p.IP, "user_agent": p.UserAgent}
	if !p.Shown.IsZero() {
		e.Proof["shown_at"] = p.Shown.UTC().Format(time.RFC3339Nano)
		e.Proof["seconds_to_press"] = fmt.Sprintf("%.1f", p.At.Sub(p.Shown).Seconds())
	}
	e.Withdrawn = "the preference link in every message, or one click on unsubscribe"
	s.step(trace.Arrived, strings.ReplaceAll(method, "_", " ")+" of "+s.to.String(), map[string]any{"method": method, "proof": e.Proof})
}

func prefixed(prefix string, m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[prefix+k] = v
	}
	return out
}

func (s *scene) joinByForm(j Joining) error {
	open := slices.DeleteFunc(slices.Clone(j.Topics), func(t consent.Topic) bool {
		return s.dr.Record.At(consent.Key{Channel: j.Channel, Topic: t}, s.now).State == consent.Granted
	})
	if len(open) == 0 {
		// They may not remember: their own link tells them, and nobody else learns it.
		return s.sendLink(j.Channel)
	}
	allowed, verdict := s.permitted(message.OptinRequest, j.Channel, open, j.Address, j.Program)
	if len(allowed) == 0 {
		return &DeniedError{Rule: verdict.Rule, Reason: verdict.Reason}
	}
	window := smsWindow
	if j.Channel == consent.Email {
		window = emailWindow
	}
	s.dr.CancelQuestions(j.Channel)
	s.dr.Event.Type = consent.Request
	cs, err := s.dr.Act(consent.Act{Kind: consent.Request, At: s.now, Keys: keysOf(j.Channel, allowed), Until: s.now.Add(window), Program: j.Program, Notice: s.dr.Event.Notice, ByPerson: true})
	if err != nil {
		return err
	}
	s.changed(cs)
	m := Message{Kind: message.OptinRequest, Topics: allowed, Program: j.Program, Verdict: verdict}
	if j.Channel == consent.Email {
		where := ""
		if p := s.b.Program(j.Program); p != nil {
			where = named(p, s.lang)
		}
		url := s.b.Links(s.Public) + "/c/" + s.link(ForConfirm, j.Channel, window)
		m.Expires = s.now.Add(24 * time.Hour)
		return s.mail(m, "confirmation", templates.Mail{
			Topics: s.topicNames(allowed), Where: where, ConfirmURL: url,
			When: templates.Moment(s.lang, s.local(s.now)), Until: templates.Moment(s.lang, s.local(s.now.Add(window))),
			NoticeURL: s.noticeURL(j.Program),
		})
	}
	s.from = s.b.Texts()
	name := "optin_request"
	m.About = j.Channel
	if j.Channel == consent.Call {
		name = "optin_request_call" // asked, and answered, on the telephone it is about
	}
	_, err = s.sms(m, name, s.questionValues(allowed, j.Program))
	return err
}

// named is what a program is called in a language.
func named(p *brands.Program, lang string) string {
	for _, l := range []string{lang, "en", ""} {
		if n := p.Name[l]; n != "" {
			return n
		}
	}
	return p.ID
}

// local is the brand's own clock, for times that people read.
func (s *scene) local(t time.Time) time.Time { return t.In(s.b.Location()) }
