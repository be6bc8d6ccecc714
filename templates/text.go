package templates

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// text is a parsed text. The whole grammar: {name} is a value; [words {name}
// words] is left out when a value in it is empty. Groups do not nest.
type text struct {
	raw   string
	parts []part
}

type part struct {
	literal string
	name    string // of a placeholder
	group   []part
}

// parse reads a text; every placeholder must be in allowed.
func parse(raw string, allowed []string) (text, error) {
	if strings.TrimSpace(raw) == "" {
		return text{}, fmt.Errorf("empty text")
	}
	parts, rest, err := parseParts(raw, allowed, false)
	if err != nil {
		return text{}, fmt.Errorf("%w in %q", err, raw)
	}
	if rest != "" {
		return text{}, fmt.Errorf("] without [ in %q", raw)
	}
	return text{raw, parts}, nil
}

func parseParts(s string, allowed []string, inGroup bool) (ps []part, rest string, err error) {
	for s != "" {
		i := strings.IndexAny(s, "{}[]")
		if i < 0 {
			i = len(s)
		}
		if i > 0 {
			ps, s = append(ps, part{literal: s[:i]}), s[i:]
			continue
		}
		switch s[0] {
		case '{':
			name, after, ok := strings.Cut(s[1:], "}")
			if !ok || !slices.Contains(allowed, name) {
				return nil, "", fmt.Errorf("unknown placeholder {%s}", name)
			}
			ps, s = append(ps, part{name: name}), after
		case '[':
			if inGroup {
				return nil, "", fmt.Errorf("[ inside [ ]")
			}
			g, after, err := parseParts(s[1:], allowed, true)
			if err != nil {
				return nil, "", err
			}
			if !strings.HasPrefix(after, "]") {
				return nil, "", fmt.Errorf("[ without ]")
			}
			ps, s = append(ps, part{group: g}), after[1:]
		case ']':
			return ps, s, nil
		default:
			return nil, "", fmt.Errorf("} without {")
		}
	}
	return ps, "", nil
}

// render puts values in, literally. A placeholder outside a group needs a value.
func (t text) render(v map[string]string) (string, error) {
	var b strings.Builder
	for _, p := range t.parts {
		switch {
		case p.group != nil:
			if s, ok := renderGroup(p.group, v); ok {
				b.WriteString(s)
			}
		case p.name != "":
			s := clean(v[p.name])
			if s == "" {
				return "", fmt.Errorf("no value for {%s}", p.name)
			}
			b.WriteString(s)
		default:
			b.WriteString(p.literal)
		}
	}
	return b.String(), nil
}

func renderGroup(ps []part, v map[string]string) (string, bool) {
	var b strings.Builder
	for _, p := range ps {
		if p.name == "" {
			b.WriteString(p.literal)
			continue
		}
		s := clean(v[p.name])
		if s == "" {
			return "", false
		}
		b.WriteString(s)
	}
	return b.String(), true
}

// clean drops control and invisible format characters (bidi overrides among
// them) from a value: nobody may add a line to our message or turn it around.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// version is the evidence's name for exact words: 128 bits of SHA-256, in hex.
func version(words ...string) string {
	h := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return hex.EncodeToString(h[:16])
}
