package optin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/keywords"
	"placet/internal/message"
	"placet/internal/trace"
	"placet/templates"
)

// errCrossing means that a yes came while its question was about to leave.
var errCrossing = errors.New("optin: the answer crossed its question")

// Receive acts on an inbound text. When it returns without an error, what the
// person wanted is durable; a repeat of the same text has no second effect.
func (d *Desk) Receive(ctx context.Context, t Text) (Heard, error) {
	book := d.Brands.Book(t.Brand.ID)
	if book == nil {
		return Heard{}, fmt.Errorf("optin: brand %s is not in force", t.Brand.ID)
	}
	r := book.Read(t.Body)
	cause := Cause{Brand: t.Brand.ID, Source: t.Provider, Ref: t.Ref}
	wait := d.Patience
	for {
		event, fresh, err := d.perform(ctx, cause, Who{Address: t.From}, func(dr *Draft) (*scene, error) {
			return d.hear(t, r, dr, wait > 0)
		})
		if !errors.Is(err, errCrossing) {
			return Heard{Fresh: fresh, Event: event, Reading: r}, err
		}
		// The question is on its way out; a moment later the answer can be taken.
		const pause = 10 * time.Millisecond
		wait -= pause
		tick := time.NewTimer(pause)
		select {
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return Heard{}, fmt.Errorf("optin: %w", ctx.Err())
		}
	}
}

// hear decides what a text does to one person.
func (d *Desk) hear(t Text, r keywords.Reading, dr *Draft, patient bool) (*scene, error) {
	b := t.Brand
	lang := b.Speaks(r.Lang, dr.Facts.Language, spoken[t.From.Region()])
	s := d.begin(b, dr, t.From, consent.SMS, lang)
	s.from = t.To
	e := dr.Event
	if !t.At.IsZero() {
		e.At = t.At.UTC()
	}
	e.Method, e.Point = "sms_keyword", t.To
	e.Words, e.Intent, e.Rule = t.Body, string(r.Intent), r.Rule
	e.IdentityLevel = "address_proven" // the network vouches for the number
	e.Proof = maps.Clone(t.Raw)
	if e.Proof == nil {
		e.Proof = map[string]string{}
	}
	e.Proof["provider"] = t.Provider
	e.Withdrawn = "text STOP to " + t.To + " or the preference link"
	dr.Prove = append(dr.Prove, t.From)
	if lang != dr.Facts.Language && r.Lang != "" {
		dr.Facts.Language, dr.FactsNew = lang, true
	}
	s.step(trace.Arrived, "text from "+t.From.String()+" to "+t.To, map[string]any{"text": t.Body, "provider": t.Provider, "ref": t.Ref, "raw": t.Raw})
	s.step(trace.Read, fmt.Sprintf("“%s” reads as %s", clip(t.Body), r.Intent), map[string]any{"reading": r})
	return s, s.answer(r, patient)
}

// answer is the table of intents.
func (s *scene) answer(r keywords.Reading, patient bool) error {
	switch r.Intent {
	case keywords.Stop:
		return s.stop(r)
	case keywords.MaybeStop, keywords.Rights:
		// Whoever wonders who we are gets no question or offer now, and is told how to stop.
		s.dr.CancelWaiting(consent.SMS)
		s.quiet = true
		return s.help()
	case keywords.Help:
		return s.help()
	case keywords.Confirm:
		return s.yes(patient)
	case keywords.Decline:
		return s.no()
	case keywords.Start:
		return s.joinByText("", s.marketingTopics())
	case keywords.Join:
		return s.joins(append([]string{r.Program}, r.Join...))
	case keywords.Redeem:
		return s.redeem(r)
	case keywords.NoIntent:
		return s.unknown()
	}
	return s.unknown()
}

// redeem gives the benefit, whatever the person has answered or will answer,
// and then, separately, asks.
func (s *scene) redeem(r keywords.Reading) error {
	p := s.b.Program(r.Program)
	if p == nil {
		return s.unknown()
	}
	s.program(p)
	benefit := &consent.Benefit{Program: p.ID, Code: r.Code, Outcome: "granted"}
	s.dr.Event.Benefit = benefit
	name, v := p.Benefit+"_done", map[string]string{"code": r.Code, "venue": r.Code}
	if p.Benefit != "wifi" {
		switch code, ok := p.CodeRule().Accept(r.Code); {
		case r.Code == "":
			benefit.Outcome = "no_code"
			name, v = p.Benefit+"_ask_code", map[string]string{"word": s.word(p)}
		case !ok:
			benefit.Outcome = "bad_code"
			name, v = "code_bad", map[string]string{"code": r.Code}
		default:
			benefit.Code, v["code"] = code, code
		}
	}
	s.step(trace.Benefit, fmt.Sprintf("%s: %s", p.ID, benefit.Outcome), map[string]any{"program": p.ID, "outcome": benefit.Outcome})
	id, err := s.sms(Message{Kind: message.Service, Program: p.ID}, name, v)
	if err != nil {
		return err
	}
	if len(r.Declined) > 0 {
		return s.declineBeside(r.Declined)
	}
	if len(r.Join) > 0 {
		return s.joins(r.Join)
	}
	if benefit.Outcome == "granted" && p.Invite {
		return s.invite(p, id)
	}
	return nil
}

// declineBeside: a no in the text that asked for the benefit is recorded as one,
// so that nobody asks later what has been answered. Programs are named, or "" for
// every question of the brand.
func (s *scene) declineBeside(programs []string) error {
	topics := s.b.AllTopics()
	if p := s.b.Program(programs[0]); p != nil && len(programs) == 1 {
		topics = p.Asks(s.b)
	}
	cs, _, err := s.withdraw([]consent.Channel{consent.SMS}, topics, false)
	if err != nil {
		return err
	}
	s.changed(cs)
	if len(cs) == 0 {
		return nil
	}
	return s.service("declined", nil)
}

// invite asks for the permission in a message of its own, inside the contact
// that the person has just started (rule RP-2d).
func (s *scene) invite(p *brands.Program, follows string) error {
	topics, verdict := s.permitted(message.Invitation, consent.SMS, p.Asks(s.b), s.to, p.ID)
	if len(topics) == 0 {
		return nil
	}
	s.dr.Event.Type, s.dr.Event.OpenedBy = consent.Request, "brand"
	cs, err := s.dr.Act(consent.Act{Kind: consent.Request, At: s.now, Keys: keysOf(consent.SMS, topics), Until: s.now.Add(smsWindow), Program: p.ID, Notice: s.dr.Event.Notice})
	if err != nil {
		return err
	}
	s.changed(cs)
	_, err = s.sms(Message{
		Kind: message.Invitation, Topics: topics, Program: p.ID, Verdict: verdict, Follows: follows,
		Due: s.now.Add(inviteAfter), Expires: s.now.Add(inviteWithin),
	}, "invitation", s.questionValues(topics, p.ID))
	return err
}

// joins opens the double opt-in for one or more programs the person named.
func (s *scene) joins(ids []string) error {
	var topics []consent.Topic
	for _, id := range ids {
		if p := s.b.Program(id); p != nil {
			s.program(p)
			for _, t := range p.Asks(s.b) {
				if !slices.Contains(topics, t) {
					topics = append(topics, t)
				}
			}
		}
	}
	return s.joinByText(ids[0], topics)
}

// joinByText: the person's own request is the first half, our question its confirmation.
func (s *scene) joinByText(program string, topics []consent.Topic) error {
	open := slices.DeleteFunc(slices.Clone(topics), func(t consent.Topic) bool {
		return s.dr.Record.At(consent.Key{Channel: consent.SMS, Topic: t}, s.now).State == consent.Granted
	})
	if len(open) == 0 {
		return s.service("already", nil)
	}
	allowed, verdict := s.permitted(message.OptinRequest, consent.SMS, open, s.to, program)
	if len(allowed) == 0 {
		return nil
	}
	s.dr.CancelQuestions(consent.SMS) // an older one must not arrive after this one
	s.dr.Event.Type = consent.Request
	cs, err := s.dr.Act(consent.Act{Kind: consent.Request, At: s.now, Keys: keysOf(consent.SMS, allowed), Until: s.now.Add(smsWindow), Program: program, Notice: s.dr.Event.Notice, ByPerson: true})
	if err != nil {
		return err
	}
	s.changed(cs)
	_, err = s.sms(Message{Kind: message.OptinRequest, Topics: allowed, Program: program, Verdict: verdict}, "optin_request", s.questionValues(allowed, program))
	return err
}

// questionValues fill the words of a consent question.
func (s *scene) questionValues(topics []consent.Topic, program string) map[string]string {
	return map[string]string{"topics": s.topicNames(topics), "number": s.from, "notice_url": s.noticeURL(program)}
}

func (s *scene) topicNames(topics []consent.Topic) string {
	names := make([]string, len(topics))
	for i, t := range topics {
		names[i] = string(t)
	}
	return templates.Topics(s.lang, names)
}

// yes is the second half: it counts only for a question that has left.
func (s *scene) yes(patient bool) error {
	keys, asked := s.openQuestion()
	if len(keys) == 0 {
		return s.yesToNothing()
	}
	q := s.question(asked.Event)
	switch {
	case q == nil, q.Fate == message.Denied, q.Fate == message.Canceled, q.Fate == message.TooLate, q.Fate == message.Failed, q.Fate == message.Undelivered:
		// It was never put: what was not asked cannot be answered, but it can be asked now.
		return s.joinByText(asked.Program, topicsOf(keys))
	case q.Fate == message.Queued:
		if patient && !q.Due.After(s.now.Add(time.Second)) {
			return errCrossing
		}
		s.dr.Release = append(s.dr.Release, q.ID)
		return nil
	case q.Fate == message.Sending:
		if patient {
			return errCrossing
		}
		return nil // nobody knows yet whether it was put
	}
	s.answers(asked)
	s.dr.Event.Type = consent.Confirm
	s.dr.Event.OptIn = &consent.OptIn{
		Request: asked.Event, RequestedAt: asked.Since, Message: q.ID, SentAt: q.Begun, ConfirmedAt: s.now, Act: "sms_reply", Expires: asked.Until,
	}
	s.dr.Event.Terms = &consent.Terms{SeparateFromTerms: true, NotConditional: true}
	cs, err := s.dr.Act(consent.Act{Kind: consent.Confirm, At: s.now, Keys: keys})
	if err != nil {
		return err
	}
	s.changed(cs)
	s.lift(keys[0].Channel)
	return s.welcomeByText(cs)
}

// lift ends a suppression: the person came back by a double opt-in of their own.
func (s *scene) lift(c consent.Channel) {
	if s.dr.Suppressed[c] {
		s.dr.Lift = append(s.dr.Lift, c)
		s.dr.Suppressed[c] = false
	}
}

func (s *scene) welcomeByText(cs []consent.Change) error {
	topics := make([]consent.Topic, len(cs))
	for i, c := range cs {
		topics[i] = c.Topic
	}
	link := s.b.Links(s.Public) + "/p/" + s.link(ForPrefs, consent.SMS, linkLife)
	return s.service("welcome", map[string]string{"topics": s.topicNames(topics), "link": link})
}

// yesToNothing: a late yes opens one fresh question unless STOP or NO came since.
func (s *scene) yesToNothing() error {
	var expired []consent.Topic
	program, granted := "", false
	for _, k := range s.dr.Record.Keys() {
		if k.Channel != consent.SMS {
			continue
		}
		switch p := s.dr.Record.At(k, s.now); p.State {
		case consent.Expired:
			expired, program = append(expired, k.Topic), p.Program
		case consent.Granted:
			granted = true
		default:
		}
	}
	switch {
	case len(expired) > 0:
		return s.joinByText(program, expired)
	case granted:
		return s.service("already", nil)
	}
	return s.service("nothing_open", nil)
}

// no to an open question is a refusal; without one it is a wish to be left alone.
func (s *scene) no() error {
	keys, asked := s.openQuestion()
	if len(keys) == 0 {
		return s.stop(keywords.Reading{Intent: keywords.Stop, Scope: keywords.ScopeChannel})
	}
	s.answers(asked)
	s.dr.Event.Type = consent.Decline
	s.dr.Event.OptIn = &consent.OptIn{Request: asked.Event, RequestedAt: asked.Since, Act: "sms_reply"}
	cs, err := s.dr.Act(consent.Act{Kind: consent.Decline, At: s.now, Keys: keys})
	if err != nil {
		return err
	}
	s.changed(cs)
	s.dr.CancelWaiting(consent.SMS)
	s.quiet = true
	name := "declined"
	if p := s.b.Program(asked.Program); p != nil && p.Benefit == "card" {
		name = "declined_card"
	}
	return s.service(name, nil)
}

// stop takes back everything on the channel, everywhere, or of one program.
func (s *scene) stop(r keywords.Reading) error {
	channels := []consent.Channel{consent.SMS}
	topics := s.b.AllTopics()
	whole := true
	switch r.Scope {
	case keywords.ScopeAll:
		channels = consent.Channels
	case keywords.ScopeProgram:
		// STOP beside a card or a receipt means the sender; only a program that is
		// nothing but messages can be stopped by itself.
		if p := s.b.Program(r.Program); p != nil && p.Benefit == "" {
			s.program(p)
			topics, whole = p.Asks(s.b), len(p.Asks(s.b)) == len(s.b.AllTopics())
		}
	case keywords.ScopeChannel, keywords.NoScope:
	}
	cs, fresh, err := s.withdraw(channels, topics, whole)
	if err != nil {
		return err
	}
	s.changed(cs)
	if !fresh || s.b.ProviderStops(s.from) {
		return nil // exactly one acknowledgement: the first STOP had it, or the provider gives it
	}
	if r.Scope == keywords.ScopeAll {
		return s.service("stopped_all", nil)
	}
	return s.service("stopped", nil)
}

// withdraw takes permissions back and, where a whole channel is meant, suppresses
// it. fresh says that something was taken back that had not been before.
func (s *scene) withdraw(channels []consent.Channel, topics []consent.Topic, whole bool) (cs []consent.Change, fresh bool, err error) {
	var keys []consent.Key
	for _, c := range channels {
		keys = append(keys, keysOf(c, topics)...)
	}
	if whole {
		for _, k := range s.dr.Record.Keys() {
			if slices.Contains(channels, k.Channel) && !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	s.dr.Event.Type = consent.Withdraw
	cs, err = s.dr.Act(consent.Act{Kind: consent.Withdraw, At: s.now, Keys: keys})
	if err != nil {
		return nil, false, err
	}
	fresh = len(cs) > 0
	if whole {
		for _, c := range channels {
			if !s.dr.Suppressed[c] && !s.dr.Address(c.Reaches()).IsZero() {
				s.dr.Suppress = append(s.dr.Suppress, c)
				s.dr.Suppressed[c] = true
				fresh = true
			}
		}
	}
	s.dr.CancelWaiting(channels...)
	if whole {
		s.dr.CancelReplies(channels...)
	}
	s.quiet = true
	return cs, fresh, nil
}

func (s *scene) help() error {
	return s.service("help", map[string]string{"contact": s.b.Contact})
}

// unknown answers once a day: a machine at the other end must not start a duel.
func (s *scene) unknown() error {
	if !s.dr.Facts.HelpedAt.IsZero() && s.now.Sub(s.dr.Facts.HelpedAt) < helpAgain {
		return nil
	}
	s.dr.Facts.HelpedAt, s.dr.FactsNew = s.now, true
	var words []string
	for i := range s.b.Programs {
		words = append(words, s.word(&s.b.Programs[i]))
	}
	return s.service("unknown", map[string]string{"words": strings.Join(words, ", ")})
}

// word is the program's keyword in the language of the conversation.
func (s *scene) word(p *brands.Program) string {
	for _, l := range []string{s.lang, "", s.b.Languages[0]} {
		if ws := p.Words[l]; len(ws) > 0 {
			return strings.ToUpper(ws[0])
		}
	}
	return strings.ToUpper(p.ID)
}

func (s *scene) marketingTopics() []consent.Topic { return (&brands.Program{}).Asks(s.b) }

// byPhone: a text answers questions about texts and about calls to the same number.
func byPhone(k consent.Key) bool { return k.Channel == consent.SMS || k.Channel == consent.Call }

// openQuestion is what a bare yes or no answers: the newest question to the number.
func (s *scene) openQuestion() ([]consent.Key, consent.Permission) {
	var newest consent.Permission
	for _, k := range s.dr.Record.Keys() {
		p := s.dr.Record.At(k, s.now)
		if byPhone(k) && p.State == consent.Pending && p.Since.After(newest.Since) {
			newest = p
		}
	}
	var keys []consent.Key
	for _, k := range s.dr.Record.Keys() {
		p := s.dr.Record.At(k, s.now)
		if byPhone(k) && p.State == consent.Pending && p.Event == newest.Event {
			keys = append(keys, k)
		}
	}
	return keys, newest
}

// question is the message that put a request's question.
func (s *scene) question(request string) *Question {
	for i := range s.dr.Questions {
		if s.dr.Questions[i].Event == request {
			return &s.dr.Questions[i]
		}
	}
	return nil
}

func keysOf(c consent.Channel, topics []consent.Topic) []consent.Key {
	ks := make([]consent.Key, len(topics))
	for i, t := range topics {
		ks[i] = consent.Key{Channel: c, Topic: t}
	}
	return ks
}

func topicsOf(keys []consent.Key) []consent.Topic {
	ts := make([]consent.Topic, len(keys))
	for i, k := range keys {
		ts[i] = k.Topic
	}
	return ts
}

// spoken is the language to try first for a number's country.
var spoken = map[string]string{
	"IT": "it", "SM": "it", "VA": "it", "FR": "fr", "MC": "fr", "BG": "bg", "DE": "de", "AT": "de", "ES": "es",
	"GB": "en", "IE": "en", "US": "en", "CA": "en", "AU": "en", "NZ": "en",
}

// clip shortens a text for a title.
func clip(t string) string {
	if r := []rune(t); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return t
}
