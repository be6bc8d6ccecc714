package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"placet/config"
	"placet/internal/gateway"
	"placet/internal/web"
)

// serveCmd runs the gateway.
type serveCmd struct{}

func (serveCmd) Run(a *app) error {
	c, err := a.settings()
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(a.stderr, nil))
	clk, err := openClock(c.Data)
	if err != nil {
		return exit(exitUsage, "%w", err)
	}
	if d := clk.offset.Load(); d != 0 {
		log.Warn("the clock is moved: quiet hours, deadlines and evidence follow it; delete the file for real time", "file", clk.file, "by", time.Duration(d).String())
	}
	s := &server{config: c, clock: clk, log: log}
	return s.run(a.ctx, func(g *gateway.Gateway) error {
		if c.Sandboxed() {
			log.Warn("no senders are configured: the sandbox keeps every message on this machine", "sandbox", c.PublicURL+"/sandbox")
		}
		log.Info("gateway ready", "listen", c.Listen, "public_url", c.PublicURL, "brands", len(g.Brands.All()))
		return nil
	})
}

// settings are the effective configuration of a command.
func (a *app) settings() (config.Config, error) {
	c, err := config.Load(a.config, a.env)
	if err != nil {
		return c, exit(exitUsage, "%w", a.locate(err))
	}
	if a.data != "" {
		if c.Database != "" {
			return c, exit(exitUsage, "--data and a configured database name two places; keep one")
		}
		c.Data = a.data
	}
	if c, err = c.Complete(); err != nil {
		return c, exit(exitUsage, "%w", a.locate(err))
	}
	if st, err := os.Stat(c.Data); err == nil && !st.IsDir() {
		return c, exit(exitUsage, "%s is a file; --data wants a directory", c.Data)
	}
	return c, nil
}

// server is a gateway with its listeners.
type server struct {
	config   config.Config
	clock    *clock
	log      *slog.Logger
	accounts map[string]string
	lockFile *os.File
}

// run starts everything, calls ready, and stops in order when the context ends:
// listeners first, then the loops, then the database.
func (s *server) run(ctx context.Context, ready func(*gateway.Gateway) error) error {
	// The live heap is some ten megabytes: collecting half as often costs little
	// memory and saves a tenth of the work. GOGC overrides it.
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(200)
	}
	if err := s.lock(); err != nil {
		return err
	}
	if s.lockFile != nil {
		defer func() { _ = s.lockFile.Close() }()
	}
	g, err := gateway.New(ctx, gateway.Options{Config: s.config, Clock: s.clock, Log: s.log, Accounts: s.accounts, Version: version()})
	if err != nil {
		return exit(exitUsage, "%w", err)
	}
	main, err := net.Listen("tcp", s.config.Listen)
	if err != nil {
		return errors.Join(exit(exitUsage, "%w; choose another address with listen (PLACET_LISTEN, demo: --listen)", err), g.Close())
	}
	servers := []*http.Server{web.Server(g.Handler, s.log)}
	listeners := []net.Listener{main}
	if g.Ops != nil {
		l, err := net.Listen("tcp", s.config.OpsListen)
		if err != nil {
			return errors.Join(exit(exitUsage, "%w; choose another address with ops_listen", err), main.Close(), g.Close())
		}
		servers, listeners = append(servers, web.Server(g.Ops, s.log)), append(listeners, l)
	}
	if err := ready(g); err != nil {
		for _, l := range listeners {
			_ = l.Close()
		}
		return errors.Join(err, g.Close())
	}
	debug.FreeOSMemory() // starting up leaves garbage that an idle gateway would keep
	failed := make(chan error, len(servers))
	for i, srv := range servers {
		go func() {
			if err := srv.Serve(listeners[i]); !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		}()
	}
	loops, stop := context.WithCancel(context.Background())
	defer stop()
	done := make(chan struct{})
	go func() { g.Run(loops); close(done) }()

	var failure error
	select {
	case <-ctx.Done():
	case failure = <-failed:
	}
	g.EndStreams()
	grace, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	for _, srv := range servers {
		failure = errors.Join(failure, srv.Shutdown(grace))
	}
	stop()
	<-done
	return errors.Join(failure, g.Close())
}

// lock refuses a second server on one embedded database. A killed one leaves
// nothing behind: the kernel lets go of the lock.
func (s *server) lock() error {
	if !strings.HasPrefix(s.config.Database, "sqlite:") {
		return nil
	}
	if err := os.MkdirAll(s.config.Data, 0o700); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(s.config.Data, "placet.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return errors.Join(exit(exitUsage, "another server is running on %s; one embedded database takes one server (use PostgreSQL for several)", s.config.Data), f.Close())
	}
	s.lockFile = f
	return nil
}
