// Package twiliosrv is a Twilio on loopback for tests: it takes messages, lists
// them, signs and posts status callbacks and texts, and breaks on demand. It
// shares no code with the sender it tests.
package twiliosrv

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options says which account answers. The zero value is the demo account.
type Options struct {
	AccountSID string // default the demo account
	AuthToken  string // default demo-auth-token
	// Gateway is the loopback base URL everything is posted to, whatever host a
	// signed URL names; empty: the URL itself.
	Gateway string
	// Auto posts sent and delivered for each message without being asked.
	Auto bool
	// Early posts the callbacks before the send itself is answered, as may
	// happen in life.
	Early bool
	Now   func() time.Time // default time.Now
}

// Request is one message asked for, taken or not.
type Request struct {
	At                time.Time
	SID               string // empty: not taken
	From, To, Body    string
	StatusCallback    string
	Form              url.Values
	Status, ErrorCode string
}

// Fault is how one send goes wrong. The zero value is no fault.
type Fault struct {
	Status     int    // HTTP status to answer with
	Code       int    // Twilio's error code
	RetryAfter string // header
	Location   string // header
	Raw        string // body instead of Twilio's JSON
	Take       bool   // the message is created all the same
	Drop       bool   // the connection is cut instead of an answer
	Hang       bool   // no answer until the client gives up or the server closes
}

// The faults tests ask for most.
var (
	TooMany      = Fault{Status: 429, Code: 20429, RetryAfter: "2"}
	Broken       = Fault{Status: 500, Code: 20500}
	OptedOut     = Fault{Status: 400, Code: 21610}
	NotANumber   = Fault{Status: 400, Code: 21211}
	TakenAndLost = Fault{Take: true, Drop: true}
	TakenAndHung = Fault{Take: true, Hang: true}
)

// Server is the loopback Twilio.
type Server struct {
	URL string // what api_base is set to

	tb   testing.TB
	opts Options
	http *httptest.Server
	ctx  context.Context // ends with the server, and what it posts with it
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu       sync.Mutex
	requests []Request
	faults   []Fault
	calls    int
}

// New starts a server that ends with the test.
func New(tb testing.TB, opts Options) *Server {
	tb.Helper()
	if opts.AccountSID == "" {
		opts.AccountSID = "AC" + strings.Repeat("d", 32)
	}
	if opts.AuthToken == "" {
		opts.AuthToken = "demo-auth-token"
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &Server{tb: tb, opts: opts}
	s.ctx, s.stop = context.WithCancel(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2010-04-01/Accounts/{sid}/Messages.json", s.auth(s.create))
	mux.HandleFunc("GET /2010-04-01/Accounts/{sid}/Messages.json", s.auth(s.list))
	s.http = httptest.NewServer(mux)
	s.URL = s.http.URL
	tb.Cleanup(s.Close)
	return s
}

// Close stops the server and waits for what it still posts.
func (s *Server) Close() {
	s.stop()
	s.http.CloseClientConnections()
	s.http.Close()
	s.wg.Wait()
}

// Fault queues what happens to the next sends, one each; then all is well again.
func (s *Server) Fault(f ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f...)
}

// Requests is every send so far, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Calls counts API calls that passed the credentials check, lists included.
func (s *Server) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

func (s *Server) auth(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, pass, _ := r.BasicAuth()
		if user != s.opts.AccountSID || pass != s.opts.AuthToken || r.PathValue("sid") != s.opts.AccountSID {
			refuse(w, Fault{Status: 401, Code: 20003})
			return
		}
		s.mu.Lock()
		s.calls++
		s.mu.Unlock()
		next(w, r)
	}
}

func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		refuse(w, Fault{Status: 400, Code: 20001})
		return
	}
	f := r.PostForm
	req := Request{At: s.opts.Now(), From: f.Get("From"), To: f.Get("To"), Body: f.Get("Body"),
		StatusCallback: f.Get("StatusCallback"), Form: f}
	s.mu.Lock()
	var fault Fault
	if len(s.faults) > 0 {
		fault, s.faults = s.faults[0], s.faults[1:]
	} else if req.To == "" || req.From == "" || req.Body == "" {
		fault = Fault{Status: 400, Code: 21604}
	}
	taken := fault == Fault{} || fault.Take
	if taken {
		req.SID, req.Status = fmt.Sprintf("SM%032x", len(s.requests)+1), "queued"
	}
	s.requests = append(s.requests, req)
	s.mu.Unlock()

	if taken && s.opts.Auto {
		if s.opts.Early {
			s.post(req)
		} else {
			s.wg.Go(func() { s.post(req) })
		}
	}
	switch {
	case fault.Hang:
		select {
		case <-r.Context().Done():
		case <-s.ctx.Done():
		}
	case fault.Drop:
		panic(http.ErrAbortHandler)
	case fault.Status != 0:
		refuse(w, fault)
	default:
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(s.resource(req))
	}
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	since, _ := time.Parse(time.RFC3339, q.Get("DateSent>"))
	s.mu.Lock()
	messages := []map[string]any{}
	for _, req := range slices.Backward(s.requests) {
		if req.SID != "" && req.To == q.Get("To") && !req.At.Before(since) {
			messages = append(messages, s.resource(req))
		}
	}
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	_ = json.NewEncoder(w).Encode(map[string]any{"messages": messages, "page": 0, "page_size": 50,
		"uri": r.URL.RequestURI(), "next_page_uri": nil})
}

func (s *Server) resource(r Request) map[string]any {
	at := r.At.UTC().Format(time.RFC1123Z)
	var sent, code any
	if r.Status != "queued" {
		sent = at
	}
	if r.ErrorCode != "" {
		code = json.Number(r.ErrorCode)
	}
	return map[string]any{
		"sid": r.SID, "account_sid": s.opts.AccountSID, "api_version": "2010-04-01", "body": r.Body,
		"from": r.From, "to": r.To, "status": r.Status, "direction": "outbound-api",
		"date_created": at, "date_updated": at, "date_sent": sent,
		"num_segments": "1", "num_media": "0", "price": nil, "price_unit": "USD",
		"error_code": code, "error_message": nil, "messaging_service_sid": nil,
		"uri":              "/2010-04-01/Accounts/" + s.opts.AccountSID + "/Messages/" + r.SID + ".json",
		"subresource_uris": map[string]string{},
	}
}

func refuse(w http.ResponseWriter, f Fault) {
	for name, v := range map[string]string{"Retry-After": f.RetryAfter, "Location": f.Location} {
		if v != "" {
			w.Header().Set(name, v)
		}
	}
	if f.Raw != "" {
		w.WriteHeader(f.Status)
		_, _ = io.WriteString(w, f.Raw)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(f.Status)
	_ = json.NewEncoder(w).Encode(map[string]any{"code": f.Code, "status": f.Status,
		"message":   "The message to +393339990001 was refused", // Twilio quotes the number; nobody may repeat it
		"more_info": fmt.Sprintf("https://www.twilio.com/docs/errors/%d", f.Code)})
}

// Deliver posts status callbacks for every message taken and not yet settled:
// the given statuses in the given order, or sent and delivered. A status is
// "delivered" or, with its error code, "failed:30003". It returns the HTTP
// statuses the gateway answered with.
func (s *Server) Deliver(statuses ...string) []int {
	s.tb.Helper()
	var codes []int
	for _, req := range s.Requests() {
		if req.SID != "" && (req.Status == "queued" || req.Status == "sent") && req.StatusCallback != "" {
			codes = append(codes, s.post(req, statuses...)...)
		}
	}
	return codes
}

func (s *Server) post(req Request, statuses ...string) []int {
	if len(statuses) == 0 {
		statuses = []string{"sent", "delivered"}
	}
	var codes []int
	for _, status := range statuses {
		status, code, _ := strings.Cut(status, ":")
		s.mu.Lock()
		for i := range s.requests {
			if s.requests[i].SID == req.SID {
				s.requests[i].Status, s.requests[i].ErrorCode = status, code
			}
		}
		s.mu.Unlock()
		if req.StatusCallback == "" {
			continue
		}
		form := url.Values{"MessageSid": {req.SID}, "SmsSid": {req.SID}, "MessageStatus": {status}, "SmsStatus": {status},
			"To": {req.To}, "From": {req.From}, "AccountSid": {s.opts.AccountSID}, "ApiVersion": {"2010-04-01"}}
		if code != "" {
			form.Set("ErrorCode", code)
		}
		res, err := http.DefaultClient.Do(s.SignedForm(req.StatusCallback, form).WithContext(s.ctx))
		if err != nil {
			codes = append(codes, 0)
			continue
		}
		res.Body.Close()
		codes = append(codes, res.StatusCode)
	}
	return codes
}

// Text is the form of an inbound text, all parameters Twilio sends.
func (s *Server) Text(sid, from, to, body string) url.Values {
	f := url.Values{}
	for k, v := range map[string]string{
		"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": s.opts.AccountSID,
		"From": from, "To": to, "Body": body, "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received",
		"FromCity": "", "FromState": "", "FromZip": "", "FromCountry": "IT",
		"ToCity": "", "ToState": "", "ToZip": "", "ToCountry": "IT", "ApiVersion": "2010-04-01",
	} {
		f.Set(k, v)
	}
	return f
}

// SignedForm is a signed POST of the form to a public URL. It is addressed to
// Options.Gateway where that is set; the Host header keeps the public name.
func (s *Server) SignedForm(public string, form url.Values) *http.Request {
	s.tb.Helper()
	u, err := url.Parse(public)
	if err != nil {
		s.tb.Errorf("twiliosrv: callback URL: %v", err)
		u = &url.URL{Scheme: "http", Host: "127.0.0.1:0"}
	}
	host := u.Host
	if s.opts.Gateway != "" {
		g, err := url.Parse(s.opts.Gateway)
		if err != nil {
			s.tb.Errorf("twiliosrv: Gateway: %v", err)
		} else {
			u.Scheme, u.Host = g.Scheme, g.Host
		}
	}
	body := form.Encode()
	req := &http.Request{Method: http.MethodPost, URL: u, Host: host,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil },
		Header: http.Header{
			"Content-Type":       {"application/x-www-form-urlencoded; charset=utf-8"},
			"X-Twilio-Signature": {Sign(s.opts.AuthToken, public, form)},
			"User-Agent":         {"TwilioProxy/1.1"},
		}}
	return req
}

// Sign computes Twilio's signature: base64(HMAC-SHA1(token, URL + every sorted
// key with its value)), as twilio.com/docs/usage/webhooks/webhooks-security has it.
func Sign(token, url string, form url.Values) string {
	var keys []string
	for k := range form {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	h := hmac.New(sha1.New, []byte(token))
	_, _ = io.WriteString(h, url)
	for _, k := range keys {
		_, _ = io.WriteString(h, k+form.Get(k))
	}
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}
