package api

import (
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// Routes puts the API on e. openapi.yaml lists the same routes; a test compares them.
func (a *API) Routes(e *echo.Echo) {
	for _, r := range []struct {
		method, path string
		do           echo.HandlerFunc
	}{
		{http.MethodPost, "/v1/permissions/check", a.keyed(a.check)},
		{http.MethodPost, "/v1/optins", a.keyed(a.optin)},
		{http.MethodPost, "/v1/contacts/search", a.keyed(a.search)},
		{http.MethodGet, "/v1/contacts/:id", a.keyed(a.contact)},
		{http.MethodGet, "/v1/contacts/:id/timeline", a.keyed(a.timeline)},
		{http.MethodGet, "/v1/events", a.keyed(a.events)},
		{http.MethodGet, "/v1/openapi.json", a.openapi},
	} {
		for _, m := range methods {
			if m == r.method {
				e.Add(m, r.path, a.handle(r.do))
				continue
			}
			e.Add(m, r.path, a.handle(func(c echo.Context) error {
				c.Response().Header().Set(echo.HeaderAllow, r.method)
				return refuse(http.StatusMethodNotAllowed, "method_not_allowed", "This path answers to "+r.method+" only.")
			}))
		}
	}
	e.Any("/v1/*", a.handle(func(echo.Context) error { return errNotFound }))
}

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodOptions, http.MethodTrace, http.MethodConnect,
}

// requestKey is where a request keeps its own id.
const requestKey = "api.request"

// handle gives a request its id, sets the headers of every answer and turns an
// error into a problem.
func (a *API) handle(do echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := "req_" + uuid.NewString() // ours: the caller's may hold anything, and it goes into evidence
		c.Set(requestKey, id)
		head := c.Response().Header()
		head.Set(echo.HeaderXRequestID, id)
		head.Set("Cache-Control", "no-store")
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		head.Set("Referrer-Policy", "no-referrer")
		if c.Scheme() == "https" {
			head.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		if err := do(c); err != nil {
			return a.fail(c, err)
		}
		return nil
	}
}
