package trace

import (
	"sync"
	"testing"
)

// Without a hub, or with nobody at it, telling costs nothing and harms nobody.
func TestNobodyListens(t *testing.T) {
	var none *Hub
	none.Tell(Step{})
	if none.Listening() {
		t.Error("somebody listens to no hub")
	}
	h := &Hub{}
	h.Tell(Step{Title: "unheard"})
	steps, stop := h.Listen()
	if !h.Listening() {
		t.Error("nobody listens")
	}
	h.Tell(Step{Title: "heard"})
	if s := <-steps; s.Title != "heard" {
		t.Errorf("heard %q", s.Title)
	}
	stop()
	if h.Listening() {
		t.Error("somebody listens still")
	}
	h.Tell(Step{Title: "too late"})
	if len(steps) != 0 {
		t.Error("told after the end")
	}
	stop() // twice is once
}

// Every listener hears every step in order; one that does not keep up misses
// steps and keeps nobody waiting.
func TestListeners(t *testing.T) {
	h := &Hub{}
	quick, stopQuick := h.Listen()
	slow, stopSlow := h.Listen()
	defer stopSlow()
	for i := range 1000 {
		h.Tell(Step{Detail: map[string]any{"n": i}})
		if s := <-quick; s.Detail["n"] != i {
			t.Fatalf("step %v, want %d", s.Detail["n"], i)
		}
	}
	stopQuick()
	kept := len(slow)
	if kept == 0 || kept == 1000 {
		t.Fatalf("the slow one kept %d", kept)
	}
	for i := range kept {
		if s := <-slow; s.Detail["n"] != i {
			t.Errorf("the slow one heard %v, want %d", s.Detail["n"], i)
		}
	}
}

func TestComeAndGo(t *testing.T) {
	h := &Hub{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				_, stop := h.Listen()
				h.Tell(Step{})
				stop()
			}
		})
	}
	wg.Wait()
	if h.Listening() {
		t.Error("somebody stayed")
	}
}
