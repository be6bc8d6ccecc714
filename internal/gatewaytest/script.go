package gatewaytest

import (
	"fmt"
	"net/http"
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
//	text +393331112222 CARTA 123456     an SMS to the brand
//	sms  +393331112222 la tua carta     the next SMS to that number contains…
//	mail a@b.example Conferma           the next e-mail's subject or text contains…
//	quiet                               nothing else has left
//	open LINK                           GET the last link seen (of the kind: p, c, u, r, n)
//	press LINK [name=value …]           POST its hidden fields, and these
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
	inbox []string          // what left and was not yet expected, as "kind to text"
}

func runScript(g *Gateway, file string) {
	g.TB.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		g.TB.Fatal(err)
	}
	s := &script{Gateway: g, links: map[string]string{}}
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
		s.inbox = append(s.inbox, string(m.Channel)+" "+m.To+" "+m.Subject+"\n"+m.Text)
		for _, l := range linkShape.FindAllStringSubmatch(m.Text, -1) {
			s.links[l[1]] = l[0]
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
	case "text":
		if unquoted, err := strconv.Unquote(words); err == nil {
			words = unquoted
		}
		if w := s.Text(who, words); w.Code != http.StatusOK {
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
		w := s.Post(who, form)
		s.page, s.body = w.Result(), w.Body.String()
	case "page":
		code, err := strconv.Atoi(who)
		if err != nil {
			return err
		}
		if s.page == nil || s.page.StatusCode != code || !strings.Contains(s.body, words) {
			return fmt.Errorf("the page answered %d:\n%s", s.page.StatusCode, s.body)
		}
	case "state":
		f := strings.Fields(rest)
		if len(f) != 4 {
			return fmt.Errorf("write: state ADDRESS CHANNEL TOPIC STATE")
		}
		got := s.State("rossi", f[0], consent.Key{Channel: consent.Channel(f[1]), Topic: consent.Topic(f[2])})
		if string(got) != f[3] {
			return fmt.Errorf("it is %s", got)
		}
	default:
		return fmt.Errorf("no such verb")
	}
	return nil
}

// expect takes the next message to an address out of the inbox.
func (s *script) expect(channel, to, words string) error {
	for i, m := range s.inbox {
		if strings.HasPrefix(m, channel+" "+to+" ") {
			s.inbox = append(s.inbox[:i:i], s.inbox[i+1:]...)
			if !strings.Contains(m, words) {
				return fmt.Errorf("it says: %s", m)
			}
			return nil
		}
	}
	return fmt.Errorf("nothing left to %s; these did: %q", to, s.inbox)
}

// link opens the newest link of a kind, or a path, or presses its button.
func (s *script) link(verb, kind, words string) error {
	at := s.links[kind]
	if strings.HasPrefix(kind, "/") {
		at = kind
	}
	// A welcome's link opens preferences, receipt and unsubscribe alike.
	if p := s.links["p"]; at == "" && p != "" && (kind == "r" || kind == "u") {
		at = strings.Replace(p, "/p/", "/"+kind+"/", 1)
	}
	if at == "" {
		return fmt.Errorf("no link of kind %q has left yet", kind)
	}
	w := s.Get(at)
	if verb == "press" {
		form := Hidden(w.Body)
		more, err := fields(words)
		if err != nil {
			return err
		}
		for k, v := range more {
			form[k] = v
		}
		w = s.Post(at, form)
	}
	s.page, s.body = w.Result(), w.Body.String()
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
