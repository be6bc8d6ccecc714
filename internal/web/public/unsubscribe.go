package public

import (
	"crypto/rand"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/optin"
)

// unsubscribePage is one button.
type unsubscribePage struct {
	*frame
	Address  address.Address
	Channel  consent.Channel
	PrefsURL string
}

func unsubscribePath(token string) string { return "/u/" + url.PathEscape(token) }

// showUnsubscribe shows the button; scanners that load the link change nothing.
func (p *Pages) showUnsubscribe(c echo.Context) error {
	v, err := p.view(c, optin.ForPrefs)
	if err != nil {
		return err
	}
	return p.unsubscribeForm(c, ok, v, false)
}

func (p *Pages) unsubscribeForm(c echo.Context, status int, v optin.View, stale bool) error {
	token := c.Param("token")
	f := p.frame(c, v.Brand, v.Language, unsubscribePath(token))
	f.Title = f.say("unsub_title", "brand", v.Brand.Name, "by", f.Name("by", v.Channel))
	f.Nonce, f.NoticeURL = p.nonce(f.Path), noticeURL(v.Brand, v.Notice)
	if stale {
		f.Problems = []problem{{"", f.say("stale_text")}}
	}
	return p.show(c, status, "unsubscribe", f, unsubscribePage{frame: f, Address: v.Address, Channel: v.Channel, PrefsURL: prefsPath(token) + f.Query})
}

// unsubscribe takes the button, or the one-click post of a mail program: 200 at
// once, no redirect, no cookie, no nonce (RFC 8058 §3.1, §3.2).
func (p *Pages) unsubscribe(c echo.Context) error {
	ctx, token := c.Request().Context(), c.Param("token")
	form, err := readForm(c, true)
	if err != nil {
		return err
	}
	var press optin.Press
	if form["List-Unsubscribe"] == "One-Click" {
		// Nothing in the post tells one press from a repeat, and a withdrawal may be
		// recorded twice but never missed: each is an act of its own.
		press = p.visitor(c)
		press.Nonce, press.Way = rand.Text(), "one-click"
	} else if press, err = p.press(c, unsubscribePath(token), form); err != nil {
		v, verr := p.view(c, optin.ForPrefs)
		if verr != nil {
			return verr
		}
		return p.unsubscribeForm(c, http.StatusUnprocessableEntity, v, true)
	}
	v, err := p.Desk.Unsubscribe(ctx, token, press)
	if err != nil {
		return err
	}
	f := p.frame(c, v.Brand, v.Language, unsubscribePath(token))
	f.NoticeURL = noticeURL(v.Brand, v.Notice)
	says := []string{f.say("unsubbed_text", "brand", v.Brand.Name, "by", f.Name("by", v.Channel), "address", v.Address)}
	return p.tell(c, ok, f, f.say("unsubbed_title"), says, p.receiptLink(c, f), anchor{prefsPath(token) + f.Query, f.say("all_choices")})
}
