// Package twilio sends texts through Twilio's REST API, and verifies and reads
// what Twilio posts back. It promises that a text is handed over at most once
// per call, and that a refusal is only reported where Twilio surely took nothing.
package twilio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/message"
	"placet/internal/senders"
)

const provider = "twilio"

// maxValidity is how long Twilio may hold a text in its own queue, where a STOP
// cannot reach it any more. Twilio itself would allow 10 hours.
const maxValidity = 4 * time.Hour

// maxAnswer bounds what is read of an answer; a page of a thousand messages is below it.
const maxAnswer = 4 << 20

// Config says which account to use and how.
type Config struct {
	AccountSID   string        // AC…
	AuthToken    string        // the primary one
	APIBase      string        // default https://api.twilio.com; plain http on loopback only
	CallbackBase string        // public_url of the gateway, where Twilio reports the fate of a text
	Timeout      time.Duration // of one whole call; default 10 s
	Conns        int           // connections kept open, at least the number of sending workers; default 64
}

// Client is one Twilio account.
type Client struct {
	account, token string
	base           *url.URL
	callback       string
	timeout        time.Duration
	transport      *http.Transport
}

// New checks the configuration; it opens no connection.
func New(cfg Config) (*Client, error) {
	if cfg.AccountSID == "" || cfg.AuthToken == "" {
		return nil, errors.New("twilio: account_sid and auth_token are both needed")
	}
	if cfg.APIBase == "" {
		cfg.APIBase = "https://api.twilio.com"
	}
	base, err := httpURL("api_base", cfg.APIBase)
	if err != nil {
		return nil, err
	}
	if base.Scheme != "https" && !loopback(base.Hostname()) {
		return nil, errors.New("twilio: api_base would send the auth token in clear; use https")
	}
	callback, err := httpURL("public_url", cfg.CallbackBase)
	if err != nil {
		return nil, err
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.Conns <= 0 {
		cfg.Conns = 64
	}
	// HTTP/1.1 only: one request per connection keeps "lost before or after it
	// was written" a plain question.
	var h1 http.Protocols
	h1.SetHTTP1(true)
	transport := &http.Transport{
		Protocols:           &h1,
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second,
		MaxIdleConns:        cfg.Conns,
		MaxIdleConnsPerHost: cfg.Conns,
		IdleConnTimeout:     30 * time.Second,
	}
	if !loopback(base.Hostname()) {
		transport.Proxy = http.ProxyFromEnvironment
	}
	return &Client{
		account: cfg.AccountSID, token: cfg.AuthToken, base: base,
		callback: strings.TrimSuffix(callback.String(), "/") + "/hooks/twilio/" + url.PathEscape(cfg.AccountSID) + "/status",
		timeout:  cfg.Timeout, transport: transport,
	}, nil
}

func httpURL(name, s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("twilio: %s must be an http or https URL without query, fragment or credentials", name)
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Name is "twilio".
func (c *Client) Name() string { return provider }

// Close drops idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Send creates one message and returns its SID.
func (c *Client) Send(ctx context.Context, m message.Outgoing) (string, error) {
	params, err := c.params(m)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	one := &call{client: c, ctx: ctx}
	created, err := one.service().CreateMessage(params)
	if err == nil && created.Sid != nil && *created.Sid != "" && one.status/100 == 2 {
		return *created.Sid, nil
	}
	return "", one.failure(err)
}

func (c *Client) params(m message.Outgoing) (*api.CreateMessageParams, error) {
	no := func(code, reason string) error {
		return &senders.Refusal{Provider: provider, Code: code, Reason: reason}
	}
	switch {
	case m.Channel != consent.SMS || m.To.Kind() != address.Phone:
		return nil, no("content", "only texts to phone numbers leave here")
	case m.From == "":
		return nil, no("content", "the text has no sender")
	case m.Text == "":
		return nil, no("content", "the text is empty")
	}
	validity := maxValidity
	if !m.ExpiresAt.IsZero() {
		validity = min(validity, m.ExpiresAt.Sub(m.At))
	}
	if validity < time.Second {
		return nil, no("expired", "the time to send it has passed")
	}
	p := &api.CreateMessageParams{}
	p.SetTo(m.To.Wire())
	p.SetFrom(m.From)
	p.SetBody(m.Text)
	p.SetValidityPeriod(int(validity / time.Second))
	// The text is evidence: it must arrive as it was recorded, look-alike
	// characters and all.
	p.SetSmartEncoded(false)
	p.SetStatusCallback(c.callback + "?attempt=" + url.QueryEscape(m.AttemptToken))
	return p, nil
}

// List asks what became of texts sent to one number since a time, newest first
// and at most 200. Twilio lists a text once it has been sent: an attempt not
// found may still be in Twilio's queue until its validity ends.
func (c *Client) List(ctx context.Context, to address.Address, since time.Time) ([]senders.Found, error) {
	if to.Kind() != address.Phone {
		return nil, errors.New("twilio: list: not a phone number")
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	one := &call{client: c, ctx: ctx}
	p := &api.ListMessageParams{}
	p.SetTo(to.Wire())
	p.SetDateSentAfter(since.UTC())
	p.SetLimit(200)
	list, err := one.service().ListMessage(p)
	if err != nil || one.status/100 != 2 {
		// Twilio's own sentence may quote the number.
		return nil, fmt.Errorf("twilio: list: status %d: %w", one.status, transportCause(err))
	}
	found := make([]senders.Found, 0, len(list))
	for _, m := range list {
		f := senders.Found{ProviderID: text(m.Sid), Body: text(m.Body), Fate: fates[text(m.Status)], At: date(m.DateSent)}
		if f.At.IsZero() {
			f.At = date(m.DateCreated)
		}
		if m.ErrorCode != nil {
			f.ErrorCode = strconv.Itoa(*m.ErrorCode)
		}
		found = append(found, f)
	}
	return found, nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// date reads Twilio's RFC 2822 dates; the zero time where there is none.
func date(s *string) time.Time {
	t, err := time.Parse(time.RFC1123Z, text(s))
	if err != nil {
		return time.Time{}
	}
	return t
}

// call is one API call. twilio-go knows no context, no base URL and leaves error
// bodies unclosed, and its credentials may hold letters and digits only: all four
// are dealt with in the round trip.
type call struct {
	client     *Client
	ctx        context.Context //nolint:containedctx // lives for one call; see above
	reached    bool            // a connection was had: from here on Twilio may have the text
	status     int             // of the last answer; 0: none
	retryAfter string
}

func (o *call) service() *api.ApiService {
	c := &client.Client{Credentials: &client.Credentials{}, HTTPClient: &http.Client{
		Transport: o,
		// A 307 or 308 followed would be a second CreateMessage.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	c.SetAccountSid(o.client.account)
	// Not client.NewRequestHandler: that one reads TWILIO_EDGE and TWILIO_REGION.
	return api.NewApiService(&client.RequestHandler{Client: c})
}

// RoundTrip sends the request to the configured base and reads the whole answer.
func (o *call) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(httptrace.WithClientTrace(o.ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { o.reached = true },
	}))
	base := o.client.base
	req.URL.Scheme, req.URL.Host, req.Host = base.Scheme, base.Host, ""
	req.URL.Path = base.Path + req.URL.Path
	req.SetBasicAuth(o.client.account, o.client.token)
	res, err := o.client.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	o.status, o.retryAfter = res.StatusCode, res.Header.Get("Retry-After")
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}
