package public

import (
	"github.com/labstack/echo/v4"

	"placet/internal/consent"
	"placet/internal/optin"
)

// notMe is the no: somebody else typed this address, or the person changed their mind.
func (p *Pages) notMe(c echo.Context) error { return p.answer(c, p.Desk.NotMe, p.notMine) }

// notMine says what is true now. A no that comes after a yes takes the yes back.
func (p *Pages) notMine(c echo.Context, f *frame, v optin.View) error {
	if v.Answered != consent.Withdrawn {
		return p.answered(c, f, v)
	}
	says := f.say("unsubbed_text", "brand", v.Brand.Name, "address", v.Address, "by", f.Name("by", v.Channel))
	return p.tell(c, ok, f, f.say("unsubbed_title"), []string{says}, p.receiptLink(c, f), f.choicesLink())
}
