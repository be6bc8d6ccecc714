package keywords

import (
	"strings"
	"unicode/utf8"
)

// slip tells whether a word is one typing slip away from STOP or СТОП: a
// letter missing, added, wrong, or two exchanged; words that mean something
// else are in notTypos. Only refusals are read so generously.
func slip(word string) string {
	if n := utf8.RuneCountInString(word); n < 3 || n > 5 || notTypos[word] {
		return ""
	}
	for _, w := range [...]string{"stop", "стоп"} {
		if oneEdit([]rune(word), []rune(w)) {
			return w
		}
	}
	return ""
}

func oneEdit(a, b []rune) bool {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	a, b = a[i:], b[i:]
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	switch {
	case len(a)+len(b) <= 1, len(a) == 1 && len(b) == 1:
		return true
	}
	return len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
}

var digitsForLetters = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t")

// undrawn shortens letters repeated three times or more: "stooop".
func undrawn(word string) string {
	if !drawn(word) {
		return word
	}
	var b strings.Builder
	var last rune
	run := 0
	rs := []rune(word)
	for i, r := range rs {
		if r != last {
			last, run = r, 0
			for j := i; j < len(rs) && rs[j] == r; j++ {
				run++
			}
			b.WriteRune(r)
		} else if run < 3 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func drawn(word string) bool {
	var last, before rune
	for _, r := range word {
		if r == last && r == before {
			return true
		}
		last, before = r, last
	}
	return false
}
