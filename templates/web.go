package templates

import (
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// webValues is every value a text of a page may hold.
var webValues = []string{"about", "address", "brand", "by", "cell", "channel", "contact", "date", "from", "list",
	"n", "program", "rule", "state", "to", "topic", "version"}

type webCatalogue struct {
	Texts map[string]string `yaml:",inline"`

	parsed map[string]text
}

func (c *webCatalogue) check() error {
	c.parsed = map[string]text{}
	for key, raw := range c.Texts {
		t, err := parse(raw, webValues)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		c.parsed[key] = t
	}
	return nil
}

// The pages are parsed when the first is shown: most commands show none.
var (
	webTexts = sync.OnceValue(func() map[string]*webCatalogue {
		return must(loadAll(files, "web", (*webCatalogue).check))
	})
	webPages = sync.OnceValue(func() *template.Template {
		return must(template.ParseFS(files, "web/*.html"))
	})
	stylesheet = must(fs.ReadFile(files, "web/placet.css"))
)

// WebLanguages lists the languages the pages speak.
func WebLanguages() []string { return slices.Sorted(maps.Keys(webTexts())) }

// Words are the texts of the pages in one language, for templates (T, Name) and handlers.
type Words struct{ Lang string }

// T is the text called key, with values given as name, value, name, value…;
// values print with fmt.Sprint, so an address.Address comes out masked. An
// unknown key or a missing value is an error.
func (w Words) T(key string, pairs ...any) (string, error) {
	t, ok := pick(webTexts(), w.Lang).parsed[key]
	if !ok {
		return "", fmt.Errorf("templates: web %s has no text %q", w.Lang, key)
	}
	v := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v[fmt.Sprint(pairs[i])] = fmt.Sprint(pairs[i+1])
	}
	s, err := t.render(v)
	if err != nil {
		return "", fmt.Errorf("templates: web %s %s: %w", w.Lang, key, err)
	}
	return s, nil
}

// Name is the name of an id within a family of texts ("state", "granted" →
// "yes"); an id without a text is shown as it is.
func (w Words) Name(family string, id any) string {
	if t, ok := pick(webTexts(), w.Lang).parsed[fmt.Sprintf("%s_%v", family, id)]; ok {
		return t.raw
	}
	return clean(fmt.Sprint(id))
}

// Page writes the page called name (web/NAME.html) to out. data embeds Words.
func Page(out io.Writer, name string, data any) error {
	return webPages().ExecuteTemplate(out, name+".html", data)
}

// CSS is the stylesheet of all pages: one scale, light and dark, one accent.
// It takes the accent from --accent and --accent-dark, see BrandCSS.
func CSS() []byte { return stylesheet }

// BrandCSS is the small stylesheet that carries a brand's colour ("#7a1f2b"):
// darkened for light pages and lightened for dark ones until text in it has the
// contrast of WCAG 2.2 §1.4.3 (4.5:1). A malformed colour gives ours.
func BrandCSS(hex string) []byte {
	if !colour.MatchString(hex) {
		hex = ourColour
	}
	light := shift(rgb(hex), rgb(paper), 0)
	dark := shift(rgb(hex), rgb(night), 255)
	return fmt.Appendf(nil, ":root{--accent:%s;--accent-dark:%s}\n", light, dark)
}

// The page's background in light and dark, as in placet.css.
const (
	paper = "#ffffff"
	night = "#171716"
)

type triple [3]float64

func rgb(hex string) (c triple) {
	for i := range c {
		n, _ := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8) // the pattern has made sure
		c[i] = float64(n)
	}
	return c
}

// shift moves c towards towards (0 black, 255 white) until it stands out from the background.
func shift(c, background triple, towards float64) string {
	for range 100 {
		if contrast(c, background) >= 4.5 {
			break
		}
		for i := range c {
			c[i] = math.Round(c[i] + (towards-c[i])*0.04)
		}
	}
	return fmt.Sprintf("#%02x%02x%02x", int(c[0]), int(c[1]), int(c[2]))
}

// contrast is the ratio of WCAG 2.2, 1 to 21.
func contrast(a, b triple) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c triple) float64 {
	var l float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v := c[i] / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		l += weight * v
	}
	return l
}

// Paragraphs splits a notice at its blank lines.
func Paragraphs(s string) []string {
	var out []string
	for _, p := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}
