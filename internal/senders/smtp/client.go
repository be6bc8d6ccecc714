// Package smtp composes mail and hands it to one relay. It promises that no
// input can add a header, recipient or second mail, that nothing leaves in clear
// against the TLS policy, and that a refusal is only reported where the relay
// surely does not have the mail.
package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"golang.org/x/net/idna"

	"placet/internal/message"
	"placet/internal/senders"
)

const provider = "smtp"

// The TLS policies. Require never sends in clear and verifies the certificate;
// opportunistic encrypts where the relay offers it, and verifies only where
// there is a password to protect (RFC 7435); none never encrypts.
const (
	Require       = "require"
	Opportunistic = "opportunistic"
	None          = "none"
)

// Config says which relay to use and in whose name.
type Config struct {
	Host               string
	Port               int // default 587; 465 means TLS from the first byte (RFC 8314)
	Username, Password string
	TLS                string // require (default), opportunistic, none
	FromDomain         string // domain of the envelope sender, the Message-Id and the DKIM signature
	// DKIMSelector and DKIMKey go together: one or more PEM private keys (RSA from
	// 2048 bits, Ed25519) and as many selectors, comma-separated, in the same order.
	DKIMSelector string
	DKIMKey      []byte
	Timeout      time.Duration  // of one whole send; default 30 s
	MaxAge       time.Duration  // of a kept connection; default 60 s
	MaxIdle      int            // connections kept; default 16
	Roots        *x509.CertPool // who may certify the relay; nil: the system's
}

// Client is one relay. It is safe for concurrent use; connections in use at once
// are as many as concurrent sends.
type Client struct {
	cfg     Config
	addr    string
	tls     *tls.Config
	first   bool // TLS from the first byte
	signers []*dkim.SignOptions

	mu   sync.Mutex // guards idle
	idle []*conn    // newest last
}

// New checks the configuration; it opens no connection.
func New(cfg Config) (*Client, error) {
	if cfg.Port == 0 {
		cfg.Port = 587
	}
	if cfg.TLS == "" {
		cfg.TLS = Require
	}
	domain, err := idna.Lookup.ToASCII(cfg.FromDomain)
	switch {
	case cfg.Host == "" || strings.ContainsAny(cfg.Host, " \r\n:/") && net.ParseIP(cfg.Host) == nil:
		return nil, errors.New("smtp: host must be a host name or IP address, without port")
	case cfg.Port < 1 || cfg.Port > 65535:
		return nil, fmt.Errorf("smtp: port %d does not exist", cfg.Port)
	case cfg.TLS != Require && cfg.TLS != Opportunistic && cfg.TLS != None:
		return nil, fmt.Errorf("smtp: tls is %q; it can be require, opportunistic or none", cfg.TLS)
	case cfg.TLS == None && cfg.Port == 465:
		return nil, errors.New("smtp: port 465 speaks TLS only; tls cannot be none")
	case cfg.TLS == None && cfg.Username != "" && !loopback(cfg.Host):
		return nil, errors.New("smtp: tls none would send the password in clear")
	case (cfg.Username == "") != (cfg.Password == ""):
		return nil, errors.New("smtp: username and password go together")
	case strings.ContainsRune(cfg.Username+cfg.Password, 0):
		return nil, errors.New("smtp: NUL in username or password")
	case err != nil || !strings.Contains(domain, ".") || len(domain) > 190: // room for bounce+token@
		return nil, errors.New("smtp: from_domain must be a domain name")
	case (cfg.DKIMSelector == "") != (len(cfg.DKIMKey) == 0):
		return nil, errors.New("smtp: dkim_selector and the DKIM key go together")
	}
	cfg.FromDomain = domain
	if cfg.Timeout <= 0 {
		cfg.Timeout = 30 * time.Second
	}
	if cfg.MaxAge <= 0 {
		cfg.MaxAge = time.Minute
	}
	if cfg.MaxIdle <= 0 {
		cfg.MaxIdle = 16
	}
	c := &Client{cfg: cfg, first: cfg.Port == 465, addr: net.JoinHostPort(cfg.Host, strconv.Itoa(cfg.Port)),
		tls: &tls.Config{MinVersion: tls.VersionTLS12, ServerName: cfg.Host, RootCAs: cfg.Roots,
			// An unverified channel is better than none where none would be allowed,
			// but it is no place for a password.
			InsecureSkipVerify: cfg.TLS == Opportunistic && cfg.Username == ""}} //nolint:gosec // see above
	if c.signers, err = signers(domain, cfg.DKIMSelector, cfg.DKIMKey); err != nil {
		return nil, err
	}
	return c, nil
}

// Name is "smtp".
func (c *Client) Name() string { return provider }

// Close closes the kept connections.
func (c *Client) Close() {
	c.mu.Lock()
	idle := c.idle
	c.idle = nil
	c.mu.Unlock()
	for _, cn := range idle {
		cn.net.Close()
	}
}

// Send composes, signs and hands over one mail. The id is the relay's queue id
// where it tells one, else our Message-Id. The context, and Config.Timeout,
// bound every dial, read and write.
func (c *Client) Send(ctx context.Context, m message.Outgoing) (string, error) {
	if !m.ExpiresAt.IsZero() && !m.At.Before(m.ExpiresAt) {
		return "", &senders.Refusal{Provider: provider, Code: "expired", Reason: "the time to send it has passed"}
	}
	mail, err := compose(m, c.cfg.FromDomain)
	if err != nil {
		return "", &senders.Refusal{Provider: provider, Code: "content", Reason: err.Error()}
	}
	if mail.raw, err = sign(mail.raw, c.signers); err != nil {
		return "", &senders.Refusal{Provider: provider, Code: "dkim", Reason: "the mail could not be signed"}
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	for {
		cn := c.kept(m.At)
		fresh := cn == nil
		if fresh {
			if cn, err = c.dial(ctx, m.At); err != nil {
				return "", err
			}
		}
		stop := cn.bound(ctx)
		id, err := cn.send(mail)
		if stop() && cn.usable {
			c.keep(cn)
		} else {
			cn.net.Close()
		}
		// A kept connection may have died while it lay idle. That shows before the
		// mail is handed over, so that another one may be tried.
		if errors.Is(err, errStale) {
			if !fresh && ctx.Err() == nil {
				continue
			}
			return "", &senders.Refusal{Provider: provider, Code: "connection",
				Reason: "the connection was lost before the mail was handed over", Again: againUnreachable}
		}
		return id, err
	}
}

// kept takes the newest idle connection young enough, and drops the rest that are not.
func (c *Client) kept(now time.Time) *conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.idle) > 0 {
		cn := c.idle[len(c.idle)-1]
		c.idle = c.idle[:len(c.idle)-1]
		if age := now.Sub(cn.born); age >= 0 && age < c.cfg.MaxAge {
			return cn
		}
		cn.net.Close()
	}
	return nil
}

func (c *Client) keep(cn *conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.idle) >= c.cfg.MaxIdle {
		cn.net.Close()
		return
	}
	c.idle = append(c.idle, cn)
}
