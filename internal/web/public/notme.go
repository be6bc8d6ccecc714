package public

import "github.com/labstack/echo/v4"

// notMe is the no: somebody else typed this address, or the person changed their mind.
func (p *Pages) notMe(c echo.Context) error { return p.answer(c, p.Desk.NotMe, p.answered) }
