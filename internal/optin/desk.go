package optin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/message"
	"placet/internal/policy"
	"placet/internal/trace"
	"placet/templates"
)

// How long a question stays open (rules.md §6.1: SMS 72 hours, e-mail 7 days),
// and how long the links that follow a yes work.
const (
	smsWindow   = 72 * time.Hour
	emailWindow = 7 * 24 * time.Hour
	linkLife    = 2 * 365 * 24 * time.Hour
)

// How an invitation follows its benefit: at once when the benefit is reported
// sent, at the latest after inviteAfter, and not at all once inviteWithin has
// passed since the person's text (rule RP-2d).
const (
	inviteAfter  = 2 * time.Minute
	inviteWithin = 10 * time.Minute
	replyWithin  = 4 * time.Hour // a reply later than this confuses more than it helps
	helpAgain    = 24 * time.Hour
)

// Quieter waits until no provider call for a person is under way, so that a
// STOP is acknowledged only when nothing can start after it. An error means that
// one still is: the withdrawal is durable, and must not be acknowledged yet.
type Quieter interface {
	Quiet(ctx context.Context, person string) error
}

// Desk is where people's acts arrive. Its fields are set once, before use.
type Desk struct {
	Store   Store
	Brands  *brands.Directory
	Policy  *policy.Book
	Now     func() time.Time
	Public  string     // public URL, for links of brands without a link host
	Trace   *trace.Hub // may be nil
	Quieter Quieter    // may be nil
	Wake    func()     // something is due; may be nil

	// Patience is how long an answer waits for its question to leave when the two
	// cross. Zero: not at all.
	Patience time.Duration
}

// scene is one act being carried out: the desk, the brand and the draft at hand.
type scene struct {
	*Desk
	b     *brands.Brand
	dr    *Draft
	now   time.Time
	to    address.Address // whose act it is
	lang  string
	from  string // SMS: the number to answer from
	steps []trace.Step
	quiet bool // the act took something back: wait for calls under way
}

// begin fills in the evidence that every act has in common.
func (d *Desk) begin(b *brands.Brand, dr *Draft, to address.Address, channel consent.Channel, lang string) *scene {
	now := d.Now().UTC()
	e := dr.Event
	e.Controller = b.Legal
	e.At, e.Received = now, now
	e.Type = consent.Receive
	e.Channel, e.Language = channel, lang
	e.Identifier, e.IdentifierType = to.Wire(), string(to.Kind())
	e.IdentityLevel = "none"
	e.Jurisdiction, e.JurisdictionSource = b.Jurisdiction(to)
	e.MinimumAge = b.MinimumAge
	if e.MinimumAge == 0 {
		e.MinimumAge = 18
	}
	e.OpenedBy = "person"
	return &scene{Desk: d, b: b, dr: dr, now: now, to: to, lang: lang}
}

// program ties a request to a program: its artefact and the notice in force.
func (s *scene) program(p *brands.Program) {
	if p == nil {
		return
	}
	s.dr.Event.Program, s.dr.Event.Artefact = p.ID, p.Artefact
	if n := s.b.Notice(p.Notice); n != nil {
		s.dr.Event.Notice = n.ID + "/" + n.Version
	}
}

// answers ties an answer to what was asked: the program, and the notice of then,
// for another may be in force by now.
func (s *scene) answers(asked consent.Permission) {
	s.dr.Event.Notice = asked.Notice
	if p := s.b.Program(asked.Program); p != nil {
		s.dr.Event.Program, s.dr.Event.Artefact = p.ID, p.Artefact
	}
}

// noticeURL is where the notice of a program can be read.
func (s *scene) noticeURL(program string) string {
	id := ""
	if p := s.b.Program(program); p != nil {
		id = p.Notice
	}
	n := s.b.Notice(id)
	if n == nil {
		return s.b.Links(s.Public) + "/prefs/" + s.b.ID
	}
	return s.b.Links(s.Public) + "/n/" + s.b.ID + "/" + n.ID + "/" + n.Version
}

// hush waits for calls under way; where one does not end, nobody may be told yet.
func (d *Desk) hush(ctx context.Context, person string) error {
	if d.Quieter == nil {
		return nil
	}
	if err := d.Quieter.Quiet(ctx, person); err != nil {
		return fmt.Errorf("optin: %w: %w", ErrUnavailable, err)
	}
	return nil
}

// quietAgain: a repeat of what took something back is acknowledged no sooner
// than the first time.
func (d *Desk) quietAgain(ctx context.Context, brand, event string) error {
	if d.Quieter == nil {
		return nil
	}
	e, err := d.Store.Event(ctx, brand, event)
	if err != nil {
		return err
	}
	switch e.Type {
	case consent.Withdraw, consent.Decline, consent.Choose:
		return d.hush(ctx, e.Person)
	default:
		return nil
	}
}

// ask puts one question to policy.
func (s *scene) ask(kind message.Kind, channel consent.Channel, topic consent.Topic, to address.Address, program string) policy.Decision {
	if topic == "" {
		topic = consent.Info // a service message is about no topic; every question needs one
	}
	return s.Policy.Decide(s.b.Question(brands.Asking{
		Kind: kind, Channel: channel, Topic: topic, To: to, From: s.from, Contact: "person", Program: program,
		Permission: s.dr.Record.At(consent.Key{Channel: channel, Topic: topic}, s.now),
		Suppressed: s.dr.Suppressed[channel], At: s.now,
	}))
}

// permitted asks policy topic by topic and keeps those that may be asked about;
// every refusal goes into the evidence with its rule.
func (s *scene) permitted(kind message.Kind, channel consent.Channel, topics []consent.Topic, to address.Address, program string) ([]consent.Topic, policy.Decision) {
	var ok []consent.Topic
	var last, yes policy.Decision
	for _, t := range topics {
		dec := s.ask(kind, channel, t, to, program)
		last = dec
		s.step(trace.Decision, fmt.Sprintf("%s about %s: %s (%s)", kind, t, dec.Verdict, dec.Rule), map[string]any{
			"kind": kind, "channel": channel, "topic": t, "verdict": dec.Verdict, "rule": dec.Rule, "reason": dec.Reason, "citation": dec.Citation,
		})
		if dec.Allowed() {
			ok, yes = append(ok, t), dec
			continue
		}
		s.dr.Event.NotAsked = append(s.dr.Event.NotAsked, consent.Ruling{Kind: string(kind), Topic: t, On: channel, Rule: dec.Rule, Reason: dec.Reason})
	}
	if len(ok) == 0 {
		return nil, last
	}
	return ok, yes
}

// queue puts a finished message into the draft.
func (s *scene) queue(m Message) string {
	m.ID = newID("msg_")
	m.Contact = "person" // every message of the desk answers something the person did
	if m.About == "" {
		m.About = m.Channel
	}
	if m.Due.IsZero() {
		m.Due = s.now
	}
	if m.Expires.IsZero() {
		m.Expires = s.now.Add(replyWithin)
	}
	m.Out.ID, m.Out.Brand, m.Out.Kind, m.Out.Template, m.Out.Channel = m.ID, s.b.ID, m.Kind, m.Template, m.Channel
	m.Out.Language = s.lang
	sum := sha256.Sum256([]byte(m.Out.Subject + "\x00" + m.Out.Text))
	s.dr.Messages = append(s.dr.Messages, m)
	s.dr.Event.Messages = append(s.dr.Event.Messages, consent.Said{ID: m.ID, Kind: string(m.Kind), Template: m.Template, Text: hex.EncodeToString(sum[:])})
	s.step(trace.Outbox, fmt.Sprintf("%s queued: %s", m.Channel, m.Template), map[string]any{
		"message": m.ID, "kind": m.Kind, "template": m.Template, "due": m.Due, "rule": m.Verdict.Rule,
	})
	return m.ID
}

// sms says something by text. Policy is asked for a service message; a question
// brings the verdict it was permitted with.
func (s *scene) sms(m Message, name string, v map[string]string) (string, error) {
	to := s.dr.Address(address.Phone)
	if m.Verdict.Verdict == "" {
		m.Verdict = s.ask(m.Kind, consent.SMS, "", to, m.Program)
		if !m.Verdict.Allowed() {
			s.dr.Event.NotAsked = append(s.dr.Event.NotAsked, consent.Ruling{Kind: string(m.Kind), On: consent.SMS, Rule: m.Verdict.Rule, Reason: m.Verdict.Reason})
			return "", nil
		}
	}
	if v == nil {
		v = map[string]string{}
	}
	v["brand"] = s.b.Name
	text, err := templates.SMS(s.lang, name, v)
	if err != nil {
		return "", fmt.Errorf("optin: %w", err)
	}
	m.Channel, m.Template = consent.SMS, name
	m.Out.From, m.Out.To, m.Out.Text = s.from, to, text
	if m.Kind != message.Service {
		s.dr.Event.Text = "sms/" + name + "@" + templates.SMSVersion(s.lang, name)
	}
	return s.queue(m), nil
}

// service is a reply that asks for nothing.
func (s *scene) service(name string, v map[string]string) error {
	_, err := s.sms(Message{Kind: message.Service}, name, v)
	return err
}

// mail says something by e-mail.
func (s *scene) mail(m Message, name string, v templates.Mail) error {
	to := s.dr.Address(address.Email)
	if m.Verdict.Verdict == "" {
		m.Verdict = s.ask(m.Kind, consent.Email, "", to, m.Program)
		if !m.Verdict.Allowed() {
			s.dr.Event.NotAsked = append(s.dr.Event.NotAsked, consent.Ruling{Kind: string(m.Kind), On: consent.Email, Rule: m.Verdict.Rule, Reason: m.Verdict.Reason})
			return nil
		}
	}
	v.Brand, v.Legal, v.Postal, v.Contact, v.Colour, v.Address = s.b.Name, s.b.Legal, s.b.Postal, s.b.Contact, s.b.Colour, to.String()
	subject, text, html, err := templates.Email(s.lang, name, v)
	if err != nil {
		return fmt.Errorf("optin: %w", err)
	}
	m.Channel, m.Template = consent.Email, name
	m.Out.From, m.Out.FromName, m.Out.To = s.b.Senders.Email, s.b.Name, to
	m.Out.Subject, m.Out.Text, m.Out.HTML = subject, text, html
	if strings.HasPrefix(v.UnsubscribeURL, "https://") { // RFC 8058 §3.1 wants https
		m.Out.Unsubscribe, m.Out.ListID = v.UnsubscribeURL, s.b.ID+".placet"
	}
	if m.Kind != message.Service {
		s.dr.Event.Text = "email/" + name + "@" + templates.EmailVersion(s.lang, name)
	}
	s.queue(m)
	return nil
}

// link hands out a link of 130 random bits; only its hash is kept.
func (s *scene) link(use TokenUse, channel consent.Channel, life time.Duration) string {
	secret := rand.Text()
	kind := address.Phone
	if channel == consent.Email {
		kind = address.Email
	}
	var index []byte
	for _, h := range s.dr.Addresses {
		if h.Address.Kind() == kind {
			index = h.Index
		}
	}
	s.dr.Tokens = append(s.dr.Tokens, Token{
		Hash: HashToken(secret), Use: use, Index: index, Channel: channel, Event: s.dr.Event.ID, Expires: s.now.Add(life),
	})
	return secret
}

// HashToken is how a link's secret is stored and looked up.
func HashToken(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

func newID(prefix string) string {
	id, err := uuid.NewV7()
	if err != nil {
		panic("optin: no randomness: " + err.Error())
	}
	return prefix + id.String()
}

// step notes a station of the journey; it is told once the change is durable.
func (s *scene) step(stage trace.Stage, title string, detail map[string]any) {
	if s.Trace.Listening() {
		s.steps = append(s.steps, trace.Step{At: s.now, Brand: s.b.ID, Journey: s.dr.Event.ID, Stage: stage, Title: title, Detail: detail})
	}
}

// changed notes which permissions an act changed.
func (s *scene) changed(cs []consent.Change) {
	if len(cs) == 0 || !s.Trace.Listening() {
		return
	}
	cells := make([]map[string]any, len(cs))
	for i, c := range cs {
		cells[i] = map[string]any{"channel": c.Channel, "topic": c.Topic, "from": c.From, "to": c.To.State}
	}
	title := fmt.Sprintf("%s by %s: %s → %s", cs[0].Topic, cs[0].Channel, cs[0].From, cs[0].To.State)
	if n := len(cs) - 1; n > 0 {
		title += fmt.Sprintf(", and %d more", n)
	}
	s.step(trace.Permission, title, map[string]any{"cells": cells})
}

// perform carries out one act: one change of one person, then what may only
// happen once it is durable.
func (d *Desk) perform(ctx context.Context, cause Cause, who Who, act func(*Draft) (*scene, error)) (event string, fresh bool, err error) {
	var last *scene
	event, fresh, err = d.Store.Change(ctx, cause, who, func(dr *Draft) error {
		s, err := act(dr)
		last = s
		return err
	})
	if err != nil {
		return event, fresh, err
	}
	if !fresh {
		return event, false, d.quietAgain(ctx, cause.Brand, event)
	}
	if last.quiet {
		if err := d.hush(ctx, last.dr.Person); err != nil {
			return event, fresh, err
		}
	}
	if d.Wake != nil && (len(last.dr.Messages) > 0 || len(last.dr.Release) > 0) {
		d.Wake()
	}
	last.step(trace.Evidence, "evidence sealed and durable", map[string]any{"event": event, "type": last.dr.Event.Type, "person": last.dr.Person})
	for _, st := range last.steps {
		d.Trace.Tell(st)
	}
	return event, fresh, nil
}
