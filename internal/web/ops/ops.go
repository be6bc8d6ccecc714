// Package ops answers the operator's machines: alive, ready, and how much of what.
package ops

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Ops serves /healthz, /readyz and /metrics.
type Ops struct {
	Ready    func(ctx context.Context) (notes []string, err error) // notes: what is degraded
	Registry *prometheus.Registry
}

// Routes mounts the three.
func (o *Ops) Routes(e *echo.Echo) {
	e.GET("/healthz", func(c echo.Context) error { return c.JSON(http.StatusOK, map[string]string{"status": "alive"}) })
	e.GET("/readyz", o.ready)
	e.GET("/metrics", echo.WrapHandler(promhttp.HandlerFor(o.Registry, promhttp.HandlerOpts{})))
}

// ready: the database can be written to and its schema is ours. What only slows
// us down is named and does not make us unready.
func (o *Ops) ready(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), 2*time.Second)
	defer cancel()
	notes, err := o.Ready(ctx)
	if err != nil {
		return c.JSON(http.StatusServiceUnavailable, map[string]any{"status": "not ready", "reason": "the database does not answer or is not migrated", "degraded": notes})
	}
	return c.JSON(http.StatusOK, map[string]any{"status": "ready", "degraded": notes})
}

// Metrics are the counters of one gateway. No label comes from user input.
type Metrics struct {
	Inbound  *prometheus.CounterVec
	Messages *prometheus.CounterVec
	Leaf     *prometheus.GaugeVec
}

// NewMetrics registers the counters.
func NewMetrics(r *prometheus.Registry) *Metrics {
	m := &Metrics{
		Inbound:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "placet_inbound_messages_total", Help: "Webhooks with a text, by result."}, []string{"result"}),
		Messages: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "placet_outbox_messages_total", Help: "Messages that reached a fate, by channel."}, []string{"channel", "fate"}),
		Leaf:     prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "placet_ledger_leaf_index", Help: "Leaves in the log, by brand."}, []string{"brand"}),
	}
	r.MustRegister(m.Inbound, m.Messages, m.Leaf)
	return m
}
