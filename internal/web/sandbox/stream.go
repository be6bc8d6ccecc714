package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// stream tells a page what happens, as server-sent events: "hello" once with
// the sandbox's settings, then "message" and "trace". A page that lost its
// connection asks for /sandbox/messages again, so nothing is replayed.
func (h *Handler) stream(c echo.Context) error {
	steps, stopSteps := h.Hub.Listen()
	defer stopSteps()
	sent, stopSent := h.Outbox.Subscribe()
	defer stopSent()

	w := c.Response()
	w.Header().Set(echo.HeaderContentType, "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	rc := http.NewResponseController(w)
	// A stream outlives the time a server gives an answer; a recorder, which has
	// no deadlines, says so and has none to lift.
	_ = rc.SetWriteDeadline(time.Time{})

	every := h.KeepAlive
	if every <= 0 {
		every = 15 * time.Second
	}
	beat := time.NewTicker(every)
	defer beat.Stop()

	tell := func(event string, v any) error {
		data, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event, data); err != nil {
			return err
		}
		return rc.Flush()
	}
	err := tell("hello", h.settings())
	for err == nil {
		select {
		case m := <-sent:
			err = tell("message", m.named())
		case s := <-steps:
			err = tell("trace", s)
		case <-beat.C:
			if _, err = fmt.Fprint(w, ": still here\n\n"); err == nil {
				err = rc.Flush()
			}
		case <-c.Request().Context().Done():
			return nil
		case <-h.done():
			return nil
		}
	}
	return nil // the page is gone: nobody to tell
}

// settings are the switches as they stand.
func (h *Handler) settings() map[string]any {
	s := map[string]any{"down": h.Provider.Down()}
	if h.Clock != nil {
		s["now"] = h.Clock.Now()
	}
	return s
}
