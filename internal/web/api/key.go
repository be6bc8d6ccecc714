package api

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"placet/internal/brands"
)

// keyFresh is how long a key that was good is believed without asking again: so
// long, at most, a revoked key still works.
const keyFresh = time.Second

// keyring remembers keys that were good a moment ago, by hash. A key that was
// none is never remembered: made a moment later it works at once. The zero
// value is ready; safe for concurrent use.
type keyring struct {
	mu   sync.Mutex
	seen map[[32]byte]seenKey
}

type seenKey struct {
	brand, id string
	at        time.Time
}

func (k seenKey) fresh(now time.Time) bool {
	age := now.Sub(k.at)
	return age >= 0 && age < keyFresh
}

func (r *keyring) recall(hash [32]byte, now time.Time) (seenKey, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, ok := r.seen[hash]
	return k, ok && k.fresh(now)
}

// remember also forgets what is stale, so there are never more entries than
// keys used within keyFresh.
func (r *keyring) remember(hash [32]byte, k seenKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil {
		r.seen = map[[32]byte]seenKey{}
	}
	for h, old := range r.seen {
		if !old.fresh(k.at) {
			delete(r.seen, h)
		}
	}
	r.seen[hash] = k
}

// errKey is the answer to a key that is missing, unknown or revoked: one and the same.
var errKey = refuse(http.StatusUnauthorized, "unauthorized", "Send a valid API key: Authorization: Bearer KEY.")

// keyed lets a request in by its key and tells the handler whose it is.
func (a *API) keyed(do func(echo.Context, *brands.Brand) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		b, err := a.brand(c.Request().Context(), c.Request().Header.Values(echo.HeaderAuthorization))
		if err != nil {
			return err
		}
		if b == nil {
			c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Bearer realm="placet"`)
			return errKey
		}
		return do(c, b)
	}
}

// brand is whose key an Authorization header carries; nil when it is nobody's.
func (a *API) brand(ctx context.Context, authorization []string) (*brands.Brand, error) {
	if len(authorization) != 1 {
		return nil, nil
	}
	scheme, secret, _ := strings.Cut(authorization[0], " ")
	secret = strings.TrimSpace(secret)
	if !strings.EqualFold(scheme, "Bearer") || secret == "" || len(secret) > 256 {
		return nil, nil
	}
	hash, now := sha256.Sum256([]byte(secret)), a.Now()
	k, ok := a.keys.recall(hash, now)
	if !ok {
		brand, id, err := a.Store.KeyBrand(ctx, secret)
		if err != nil {
			return nil, err
		}
		if brand == "" {
			return nil, nil
		}
		k = seenKey{brand: brand, id: id, at: now}
		a.keys.remember(hash, k)
	}
	b, ok := a.Brands.ByID(k.brand)
	if !ok {
		return nil, nil // the brand is not in force any more, and its keys with it
	}
	return b, nil
}
