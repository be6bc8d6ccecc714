package limits_test

import (
	"database/sql"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"placet/bench/limits"
)

const token, public = "secret", "https://sms.example"

func post(h http.Handler, path string, form url.Values, signature string) int {
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", signature)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// TestSignature uses the example of Twilio's own documentation.
func TestSignature(t *testing.T) {
	form := url.Values{"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675310"}, "Digits": {"1234"}, "From": {"+14158675310"}, "To": {"+18005551212"}}
	got := limits.Signature("12345", "https://example.com/myapp.php?foo=1&bar=2", form)
	if want := "L/OH5YylLD5NRKLltdqwSvS0BnU="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestEchoChecks(t *testing.T) {
	h := limits.Echo(token, public)
	form := url.Values{"Body": {"CARTA 123456"}}
	good := limits.Signature(token, public+"/hooks", form)
	if code := post(h, "/hooks", form, good); code != 200 {
		t.Errorf("signed request answered %d", code)
	}
	form.Set("Body", "CARTA 654321")
	if code := post(h, "/hooks", form, good); code != 403 {
		t.Errorf("forged request answered %d", code)
	}
}

// TestRowsFitTheSchema commits what the limit programs write, many at a time,
// into the gateway's own tables, and counts.
func TestRowsFitTheSchema(t *testing.T) {
	path, err := limits.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w, err := limits.OpenWriter(path)
	if err != nil {
		t.Fatal(err)
	}
	durable, confirm := limits.Durable(w, token, public), limits.Confirm(w)
	var wg sync.WaitGroup
	for n := range 50 {
		wg.Go(func() {
			form := url.Values{"From": {"+39" + limits.Person(n)}, "MessageSid": {limits.Person(n)}}
			if code := post(durable, "/hooks", form, limits.Signature(token, public+"/hooks", form)); code != 200 {
				t.Errorf("text %d answered %d", n, code)
			}
			if err := w.Commit(limits.Asked(limits.Person(n))); err != nil {
				t.Error(err)
			}
			if code := post(confirm, "/c/"+limits.Person(n), nil, ""); code != 200 {
				t.Errorf("confirmation %d answered %d", n, code)
			}
		})
	}
	wg.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for query, want := range map[string]int{
		"SELECT count(*) FROM persons":                                         100,
		"SELECT count(*) FROM events":                                          100,
		"SELECT count(*) FROM ledger_queue":                                    100,
		"SELECT count(*) FROM outbox":                                          150,
		"SELECT count(*) FROM permissions WHERE state = 'granted'":             50,
		"SELECT count(*) FROM addresses WHERE proven_at IS NOT NULL":           100,
		"SELECT count(*) FROM causes WHERE source = 'twilio'":                  50,
		"SELECT count(*) FROM outbox WHERE follows IN (SELECT id FROM outbox)": 50,
	} {
		var got int
		if err := db.QueryRow(query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", query, got, err, want)
		}
	}
}

func TestProbe(t *testing.T) {
	if n, err := limits.Probe(t.TempDir(), 50*time.Millisecond); err != nil || n < 1 {
		t.Errorf("probe: %f per second, %v", n, err)
	}
}
