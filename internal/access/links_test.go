package access_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"placet/internal/access"
)

type kept struct {
	brand   string
	expires time.Time
}

type memory struct {
	links map[access.Hash]kept
	fail  error
}

func (m *memory) Save(_ context.Context, h access.Hash, brand string, expires time.Time) error {
	m.links[h] = kept{brand, expires}
	return m.fail
}

func (m *memory) Take(_ context.Context, h access.Hash) (string, time.Time, error) {
	k, ok := m.links[h]
	if m.fail != nil {
		return "", time.Time{}, m.fail
	}
	if !ok {
		return "", time.Time{}, access.ErrNoLink
	}
	delete(m.links, h)
	return k.brand, k.expires, nil
}

func TestLinks(t *testing.T) {
	minted := time.Date(2026, 3, 9, 14, 0, 0, 0, time.UTC)
	broken := errors.New("disk full")
	for _, c := range []struct {
		name  string
		after time.Duration
		uses  int
		token string // instead of the minted one
		fail  error
		want  error
	}{
		{name: "once", after: time.Minute, uses: 1},
		{name: "twice", after: time.Minute, uses: 2, want: access.ErrNoLink},
		{name: "in the last second", after: 15*time.Minute - time.Second, uses: 1},
		{name: "too late", after: 15 * time.Minute, uses: 1, want: access.ErrNoLink},
		{name: "guessed", uses: 1, token: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", want: access.ErrNoLink},
		{name: "empty", uses: 1, token: " ", want: access.ErrNoLink},
		{name: "no database", uses: 1, fail: broken, want: broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := minted
			m := &memory{links: map[access.Hash]kept{}}
			l := &access.Links{Store: m, Now: func() time.Time { return now }}
			token, err := l.Mint(t.Context(), "rossi", access.ForOperator)
			if err != nil || len(token) < 26 {
				t.Fatalf("minted %d characters, %v", len(token), err)
			}
			if c.token != "" {
				token = c.token
			}
			now, m.fail = minted.Add(c.after), c.fail
			var brand string
			for range c.uses {
				brand, err = l.Redeem(t.Context(), token)
			}
			if !errors.Is(err, c.want) || (err == nil) != (brand == "rossi") {
				t.Errorf("redeemed for %q, %v; want %v", brand, err, c.want)
			}
		})
	}
}

func TestMintSaysWhenNothingWasKept(t *testing.T) {
	m := &memory{links: map[access.Hash]kept{}, fail: errors.New("disk full")}
	l := &access.Links{Store: m, Now: time.Now}
	if token, err := l.Mint(t.Context(), "rossi", access.ForDemo); err == nil || token != "" {
		t.Errorf("got a link of %d characters that opens nothing, %v", len(token), err)
	}
}
