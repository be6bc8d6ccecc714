package optin

import (
	"context"
	"crypto/sha256"
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
	event, _, err := d.perform(ctx, Cause{Brand: b.ID, Source: "prefs", Ref: p.Nonce}, Who{Person: t.Person}, func(dr *Draft) (*scene, error) {
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
	for i, j := range start {
		j.Brand, j.Press, j.Method = b, p, "preference_link"
		j.Press.Nonce = fmt.Sprintf("%s/%d", p.Nonce, i)
		if _, err := d.Join(ctx, j); err != nil {
			return out, err
		}
		out.Started = append(out.Started, j.Channel)
	}
	return out, nil
}

// choose applies the matrix and the settings; joins are what has to be confirmed elsewhere.
func (s *scene) choose(c Choice) (cs []consent.Change, joins []Joining, err error) {
	var give, take []consent.Key
	elsewhere := map[consent.Channel][]consent.Topic{}
	for _, ch := range consent.Channels {
		for _, topic := range s.b.AllTopics() {
			k := consent.Key{Channel: ch, Topic: topic}
			want, shown := c.Want[k]
			has := s.dr.Record.At(k, s.now).State == consent.Granted
			switch {
			case !shown:
			case !want && (has || s.dr.Record.At(k, s.now).State == consent.Pending):
				take = append(take, k)
			case want && !has && kindOf(ch) == s.dr.Token.Address.Kind():
				give = append(give, k)
			case want && !has:
				elsewhere[ch] = append(elsewhere[ch], topic)
			}
		}
	}
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
			if !s.dr.Suppressed[ch] && !s.dr.Address(kindOf(ch)).IsZero() {
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
		to := s.dr.Address(kindOf(ch))
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
	// One link an address and hour, however often the form is posted.
	hour := d.Now().UTC().Format("2006-01-02T15")
	sum := sha256.Sum256([]byte(a.Index() + hour))
	_, _, err = d.perform(ctx, Cause{Brand: b.ID, Source: "send-link", Ref: hexOf(sum[:16])}, Who{Person: person}, func(dr *Draft) (*scene, error) {
		c := consent.SMS
		if a.Kind() == address.Email {
			c = consent.Email
		}
		s := d.begin(b, dr, a, c, b.Speaks(dr.Facts.Language, spoken[a.Region()]))
		s.pressed(p, "web_form")
		dr.Event.Point = "/prefs/" + b.ID
		s.from = s.defaultNumber()
		return s, s.sendLink(c)
	})
	return err
}

func (s *scene) sendLink(c consent.Channel) error {
	if c == consent.Email {
		return s.mail(Message{Kind: message.Service}, "prefs_link", s.linkMail(""))
	}
	s.from = s.defaultNumber()
	return s.service("prefs_link", map[string]string{"link": s.b.Links(s.Public) + "/p/" + s.link(ForPrefs, consent.SMS, linkLife)})
}
