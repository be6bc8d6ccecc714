package public

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/optin"
)

// sendLinkPage asks where the link shall go.
type sendLinkPage struct {
	*frame
	Field field
}

func sendLinkPath(b *brands.Brand) string { return "/prefs/" + url.PathEscape(b.ID) }

func (p *Pages) showSendLink(c echo.Context) error {
	b, found := p.Brands.ByID(c.Param("brand"))
	if !found {
		return errNoPage
	}
	return p.sendLinkForm(c, ok, b, "", "")
}

func (p *Pages) sendLinkForm(c echo.Context, status int, b *brands.Brand, entered, wrong string) error {
	f := p.frame(c, b, "", sendLinkPath(b))
	f.Title, f.Nonce, f.NoticeURL = f.say("send_title"), p.nonce(f.Path), noticeURL(b, b.Notice(""))
	page := sendLinkPage{frame: f, Field: field{Name: "address", Label: f.say("send_field"), Hint: f.say("send_hint"), Type: "text", Complete: "on", Value: entered}}
	if wrong != "" {
		page.Field.Problem = f.say(wrong)
		f.Problems = []problem{{"address", page.Field.Problem}}
	}
	return p.show(c, status, "sendlink", f, page)
}

// sendLink answers the same for an address that is known, unknown or refused by a rule.
func (p *Pages) sendLink(c echo.Context) error {
	b, found := p.Brands.ByID(c.Param("brand"))
	if !found {
		return errNoPage
	}
	form, err := readForm(c, false)
	if err != nil {
		return err
	}
	press, err := p.press(c, sendLinkPath(b), form)
	if err != nil {
		return p.sendLinkForm(c, http.StatusUnprocessableEntity, b, form["address"], "stale_text")
	}
	a, err := address.Lookup(strings.TrimSpace(form["address"]), b.Country)
	if err != nil {
		return p.sendLinkForm(c, http.StatusUnprocessableEntity, b, form["address"], "err_either")
	}
	var denied *optin.DeniedError
	err = p.Desk.SendLink(c.Request().Context(), b, a, press)
	if err != nil && !errors.Is(err, optin.ErrNobody) && !errors.As(err, &denied) {
		return err
	}
	f := p.frame(c, b, "", sendLinkPath(b))
	f.NoticeURL = noticeURL(b, b.Notice(""))
	return p.tell(c, ok, f, f.say("sent_title"), []string{f.say("sent_text", "brand", b.Name)})
}
