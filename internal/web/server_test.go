package web

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

// server is an instance with a log that can be read.
func server(t *testing.T, trusted ...string) (*echo.Echo, *bytes.Buffer) {
	t.Helper()
	var b bytes.Buffer
	e, err := New(slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug})), trusted)
	if err != nil {
		t.Fatal(err)
	}
	return e, &b
}

func get(e *echo.Echo, path string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}

// Only the networks named are believed about whom they speak for.
func TestWhoseForwardingIsBelieved(t *testing.T) {
	for _, c := range []struct {
		trusted      []string
		peer, header string
		want         string
	}{
		{nil, "192.0.2.1", "", "192.0.2.1"},
		{nil, "192.0.2.1", "203.0.113.9", "192.0.2.1"},
		{nil, "127.0.0.1", "203.0.113.9", "127.0.0.1"},
		{nil, "10.0.0.1", "203.0.113.9", "10.0.0.1"},
		{[]string{"192.0.2.0/24"}, "192.0.2.1", "203.0.113.9", "203.0.113.9"},
		{[]string{"192.0.2.0/24"}, "192.0.3.1", "203.0.113.9", "192.0.3.1"},
		{[]string{"192.0.2.0/24"}, "127.0.0.1", "203.0.113.9", "127.0.0.1"}, // nobody is trusted for being near
		{[]string{"192.0.2.0/24"}, "10.0.0.1", "203.0.113.9", "10.0.0.1"},
		{[]string{"192.0.2.0/24"}, "192.0.2.1", "1.2.3.4, 203.0.113.9", "203.0.113.9"}, // what the client wrote comes first
		{[]string{"192.0.2.0/24"}, "192.0.2.1", "203.0.113.9, 192.0.2.7", "203.0.113.9"},
		{[]string{"192.0.2.0/24", "2001:db8::/32"}, "2001:db8::1", "203.0.113.9", "203.0.113.9"},
		{[]string{"192.0.2.0/24"}, "192.0.2.1", "", "192.0.2.1"},
	} {
		e, _ := server(t, c.trusted...)
		e.GET("/", func(c echo.Context) error { return c.String(http.StatusOK, c.RealIP()) })
		w := get(e, "/", func(r *http.Request) {
			r.RemoteAddr = c.peer + ":4000"
			if strings.Contains(c.peer, ":") {
				r.RemoteAddr = "[" + c.peer + "]:4000"
			}
			if c.header != "" {
				r.Header.Set("X-Forwarded-For", c.header)
			}
			r.Header.Set("X-Real-IP", "198.51.100.1")
		})
		if got := w.Body.String(); got != c.want {
			t.Errorf("%s says it speaks for %q, trusting %v: %s, want %s", c.peer, c.header, c.trusted, got, c.want)
		}
	}
	if _, err := New(slog.New(slog.DiscardHandler), []string{"10.0.0.1"}); err == nil {
		t.Error("an address was taken for a network")
	}
}

// Errors say their status and nothing of what went on inside; the log names
// routes, never paths, and never what was thrown.
func TestErrors(t *testing.T) {
	const secret = "+393331234567"
	for _, c := range []struct {
		name   string
		do     echo.HandlerFunc
		status int
		body   string
		log    string
	}{
		{"fine", func(c echo.Context) error { return c.String(http.StatusOK, "ok") }, 200, "ok", "status=200"},
		{"not found", func(echo.Context) error { return echo.ErrNotFound }, 404, "Not Found\n", "status=404"},
		{"a 4xx with a text", func(echo.Context) error { return echo.NewHTTPError(http.StatusConflict, secret) }, 409, "Conflict\n", "status=409"},
		{"a 5xx with a text", func(echo.Context) error { return echo.NewHTTPError(http.StatusServiceUnavailable, secret) }, 503, "Something went wrong here", "status=503"},
		{"wrapped", func(echo.Context) error { return fmt.Errorf("x: %w", echo.ErrForbidden) }, 403, "Forbidden\n", "status=403"},
		{"another error", func(echo.Context) error { return errors.New("the disk is full") }, 500, "Something went wrong here", "the disk is full"},
		{"a panic with a text", func(echo.Context) error { panic("no such number " + secret) }, 500, "Something went wrong here", "panic in a handler"},
		{"a panic with an error", func(echo.Context) error { panic(errors.New(secret)) }, 500, "Something went wrong here", "type=panic"},
		{"a panic of the runtime", func(echo.Context) error { m := none(); m[secret] = 1; return nil }, 500, "Something went wrong here", "nil map"},
		{"a panic around one of the runtime", func(echo.Context) error {
			defer func() { panic(fmt.Errorf("of %s: %w", secret, recover().(error))) }()
			s := make([]int, len(none()))
			return fmt.Errorf("%d", s[len(secret)])
		}, 500, "Something went wrong here", "index out of range"},
		{"half an answer, then an error", func(c echo.Context) error {
			_ = c.String(http.StatusOK, "half")
			return errors.New("too late")
		}, 200, "half", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, log := server(t)
			e.GET("/p/:token", c.do)
			w := get(e, "/p/TOKENTOKENTOKEN?q="+"SECRETQUERY")
			if w.Code != c.status || !strings.HasPrefix(w.Body.String(), c.body) {
				t.Errorf("%d %q, want %d %q", w.Code, w.Body, c.status, c.body)
			}
			if strings.Contains(w.Body.String(), secret) || strings.Contains(log.String(), secret) {
				t.Errorf("it told the secret: %q, log %q", w.Body, log)
			}
			if !strings.Contains(log.String(), c.log) {
				t.Errorf("log %q, want %q in it", log, c.log)
			}
			for _, never := range []string{"TOKENTOKEN", "SECRETQUERY"} {
				if strings.Contains(log.String(), never) {
					t.Errorf("the log holds %s: %s", never, log)
				}
			}
			if !strings.Contains(log.String(), "/p/:token") {
				t.Errorf("the log does not name the route: %q", log)
			}
		})
	}
}

// A path nobody serves is in no log either, and a wrong method is no success.
func TestUnknownPaths(t *testing.T) {
	e, log := server(t)
	e.POST("/c/:token", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	if w := get(e, "/x/TOKENTOKENTOKEN"); w.Code != http.StatusNotFound {
		t.Errorf("status %d", w.Code)
	}
	if w := get(e, "/c/TOKENTOKENTOKEN"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("status %d", w.Code)
	}
	if w := get(e, "/c/TOKENTOKENTOKEN", func(r *http.Request) { r.Method = http.MethodTrace }); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("TRACE: %d", w.Code)
	}
	if strings.Contains(log.String(), "TOKENTOKEN") {
		t.Errorf("the log holds a token: %s", log)
	}
}

// Every listener has its limits: nobody may hold a connection for nothing.
func TestLimits(t *testing.T) {
	s := Server(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 || s.MaxHeaderBytes > 64<<10 {
		t.Errorf("limits: %+v", s)
	}
}

// none is a map nobody made, hidden from tools that would see the panic coming.
func none() map[string]int { return nil }
