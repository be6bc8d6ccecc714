package sandbox

import (
	"log/slog"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"placet/internal/address"
)

// maxText is the longest text a provider takes, in characters (Twilio, error 21617).
const maxText = 1600

// text is the handset: {"from","to","text"} -> {"event"} once it is durable.
func (h *Handler) text(c echo.Context) error {
	var in struct{ From, To, Text *string }
	if ok, err := bind(c, &in); !ok {
		return err
	}
	if in.From == nil || in.To == nil || in.Text == nil {
		return refuse(c, http.StatusUnprocessableEntity, "from, to and text are all needed")
	}
	to := strings.TrimSpace(*in.To)
	brand := h.brandAt(to)
	if brand == nil {
		return refuse(c, http.StatusUnprocessableEntity, "to: no brand answers at this number")
	}
	from, err := address.ParsePhone(*in.From, brand.Country)
	if err != nil {
		return refuse(c, http.StatusUnprocessableEntity, "from: "+err.Error())
	}
	if utf8.RuneCountInString(*in.Text) > maxText {
		return refuse(c, http.StatusUnprocessableEntity, "text: longer than 1,600 characters")
	}
	event, err := h.Desk.Receive(c.Request().Context(), from.Wire(), to, *in.Text)
	if err != nil {
		slog.ErrorContext(c.Request().Context(), "sandbox: text not saved", "err", err)
		return refuse(c, http.StatusServiceUnavailable, "the text was not saved; send it again")
	}
	return c.JSON(http.StatusOK, map[string]string{"event": event, "from": from.Wire()})
}
