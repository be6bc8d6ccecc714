package optin_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/message"
	"placet/internal/optin"
)

// crossed is a store that tells when an answer was turned away because its
// question was still on its way out.
type crossed struct {
	optin.Store
	turned func(times int)
	times  int
}

func (c *crossed) Change(ctx context.Context, cause optin.Cause, who optin.Who, fn func(*optin.Draft) error) (string, bool, error) {
	event, fresh, err := c.Store.Change(ctx, cause, who, fn)
	if err != nil {
		c.times++
		c.turned(c.times)
	}
	return event, fresh, err
}

// A yes that crosses its question waits a moment for it to leave.
func TestCrossing(t *testing.T) {
	const ask = "sms info pending, sms offers pending"
	for _, c := range []struct {
		name     string
		patience time.Duration
		turned   func(s *shop, stop func(), times int)
		err      error
		times    int // at least
		want     string
	}{
		{"the question leaves meanwhile", time.Hour, func(s *shop, _ func(), times int) {
			if times == 3 {
				s.left("optin_request")
			}
		}, nil, 3, "sms info granted, sms offers granted"},
		{"it does not leave in time", 30 * time.Millisecond, func(*shop, func(), int) {}, nil, 3, ask},
		{"nobody waits", 0, func(*shop, func(), int) {}, nil, 0, ask},
		{"STOP comes meanwhile", time.Hour, func(s *shop, _ func(), times int) {
			if times == 1 {
				s.text(1, "STOP")
			}
		}, nil, 1, "sms info withdrawn, sms offers withdrawn; suppressed: sms"},
		{"the caller leaves", time.Hour, func(_ *shop, stop func(), _ int) { stop() }, context.Canceled, 1, ask},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			s.text(1, "OFFERTE")
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			x := &crossed{Store: s.store}
			x.turned = func(times int) { c.turned(s, stop, times) }
			patient := *s.Desk
			patient.Store, patient.Patience = x, c.patience
			_, err := patient.Receive(ctx, optin.Text{Brand: s.brand, Provider: "test", Ref: "yes", From: phone(1), To: "41430", Body: "SI", At: s.clock()})
			if !errors.Is(err, c.err) || x.times < c.times || c.times == 0 && x.times > 0 {
				t.Errorf("%v after %d turns, want %v after %d", err, x.times, c.err, c.times)
			}
			s.stands(phone(1), c.want)
			if c.want == ask { // the same yes, told again, has its effect where the first was not taken down
				s.left("optin_request")
				_, err := s.hear("yes", 1, "SI")
				must(t, err)
				if c.err != nil {
					s.stands(phone(1), "sms info granted, sms offers granted")
				} else {
					s.stands(phone(1), ask)
				}
			}
			s.verify()
		})
	}
}

// A yes to an invitation that still waits for its benefit is no yes to it: what
// was not asked cannot be answered. It makes the question come at once.
func TestYesBeforeTheQuestion(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.text(1, "CARTA 123456")
	s.text(1, "SI")
	s.stands(phone(1), "sms offers pending")
	out := s.left("card_done", "invitation")
	if len(out) == 2 && (out[0].Template != "card_done" || !strings.Contains(out[1].Text, "SI")) {
		t.Errorf("left: %s, then %q", out[0].Template, out[1].Text)
	}
	s.text(1, "SI")
	s.stands(phone(1), "sms offers granted")
	s.left("welcome")
	s.verify()
}

// Whatever a person does, the same thing told twice is one thing: by the
// provider, by a double click, by two at once.
func TestTheSameCauseTwice(t *testing.T) {
	ctx := context.Background()
	text := func(before []string, body string) func(*shop) func() error {
		return func(s *shop) func() error {
			for _, b := range before {
				s.text(1, b)
				s.send()
			}
			return func() error { _, err := s.hear("again", 1, body); return err }
		}
	}
	linked := func(kind string, do func(s *shop, secret string) error) func(*shop) func() error {
		return func(s *shop) func() error {
			var link string
			if kind == "c" {
				s.join("anna", consent.Offers)
				link = secret(s.t, s.send(), "c")
			} else {
				link = s.granted("anna", consent.Offers)
			}
			return func() error { return do(s, link) }
		}
	}
	for name, prepare := range map[string]func(*shop) func() error{
		"redeem":  text(nil, "CARTA 123456"),
		"join":    text(nil, "OFFERTE"),
		"yes":     text([]string{"OFFERTE"}, "SI"),
		"no":      text([]string{"OFFERTE"}, "NO"),
		"stop":    text([]string{"OFFERTE", "SI"}, "STOP"),
		"stopall": text([]string{"OFFERTE", "SI"}, "STOP ALL"),
		"help":    text(nil, "AIUTO"),
		"unknown": text(nil, "bla bla bla"),
		"form": func(s *shop) func() error {
			return func() error {
				_, err := s.Join(ctx, optin.Joining{Brand: s.brand, Program: "offerte", Address: mail("anna"), Channel: consent.Email,
					Topics: []consent.Topic{consent.Offers}, Method: "web_form", Press: press("again")})
				return err
			}
		},
		"confirm": linked("c", func(s *shop, link string) error { _, err := s.Confirm(ctx, link, press("again")); return err }),
		"not me":  linked("c", func(s *shop, link string) error { _, err := s.NotMe(ctx, link, press("again")); return err }),
		"choose": linked("p", func(s *shop, link string) error {
			_, err := s.Choose(ctx, link, optin.Choice{Want: map[consent.Key]bool{mailInfo: true, mailOffers: false, smsInfo: true}, OtherPhone: phone(7)}, press("again"))
			return err
		}),
		"stop everything": linked("p", func(s *shop, link string) error {
			_, err := s.Choose(ctx, link, optin.Choice{StopAll: true}, press("again"))
			return err
		}),
		"unsubscribe": linked("p", func(s *shop, link string) error { _, err := s.Unsubscribe(ctx, link, press("again")); return err }),
		"send link": linked("p", func(s *shop, _ string) error {
			return s.SendLink(ctx, s.brand, mail("anna"), press(fmt.Sprint(time.Now().UnixNano()))) // one an hour, whatever the form says
		}),
		"carrier": linked("p", func(s *shop, _ string) error {
			who := s.person(mail("anna")).Person //nolint:contextcheck // the shop has the test's own
			return s.CarrierStop(ctx, "rossi", who, consent.Email, "again")
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			act := prepare(s)
			before := s.rows()
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					if err := act(); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			once := s.rows()
			if once == before {
				t.Fatal("it had no effect at all")
			}
			var n, want int
			must(t, s.raw.QueryRow(`SELECT COUNT(*) FROM causes WHERE ref LIKE 'again%' OR source = 'send-link'`).Scan(&n))
			if want = 1; name == "choose" {
				want = 2 // the choice, and the request it starts elsewhere
			}
			if n != want {
				t.Errorf("%d causes, want %d", n, want)
			}
			must(t, act())
			if after := s.rows(); after != once {
				t.Errorf("%s, and once more: %s", once, after)
			}
			s.verify()
		})
	}
}

// A preference page raises what its own address may raise, lowers anything, and
// lets other addresses answer for themselves.
func TestChoose(t *testing.T) {
	type want = map[consent.Key]bool
	for _, c := range []struct {
		name    string
		given   []consent.Topic
		choice  optin.Choice
		stands  string
		started int
		left    []string
	}{
		{"nothing shown", []consent.Topic{consent.Offers}, optin.Choice{}, "email offers granted", 0, nil},
		{"as it is", []consent.Topic{consent.Offers}, optin.Choice{Want: want{mailOffers: true, mailInfo: false}}, "email offers granted", 0, nil},
		{"more on the same address", []consent.Topic{consent.Offers}, optin.Choice{Want: want{mailOffers: true, mailInfo: true}}, "email info granted, email offers granted", 0, nil},
		{"less, and something left", []consent.Topic{consent.Info, consent.Offers}, optin.Choice{Want: want{mailOffers: false, mailInfo: true}}, "email info granted, email offers withdrawn", 0, nil},
		{"what the page did not show stays", []consent.Topic{consent.Info, consent.Offers}, optin.Choice{Want: want{mailOffers: false}}, "email info granted, email offers withdrawn", 0, nil},
		{"the last one", []consent.Topic{consent.Offers}, optin.Choice{Want: want{mailOffers: false, mailInfo: false}}, "email offers withdrawn; suppressed: email", 0, nil},
		{"one for the other", []consent.Topic{consent.Offers}, optin.Choice{Want: want{mailOffers: false, mailInfo: true}}, "email info granted, email offers withdrawn", 0, nil},
		{"everything", []consent.Topic{consent.Offers}, optin.Choice{StopAll: true, Want: want{mailInfo: true}, OtherPhone: phone(7)},
			"call info withdrawn, call offers withdrawn, email info withdrawn, email offers withdrawn, post info withdrawn, post offers withdrawn, sms info withdrawn, sms offers withdrawn; suppressed: email", 0, nil},
		{"another address", []consent.Topic{consent.Offers}, optin.Choice{Want: want{mailOffers: true, smsOffers: true}, OtherPhone: phone(7)}, "email offers granted", 1, []string{"optin_request"}},
		{"another address nobody typed", []consent.Topic{consent.Offers}, optin.Choice{Want: want{mailOffers: true, smsOffers: true}}, "email offers granted", 0, nil},
		{"a topic the brand has not", []consent.Topic{consent.Offers}, optin.Choice{Want: want{key(consent.Email, consent.Profiling): true}}, "email offers granted", 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			link := s.granted("anna", c.given...)
			got, err := s.Choose(t.Context(), link, c.choice, s.once())
			must(t, err)
			if len(got.Started) != c.started {
				t.Errorf("started %v", got.Started)
			}
			s.stands(mail("anna"), c.stands)
			if c.started > 0 {
				s.stands(phone(7), "sms offers pending")
				if d := s.person(phone(7)); d.Person == s.person(mail("anna")).Person || d.Proven(phone(7)) {
					t.Error("the number was taken for the holder of the link")
				}
			} else {
				s.stands(phone(7), "")
			}
			s.left(c.left...)
			s.verify()
		})
	}
}

// A link lowers what stands for another address of the same person too.
func TestChooseLowersElsewhere(t *testing.T) {
	t.Parallel()
	s := open(t)
	link := s.granted("anna", consent.Offers)
	_, _, err := s.store.Change(t.Context(), optin.Cause{Brand: "rossi", Source: "test", Ref: "1"}, optin.Who{Address: mail("anna")}, func(d *optin.Draft) error {
		d.Event.Type, d.Event.At, d.Event.Received = consent.Choose, noon, noon
		_, err := d.Act(consent.Act{Kind: consent.Choose, At: noon, Keys: []consent.Key{smsOffers, smsInfo}})
		return err
	})
	must(t, err)
	_, err = s.Choose(t.Context(), link, optin.Choice{Want: map[consent.Key]bool{mailOffers: true, smsOffers: false, smsInfo: true}}, s.once())
	must(t, err)
	s.stands(mail("anna"), "email offers granted, sms info granted, sms offers withdrawn")
	s.verify()
}

func TestPreferencesAreKept(t *testing.T) {
	t.Parallel()
	s := open(t)
	link := s.granted("anna", consent.Offers)
	p := optin.Preferences{Days: []string{"sat"}, Hours: []string{"evening"}, PerMonth: 2, PauseUntil: noon.AddDate(0, 1, 0), Language: "fr"}
	chosen, err := s.Choose(t.Context(), link, optin.Choice{Prefs: p}, s.once())
	must(t, err)
	v, err := s.View(t.Context(), optin.ForPrefs, link)
	must(t, err)
	if fmt.Sprint(v.Prefs) != fmt.Sprint(p) || v.Language != "fr" {
		t.Errorf("kept %+v in %s", v.Prefs, v.Language)
	}
	e, err := s.store.Event(t.Context(), "rossi", chosen.Event)
	must(t, err)
	if e.Type != consent.Settings || len(e.Changes) != 0 || !strings.Contains(e.Prefs, `"per_month":2`) {
		t.Errorf("evidence: %s %q", e.Type, e.Prefs)
	}
}

// "It was not me" refuses what is open and takes back what was given.
func TestNotMe(t *testing.T) {
	t.Parallel()
	t.Run("before a yes", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		s.join("anna", consent.Info, consent.Offers)
		link := secret(t, s.left("confirmation"), "c")
		for range 2 {
			v, err := s.NotMe(t.Context(), link, s.once())
			must(t, err)
			if v.Open {
				t.Error("the question is still open")
			}
			if v, err = s.Confirm(t.Context(), link, s.once()); err != nil || v.Open || v.Answered == consent.Granted {
				t.Errorf("confirmed afterwards: %s, %v", v.Answered, err)
			}
		}
		for _, k := range []consent.Key{mailInfo, mailOffers} {
			if st := s.person(mail("anna")).Record[k].State; st != consent.Refused {
				t.Errorf("%v is %s", k, st)
			}
		}
		s.left()
		s.verify()
	})
	t.Run("after a yes", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		s.join("anna", consent.Offers)
		link := secret(t, s.left("confirmation"), "c")
		v, err := s.Confirm(t.Context(), link, s.once())
		must(t, err)
		if v.Answered != consent.Granted {
			t.Errorf("answered %s", v.Answered)
		}
		s.left("welcome")
		_, err = s.NotMe(t.Context(), link, s.once())
		must(t, err)
		s.stands(mail("anna"), "email info withdrawn, email offers withdrawn; suppressed: email")
		s.left()
		s.verify()
	})
}

// A person's own link is sent to whom we know, once an hour, and nothing to anybody else.
func TestSendLink(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.granted("anna", consent.Offers)
	before := s.rows()
	for _, a := range []address.Address{mail("nobody"), phone(9)} {
		if err := s.SendLink(t.Context(), s.brand, a, s.once()); !errors.Is(err, optin.ErrNobody) {
			t.Errorf("%s: %v", a, err)
		}
	}
	if after := s.rows(); after != before {
		t.Errorf("a stranger left something behind: %s, then %s", before, after)
	}
	for range 3 {
		must(t, s.SendLink(t.Context(), s.brand, mail("anna"), s.once()))
	}
	link := secret(t, s.left("prefs_link"), "p")
	v, err := s.View(t.Context(), optin.ForPrefs, link)
	must(t, err)
	if v.Address != mail("anna") {
		t.Errorf("the link is for %s", v.Address)
	}
	s.stands(mail("anna"), "email offers granted")
	s.wait(time.Hour)
	must(t, s.SendLink(t.Context(), s.brand, mail("anna"), s.once()))
	s.left("prefs_link")
	s.text(1, "CARTA 123456")
	s.left("card_done")
	s.left("invitation")
	must(t, s.SendLink(t.Context(), s.brand, phone(1), s.once()))
	if v, err = s.View(t.Context(), optin.ForPrefs, secret(t, s.left("prefs_link"), "p")); err != nil || v.Address != phone(1) || v.Channel != consent.SMS {
		t.Errorf("%s on %s, %v", v.Address, v.Channel, err)
	}
}

// Silence is written down once its window has closed, for as many as asked.
func TestSweep(t *testing.T) {
	t.Parallel()
	s := open(t)
	for n := range 3 {
		s.text(n, "OFFERTE")
	}
	s.join("anna", consent.Offers)
	s.send()
	sweep := func(n, want int) {
		t.Helper()
		if got, err := s.Sweep(t.Context(), n); err != nil || got != want {
			t.Errorf("swept %d, %v; want %d", got, err, want)
		}
	}
	s.wait(72*time.Hour - time.Microsecond)
	sweep(10, 0)
	s.wait(time.Microsecond)
	sweep(2, 2)
	sweep(10, 1)
	sweep(10, 0)
	s.stands(phone(0), "sms info expired, sms offers expired")
	s.stands(mail("anna"), "email offers pending")
	s.wait(96 * time.Hour)
	sweep(10, 1)
	d := s.person(mail("anna"))
	if p := d.Record[mailOffers]; p.State != consent.Expired || !p.Since.Equal(noon.Add(7*24*time.Hour)) {
		t.Errorf("expired %+v", p)
	}
	s.left() // silence is not answered
	s.verify()
}

func TestSweepPassesOverABrandThatLeft(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.text(1, "OFFERTE")
	s.wait(73 * time.Hour)
	must(t, s.Brands.Set(nil))
	if n, err := s.Sweep(t.Context(), 10); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	must(t, s.CarrierStop(t.Context(), "rossi", "nobody", consent.SMS, "1"))
}

// What a carrier tells us of an opt-out takes everything back, and says nothing.
func TestCarrierStop(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.text(1, "OFFERTE")
	s.send()
	s.text(1, "SI")
	s.send()
	s.text(1, "SCONTRINO")
	s.send()
	before := s.rows()
	must(t, s.CarrierStop(t.Context(), "rossi", s.person(phone(1)).Person, consent.SMS, "msg_1"))
	if after := s.rows(); after == before {
		t.Error("nothing was taken down")
	}
	s.stands(phone(1), "sms info withdrawn, sms offers withdrawn; suppressed: sms")
	s.left()
	s.verify()
	// Their own new request brings them back.
	s.text(1, "OFFERTE")
	s.left("optin_request")
	s.text(1, "SI")
	s.stands(phone(1), "sms info granted, sms offers granted")
	s.verify()
}

// A link opens what it was made for, while it lasts, at the brand it was made by.
func TestLinks(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.join("anna", consent.Offers)
	confirm := secret(t, s.left("confirmation"), "c")
	prefs := s.granted("bea", consent.Offers)
	if confirm == prefs {
		t.Fatal("two links are one")
	}
	type try func(secret string) error
	ctx := context.Background()
	verbs := map[string]try{
		"confirm":     func(l string) error { _, err := s.Confirm(ctx, l, s.once()); return err },
		"not me":      func(l string) error { _, err := s.NotMe(ctx, l, s.once()); return err },
		"choose":      func(l string) error { _, err := s.Choose(ctx, l, optin.Choice{StopAll: true}, s.once()); return err },
		"unsubscribe": func(l string) error { _, err := s.Unsubscribe(ctx, l, s.once()); return err },
		"see confirm": func(l string) error { _, err := s.View(ctx, optin.ForConfirm, l); return err },
		"see prefs":   func(l string) error { _, err := s.View(ctx, optin.ForPrefs, l); return err },
		"see receipt": func(l string) error { _, err := s.View(ctx, optin.ForReceipt, l); return err },
	}
	before := s.rows()
	check := func(name, link string, want map[string]error, otherwise error) {
		t.Helper()
		for verb, do := range verbs {
			expect, ok := want[verb]
			if !ok {
				expect = otherwise
			}
			if err := do(link); !errors.Is(err, expect) || expect == nil && err != nil {
				t.Errorf("%s with %s: %v, want %v", verb, name, err, expect)
			}
		}
	}
	for name, link := range map[string]string{
		"nothing": "", "a short word": "ABC", "a long one": strings.Repeat("A", 65), "a stranger's": strings.Repeat("A", 26), "SQL": "' OR '1'='1' -- ' OR '1'='1",
		"a link in lower case": strings.ToLower(prefs), "a link with a space": prefs + " ",
	} {
		check(name, link, nil, optin.ErrNoToken)
	}
	only := func(vs ...string) map[string]error {
		m := map[string]error{}
		for _, v := range vs {
			m[v] = nil
		}
		return m
	}
	delete(verbs, "confirm") // these change something; their refusals elsewhere are checked above
	delete(verbs, "not me")
	check("a confirmation link", confirm, only("see confirm", "see receipt"), optin.ErrNoToken)
	verbs = map[string]try{"confirm": func(l string) error { _, err := s.Confirm(ctx, l, s.once()); return err },
		"not me":      func(l string) error { _, err := s.NotMe(ctx, l, s.once()); return err },
		"see confirm": func(l string) error { _, err := s.View(ctx, optin.ForConfirm, l); return err },
		"see prefs":   func(l string) error { _, err := s.View(ctx, optin.ForPrefs, l); return err },
		"see receipt": func(l string) error { _, err := s.View(ctx, optin.ForReceipt, l); return err }}
	check("a preference link", prefs, only("see prefs", "see receipt"), optin.ErrNoToken)
	if after := s.rows(); after != before {
		t.Errorf("looking and guessing left something behind: %s, then %s", before, after)
	}

	// Another brand does not know the link, nor does one that left.
	must(t, s.Brands.Set(nil))
	check("a brand's link that left", prefs, nil, optin.ErrNoToken)
	must(t, s.Brands.Set([]*brands.Brand{s.brand}))

	s.wait(7 * 24 * time.Hour)
	check("an expired confirmation", confirm, map[string]error{"see prefs": optin.ErrNoToken}, optin.ErrTokenExpired)
	if v, err := s.View(ctx, optin.ForConfirm, confirm); !errors.Is(err, optin.ErrTokenExpired) || v.Brand == nil || v.Language != "it" || !v.Address.IsZero() {
		t.Errorf("an expired link shows %+v, %v", v, err)
	}
	if _, err := s.View(ctx, optin.ForPrefs, prefs); err != nil {
		t.Errorf("a preference link after a week: %v", err)
	}
	s.stands(mail("bea"), "email offers granted")
}

// A form asks for what the brand offers, on the channel that the address has.
func TestJoinRefuses(t *testing.T) {
	t.Parallel()
	s := open(t)
	good := optin.Joining{Brand: s.brand, Program: "offerte", Address: mail("anna"), Channel: consent.Email, Topics: []consent.Topic{consent.Offers}, Method: "web_form", Press: press("1")}
	for _, c := range []struct {
		name   string
		change func(*optin.Joining)
		want   error
	}{
		{"no such program", func(j *optin.Joining) { j.Program = "none" }, optin.ErrNoProgram},
		{"nothing asked", func(j *optin.Joining) { j.Topics = nil }, optin.ErrNothingAsked},
		{"a topic the brand has not", func(j *optin.Joining) { j.Topics = []consent.Topic{consent.Partners} }, optin.ErrNothingAsked},
		{"mail to a phone", func(j *optin.Joining) { j.Address = phone(1) }, address.ErrInvalid},
		{"a text to a mail address", func(j *optin.Joining) { j.Channel = consent.SMS }, address.ErrInvalid},
		{"post", func(j *optin.Joining) { j.Channel, j.Address = consent.Post, phone(1) }, address.ErrInvalid},
	} {
		j := good
		c.change(&j)
		if _, err := s.Join(t.Context(), j); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if got := s.rows(); got != "0 people, 0 events, 0 messages, 0 links, 0 suppressions" {
		t.Errorf("a refusal left %s", got)
	}
	// Whoever has said yes is not asked again: their own link tells them, on their address.
	s.granted("anna", consent.Offers)
	j := good
	j.Press = press("2")
	_, err := s.Join(t.Context(), j)
	must(t, err)
	s.left("prefs_link")
	s.stands(mail("anna"), "email offers granted")
}

// SI and STOP at the same moment, in either order: nothing stays granted, nothing stays open.
func TestYesAgainstStop(t *testing.T) {
	t.Parallel()
	s := open(t)
	const rounds = 25
	for n := range rounds {
		s.text(n, "OFFERTE")
	}
	s.send()
	for n := range rounds {
		var wg sync.WaitGroup
		bodies := []string{"SI", "STOP"}
		if n%2 == 0 {
			bodies = []string{"STOP", "SI"}
		}
		for _, body := range bodies {
			wg.Go(func() {
				if _, err := s.hear(fmt.Sprint(body, n), n, body); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		s.stands(phone(n), "sms info withdrawn, sms offers withdrawn; suppressed: sms")
	}
	s.verify()
}

// What cannot be taken down is not acknowledged, and has its effect when it comes again.
func TestNoDatabase(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	text := optin.Text{Brand: s.brand, Provider: "test", Ref: "1", From: phone(1), To: "41430", Body: "STOP", At: noon}
	if h, err := s.Receive(ctx, text); err == nil || h.Fresh {
		t.Errorf("acknowledged: %+v, %v", h, err)
	}
	h, err := s.Receive(t.Context(), text)
	if err != nil || !h.Fresh {
		t.Errorf("%+v, %v", h, err)
	}
	s.stands(phone(1), "sms info withdrawn, sms offers withdrawn; suppressed: sms")
	if h, err = s.Receive(t.Context(), text); err != nil || h.Fresh {
		t.Errorf("the same again: %+v, %v", h, err)
	}
	s.left("stopped")
	if _, err := s.Receive(t.Context(), optin.Text{Brand: &brands.Brand{ID: "ghost"}, Body: "STOP"}); err == nil {
		t.Error("a brand that is not in force took a text")
	}
}

// The evidence of a change holds the words, the reading, and a hash of what was said back.
func TestEvidence(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.text(1, "carta 123456")
	s.left("card_done")
	s.left("invitation")
	h := s.text(1, " Sì grazie! ")
	e, err := s.store.Event(t.Context(), "rossi", h.Event)
	must(t, err)
	if e.Type != consent.Confirm || e.Words != " Sì grazie! " || e.Intent != "confirm" || e.Rule == "" || e.Identifier != phone(1).Wire() ||
		e.IdentityLevel != "address_proven" || e.Proof["Body"] != " Sì grazie! " || e.Controller != s.brand.Legal || e.Jurisdiction != "IT" ||
		e.Artefact != "card-leaflet-2026-09" || e.MinimumAge != 18 || !e.At.Equal(noon) {
		t.Errorf("evidence: %+v", e.Event)
	}
	if o := e.OptIn; o == nil || o.Request == "" || o.Message == "" || !o.SentAt.Equal(noon) || o.Act != "sms_reply" || !o.Expires.Equal(noon.Add(72*time.Hour)) {
		t.Fatalf("the first half: %+v", e.OptIn)
	}
	if first, err := s.store.Event(t.Context(), "rossi", e.OptIn.Request); err != nil || first.Notice != "privacy/1" || first.OpenedBy != "brand" {
		t.Errorf("the request: notice %q, opened by %s, %v", first.Notice, first.OpenedBy, err)
	}
	if len(e.Messages) != 1 || e.Messages[0].Template != "welcome" || e.Messages[0].Kind != string(message.Service) || len(e.Messages[0].Text) != 64 {
		t.Errorf("said: %+v", e.Messages)
	}
	if e.Terms == nil || !e.Terms.SeparateFromTerms || !e.Terms.NotConditional || e.Terms.Preticked {
		t.Errorf("terms: %+v", e.Terms)
	}
}
