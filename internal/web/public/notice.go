package public

import (
	"cmp"

	"github.com/labstack/echo/v4"

	"placet/templates"
)

// noticePage is one version of a privacy notice, whole.
type noticePage struct {
	*frame
	Version    string
	Paragraphs []string
}

// showNotice shows the version that a link names, not the newest: it is what a person was shown.
func (p *Pages) showNotice(c echo.Context) error {
	b, found := p.Brands.ByID(c.Param("brand"))
	if !found {
		return errNoPage
	}
	for i := range b.Notices {
		if n := &b.Notices[i]; n.ID == c.Param("notice") && n.Version == c.Param("version") {
			f := p.frame(c, b, "", noticeURL(b, n))
			f.Title = f.say("notice_of", "brand", b.Name)
			text := cmp.Or(n.Text[f.Lang], n.Text[offered(b)[0]], n.Text[templates.Fallback])
			return p.show(c, ok, "notice", f, noticePage{frame: f, Version: n.Version, Paragraphs: templates.Paragraphs(text)})
		}
	}
	return errNoPage
}
