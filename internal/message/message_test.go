package message

import (
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"
)

var (
	open  = []Fate{Queued, Sending, Unknown, Accepted, Sent}
	final = []Fate{Delivered, Undelivered, Failed, Canceled, Denied, TooLate}
)

// Every fate meets every piece of news: forward only, and the first end stays.
func TestAfter(t *testing.T) {
	for i, f := range open {
		if f.Final() {
			t.Errorf("%s is final", f)
		}
		for j, news := range open {
			if got, want := f.After(news), open[max(i, j)]; got != want {
				t.Errorf("%s after %s is %s, want %s", f, news, got, want)
			}
		}
		for _, news := range final {
			if got := f.After(news); got != news {
				t.Errorf("%s after %s is %s", f, news, got)
			}
		}
		if got := f.After("read"); got != f {
			t.Errorf("%s after news we have no name for is %s", f, got)
		}
	}
	for _, f := range final {
		if !f.Final() {
			t.Errorf("%s is not final", f)
		}
		for _, news := range append(append([]Fate{"read"}, open...), final...) {
			if got := f.After(news); got != f {
				t.Errorf("%s after %s is %s", f, news, got)
			}
		}
	}
}

// However callbacks are delayed, doubled and shuffled, a message never moves
// back, and one that ends in one way ends there in every order (P6).
func TestNewsInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		end := rapid.SampledFrom(append([]Fate{Sending}, final...)).Draw(t, "end")
		news := append(rapid.SliceOfN(rapid.SampledFrom(open), 0, 8).Draw(t, "news"), end, end)
		order := rapid.Permutation(news).Draw(t, "order")
		furthest := func(news []Fate) Fate {
			f := Sending
			for _, n := range news {
				next := f.After(n)
				if rank[next] < rank[f] || f.Final() && next != f {
					t.Fatalf("%s moved back to %s", f, next)
				}
				f = next
			}
			return f
		}
		a, b := furthest(news), furthest(order)
		if a != b || end.Final() && a != end {
			t.Fatalf("%v ends %s, %v ends %s, want %s", news, a, order, b, end)
		}
	})
}

func TestSegments(t *testing.T) {
	const basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	r := strings.Repeat
	for _, c := range []struct {
		name, text string
		n          int
		enc        Encoding
	}{
		{"nothing", "", 1, GSM7},
		{"the whole basic table", basic, 1, GSM7},
		{"a full one", r("a", 160), 1, GSM7},
		{"one too many", r("a", 161), 2, GSM7},
		{"two full ones", r("a", 306), 2, GSM7},
		{"and one more", r("a", 307), 3, GSM7},
		{"the extension table costs two", "\f^{}\\[~]|€" + r("a", 140), 1, GSM7},
		{"and one more", "\f^{}\\[~]|€" + r("a", 141), 2, GSM7},
		{"euros only", r("€", 80), 1, GSM7},
		{"euros only, joined: 76 fit", r("€", 152), 2, GSM7},
		{"euros only, joined: 76 fit and no half", r("€", 153), 3, GSM7},
		{"an escape is never parted from its character", r("a", 152) + "€" + r("a", 152), 3, GSM7},
		{"where it fits nothing is lost", r("a", 151) + "€" + r("a", 153), 2, GSM7},
		{"accents of Italian stay small", "perché è così più là", 1, GSM7},
		{"accents the table lacks do not", "ç", 1, UCS2},
		{"Cyrillic", r("Ж", 70), 1, UCS2},
		{"Cyrillic, one too many", r("Ж", 71), 2, UCS2},
		{"two full ones", r("Ж", 134), 2, UCS2},
		{"and one more", r("Ж", 135), 3, UCS2},
		{"one character changes the encoding of all", r("a", 70) + "Ж", 2, UCS2},
		{"euro costs one in UCS-2", "Ж" + r("€", 69), 1, UCS2},
		{"emoji are two units", r("🎁", 35), 1, UCS2},
		{"emoji, joined: 33 fit", r("🎁", 66), 2, UCS2},
		{"a surrogate pair is never parted", r("🎁", 67), 3, UCS2},
		{"one pair on the border", r("Ж", 66) + "🎁" + r("Ж", 66), 3, UCS2},
		{"bytes that are no text", r("\xff", 70), 1, UCS2},
	} {
		if n, enc := Segments(c.text); n != c.n || enc != c.enc {
			t.Errorf("%s: %d %s, want %d %s", c.name, n, enc, c.n, c.enc)
		}
	}
}

// Segments is checked against a handset that lays the text out character by character.
func TestSegmentsLayOut(t *testing.T) {
	alphabet := rapid.SampledFrom([]rune("aZ0 \n€[~è@"))
	wild := rapid.SampledFrom([]rune("aè€Жç🎁👩‍👧"))
	rapid.Check(t, func(t *rapid.T) {
		from := alphabet
		if rapid.Bool().Draw(t, "any script") {
			from = wild
		}
		text := string(rapid.SliceOfN(from, 0, 500).Draw(t, "text"))
		n, enc := Segments(text)
		var units [][]uint16 // of each character
		for _, c := range text {
			switch {
			case enc == UCS2:
				units = append(units, utf16.Encode([]rune{c}))
			case strings.ContainsRune("€[~", c):
				units = append(units, []uint16{0x1b, uint16(c)})
			default:
				units = append(units, []uint16{uint16(c)})
			}
		}
		single, joined := 160, 153
		if enc == UCS2 {
			single, joined = 70, 67
		}
		total, parts, room := 0, 1, joined
		for _, u := range units {
			total += len(u)
			if room < len(u) {
				parts, room = parts+1, joined
			}
			room -= len(u)
		}
		if total <= single {
			parts = 1
		}
		if n != parts {
			t.Fatalf("%d segments of %s for %d units, want %d", n, enc, total, parts)
		}
	})
}
