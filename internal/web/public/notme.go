package public

import (
	"github.com/labstack/echo/v4"

	"placet/internal/consent"
	"placet/internal/optin"
)

// notMe is the no: somebody else typed this address, or the person changed their mind.
func (p *Pages) notMe(c echo.Context) error { return p.answer(c, p.Desk.NotMe, p.declined) }

func (p *Pages) declined(c echo.Context, f *frame, v optin.View) error {
	says := []string{f.say("declined_text", "brand", v.Brand.Name, "address", v.Address)}
	for _, k := range readingOrder(v.Record) {
		if v.Record.At(k, p.Now()).State == consent.Granted { // by another act: "nothing was switched on" would not be the whole truth
			says = p.nowTrue(f, v)
			break
		}
	}
	return p.tell(c, ok, f, f.say("declined_title"), says, f.choicesLink())
}
