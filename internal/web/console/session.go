package console

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"placet/internal/access"
)

// maxToken bounds what is looked up.
const maxToken = 200

// signInPage shows a button: opening a link, as mail scanners and previews do, uses nothing up.
func (h *Handler) signInPage(c echo.Context) error {
	return h.show(c, http.StatusOK, "sign-in.html", map[string]any{"Token": c.QueryParam("token")})
}

// signIn uses the link up. The session gets a new name, so that one planted
// beforehand is worth nothing.
func (h *Handler) signIn(c echo.Context) error {
	ctx := c.Request().Context()
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, 4<<10)
	token := c.FormValue("token")
	if len(token) > maxToken {
		token = ""
	}
	brand, err := h.SignIn.Redeem(ctx, token)
	if errors.Is(err, access.ErrNoLink) {
		return h.show(c, http.StatusForbidden, "sign-in.html", map[string]any{"Spent": true})
	}
	if err != nil {
		return h.unavailable(c, err)
	}
	if err := h.sessions.RenewToken(ctx); err != nil {
		return h.unavailable(c, err)
	}
	h.sessions.Put(ctx, "brand", brand)
	return c.Redirect(http.StatusSeeOther, "/console")
}

// signOut ends the session on the server, not only in the browser.
func (h *Handler) signOut(c echo.Context) error {
	if err := h.sessions.Destroy(c.Request().Context()); err != nil {
		return h.unavailable(c, err)
	}
	return c.Redirect(http.StatusSeeOther, "/console")
}

func (h *Handler) unavailable(c echo.Context, err error) error {
	h.log().ErrorContext(c.Request().Context(), "console: cannot answer", "err", err)
	return h.show(c, http.StatusServiceUnavailable, "unavailable.html", nil)
}
