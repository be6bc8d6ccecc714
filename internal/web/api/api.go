// Package api is the REST door for a retailer's own applications. The brand
// comes from the API key and nothing else, so one brand never sees another; a
// request either does all it says or answers with an RFC 9457 problem that
// repeats nothing personal.
package api

import (
	"context"
	"log/slog"
	"time"

	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/optin"
	"placet/internal/policy"
)

// Desk takes requests for permissions.
type Desk interface {
	// Join opens a double opt-in; an equal Press.Nonce has no second effect.
	Join(ctx context.Context, j optin.Joining) (event string, err error)
}

// Store reads. The brand is the first argument of everything, and what belongs
// to another brand is nobody's. A database that does not answer is optin.ErrUnavailable.
type Store interface {
	// KeyBrand says which brand a live API key belongs to; empty when it is none.
	KeyBrand(ctx context.Context, secret string) (brand, id string, err error)
	// People reads how people stand, in the order given; unknown ones are New.
	People(ctx context.Context, brand string, who []address.Address) ([]*optin.Draft, error)
	// Contact reads a person and when they became known; optin.ErrNobody.
	Contact(ctx context.Context, brand string, who optin.Who) (*optin.Draft, time.Time, error)
	// Timeline reads a person's events, newest first, from before an event on; optin.ErrNobody.
	Timeline(ctx context.Context, brand, person, before string, n int) ([]optin.TrailEvent, error)
	// Feed reads events in the order of the brand's log, after a place; -1 is before the first.
	Feed(ctx context.Context, brand string, after int64, n int) ([]optin.TrailEvent, error)
	// Event reads one event; optin.ErrNobody.
	Event(ctx context.Context, brand, id string) (optin.TrailEvent, error)
	// Notice reads a published notice version by language; empty when there is none.
	Notice(ctx context.Context, brand, notice, version string) (map[string]string, error)
}

// Brands finds the brand in force.
type Brands interface {
	ByID(id string) (*brands.Brand, bool)
}

// API is the REST door. Every field is needed.
type API struct {
	Desk   Desk
	Store  Store
	Brands Brands
	Policy *policy.Book
	Now    func() time.Time
	Log    *slog.Logger

	keys keyring
}
