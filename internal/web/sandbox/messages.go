package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"

	"placet/internal/address"
	"placet/internal/consent"
)

// messages lists what left, oldest first; ?to=ADDRESS for one mailbox or handset.
func (h *Handler) messages(c echo.Context) error {
	var to address.Address
	if q := query(c, "to"); q != "" {
		var err error
		if to, err = address.Lookup(q, ""); err != nil {
			return refuse(c, http.StatusUnprocessableEntity, "to: "+err.Error())
		}
	}
	return c.JSON(http.StatusOK, h.left(to))
}

// left is what left to one address or to everybody, never nil, every message with an id.
func (h *Handler) left(to address.Address) []Message {
	out := []Message{}
	for _, m := range h.Outbox.Messages(to) {
		out = append(out, m.named())
	}
	return out
}

// named gives a message without an id one made of its content.
func (m Message) named() Message {
	if m.ID == "" {
		sum := sha256.Sum256(fmt.Appendf(nil, "%d\x00%s\x00%s\x00%s\x00%s", m.At.UnixNano(), m.From, m.To, m.Subject, m.Text))
		m.ID = hex.EncodeToString(sum[:12])
	}
	return m
}

// query reads an address from the query; a + that was not percent-encoded came as a space.
func query(c echo.Context, name string) string {
	q := c.QueryParam(name)
	if strings.HasPrefix(q, " ") {
		q = "+" + q[1:]
	}
	return strings.TrimSpace(q)
}

var head = regexp.MustCompile(`(?i)<head[^>]*>`)

// mail shows the HTML of one message as a document of its own: no script runs
// in it, nothing is fetched, links open beside the sandbox.
func (h *Handler) mail(c echo.Context) error {
	for _, m := range h.left(address.Address{}) {
		if m.ID != c.Param("id") || m.HTML == "" {
			continue
		}
		const base = `<base target="_blank">`
		doc := base + m.HTML
		if at := head.FindStringIndex(m.HTML); at != nil {
			doc = m.HTML[:at[1]] + base + m.HTML[at[1]:]
		}
		c.Response().Header().Set("Content-Security-Policy", mailPolicy)
		return c.HTML(http.StatusOK, doc)
	}
	return refuse(c, http.StatusNotFound, "no e-mail with this id has left since the gateway started")
}

// cell is one permission as the matrix shows it.
type cell struct {
	consent.Key
	State consent.State `json:"state"`
}

// permissions tells what a brand may do with an address: ?brand=ID&of=ADDRESS.
func (h *Handler) permissions(c echo.Context) error {
	of, err := address.Lookup(query(c, "of"), "")
	if err != nil {
		return refuse(c, http.StatusUnprocessableEntity, "of: "+err.Error())
	}
	rec, err := h.Records.Permissions(c.Request().Context(), c.QueryParam("brand"), of)
	if err != nil {
		return refuse(c, http.StatusServiceUnavailable, "the permissions cannot be read now; try again")
	}
	return c.JSON(http.StatusOK, cells(rec))
}

func cells(rec consent.Record) []cell {
	out := make([]cell, 0, len(rec))
	for _, k := range rec.Keys() {
		out = append(out, cell{k, rec[k].State})
	}
	return out
}
