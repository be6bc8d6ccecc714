package gateway

import (
	"context"
	"encoding/base64"
	"slices"

	"placet/internal/consent"
	"placet/internal/message"
	"placet/internal/web/console"
)

// overview fills the console's start page.
type overview struct{ g *Gateway }

func (o overview) Overview(ctx context.Context, brand string) (console.Overview, error) {
	b, ok := o.g.Brands.ByID(brand)
	if !ok {
		return console.Overview{}, errNoBrand
	}
	sum, err := o.g.Store.Summary(ctx, brand)
	if err != nil {
		return console.Overview{}, err
	}
	v := console.Overview{
		Brand: b.Name, At: o.g.opts.Clock.Now().In(b.Location()), MayWrite: sum.MayWrite, Waiting: sum.Waiting, Left: sum.Left,
		Unsequenced: sum.Unsequenced, Version: o.g.opts.Version, Schema: consent.Schema,
	}
	for _, c := range sum.Cells {
		v.Permissions = append(v.Permissions, console.PermissionCount{Channel: c.Channel, Topic: c.Topic, State: c.State, People: c.People})
	}
	for f, n := range sum.Fates {
		v.Messages = append(v.Messages, console.FateCount{Fate: message.Fate(f), Messages: n})
	}
	if cp := sum.Checkpoint; cp.Size > 0 {
		v.Checkpoint = &console.Checkpoint{Size: cp.Size, Root: base64.StdEncoding.EncodeToString(cp.Root[:]), At: cp.At}
	}
	for _, e := range sum.Events {
		v.Events = append(v.Events, console.Event{
			ID: e.ID, At: e.At, Act: e.Type, Method: e.Method, Address: e.Masked, Changes: e.Changes, Leaf: e.LeafIndex,
		})
	}
	for _, p := range b.Programs {
		cp := console.Program{ID: p.ID, Name: p.Name[b.Languages[0]], Benefit: p.Benefit}
		for _, l := range append([]string{""}, b.Languages...) {
			for _, w := range p.Words[l] {
				if !slices.Contains(cp.Words, w) {
					cp.Words = append(cp.Words, w)
				}
			}
		}
		v.Programs = append(v.Programs, cp)
	}
	return v, nil
}
