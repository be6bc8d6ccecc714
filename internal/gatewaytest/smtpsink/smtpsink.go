// Package smtpsink is a mail server on loopback for tests: it keeps what it is
// given, offers what it is told to offer, and refuses, hangs or cuts the
// connection on demand.
package smtpsink

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Options says what the server offers. The zero value offers neither TLS nor AUTH.
type Options struct {
	STARTTLS bool
	TLSFirst bool   // TLS from the first byte
	Username string // with Password: AUTH PLAIN, also in clear, and mail only after it
	Password string
	SMTPUTF8 bool
	MaxBytes int64 // SIZE; 0: no limit
	// OnMail, OnRcpt and OnData may refuse, with an *Error for the exact reply, or
	// answer with an *Error of code 250 for other words. OnData is called once the
	// whole mail is there; it may close the connection.
	OnMail func(from string) error
	OnRcpt func(to string) error
	OnData func(m Mail, conn net.Conn) error
}

// Error is the reply to a command.
type Error = smtp.SMTPError

// Mail is one mail as it arrived.
type Mail struct {
	From, To string // envelope
	Data     []byte // dots unstuffed, CRLF
	UTF8     bool   // SMTPUTF8 was asked for
	TLS      bool
}

// Server is a running mail server.
type Server struct {
	Host  string
	Port  int
	Roots *x509.CertPool // certifies the server; nil without TLS

	opts     Options
	listener net.Listener

	mu    sync.Mutex
	mails []Mail
	conns []net.Conn
}

// New starts a server that ends with the test.
func New(tb testing.TB, opts Options) *Server {
	tb.Helper()
	s := &Server{Host: "127.0.0.1", opts: opts}
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		_, secure := c.TLSConnectionState()
		return &session{server: s, conn: c.Conn(), authenticated: opts.Username == "", tls: secure}, nil
	}))
	srv.Domain = "sink.example"
	srv.ErrorLog = log.New(io.Discard, "", 0)
	srv.EnableSMTPUTF8 = opts.SMTPUTF8
	srv.AllowInsecureAuth = true
	srv.MaxMessageBytes = opts.MaxBytes
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		tb.Fatal(err)
	}
	var l net.Listener = counted{s.listener, s}
	if opts.STARTTLS || opts.TLSFirst {
		cert, roots := certificate(tb)
		s.Roots = roots
		cfg := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
		if opts.TLSFirst {
			l = tls.NewListener(l, cfg)
		} else {
			srv.TLSConfig = cfg
		}
	}
	s.Port = s.listener.Addr().(*net.TCPAddr).Port
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l)
	}()
	tb.Cleanup(func() {
		_ = srv.Close()
		<-done
	})
	return s
}

// Mails is everything accepted so far.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Conns counts the connections ever made.
func (s *Server) Conns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Cut closes every connection, as a relay does with idle ones.
func (s *Server) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		c.Close()
	}
}

type counted struct {
	net.Listener
	s *Server
}

func (l counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.s.mu.Lock()
		l.s.conns = append(l.s.conns, c)
		l.s.mu.Unlock()
	}
	return c, err
}

type session struct {
	server             *Server
	conn               net.Conn
	authenticated, tls bool
	mail               Mail
}

func (s *session) AuthMechanisms() []string {
	if s.server.opts.Username == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, pass string) error {
		if user != s.server.opts.Username || pass != s.server.opts.Password {
			return smtp.ErrAuthFailed
		}
		s.authenticated = true
		return nil
	}), nil
}

func (s *session) Reset() { s.mail = Mail{} }

func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, opts *smtp.MailOptions) error {
	if !s.authenticated {
		return smtp.ErrAuthRequired
	}
	s.mail = Mail{From: from, UTF8: opts != nil && opts.UTF8, TLS: s.tls}
	if f := s.server.opts.OnMail; f != nil {
		return f(from)
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.mail.To != "" {
		return errors.New("one recipient is enough")
	}
	if f := s.server.opts.OnRcpt; f != nil {
		if err := f(to); err != nil {
			return err
		}
	}
	s.mail.To = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m := s.mail
	m.Data = data
	if f := s.server.opts.OnData; f != nil {
		err = f(m, s.conn)
	}
	var answer *Error
	if err == nil || errors.As(err, &answer) && answer.Code == 250 {
		s.server.mu.Lock()
		s.server.mails = append(s.server.mails, m)
		s.server.mu.Unlock()
	}
	return err
}

func certificate(tb testing.TB) (tls.Certificate, *x509.CertPool) {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	t := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sink.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		tb.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
