package console

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

var readOnly = []string{http.MethodGet, http.MethodHead}

// Routes mounts the console. Reading never changes anything: a session begins
// and ends by POST.
func (h *Handler) Routes(e *echo.Echo) {
	h.sessions = h.manager()
	e.Match(readOnly, "/console/assets/console.css", style, headers)

	// Not a group: echo's groups with middleware answer 404 where 405 is meant.
	session := []echo.MiddlewareFunc{headers, sameOrigin, echo.WrapMiddleware(h.sessions.LoadAndSave)}
	e.Match(readOnly, "/console", h.start, session...)
	e.Match(readOnly, "/console/sign-in", h.signInPage, session...)
	e.POST("/console/sign-in", h.signIn, session...)
	e.POST("/console/sign-out", h.signOut, session...)
}

func headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		w := c.Response().Header()
		w.Set("Content-Security-Policy", policy)
		w.Set("X-Content-Type-Options", "nosniff")
		// Keeps the sign-in URL from other sites. Not no-referrer: that makes browsers
		// post forms with "Origin: null", and over plain http that is all we get.
		w.Set("Referrer-Policy", "same-origin")
		w.Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Set("X-Robots-Tag", "noindex")
		w.Set("Cache-Control", "no-store")
		return next(c)
	}
}

// sameOrigin refuses what another site's page makes a browser post here.
func sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	var guard http.CrossOriginProtection
	return func(c echo.Context) error {
		if err := guard.Check(c.Request()); err != nil {
			return c.String(http.StatusForbidden, "This came from a page of another site. Open the console itself and try again.\n")
		}
		return next(c)
	}
}
