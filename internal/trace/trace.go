// Package trace tells, step by step, how a text or a click travels: from
// signature to words, decision, evidence, outbox and delivery. The sandbox shows
// it live; nothing is kept and nothing depends on it.
package trace

import (
	"sync"
	"time"
)

// Stage is a station of a journey, in the order in which they are passed.
type Stage string

// The stages.
const (
	Arrived    Stage = "arrived"    // a text or a click, signature checked
	Read       Stage = "read"       // words -> intent and rule
	Benefit    Stage = "benefit"    // card, receipt, Wi-Fi
	Permission Stage = "permission" // which cells of the matrix changed
	Decision   Stage = "decision"   // what policy said of an outgoing message
	Evidence   Stage = "evidence"   // the event is durable
	Leaf       Stage = "leaf"       // its place in the ledger
	Outbox     Stage = "outbox"     // a message was queued or cancelled
	Provider   Stage = "provider"   // an attempt began or was answered
	Fate       Stage = "fate"       // what became of it
)

// Step is one station passed.
type Step struct {
	At      time.Time      `json:"at"`
	Brand   string         `json:"brand"`
	Journey string         `json:"journey"` // the evidence event all steps of a journey share
	Stage   Stage          `json:"stage"`
	Title   string         `json:"title"` // one line for people
	Detail  map[string]any `json:"detail,omitempty"`
}

// Hub hands steps to whoever listens now. The zero value works and costs
// nothing while nobody listens.
type Hub struct {
	mu   sync.Mutex
	subs map[chan Step]struct{}
}

// Listening reports whether anybody would hear a step, so that callers may skip making one.
func (h *Hub) Listening() bool {
	if h == nil {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.subs) > 0
}

// Tell hands a step to every listener; one that does not keep up misses it.
func (h *Hub) Tell(s Step) {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.subs {
		select {
		case c <- s:
		default:
		}
	}
}

// Listen returns a channel of steps and the function that ends it.
func (h *Hub) Listen() (<-chan Step, func()) {
	c := make(chan Step, 256)
	h.mu.Lock()
	if h.subs == nil {
		h.subs = map[chan Step]struct{}{}
	}
	h.subs[c] = struct{}{}
	h.mu.Unlock()
	return c, func() {
		h.mu.Lock()
		delete(h.subs, c)
		h.mu.Unlock()
	}
}
