// Package hooks is where providers post: texts and delivery news, signed. What
// is not signed leaves no trace; what is acknowledged is durable.
package hooks

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/optin"
	"placet/internal/senders"
)

// maxBody bounds a webhook: Twilio's largest is a few kilobytes.
const maxBody = 64 << 10

// Account verifies and reads what one provider account posts.
type Account interface {
	// Check verifies the signature over the full public URL and the form.
	Check(url string, form url.Values, signature string) error
	// Text reads an inbound text: the provider's message id, numbers and body.
	Text(form url.Values) (ref, from, to, body string, err error)
	// News reads a status callback.
	News(form url.Values) (senders.News, error)
}

// Desk receives texts.
type Desk interface {
	Receive(ctx context.Context, t optin.Text) (optin.Heard, error)
}

// Courier hears what became of messages.
type Courier interface {
	Hear(ctx context.Context, n senders.News) error
}

// Hooks serves the provider webhooks. Its fields are set once, before use.
type Hooks struct {
	Public   string             // the configured public URL: signatures are made over it, never over the Host header
	Accounts map[string]Account // by Twilio account SID
	Brands   *brands.Directory
	Desk     Desk
	Courier  Courier
	Now      func() time.Time
	Log      *slog.Logger
	Counted  func(result string) // inbound texts by result; may be nil
}

// Routes is every path a provider posts to.
func (h *Hooks) Routes(e *echo.Echo) {
	e.POST("/hooks/twilio/:account/sms", h.text)
	e.POST("/hooks/twilio/:account/status", h.status)
}

// twiml is the answer to an accepted text: nothing to say here, replies leave
// through the outbox.
var twiml = []byte(`<?xml version="1.0" encoding="UTF-8"?><Response></Response>`)

// refusal is why a webhook was not taken.
type refusal struct {
	status int
	detail string
}

func (r *refusal) Error() string { return r.detail }

// open reads and verifies a webhook: size, encoding, repeated keys, signature, account.
func (h *Hooks) open(c echo.Context) (Account, url.Values, error) {
	r := c.Request()
	account := h.Accounts[c.Param("account")]
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, maxBody))
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return nil, nil, &refusal{http.StatusRequestEntityTooLarge, "the body is larger than 64 KiB"}
	case err != nil:
		return nil, nil, &refusal{http.StatusBadRequest, "the body could not be read"}
	}
	if ct := r.Header.Get(echo.HeaderContentType); !formType(ct) {
		return nil, nil, &refusal{http.StatusUnsupportedMediaType, "post application/x-www-form-urlencoded"}
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, nil, &refusal{http.StatusBadRequest, "the form cannot be decoded"}
	}
	for k, vs := range form {
		if len(vs) > 1 { // the signature covers the first value only: a second one could be anything
			return nil, nil, &refusal{http.StatusBadRequest, "a key is repeated"}
		}
		if !utf8.ValidString(k) || !utf8.ValidString(vs[0]) {
			return nil, nil, &refusal{http.StatusBadRequest, "the form is not UTF-8"}
		}
	}
	signed := h.Public + r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		signed += "?" + r.URL.RawQuery
	}
	if account == nil || account.Check(signed, form, r.Header.Get("X-Twilio-Signature")) != nil {
		return nil, nil, &refusal{http.StatusForbidden, "the signature is missing or not that of this account"}
	}
	if sid, ok := form["AccountSid"]; ok && sid[0] != c.Param("account") {
		return nil, nil, &refusal{http.StatusForbidden, "the form belongs to another account"}
	}
	return account, form, nil
}

func formType(ct string) bool {
	const want = "application/x-www-form-urlencoded"
	return ct == want || len(ct) > len(want) && ct[:len(want)] == want && (ct[len(want)] == ';' || ct[len(want)] == ' ')
}

// answer turns an error into a status. 503 makes the provider try again.
func (h *Hooks) answer(c echo.Context, err error) error {
	var no *refusal
	switch {
	case errors.As(err, &no):
		h.count("refused")
		h.Log.Warn("webhook refused", "status", no.status, "reason", no.detail, "path", c.Path())
		return c.String(no.status, no.detail+"\n")
	default:
		h.count("error")
		h.Log.Error("webhook not taken", "path", c.Path(), "error", err)
		c.Response().Header().Set("Retry-After", "5")
		return c.String(http.StatusServiceUnavailable, "not saved, please try again\n")
	}
}

func (h *Hooks) count(result string) {
	if h.Counted != nil {
		h.Counted(result)
	}
}

// text takes an inbound SMS. 200 means that what the person wanted is durable.
func (h *Hooks) text(c echo.Context) error {
	account, form, err := h.open(c)
	if err != nil {
		return h.answer(c, err)
	}
	ref, from, to, body, err := account.Text(form)
	if err == nil && strings.ContainsRune(ref, 0) {
		err = errors.New("the message id holds a NUL")
	}
	if err == nil && !form.Has("Body") {
		// Twilio signs keys and values without a mark between them: BodyS=TOP carries
		// the signature of Body=STOP. A text always has a Body, if an empty one.
		err = errors.New("the form has no Body")
	}
	if err != nil {
		return h.answer(c, &refusal{http.StatusBadRequest, err.Error()})
	}
	b, ok := h.Brands.ByNumber(c.Param("account"), to)
	if !ok {
		return h.answer(c, &refusal{http.StatusNotFound, "the number texted belongs to no brand here; add it to the brand's numbers"})
	}
	who, err := address.FromProvider(from)
	if err != nil {
		// A short code or a name: a machine. Nobody is there to be answered.
		h.count("ignored")
		h.Log.Info("text from a sender without a number ignored", "brand", b.ID)
		return c.Blob(http.StatusOK, "text/xml", twiml)
	}
	raw := make(map[string]string, len(form)+2)
	for k, v := range form {
		raw[k] = v[0]
	}
	raw["signature"] = "valid"
	if t := c.Request().Header.Get("I-Twilio-Idempotency-Token"); t != "" && len(t) < 200 && utf8.ValidString(t) {
		raw["idempotency_token"] = t
	}
	heard, err := h.Desk.Receive(c.Request().Context(), optin.Text{
		Brand: b, Provider: "twilio", Ref: ref, From: who, To: to, Body: body, At: h.Now(), Raw: raw,
	})
	if err != nil {
		return h.answer(c, err)
	}
	if heard.Fresh {
		h.count("accepted")
	} else {
		h.count("repeat")
	}
	return c.Blob(http.StatusOK, "text/xml", twiml)
}

// status takes delivery news. News of a message nobody knows is taken and forgotten.
func (h *Hooks) status(c echo.Context) error {
	account, form, err := h.open(c)
	if err != nil {
		return h.answer(c, err)
	}
	news, err := account.News(form)
	if err != nil {
		return h.answer(c, &refusal{http.StatusBadRequest, err.Error()})
	}
	news.AttemptToken = c.QueryParam("attempt")
	if err := h.Courier.Hear(c.Request().Context(), news); err != nil {
		return h.answer(c, err)
	}
	return c.NoContent(http.StatusNoContent)
}
