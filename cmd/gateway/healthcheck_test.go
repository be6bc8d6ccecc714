package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealthcheck(t *testing.T) {
	code := http.StatusOK
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.WriteHeader(code)
	}))
	defer srv.Close()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(srv.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PLACET_OPS_LISTEN", "0.0.0.0:"+port)
	gw(t, "healthcheck").wants(t, exitDone, "alive")
	gw(t, "healthcheck", "--json").wants(t, exitDone, `"status":"alive"`)
	code = http.StatusServiceUnavailable
	gw(t, "healthcheck").wants(t, exitFailed, "503")
	srv.Close()
	gw(t, "healthcheck").wants(t, exitFailed, "connection refused")
}

func TestReachable(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:8080": "127.0.0.1:8080", "0.0.0.0:9": "127.0.0.1:9", ":9": "127.0.0.1:9", "[::]:9": "[::1]:9",
		"[2001:db8::1]:9": "[2001:db8::1]:9", "gateway.internal:9": "gateway.internal:9",
	} {
		if got := reachable(listen); got != want {
			t.Errorf("%s: %s, want %s", listen, got, want)
		}
	}
}
