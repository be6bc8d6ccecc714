package public

import (
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/optin"
)

// receiptPage is a person's own record.
type receiptPage struct {
	*frame
	Address  address.Address
	Made     *stamp
	Now      []standing
	Trail    []entry
	PrefsURL string
}

type standing struct{ Cell, State string }

type entry struct {
	Act, How, Words, Leaf, Hash, Event string
	At                                 *stamp
	Changes                            []string
}

// showReceipt opens with a preference link, and with the confirmation link that
// has just been answered.
func (p *Pages) showReceipt(c echo.Context) error {
	token := c.Param("token")
	v, err := p.view(c, optin.ForReceipt)
	if err != nil {
		return err
	}
	f := p.frame(c, v.Brand, v.Language, "/r/"+url.PathEscape(token))
	f.Title, f.NoticeURL = f.say("receipt_title"), noticeURL(v.Brand, v.Notice)
	page := receiptPage{frame: f, Address: v.Address, Made: f.at(p.Now())}
	if v.Use == optin.ForPrefs {
		page.PrefsURL = prefsPath(token) + f.Query
	}
	for _, k := range readingOrder(v.Record) {
		now := v.Record.At(k, p.Now())
		if now.State == consent.None {
			continue
		}
		page.Now = append(page.Now, standing{f.cell(k), f.say("receipt_since", "state", f.Name("state", now.State), "date", f.date(now.Since))})
	}
	for _, t := range v.Trail {
		e := entry{Act: f.Name("act", t.Act), At: f.at(t.At), Words: t.Words, Event: t.Event, Hash: t.LeafHash, Leaf: f.say("leaf_wait")}
		if t.Method != "" {
			e.How = f.Name("method", t.Method)
		}
		if t.LeafIndex >= 0 {
			e.Leaf = f.say("leaf_n", "n", strconv.FormatInt(t.LeafIndex, 10))
		}
		for _, ch := range t.Changes {
			e.Changes = append(e.Changes, f.say("change", "cell", f.cell(ch.Key), "from", f.Name("state", ch.From), "to", f.Name("state", ch.To.State)))
		}
		page.Trail = append(page.Trail, e)
	}
	return p.show(c, ok, "receipt", f, page)
}
