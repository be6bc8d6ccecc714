package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
)

// maxBody bounds a request body: a text is at most 1,600 characters.
const maxBody = 16 << 10

// The policies of the page and of a mail shown inside it. The page takes script
// and style from us alone; a mail may bring its own style and nothing else.
const (
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	mailPolicy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'self'; form-action 'none'; frame-ancestors 'self'"
)

var readOnly = []string{http.MethodGet, http.MethodHead}

// Routes mounts the sandbox.
func (h *Handler) Routes(e *echo.Echo) {
	// Not a group: echo's groups with middleware answer 404 where 405 is meant.
	read := func(path string, f echo.HandlerFunc) { e.Match(readOnly, "/sandbox"+path, f, headers) }
	read("", h.page)
	read("/assets/:name", h.asset)
	read("/messages", h.messages)
	read("/mail/:id", h.mail)
	read("/permissions", h.permissions)
	e.GET("/sandbox/stream", h.stream, headers)

	post := func(path string, f echo.HandlerFunc) { e.POST("/sandbox"+path, f, headers, sameOrigin) }
	post("/texts", h.text)
	post("/provider", h.provider)
	post("/scan", h.scan)
	post("/forge", h.forge)
	if h.Clock != nil {
		post("/clock", h.clock)
	}
}

func headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		w := c.Response().Header()
		w.Set("Content-Security-Policy", pagePolicy)
		w.Set("X-Content-Type-Options", "nosniff")
		w.Set("Referrer-Policy", "no-referrer")
		w.Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Set("X-Robots-Tag", "noindex")
		w.Set("Cache-Control", "no-store")
		return next(c)
	}
}

// sameOrigin refuses what another site's page makes a browser post here.
// Programs send neither Sec-Fetch-Site nor Origin and pass.
func sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	var guard http.CrossOriginProtection
	return func(c echo.Context) error {
		if err := guard.Check(c.Request()); err != nil {
			return refuse(c, http.StatusForbidden, "this came from a page of another site; only the sandbox's own page and programs may post here")
		}
		return next(c)
	}
}

// refuse answers with an RFC 9457 problem.
func refuse(c echo.Context, status int, detail string) error {
	c.Response().Header().Set(echo.HeaderContentType, "application/problem+json")
	c.Response().WriteHeader(status)
	return json.NewEncoder(c.Response()).Encode(map[string]any{
		"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail,
	})
}

// bind reads a JSON body into v, whatever content type a script forgot to set.
// It answers the request itself when it returns false.
func bind(c echo.Context, v any) (ok bool, err error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxBody))
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return false, refuse(c, http.StatusRequestEntityTooLarge, "the body is larger than 16 KiB")
	case err != nil:
		return false, err
	case !utf8.Valid(body):
		return false, refuse(c, http.StatusBadRequest, "the body is not UTF-8")
	case json.Unmarshal(body, v) != nil:
		return false, refuse(c, http.StatusBadRequest, "the body is not the JSON object this route takes")
	}
	return true, nil
}
