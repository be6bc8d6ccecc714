package public

import (
	"strings"

	"github.com/labstack/echo/v4"

	"placet/templates"
)

const mimeCSS = "text/css; charset=utf-8"

func (p *Pages) stylesheet(c echo.Context) error { return c.Blob(ok, mimeCSS, templates.CSS()) }

// brandStylesheet is /assets/brand/{brand}.css: the policy allows no style inside a page.
func (p *Pages) brandStylesheet(c echo.Context) error {
	id, isCSS := strings.CutSuffix(c.Param("file"), ".css")
	b, found := p.Brands.ByID(id)
	if !isCSS || !found {
		return errNoPage
	}
	return c.Blob(ok, mimeCSS, templates.BrandCSS(b.Colour))
}
