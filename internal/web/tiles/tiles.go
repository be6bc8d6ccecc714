// Package tiles publishes each brand's log for anybody to check: checkpoint,
// tiles and entry bundles as C2SP tlog-tiles lays them out. Nothing in it is
// personal: entries are salted hashes of ciphertexts.
package tiles

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"placet/internal/ledger"
)

// Log publishes logs. Known says which brands there are; Key is a brand's
// published verifier key.
type Log struct {
	Source ledger.Source
	Known  func(brand string) bool
	Key    func(brand string) string
}

// Routes mounts the public log.
func (l *Log) Routes(e *echo.Echo) {
	e.GET("/ledger/:brand/checkpoint", l.checkpoint)
	e.GET("/ledger/:brand/key", l.key)
	e.GET("/ledger/:brand/tile/*", l.tile)
}

func (l *Log) checkpoint(c echo.Context) error {
	brand := c.Param("brand")
	if !l.Known(brand) {
		return echo.ErrNotFound
	}
	cp, err := l.Source.Latest(c.Request().Context(), brand)
	if err != nil {
		return echo.NewHTTPError(http.StatusServiceUnavailable)
	}
	if cp.Size == 0 {
		return echo.ErrNotFound
	}
	c.Response().Header().Set("Cache-Control", "no-cache")
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", cp.Note)
}

// key is the verifier key in the text form of signed notes.
func (l *Log) key(c echo.Context) error {
	if !l.Known(c.Param("brand")) {
		return echo.ErrNotFound
	}
	return c.String(http.StatusOK, l.Key(c.Param("brand"))+"\n")
}

func (l *Log) tile(c echo.Context) error {
	brand := c.Param("brand")
	p, err := ledger.ParsePath("tile/" + strings.TrimPrefix(c.Param("*"), "/"))
	if err != nil || !l.Known(brand) {
		return echo.ErrNotFound
	}
	body, err := ledger.Resource(c.Request().Context(), l.Source, brand, p)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return echo.ErrNotFound
	case err != nil:
		return echo.NewHTTPError(http.StatusServiceUnavailable)
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	return c.Blob(http.StatusOK, "application/octet-stream", body)
}
