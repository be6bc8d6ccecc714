package public

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/optin"
)

// confirmPage asks the one question of a confirmation link.
type confirmPage struct {
	*frame
	Address      address.Address
	Topics       []consent.Topic
	Channels     []consent.Channel
	Program      string
	Asked, Until *stamp
}

func confirmPath(token string) string { return "/c/" + url.PathEscape(token) }

// showConfirm shows the question, or what became of it.
func (p *Pages) showConfirm(c echo.Context) error {
	v, err := p.view(c, optin.ForConfirm)
	if err != nil {
		return err
	}
	return p.question(c, ok, v, false)
}

// view reads what the holder of the path's token may see. The brand is kept for
// the page of an error: an expired link still knows whose it was.
func (p *Pages) view(c echo.Context, use optin.TokenUse) (optin.View, error) {
	v, err := p.Desk.View(c.Request().Context(), use, c.Param("token"))
	if v.Brand != nil {
		c.Set(brandKey, v.Brand)
	}
	return v, err
}

// question shows the question of a link with its two buttons. stale says that a form was refused.
func (p *Pages) question(c echo.Context, status int, v optin.View, stale bool) error {
	path := confirmPath(c.Param("token"))
	f := p.frame(c, v.Brand, v.Language, path)
	f.NoticeURL = noticeURL(v.Brand, v.Notice)
	if !v.Open {
		return p.answered(c, f, v)
	}
	f.Title, f.Nonce = f.say("confirm_title", "brand", v.Brand.Name), p.nonce(path)
	if stale {
		f.Problems = []problem{{"not-me", f.say("stale_text")}}
	}
	page := confirmPage{frame: f, Address: v.Address, Asked: f.at(v.RequestedAt), Until: f.at(v.Until)}
	for _, k := range v.Keys {
		if !slices.Contains(page.Topics, k.Topic) {
			page.Topics = append(page.Topics, k.Topic)
		}
		if !slices.Contains(page.Channels, k.Channel) {
			page.Channels = append(page.Channels, k.Channel)
		}
	}
	if v.Program != nil {
		page.Program = programName(v.Program, f.Lang)
	}
	return p.show(c, status, "confirm", f, page)
}

// answered says what became of a question that is not open any more.
func (p *Pages) answered(c echo.Context, f *frame, v optin.View) error {
	switch v.Answered {
	case consent.Granted:
		return p.tell(c, ok, f, f.say("already_title"), p.nowTrue(f, v), p.receiptLink(c, f), f.choicesLink())
	case consent.Refused:
		return p.tell(c, ok, f, f.say("declined_title"), []string{f.say("declined_text", "brand", v.Brand.Name, "address", v.Address)}, f.choicesLink())
	case consent.Expired:
		return p.tell(c, http.StatusGone, f, f.say("lapsed_title"), []string{f.say("lapsed_text", "brand", v.Brand.Name)}, f.choicesLink())
	default:
		return p.tell(c, http.StatusGone, f, f.say("gone_title"), []string{f.say("gone_text", "brand", v.Brand.Name)}, f.choicesLink())
	}
}

// confirm is the yes: the form's hidden fields are enough.
func (p *Pages) confirm(c echo.Context) error { return p.answer(c, p.Desk.Confirm, p.confirmed) }

func (p *Pages) confirmed(c echo.Context, f *frame, v optin.View) error {
	if v.Answered != consent.Granted {
		return p.answered(c, f, v)
	}
	return p.tell(c, ok, f, f.say("confirmed_title"), p.nowTrue(f, v), p.receiptLink(c, f), f.choicesLink())
}

// answer posts the yes or the "not me" of a confirmation link and says what came of it.
func (p *Pages) answer(c echo.Context, act func(ctx context.Context, token string, press optin.Press) (optin.View, error),
	done func(echo.Context, *frame, optin.View) error) error {
	token := c.Param("token")
	form, err := readForm(c, false)
	if err != nil {
		return err
	}
	press, err := p.press(c, confirmPath(token), form)
	if err != nil {
		v, verr := p.view(c, optin.ForConfirm)
		if verr != nil {
			return verr
		}
		return p.question(c, http.StatusUnprocessableEntity, v, true)
	}
	v, err := act(c.Request().Context(), token, press)
	if errors.Is(err, consent.ErrWindowClosed) || errors.Is(err, consent.ErrNothingPending) {
		if v, err = p.view(c, optin.ForConfirm); err == nil {
			v.Open, done = false, p.answered
		}
	}
	if err != nil {
		return err
	}
	f := p.frame(c, v.Brand, v.Language, confirmPath(token))
	f.NoticeURL = noticeURL(v.Brand, v.Notice)
	return done(c, f, v)
}

// nowTrue says in one sentence what a brand may do from now on, and in a second until when it pauses.
func (p *Pages) nowTrue(f *frame, v optin.View) []string {
	var may []string
	for _, k := range readingOrder(v.Record) {
		if v.Record.At(k, p.Now()).State == consent.Granted {
			may = append(may, f.cell(k))
		}
	}
	if len(may) == 0 {
		return []string{f.say("now_none", "brand", v.Brand.Name)}
	}
	says := []string{f.say("now_some", "brand", v.Brand.Name, "list", list(may))}
	if v.Prefs.PauseUntil.After(p.Now()) {
		says = append(says, f.say("now_paused", "date", f.date(v.Prefs.PauseUntil)))
	}
	return says
}

// readingOrder lists a record's permissions by channel and topic in the order people read them.
func readingOrder(r consent.Record) (keys []consent.Key) {
	for _, ch := range consent.Channels {
		for _, t := range consent.Topics {
			if k := (consent.Key{Channel: ch, Topic: t}); r[k] != (consent.Permission{}) {
				keys = append(keys, k)
			}
		}
	}
	return keys
}

// choicesLink leads to the choices by way of a fresh link: a confirmation link does not open them.
func (f *frame) choicesLink() anchor {
	return anchor{sendLinkPath(f.Brand) + f.Query, f.say("new_link_choices")}
}

func (p *Pages) receiptLink(c echo.Context, f *frame) anchor {
	return anchor{"/r/" + url.PathEscape(c.Param("token")) + f.Query, f.say("see_receipt")}
}
