// Package web is the HTTP server around the rooms below it: limits, logs without
// personal data, whose X-Forwarded-For is believed.
package web

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// New makes an echo instance that trusts only the given networks for the
// client's address, survives panics, and logs route patterns instead of paths,
// because paths hold tokens.
func New(log *slog.Logger, trusted []string) (*echo.Echo, error) {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect()
	if len(trusted) > 0 {
		opts := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
		for _, t := range trusted {
			_, n, err := net.ParseCIDR(t)
			if err != nil {
				return nil, err
			}
			opts = append(opts, echo.TrustIPRange(n))
		}
		e.IPExtractor = echo.ExtractIPFromXFFHeader(opts...)
	}
	e.Use(middleware.RecoverWithConfig(middleware.RecoverConfig{
		DisablePrintStack: true, DisableErrorHandler: true,
		LogErrorFunc: func(c echo.Context, err error, _ []byte) error {
			log.Error("panic in a handler", "route", c.Path(), "type", errType(err))
			return echo.NewHTTPError(http.StatusInternalServerError)
		},
	}))
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			err := next(c)
			if err != nil {
				c.Error(err)
			}
			if status := c.Response().Status; status >= 500 || log.Enabled(c.Request().Context(), slog.LevelDebug) {
				log.Info("request", "method", c.Request().Method, "route", c.Path(), "status", status)
			}
			return nil
		}
	})
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		if c.Response().Committed {
			return
		}
		status, text := http.StatusInternalServerError, "Something went wrong here. Nothing was changed; please try again."
		var he *echo.HTTPError
		if errors.As(err, &he) {
			status = he.Code
			if status < 500 {
				text = http.StatusText(status)
			}
		} else {
			log.Error("handler failed", "route", c.Path(), "error", err)
		}
		_ = c.String(status, text+"\n")
	}
	return e, nil
}

// errType names what was thrown without printing it: a panic's text may hold anything.
func errType(err error) string {
	var re runtime.Error
	if errors.As(err, &re) {
		return re.Error() // an index or nil error of the runtime holds no data of people; what wraps it may
	}
	return "panic"
}

// Server wraps a handler with the limits every listener has.
func Server(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: 60 * time.Second, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
