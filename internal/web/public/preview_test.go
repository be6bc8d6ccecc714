//go:build preview

package public

import (
	"net"
	"net/http"
	"os"
	"testing"
)

// TestPreview serves the pages with sample data for a pair of eyes:
// PLACET_PREVIEW=127.0.0.1:8099 go test -tags preview -run TestPreview -timeout 0 ./internal/web/public
func TestPreview(t *testing.T) {
	addr := os.Getenv("PLACET_PREVIEW")
	if addr == "" {
		t.Fatal("set PLACET_PREVIEW to a loopback address to look at the pages")
	}
	s := newSite(t)
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("http://%s/p/tok", l.Addr())
	if err := http.Serve(l, s.e); err != nil {
		t.Fatal(err)
	}
}
