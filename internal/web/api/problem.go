package api

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"placet/internal/optin"
)

// problemError is an answer of RFC 9457. Its words are for people and may
// change; type and codes are for programs and stay. Nothing in it repeats what
// the request said about a person.
type problemError struct {
	Type     string  `json:"type"` // urn:placet:problem:CODE
	Title    string  `json:"title"`
	Status   int     `json:"status"`
	Detail   string  `json:"detail"`
	Instance string  `json:"instance"`         // the request's id
	Rule     string  `json:"rule,omitempty"`   // the rule of policy that said no
	Errors   []fault `json:"errors,omitempty"` // what is wrong with the request
}

// fault is one thing wrong with a request.
type fault struct {
	Pointer string `json:"pointer"` // JSON pointer into the body; "?name" for a query parameter
	Code    string `json:"code"`
	Detail  string `json:"detail"`
}

func (p *problemError) Error() string { return p.Detail }

func refuse(status int, code, detail string, faults ...fault) *problemError {
	return &problemError{Type: "urn:placet:problem:" + code, Title: http.StatusText(status), Status: status, Detail: detail, Errors: faults}
}

// invalid is the answer to a request that can be read and makes no sense.
func invalid(faults ...fault) *problemError {
	return refuse(http.StatusUnprocessableEntity, "invalid", "The request has errors; nothing was done.", faults...)
}

// errNotFound is the same for what does not exist and for what belongs to another brand.
var errNotFound = refuse(http.StatusNotFound, "not_found", "There is nothing here for this key.")

// fail answers with the problem an error amounts to.
func (a *API) fail(c echo.Context, err error) error {
	var p *problemError
	var denied *optin.DeniedError
	switch {
	case errors.As(err, &p):
	case errors.Is(err, optin.ErrNobody):
		p = errNotFound
	case errors.As(err, &denied):
		p = refuse(http.StatusForbidden, "denied", denied.Reason)
		p.Rule = denied.Rule
	case errors.Is(err, optin.ErrUnavailable):
		a.Log.Error("request not served: the database is not available", "route", c.Path(), "request", c.Get(requestKey))
		c.Response().Header().Set(echo.HeaderRetryAfter, "5")
		p = refuse(http.StatusServiceUnavailable, "unavailable", "Nothing was saved or read; try again, with the same Idempotency-Key where there was one.")
	default:
		a.Log.Error("request failed", "route", c.Path(), "request", c.Get(requestKey), "error", err)
		p = refuse(http.StatusInternalServerError, "internal", "Something went wrong here; nothing was changed.")
	}
	said := *p
	said.Instance, _ = c.Get(requestKey).(string)
	text, err := json.Marshal(said)
	if err != nil {
		return err
	}
	return c.Blob(said.Status, "application/problem+json", text)
}
