// Package access says who may act for a brand. A console link is shown once,
// works once and is kept only as a hash: a copy of the database signs nobody in.
package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"
)

// How long a link is good for.
const (
	ForOperator = 15 * time.Minute // printed by `gateway console link`
	ForDemo     = 12 * time.Hour   // printed when the demo starts
)

// ErrNoLink is the one answer to a link that is unknown, used or too old: which
// of the three is nobody's business but its owner's.
var ErrNoLink = errors.New("access: this console link was used, is too old or was never made; `gateway console link` prints a new one")

// Hash is SHA-256 of a token. The token has 128 random bits or more, so neither salt nor stretching is needed.
type Hash [sha256.Size]byte

// LinkStore keeps the hashes of links.
type LinkStore interface {
	// Save keeps a link.
	Save(ctx context.Context, h Hash, brand string, expires time.Time) error
	// Take hands a link out and forgets it, in one transaction: of two callers
	// one gets it. Unknown: ErrNoLink.
	Take(ctx context.Context, h Hash) (brand string, expires time.Time, err error)
}

// Links mints and redeems one-time console links.
type Links struct {
	Store LinkStore
	Now   func() time.Time
}

// Mint makes a link to one brand's console and returns its token (26 letters and
// digits, 130 bits), which is kept nowhere.
func (l *Links) Mint(ctx context.Context, brand string, valid time.Duration) (token string, err error) {
	token = rand.Text()
	if err := l.Store.Save(ctx, sha256.Sum256([]byte(token)), brand, l.Now().Add(valid)); err != nil {
		return "", fmt.Errorf("access: keep a console link for %s: %w", brand, err)
	}
	return token, nil
}

// Redeem uses a link up and names the brand it opens. ErrNoLink: it opens nothing.
func (l *Links) Redeem(ctx context.Context, token string) (brand string, err error) {
	brand, expires, err := l.Store.Take(ctx, sha256.Sum256([]byte(token)))
	switch {
	case errors.Is(err, ErrNoLink):
		return "", ErrNoLink
	case err != nil:
		return "", fmt.Errorf("access: look up a console link: %w", err)
	case !l.Now().Before(expires):
		return "", ErrNoLink
	}
	return brand, nil
}
