package smtp

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jordan-wright/email"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/message"
)

// maxSubject holds for the display name too; in bytes of UTF-8, before encoding.
const maxSubject = 200

// maxURL keeps the unsubscribe line below the 998 of RFC 5322 §2.1.1.
const maxURL = 900

// Header names are written from here and nowhere else, in this order.
const (
	hDate            = "Date"
	hFrom            = "From"
	hTo              = "To"
	hSubject         = "Subject"
	hMessageID       = "Message-Id"
	hAutoSubmitted   = "Auto-Submitted"        // RFC 3834
	hListID          = "List-Id"               // RFC 2919
	hListUnsubscribe = "List-Unsubscribe"      // RFC 2369
	hListPost        = "List-Unsubscribe-Post" // RFC 8058
	hMIMEVersion     = "MIME-Version"
	hContentType     = "Content-Type"
	hEncoding        = "Content-Transfer-Encoding"
)

// composed is a mail ready to be signed and sent.
type composed struct {
	raw      []byte // CRLF lines, no dot-stuffing
	id       string // Message-Id with its angle brackets
	from, to string // envelope
	utf8     bool   // needs SMTPUTF8 (RFC 6531)
}

var (
	idPart = regexp.MustCompile(`^[A-Za-z0-9_-]{1,57}$`) // "bounce+" and a token are one local part of at most 64
	listID = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+$`)
)

// compose writes the whole mail: our header, in a fixed order, over the MIME
// body of jordan-wright/email. That library's own header is not used but for
// Content-Type and Content-Transfer-Encoding: it writes fields in random order,
// leaves long ones unfolded, takes line breaks in names and takes display names
// apart at commas.
//
// The Message-Id is made from the message, not from the attempt, so that a mail
// sent twice shows once in a mailbox.
func compose(m message.Outgoing, fromDomain string) (composed, error) {
	from, err := address.ParseEmail(m.From)
	switch {
	case m.Channel != consent.Email || m.To.Kind() != address.Email:
		return composed{}, errors.New("only mail to e-mail addresses leaves here")
	case err != nil:
		return composed{}, errors.New("the brand's sender is no e-mail address")
	case m.At.IsZero():
		return composed{}, errors.New("the attempt has no time")
	case !idPart.MatchString(m.ID), !idPart.MatchString(m.AttemptToken):
		return composed{}, errors.New("message id and attempt token must be 1 to 57 letters, digits, - and _")
	case m.Text == "":
		return composed{}, errors.New("the mail has no text part")
	case !utf8.ValidString(m.Text), !utf8.ValidString(m.HTML):
		return composed{}, errors.New("the mail is not UTF-8")
	case strings.TrimSpace(m.Subject) == "":
		return composed{}, errors.New("the mail has no subject")
	case len(m.Subject) > maxSubject, len(m.FromName) > maxSubject:
		return composed{}, fmt.Errorf("subject and display name may have %d bytes each", maxSubject)
	}
	for name, v := range map[string]string{
		hSubject: m.Subject, "display name": m.FromName, hListID: m.ListID, hListUnsubscribe: m.Unsubscribe,
	} {
		if err := fitForHeader(v); err != nil {
			return composed{}, fmt.Errorf("%s: %w", name, err)
		}
	}

	c := composed{
		id:   "<" + m.ID + "@" + fromDomain + ">",
		from: "bounce+" + m.AttemptToken + "@" + fromDomain, to: m.To.Wire(),
		utf8: !ascii(m.To.Wire()) || !ascii(from.Wire()),
	}
	var head bytes.Buffer
	field := func(name, value string) { writeField(&head, name, value) }
	field(hDate, m.At.Format(time.RFC1123Z))
	field(hFrom, (&mail.Address{Name: m.FromName, Address: from.Wire()}).String())
	field(hTo, (&mail.Address{Address: m.To.Wire()}).String())
	field(hSubject, mime.BEncoding.Encode("utf-8", strings.TrimSpace(m.Subject)))
	field(hMessageID, c.id)
	if m.Kind == message.OptinRequest || m.Kind == message.Service {
		field(hAutoSubmitted, "auto-generated")
	}
	if m.Unsubscribe != "" {
		if err := oneClick(m.Unsubscribe); err != nil {
			return composed{}, err
		}
		if m.ListID != "" {
			if !listID.MatchString(m.ListID) || len(m.ListID) > 255 {
				return composed{}, errors.New("the list id is not of the form list.domain")
			}
			field(hListID, "<"+m.ListID+">")
		}
		field(hListUnsubscribe, "<"+m.Unsubscribe+">")
		field(hListPost, "List-Unsubscribe=One-Click")
	}
	field(hMIMEVersion, "1.0")

	e := email.NewEmail()
	e.Text, e.HTML = []byte(m.Text), []byte(m.HTML)
	e.Headers.Set(hMessageID, c.id) // or it looks up the host name
	made, err := e.Bytes()
	if err != nil {
		return composed{}, fmt.Errorf("compose: %w", err)
	}
	theirs, body, ok := bytes.Cut(made, []byte("\r\n\r\n"))
	if !ok {
		return composed{}, errors.New("compose: no end of header")
	}
	parsed, err := mail.ReadMessage(bytes.NewReader(append(theirs, "\r\n\r\n"...)))
	if err != nil {
		return composed{}, fmt.Errorf("compose: %w", err)
	}
	field(hContentType, parsed.Header.Get(hContentType))
	if v := parsed.Header.Get(hEncoding); v != "" {
		field(hEncoding, v)
	}
	head.WriteString("\r\n")
	c.raw = append(head.Bytes(), body...)
	if !bytes.HasSuffix(c.raw, []byte("\r\n")) {
		c.raw = append(c.raw, "\r\n"...)
	}
	// A line break that is not CRLF is read differently by different servers; that
	// is how a second mail is smuggled in behind the first.
	n := bytes.Count(c.raw, []byte("\r\n"))
	if n != bytes.Count(c.raw, []byte("\n")) || n != bytes.Count(c.raw, []byte("\r")) || bytes.IndexByte(c.raw, 0) >= 0 {
		return composed{}, errors.New("compose: a bare line break or NUL in the mail")
	}
	return c, nil
}

// fitForHeader refuses what could end a header field or change how it reads:
// line breaks and controls of any script, direction overrides, and text that
// already looks encoded (RFC 2047).
func fitForHeader(s string) error {
	if !utf8.ValidString(s) {
		return errors.New("not UTF-8")
	}
	for _, r := range s {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return fmt.Errorf("character %U has no place in a header", r)
		}
	}
	if strings.Contains(s, "=?") {
		return errors.New(`"=?" has no place in a header`)
	}
	return nil
}

// oneClick checks an RFC 8058 URL: https, or http on loopback where the whole
// gateway is a trial.
func oneClick(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || !ascii(s) || strings.ContainsAny(s, "<>, ") || len(s) > maxURL {
		return errors.New("the unsubscribe link is no plain URL")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return errors.New("the unsubscribe link must be https (RFC 8058)")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}

// writeField folds at spaces, lines of at most 76 where the value has spaces
// there (RFC 5322 §2.2.3; RFC 2047 §2 for encoded words).
func writeField(b *bytes.Buffer, name, value string) {
	b.WriteString(name)
	b.WriteString(":")
	line := len(name) + 1
	for i, word := range strings.Split(value, " ") {
		if (i > 0 || strings.HasPrefix(word, "=?")) && word != "" && line+1+len(word) > 76 {
			b.WriteString("\r\n")
			line = 0
		}
		b.WriteString(" ")
		b.WriteString(word)
		line += 1 + len(word)
	}
	b.WriteString("\r\n")
}
