package smtp

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message"
	"github.com/emersion/go-msgauth/dkim"

	"placet/internal/address"
	"placet/internal/consent"
	placet "placet/internal/message"
)

func letter(tb testing.TB) placet.Outgoing {
	tb.Helper()
	to, err := address.ParseEmail("Anna.Verdi+shop@example.com")
	if err != nil {
		tb.Fatal(err)
	}
	return placet.Outgoing{
		ID: "0195a5b0-7f3c-7a51-8d8e-0c9a3bb0f001", Channel: consent.Email, Kind: placet.Marketing, To: to,
		From: "ciao@rossimoda.example", FromName: "Rossi Moda", Subject: "Le tue preferenze",
		Text: "Ciao,\n.\n..così è.\n", HTML: "<p>Ciao,<br>così è.</p>",
		Unsubscribe: "https://placet.example/u/abc", ListID: "offers.rossi.placet.example",
		AttemptToken: "tok_en-1", At: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC),
	}
}

func composeOrFail(t *testing.T, m placet.Outgoing) composed {
	t.Helper()
	c, err := compose(m, "mail.rossimoda.example")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// names lists the header field names in order, as an independent parser reads them.
func names(tb testing.TB, raw []byte) []string {
	tb.Helper()
	e, err := message.Read(bytes.NewReader(raw))
	if err != nil {
		tb.Fatal(err)
	}
	var out []string
	for f := e.Header.Fields(); f.Next(); {
		out = append(out, f.Key())
	}
	return out
}

func TestComposeMarketing(t *testing.T) {
	c := composeOrFail(t, letter(t))
	want := []string{"Date", "From", "To", "Subject", "Message-Id", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Mime-Version", "Content-Type"}
	for range 20 { // the library's own header comes in random order
		if got := names(t, composeOrFail(t, letter(t)).raw); !slices.Equal(got, want) {
			t.Fatalf("fields %v\nwant   %v", got, want)
		}
	}
	m, err := mail.ReadMessage(bytes.NewReader(c.raw))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Date": "Mon, 02 Mar 2026 10:00:00 +0000", "From": `"Rossi Moda" <ciao@rossimoda.example>`,
		"To": "<Anna.Verdi+shop@example.com>", "Subject": "Le tue preferenze",
		"Message-Id": "<0195a5b0-7f3c-7a51-8d8e-0c9a3bb0f001@mail.rossimoda.example>",
		"List-Id":    "<offers.rossi.placet.example>", "List-Unsubscribe": "<https://placet.example/u/abc>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if c.from != "bounce+tok_en-1@mail.rossimoda.example" || c.to != "Anna.Verdi+shop@example.com" || c.utf8 {
		t.Errorf("envelope %q %q %v", c.from, c.to, c.utf8)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q, %v", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for i, want := range []struct{ kind, body string }{
		{"text/plain; charset=UTF-8", "Ciao,\r\n.\r\n..così è.\r\n"},
		{"text/html; charset=UTF-8", "<p>Ciao,<br>così è.</p>"},
	} {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil || p.Header.Get("Content-Type") != want.kind || string(body) != want.body {
			t.Errorf("part %d: %q %q, %v", i, p.Header.Get("Content-Type"), body, err)
		}
	}
}

func TestComposeConfirmation(t *testing.T) {
	m := letter(t)
	m.Kind, m.Unsubscribe, m.HTML = placet.OptinRequest, "", ""
	want := []string{"Date", "From", "To", "Subject", "Message-Id", "Auto-Submitted", "Mime-Version", "Content-Type", "Content-Transfer-Encoding"}
	if got := names(t, composeOrFail(t, m).raw); !slices.Equal(got, want) {
		t.Errorf("fields %v\nwant   %v", got, want)
	}
}

// A mail sent twice has one Message-Id, whatever the attempt.
func TestMessageIDIsTheMessages(t *testing.T) {
	a := composeOrFail(t, letter(t))
	m := letter(t)
	m.AttemptToken, m.At = "another", m.At.Add(time.Hour)
	if b := composeOrFail(t, m); a.id != b.id || a.from == b.from {
		t.Errorf("ids %s %s, senders %s %s", a.id, b.id, a.from, b.from)
	}
}

func TestDisplayNamesAndSubjects(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("però già così ", 11))
	for _, s := range []string{
		"Rossi, Moda", `Rossi "Moda"`, `Ros\si`, "Rossi <evil@example.com>", "a, b@c.example, d", "Модa Роси", "Rossi · Moda 👗",
		"x@y.example", long, "  twice  spaced", strings.Repeat("w", 200), strings.Repeat("w ", 99), "Rossi; Moda: (srl)",
	} {
		m := letter(t)
		m.FromName, m.Subject = s, s
		raw := composeOrFail(t, m).raw
		read, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		from, err := read.Header.AddressList("From")
		if err != nil || len(from) != 1 || from[0].Address != m.From || from[0].Name != s {
			t.Errorf("From %q read as %v, %v", s, from, err)
		}
		if got, err := (&mime.WordDecoder{}).DecodeHeader(read.Header.Get("Subject")); err != nil || got != strings.TrimSpace(s) {
			t.Errorf("Subject %q read as %q, %v", s, got, err)
		}
		head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
		for line := range strings.SplitSeq(string(head), "\r\n") {
			if len(line) > 76 && strings.Contains(strings.TrimSpace(line), " ") && !strings.Contains(line, strings.Repeat("w", 60)) {
				t.Errorf("line of %d: %q", len(line), line)
			}
			if !ascii(line) {
				t.Errorf("not ASCII: %q", line)
			}
		}
	}
}

var poison = []string{
	"x\r\nBcc: evil@example.com", "x\nBcc: evil@example.com", "x\rBcc: evil@example.com", "x\r\n\r\nbody", "x\x00y", "x\x7f",
	"x\u0085Bcc: a", "x\u2028Bcc: a", "x\u202eevil", "x\u2066y", "x\xffy", "=?utf-8?q?x=0ABcc:?=", "\r\n.\r\nMAIL FROM:<a@b.example>", "x\v", "x\b",
}

// security.md row 13: no input adds a header.
func TestHeaderInjection(t *testing.T) {
	inputs := map[string]func(*placet.Outgoing, string){
		"From":             func(m *placet.Outgoing, s string) { m.From = s },
		"From domain":      func(m *placet.Outgoing, s string) { m.From = "ciao@rossi" + s + ".example" },
		"display name":     func(m *placet.Outgoing, s string) { m.FromName = s },
		"Subject":          func(m *placet.Outgoing, s string) { m.Subject = s },
		"List-Id":          func(m *placet.Outgoing, s string) { m.ListID = s },
		"List-Unsubscribe": func(m *placet.Outgoing, s string) { m.Unsubscribe = "https://placet.example/u/" + s },
		"message id":       func(m *placet.Outgoing, s string) { m.ID = s },
		"attempt token":    func(m *placet.Outgoing, s string) { m.AttemptToken = s },
	}
	for name, set := range inputs {
		for _, s := range poison {
			m := letter(t)
			set(&m, s)
			if c, err := compose(m, "mail.rossimoda.example"); err == nil {
				t.Errorf("%s %q: composed\n%s", name, s, c.raw)
			}
		}
	}
	// Bodies may hold anything, and add nothing.
	want := names(t, composeOrFail(t, letter(t)).raw)
	for _, s := range poison {
		m := letter(t)
		m.Text, m.HTML = "a"+s, "b"+s
		c, err := compose(m, "mail.rossimoda.example")
		if err != nil {
			continue
		}
		if got := names(t, c.raw); !slices.Equal(got, want) {
			t.Errorf("body %q: fields %v", s, got)
		}
		if bytes.Contains(stuffed(c.raw)[:len(c.raw)], []byte("\r\n.\r\n")) {
			t.Errorf("body %q ends the mail early", s)
		}
	}
}

func TestComposeRefuses(t *testing.T) {
	phone, err := address.ParsePhone("+393339990001", "")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*placet.Outgoing){
		"a phone":             func(m *placet.Outgoing) { m.To = phone },
		"the sms channel":     func(m *placet.Outgoing) { m.Channel = consent.SMS },
		"no text":             func(m *placet.Outgoing) { m.Text = "" },
		"text not UTF-8":      func(m *placet.Outgoing) { m.Text = "\xff" },
		"html not UTF-8":      func(m *placet.Outgoing) { m.HTML = "\xff" },
		"no subject":          func(m *placet.Outgoing) { m.Subject = " " },
		"endless subject":     func(m *placet.Outgoing) { m.Subject = strings.Repeat("x", 201) },
		"endless name":        func(m *placet.Outgoing) { m.FromName = strings.Repeat("x", 201) },
		"no time":             func(m *placet.Outgoing) { m.At = time.Time{} },
		"no token":            func(m *placet.Outgoing) { m.AttemptToken = "" },
		"endless token":       func(m *placet.Outgoing) { m.AttemptToken = strings.Repeat("x", 58) },
		"a link in clear":     func(m *placet.Outgoing) { m.Unsubscribe = "http://placet.example/u/abc" },
		"a link of no scheme": func(m *placet.Outgoing) { m.Unsubscribe = "placet.example/u" },
		"a mailto":            func(m *placet.Outgoing) { m.Unsubscribe = "mailto:u@placet.example" },
		"an endless link":     func(m *placet.Outgoing) { m.Unsubscribe = "https://placet.example/" + strings.Repeat("u", 900) },
		"two links":           func(m *placet.Outgoing) { m.Unsubscribe = "https://placet.example/>,<https://evil.example/" },
		"a list of one label": func(m *placet.Outgoing) { m.ListID = "offers" },
	} {
		m := letter(t)
		change(&m)
		if _, err := compose(m, "mail.rossimoda.example"); err == nil {
			t.Errorf("%s: composed", name)
		} else if strings.Contains(err.Error(), "Anna") {
			t.Errorf("%s: the error tells the address: %v", name, err)
		}
	}
}

func FuzzCompose(f *testing.F) {
	for _, s := range poison {
		f.Add(s, s, s, s)
	}
	f.Add("Rossi, Moda", "Così è", "ciao\n.\n", "<p>")
	f.Add("", "x", ".", "")
	base := letter(f)
	f.Fuzz(func(t *testing.T, name, subject, text, html string) {
		m := base
		m.FromName, m.Subject, m.Text, m.HTML = name, subject, text, html
		c, err := compose(m, "mail.rossimoda.example")
		if err != nil {
			return
		}
		want := 10
		if html == "" {
			want = 11 // Content-Transfer-Encoding
		}
		if got := names(t, c.raw); len(got) != want {
			t.Fatalf("fields %v", got)
		}
		read, err := mail.ReadMessage(bytes.NewReader(c.raw))
		if err != nil {
			t.Fatal(err)
		}
		if from, err := read.Header.AddressList("From"); err != nil || len(from) != 1 || from[0].Address != m.From {
			t.Fatalf("From %v, %v", from, err)
		}
		block := stuffed(c.raw)
		if i := bytes.Index(block, []byte("\r\n.\r\n")); i != len(block)-5 {
			t.Fatalf("the mail ends at %d of %d", i, len(block))
		}
		// The reader on the other side gets back exactly what was composed.
		back, err := io.ReadAll(textproto.NewReader(bufio.NewReader(bytes.NewReader(block))).DotReader())
		if err != nil || !bytes.Equal(back, bytes.ReplaceAll(c.raw, []byte("\r\n"), []byte("\n"))) {
			t.Fatalf("changed on the way: %v", err)
		}
	})
}

func keys(t *testing.T) (private []byte, records map[string]string) {
	t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(&r.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	private = slices.Concat(
		pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(r)}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	return private, map[string]string{
		"r2026._domainkey.mail.rossimoda.example": "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(spki),
		"e2026._domainkey.mail.rossimoda.example": "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(pub),
	}
}

func TestDKIM(t *testing.T) {
	private, records := keys(t)
	with, err := signers("mail.rossimoda.example", "r2026, e2026", private)
	if err != nil {
		t.Fatal(err)
	}
	verify := func(raw []byte) []*dkim.Verification {
		t.Helper()
		v, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{
			LookupTXT: func(d string) ([]string, error) { return []string{records[d]}, nil }})
		if err != nil {
			t.Fatal(err)
		}
		if len(v) != 2 {
			t.Fatalf("%d signatures, want RSA and Ed25519", len(v))
		}
		return v
	}
	signed, err := sign(composeOrFail(t, letter(t)).raw, with)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range verify(signed) {
		if v.Err != nil {
			t.Error(v.Err)
		}
		for _, name := range []string{"From", "To", "Subject", "Date", "Message-Id", "List-Unsubscribe", "List-Unsubscribe-Post"} {
			if !slices.ContainsFunc(v.HeaderKeys, func(k string) bool { return strings.EqualFold(k, name) }) {
				t.Errorf("%s is not covered", name)
			}
		}
	}
	at := bytes.Index(signed, []byte("Date: "))
	insert := func(line string) []byte {
		return slices.Concat(signed[:at], []byte(line+"\r\n"), signed[at:])
	}
	for name, raw := range map[string][]byte{
		"another link":   bytes.Replace(signed, []byte("/u/abc"), []byte("/u/abd"), 1),
		"another body":   bytes.Replace(signed, []byte("<p>"), []byte("<b>"), 1),
		"a second From":  insert("From: <evil@example.com>"),
		"a second To":    insert("To: <evil@example.com>"),
		"no one-click":   bytes.Replace(signed, []byte("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), nil, 1),
		"auto-submitted": insert("Auto-Submitted: auto-generated"),
	} {
		if bytes.Equal(raw, signed) {
			t.Fatalf("%s: nothing changed", name)
		}
		for _, v := range verify(raw) {
			if v.Err == nil {
				t.Errorf("%s: still verifies", name)
			}
		}
	}
}

func TestSignersRefuse(t *testing.T) {
	private, _ := keys(t)
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	short := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(weak)})
	for name, tt := range map[string]struct {
		selectors string
		key       []byte
	}{
		"one selector for two keys": {"a", private}, "three for two": {"a,b,c", private}, "a short key": {"a", short},
		"not PEM": {"a", []byte("secret")}, "a broken key": {"a", []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")},
		"a certificate": {"a", []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")},
		"trailing junk": {"a,b", append(slices.Clone(private), "junk"...)},
	} {
		if _, err := signers("example.com", tt.selectors, tt.key); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
