package ledger

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Path names a static resource of a log as tlog-tiles does: "tile/<L>/<N>[.p/<W>]"
// for hashes, "tile/entries/<N>[.p/<W>]" for the entries themselves.
type Path struct {
	TileID
	Entries bool // a bundle of entries; Level is 0
	Width   int  // 1 to 256 hashes or entries
}

// String writes the path: tile/0/x001/x234/067.p/5.
func (p Path) String() string {
	n := fmt.Sprintf("%03d", p.Index%1000)
	for rest := p.Index / 1000; rest > 0; rest /= 1000 {
		n = fmt.Sprintf("x%03d/%s", rest%1000, n)
	}
	level := strconv.Itoa(p.Level)
	if p.Entries {
		level = "entries"
	}
	if p.Width < tileWidth {
		return fmt.Sprintf("tile/%s/%s.p/%d", level, n, p.Width)
	}
	return "tile/" + level + "/" + n
}

// ParsePath reads a path in its one spelling.
func ParsePath(s string) (Path, error) {
	bad := fmt.Errorf(`%w: %q is not a tile path; they read "tile/0/x001/234" or "tile/entries/001.p/7"`, ErrNotFound, s)
	rest, ok := strings.CutPrefix(s, "tile/")
	level, rest, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 {
		return Path{}, bad
	}
	p := Path{Entries: level == "entries", Width: tileWidth}
	var err error
	if !p.Entries {
		if p.Level, err = strconv.Atoi(level); err != nil || p.Level < 0 || p.Level > 63 {
			return Path{}, bad
		}
	}
	digits, width, partial := strings.Cut(rest, ".p/")
	if partial {
		if p.Width, err = strconv.Atoi(width); err != nil || p.Width < 1 || p.Width >= tileWidth {
			return Path{}, bad
		}
	}
	p.Index, err = strconv.ParseInt(strings.NewReplacer("x", "", "/", "").Replace(digits), 10, 64)
	if err != nil || p.Index < 0 || p.String() != s {
		return Path{}, bad
	}
	return p, nil
}

// Within says whether the log of the given size has the resource. A partial tile
// stays available after it has been filled.
func (p Path) Within(size int64) bool {
	hashes := size >> (tileHeight * p.Level)
	full := hashes >> tileHeight
	return p.Index < full || p.Index == full && int64(p.Width) <= hashes%tileWidth
}

// Resource returns the bytes of a resource, which never change: hashes, or
// entries each preceded by its length in two bytes, big-endian (tlog-tiles, "Log
// entries"). It returns ErrNotFound when the signed log does not reach that far.
func Resource(ctx context.Context, src Source, brand string, p Path) ([]byte, error) {
	head, err := src.Latest(ctx, brand)
	if err != nil {
		return nil, fmt.Errorf("ledger: latest checkpoint of %s: %w", brand, err)
	}
	if !p.Within(head.Size) {
		return nil, fmt.Errorf("%w: %s of %s at size %d", ErrNotFound, p, brand, head.Size)
	}
	if !p.Entries {
		tiles, err := (&tileReader{ctx, src, brand}).ReadTiles([]tlog.Tile{{H: tileHeight, L: p.Level, N: p.Index, W: p.Width}})
		if err != nil {
			return nil, err
		}
		return tiles[0], nil
	}
	placed, err := src.Placed(ctx, brand, p.Index*tileWidth, p.Width)
	if err != nil {
		return nil, fmt.Errorf("ledger: entries of %s: %w", brand, err)
	}
	want := p.Width * (2 + len(Entry{}.Data))
	bundle := make([]byte, 0, want)
	for i, e := range placed {
		if e.Index != p.Index*tileWidth+int64(i) {
			break
		}
		bundle = binary.BigEndian.AppendUint16(bundle, uint16(len(e.Data)))
		bundle = append(bundle, e.Data[:]...)
	}
	if len(bundle) != want {
		return nil, fmt.Errorf("ledger: entries are missing in %s of %s; run the ledger's verify", p, brand)
	}
	return bundle, nil
}
