package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/optin"
)

// contactView is a person as the brand's own applications see them.
type contactView struct {
	ID          string            `json:"id"`
	Created     time.Time         `json:"created"`
	Language    *string           `json:"language"`
	Addresses   []addressView     `json:"addresses"`
	Suppressed  []consent.Channel `json:"suppressed"` // channels on which nothing may be sent
	Permissions []permissionView  `json:"permissions"`
}

type addressView struct {
	Kind   address.Kind `json:"kind"`
	Masked string       `json:"masked"`
	Proven *time.Time   `json:"proven"` // when possession of it was shown
}

// permissionView is one cell of the matrix that something has happened to.
type permissionView struct {
	Channel consent.Channel `json:"channel"`
	Topic   consent.Topic   `json:"topic"`
	State   consent.State   `json:"state"`
	Basis   *string         `json:"basis"`
	Grade   *string         `json:"grade"`
	Since   time.Time       `json:"since"`
}

// view shows a person; a question whose window has closed reads as expired.
func view(dr *optin.Draft, created, now time.Time) contactView {
	v := contactView{
		ID: dr.Person, Created: created, Language: language(dr.Facts),
		Addresses: []addressView{}, Suppressed: []consent.Channel{}, Permissions: []permissionView{},
	}
	for _, h := range dr.Addresses {
		v.Addresses = append(v.Addresses, addressView{h.Address.Kind(), h.Address.String(), moment(h.Proven)})
	}
	for _, c := range consent.Channels {
		if dr.Suppressed[c] {
			v.Suppressed = append(v.Suppressed, c)
		}
	}
	for _, k := range dr.Record.Keys() {
		p := dr.Record.At(k, now)
		v.Permissions = append(v.Permissions, permissionView{k.Channel, k.Topic, p.State, some(string(p.Basis)), some(string(p.Grade)), p.Since})
	}
	return v
}

func (a *API) show(c echo.Context, b *brands.Brand, who optin.Who) error {
	dr, created, err := a.Store.Contact(c.Request().Context(), b.ID, who)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, view(dr, created, a.Now()))
}

// contact is GET /v1/contacts/{id}.
func (a *API) contact(c echo.Context, b *brands.Brand) error {
	return a.show(c, b, optin.Who{Person: c.Param("id")})
}
