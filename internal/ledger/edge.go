package ledger

import (
	"bytes"
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// edge is the right edge of a growing tree: all that is needed to append to it.
// Appending costs two hashes on average, the root one per level.
type edge struct {
	size  int64
	peaks [64]tlog.Hash // peaks[k]: the complete subtree of height k, where bit k of size is set
	tiles [][]byte      // by level: the hashes of the last, unfinished tile
	done  []Tile        // tiles finished since the caller last took them
}

// append adds a leaf hash. The new subtree of every height that the leaf
// completes passes by; every eighth height is kept in a tile.
func (e *edge) append(h tlog.Hash) {
	for k := 0; ; k++ {
		if k%tileHeight == 0 {
			e.keep(k/tileHeight, e.size>>k>>tileHeight, h)
		}
		if e.size>>k&1 == 0 {
			e.peaks[k] = h
			break
		}
		h = tlog.NodeHash(e.peaks[k], h)
	}
	e.size++
}

func (e *edge) keep(level int, index int64, h tlog.Hash) {
	if level == len(e.tiles) {
		e.tiles = append(e.tiles, nil)
	}
	if e.tiles[level] == nil {
		e.tiles[level] = make([]byte, 0, tileWidth*tlog.HashSize)
	}
	t := append(e.tiles[level], h[:]...)
	if len(t) == tileWidth*tlog.HashSize {
		e.done = append(e.done, Tile{TileID{level, index}, t})
		t = nil
	}
	e.tiles[level] = t
}

func (e *edge) root() tlog.Hash {
	var root tlog.Hash
	lowest := true
	for k := range e.peaks {
		switch {
		case e.size>>k&1 == 0:
		case lowest:
			root, lowest = e.peaks[k], false
		default:
			root = tlog.NodeHash(e.peaks[k], root)
		}
	}
	if lowest {
		root, _ = tlog.TreeHash(0, nil) // RFC 6962: the hash of nothing
	}
	return root
}

// partial returns the unfinished tiles.
func (e *edge) partial() []Tile {
	var tiles []Tile
	for level, hashes := range e.tiles {
		if len(hashes) > 0 {
			tiles = append(tiles, Tile{TileID{level, e.size >> (tileHeight * level) >> tileHeight}, hashes})
		}
	}
	return tiles
}

// loadEdge reads the edge of the tree that at is the head of, in one call, and
// checks it against at's root: nothing may be built on a damaged edge.
func loadEdge(ctx context.Context, r Reader, brand string, at Checkpoint) (*edge, error) {
	e := &edge{size: at.Size}
	if at.Size == 0 {
		return e, nil
	}
	var want []tlog.Tile
	for level := 0; at.Size>>(tileHeight*level) > 0; level++ {
		e.tiles = append(e.tiles, nil)
		if w := at.Size >> (tileHeight * level) % tileWidth; w > 0 {
			want = append(want, tlog.Tile{H: tileHeight, L: level, N: at.Size >> (tileHeight * level) >> tileHeight, W: int(w)})
		}
	}
	hashes, err := (&tileReader{ctx, r, brand}).ReadTiles(want)
	if err != nil {
		return nil, err
	}
	for i, t := range want {
		e.tiles[t.L] = append(make([]byte, 0, tileWidth*tlog.HashSize), hashes[i]...)
		for k := tileHeight * t.L; k < tileHeight*(t.L+1); k++ {
			if at.Size>>k&1 == 0 {
				continue
			}
			e.peaks[k], err = tlog.HashFromTile(t, hashes[i], tlog.StoredHashIndex(k, at.Size>>k-1))
			if err != nil {
				return nil, fmt.Errorf("ledger: edge of %s at size %d: %w", brand, at.Size, err)
			}
		}
	}
	if e.root() != at.Root {
		return nil, fmt.Errorf("ledger: the stored tiles of %s do not give the root of its checkpoint at size %d; run the ledger's verify", brand, at.Size)
	}
	return e, nil
}

// tileReader reads exact widths from a store that keeps the widest.
type tileReader struct {
	ctx   context.Context
	r     Reader
	brand string
}

func (t *tileReader) Height() int { return tileHeight }

func (t *tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

func (t *tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	ids := make([]TileID, len(tiles))
	for i, tile := range tiles {
		ids[i] = TileID{tile.L, tile.N}
	}
	hashes, err := t.r.Tiles(t.ctx, t.brand, ids)
	if err != nil {
		return nil, fmt.Errorf("ledger: reading %d tiles of %s: %w", len(ids), t.brand, err)
	}
	if len(hashes) != len(ids) {
		return nil, fmt.Errorf("ledger: the store answered %d tiles of %s, want %d", len(hashes), t.brand, len(ids))
	}
	for i, tile := range tiles {
		if len(hashes[i]) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("ledger: stored tile %d/%d of %s has %d bytes, want at least %d; run the ledger's verify",
				tile.L, tile.N, t.brand, len(hashes[i]), tile.W*tlog.HashSize)
		}
		hashes[i] = bytes.Clone(hashes[i][:tile.W*tlog.HashSize])
	}
	return hashes, nil
}
