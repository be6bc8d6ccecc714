// Package gateway is the only place where adapters meet. New wires one gateway,
// Run keeps its loops going, Step moves them once, Handler is everything HTTP.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/mod/sumdb/note"

	"placet/config"
	policypacks "placet/config/policy"
	"placet/internal/access"
	"placet/internal/brands"
	"placet/internal/cluster"
	"placet/internal/consent"
	"placet/internal/delivery"
	"placet/internal/ledger"
	"placet/internal/message"
	"placet/internal/optin"
	"placet/internal/policy"
	"placet/internal/senders"
	"placet/internal/senders/sandbox"
	"placet/internal/senders/smtp"
	"placet/internal/senders/twilio"
	"placet/internal/store"
	"placet/internal/trace"
	"placet/internal/vault"
	"placet/internal/web"
	"placet/internal/web/api"
	"placet/internal/web/console"
	"placet/internal/web/hooks"
	"placet/internal/web/ops"
	"placet/internal/web/public"
	websandbox "placet/internal/web/sandbox"
	"placet/internal/web/tiles"
)

// Clock is the gateway's time; the sandbox may move it forward.
type Clock interface {
	Now() time.Time
	Advance(d time.Duration)
}

// Options are what a gateway is made of besides its configuration.
type Options struct {
	Config   config.Config
	Clock    Clock
	Log      *slog.Logger
	Accounts map[string]string // further Twilio accounts whose webhooks are believed: SID -> auth token (the demo's)
	Version  string
}

// Gateway is one running instance.
type Gateway struct {
	Store   *store.Store
	Desk    *optin.Desk
	Courier *delivery.Courier
	Brands  *brands.Directory
	Sandbox *sandbox.Outbox // nil when real senders are configured
	Links   *access.Links
	Hub     *trace.Hub
	Handler http.Handler // everything on the main listener
	Ops     http.Handler // nil when the operations paths are on the main listener

	opts    Options
	keys    *vault.Keys
	log     *slog.Logger
	metrics *ops.Metrics
	cluster *cluster.Cluster // nil without Redis
	console *websandbox.Handler
	closers []func()

	mu         sync.Mutex
	stamp      string
	sequencers map[string]*ledger.Sequencer
}

// New opens the database, migrates it, loads brands and packs, and wires
// everything. Nothing runs yet.
func New(ctx context.Context, o Options) (*Gateway, error) {
	c := o.Config
	st, keys, err := OpenStore(ctx, c, o.Log)
	if err != nil {
		return nil, err
	}
	g := &Gateway{Store: st, keys: keys, opts: o, log: o.Log, Brands: &brands.Directory{}, Hub: &trace.Hub{}, sequencers: map[string]*ledger.Sequencer{}}
	if err := g.wire(ctx); err != nil {
		return nil, errors.Join(err, g.Close())
	}
	return g, nil
}

func (g *Gateway) wire(ctx context.Context) error {
	if err := g.Store.Migrate(ctx); err != nil {
		return err
	}
	book, err := policy.Load(policypacks.FS)
	if err != nil {
		return err
	}
	if err := g.Reload(ctx); err != nil {
		return err
	}
	c, now := g.opts.Config, g.opts.Clock.Now
	registry := prometheus.NewRegistry()
	g.metrics = ops.NewMetrics(registry)
	if c.Redis != "" {
		if g.cluster, err = cluster.Open(c.Redis, g.log); err != nil {
			return err
		}
		g.closers = append(g.closers, func() { _ = g.cluster.Close() })
	}
	router, err := g.senders()
	if err != nil {
		return err
	}
	g.Courier = &delivery.Courier{
		Queue: g.Store, Alone: strings.HasPrefix(c.Database, "sqlite:"), Route: router, Policy: book, Brands: g.Brands, Now: now, Log: g.log, Trace: g.Hub,
		Counted: func(f message.Fate, ch consent.Channel) {
			g.metrics.Messages.WithLabelValues(string(ch), string(f)).Inc()
		},
	}
	g.Desk = &optin.Desk{
		Store: g.Store, Brands: g.Brands, Policy: book, Now: now, Public: c.PublicURL, Trace: g.Hub,
		Quieter: g.Courier, Wake: g.wake, Patience: 1500 * time.Millisecond,
	}
	g.Courier.Stopper = g.Desk
	g.Links = &access.Links{Store: LinkStore{g.Store}, Now: now}
	return g.serveHTTP(book, registry)
}

// senders makes the ways out: real ones where configured, else the sandbox.
func (g *Gateway) senders() (senders.Router, error) {
	c := g.opts.Config
	if c.Sandboxed() {
		g.Sandbox = sandbox.New(sandbox.Options{Rude: c.Sandbox == "rude", OnNews: g.sandboxNews, OnText: g.sandboxText})
		return senders.Router{SMS: g.Sandbox, Email: g.Sandbox}, nil
	}
	var r senders.Router
	if t := c.Senders.Twilio; t != nil {
		client, err := twilio.New(twilio.Config{AccountSID: t.AccountSID, AuthToken: t.AuthToken, APIBase: t.APIBase, CallbackBase: c.PublicURL})
		if err != nil {
			return r, err
		}
		g.closers = append(g.closers, client.Close)
		r.SMS = client
	}
	if m := c.Senders.SMTP; m != nil {
		cfg := smtp.Config{Host: m.Host, Port: m.Port, Username: m.Username, Password: m.Password, TLS: m.TLS, FromDomain: m.FromDomain, DKIMSelector: m.DKIMSelector}
		if cfg.FromDomain == "" {
			cfg.FromDomain = g.mailDomain()
		}
		if m.DKIMKeyFile != "" {
			key, err := os.ReadFile(m.DKIMKeyFile)
			if err != nil {
				return r, fmt.Errorf("gateway: senders.smtp.dkim_key_file: %w", err)
			}
			cfg.DKIMKey = key
		}
		client, err := smtp.New(cfg)
		if err != nil {
			return r, err
		}
		g.closers = append(g.closers, client.Close)
		r.Email = client
	}
	return r, nil
}

// mailDomain is where mail comes from when the configuration does not say: the
// one domain that all brands write from, else the host of the public URL.
func (g *Gateway) mailDomain() string {
	domains := map[string]bool{}
	for _, b := range g.Brands.All() {
		if _, domain, ok := strings.Cut(b.Senders.Email, "@"); ok {
			domains[domain] = true
		}
	}
	if len(domains) == 1 {
		for d := range domains {
			return d
		}
	}
	u, err := url.Parse(g.opts.Config.PublicURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func (g *Gateway) serveHTTP(book *policy.Book, registry *prometheus.Registry) error {
	c, now := g.opts.Config, g.opts.Clock.Now
	e, err := web.New(g.log, c.TrustedProxies)
	if err != nil {
		return err
	}
	accounts := map[string]hooks.Account{}
	tokens := map[string]string{}
	for sid, token := range g.opts.Accounts {
		tokens[sid] = token
	}
	if t := c.Senders.Twilio; t != nil {
		tokens[t.AccountSID] = t.AuthToken
	}
	for sid, token := range tokens {
		v, err := twilio.NewVerifier(token)
		if err != nil {
			return err
		}
		accounts[sid] = v
	}
	(&hooks.Hooks{
		Public: c.PublicURL, Accounts: accounts, Brands: g.Brands, Desk: g.Desk, Courier: g.Courier, Now: now, Log: g.log,
		Counted: func(result string) { g.metrics.Inbound.WithLabelValues(result).Inc() },
	}).Routes(e)
	(&public.Pages{Desk: g.Desk, Brands: g.Brands, Now: now, Secret: g.keys.Secret("form nonces"), Log: g.log}).Routes(e)
	(&tiles.Log{Source: g.Store, Known: func(b string) bool { _, ok := g.Brands.ByID(b); return ok }, Key: g.verifierKey}).Routes(e)
	(&api.API{Desk: g.Desk, Store: g.Store, Brands: g.Brands, Policy: book, Now: now, Log: g.log}).Routes(e)
	(&console.Handler{PublicURL: c.PublicURL, Source: overview{g}, SignIn: g.Links, Sandbox: g.Sandbox != nil, Log: g.log}).Routes(e)
	if g.Sandbox != nil {
		g.console = &websandbox.Handler{
			PublicURL: c.PublicURL, Site: e, Brands: g.Brands.All, Desk: handset{g}, Outbox: mailbox{g.Sandbox},
			Records: records{g.Store}, Hub: g.Hub, Provider: outage{g.Sandbox}, Clock: g.opts.Clock,
		}
		g.console.Routes(e)
		g.closers = append(g.closers, g.console.Close)
	}
	e.GET("/", func(ec echo.Context) error {
		if g.Sandbox != nil {
			return ec.Redirect(http.StatusFound, "/sandbox")
		}
		return ec.Redirect(http.StatusFound, "/console")
	})
	o := &ops.Ops{Ready: g.ready, Registry: registry}
	if c.OpsListen == c.Listen {
		o.Routes(e)
	} else {
		oe, err := web.New(g.log, nil)
		if err != nil {
			return err
		}
		o.Routes(oe)
		g.Ops = oe
	}
	g.Handler = e
	return nil
}

// wake: a message was queued, here or by another instance's hand.
func (g *Gateway) wake() {
	g.Courier.Wake()
	if g.cluster != nil {
		g.cluster.Nudge("outbox")
	}
}

func (g *Gateway) ready(ctx context.Context) ([]string, error) {
	degraded := []string{}
	if g.cluster != nil && !g.cluster.Up() {
		degraded = append(degraded, "redis")
	}
	return degraded, g.Store.Ping(ctx)
}

// Reload puts the brands of the database in force when they have changed.
func (g *Gateway) Reload(ctx context.Context) error {
	texts, stamp, err := g.Store.BrandTexts(ctx)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if stamp == g.stamp {
		return nil
	}
	list := make([]*brands.Brand, 0, len(texts))
	for id, text := range texts {
		b, err := brands.Parse("brand "+id, []byte(text))
		if err != nil {
			return err
		}
		list = append(list, b)
	}
	if err := g.Brands.Set(list); err != nil {
		return err
	}
	g.stamp = stamp
	for _, b := range list {
		if g.sequencers[b.ID] == nil {
			s, err := g.sequencer(b.ID)
			if err != nil {
				return err
			}
			g.sequencers[b.ID] = s
		}
	}
	return nil
}

// Origin names a brand's log. It is part of every checkpoint and never changes,
// so it names the brand and not a host that may move.
func Origin(brand string) string { return "placet.log/" + brand }

// LogKey is the key of a brand's log.
func LogKey(keys *vault.Keys, brand string) (ledger.Key, error) {
	return ledger.NewKey(Origin(brand), keys.LedgerSeed(brand))
}

func (g *Gateway) sequencer(brand string) (*ledger.Sequencer, error) {
	k, err := LogKey(g.keys, brand)
	if err != nil {
		return nil, err
	}
	return &ledger.Sequencer{
		Store: g.Store, Brand: brand, Origin: Origin(brand), Signer: k.Signer, Known: note.VerifierList(k.Verifier),
		Now: g.opts.Clock.Now, Batch: 512,
	}, nil
}

func (g *Gateway) verifierKey(brand string) string {
	k, err := LogKey(g.keys, brand)
	if err != nil {
		return ""
	}
	return k.Text
}

// Sequence gives a place to every event that waits for one, up to a bound.
func (g *Gateway) Sequence(ctx context.Context) (total int, failed error) {
	g.mu.Lock()
	seqs := make([]*ledger.Sequencer, 0, len(g.sequencers))
	for _, s := range g.sequencers {
		seqs = append(seqs, s)
	}
	g.mu.Unlock()
	for _, s := range seqs {
		for range 8 {
			n, err := s.Step(ctx)
			total += n
			if err != nil { // one brand's log must not hold up the others
				failed = errors.Join(failed, fmt.Errorf("brand %s: %w", s.Brand, err))
				break
			}
			if n > 0 {
				g.placed(ctx, s.Brand, n)
			}
			if n < s.Batch {
				break
			}
		}
	}
	return total, failed
}

// placed tells the trace and the metrics where the log stands, and which n
// events have just been placed.
func (g *Gateway) placed(ctx context.Context, brand string, n int) {
	cp, err := g.Store.Latest(ctx, brand)
	if err != nil {
		return
	}
	g.metrics.Leaf.WithLabelValues(brand).Set(float64(cp.Size))
	if !g.Hub.Listening() {
		return
	}
	last, err := g.Store.Placed(ctx, brand, max(0, cp.Size-int64(n)), n)
	if err != nil {
		return
	}
	for _, p := range last {
		g.Hub.Tell(trace.Step{At: cp.At, Brand: brand, Journey: p.Event, Stage: trace.Leaf, Title: fmt.Sprintf("leaf %d of the log", p.Index),
			Detail: map[string]any{"leaf_index": p.Index, "entry": fmt.Sprintf("%x", p.Data), "checkpoint": string(cp.Note)}})
	}
}

// Step moves every loop once: deliver, sweep, sequence, reload. Tests step the
// machine; Run does it on a clock.
func (g *Gateway) Step(ctx context.Context) error {
	if err := g.Reload(ctx); err != nil {
		return err
	}
	for range 10 {
		n, _, err := g.Courier.Step(ctx, 256)
		if err != nil {
			return err
		}
		if g.Sandbox != nil {
			n += g.Sandbox.Step(g.opts.Clock.Now())
		}
		if n == 0 {
			break
		}
	}
	if _, err := g.Desk.Sweep(ctx, 256); err != nil {
		return err
	}
	_, err := g.Sequence(ctx)
	return err
}

// Run keeps the loops going until the context ends, then closes what Start opened.
func (g *Gateway) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { g.Courier.Run(ctx) })
	if g.Sandbox != nil {
		wg.Go(func() { g.Sandbox.Run(ctx, g.opts.Clock.Now) })
	}
	if g.cluster != nil {
		wg.Go(func() { g.cluster.Run(ctx, func(string) { g.Courier.Wake() }) })
	}
	g.every(ctx, &wg, time.Second, "sequence", func() error { _, err := g.Sequence(ctx); return err })
	g.every(ctx, &wg, time.Second, "reload brands", func() error { return g.Reload(ctx) })
	g.every(ctx, &wg, 5*time.Second, "sweep", func() error { _, err := g.Desk.Sweep(ctx, 512); return err })
	wg.Wait()
}

func (g *Gateway) every(ctx context.Context, wg *sync.WaitGroup, d time.Duration, what string, do func() error) {
	wg.Go(func() {
		t := time.NewTicker(d)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				if err := do(); err != nil && ctx.Err() == nil {
					g.log.Error("a loop of the gateway failed", "loop", what, "error", err)
				}
			}
		}
	})
}

// Close lets go of everything. Run must have returned.
func (g *Gateway) Close() error {
	for _, c := range g.closers {
		c()
	}
	return g.Store.Close()
}

// EndStreams ends what would keep a server from shutting down.
func (g *Gateway) EndStreams() {
	if g.console != nil {
		g.console.Close()
	}
}

// LogSeed is the seed of a brand's log key, for tests that verify the log.
func (g *Gateway) LogSeed(brand string) [32]byte { return g.keys.LedgerSeed(brand) }
