package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
)

// maxBody bounds a request: a check of 1,000 is about 100 kB.
const maxBody = 1 << 20

// body reads a JSON body whole.
func body(c echo.Context) ([]byte, error) {
	media, params, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if charset := params["charset"]; err != nil || media != echo.MIMEApplicationJSON || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Post Content-Type: application/json, in UTF-8.")
	}
	raw, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxBody))
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return nil, refuse(http.StatusRequestEntityTooLarge, "too_large", "The body is larger than 1 MiB.")
	case err != nil || !utf8.Valid(raw) || !json.Valid(raw):
		return nil, refuse(http.StatusBadRequest, "malformed", "The body is not JSON in UTF-8.")
	}
	return raw, nil
}

// object reads the members of a JSON object, each into the target of its name;
// null leaves the target as it is. Unknown, repeated and mistyped members are
// faults: what is misspelt must not pass as absent. raw must be valid JSON.
func object(raw []byte, into map[string]any) (faults []fault) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return []fault{{"", "wrong_type", "write a JSON object"}}
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		var value json.RawMessage
		if err != nil || !ok || d.Decode(&value) != nil {
			return append(faults, fault{"", "wrong_type", "write a JSON object"})
		}
		target, known := into[name]
		switch {
		case !known:
			faults = append(faults, fault{pointer(name), "unknown_field", "this field is not known here"})
		case seen[name]:
			faults = append(faults, fault{pointer(name), "repeated_field", "this field is given twice"})
		case string(value) == "null":
		case json.Unmarshal(value, target) != nil:
			faults = append(faults, fault{pointer(name), "wrong_type", "this field has another type"})
		}
		seen[name] = true
	}
	return faults
}

// plainName is a member's name that can hold no number or address.
var plainName = regexp.MustCompile(`^[A-Za-z][A-Za-z_-]{0,39}$`)

// pointer points at a member; at the whole object where the name itself, which
// the caller chose, might be personal.
func pointer(name string) string {
	if !plainName.MatchString(name) {
		return ""
	}
	return "/" + name
}

// maxPage is the most that one page holds.
const maxPage = 200

// integer reads a query parameter; missing gives otherwise.
func integer(c echo.Context, name string, otherwise, low, high int64) (int64, []fault) {
	vs, given := c.QueryParams()[name]
	if !given {
		return otherwise, nil
	}
	if len(vs) == 1 {
		if n, err := strconv.ParseInt(vs[0], 10, 64); err == nil && n >= low && n <= high {
			return n, nil
		}
	}
	return 0, []fault{{"?" + name, "invalid", "write one whole number from " + strconv.FormatInt(low, 10) + " to " + strconv.FormatInt(high, 10)}}
}
