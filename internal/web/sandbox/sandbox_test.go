package sandbox_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/trace"
	"placet/internal/web/sandbox"
)

// do sends a request as a program does and returns the status, headers and body.
func do(tb testing.TB, srv *httptest.Server, method, path, body string, header ...string) (int, http.Header, string) {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), method, srv.URL+path, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	r, err := srv.Client().Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return r.StatusCode, r.Header, string(b)
}

func TestTexts(t *testing.T) {
	for _, c := range []struct {
		name, body string
		header     []string
		fail       error
		want       int
		heard      string // by the desk
		says       string // in the answer
	}{
		{name: "as in the interface", body: `{"from":"+393475550101","to":"41430","text":"CARTA 123456"}`, want: 200, heard: "+393475550101 41430 CARTA 123456", says: `"event":"ev-0001"`},
		{name: "national number, brand's country", body: `{"from":"347 555 0101","to":" 41430 ","text":"SI"}`, want: 200, heard: "+393475550101 41430 SI", says: `"event"`},
		{name: "empty text", body: `{"from":"+393475550101","to":"41430","text":""}`, want: 200, heard: "+393475550101 41430 ", says: `"event"`},
		{name: "taken as it is", body: `{"from":"+393475550101","to":"41430","text":"\"STOP\"\u202e\n"}`, want: 200, heard: "+393475550101 41430 \"STOP\"\u202e\n", says: `"event"`},
		{name: "unknown number", body: `{"from":"+393475550101","to":"41431","text":"SI"}`, want: 422, says: "no brand answers"},
		{name: "no sender", body: `{"to":"41430","text":"SI"}`, want: 422, says: "all needed"},
		{name: "no text", body: `{"from":"+393475550101","to":"41430","body":"SI"}`, want: 422, says: "all needed"},
		{name: "sender is a word", body: `{"from":"RossiModa","to":"41430","text":"SI"}`, want: 422, says: "from: phone number"},
		{name: "sender outside the plan", body: `{"from":"+390","to":"41430","text":"SI"}`, want: 422, says: "from: phone number"},
		{name: "sender is a mailbox", body: `{"from":"a@example.org","to":"41430","text":"SI"}`, want: 422, says: "from: phone number"},
		{name: "too long", body: `{"from":"+393475550101","to":"41430","text":"` + strings.Repeat("à", 1601) + `"}`, want: 422, says: "1,600"},
		{name: "longest", body: `{"from":"+393475550101","to":"41430","text":"` + strings.Repeat("à", 1600) + `"}`, want: 200, heard: "+393475550101 41430 " + strings.Repeat("à", 1600), says: "event"},
		{name: "too large", body: `{"from":"` + strings.Repeat("9", 17<<10) + `"}`, want: 413, says: "16 KiB"},
		{name: "not JSON", body: `from=1`, want: 400, says: "JSON object"},
		{name: "a list", body: `[]`, want: 400, says: "JSON object"},
		{name: "not UTF-8", body: "{\"from\":\"+393475550101\",\"to\":\"41430\",\"text\":\"\xff\"}", want: 400, says: "UTF-8"},
		{name: "not saved", body: `{"from":"+393475550101","to":"41430","text":"SI"}`, fail: errors.New("disk full at /var/secret"), want: 503, says: "send it again"},
		{name: "our own page", body: `{"from":"+393475550101","to":"41430","text":"SI"}`, header: []string{"Sec-Fetch-Site", "same-origin"}, want: 200, heard: "+393475550101 41430 SI", says: "event"},
		{name: "another site's page", body: `{"from":"+393475550101","to":"41430","text":"SI"}`, header: []string{"Sec-Fetch-Site", "cross-site"}, want: 403, says: "another site"},
		{name: "an old browser on another site", body: `{"from":"+393475550101","to":"41430","text":"SI"}`, header: []string{"Origin", "https://evil.example"}, want: 403, says: "another site"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, _, srv := start(t)
			g.fail = c.fail
			status, header, body := do(t, srv, "POST", "/sandbox/texts", c.body, c.header...)
			if status != c.want || !strings.Contains(body, c.says) || strings.Contains(body, "secret") {
				t.Errorf("%d %s", status, body)
			}
			if ct := header.Get("Content-Type"); status != 200 && ct != "application/problem+json" || status == 200 && ct != "application/json" {
				t.Errorf("%d as %s", status, ct)
			}
			g.mu.Lock()
			defer g.mu.Unlock()
			if got := strings.Join(g.received, "|"); got != c.heard {
				t.Errorf("the desk heard %q, want %q", got, c.heard)
			}
		})
	}
}

func TestMessages(t *testing.T) {
	g, _, srv := start(t)
	if _, _, body := do(t, srv, "GET", "/sandbox/messages", ""); strings.TrimSpace(body) != "[]" {
		t.Errorf("nothing sent reads as %s", body)
	}
	for _, m := range []sandbox.Message{
		{Channel: consent.SMS, From: "41430", To: "+393475550101", Text: "uno"},
		{Channel: consent.Email, From: "ciao@rossimoda.example", To: "Mario.Bianchi@example.com", Subject: "due", Text: "due", HTML: "<p>due"},
		{Channel: consent.SMS, From: "RossiModa", To: "+393475550101", Text: "tre <b> & \u202e"},
	} {
		g.say(m)
	}
	for _, c := range []struct {
		query string
		want  int
		texts []string
	}{
		{"", 200, []string{"uno", "due", "tre <b> & \u202e"}},
		{"?to=", 200, []string{"uno", "due", "tre <b> & \u202e"}},
		{"?to=%2B393475550101", 200, []string{"uno", "tre <b> & \u202e"}},
		{"?to=+393475550101", 200, []string{"uno", "tre <b> & \u202e"}}, // a + not encoded
		{"?to=mario.bianchi@EXAMPLE.com", 200, []string{"due"}},
		{"?to=sofia@example.org", 200, nil},
		{"?to=nobody", 422, nil},
	} {
		status, _, body := do(t, srv, "GET", "/sandbox/messages"+c.query, "")
		if status != c.want {
			t.Errorf("%s: %d %s", c.query, status, body)
		}
		if status != 200 {
			continue
		}
		var got []map[string]any
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatalf("%s: %v in %s", c.query, err, body)
		}
		var texts []string
		ids := map[any]bool{}
		for _, m := range got {
			texts = append(texts, m["text"].(string))
			ids[m["id"]] = true
			for _, key := range []string{"at", "channel", "from", "to", "subject", "text", "html"} {
				if _, ok := m[key].(string); !ok {
					t.Errorf("%s: a message without %q: %v", c.query, key, m)
				}
			}
		}
		if !slices.Equal(texts, c.texts) || len(ids) != len(got) {
			t.Errorf("%s: %q, %d ids", c.query, texts, len(ids))
		}
	}
}

func TestMail(t *testing.T) {
	g, _, srv := start(t)
	g.say(sandbox.Message{ID: "m1", Channel: consent.Email, To: "a@example.org", Subject: "s", HTML: "<!doctype html><HTML><Head lang=it><title>t</title></head><body><script>1</script>"})
	g.say(sandbox.Message{ID: "m2", Channel: consent.Email, To: "a@example.org", Subject: "s", HTML: "<p>bare"})
	g.say(sandbox.Message{ID: "m3", Channel: consent.SMS, To: "+393475550101", Text: "no html"})
	for id, want := range map[string]string{
		"m1": `<!doctype html><HTML><Head lang=it><base target="_blank"><title>t</title></head><body><script>1</script>`,
		"m2": `<base target="_blank"><p>bare`,
	} {
		status, header, body := do(t, srv, "GET", "/sandbox/mail/"+id, "")
		if status != 200 || body != want || header.Get("Content-Type") != "text/html; charset=UTF-8" {
			t.Errorf("%s: %d %s %s", id, status, header.Get("Content-Type"), body)
		}
		if p := header.Get("Content-Security-Policy"); !strings.HasPrefix(p, "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';") || strings.Contains(p, "allow-scripts") || strings.Contains(p, "script-src") {
			t.Errorf("%s: policy %q", id, p)
		}
	}
	for _, id := range []string{"m3", "m4"} {
		if status, _, _ := do(t, srv, "GET", "/sandbox/mail/"+id, ""); status != 404 {
			t.Errorf("%s: %d", id, status)
		}
	}
}

func TestPermissions(t *testing.T) {
	g, _, srv := start(t)
	g.records["rossi+393475550101"] = consent.Record{
		{Channel: consent.SMS, Topic: consent.Offers}: {State: consent.Granted},
		{Channel: consent.SMS, Topic: consent.Info}:   {State: consent.Withdrawn},
	}
	for query, want := range map[string]string{
		"?brand=rossi&of=%2B393475550101": `[{"channel":"sms","topic":"info","state":"withdrawn"},{"channel":"sms","topic":"offers","state":"granted"}]`,
		"?brand=rossi&of=+393475550101":   `[{"channel":"sms","topic":"info","state":"withdrawn"},{"channel":"sms","topic":"offers","state":"granted"}]`,
		"?brand=nord&of=%2B393475550101":  `[]`,
	} {
		if status, _, body := do(t, srv, "GET", "/sandbox/permissions"+query, ""); status != 200 || strings.TrimSpace(body) != want {
			t.Errorf("%s: %d %s", query, status, body)
		}
	}
	if status, _, _ := do(t, srv, "GET", "/sandbox/permissions?brand=rossi&of=x", ""); status != 422 {
		t.Errorf("no address: %d", status)
	}
	g.fail = errors.New("gone")
	if status, _, _ := do(t, srv, "GET", "/sandbox/permissions?brand=rossi&of=%2B393475550101", ""); status != 503 {
		t.Errorf("no database: %d", status)
	}
}

// events reads one server-sent event at a time: its name and data, or the comment.
func events(tb testing.TB, r io.Reader) func() (name, data string, ok bool) {
	tb.Helper()
	lines := bufio.NewScanner(r)
	return func() (name, data string, ok bool) {
		for lines.Scan() {
			switch l := lines.Text(); {
			case l == "":
				return name, data, true
			case strings.HasPrefix(l, ":"):
				name, data = "comment", l
			default:
				k, v, _ := strings.Cut(l, ": ")
				if k == "event" {
					name = v
				} else {
					data = v
				}
			}
		}
		return "", "", false
	}
}

func TestStream(t *testing.T) {
	g, h, srv := start(t)
	g.SetDown(true)
	req, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+"/sandbox/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Last-Event-ID", "42")
	r, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if ct := r.Header.Get("Content-Type"); r.StatusCode != 200 || ct != "text/event-stream" {
		t.Fatalf("%d as %s", r.StatusCode, ct)
	}
	next := events(t, r.Body)
	if name, data, _ := next(); name != "hello" || data != `{"down":true,"now":"2026-03-09T14:03:00Z"}` {
		t.Errorf("%s %s", name, data)
	}
	// The hello says that we are listened to: nothing told from now on is missed.
	g.say(sandbox.Message{Channel: consent.SMS, To: "+393475550101", Text: "two\nlines"})
	name, data, _ := next()
	var m sandbox.Message
	if err := json.Unmarshal([]byte(data), &m); name != "message" || err != nil || m.Text != "two\nlines" || m.ID == "" {
		t.Errorf("%s %s: %v", name, data, err)
	}
	want := trace.Step{At: g.Now(), Brand: "rossi", Journey: "ev-1", Stage: trace.Leaf, Title: "leaf 1", Detail: map[string]any{"x": "y"}}
	g.hub.Tell(want)
	name, data, _ = next()
	var s trace.Step
	if err := json.Unmarshal([]byte(data), &s); name != "trace" || err != nil || !reflect.DeepEqual(s, want) {
		t.Errorf("%s %s: %v", name, data, err)
	}
	h.Close()
	if name, data, ok := next(); ok {
		t.Errorf("after the end came %s %s", name, data)
	}
	h.Close() // twice is fine
}

func TestStreamKeepsAlive(t *testing.T) {
	_, _, srv := start(t, func(h *sandbox.Handler) { h.KeepAlive, h.Clock = time.Millisecond, nil })
	r, err := srv.Client().Get(srv.URL + "/sandbox/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	next := events(t, r.Body)
	if name, data, _ := next(); name != "hello" || data != `{"down":false}` {
		t.Errorf("%s %s", name, data)
	}
	for range 3 {
		if name, data, ok := next(); !ok || name != "comment" {
			t.Fatalf("%s %s", name, data)
		}
	}
}

// The server's time-outs are for requests that should be short; a stream is not.
func TestStreamOutlivesTimeouts(t *testing.T) {
	_, h, plain := start(t, func(h *sandbox.Handler) { h.KeepAlive = 20 * time.Millisecond })
	srv := httptest.NewUnstartedServer(plain.Config.Handler)
	srv.Config.ReadTimeout, srv.Config.WriteTimeout = 50*time.Millisecond, 50*time.Millisecond
	srv.Start()
	t.Cleanup(func() { h.Close(); srv.Close() })
	r, err := srv.Client().Get(srv.URL + "/sandbox/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	next := events(t, r.Body)
	for i := range 10 {
		if _, _, ok := next(); !ok {
			t.Fatalf("cut off after %d events", i)
		}
	}
}

// A page that leaves is forgotten: its place among the listeners is given back.
func TestStreamLetsGo(t *testing.T) {
	g, _, srv := start(t)
	r, err := srv.Client().Get(srv.URL + "/sandbox/stream")
	if err != nil {
		t.Fatal(err)
	}
	events(t, r.Body)()
	if g.listeners() != 1 || !g.hub.Listening() {
		t.Fatalf("%d listeners", g.listeners())
	}
	r.Body.Close()
	srv.Close() // waits for the handler
	if g.listeners() != 0 || g.hub.Listening() {
		t.Errorf("%d listeners are left behind", g.listeners())
	}
}

func TestSwitches(t *testing.T) {
	g, _, srv := start(t)
	for _, c := range []struct {
		path, body string
		want       int
		says       string
	}{
		{"/sandbox/clock", `{"advance":"168h"}`, 200, `{"down":false,"now":"2026-03-16T14:03:00Z"}`},
		{"/sandbox/clock", `{"advance":"-1h"}`, 422, "forward"},
		{"/sandbox/clock", `{"advance":"0s"}`, 422, "forward"},
		{"/sandbox/clock", `{"advance":"1000000h"}`, 422, "ten years"},
		{"/sandbox/clock", `{"advance":"a week"}`, 422, "forward"},
		{"/sandbox/clock", `{}`, 422, "forward"},
		{"/sandbox/provider", `{"down":true}`, 200, `{"down":true,"now":"2026-03-16T14:03:00Z"}`},
		{"/sandbox/provider", `{}`, 422, "true or false"},
		{"/sandbox/provider", `{"down":"yes"}`, 400, "JSON"},
		{"/sandbox/provider", `{"down":false}`, 200, `"down":false`},
	} {
		if status, _, body := do(t, srv, "POST", c.path, c.body); status != c.want || !strings.Contains(body, c.says) {
			t.Errorf("%s %s: %d %s", c.path, c.body, status, body)
		}
	}
	if want := time.Date(2026, 3, 16, 14, 3, 0, 0, time.UTC); g.Now() != want || g.Down() {
		t.Errorf("now %v, down %v", g.Now(), g.Down())
	}
	_, _, bare := start(t, func(h *sandbox.Handler) { h.Clock = nil })
	if status, _, _ := do(t, bare, "POST", "/sandbox/clock", `{"advance":"1h"}`); status != 404 {
		t.Errorf("a gateway on real time let its clock be moved: %d", status)
	}
	if _, _, page := do(t, bare, "GET", "/sandbox", ""); strings.Contains(page, "data-advance") {
		t.Error("a gateway on real time shows the control")
	}
}

func TestScan(t *testing.T) {
	g, h, srv := start(t)
	key := consent.Key{Channel: consent.SMS, Topic: consent.Offers}
	g.records["rossi+393475550101"] = consent.Record{key: {State: consent.Pending}}
	g.say(sandbox.Message{Channel: consent.SMS, To: "+393475550101", Text: "vai su " + srv.URL + "/p/AAA. o " + srv.URL + "/p/BBB, e " + srv.URL + "/p/AAA!"})
	g.say(sandbox.Message{Channel: consent.Email, To: "+393475550101", HTML: `<a href="` + srv.URL + `/p/CCC?x=1&amp;y=2">`})
	g.say(sandbox.Message{Channel: consent.SMS, To: "+393475550101", Text: srv.URL + ".evil.example/p/DDD http://169.254.169.254/p/EEE " + strings.Replace(srv.URL, "http", "https", 1) + "/p/FFF"})
	g.say(sandbox.Message{Channel: consent.SMS, To: "+33655555001", Text: srv.URL + "/p/somebody-else"})
	status, _, body := do(t, srv, "POST", "/sandbox/scan", `{"to":"+393475550101"}`)
	want := []string{"HEAD /p/AAA", "GET /p/AAA", "HEAD /p/BBB", "GET /p/BBB", "HEAD /p/CCC", "GET /p/CCC"}
	if status != 200 || !slices.Equal(g.visits, want) {
		t.Errorf("%d, opened %q", status, g.visits)
	}
	var got struct {
		Opened []struct {
			Method, Page string
			Status       int
		}
		Before, After map[string][]map[string]string
		Unchanged     bool
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Opened) != 6 || got.Opened[0].Page != "/p/…" || got.Opened[0].Status != 200 || !got.Unchanged || got.After["rossi"][0]["state"] != "pending" {
		t.Errorf("answered %s", body)
	}
	if strings.Contains(body, "AAA") {
		t.Error("the answer repeats a token")
	}

	// A gateway whose GET changes something is found out.
	h.Site = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.records["rossi+393475550101"][key] = consent.Permission{State: consent.Granted}
	})
	if _, _, body := do(t, srv, "POST", "/sandbox/scan", `{"to":"+393475550101"}`); !strings.Contains(body, `"unchanged":false`) {
		t.Errorf("a GET that grants went unnoticed: %s", body)
	}
	if status, _, _ := do(t, srv, "POST", "/sandbox/scan", `{"to":""}`); status != 422 {
		t.Errorf("nobody's links: %d", status)
	}
	g.fail = errors.New("gone")
	if status, _, _ := do(t, srv, "POST", "/sandbox/scan", `{"to":"+393475550101"}`); status != 503 {
		t.Errorf("no database: %d", status)
	}
}

func TestForge(t *testing.T) {
	g, _, srv := start(t)
	status, _, body := do(t, srv, "POST", "/sandbox/forge", `{"to":"41430"}`)
	var got struct {
		URL, Signature, Answer string
		Status                 int
		Form                   map[string][]string
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if status != 200 || got.Status != 403 || got.URL != srv.URL+"/hooks/twilio/ACdddddddddddddddddddddddddddddddd/sms" || len(got.Signature) != 28 || len(got.Form["MessageSid"][0]) != 34 || got.Answer != "signature does not match" {
		t.Errorf("%d %s", status, body)
	}
	if !slices.Equal(g.visits, []string{"hook SI"}) || len(g.received) != 0 {
		t.Errorf("the hook saw %q, the desk %q", g.visits, g.received)
	}
	_, _, again := do(t, srv, "POST", "/sandbox/forge", `{"to":"41430"}`)
	if again == body {
		t.Error("two forgeries are the same")
	}
	if status, _, _ := do(t, srv, "POST", "/sandbox/forge", `{"to":"41431"}`); status != 422 {
		t.Errorf("an unknown number: %d", status)
	}
}

func TestPage(t *testing.T) {
	_, _, srv := start(t)
	_, _, page := do(t, srv, "GET", "/sandbox", "")
	_, after, _ := strings.Cut(page, `<script type="application/json" id="world">`)
	data, _, ok := strings.Cut(after, "</script>")
	var world struct {
		Brands []struct {
			ID, Name, Join string
			Numbers        []string
			Topics         []string
			Chips          map[string][]string
		}
		SIMs []sandbox.SIM
	}
	if err := json.Unmarshal([]byte(data), &world); err != nil || !ok {
		t.Fatalf("%v in %s", err, data)
	}
	r, n := world.Brands[0], world.Brands[1]
	if !slices.Equal(r.Chips["it"], []string{"CARTA 123456", "OFFERTE", "SI", "NO", "STOP", "AIUTO"}) || !slices.Equal(r.Chips["bg"], []string{"КАРТА 123456", "OFFERTE", "ДА", "НЕ", "СТОП", "ПОМОЩ"}) {
		t.Errorf("chips %v", r.Chips)
	}
	if r.Join != "/j/rossi/offerte" || !slices.Equal(r.Numbers, []string{"41430"}) || n.Join != "" || !slices.Equal(n.Topics, []string{"info", "offers"}) {
		t.Errorf("brands %+v", world.Brands)
	}
	if len(world.SIMs) != len(sandbox.SIMs)+len(sandbox.Magic) {
		t.Errorf("%d numbers to choose from", len(world.SIMs))
	}
	for _, not := range []string{"style=", "onclick", "<script>", "javascript:"} {
		if strings.Contains(page, not) {
			t.Errorf("the page has %q in it, which its own policy forbids", not)
		}
	}
	_, _, script := do(t, srv, "GET", "/sandbox/assets/sandbox.js", "")
	for _, not := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", ".srcdoc"} {
		if strings.Contains(script, not) {
			t.Errorf("the script uses %s", not)
		}
	}
	if n := strings.Count(script, "\n"); n > 300 {
		t.Errorf("the script has grown to %d lines", n)
	}
}

// Every number on offer can be texted from, in the form the record uses.
func TestNumbers(t *testing.T) {
	for _, s := range slices.Concat(sandbox.SIMs, sandbox.Magic) {
		a, err := address.ParsePhone(s.Number, "")
		if err != nil || a.Wire() != s.Number {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
}

func TestAssets(t *testing.T) {
	_, _, srv := start(t)
	for name, want := range map[string]string{"sandbox.css": "text/css; charset=utf-8", "sandbox.js": "text/javascript; charset=utf-8"} {
		status, header, _ := do(t, srv, "GET", "/sandbox/assets/"+name, "")
		if status != 200 || header.Get("Content-Type") != want || header.Get("ETag") == "" {
			t.Errorf("%s: %d %v", name, status, header)
		}
		if status, _, _ := do(t, srv, "GET", "/sandbox/assets/"+name, "", "If-None-Match", header.Get("ETag")); status != 304 {
			t.Errorf("%s asked for again: %d", name, status)
		}
	}
	for _, name := range []string{"page.html", "nothing", "..%2fpage.go", ""} {
		if status, _, _ := do(t, srv, "GET", "/sandbox/assets/"+name, ""); status != 404 {
			t.Errorf("%q: %d", name, status)
		}
	}
}

// TestRoutes holds the table of routes and their headers, that reading changes
// nothing, and that no page of another site may post.
func TestRoutes(t *testing.T) {
	g, _, srv := start(t)
	g.say(sandbox.Message{ID: "m1", Channel: consent.Email, To: "a@example.org", HTML: "<p>x"})
	before := len(g.sent)
	for _, path := range []string{"", "/assets/sandbox.js", "/assets/sandbox.css", "/messages", "/mail/m1", "/permissions?brand=rossi&of=a@example.org"} {
		for _, method := range []string{"GET", "HEAD"} {
			status, header, body := do(t, srv, method, "/sandbox"+path, "", "Sec-Fetch-Site", "cross-site")
			if status != 200 || method == "HEAD" && body != "" {
				t.Errorf("%s %s: %d", method, path, status)
			}
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "X-Robots-Tag": "noindex",
				"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
				"Cache-Control":           "no-store",
			} {
				if strings.HasPrefix(path, "/mail") && name == "Content-Security-Policy" {
					continue // its own: TestMail
				}
				if strings.HasPrefix(path, "/assets") && name == "Cache-Control" {
					want = "no-cache"
				}
				if got := header.Get(name); got != want {
					t.Errorf("%s %s: %s is %q", method, path, name, got)
				}
			}
		}
		if status, _, _ := do(t, srv, "POST", "/sandbox"+path, "{}"); status != 405 {
			t.Errorf("POST %s: %d", path, status)
		}
	}
	for path, body := range map[string]string{
		"/texts": `{"from":"+393475550101","to":"41430","text":"STOP"}`, "/provider": `{"down":true}`,
		"/scan": `{"to":"a@example.org"}`, "/forge": `{"to":"41430"}`, "/clock": `{"advance":"1h"}`,
	} {
		for _, method := range []string{"GET", "HEAD", "PUT", "DELETE"} {
			if status, _, _ := do(t, srv, method, "/sandbox"+path, body); status != 405 {
				t.Errorf("%s %s: %d", method, path, status)
			}
		}
		for _, site := range []string{"cross-site", "same-site"} {
			if status, _, _ := do(t, srv, "POST", "/sandbox"+path, body, "Sec-Fetch-Site", site); status != 403 {
				t.Errorf("POST %s from %s: %d", path, site, status)
			}
		}
	}
	if g.Down() || len(g.received) != 0 || len(g.visits) != 0 || len(g.sent) != before || !g.Now().Equal(time.Date(2026, 3, 9, 14, 3, 0, 0, time.UTC)) {
		t.Error("something was changed by reading, or by another site's page")
	}
}
