package smtp

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"placet/internal/senders"
)

// How long to wait where a relay cannot say.
const (
	againUnreachable = 30 * time.Second
	againBusy        = 5 * time.Minute // greylisting opens after about five
	againSetup       = 5 * time.Minute // TLS or credentials: every mail is refused until somebody looks
)

// maxReplies bounds what one send reads from the relay.
const maxReplies = 64 << 10

// errStale: the connection went away before the mail was handed over.
var errStale = errors.New("smtp: connection lost before the mail was handed over")

// conn is one connection, past EHLO, TLS and AUTH.
type conn struct {
	net    net.Conn
	limit  *io.LimitedReader
	text   *textproto.Reader
	ext    map[string]string // EHLO keyword -> parameters
	tls    bool
	born   time.Time
	used   bool // a mail went over it: RSET comes first
	usable bool // in a known state after the last mail
}

// reply is one answer of the relay.
type reply struct {
	code     int
	enhanced string // "5.1.1", empty where the relay gives none (RFC 2034)
	text     string // never shown: relays quote addresses
}

func (r reply) String() string {
	return strings.TrimSpace(strconv.Itoa(r.code) + " " + r.enhanced)
}

var enhancedCode = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)

// dial opens a connection as the policy has it. Whatever goes wrong here is a
// *senders.Refusal that passes: no mail has been spoken of yet.
func (c *Client) dial(ctx context.Context, now time.Time) (*conn, error) {
	again := func(code, reason string, d time.Duration) error {
		return &senders.Refusal{Provider: provider, Code: code, Reason: reason, Again: d}
	}
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.addr)
	if err != nil {
		return nil, again("unreachable", "the mail relay could not be reached", againUnreachable)
	}
	cn := &conn{born: now}
	cn.use(raw)
	stop := cn.bound(ctx)
	err = c.open(ctx, cn)
	if !stop() || err != nil {
		cn.net.Close()
		var no reply
		var setup setupError
		switch {
		case errors.As(err, &setup):
			return nil, again("setup", string(setup), againSetup)
		case errors.As(err, &no):
			return nil, again(no.String(), "the mail relay does not let us in", againSetup)
		}
		return nil, again("unreachable", "the mail relay did not answer in time", againUnreachable)
	}
	return cn, nil
}

// setupError is about the relay or our configuration, in words of ours.
type setupError string

func (e setupError) Error() string { return string(e) }

// Error makes a reply an error where it is the wrong one.
func (r reply) Error() string { return "answer " + r.String() }

func (c *Client) open(ctx context.Context, cn *conn) error {
	if c.first {
		if err := cn.encrypt(ctx, c.tls); err != nil {
			return err
		}
	}
	if err := cn.expect(220); err != nil {
		return err
	}
	if err := cn.hello(c.cfg.FromDomain); err != nil {
		return err
	}
	if _, offered := cn.ext["STARTTLS"]; offered && !cn.tls && c.cfg.TLS != None {
		if err := cn.command(220, "STARTTLS"); err != nil {
			return err
		}
		if cn.text.R.Buffered() > 0 {
			// Somebody on the line put words after the reply, to be taken for encrypted ones.
			return setupError("the mail relay spoke before TLS began")
		}
		if err := cn.encrypt(ctx, c.tls); err != nil {
			return err
		}
		if err := cn.hello(c.cfg.FromDomain); err != nil {
			return err
		}
	}
	if c.cfg.TLS == Require && !cn.tls {
		return setupError("the mail relay offers no TLS, and it is required")
	}
	if c.cfg.Username == "" {
		return nil
	}
	if !cn.tls && !loopback(c.cfg.Host) {
		return setupError("the password is not sent in clear")
	}
	if !slices.Contains(strings.Fields(strings.ToUpper(cn.ext["AUTH"])), "PLAIN") {
		return setupError("the mail relay does not offer AUTH PLAIN")
	}
	return cn.command(235, "AUTH PLAIN "+
		base64.StdEncoding.EncodeToString([]byte("\x00"+c.cfg.Username+"\x00"+c.cfg.Password)))
}

func (cn *conn) use(c net.Conn) {
	cn.net = c
	cn.limit = &io.LimitedReader{R: c, N: maxReplies}
	cn.text = textproto.NewReader(bufio.NewReader(cn.limit))
}

// bound ties the connection to the context. The returned function unties it and
// reports whether the context had not ended before.
func (cn *conn) bound(ctx context.Context) func() bool {
	cn.limit.N = maxReplies
	under := cn.net // TLS put on top later passes deadlines down to it
	deadline, _ := ctx.Deadline()
	_ = under.SetDeadline(deadline)
	return context.AfterFunc(ctx, func() { _ = under.SetDeadline(time.Unix(1, 0)) })
}

func (cn *conn) encrypt(ctx context.Context, cfg *tls.Config) error {
	t := tls.Client(cn.net, cfg)
	if err := t.HandshakeContext(ctx); err != nil {
		var bad *tls.CertificateVerificationError
		if errors.As(err, &bad) {
			return setupError("the mail relay's certificate cannot be trusted")
		}
		return fmt.Errorf("handshake: %w", err)
	}
	cn.use(t)
	cn.tls = true
	return nil
}

func (cn *conn) hello(name string) error {
	if err := cn.write("EHLO " + name + "\r\n"); err != nil {
		return err
	}
	r, err := cn.reply()
	if err != nil {
		return err
	}
	if r.code != 250 {
		return r
	}
	cn.ext = map[string]string{}
	for _, line := range strings.Split(r.text, "\n")[1:] {
		k, v, _ := strings.Cut(line, " ")
		cn.ext[strings.ToUpper(k)] = v
	}
	return nil
}

func (cn *conn) write(s string) error {
	_, err := io.WriteString(cn.net, s)
	return err
}

func (cn *conn) command(want int, line string) error {
	if err := cn.write(line + "\r\n"); err != nil {
		return err
	}
	return cn.expect(want)
}

func (cn *conn) expect(want int) error {
	r, err := cn.reply()
	if err == nil && r.code != want {
		return r
	}
	return err
}

func (cn *conn) reply() (reply, error) {
	code, text, err := cn.text.ReadResponse(0)
	if err != nil {
		return reply{}, err
	}
	return reply{code, enhancedCode.FindString(text), text}, nil
}

func (cn *conn) offers(ext string) bool {
	_, ok := cn.ext[ext]
	return ok
}

// send hands over one mail. Until the whole of it, final dot included, has been
// given to the network, every failure is a definite no; from then on only the
// relay's answer is.
func (cn *conn) send(m composed) (string, error) {
	cn.usable = false
	mailFrom := "MAIL FROM:<" + m.from + ">"
	if m.utf8 {
		if !cn.offers("SMTPUTF8") {
			cn.usable = true
			return "", &senders.Refusal{Provider: provider, Code: "smtputf8",
				Reason: "the mail relay takes no address outside ASCII"}
		}
		mailFrom += " SMTPUTF8"
	}
	if cn.offers("SIZE") {
		mailFrom += " SIZE=" + strconv.Itoa(len(m.raw))
	}
	steps := []step{{mailFrom, 250}, {"RCPT TO:<" + m.to + ">", 250}, {"DATA", 354}}
	if cn.used {
		steps = slices.Insert(steps, 0, step{"RSET", 250})
	}
	cn.used = true
	if err := cn.envelope(steps); err != nil {
		return "", err
	}

	block := stuffed(m.raw)
	if n, err := cn.net.Write(block); err != nil {
		// What the network was not given the relay cannot have. The terminator is
		// five bytes, and some relays are content with less of it.
		if n < len(block)-len("\r\n.\r\n") {
			return "", errStale
		}
		return "", fmt.Errorf("smtp: connection lost at the end of the mail, it may have been taken: %w", err)
	}
	r, err := cn.reply()
	switch {
	case err != nil:
		return "", fmt.Errorf("smtp: no answer to the mail, it may have been taken: %w", err)
	case r.code/100 == 2:
		cn.usable = true
		return queueID(r, m.id), nil
	case r.code/100 == 4, r.code/100 == 5:
		cn.usable = r.code != 421
		return "", refusal(r, "the mail")
	}
	return "", fmt.Errorf("smtp: answer %s to the mail, it may have been taken", r.String())
}

type step struct {
	line string
	want int
}

// envelope speaks up to the go-ahead for the mail, in one write where the relay
// takes that (RFC 2920). It returns errStale, or the *senders.Refusal of the
// first step refused.
func (cn *conn) envelope(steps []step) error {
	all := cn.offers("PIPELINING")
	if all {
		var b strings.Builder
		for _, s := range steps {
			b.WriteString(s.line + "\r\n")
		}
		if err := cn.write(b.String()); err != nil {
			return errStale
		}
	}
	var refused error
	for _, s := range steps {
		if !all {
			if err := cn.write(s.line + "\r\n"); err != nil {
				return errStale
			}
		}
		r, err := cn.reply()
		switch {
		case err != nil && refused == nil:
			return errStale
		case err != nil:
			return refused
		case r.code == s.want || s.want == 250 && r.code == 251: // RFC 5321 §3.4: will forward
			if s.want == 354 && refused != nil {
				// A go-ahead without a recipient: what comes next would be an empty
				// mail to nobody. The connection ends here instead.
				return refused
			}
		case s.line == "RSET":
			return errStale // 421 as a rule: the relay closed it for being idle
		case refused == nil:
			refused = refusal(r, strings.ToLower(s.line[:4]))
			if r.code == 421 || !all {
				cn.usable = r.code != 421
				return refused
			}
		}
	}
	cn.usable = refused != nil
	return refused
}

// dead are the enhanced codes that say the mailbox is no good (RFC 3463, RFC
// 7505 for 5.1.10). 5.7.x is about us, 5.2.2 passes.
var dead = map[string]bool{
	"5.1.1": true, "5.1.2": true, "5.1.3": true, "5.1.6": true, "5.1.10": true, "5.2.1": true, "5.4.4": true,
}

var refusedWhat = map[string]string{"mail": "the sender", "rcpt": "the recipient", "data": "to take the mail"}

// refusal turns a negative answer into a *senders.Refusal. Anything that is
// neither 4yz nor 5yz before the mail is a broken relay: try later.
func refusal(r reply, at string) error {
	what, ok := refusedWhat[at]
	if !ok {
		what = at
	}
	no := &senders.Refusal{Provider: provider, Code: r.String(), Reason: "the mail relay refused " + what}
	if r.code/100 != 5 {
		no.Again = againBusy
	}
	no.Dead = r.code/100 == 5 && at != "mail" && dead[r.enhanced]
	return no
}

// stuffed is the mail as it goes over the line: lines that begin with a dot get
// a second one, and the final dot (RFC 5321 §4.5.2).
func stuffed(raw []byte) []byte {
	block := bytes.ReplaceAll(raw, []byte("\r\n."), []byte("\r\n.."))
	if raw[0] == '.' {
		block = append([]byte("."), block...)
	}
	return append(block, ".\r\n"...)
}

var queuedAs = regexp.MustCompile(`(?i)\bqueued as ([A-Za-z0-9._-]{1,64})`)

// queueID is the relay's own id, as most relays tell it, else ours.
func queueID(r reply, ours string) string {
	if m := queuedAs.FindStringSubmatch(r.text); m != nil {
		return m[1]
	}
	return ours
}
