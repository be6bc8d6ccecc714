package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/message"
	"placet/internal/trace"
	"placet/internal/web/sandbox"
)

// gateway is a scripted gateway: just enough of CARTA, SI and STOP to see the
// sandbox at work. Everything that changes state is counted.
type gateway struct {
	mu       sync.Mutex
	now      time.Time
	down     bool
	fail     error
	sent     []sandbox.Message
	subs     map[chan sandbox.Message]bool
	records  map[string]consent.Record
	received []string
	visits   []string
	events   int
	hub      trace.Hub
	url      string
}

var rossi = &brands.Brand{
	ID: "rossi", Name: "Rossi Moda", Country: "IT", Languages: []string{"it", "en", "fr", "bg"},
	Twilio:  brands.Twilio{Account: "ACdddddddddddddddddddddddddddddddd"},
	Numbers: []brands.Number{{Number: "41430"}},
	Topics:  []consent.Topic{consent.Info, consent.Offers, consent.Profiling},
	Programs: []brands.Program{
		{ID: "carta", Benefit: "card", Words: map[string][]string{"it": {"CARTA"}, "fr": {"CARTE"}, "bg": {"КАРТА"}}, Codes: brands.Codes{Check: "luhn", Issued: []string{"123456"}}},
		{ID: "scontrino", Benefit: "receipt", Words: map[string][]string{"it": {"SCONTRINO"}}, Codes: brands.Codes{Check: "crockford"}},
		{ID: "offerte", Words: map[string][]string{"it": {"OFFERTE"}, "en": {"OFFERS"}}},
	},
}

var nord = &brands.Brand{ID: "nord", Name: "Nord", Country: "FR", Numbers: []brands.Number{{Number: "36200"}}}

func (g *gateway) Now() time.Time { g.mu.Lock(); defer g.mu.Unlock(); return g.now }

func (g *gateway) Advance(d time.Duration) { g.mu.Lock(); defer g.mu.Unlock(); g.now = g.now.Add(d) }

func (g *gateway) Down() bool { g.mu.Lock(); defer g.mu.Unlock(); return g.down }

func (g *gateway) SetDown(d bool) { g.mu.Lock(); defer g.mu.Unlock(); g.down = d }

func (g *gateway) Messages(to address.Address) []sandbox.Message {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []sandbox.Message
	for _, m := range g.sent {
		if to.IsZero() || strings.EqualFold(m.To, to.Wire()) {
			out = append(out, m)
		}
	}
	return out
}

func (g *gateway) Subscribe() (<-chan sandbox.Message, func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := make(chan sandbox.Message, 64)
	g.subs[c] = true
	return c, func() { g.mu.Lock(); defer g.mu.Unlock(); delete(g.subs, c) }
}

func (g *gateway) listeners() int { g.mu.Lock(); defer g.mu.Unlock(); return len(g.subs) }

func (g *gateway) Permissions(_ context.Context, brand string, a address.Address) (consent.Record, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fail != nil {
		return nil, g.fail
	}
	out := consent.Record{}
	for k, p := range g.records[brand+a.Wire()] {
		out[k] = p
	}
	return out, nil
}

// say sends a message.
func (g *gateway) say(m sandbox.Message) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m.At = g.now
	g.sent = append(g.sent, m)
	for c := range g.subs {
		c <- m
	}
}

func (g *gateway) Receive(_ context.Context, from, to, text string) (string, error) {
	g.mu.Lock()
	if g.fail != nil {
		g.mu.Unlock()
		return "", g.fail
	}
	g.received = append(g.received, from+" "+to+" "+text)
	g.events++
	event := fmt.Sprintf("ev-%04d", g.events)
	g.mu.Unlock()
	go g.journey(event, from, to, text)
	return event, nil
}

func (g *gateway) journey(event, from, to, text string) {
	at := g.Now()
	tell := func(after time.Duration, stage trace.Stage, title string, detail map[string]any) {
		g.hub.Tell(trace.Step{At: at.Add(after), Brand: "rossi", Journey: event, Stage: stage, Title: title, Detail: detail})
	}
	change := func(to consent.State) {
		k := consent.Key{Channel: consent.SMS, Topic: consent.Offers}
		g.mu.Lock()
		rec := g.records["rossi"+from]
		if rec == nil {
			rec = consent.Record{}
			g.records["rossi"+from] = rec
		}
		was := rec.At(k, at).State
		rec[k] = consent.Permission{State: to}
		g.mu.Unlock()
		tell(4*time.Millisecond, trace.Permission, fmt.Sprintf("sms offers: %s → %s", was, to), map[string]any{
			"cells": []map[string]any{{"channel": k.Channel, "topic": k.Topic, "from": was, "to": to}}})
	}
	send := func(kind message.Kind, text string) {
		tell(6*time.Millisecond, trace.Decision, "allow by rule all-requested", map[string]any{"verdict": "allow", "rule": "all-requested", "reason": "The person started this contact."})
		id := fmt.Sprintf("msg_%s_%s", event, kind)
		tell(7*time.Millisecond, trace.Outbox, "sms queued: "+string(kind), map[string]any{"kind": kind, "message": id})
		if g.Down() {
			tell(20*time.Millisecond, trace.Provider, "sandbox is down; again in 30 s", map[string]any{"again": "30s"})
			return
		}
		g.say(sandbox.Message{ID: id, Channel: consent.SMS, From: to, To: from, Text: text})
		tell(20*time.Millisecond, trace.Provider, "sandbox took it", map[string]any{"message": id, "fate": "accepted"})
		tell(31*time.Millisecond, trace.Fate, "delivered", map[string]any{"message": id, "fate": "delivered"})
	}
	tell(0, trace.Arrived, fmt.Sprintf("“%s” to %s, signature valid", text, to), map[string]any{"from": from, "to": to, "body": text, "signature": "valid"})
	word, _, _ := strings.Cut(strings.ToUpper(text), " ")
	tell(time.Millisecond, trace.Read, "read as "+word, map[string]any{"intent": word, "rule": "program-word"})
	done := func() {
		tell(5*time.Millisecond, trace.Evidence, "evidence "+event, map[string]any{"event": event, "schema": "gw-1"})
		tell(900*time.Millisecond, trace.Leaf, "leaf 8,812 of rossi’s log", map[string]any{"leaf_index": 8812, "leaf_hash": "b51f0c…"})
	}
	switch word {
	case "CARTA":
		tell(2*time.Millisecond, trace.Benefit, "card 123456 activated", map[string]any{"program": "carta", "outcome": "activated"})
		change(consent.Pending)
		done()
		send(message.Service, "Rossi Moda: la tua carta 123456 è attiva.")
		send(message.Invitation, "Rossi Moda: vuoi ricevere le nostre offerte via SMS, max 4 al mese? Rispondi SI. Nessuna risposta = nessun messaggio. Info: "+g.url+"/n/rossi/privacy/3")
	case "SI":
		change(consent.Granted)
		done()
		send(message.Service, "Rossi Moda: fatto, riceverai le offerte. Preferenze e ricevuta: "+g.url+"/p/Zk3qv9T2mJ7x. STOP per uscire.")
	case "STOP":
		change(consent.Withdrawn)
		done()
		send(message.Service, "Rossi Moda: non riceverai altri SMS.")
	default:
		done()
	}
}

// start serves the sandbox over a scripted gateway.
func start(tb testing.TB, mend ...func(*sandbox.Handler)) (*gateway, *sandbox.Handler, *httptest.Server) {
	tb.Helper()
	g := &gateway{now: time.Date(2026, 3, 9, 14, 3, 0, 0, time.UTC), subs: map[chan sandbox.Message]bool{}, records: map[string]consent.Record{}}
	e := echo.New()
	visit := func(c echo.Context) error {
		g.mu.Lock()
		g.visits = append(g.visits, c.Request().Method+" "+c.Request().URL.Path)
		g.mu.Unlock()
		return c.HTML(http.StatusOK, "<!doctype html><title>Preferences</title><p>Preferences")
	}
	e.Match([]string{http.MethodGet, http.MethodHead}, "/p/:token", visit)
	e.POST("/hooks/twilio/:account/sms", func(c echo.Context) error {
		g.mu.Lock()
		g.visits = append(g.visits, "hook "+c.FormValue("Body"))
		g.mu.Unlock()
		if c.Request().Header.Get("X-Twilio-Signature") == "" || c.Param("account") != rossi.Twilio.Account {
			return errors.New("the forger forgot the form of a signature")
		}
		return c.String(http.StatusForbidden, "signature does not match")
	})
	h := &sandbox.Handler{Site: e, Brands: func() []*brands.Brand { return []*brands.Brand{rossi, nord} },
		Desk: g, Outbox: g, Records: g, Hub: &g.hub, Provider: g, Clock: g}
	for _, f := range mend {
		f(h)
	}
	h.Routes(e)
	srv := httptest.NewUnstartedServer(e)
	srv.Config.RegisterOnShutdown(h.Close)
	srv.Start()
	tb.Cleanup(func() { h.Close(); srv.Close() })
	g.url, h.PublicURL = srv.URL, srv.URL
	return g, h, srv
}
