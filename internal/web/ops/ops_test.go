package ops

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
)

func get(o *Ops, path string) *httptest.ResponseRecorder {
	e := echo.New()
	o.Routes(e)
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// Alive says nothing of the database; ready does, without its secrets; what only slows us down is named.
func TestProbes(t *testing.T) {
	for _, c := range []struct {
		name, path string
		notes      []string
		err        error
		status     int
		want       map[string]any
	}{
		{"alive", "/healthz", nil, nil, 200, map[string]any{"status": "alive"}},
		{"alive without a database", "/healthz", nil, errors.New("gone"), 200, map[string]any{"status": "alive"}},
		{"ready", "/readyz", []string{}, nil, 200, map[string]any{"status": "ready", "degraded": []any{}}},
		{"ready without Redis", "/readyz", []string{"redis"}, nil, 200, map[string]any{"status": "ready", "degraded": []any{"redis"}}},
		{"not ready", "/readyz", []string{"redis"}, errors.New("dial postgres://placet:hunter2@db"), 503,
			map[string]any{"status": "not ready", "reason": "the database does not answer or is not migrated", "degraded": []any{"redis"}}},
	} {
		bounded := false
		w := get(&Ops{Registry: prometheus.NewRegistry(), Ready: func(ctx context.Context) ([]string, error) {
			_, bounded = ctx.Deadline()
			return c.notes, c.err
		}}, c.path)
		if w.Code != c.status || strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
		var got map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(c.want)
		if string(a) != string(b) {
			t.Errorf("%s: %s, want %s", c.name, a, b)
		}
		if c.path == "/readyz" && !bounded {
			t.Errorf("%s: a database that hangs would hang the probe", c.name)
		}
	}
}

func TestMetrics(t *testing.T) {
	r := prometheus.NewRegistry()
	m := NewMetrics(r)
	m.Inbound.WithLabelValues("accepted").Add(3)
	m.Messages.WithLabelValues("sms", "delivered").Inc()
	m.Leaf.WithLabelValues("rossi").Set(7)
	w := get(&Ops{Registry: r}, "/metrics")
	for _, want := range []string{
		`placet_inbound_messages_total{result="accepted"} 3`, `placet_outbox_messages_total{channel="sms",fate="delivered"} 1`,
		`placet_ledger_leaf_index{brand="rossi"} 7`,
	} {
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want+"\n") {
			t.Errorf("%d without %s:\n%s", w.Code, want, w.Body)
		}
	}
}
