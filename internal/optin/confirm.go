package optin

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/message"
	"placet/templates"
)

// open finds a link: its token and brand.
func (d *Desk) open(ctx context.Context, use TokenUse, secret string) (Token, *brands.Brand, error) {
	if len(secret) < 20 || len(secret) > 64 {
		return Token{}, nil, ErrNoToken
	}
	t, err := d.Store.Token(ctx, HashToken(secret))
	if err != nil {
		return Token{}, nil, err
	}
	b, ok := d.Brands.ByID(t.Brand)
	if !ok || t.Use != use && use != ForReceipt {
		return Token{}, nil, ErrNoToken
	}
	if !d.Now().Before(t.Expires) {
		return t, b, ErrTokenExpired
	}
	return t, b, nil
}

// opened begins an act on a page that was opened from a link: the link was
// delivered to one address of the person, and proves that one only.
func (d *Desk) opened(t Token, b *brands.Brand, dr *Draft, p Press, method string) (*scene, error) {
	var to address.Address
	for _, h := range dr.Addresses {
		if bytes.Equal(h.Index, t.Index) {
			to = h.Address
		}
	}
	if to.IsZero() {
		return nil, ErrNoToken // the address has left the person since
	}
	t.Address = to
	dr.Token = &t
	s := d.begin(b, dr, to, t.Channel, b.Speaks(dr.Facts.Language, spoken[to.Region()]))
	s.pressed(p, method)
	s.dr.Event.IdentityLevel = "address_proven" // the link reached nobody but the holder of the address
	dr.Prove = append(dr.Prove, to)
	s.from = s.b.Texts()
	return s, nil
}

// Confirm is the yes on the page of a confirmation link, the second half of a
// double opt-in. A second press, or a press on what is granted already, changes
// nothing and says so.
func (d *Desk) Confirm(ctx context.Context, secret string, p Press) (View, error) {
	t, b, err := d.open(ctx, ForConfirm, secret)
	if err != nil {
		return View{}, err
	}
	var v View
	_, fresh, err := d.perform(ctx, Cause{Brand: b.ID, Source: "confirm", Ref: p.Nonce}, Who{Person: t.Person}, func(dr *Draft) (*scene, error) {
		s, err := d.opened(t, b, dr, p, "email_link")
		if err != nil {
			return nil, err
		}
		err = s.confirm(t)
		v = viewOf(b, dr, t)
		v.Answered = consent.Granted
		return s, err
	})
	if err != nil && !errors.Is(err, consent.ErrNothingPending) {
		return View{}, err
	}
	if err == nil && fresh {
		return v, nil
	}
	return d.View(ctx, ForConfirm, secret)
}

// viewOf is what the holder of a link may see of a person.
func viewOf(b *brands.Brand, dr *Draft, t Token) View {
	v := View{Brand: b, Use: t.Use, Person: t.Person, Channel: t.Channel, Record: dr.Record, Prefs: dr.Facts.Prefs, Until: t.Expires, Notice: b.Notice("")}
	for _, h := range dr.Addresses {
		if bytes.Equal(h.Index, t.Index) {
			v.Address = h.Address
		} else {
			v.Others = append(v.Others, h.Address)
		}
	}
	v.Language = b.Speaks(dr.Facts.Language, spoken[v.Address.Region()])
	return v
}

func (s *scene) confirm(t Token) error {
	keys, asked := s.asked(t)
	if len(keys) == 0 {
		return consent.ErrNothingPending
	}
	e := s.dr.Event
	s.answers(asked)
	e.Type, e.Point = consent.Confirm, "/c/"
	e.OptIn = &consent.OptIn{Request: t.Event, RequestedAt: asked.Since, ConfirmedAt: s.now, Act: "post", Expires: asked.Until}
	if q := s.question(t.Event); q != nil {
		e.OptIn.Message, e.OptIn.SentAt = q.ID, q.Begun
	}
	e.Terms = &consent.Terms{SeparateFromTerms: true, NotConditional: true}
	cs, err := s.dr.Act(consent.Act{Kind: consent.Confirm, At: s.now, Keys: keys})
	if err != nil {
		return err
	}
	s.changed(cs)
	s.lift(t.Channel)
	return s.welcome(t.Channel, cs)
}

// asked is what a confirmation link's request asked for and is still open.
func (s *scene) asked(t Token) ([]consent.Key, consent.Permission) {
	return openKeys(s.dr.Record, t, s.now)
}

func openKeys(r consent.Record, t Token, now time.Time) ([]consent.Key, consent.Permission) {
	var keys []consent.Key
	var asked consent.Permission
	for _, k := range r.Keys() {
		p := r.At(k, now)
		if p.Event == t.Event && k.Channel == t.Channel && p.State == consent.Pending {
			keys, asked = append(keys, k), p
		}
	}
	return keys, asked
}

// welcome is the one message after a yes: what is true now, and one link for
// preferences and receipt.
func (s *scene) welcome(c consent.Channel, cs []consent.Change) error {
	if c != consent.Email {
		return s.welcomeByText(cs)
	}
	topics := make([]consent.Topic, len(cs))
	for i, ch := range cs {
		topics[i] = ch.Topic
	}
	return s.mail(Message{Kind: message.Service}, "welcome", s.linkMail(s.topicNames(topics)))
}

// linkMail fills a mail that carries the person's own link.
func (s *scene) linkMail(topics string) templates.Mail {
	base, secret := s.b.Links(s.Public), s.link(ForPrefs, consent.Email, linkLife)
	return templates.Mail{
		Topics: topics, PrefsURL: base + "/p/" + secret, ReceiptURL: base + "/r/" + secret, UnsubscribeURL: base + "/u/" + secret,
		NoticeURL: s.noticeURL(""), When: templates.Moment(s.lang, s.local(s.now)),
	}
}

// NotMe is "it was not me": the request is refused, whoever made it.
func (d *Desk) NotMe(ctx context.Context, secret string, p Press) (View, error) {
	t, b, err := d.open(ctx, ForConfirm, secret)
	if err != nil {
		return View{}, err
	}
	_, _, err = d.perform(ctx, Cause{Brand: b.ID, Source: "not-me", Ref: p.Nonce}, Who{Person: t.Person}, func(dr *Draft) (*scene, error) {
		s, err := d.opened(t, b, dr, p, "email_link")
		if err != nil {
			return nil, err
		}
		dr.Event.Point = "/c/not-me"
		keys, asked := s.asked(t)
		if len(keys) == 0 {
			// Somebody said yes before: whoever holds the address takes that back.
			cs, _, err := s.withdraw([]consent.Channel{t.Channel}, b.AllTopics(), true)
			s.changed(cs)
			return s, err
		}
		s.answers(asked)
		dr.Event.Type = consent.Decline
		cs, err := dr.Act(consent.Act{Kind: consent.Decline, At: s.now, Keys: keys})
		if err != nil {
			return nil, err
		}
		s.changed(cs)
		dr.CancelWaiting(t.Channel)
		s.quiet = true
		return s, nil
	})
	if err != nil {
		return View{}, err
	}
	return d.View(ctx, ForConfirm, secret)
}

// View is what the holder of a link may see. It changes nothing. Preferences,
// receipt and unsubscribe pages all open with the same link.
func (d *Desk) View(ctx context.Context, use TokenUse, secret string) (View, error) {
	t, b, err := d.open(ctx, use, secret)
	if err != nil {
		return View{Brand: b, Language: langOf(b)}, err
	}
	dr, err := d.Store.Person(ctx, b.ID, Who{Person: t.Person})
	if err != nil {
		return View{Brand: b, Language: langOf(b)}, err
	}
	v := viewOf(b, dr, t)
	if v.Address.IsZero() {
		return View{Brand: b, Language: langOf(b)}, ErrNoToken
	}
	switch use {
	case ForConfirm:
		err = d.viewQuestion(ctx, &v, t)
	case ForReceipt:
		v.Trail, err = d.trail(ctx, b.ID, t.Person)
	case ForPrefs:
	}
	if err != nil {
		return View{}, err
	}
	return v, nil
}

// viewQuestion fills what a confirmation page needs: what was asked, and whether it still is.
func (d *Desk) viewQuestion(ctx context.Context, v *View, t Token) error {
	request, err := d.Store.Event(ctx, t.Brand, t.Event)
	if err != nil {
		return err
	}
	v.RequestedAt = request.At
	for _, c := range request.Changes {
		if c.Channel == t.Channel && c.To.State == consent.Pending {
			v.Keys = append(v.Keys, c.Key)
			v.Program = v.Brand.Program(c.To.Program)
		}
	}
	if n := v.Brand.Published(request.Notice); n != nil {
		v.Notice = n // the one that was shown, not the one in force now
	}
	open, asked := openKeys(v.Record, t, d.Now())
	if v.Open = len(open) > 0; v.Open {
		v.Keys, v.Until = open, asked.Until
		return nil
	}
	for _, k := range v.Keys {
		v.Answered = v.Record.At(k, d.Now()).State
	}
	return nil
}

func langOf(b *brands.Brand) string {
	if b == nil {
		return ""
	}
	return b.Languages[0]
}

// trail is a person's own record, newest first, without what is not theirs to
// see in a browser: raw parameters stay in the evidence.
func (d *Desk) trail(ctx context.Context, brand, person string) ([]TrailEntry, error) {
	events, err := d.Store.Trail(ctx, brand, person, 100)
	if err != nil {
		return nil, err
	}
	out := make([]TrailEntry, 0, len(events))
	for _, e := range events {
		out = append(out, TrailEntry{
			At: e.At, Act: e.Type, Method: e.Method, Words: e.Words, Changes: slices.Clone(e.Changes),
			Event: e.ID, LeafIndex: e.LeafIndex, LeafHash: hexOf(e.Leaf[:]),
		})
	}
	return out, nil
}
