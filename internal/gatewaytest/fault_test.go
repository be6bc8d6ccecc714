package gatewaytest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"placet/config/demo"
	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/gatewaytest"
	"placet/internal/gatewaytest/services"
	"placet/internal/gatewaytest/twiliosrv"
	"placet/internal/optin"
)

// TestFaultKill9SQLite and its PostgreSQL twin kill the server again and again
// under a stream of texts (reliability.md T1): what was acknowledged is there
// once, nothing left twice, and nothing left after a STOP was acknowledged.
func TestFaultKill9SQLite(t *testing.T) {
	kills := services.Faults(t, 20, 2000)
	killUnderLoad(t, "sqlite:"+t.TempDir()+"/placet.db", kills)
}

func TestFaultKill9Postgres(t *testing.T) {
	kills := services.Faults(t, 6, 500)
	killUnderLoad(t, services.Postgres(t), kills)
}

// heard is one text of a person and what the client knows about it.
type heard struct {
	sid, body     string
	posted, acked time.Time // first post; first 200
}

// texter is a person with a phone. One client plays it, so its texts are in order.
type texter struct {
	number string
	texts  []*heard
}

// storm is the stream of texts.
type storm struct {
	*site
	t      *testing.T
	stop   atomic.Bool
	acks   atomic.Int64
	resent atomic.Int64 // posts repeated because no 200 came
	again  atomic.Int64 // posts repeated although a 200 had come
	http   http.Client

	mu sync.Mutex
	up chan struct{} // closed while the server runs
}

// errSevered is a post that ended without an HTTP answer.
var errSevered = errors.New("no answer")

func (s *storm) post(p *texter, h *heard) (int, error) {
	res, err := s.http.Do(s.twilio.SignedForm(placet+smsPath, s.twilio.Text(h.sid, p.number, "41430", h.body)))
	if err != nil {
		return 0, errSevered
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return 0, errSevered
	}
	return res.StatusCode, nil
}

// running waits until the server runs.
func (s *storm) running() {
	s.mu.Lock()
	up := s.up
	s.mu.Unlock()
	<-up
}

// say posts a text until it is acknowledged, with the same MessageSid, as Twilio does.
func (s *storm) say(p *texter, body string) {
	h := &heard{sid: fmt.Sprintf("SM%032x", rand.Uint64()), body: body, posted: time.Now()}
	p.texts = append(p.texts, h)
	for {
		code, err := s.post(p, h)
		if err == nil && code == http.StatusOK {
			h.acked = time.Now()
			s.acks.Add(1)
			return
		}
		if err == nil && code != http.StatusServiceUnavailable {
			s.t.Errorf("a text was answered %d", code)
			return
		}
		s.resent.Add(1)
		s.running()
	}
}

// asked waits, for a while, until a question to the person has left.
func (s *storm) asked(p *texter, since time.Time) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(400 * time.Millisecond); time.Now().Before(until) && !s.stop.Load(); <-tick.C {
		for _, r := range s.sent(p.number) {
			if strings.Contains(r.Body, "/n/rossi/") && !r.At.Before(since.Add(s.shift)) {
				return true
			}
		}
	}
	return false
}

// client plays people one after another until the storm is over.
func (s *storm) client(id int, rng *rand.Rand) (people []*texter) {
	for n := 0; !s.stop.Load(); n++ {
		p := &texter{number: fmt.Sprintf("+39338%d%06d", id, n)}
		people = append(people, p)
		for range 1 + rng.IntN(2) {
			began := time.Now()
			for _, body := range [][]string{
				{"CARTA 123456", "SI", "STOP"},
				{"OFFERTE", "SI", "STOP"},
				{"CARTA 123456", "STOP"},
				{"OFFERTE", "STOP"},
				{"CARTA 123456 OFFERTE", "SI"},
				{"OFFERTE", "STOP", "CARTA 123456"},
			}[rng.IntN(6)] {
				if body == "SI" && rng.IntN(4) > 0 {
					s.asked(p, began)
				}
				s.say(p, body)
				if rng.IntN(5) == 0 { // a repeat of any earlier text
					s.again.Add(1)
					if code, err := s.post(p, p.texts[rng.IntN(len(p.texts))]); err == nil && code != 200 && code != 503 {
						s.t.Errorf("a repeat was answered %d", code)
					}
				}
				if s.stop.Load() {
					return people
				}
			}
		}
	}
	return people
}

func killUnderLoad(t *testing.T, database string, kills int) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	s := &storm{site: newSite(t, database, twiliosrv.Options{Auto: true}), t: t, up: make(chan struct{})}
	s.http.Timeout = 15 * time.Second // Twilio's own patience
	s.Start()
	close(s.up)

	const clients = 4
	people := make([][]*texter, clients)
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() { people[i] = s.client(i, rand.New(rand.NewPCG(seed, uint64(i)))) })
	}
	rng := rand.New(rand.NewPCG(seed, 99))
	starts := make([]time.Duration, 0, kills)
	for k := range kills {
		// Let some texts through, then strike 20 to 200 ms later.
		at := s.acks.Load()
		gatewaytest.Until(t, "texts are taken again", func() bool { return s.acks.Load() > at+int64(rng.IntN(20)) })
		<-time.After(time.Duration(20+rng.IntN(180)) * time.Millisecond)
		if k == kills/2 {
			s.verify() // beside the running server, in the middle of it
		}
		s.mu.Lock()
		s.up = make(chan struct{})
		s.mu.Unlock()
		s.Kill9()
		starts = append(starts, s.Start())
		close(s.up)
	}
	s.stop.Store(true)
	wg.Wait()

	// Ten minutes later every lease has run out and every question was put, or is too late.
	if code := s.Stop(); code != 0 {
		t.Errorf("after SIGTERM the server ended with %d", code)
	}
	s.Shift(s.data, s.shift+10*time.Minute)
	s.Start()
	end := s.settled()
	if code := s.Stop(); code != 0 {
		t.Errorf("after SIGTERM the server ended with %d", code)
	}
	end = s.verify()

	slices.Sort(starts)
	p99 := starts[len(starts)*99/100]
	t.Logf("%d kills: %d texts acknowledged, %d posted again for want of an answer, %d repeated; %d people, %d events; restart to ready: median %s, p99 %s, worst %s",
		kills, s.acks.Load(), s.resent.Load(), s.again.Load(), end.People, end.Events, starts[len(starts)/2], p99, starts[len(starts)-1])
	if p99 > 2*time.Second {
		t.Errorf("restart to ready took %s at p99", p99)
	}
	s.judge(slices.Concat(people...), end)
}

// judge compares what the clients know, what the provider saw and what the database says.
func (s *storm) judge(people []*texter, end counts) {
	t := s.t
	t.Helper()
	st := s.stored()
	defer st.Close()
	requests := map[string][]twiliosrv.Request{}
	for _, r := range s.twilio.Requests() {
		r.At = r.At.Add(-s.shift)
		requests[r.To] = append(requests[r.To], r)
	}
	texts, states, left, late := 0, map[consent.State]int{}, 0, map[string]int{}
	for _, p := range people {
		if len(p.texts) == 0 {
			continue
		}
		who, err := address.FromProvider(p.number)
		if err != nil {
			t.Fatal(err)
		}
		dr, err := st.Person(t.Context(), "rossi", optin.Who{Address: who})
		if err != nil {
			t.Errorf("a person who was acknowledged: %v", err)
			continue
		}
		trail, err := st.Trail(t.Context(), "rossi", dr.Person, 1000)
		if err != nil {
			t.Fatal(err)
		}
		texts += len(p.texts)
		s.oneEventEach(p, trail)
		s.nothingTwice(requests[p.number], trail)
		s.nothingAfterStop(p, requests[p.number], trail, late)
		left += len(requests[p.number])
		last := p.texts[len(p.texts)-1]
		state := dr.Record.At(consent.Key{Channel: consent.SMS, Topic: consent.Offers}, time.Now().Add(s.shift)).State
		states[state]++
		if last.body == "STOP" && (state != consent.Withdrawn || !dr.Suppressed[consent.SMS]) {
			t.Errorf("after a STOP that was acknowledged it is %s, suppressed %v", state, dr.Suppressed[consent.SMS])
		}
	}
	if texts != end.Events {
		t.Errorf("%d texts led to %d events", texts, end.Events)
	}
	sum, err := st.Summary(t.Context(), "rossi")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d texts left; fates %v; states %v; replies that started after a STOP was acknowledged %v", left, sum.Fates, states, late)
	if n := sum.Fates["sending"] + sum.Fates["queued"]; n != 0 {
		t.Errorf("%d messages are still on their way", n)
	}
	known := sum.Fates["accepted"] + sum.Fates["sent"] + sum.Fates["delivered"]
	if left < known || left > known+sum.Fates["unknown"] {
		t.Errorf("the provider saw %d texts, the outbox says %v", left, sum.Fates)
	}
	for _, want := range []consent.State{consent.Granted, consent.Withdrawn} {
		if states[want] == 0 {
			t.Errorf("nobody is %s: the storm did not reach far enough", want)
		}
	}
}

// oneEventEach: every text that was acknowledged led to one event, and nothing else did.
func (s *storm) oneEventEach(p *texter, trail []optin.TrailEvent) {
	s.t.Helper()
	events := map[string]int{}
	for _, e := range trail {
		events[e.Proof["MessageSid"]]++
	}
	for _, h := range p.texts {
		if n := events[h.sid]; n != 1 {
			s.t.Errorf("a %s, acknowledged at %s, has %d events", h.body, h.acked, n)
		}
	}
}

// nothingTwice: each text has at most one answer and one question, and each of
// those left at most once.
func (s *storm) nothingTwice(requests []twiliosrv.Request, trail []optin.TrailEvent) {
	t := s.t
	t.Helper()
	said := map[string]int{}
	for _, e := range trail {
		templates, questions := map[string]int{}, 0
		for _, m := range e.Messages {
			said[m.Text]++
			if templates[m.Template]++; templates[m.Template] > 1 {
				t.Errorf("event %s says %s twice", e.ID, m.Template)
			}
			if benefit := strings.HasPrefix(m.Template, "card_"); m.Template != "stopped" && !benefit {
				questions++
			}
		}
		if questions > 1 {
			t.Errorf("event %s asks twice", e.ID)
		}
	}
	attempts := map[string]bool{}
	for _, r := range requests {
		if key := textHash(r.Body); said[key] == 0 {
			t.Errorf("left once more than it was said: %q", r.Body)
		} else {
			said[key]--
		}
		if attempts[r.StatusCallback] {
			t.Errorf("one attempt was made twice: %q", r.Body)
		}
		attempts[r.StatusCallback] = true
	}
}

// nothingAfterStop: between the acknowledgement of a STOP and the person's next
// text nothing may start but the STOP's own answer and a benefit asked for before
// (journeys/stop-cancels.txt); those that were late are counted by template.
func (s *storm) nothingAfterStop(p *texter, requests []twiliosrv.Request, trail []optin.TrailEvent, late map[string]int) {
	t := s.t
	t.Helper()
	said := map[string]consent.Said{}
	for _, e := range trail {
		for _, m := range e.Messages {
			said[m.Text] = m
		}
	}
	for i, h := range p.texts {
		if h.body != "STOP" {
			continue
		}
		next := time.Now().Add(time.Hour)
		if i+1 < len(p.texts) {
			next = p.texts[i+1].posted
		}
		for _, r := range requests {
			if r.At.Before(h.acked) || !r.At.Before(next) {
				continue
			}
			m := said[textHash(r.Body)]
			if benefit := strings.HasPrefix(m.Template, "card_"); m.Template != "stopped" && !benefit {
				t.Errorf("%s after a STOP was acknowledged left %s %q", r.At.Sub(h.acked), m.Kind, r.Body)
			}
			late[m.Template]++
		}
	}
}

// textHash is how evidence names the words of a text.
func textHash(body string) string {
	sum := sha256.Sum256([]byte("\x00" + body))
	return hex.EncodeToString(sum[:])
}

// TestFaultForged mutates signed webhooks (reliability.md T16): whatever is not
// what was signed is refused and leaves nothing behind.
func TestFaultForged(t *testing.T) {
	n := services.Faults(t, 100_000, 1_000_000)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 16))
	g := gatewaytest.New(quiet{t}, "sqlite:"+t.TempDir()+"/placet.db")
	if w := g.Text("+393391100001", "OFFERTE"); w.Code != http.StatusOK {
		t.Fatalf("a valid text was answered %d", w.Code)
	}
	before, err := g.Store.VerifyPeople(t.Context(), "rossi")
	if err != nil {
		t.Fatal(err)
	}
	type capture struct {
		path, query string
		form        url.Values
	}
	var captures []capture
	all, _ := vectors(t)
	for _, v := range all {
		u, err := url.Parse(v.URL)
		if err != nil {
			t.Fatal(err)
		}
		if v.Valid {
			captures = append(captures, capture{u.EscapedPath(), u.RawQuery, v.form(t)})
		}
	}
	codes := map[int]int{}
	for range n {
		c := captures[rng.IntN(len(captures))]
		m := mutant{path: c.path, query: c.query, body: c.form.Encode()}
		signed := gatewaytest.Public + m.path
		if m.query != "" {
			signed += "?" + m.query
		}
		m.signature = twiliosrv.Sign(demo.TwilioToken, signed, c.form)
		original := m
		for m.means(original) {
			m.mutate(rng, captures[rng.IntN(len(captures))].form)
		}
		w := g.Do(m.request())
		codes[w.Code]++
		if w.Code < 400 || w.Code >= 500 {
			t.Fatalf("answered %d: %+v, signed was %+v", w.Code, m, original)
		}
	}
	t.Logf("%d forgeries: %v", n, codes)
	g.Move()
	after, err := g.Store.VerifyPeople(t.Context(), "rossi")
	if err != nil {
		t.Fatal(err)
	}
	if after.Events != before.Events || after.People != before.People || after.Messages != before.Messages {
		t.Errorf("forgeries left a trace: %+v, before %+v", after, before)
	}
	g.CheckLedger()
}

// quiet is a test that keeps no log: a hundred thousand refusals are one line each.
type quiet struct{ testing.TB }

func (quiet) Output() io.Writer { return io.Discard }

// mutant is a webhook on its way to becoming a forgery.
type mutant struct{ path, query, body, signature string }

// means reports whether a mutant says just what was signed, as Twilio signs:
// escapes, order and the seams between keys and values do not matter (hooks has
// tests of the seams), and neither does padding around a header.
func (m mutant) means(o mutant) bool {
	a, aok := m.signed()
	b, bok := o.signed()
	return aok && bok && a == b && m.path == o.path && m.query == o.query &&
		strings.TrimSpace(m.signature) == strings.TrimSpace(o.signature)
}

// signed is what Twilio's signature covers of the form; not ok where it cannot be told.
func (m mutant) signed() (text string, ok bool) {
	form, err := url.ParseQuery(m.body)
	for _, k := range slices.Sorted(maps.Keys(form)) {
		text += k + form.Get(k)
		if len(form[k]) != 1 {
			return "", false
		}
	}
	return text, err == nil
}

func (m *mutant) mutate(rng *rand.Rand, other url.Values) {
	flip := func(s string) string {
		b := []byte(s)
		if len(b) == 0 {
			return "A"
		}
		switch i := rng.IntN(len(b)); rng.IntN(4) {
		case 0:
			b[i] = byte(0x21 + rng.IntN(0x5e)) // printable: it has to get through HTTP
		case 1:
			b = append(b[:i], b[i+1:]...)
		case 2:
			b = slices.Insert(b, i, byte(0x21+rng.IntN(0x5e)))
		default:
			j := rng.IntN(len(b))
			b[i], b[j] = b[j], b[i]
		}
		return string(b)
	}
	switch rng.IntN(11) {
	case 0, 1, 2:
		m.body = flip(m.body)
	case 3, 4:
		m.signature = flip(m.signature)
	case 5:
		m.signature = ""
	case 6:
		m.body = other.Encode() // a signature moved to another capture
	case 7:
		k := []string{"From", "Body", "To", "MessageSid", "AccountSid", "OptOutType"}[rng.IntN(6)]
		m.body += "&" + k + "=" + url.QueryEscape(other.Get(k))
	case 8:
		m.query = strings.TrimPrefix(flip("&"+m.query), "&")
		if _, err := url.ParseRequestURI("/?" + m.query); err != nil || strings.ContainsAny(m.query, "#\" <>") {
			m.query = "attempt=another"
		}
	case 9:
		if strings.HasSuffix(m.path, "/sms") {
			m.path = strings.TrimSuffix(m.path, "/sms") + "/status"
		} else {
			m.path = strings.TrimSuffix(m.path, "/status") + "/sms"
		}
	default:
		form, err := url.ParseQuery(m.body)
		if err != nil {
			return
		}
		for k := range form {
			form.Del(k)
			break
		}
		m.body = form.Encode()
	}
}

func (m mutant) request() *http.Request {
	target := gatewaytest.Public + m.path
	if m.query != "" {
		target += "?" + m.query
	}
	r := httptest.NewRequest(http.MethodPost, target, bytes.NewReader([]byte(m.body)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if m.signature != "" {
		r.Header.Set("X-Twilio-Signature", strings.TrimSpace(m.signature))
	}
	return r
}

// TestFaultReplayed posts one valid capture a hundred times, at once and in turn:
// one effect.
func TestFaultReplayed(t *testing.T) {
	times := services.Faults(t, 100, 10_000)
	gatewaytest.Databases(t, func(t *testing.T, database string) {
		g := gatewaytest.New(t, database)
		form := url.Values{"MessageSid": {"SMreplayed"}, "AccountSid": {demo.TwilioAccount}, "From": {"+393391100001"}, "To": {"41430"}, "Body": {"CARTA 123456"}}
		var wg sync.WaitGroup
		posts := make(chan struct{}, 8)
		for range times {
			posts <- struct{}{}
			wg.Go(func() {
				if w := g.Hook("sms", form); w.Code != http.StatusOK {
					t.Errorf("a replay was answered %d", w.Code)
				}
				<-posts
			})
		}
		wg.Wait()
		g.Move()
		if out := g.Out(); len(out) != 2 {
			t.Errorf("%d messages left, want the benefit and the question", len(out))
		}
		f, err := g.Store.VerifyPeople(context.WithoutCancel(t.Context()), "rossi")
		if err != nil {
			t.Fatal(err)
		}
		if f.Events != 1 || f.People != 1 {
			t.Errorf("%d replays led to %d events of %d people", times, f.Events, f.People)
		}
		g.CheckLedger()
	})
}
