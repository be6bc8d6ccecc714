package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"placet/internal/gatewaytest/browser"
)

// TestHears shows that the listener hears each kind of wrong: a test that trusts
// its silence would otherwise trust nothing.
func TestHears(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Security-Policy", r.URL.Query().Get("policy"))
			_, _ = fmt.Fprintf(w, `<!doctype html><title>x</title><link rel="icon" href="data:,"><p id="there">there</p>%s`, r.URL.Query().Get("body"))
		default:
			http.NotFound(w, r)
		}
	}))
	defer srv.Close()
	tab := browser.Open(t)
	for _, c := range []struct{ name, policy, body, want string }{
		{"nothing wrong", "", "", ""},
		{"an exception", "", `<script>throw new Error("broken")</script>`, "broken"},
		{"an error on the console", "", `<script>console.error("sorry")</script>`, "sorry"},
		{"a broken policy", "default-src 'none'; img-src data:", `<script>1</script>`, "Content Security Policy"},
		{"a missing part", "", `<script src="/gone.js"></script>`, "404"},
		{"a stranger", "", `<img src="http://stranger.example/x.png">`, "stranger.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := strings.NewReplacer(" ", "%20", "#", "%23", `"`, "%22", "<", "%3C", ">", "%3E", ";", "%3B").Replace("?policy=" + c.policy + "&body=" + c.body)
			tab.Do("open", chromedp.Navigate(srv.URL+"/"+q), chromedp.WaitVisible("#there"))
			got := strings.Join(tab.Faults(), "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("heard %q, want %q", got, c.want)
			}
		})
	}
}
