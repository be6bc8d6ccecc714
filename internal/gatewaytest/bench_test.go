package gatewaytest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"placet/config/demo"
	"placet/internal/gatewaytest"
	"placet/internal/gatewaytest/twiliosrv"
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
