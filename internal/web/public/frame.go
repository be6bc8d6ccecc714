package public

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"

	"placet/internal/brands"
	"placet/internal/consent"
	"placet/templates"
)

// frame is what every page has; the layout template reads it.
type frame struct {
	templates.Words
	Title     string
	Brand     *brands.Brand // nil: unknown
	Langs     []langLink
	Problems  []problem
	NoticeURL string
	Path      string // the form's action, without the query
	Query     string // "?lang=fr" when the person switched, so that the answer keeps it
	Nonce     string

	now func() time.Time
	err error // the first text that could not be said
}

type langLink struct {
	Code, Name, URL string
	Current         bool
}

// problem is a line of the error summary; Field is the id it links to.
type problem struct{ Field, Text string }

// anchor is a link of a message page.
type anchor struct{ URL, Text string }

// stamp is a moment as a page shows it: short, with the exact time on hover and in print.
type stamp struct{ ISO, Exact, Text string }

// frame starts a page of a brand (nil: unknown). wish is the language on record.
// path is the page's own address, where its forms post to.
func (p *Pages) frame(c echo.Context, b *brands.Brand, wish, path string) *frame {
	offered := offered(b)
	f := &frame{Brand: b, Path: path, now: p.Now, Words: templates.Words{Lang: pickLanguage(c, offered, wish)}}
	if q := c.QueryParam("lang"); slices.Contains(offered, q) {
		f.Query = "?lang=" + q
	}
	if len(offered) > 1 {
		for _, l := range offered {
			self := f.sayIn(l, "self")
			f.Langs = append(f.Langs, langLink{Code: l, Name: self, URL: path + "?lang=" + l, Current: l == f.Lang})
		}
	}
	return f
}

// offered lists the languages a brand's pages come in, its default first.
func offered(b *brands.Brand) []string {
	ours := templates.WebLanguages()
	wanted := append([]string{templates.Fallback}, ours...) // no brand: English first
	if b != nil {
		wanted = b.Languages
	}
	var out []string
	for _, l := range wanted {
		if slices.Contains(ours, l) && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		return []string{templates.Fallback}
	}
	return out
}

// pickLanguage prefers, in this order: what the person clicked, what is on
// record, what the browser asks for, the brand's default.
func pickLanguage(c echo.Context, offered []string, wish string) string {
	if q := c.QueryParam("lang"); slices.Contains(offered, q) {
		return q
	}
	wishes := []string{wish}
	if accept := c.Request().Header.Get("Accept-Language"); len(accept) <= 200 {
		tags, _, _ := language.ParseAcceptLanguage(accept) // malformed: no wish
		for _, t := range tags {
			wishes = append(wishes, t.String())
		}
	}
	for _, w := range wishes {
		if len(w) >= 2 && slices.Contains(offered, w[:2]) && (len(w) == 2 || w[2] == '-') {
			return w[:2]
		}
	}
	return offered[0]
}

// say is a text of the page's language; a fault surfaces when the page is written.
func (f *frame) say(key string, pairs ...any) string {
	s, err := f.T(key, pairs...)
	if err != nil && f.err == nil {
		f.err = err
	}
	return s
}

// sayIn is a text of another language than the page's: the names of the languages.
func (f *frame) sayIn(lang, key string) string {
	s, err := templates.Words{Lang: lang}.T(key)
	if err != nil && f.err == nil {
		f.err = err
	}
	return s
}

// local is t in the brand's time zone.
func (f *frame) local(t time.Time) time.Time {
	if f.Brand == nil {
		return t.UTC()
	}
	return t.In(f.Brand.Location())
}

// at is nil for no time, so that a template's with leaves it out.
func (f *frame) at(t time.Time) *stamp {
	if t.IsZero() {
		return nil
	}
	t = f.local(t)
	return &stamp{ISO: t.Format(time.RFC3339), Exact: t.Format("2006-01-02 15:04:05 -07:00"), Text: templates.When(f.Lang, t, f.now())}
}

func (f *frame) date(t time.Time) string { return templates.Date(f.Lang, f.local(t)) }

// cell names one permission: "Offers by SMS".
func (f *frame) cell(k consent.Key) string {
	return f.say("cell", "topic", f.Name("topic", k.Topic), "by", f.Name("by", k.Channel))
}

// list joins names that may hold commas.
func list(items []string) string { return strings.Join(items, "; ") }

// noticeURL is the public page of a notice; empty for none.
func noticeURL(b *brands.Brand, n *brands.Notice) string {
	if b == nil || n == nil {
		return ""
	}
	return "/n/" + url.PathEscape(b.ID) + "/" + url.PathEscape(n.ID) + "/" + url.PathEscape(n.Version)
}

// show writes a page. It is composed whole before the first byte leaves, so
// that a fault in a template cannot leave half a page.
func (p *Pages) show(c echo.Context, status int, name string, f *frame, data any) error {
	var b bytes.Buffer
	if err := templates.Page(&b, name, data); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	if f.err != nil {
		return fmt.Errorf("page %s: %w", name, f.err)
	}
	c.Response().Header().Set("Content-Language", f.Lang)
	return c.HTMLBlob(status, b.Bytes())
}

// message is a page of one statement and a few links.
type message struct {
	*frame
	Says  []string
	Rule  string
	Links []anchor
}

func (p *Pages) tell(c echo.Context, status int, f *frame, title string, says []string, links ...anchor) error {
	f.Title = title
	return p.show(c, status, "message", f, message{frame: f, Says: says, Links: links})
}

// ok is the status of a page that answers what was asked.
const ok = http.StatusOK
