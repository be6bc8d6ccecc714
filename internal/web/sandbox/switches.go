package sandbox

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// maxAdvance bounds one move of the clock: longer than any window or retention.
const maxAdvance = 10 * 366 * 24 * time.Hour

// clock moves the demo's time: {"advance":"24h"} -> {"now","down"}. It only goes
// forward: evidence never gets younger.
func (h *Handler) clock(c echo.Context) error {
	var in struct{ Advance string }
	if ok, err := bind(c, &in); !ok {
		return err
	}
	d, err := time.ParseDuration(in.Advance)
	if err != nil || d <= 0 || d > maxAdvance {
		return refuse(c, http.StatusUnprocessableEntity, `advance: a span forward of at most ten years, such as "2m" or "168h"`)
	}
	h.Clock.Advance(d)
	return c.JSON(http.StatusOK, h.settings())
}

// provider switches the sandbox provider off and on: {"down":true}.
func (h *Handler) provider(c echo.Context) error {
	var in struct{ Down *bool }
	if ok, err := bind(c, &in); !ok {
		return err
	}
	if in.Down == nil {
		return refuse(c, http.StatusUnprocessableEntity, "down: true or false is needed")
	}
	h.Provider.SetDown(*in.Down)
	return c.JSON(http.StatusOK, h.settings())
}
