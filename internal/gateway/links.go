package gateway

import (
	"context"
	"time"

	"placet/internal/access"
	"placet/internal/store"
)

// LinkStore keeps console links in the database.
type LinkStore struct{ Store *store.Store }

// Save implements access.LinkStore.
func (l LinkStore) Save(ctx context.Context, h access.Hash, brand string, expires time.Time) error {
	return l.Store.SaveLink(ctx, h[:], brand, expires)
}

// Take implements access.LinkStore.
func (l LinkStore) Take(ctx context.Context, h access.Hash) (string, time.Time, error) {
	brand, expires, ok, err := l.Store.TakeLink(ctx, h[:])
	if err == nil && !ok {
		err = access.ErrNoLink
	}
	return brand, expires, err
}
