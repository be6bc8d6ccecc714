package api

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"regexp"
	"time"

	"github.com/labstack/echo/v4"

	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/optin"
)

// timelineEntry is one event of a person.
type timelineEntry struct {
	ID        string          `json:"id"`
	Type      consent.ActKind `json:"type"`
	Time      time.Time       `json:"time"`
	LeafIndex *int64          `json:"leaf_index"` // null until it has its place in the log
	Leaf      string          `json:"leaf"`       // hex
	Channel   *string         `json:"channel"`    // that the act travelled on
	Method    *string         `json:"method"`     // sms_keyword, web_form, email_link, api…
	Program   *string         `json:"program"`
	Words     *string         `json:"words"` // what the person wrote, verbatim
	Changes   []changeView    `json:"changes"`
}

// changeView is what an event did to one permission.
type changeView struct {
	Channel consent.Channel `json:"channel"`
	Topic   consent.Topic   `json:"topic"`
	From    consent.State   `json:"from"`
	To      consent.State   `json:"to"`
	Basis   *string         `json:"basis"`
	Grade   *string         `json:"grade"`
}

func changes(cs []consent.Change) []changeView {
	out := make([]changeView, len(cs))
	for i, c := range cs {
		out[i] = changeView{c.Channel, c.Topic, c.From, c.To.State, some(string(c.To.Basis)), some(string(c.To.Grade))}
	}
	return out
}

func entry(e *optin.TrailEvent) timelineEntry {
	t := timelineEntry{
		ID: e.ID, Type: e.Type, Time: e.At, Leaf: hex.EncodeToString(e.Leaf[:]),
		Channel: some(string(e.Channel)), Method: some(e.Method), Program: some(e.Program), Words: some(e.Words), Changes: changes(e.Changes),
	}
	if e.LeafIndex >= 0 {
		t.LeafIndex = &e.LeafIndex
	}
	return t
}

var eventID = regexp.MustCompile(`^evt_[0-9a-f-]{36}$`)

// timeline is GET /v1/contacts/{id}/timeline, newest first. The cursor is the
// last event shown. It needs no signature: it can only name a place in the
// timeline of the same person of the same brand.
func (a *API) timeline(c echo.Context, b *brands.Brand) error {
	n, faults := integer(c, "limit", 50, 1, maxPage)
	before := ""
	if vs, given := c.QueryParams()["cursor"]; given {
		raw, err := base64.RawURLEncoding.DecodeString(vs[0])
		if err != nil || len(vs) > 1 || !eventID.Match(raw) {
			faults = append(faults, fault{"?cursor", "invalid", "send back next_cursor as it was given"})
		}
		before = string(raw)
	}
	if len(faults) > 0 {
		return invalid(faults...)
	}
	events, err := a.Store.Timeline(c.Request().Context(), b.ID, c.Param("id"), before, int(n)+1)
	if err != nil {
		return err
	}
	var next *string
	if len(events) > int(n) { // the one too many says that there is more
		events = events[:n]
		next = some(base64.RawURLEncoding.EncodeToString([]byte(events[n-1].ID)))
	}
	data := make([]timelineEntry, len(events))
	for i := range events {
		data[i] = entry(&events[i])
	}
	return c.JSON(http.StatusOK, map[string]any{"data": data, "next_cursor": next})
}
