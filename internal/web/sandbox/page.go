package sandbox

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"placet/internal/brands"
	"placet/internal/consent"
)

//go:embed assets
var assets embed.FS

var pageTemplate = template.Must(template.ParseFS(assets, "assets/page.html"))

// world is all the page's script knows when it starts.
type world struct {
	Brands []worldBrand `json:"brands"`
	SIMs   []SIM        `json:"sims"`
	Clock  bool         `json:"clock"`
	Run    string       `json:"run"` // what a tab remembers of another run is void
}

var run = rand.Text()

type worldBrand struct {
	ID       string              `json:"id"`
	Name     string              `json:"name"`
	Numbers  []string            `json:"numbers"`
	Topics   []consent.Topic     `json:"topics"`
	Channels []consent.Channel   `json:"channels"`
	Chips    map[string][]string `json:"chips"` // language -> texts worth trying
	Join     string              `json:"join"`  // path of the join form; empty: none
}

// answers are the words of every conversation: yes, no, stop, help.
var answers = map[string][]string{
	"it": {"SI", "NO", "STOP", "AIUTO"},
	"en": {"CONFIRM", "NO", "STOP", "HELP"},
	"fr": {"OUI", "NON", "STOP", "AIDE"},
	"bg": {"ДА", "НЕ", "СТОП", "ПОМОЩ"},
}

func (h *Handler) page(c echo.Context) error {
	w := world{SIMs: slices.Concat(SIMs, Magic), Clock: h.Clock != nil, Run: run}
	all := slices.Clone(h.Brands())
	// The brand with the most to try stands first: the tour plays with it.
	slices.SortStableFunc(all, func(a, b *brands.Brand) int { return len(b.Programs) - len(a.Programs) })
	for _, b := range all {
		w.Brands = append(w.Brands, describe(b))
	}
	var buf bytes.Buffer
	if err := pageTemplate.Execute(&buf, w); err != nil {
		return err
	}
	return c.HTMLBlob(http.StatusOK, buf.Bytes())
}

func describe(b *brands.Brand) worldBrand {
	w := worldBrand{ID: b.ID, Name: b.Name, Topics: b.Topics, Numbers: []string{}, Chips: map[string][]string{},
		Channels: []consent.Channel{consent.SMS, consent.Email, consent.Call}}
	if len(w.Topics) == 0 {
		w.Topics = []consent.Topic{consent.Info, consent.Offers}
	}
	for _, n := range b.Numbers {
		w.Numbers = append(w.Numbers, n.Number)
	}
	for _, p := range b.Programs {
		if w.Join == "" && p.Benefit == "" {
			w.Join = "/j/" + b.ID + "/" + p.ID
		}
	}
	for lang, words := range answers {
		w.Chips[lang] = append(firstWords(b.Programs, lang), words...)
	}
	return w
}

// firstWords is one text for each program that can be tried without a receipt or
// card at hand: its first word in the language, with an issued code where it takes one.
func firstWords(programs []brands.Program, lang string) []string {
	var out []string
	for _, p := range programs {
		words := slices.Concat(p.Words[lang], p.Words[""], p.Words["it"])
		takesCode := p.Benefit != "" && p.Codes.Check != ""
		switch {
		case len(words) == 0 || takesCode && len(p.Codes.Issued) == 0:
		case takesCode:
			out = append(out, words[0]+" "+p.Codes.Issued[0])
		default:
			out = append(out, words[0])
		}
	}
	return out
}

// asset serves the page's script and style, revalidated by their hash.
func (h *Handler) asset(c echo.Context) error {
	name := c.Param("name")
	data, err := fs.ReadFile(assets, "assets/"+name)
	if err != nil || name == "page.html" {
		return refuse(c, http.StatusNotFound, "the sandbox has no such file")
	}
	sum := sha256.Sum256(data)
	w := c.Response()
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeContent(w, c.Request(), name, time.Time{}, bytes.NewReader(data))
	return nil
}
