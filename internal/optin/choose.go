package optin

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/message"
)

func hexOf(b []byte) string { return hex.EncodeToString(b) }

// Choose carries out a preference page: one change for everything on it. The
// link may raise permissions of the address it was delivered to; those of other
// addresses it may only lower, and a yes for one of them starts its own confirmation.
func (d *Desk) Choose(ctx context.Context, secret string, c Choice, p Press) (Chosen, error) {
	t, b, err := d.open(ctx, ForPrefs, secret)
	if err != nil {
		return Chosen{}, err
	}
	var out Chosen
	var start []Joining
	event, fresh, err := d.perform(ctx, Cause{Brand: b.ID, Source: "prefs", Ref: p.Nonce}, Who{Person: t.Person}, func(dr *Draft) (*scene, error) {
		s, err := d.opened(t, b, dr, p, "preference_link")
		if err != nil {
			return nil, err
		}
		dr.Event.Point = "/p/"
		if c.StopAll {
			out.Changes, _, err = s.withdraw(consent.Channels, b.AllTopics(), true)
		} else {
			out.Changes, start, err = s.choose(c)
		}
		s.changed(out.Changes)
		return s, err
	})
	if err != nil {
		return Chosen{}, err
	}
	out.Event = event
	if !fresh && !c.StopAll {
		// The first press may have ended before the other addresses were asked; their
		// requests have causes of their own, so asking again is harmless.
		if start, err = d.elsewhereAgain(ctx, t, b, c); err != nil {
			return out, err
		}
	}
	for i, j := range start {
		j.Brand, j.Press, j.Method, j.Point = b, p, "preference_link", "/p/"
		j.Press.Nonce = fmt.Sprintf("%s/%d", p.Nonce, i)
		if _, err := d.Join(ctx, j); err != nil {
			return out, err
		}
		out.Started = append(out.Started, j.Channel)
	}
	return out, nil
}

// elsewhereAgain works out once more what a choice asks of other addresses.
func (d *Desk) elsewhereAgain(ctx context.Context, t Token, b *brands.Brand, c Choice) ([]Joining, error) {
	dr, err := d.Store.Person(ctx, b.ID, Who{Person: t.Person})
	if err != nil {
		return nil, err
	}
	s := &scene{Desk: d, b: b, dr: dr, now: d.Now().UTC(), lang: b.Speaks(c.Prefs.Language, dr.Facts.Language)}
	for _, h := range dr.Addresses {
		if bytes.Equal(h.Index, t.Index) {
			s.to = h.Address
		}
	}
	_, _, want := s.sort(c)
	return s.elsewhere(c, want), nil
}

// sort says what a choice gives and takes here, and what it wants elsewhere: the
// link proves the address it was delivered to, and no other.
func (s *scene) sort(c Choice) (give, take []consent.Key, elsewhere map[consent.Channel][]consent.Topic) {
	elsewhere = map[consent.Channel][]consent.Topic{}
	for _, ch := range consent.Channels {
		for _, topic := range s.b.AllTopics() {
			k := consent.Key{Channel: ch, Topic: topic}
			want, shown := c.Want[k]
			state := s.dr.Record.At(k, s.now).State
			has := state == consent.Granted
			switch {
			case !shown:
			case !want && (has || state == consent.Pending):
				take = append(take, k)
			case want && !has && ch.Reaches() == s.to.Kind():
				give = append(give, k)
			case want && !has:
				elsewhere[ch] = append(elsewhere[ch], topic)
			}
		}
	}
	return give, take, elsewhere
}

// choose applies the matrix and the settings; joins are what has to be confirmed elsewhere.
func (s *scene) choose(c Choice) (cs []consent.Change, joins []Joining, err error) {
	give, take, elsewhere := s.sort(c)
	cs, err = s.dr.Act(consent.Act{Kind: consent.Choose, At: s.now, Keys: give, Take: take})
	if err != nil {
		return nil, nil, err
	}
	s.dr.Event.Type = consent.Settings
	if len(cs) > 0 {
		s.dr.Event.Type = consent.Choose
		s.dr.Event.Terms = &consent.Terms{SeparateFromTerms: true, NotConditional: true}
	}
	for _, k := range give {
		s.lift(k.Channel)
	}
	if len(take) > 0 {
		s.suppressEmptied(take)
		s.quiet = true
	}
	if !samePrefs(c.Prefs, s.dr.Facts.Prefs) {
		s.dr.Facts.Prefs, s.dr.FactsNew = c.Prefs, true
		if l := c.Prefs.Language; l != "" && slices.Contains(s.b.Languages, l) {
			s.dr.Facts.Language, s.lang = l, l
		}
		said, err := json.Marshal(c.Prefs)
		if err != nil {
			return nil, nil, fmt.Errorf("optin: preferences: %w", err)
		}
		s.dr.Event.Prefs = string(said)
	}
	return cs, s.elsewhere(c, elsewhere), nil
}

// suppressEmptied: whoever unticks the last box of a channel wants nothing on it.
func (s *scene) suppressEmptied(taken []consent.Key) {
	for _, ch := range consent.Channels {
		touched, left := false, false
		for _, k := range s.dr.Record.Keys() {
			if k.Channel == ch {
				left = left || s.dr.Record[k].State == consent.Granted
				touched = touched || slices.Contains(taken, k)
			}
		}
		if touched && !left {
			s.dr.CancelWaiting(ch)
			if !s.dr.Suppressed[ch] && !s.dr.Address(ch.Reaches()).IsZero() {
				s.dr.Suppress = append(s.dr.Suppress, ch)
			}
		}
	}
}

// elsewhere turns wishes for other addresses into requests of their own.
func (s *scene) elsewhere(c Choice, want map[consent.Channel][]consent.Topic) []Joining {
	var out []Joining
	for _, ch := range consent.Channels {
		topics := want[ch]
		if len(topics) == 0 {
			continue
		}
		to := s.dr.Address(ch.Reaches())
		if typed := c.OtherEmail; ch == consent.Email && !typed.IsZero() {
			to = typed
		}
		if typed := c.OtherPhone; ch != consent.Email && !typed.IsZero() {
			to = typed
		}
		if !to.IsZero() {
			out = append(out, Joining{Address: to, Channel: ch, Topics: topics, Language: s.lang})
		}
	}
	return out
}

func samePrefs(a, b Preferences) bool {
	return slices.Equal(a.Days, b.Days) && slices.Equal(a.Hours, b.Hours) && a.PerMonth == b.PerMonth &&
		a.PauseUntil.Equal(b.PauseUntil) && a.Language == b.Language
}

// Unsubscribe is one click: everything on the channel the link was delivered on
// (RFC 8058 where it is a mail program that posts).
func (d *Desk) Unsubscribe(ctx context.Context, secret string, p Press) (View, error) {
	t, b, err := d.open(ctx, ForPrefs, secret)
	if err != nil {
		return View{}, err
	}
	_, _, err = d.perform(ctx, Cause{Brand: b.ID, Source: "unsubscribe", Ref: p.Nonce}, Who{Person: t.Person}, func(dr *Draft) (*scene, error) {
		s, err := d.opened(t, b, dr, p, "unsubscribe_link")
		if err != nil {
			return nil, err
		}
		dr.Event.Point = "/u/"
		cs, _, err := s.withdraw([]consent.Channel{t.Channel}, b.AllTopics(), true)
		s.changed(cs)
		return s, err
	})
	if err != nil {
		return View{}, err
	}
	return d.View(ctx, ForPrefs, secret)
}

// SendLink sends people their own preference link. For an address nobody knows
// nothing is sent; the caller says the same either way.
func (d *Desk) SendLink(ctx context.Context, b *brands.Brand, a address.Address, p Press) error {
	person, err := d.Store.Find(ctx, b.ID, a)
	if err != nil {
		return err
	}
	// One link a person, kind of address and hour, however often the form is posted.
	ref := person + "/" + string(a.Kind()) + "@" + d.Now().UTC().Format("2006-01-02T15")
	_, _, err = d.perform(ctx, Cause{Brand: b.ID, Source: "send-link", Ref: ref}, Who{Person: person}, func(dr *Draft) (*scene, error) {
		c := consent.SMS
		if a.Kind() == address.Email {
			c = consent.Email
		}
		s := d.begin(b, dr, a, c, b.Speaks(dr.Facts.Language, spoken[a.Region()]))
		s.pressed(p, "web_form")
		dr.Event.Point = "/prefs/" + b.ID
		s.from = s.b.Texts()
		return s, s.sendLink(c)
	})
	return err
}

func (s *scene) sendLink(c consent.Channel) error {
	if c == consent.Email {
		return s.mail(Message{Kind: message.Service}, "prefs_link", s.linkMail(""))
	}
	s.from = s.b.Texts()
	return s.service("prefs_link", map[string]string{"link": s.b.Links(s.Public) + "/p/" + s.link(ForPrefs, consent.SMS, linkLife)})
}
