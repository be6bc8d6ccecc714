package sandbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"html"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"

	"placet/internal/address"
)

// maxLinks bounds one scan.
const maxLinks = 50

var link = regexp.MustCompile(`https?://[^\s<>"']+`)

// visit is one request of the scanner, its token left out.
type visit struct {
	Method string `json:"method"`
	Page   string `json:"page"` // "/c/…"
	Status int    `json:"status"`
}

// scan does what a mail filter does with the links of a handset or mailbox
// ({"to":ADDRESS}): opens each with HEAD and GET. It answers with the visits and
// with the address's permissions before and after at every brand.
func (h *Handler) scan(c echo.Context) error {
	var in struct{ To string }
	if ok, err := bind(c, &in); !ok {
		return err
	}
	to, err := address.Lookup(in.To, "")
	if err != nil {
		return refuse(c, http.StatusUnprocessableEntity, "to: "+err.Error())
	}
	ctx := c.Request().Context()
	before, err := h.everywhere(ctx, to)
	if err != nil {
		return refuse(c, http.StatusServiceUnavailable, "the permissions cannot be read now; try again")
	}
	visits := []visit{}
	for _, u := range h.ours(h.Outbox.Messages(to)) {
		for _, method := range []string{http.MethodHead, http.MethodGet} {
			status, _, err := h.request(ctx, method, u, nil, http.Header{"User-Agent": {"LinkScanner/1.0"}})
			if err != nil {
				return err
			}
			visits = append(visits, visit{method, page(u), status})
		}
	}
	after, err := h.everywhere(ctx, to)
	if err != nil {
		return refuse(c, http.StatusServiceUnavailable, "the permissions cannot be read now; try again")
	}
	return c.JSON(http.StatusOK, map[string]any{
		"opened": visits, "before": before, "after": after, "unchanged": reflect.DeepEqual(before, after),
	})
}

// everywhere is the matrix of an address at each brand.
func (h *Handler) everywhere(ctx context.Context, a address.Address) (map[string][]cell, error) {
	out := map[string][]cell{}
	for _, b := range h.Brands() {
		rec, err := h.Records.Permissions(ctx, b.ID, a)
		if err != nil {
			return nil, err
		}
		out[b.ID] = cells(rec)
	}
	return out, nil
}

// ours lists the distinct links of messages that lead to this gateway: the only
// ones a scan may open.
func (h *Handler) ours(ms []Message) []string {
	var out []string
	seen := map[string]bool{}
	for _, m := range ms {
		for _, u := range link.FindAllString(m.Text+" "+html.UnescapeString(m.HTML), -1) {
			u = strings.TrimRight(u, ".,;:!?)")
			if strings.HasPrefix(u, h.PublicURL+"/") && !seen[u] && len(out) < maxLinks {
				seen[u] = true
				out = append(out, u)
			}
		}
	}
	return out
}

// page is the path of a link less its last part, the token.
func page(u string) string {
	p, err := url.Parse(u)
	if err != nil {
		return "/…"
	}
	return p.Path[:strings.LastIndex(p.Path, "/")+1] + "…"
}

// forge posts a text nobody signed to the real webhook ({"to":NUMBER}) and
// answers with what was sent and how it was received.
func (h *Handler) forge(c echo.Context) error {
	var in struct{ To string }
	if ok, err := bind(c, &in); !ok {
		return err
	}
	brand := h.brandAt(strings.TrimSpace(in.To))
	if brand == nil {
		return refuse(c, http.StatusUnprocessableEntity, "to: no brand answers at this number")
	}
	var noise [36]byte
	if _, err := rand.Read(noise[:]); err != nil {
		return err
	}
	form := url.Values{
		"AccountSid": {brand.Twilio.Account},
		"MessageSid": {"SM" + hex.EncodeToString(noise[:16])},
		"From":       {"+390612345678"}, // a landline: it could not have texted at all
		"To":         {in.To},
		"Body":       {"SI"},
	}
	// Twilio's signature is 20 bytes of HMAC-SHA1; these come from no key.
	signature := base64.StdEncoding.EncodeToString(noise[16:])
	target := h.PublicURL + "/hooks/twilio/" + url.PathEscape(brand.Twilio.Account) + "/sms"
	status, body, err := h.request(c.Request().Context(), http.MethodPost, target, strings.NewReader(form.Encode()), http.Header{
		"Content-Type":       {"application/x-www-form-urlencoded"},
		"X-Twilio-Signature": {signature},
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{
		"url": target, "form": form, "signature": signature, "status": status, "answer": body,
	})
}

// request goes through the gateway's front door without a socket.
func (h *Handler) request(ctx context.Context, method, target string, body io.Reader, header http.Header) (status int, answer string, err error) {
	r, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return 0, "", err
	}
	r.Header, r.RequestURI, r.RemoteAddr = header, r.URL.RequestURI(), "127.0.0.1:0"
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := &answerWriter{header: http.Header{}, status: http.StatusOK}
	h.Site.ServeHTTP(w, r)
	return w.status, w.body.String(), nil
}

// answerWriter keeps the first status and 4 KiB of an answer.
type answerWriter struct {
	header http.Header
	status int
	wrote  bool
	body   bytes.Buffer
}

func (w *answerWriter) Header() http.Header { return w.header }

func (w *answerWriter) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, true
	}
}

func (w *answerWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if room := 4096 - w.body.Len(); room > 0 {
		w.body.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
