package templates

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every language has the same texts with the same values, so that a page that
// works in one works in all.
func TestWebCataloguesAgree(t *testing.T) {
	value := regexp.MustCompile(`\{\w+\}`)
	en := webTexts()[Fallback].Texts
	for lang, c := range webTexts() {
		for key, raw := range en {
			want, got := value.FindAllString(raw, -1), value.FindAllString(c.Texts[key], -1)
			slices.Sort(want)
			slices.Sort(got)
			if _, ok := c.Texts[key]; !ok || !slices.Equal(want, got) {
				t.Errorf("%s: %s has %v, English %v", lang, key, got, want)
			}
		}
		for key := range c.Texts {
			if _, ok := en[key]; !ok {
				t.Errorf("%s: %s is not in English", lang, key)
			}
		}
		if lang != Fallback && c.Texts["self"] == en["self"] {
			t.Errorf("%s calls itself English", lang)
		}
	}
}

// A text nobody shows is dead: each key, or the family it belongs to, is named
// by a page or a handler.
func TestWebTextsAreUsed(t *testing.T) {
	var code strings.Builder
	for _, dir := range []string{"web/*.html", "../internal/web/public/*.go"} {
		names, err := filepath.Glob(dir)
		if err != nil || len(names) == 0 {
			t.Fatal(dir, err)
		}
		for _, n := range names {
			if strings.HasSuffix(n, "_test.go") {
				continue
			}
			b, err := os.ReadFile(n)
			if err != nil {
				t.Fatal(err)
			}
			code.Write(b)
		}
	}
	families := []string{"act", "by", "ch", "day", "hours", "method", "state", "topic"}
	for _, key := range slices.Sorted(maps.Keys(webTexts()[Fallback].Texts)) {
		family, _, _ := strings.Cut(key, "_")
		stem, _, _ := strings.Cut(key, "_t") // say(what + "_title")
		if slices.Contains(families, family) || strings.Contains(code.String(), `"`+key+`"`) || strings.HasPrefix(key, "pause_") ||
			(strings.HasSuffix(key, "_title") || strings.HasSuffix(key, "_text")) && strings.Contains(code.String(), `"`+stem+`"`) ||
			strings.HasSuffix(key, "_hint") && strings.Contains(code.String(), `"`+strings.TrimSuffix(key, "_hint")+`"`) {
			continue
		}
		t.Errorf("no page shows %s", key)
	}
}

func TestWordsRefuse(t *testing.T) {
	w := Words{Lang: "it"}
	if _, err := w.T("nonsense"); err == nil {
		t.Error("an unknown text was said")
	}
	if _, err := w.T("prefs_title"); err == nil {
		t.Error("a text was said without its value")
	}
	if got := w.Name("state", "granted"); got != "sì" {
		t.Errorf("Name = %q", got)
	}
	if got := w.Name("state", "new\u202e"); got != "new" {
		t.Errorf("Name of an unknown id = %q", got)
	}
}

// Whatever colour a brand has, words in it can be read in light and dark.
func TestBrandCSS(t *testing.T) {
	form := regexp.MustCompile(`^:root\{--accent:(#[0-9a-f]{6});--accent-dark:(#[0-9a-f]{6})\}\n$`)
	for _, hex := range []string{"#7a1f2b", "#ffffff", "#000000", "#ffee00", "#00ffff", "#808080", "#FF0000", "", "red", "#fff", "#7a1f2b;}body{display:none"} {
		m := form.FindStringSubmatch(string(BrandCSS(hex)))
		if m == nil {
			t.Fatalf("%q: %s", hex, BrandCSS(hex))
		}
		if c := contrast(rgb(m[1]), rgb(paper)); c < 4.5 {
			t.Errorf("%q: contrast %.2f in light", hex, c)
		}
		if c := contrast(rgb(m[2]), rgb(night)); c < 4.5 {
			t.Errorf("%q: contrast %.2f in dark", hex, c)
		}
	}
	if got := string(BrandCSS("#7a1f2b")); !strings.HasPrefix(got, ":root{--accent:#7a1f2b;") {
		t.Errorf("a colour that can be read was changed: %s", got)
	}
	if c := contrast(rgb("#ffffff"), rgb("#000000")); c < 20.99 || c > 21.01 {
		t.Errorf("black on white is %.2f", c)
	}
	for _, background := range []string{paper, night} {
		if !strings.Contains(string(CSS()), "--paper: "+background) {
			t.Errorf("placet.css has another background than %s", background)
		}
	}
}

func TestParagraphs(t *testing.T) {
	got := Paragraphs("a\r\nb\r\n\r\nc\n\n\n\n d \n")
	if !slices.Equal(got, []string{"a\nb", "c", "d"}) {
		t.Errorf("%q", got)
	}
}

// Every file that is embedded is one that is used.
func TestEmbeddedFiles(t *testing.T) {
	err := fs.WalkDir(files, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !slices.Contains([]string{".yaml", ".html", ".css"}, filepath.Ext(p)) {
			t.Errorf("%s is embedded", p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
