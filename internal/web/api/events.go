package api

import (
	"encoding/hex"
	"math"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"placet/internal/brands"
	"placet/internal/consent"
)

// eventView is one event of the brand's feed. It is thin: whose it is says an
// id, never an address.
type eventView struct {
	LeafIndex int64           `json:"leaf_index"`
	ID        string          `json:"id"`
	Type      consent.ActKind `json:"type"`
	Time      time.Time       `json:"time"`
	Contact   string          `json:"contact"`
	Changes   []changeView    `json:"changes"`
	Leaf      string          `json:"leaf"` // hex
}

// events is GET /v1/events: the brand's log in its order, without gaps. Whoever
// asks again with next_after misses nothing and sees nothing twice.
func (a *API) events(c echo.Context, b *brands.Brand) error {
	after, faults := integer(c, "after", -1, -1, math.MaxInt64)
	n, more := integer(c, "limit", 100, 1, maxPage)
	if faults = append(faults, more...); len(faults) > 0 {
		return invalid(faults...)
	}
	events, err := a.Store.Feed(c.Request().Context(), b.ID, after, int(n))
	if err != nil {
		return err
	}
	data := make([]eventView, len(events))
	for i, e := range events {
		data[i] = eventView{e.LeafIndex, e.ID, e.Type, e.At, e.Person, changes(e.Changes), hex.EncodeToString(e.Leaf[:])}
		after = e.LeafIndex
	}
	return c.JSON(http.StatusOK, map[string]any{"data": data, "next_after": after})
}
