package gatewaytest

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"placet/internal/consent"
)

// Scripts runs every journey of a folder on both databases. A journey is lines
// of plain text:
//
//	# why this journey exists
//	clock 2026-11-20T21:30:00+01:00     what time it is
//	wait 73h                            time passes
//	brand nord                          who is texted and asked about from here on; rossi at first
//	text +393331112222 CARTA 123456     an SMS to the brand
//	sms  +393331112222 la tua carta     the next SMS to that number contains…
//	sms  +393331112222 "Tutto qui."     … or, in quotes, says exactly…
//	mail a@b.example Conferma           the next e-mail's subject or text contains…
//	quiet                               nothing else has left
//	provider down                       nobody can be reached from here on; or up
//	open LINK                           GET the last link seen (of the kind: p, c, u, r, n; c/not-me) or /path
//	press LINK [name=value …]           POST its hidden fields, and these
//	again                               the same POST once more: a double click
//	scan                                HEAD, GET, OPTIONS of every link ever sent: nothing may change
//	page 200 some words                 what the last page answered
//	post /path name=value …             POST without having opened anything
//	state +393331112222 sms offers granted
func Scripts(t *testing.T, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no journeys in %s: %v", dir, err)
	}
	Databases(t, func(t *testing.T, database string) {
		for _, f := range files {
			t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) {
				runScript(New(t, another(t, database, filepath.Base(f))), f)
			})
		}
	})
}

type script struct {
	*Gateway
	page  *http.Response
	body  string
	links map[string]string // kind -> newest link
	sent  []string          // every link that ever left
	inbox []left            // what left and was not yet expected
	brand string
	last  struct { // the last POST
		path string
		form url.Values
	}
}

// left is a message on its way to being expected.
type left struct{ channel, to, subject, text string }

func runScript(g *Gateway, file string) {
	g.TB.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		g.TB.Fatal(err)
	}
	s := &script{Gateway: g, links: map[string]string{}, brand: "rossi"}
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := s.do(line); err != nil {
			g.TB.Fatalf("%s:%d: %s\n\t%v", filepath.Base(file), i+1, line, err)
		}
		s.collect()
		g.CheckLedger()
		if g.TB.Failed() {
			g.TB.Fatalf("%s:%d: %s: the evidence does not hold", filepath.Base(file), i+1, line)
		}
	}
}

var linkShape = regexp.MustCompile(regexp.QuoteMeta(Public) + `/([a-z]+)/[^\s"<]+`)

// collect reads what left and remembers its links.
func (s *script) collect() {
	for _, m := range s.Out() {
		s.inbox = append(s.inbox, left{string(m.Channel), m.To, m.Subject, m.Text})
		for _, l := range linkShape.FindAllStringSubmatch(m.Text, -1) {
			at, _, _ := strings.Cut(l[0], "#")
			s.links[l[1]] = at
			s.sent = append(s.sent, at)
		}
	}
}

func (s *script) do(line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	who, words, _ := strings.Cut(rest, " ")
	words = strings.TrimSpace(words)
	switch verb {
	case "clock":
		t, err := time.Parse(time.RFC3339, rest)
		if err != nil {
			return err
		}
		s.Clock.Set(t)
	case "wait":
		d, err := time.ParseDuration(rest)
		if err != nil {
			return err
		}
		s.Clock.Advance(d)
		s.Move()
	case "brand":
		if _, ok := s.Brands.ByID(rest); !ok {
			return fmt.Errorf("no such brand")
		}
		s.brand = rest
	case "provider":
		s.Sandbox.Down.Store(rest == "down")
		s.Move()
	case "text":
		if unquoted, err := strconv.Unquote(words); err == nil {
			words = unquoted
		}
		b, _ := s.Brands.ByID(s.brand)
		if w := s.TextTo(b.Numbers[0].Number, who, words); w.Code != http.StatusOK {
			return fmt.Errorf("the webhook answered %d", w.Code)
		}
	case "sms":
		return s.expect("sms", who, words)
	case "mail":
		return s.expect("email", who, words)
	case "quiet":
		if len(s.inbox) > 0 {
			return fmt.Errorf("these left too: %q", s.inbox)
		}
	case "open", "press":
		return s.link(verb, who, words)
	case "post":
		form, err := fields(words)
		if err != nil {
			return err
		}
		s.post(who, form)
	case "again":
		s.post(s.last.path, s.last.form)
	case "scan":
		return s.scan()
	case "page":
		code, err := strconv.Atoi(who)
		if err != nil {
			return err
		}
		if s.page == nil {
			return fmt.Errorf("no page was opened")
		}
		if s.page.StatusCode != code || !strings.Contains(html.UnescapeString(s.body), words) {
			return fmt.Errorf("the page answered %d: %s", s.page.StatusCode, readable(s.body))
		}
	case "state":
		f := strings.Fields(rest)
		if len(f) != 4 {
			return fmt.Errorf("write: state ADDRESS CHANNEL TOPIC STATE")
		}
		got := s.State(s.brand, f[0], consent.Key{Channel: consent.Channel(f[1]), Topic: consent.Topic(f[2])})
		if string(got) != f[3] {
			return fmt.Errorf("it is %s", got)
		}
	default:
		return fmt.Errorf("no such verb")
	}
	return nil
}

var tags = regexp.MustCompile(`(?s)<head>.*</head>|<nav.*</nav>|<footer>.*</footer>|</?[a-z][^>]*>|\s+`)

// readable is what a person reads of a page, for a message.
func readable(page string) string {
	return strings.Join(strings.Fields(tags.ReplaceAllString(page, " ")), " ")
}

// expect takes the next message to an address out of the inbox.
func (s *script) expect(channel, to, words string) error {
	for i, m := range s.inbox {
		if m.channel != channel || m.to != to {
			continue
		}
		s.inbox = append(s.inbox[:i:i], s.inbox[i+1:]...)
		if exact, err := strconv.Unquote(words); err == nil {
			if m.text != exact {
				return fmt.Errorf("it says: %q", m.text)
			}
		} else if !strings.Contains(m.subject+"\n"+m.text, words) {
			return fmt.Errorf("it says: %q", m)
		}
		return nil
	}
	return fmt.Errorf("nothing left to %s; these did: %q", to, s.inbox)
}

// post sends a form and keeps it, so that it can be sent again.
func (s *script) post(path string, form url.Values) {
	w := s.Post(path, form)
	s.last.path, s.last.form = path, form
	s.page, s.body = w.Result(), w.Body.String()
}

// scan does what mail filters and link previews do, to every link that ever
// left and to its neighbours: no event may come of it, and no message.
func (s *script) scan() error {
	before, messages := s.size(), len(s.Sandbox.Messages(""))
	for _, l := range s.sent {
		at := []string{l}
		switch {
		case strings.Contains(l, "/p/"):
			at = append(at, strings.Replace(l, "/p/", "/u/", 1), strings.Replace(l, "/p/", "/r/", 1))
		case strings.Contains(l, "/c/"):
			at = append(at, l+"/not-me")
		}
		for _, u := range at {
			for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodOptions} {
				if w := s.Do(httptest.NewRequest(method, u, nil)); w.Code >= 500 {
					return fmt.Errorf("%s of a link answered %d", method, w.Code)
				}
			}
		}
	}
	s.Move()
	if after := s.size(); after != before {
		return fmt.Errorf("the logs grew from %v to %v leaves", before, after)
	}
	if n := len(s.Sandbox.Messages("")); n != messages {
		return fmt.Errorf("%d messages left", n-messages)
	}
	return nil
}

// size is how many leaves the brands' logs hold.
func (s *script) size() (leaves int64) {
	for _, b := range s.Brands.All() {
		if cp, err := s.Store.Latest(s.TB.Context(), b.ID); err == nil { // none yet: no leaf
			leaves += cp.Size
		}
	}
	return leaves
}

// link opens the newest link of a kind, or a path, or presses its button.
func (s *script) link(verb, kind, words string) error {
	kind, below, _ := strings.Cut(kind, "/")
	at := s.links[kind]
	if kind == "" { // a path
		at, below = "/"+below, ""
	}
	// A welcome's link opens preferences, receipt and unsubscribe alike.
	if p := s.links["p"]; at == "" && p != "" && (kind == "r" || kind == "u") {
		at = strings.Replace(p, "/p/", "/"+kind+"/", 1)
	}
	if at == "" {
		return fmt.Errorf("no link of kind %q has left yet", kind)
	}
	if below != "" {
		at += "/" + below
	}
	w := s.Get(at)
	s.page, s.body = w.Result(), w.Body.String()
	if verb == "press" {
		form := Hidden(strings.NewReader(s.body))
		more, err := fields(words)
		if err != nil {
			return err
		}
		for k, v := range more {
			form[k] = v
		}
		s.post(at, form)
	}
	return nil
}

func fields(words string) (url.Values, error) {
	v := url.Values{}
	for _, w := range strings.Fields(words) {
		k, x, ok := strings.Cut(w, "=")
		if !ok {
			return nil, fmt.Errorf("%q is not name=value", w)
		}
		v.Add(k, x)
	}
	return v, nil
}
