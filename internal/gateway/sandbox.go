package gateway

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/optin"
	"placet/internal/senders"
	"placet/internal/senders/sandbox"
	"placet/internal/store"
	websandbox "placet/internal/web/sandbox"
)

// sandboxNews is what the sandbox provider tells of a message.
func (g *Gateway) sandboxNews(n senders.News) {
	if err := g.Courier.Hear(context.Background(), n); err != nil {
		g.log.Error("gateway: sandbox news not taken", "error", err)
	}
}

// sandboxText is a text that a magic number sends by itself.
func (g *Gateway) sandboxText(from, to, text string) {
	if _, err := (handset{g}).Receive(context.Background(), from, to, text); err != nil {
		g.log.Error("gateway: sandbox text not taken", "error", err)
	}
}

// handset hands the sandbox's texts to the desk, as a carrier would.
type handset struct{ g *Gateway }

// errNoBrand means that the number texted belongs to nobody.
var errNoBrand = errors.New("no brand has this number")

func (h handset) Receive(ctx context.Context, from, to, text string) (string, error) {
	who, err := address.FromProvider(from)
	if err != nil {
		return "", err
	}
	for _, b := range h.g.Brands.All() {
		for _, n := range b.Numbers {
			if n.Number == to {
				heard, err := h.g.Desk.Receive(ctx, optin.Text{
					Brand: b, Provider: "sandbox", Ref: uuid.NewString(), From: who, To: to, Body: text, At: h.g.opts.Clock.Now(),
					Raw: map[string]string{"From": from, "To": to, "Body": text},
				})
				return heard.Event, err
			}
		}
	}
	return "", fmt.Errorf("number %s: %w", to, errNoBrand)
}

// mailbox shows what left through the sandbox provider.
type mailbox struct{ out *sandbox.Outbox }

func (m mailbox) Messages(to address.Address) []websandbox.Message {
	var out []websandbox.Message
	for _, x := range m.out.Messages(to.Wire()) {
		out = append(out, shown(x))
	}
	return out
}

func (m mailbox) Subscribe() (<-chan websandbox.Message, func()) {
	in, cancel := m.out.Subscribe()
	out := make(chan websandbox.Message, 64)
	go func() {
		defer close(out)
		for x := range in {
			select {
			case out <- shown(x):
			default: // a slow listener misses messages
			}
		}
	}()
	return out, cancel
}

func shown(x sandbox.Message) websandbox.Message {
	return websandbox.Message{ID: x.ID, At: x.At, Channel: x.Channel, From: x.From, To: x.To, Subject: x.Subject, Text: x.Text, HTML: x.HTML}
}

// records tells the sandbox how a person stands.
type records struct{ s *store.Store }

func (r records) Permissions(ctx context.Context, brand string, a address.Address) (consent.Record, error) {
	st, err := r.s.Standings(ctx, brand, []address.Address{a})
	if err != nil {
		return nil, err
	}
	return st[0].Record, nil
}

// outage is the switch that makes the sandbox provider fail.
type outage struct{ out *sandbox.Outbox }

func (o outage) Down() bool        { return o.out.Down.Load() }
func (o outage) SetDown(down bool) { o.out.Down.Store(down) }
