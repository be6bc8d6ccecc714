// Package public is the pages of the people who are asked: confirm, choose,
// leave, see the record. GET, HEAD and OPTIONS never change anything; a POST
// needs a form this server served, or is a mail program's one-click unsubscribe.
// Every page works without script and answers in the person's language.
package public

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/optin"
)

// Desk is what the pages need of optin.Desk. View reads; the others each are
// one transaction and repeat harmlessly for an equal Press.Nonce.
type Desk interface {
	View(ctx context.Context, use optin.TokenUse, token string) (optin.View, error)
	Join(ctx context.Context, j optin.Joining) (event string, err error)
	Confirm(ctx context.Context, token string, p optin.Press) (optin.View, error)
	NotMe(ctx context.Context, token string, p optin.Press) (optin.View, error)
	Choose(ctx context.Context, token string, c optin.Choice, p optin.Press) (optin.Chosen, error)
	Unsubscribe(ctx context.Context, token string, p optin.Press) (optin.View, error)
	SendLink(ctx context.Context, b *brands.Brand, a address.Address, p optin.Press) error
}

// Brands finds the brands whose pages these are.
type Brands interface {
	ByID(id string) (*brands.Brand, bool)
	All() []*brands.Brand
}

// Pages are the customer pages. Every field is needed.
type Pages struct {
	Desk   Desk
	Brands Brands
	Now    func() time.Time
	Secret []byte // >= 16 bytes, the same on every instance: signs the forms
	Log    *slog.Logger
}

// Routes puts the pages on e. The client's address is e.IPExtractor's word.
func (p *Pages) Routes(e *echo.Echo) {
	for _, r := range []struct {
		path      string
		get, post echo.HandlerFunc
	}{
		{"/c/:token", p.showConfirm, p.confirm},
		{"/c/:token/not-me", p.showConfirm, p.notMe},
		{"/p/:token", p.showPrefs, p.choose},
		{"/u/:token", p.showUnsubscribe, p.unsubscribe},
		{"/r/:token", p.showReceipt, nil},
		{"/j/:brand/:program", p.showJoin, p.join},
		{"/n/:brand/:notice/:version", p.showNotice, nil},
		{"/prefs/:brand", p.showSendLink, p.sendLink},
		{"/assets/placet.css", p.stylesheet, nil},
		{"/assets/brand/:file", p.brandStylesheet, nil},
		{"/assets/*", p.noPage, nil},
	} {
		allow := "GET, HEAD, OPTIONS"
		if r.post != nil {
			allow += ", POST"
			e.POST(r.path, p.handle(r.post))
		}
		e.GET(r.path, p.handle(r.get))
		e.HEAD(r.path, p.handle(r.get))
		e.OPTIONS(r.path, p.handle(func(c echo.Context) error {
			c.Response().Header().Set(echo.HeaderAllow, allow)
			return c.NoContent(http.StatusNoContent)
		}))
		for _, m := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodTrace, http.MethodConnect} {
			if m == http.MethodPost && r.post != nil {
				continue
			}
			e.Add(m, r.path, p.handle(func(c echo.Context) error {
				c.Response().Header().Set(echo.HeaderAllow, allow)
				return p.wrongMethod(c)
			}))
		}
	}
}

// policyCSP lets a page load our stylesheet, show data: images and post to us; nothing else.
const policyCSP = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// handle sets the headers of every answer, whatever becomes of the request, and
// turns an error into a page.
func (p *Pages) handle(h echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		head := c.Response().Header()
		head.Set("Content-Security-Policy", policyCSP)
		head.Set("Referrer-Policy", "no-referrer") // the token is in the path
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("X-Frame-Options", "DENY")
		head.Set("Cache-Control", "no-store")
		head.Set("X-Robots-Tag", "noindex, nofollow")
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Permissions-Policy", "geolocation=(), camera=(), microphone=()")
		if c.Scheme() == "https" {
			head.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		if err := h(c); err != nil {
			return p.fail(c, err)
		}
		return nil
	}
}
