package api

import (
	"github.com/labstack/echo/v4"

	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/optin"
)

// search is POST /v1/contacts/search: by address, which never travels in a URL.
func (a *API) search(c echo.Context, b *brands.Brand) error {
	raw, err := body(c)
	if err != nil {
		return err
	}
	var to string
	faults := object(raw, map[string]any{"address": &to})
	who, err := address.Lookup(to, b.Country)
	if err != nil && len(faults) == 0 {
		faults = append(faults, fault{"/address", "invalid", "neither a phone number that can exist nor an e-mail address"})
	}
	if len(faults) > 0 {
		return invalid(faults...)
	}
	return a.show(c, b, optin.Who{Address: who})
}
