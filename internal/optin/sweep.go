package optin

import (
	"context"
	"errors"
	"time"

	"placet/internal/consent"
)

// Sweep writes down the silence of up to n people whose question's window has
// closed, and says how many. Silence is expired, never refused.
func (d *Desk) Sweep(ctx context.Context, n int) (done int, failed error) {
	now := d.Now().UTC()
	lapsed, err := d.Store.Lapsed(ctx, now, n)
	if err != nil {
		return 0, err
	}
	for _, ref := range lapsed {
		b, ok := d.Brands.ByID(ref.Brand)
		if !ok {
			continue
		}
		_, _, err := d.perform(ctx, Cause{Brand: ref.Brand, Source: "sweep", Ref: ref.Person + "@" + now.Format(time.RFC3339Nano)}, Who{Person: ref.Person}, func(dr *Draft) (*scene, error) {
			if len(dr.Addresses) == 0 {
				return nil, ErrNobody
			}
			var keys []consent.Key
			channel := consent.SMS
			for _, k := range dr.Record.Keys() {
				if p := dr.Record[k]; p.State == consent.Pending && !now.Before(p.Until) {
					keys, channel = append(keys, k), k.Channel
				}
			}
			if len(keys) == 0 {
				return nil, consent.ErrNothingPending // somebody was faster
			}
			to := dr.Address(channel.Reaches())
			if to.IsZero() {
				to = dr.Addresses[0].Address
			}
			s := d.begin(b, dr, to, channel, b.Speaks(dr.Facts.Language))
			dr.Event.Type, dr.Event.Method, dr.Event.OpenedBy = consent.Expire, "silence", "brand"
			cs, err := dr.Act(consent.Act{Kind: consent.Expire, At: now, Keys: keys})
			s.changed(cs)
			return s, err
		})
		switch {
		case err == nil:
			done++
		case errors.Is(err, consent.ErrNothingPending), errors.Is(err, ErrNobody):
		default:
			failed = errors.Join(failed, err) // the others' silence counts too
		}
	}
	return done, failed
}

// CarrierStop records that a provider holds an opt-out of the person that never
// reached us as a text (Twilio error 21610). ref names the message it was told for.
func (d *Desk) CarrierStop(ctx context.Context, brand, person string, channel consent.Channel, ref string) error {
	b, ok := d.Brands.ByID(brand)
	if !ok {
		return nil
	}
	_, _, err := d.perform(ctx, Cause{Brand: brand, Source: "carrier", Ref: ref}, Who{Person: person}, func(dr *Draft) (*scene, error) {
		s := d.begin(b, dr, dr.Address(channel.Reaches()), channel, b.Speaks(dr.Facts.Language))
		dr.Event.Method, dr.Event.Point = "carrier", ref
		cs, _, err := s.withdraw([]consent.Channel{channel}, b.AllTopics(), true)
		s.quiet = false // the call under way is the one that told us
		s.changed(cs)
		return s, err
	})
	return err
}
