package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestLuhn(t *testing.T) {
	for n, want := range map[int]string{0: "000000", 1: "000018", 17893: "178939", 99999: "999995", 123456: "234567"} {
		if got := luhn(n); got != want {
			t.Errorf("luhn(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestTableMisses(t *testing.T) {
	var tb table
	tb.ratio("1", "half", 100, 50, 0.4)
	tb.ratio("1", "third", 100, 33, 0.4)
	tb.ratio("1", "ungated", 100, 1, 0)
	tb.most("1", "slow", 0, 41*time.Millisecond, 40*time.Millisecond)
	tb.bytes("11", "small", 0, 39e6, 40e6)
	tb.least("1", "few", 3999, 4000)
	var b strings.Builder
	tb.print(&b)
	if tb.missed() != 3 || strings.Count(b.String(), "MISSED") != 3 || strings.Count(b.String(), "met") != 2 {
		t.Errorf("%d gates missed of five:\n%s", tb.missed(), b.String())
	}
}

func TestHiddenFieldsOfTheFirstForm(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<form><input type="hidden" name="nonce" value="a&amp;b"><button>Yes</button></form>` +
			`<form><input type="hidden" name="nonce" value="other"></form>`))
	}))
	defer s.Close()
	form, err := hidden(s.URL)
	if err != nil || form.Get("nonce") != "a&b" || len(form) != 1 {
		t.Errorf("hidden fields %v, %v", form, err)
	}
}
