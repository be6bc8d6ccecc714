package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"
)

const (
	account   = "ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	authToken = "bench-auth-token"
	publicURL = "https://placet.bench.example"
	hookPath  = "/hooks/twilio/" + account + "/sms"
	shortCode = "41430"
)

// gateway is the real one, as a retailer would run it: configured by file, on
// SQLite, its providers on loopback.
type gateway struct {
	*child
	dir    string
	config string        // file
	ops    string        // address of the operations listener
	ready  time.Duration // from start to readiness
}

const config = `public_url: %[1]s
listen: %[2]s
ops_listen: %[3]s
database: sqlite:%[4]s/placet.db
keys: %[4]s/placet.key
confirm_challenge: off
senders:
  twilio:
    account_sid: %[5]s
    auth_token: %[6]s
    api_base: %[7]s
  smtp:
    host: 127.0.0.1
    port: %[8]s
    tls: none
    from_domain: bench.example
`

const brandFile = `id: bench
name: Bench
legal: Bench S.p.A., Via Prova 1, Milano
postal: Via Prova 1, 20100 Milano, Italy
contact: privacy@bench.example
country: IT
time_zone: Europe/Rome
languages: [it, en]
twilio:
  account: ` + account + `
numbers:
  - number: "` + shortCode + `"
    price: free
senders:
  sms: "` + shortCode + `"
  email: ciao@bench.example
programs:
  - id: carta
    name: {it: Carta Bench, en: Bench card}
    words: {"": [CARTA]}
    benefit: card
    codes: {check: luhn}
    invite: true
    topics: [offers]
    notice: privacy
    artefact: leaflet-1
    announced: true
  - id: news
    name: {it: Novità, en: News}
    words: {"": [NEWS]}
    topics: [offers]
    channels: [email]
    notice: privacy
    artefact: form-1
    announced: true
notices:
  - id: privacy
    version: "1"
    text:
      it: Informativa sul trattamento dei dati personali di Bench S.p.A.
      en: How Bench S.p.A. uses personal data.
`

// startGateway sets up an installation of its own and serves it.
func (b *bench) startGateway(p *providers) (*gateway, error) {
	dir, err := os.MkdirTemp(b.dir, "gateway")
	if err != nil {
		return nil, err
	}
	g := &gateway{dir: dir, child: &child{log: filepath.Join(dir, "log")}}
	if g.addr, err = freeAddr(); err != nil {
		return nil, err
	}
	if g.ops, err = freeAddr(); err != nil {
		return nil, err
	}
	_, smtpPort, err := net.SplitHostPort(p.smtp)
	if err != nil {
		return nil, err
	}
	g.config = filepath.Join(dir, "gateway.yaml")
	text := fmt.Sprintf(config, publicURL, g.addr, g.ops, dir, account, authToken, p.twilio, smtpPort)
	if err := os.WriteFile(g.config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	brand := filepath.Join(dir, "brand.yaml")
	if err := os.WriteFile(brand, []byte(brandFile), 0o600); err != nil {
		return nil, err
	}
	if _, err := g.command(b, "brands", "apply", brand); err != nil {
		return nil, err
	}
	log, err := os.Create(g.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	g.cmd = exec.Command(b.binary, "serve", "--config", g.config)
	g.cmd.Stdout, g.cmd.Stderr = log, log
	began := time.Now()
	if err := g.cmd.Start(); err != nil {
		return nil, err
	}
	if g.ready, err = ready("http://"+g.ops+"/readyz", began); err != nil {
		_ = g.cmd.Process.Kill()
		_ = g.cmd.Wait()
		tail, _ := os.ReadFile(g.log)
		return nil, fmt.Errorf("gateway serve: %w\n%s", err, tail)
	}
	return g, nil
}

// command runs one of the program's commands beside the server.
func (g *gateway) command(b *bench, args ...string) ([]byte, error) {
	cmd := exec.Command(b.binary, append(args, "--config", g.config)...)
	var failed bytes.Buffer
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("gateway %s: %w\n%s", strings.Join(args, " "), err, failed.Bytes())
	}
	return out, nil
}

// wal is the size of the write-ahead log now.
func (g *gateway) wal() int64 {
	st, err := os.Stat(filepath.Join(g.dir, "placet.db-wal"))
	if err != nil {
		return 0
	}
	return st.Size()
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// providers are a Twilio and a mail server on loopback that take everything.
type providers struct {
	twilio string // base URL
	smtp   string // address

	texts atomic.Int64
	http  *httptest.Server
	mail  *smtp.Server

	mu    sync.Mutex
	links map[string]string // recipient -> confirmation path
}

func startProviders() (*providers, error) {
	p := &providers{links: map[string]string{}}
	p.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"sid":"SM%032x","status":"queued"}`, p.texts.Add(1))
	}))
	p.twilio = p.http.URL
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.http.Close()
		return nil, err
	}
	p.smtp = l.Addr().String()
	p.mail = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{p: p}, nil }))
	p.mail.Domain = "localhost"
	go func() { _ = p.mail.Serve(l) }()
	return p, nil
}

func (p *providers) stop() {
	p.http.Close()
	_ = p.mail.Close()
}

// link is the path of the confirmation link mailed to an address, once it came.
func (p *providers) link(to string) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.links[to]
	return l, ok
}

type session struct {
	p  *providers
	to string
}

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}

var confirmLink = regexp.MustCompile(regexp.QuoteMeta(publicURL) + `(/c/[A-Za-z0-9_-]+)`)

func (s *session) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	body = bytes.ReplaceAll(body, []byte("=\r\n"), nil) // quoted-printable's soft line breaks
	if m := confirmLink.FindSubmatch(body); m != nil {
		s.p.mu.Lock()
		s.p.links[s.to] = string(m[1])
		s.p.mu.Unlock()
	}
	return nil
}
func (s *session) Reset()        { s.to = "" }
func (s *session) Logout() error { return nil }

// text is one inbound SMS as Twilio posts it: twenty parameters, about 620 bytes.
func text(from, sid, body string) url.Values {
	return url.Values{
		"MessageSid": {sid}, "SmsSid": {sid}, "SmsMessageSid": {sid}, "AccountSid": {account},
		"MessagingServiceSid": {"MGbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}, "ApiVersion": {"2010-04-01"},
		"From": {from}, "FromCity": {""}, "FromState": {""}, "FromZip": {""}, "FromCountry": {"IT"},
		"To": {shortCode}, "ToCity": {"MILANO"}, "ToState": {"LOMBARDIA"}, "ToZip": {"20100"}, "ToCountry": {"IT"},
		"Body": {body}, "NumMedia": {"0"}, "NumSegments": {"1"}, "SmsStatus": {"received"},
	}
}

// luhn appends the check digit (ISO/IEC 7812-1 annex B) to n, six digits in all.
func luhn(n int) string {
	digits := fmt.Sprintf("%05d", n%100000)
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return fmt.Sprintf("%s%d", digits, (10-sum%10)%10)
}
