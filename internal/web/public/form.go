package public

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"placet/internal/optin"
)

// The limits of a form. No field of ours needs more, and none is repeated:
// every box has a name of its own.
const (
	maxForm  = 64 << 10 // bytes of the body
	maxField = 1000     // characters of one value
	maxAge   = 7 * 24 * time.Hour
)

// formError is a form refused before it was understood.
type formError struct {
	status int
	why    string
}

func (e *formError) Error() string { return "form: " + e.why }

// errStale is a form without a nonce of ours, or with one that is too old.
var errStale = errors.New("form: the nonce is missing, forged or too old")

// readForm reads a urlencoded body: every key once, UTF-8, no control
// characters. The query string is not part of it. multi also takes
// multipart/form-data, which RFC 8058 §3.2 prefers for one-click posts.
func readForm(c echo.Context, multi bool) (map[string]string, error) {
	req := c.Request()
	kind, params, err := mime.ParseMediaType(req.Header.Get(echo.HeaderContentType))
	if err != nil {
		return nil, &formError{http.StatusUnsupportedMediaType, "no content type"}
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, maxForm+1))
	if err != nil {
		return nil, &formError{http.StatusBadRequest, "the body broke off"}
	}
	if len(body) > maxForm {
		return nil, &formError{http.StatusRequestEntityTooLarge, "the body is larger than 64 kB"}
	}
	var values map[string][]string
	switch {
	case kind == echo.MIMEApplicationForm:
		values, err = url.ParseQuery(string(body))
	case kind == echo.MIMEMultipartForm && multi:
		values, err = readMultipart(body, params["boundary"])
	default:
		return nil, &formError{http.StatusUnsupportedMediaType, "content type " + kind}
	}
	if err != nil {
		return nil, &formError{http.StatusBadRequest, "malformed body"}
	}
	out := make(map[string]string, len(values))
	for k, vs := range values {
		if len(vs) != 1 {
			return nil, &formError{http.StatusBadRequest, "a field is repeated"}
		}
		v := vs[0]
		if !utf8.ValidString(k) || !utf8.ValidString(v) {
			return nil, &formError{http.StatusBadRequest, "not UTF-8"}
		}
		if len(k) > 100 || utf8.RuneCountInString(v) > maxField {
			return nil, &formError{http.StatusBadRequest, "a field is too long"}
		}
		if strings.ContainsFunc(k+v, unicode.IsControl) {
			return nil, &formError{http.StatusBadRequest, "a field has control characters"}
		}
		out[k] = v
	}
	return out, nil
}

func readMultipart(body []byte, boundary string) (map[string][]string, error) {
	if boundary == "" {
		return nil, errors.New("no boundary")
	}
	r := multipart.NewReader(bytes.NewReader(body), boundary)
	f, err := r.ReadForm(maxForm)
	if err != nil {
		return nil, err
	}
	if len(f.File) > 0 {
		return nil, errors.New("a file")
	}
	return f.Value, nil
}

// nonce signs a form of the page at path: 8 bytes of Unix time, 8 random bytes,
// 16 bytes of HMAC-SHA256 over both and the path, in base64url.
func (p *Pages) nonce(path string) string {
	b := make([]byte, 16, 32)
	binary.BigEndian.PutUint64(b, uint64(p.Now().Unix()))
	_, _ = rand.Read(b[8:]) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(append(b, p.sign(path, b)...))
}

func (p *Pages) sign(path string, b []byte) []byte {
	m := hmac.New(sha256.New, p.Secret)
	fmt.Fprintf(m, "placet form\x00%s\x00", path)
	m.Write(b)
	return m.Sum(nil)[:16]
}

// shown says when the form with this nonce was served.
func (p *Pages) shown(path, nonce string) (time.Time, error) {
	b, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(b) != 32 || !hmac.Equal(b[16:], p.sign(path, b[:16])) {
		return time.Time{}, errStale
	}
	at := time.Unix(int64(binary.BigEndian.Uint64(b)), 0).UTC()
	if age := p.Now().Sub(at); age > maxAge || age < -time.Minute {
		return time.Time{}, errStale
	}
	return at, nil
}

// press checks the nonce of a form of the page at path and gathers what is kept
// of the act. The nonce passed on also covers the other fields: the same form
// sent twice is one act, sent again with other boxes it is another.
func (p *Pages) press(c echo.Context, path string, form map[string]string) (optin.Press, error) {
	at, err := p.shown(path, form["nonce"])
	if err != nil {
		return optin.Press{}, err
	}
	if c.Request().Header.Get("Sec-Fetch-Site") == "cross-site" { // ASVS 3.5.1: another site's form
		return optin.Press{}, errStale
	}
	h := sha256.New()
	keys := make([]string, 0, len(form))
	for k := range form {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		fmt.Fprintf(h, "%d:%s%d:%s", len(k), k, len(form[k]), form[k])
	}
	press := p.visitor(c)
	press.Nonce, press.Shown, press.Way = base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18]), at, "form"
	return press, nil
}
