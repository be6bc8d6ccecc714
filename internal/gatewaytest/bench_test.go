package gatewaytest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"placet/config/demo"
	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/gatewaytest"
	"placet/internal/gatewaytest/twiliosrv"
	"placet/internal/optin"
)

// BenchmarkText is a signed text of a new person each time, through the front
// door to the commit, 64 at once. `make bench` measures the program; this is for profiles.
func BenchmarkText(b *testing.B) {
	g := gatewaytest.New(b, "sqlite:"+filepath.Join(b.TempDir(), "placet.db"))
	u := gatewaytest.Public + "/hooks/twilio/" + demo.TwilioAccount + "/sms"
	var n atomic.Int64
	b.SetParallelism(32)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			form := url.Values{
				"MessageSid": {fmt.Sprintf("SM%032d", i)}, "AccountSid": {demo.TwilioAccount}, "From": {fmt.Sprintf("+39347%07d", i)}, "To": {"41430"},
				"Body": {"CARTA 123456"}, "NumMedia": {"0"}, "NumSegments": {"1"}, "SmsStatus": {"received"}, "ApiVersion": {"2010-04-01"},
			}
			r := httptest.NewRequest(http.MethodPost, u, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("X-Twilio-Signature", twiliosrv.Sign(demo.TwilioToken, u, form))
			w := httptest.NewRecorder()
			g.Handler.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				b.Errorf("answered %d", w.Code)
				return
			}
		}
	})
}

// BenchmarkConfirm is the button of a confirmation page, a new person each time.
func BenchmarkConfirm(b *testing.B) {
	g := gatewaytest.New(b, "sqlite:"+filepath.Join(b.TempDir(), "placet.db"))
	rossi, _ := g.Brands.ByID("rossi")
	const part = 500
	for done := 0; done < b.N; done += part {
		b.StopTimer()
		n := min(part, b.N-done)
		for i := range n {
			a, err := address.ParseEmail(fmt.Sprintf("p%d@example.org", done+i))
			if err != nil {
				b.Fatal(err)
			}
			_, err = g.Desk.Join(b.Context(), optin.Joining{
				Brand: rossi, Program: "offerte", Address: a, Channel: consent.Email, Topics: []consent.Topic{consent.Offers}, Method: "web_form",
				Press: optin.Press{Nonce: fmt.Sprint(done + i), At: gatewaytest.Start},
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		g.Move()
		var links []string
		var forms []url.Values
		for _, m := range g.Out() {
			if _, link, ok := strings.Cut(m.Text, gatewaytest.Public+"/c/"); ok {
				link, _, _ = strings.Cut(link, "\n")
				links = append(links, "/c/"+link)
				forms = append(forms, gatewaytest.Hidden(g.Get("/c/"+link).Body))
			}
		}
		g.Seen = 0
		b.StartTimer()
		var wg sync.WaitGroup
		slots := make(chan struct{}, 64)
		for i, l := range links {
			slots <- struct{}{}
			wg.Go(func() {
				defer func() { <-slots }()
				r := httptest.NewRequest(http.MethodPost, gatewaytest.Public+l, strings.NewReader(forms[i].Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				if w := g.Do(r); w.Code != http.StatusOK {
					b.Errorf("answered %d", w.Code)
				}
			})
		}
		wg.Wait()
	}
}
