package public

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/optin"
)

// errNoPage is a path under which there is nothing.
var errNoPage = errors.New("no such page")

// fail turns an error into the page that says what is true now and what to do next.
func (p *Pages) fail(c echo.Context, err error) error {
	var denied *optin.DeniedError
	var bad *formError
	f := p.frame(c, p.brandOf(c), "", c.Request().URL.EscapedPath())
	say := func(status int, what string, links ...anchor) error {
		return p.tell(c, status, f, f.say(what+"_title"), []string{f.say(what + "_text")}, links...)
	}
	switch {
	case errors.Is(err, errHalfDone): // the cause behind it would say that nothing changed
		p.Log.Error("page not served", "path", c.Path(), "error", err.Error())
		return say(http.StatusInternalServerError, "fault")
	case errors.Is(err, optin.ErrUnavailable):
		c.Response().Header().Set("Retry-After", "120")
		p.Log.Error("page not served: the database is not available", "path", c.Path())
		return say(http.StatusServiceUnavailable, "down")
	case errors.Is(err, optin.ErrTokenExpired):
		return say(http.StatusGone, "oldlink", p.newLinks(c, f)...)
	case errors.Is(err, optin.ErrNoToken), errors.Is(err, optin.ErrNobody): // nobody: erased since
		return say(http.StatusNotFound, "badlink", p.newLinks(c, f)...)
	case errors.Is(err, optin.ErrNoProgram), errors.Is(err, errNoPage):
		return say(http.StatusNotFound, "nopage")
	case errors.Is(err, consent.ErrWindowClosed):
		return say(http.StatusGone, "badlink", p.newLinks(c, f)...)
	case errors.As(err, &denied):
		f.Title = f.say("denied_title")
		return p.show(c, http.StatusForbidden, "message", f, message{frame: f, Rule: denied.Rule, Links: p.newLinks(c, f)})
	case errors.As(err, &bad):
		return say(bad.status, "form")
	default:
		p.Log.Error("page not served", "path", c.Path(), "error", err.Error())
		return say(http.StatusInternalServerError, "fault")
	}
}

// brandKey is where view leaves the brand of a link for the page of an error.
const brandKey = "public.brand"

// brandOf is the brand a link or path names, or the only one that uses the host it came to.
func (p *Pages) brandOf(c echo.Context) *brands.Brand {
	if b, ok := c.Get(brandKey).(*brands.Brand); ok {
		return b
	}
	if b, ok := p.Brands.ByID(c.Param("brand")); ok {
		return b
	}
	if here := p.brandsHere(c); len(here) == 1 {
		return here[0]
	}
	return nil
}

// brandsHere lists the brands that share the host of the request: those with
// this link host, or else those without one of their own. A stranger's link
// must not tell about brands elsewhere.
func (p *Pages) brandsHere(c echo.Context) []*brands.Brand {
	var own, shared []*brands.Brand
	for _, b := range p.Brands.All() {
		switch u, err := url.Parse(b.LinkHost); {
		case b.LinkHost == "":
			shared = append(shared, b)
		case err == nil && strings.EqualFold(u.Host, c.Request().Host):
			own = append(own, b)
		}
	}
	if len(own) > 0 {
		return own
	}
	return shared
}

// newLinks offers a fresh link, from the brand or from each that it may have been.
func (p *Pages) newLinks(c echo.Context, f *frame) []anchor {
	if f.Brand != nil {
		return []anchor{{"/prefs/" + url.PathEscape(f.Brand.ID) + f.Query, f.say("new_link")}}
	}
	var out []anchor
	for _, b := range p.brandsHere(c) {
		out = append(out, anchor{"/prefs/" + url.PathEscape(b.ID) + f.Query, f.say("new_link_from", "brand", b.Name)})
	}
	return out
}

func (p *Pages) noPage(echo.Context) error { return errNoPage }

func (p *Pages) wrongMethod(c echo.Context) error {
	f := p.frame(c, p.brandOf(c), "", c.Request().URL.EscapedPath())
	return p.tell(c, http.StatusMethodNotAllowed, f, f.say("method_title"), []string{f.say("method_text")})
}
