// Package sandbox is the browser's play room: a phone, a mailbox, and the live
// trace of what each text or click set off. It is mounted only where the sandbox
// provider carries the messages, so nothing said here can reach a real person.
package sandbox

import (
	"context"
	"net/http"
	"sync"
	"time"

	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/trace"
)

// Desk takes a text as a carrier would hand it over.
type Desk interface {
	// Receive returns the evidence event once it is durable. An error means
	// nothing was saved. From is E.164; to is a number of a brand.
	Receive(ctx context.Context, from, to, text string) (event string, err error)
}

// Message is one message the sandbox provider took, as scripts read it.
type Message struct {
	ID      string          `json:"id"` // as the trace names it, ours or the provider's; empty: the page gets one made of the content, and no delivery ticks
	At      time.Time       `json:"at"`
	Channel consent.Channel `json:"channel"`
	From    string          `json:"from"`
	To      string          `json:"to"` // in clear: nobody real is here
	Subject string          `json:"subject"`
	Text    string          `json:"text"`
	HTML    string          `json:"html"`
}

// Outbox is what left through the sandbox provider.
type Outbox interface {
	// Messages lists what left to one address, or to everybody for the zero Address; oldest first.
	Messages(to address.Address) []Message
	// Subscribe hands over each message as it leaves, until the returned function
	// is called. It never blocks the provider: a slow listener misses messages.
	Subscribe() (<-chan Message, func())
}

// Records tells permissions as they stand.
type Records interface {
	// Permissions is the record of the person behind an address; empty for a stranger.
	Permissions(ctx context.Context, brand string, a address.Address) (consent.Record, error)
}

// Clock is the demo's time, which can be moved forward.
type Clock interface {
	Now() time.Time
	Advance(d time.Duration)
}

// Provider is the switch that makes the sandbox provider fail.
type Provider interface {
	Down() bool
	SetDown(down bool)
}

// SIM is a number on offer in the phone.
type SIM struct {
	Number   string `json:"number"` // E.164
	Name     string `json:"name"`
	Place    string `json:"place"`
	Language string `json:"language"` // of the suggested words
	Note     string `json:"note"`     // what is special about it; empty for an ordinary number
}

// SIMs are the ordinary numbers on offer.
var SIMs = []SIM{
	{Number: "+393475550101", Name: "Giulia", Place: "Italy", Language: "it"},
	{Number: "+33655555001", Name: "Camille", Place: "France", Language: "fr"},
	{Number: "+359887555010", Name: "Камелия", Place: "Bulgaria", Language: "bg"},
}

// Magic are the numbers with a fate of their own at the sandbox provider.
var Magic = []SIM{
	{Number: "+393990000001", Name: "…0001", Language: "it", Note: "always delivered"},
	{Number: "+393990000002", Name: "…0002", Language: "it", Note: "never delivered"},
	{Number: "+393990000003", Name: "…0003", Language: "it", Note: "busy once, then taken"},
	{Number: "+393990000004", Name: "…0004", Language: "it", Note: "no answer in time"},
	{Number: "+393990000005", Name: "…0005", Language: "it", Note: "texts STOP after 2 s"},
}

// Handler serves the sandbox. All fields are needed except those said to be optional.
type Handler struct {
	PublicURL string                 // where links point, without trailing slash
	Site      http.Handler           // the whole gateway: the scanner and the forger go through its front door, in process
	Brands    func() []*brands.Brand // the brands that can be texted
	Desk      Desk
	Outbox    Outbox
	Records   Records
	Hub       *trace.Hub
	Provider  Provider
	Clock     Clock         // optional: nil hides the control
	KeepAlive time.Duration // between comments on a silent stream; default 15 s
	closing   chan struct{} // closed by Close
	once      struct{ open, end sync.Once }
}

// Close ends the open streams, so that a server can shut down. It may be called more than once.
func (h *Handler) Close() {
	h.once.end.Do(func() { close(h.done()) })
}

func (h *Handler) done() chan struct{} {
	h.once.open.Do(func() { h.closing = make(chan struct{}) })
	return h.closing
}

// brandAt finds the brand that owns an inbound number.
func (h *Handler) brandAt(number string) *brands.Brand {
	for _, b := range h.Brands() {
		for _, n := range b.Numbers {
			if n.Number == number {
				return b
			}
		}
	}
	return nil
}
