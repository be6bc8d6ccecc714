package public

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/optin"
)

// prefsPage is the preference centre.
type prefsPage struct {
	*frame
	Address     address.Address
	Others      string
	Cells       string // names of the boxes shown, so that an unticked one can be told from one that was not there
	Channels    []consent.Channel
	Rows        []row
	Fields      []field
	Days, Hours []box
	Selects     []choices
	ReceiptURL  string
}

type row struct {
	Topic consent.Topic
	Now   []string
	Cells []box
}

type box struct {
	Name, Label, About string
	On                 bool
}

type choices struct {
	Name, Label string
	Options     []option
}

type option struct {
	Value, Label string
	On           bool
}

type field struct{ Name, Label, Hint, Type, Complete, Value, Problem string }

var (
	// prefsChannels are those a preference can be about; post needs an address of another kind.
	prefsChannels = []consent.Channel{consent.SMS, consent.Email, consent.Call}
	weekdays      = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	dayParts      = []string{"morning", "afternoon", "evening"}
	monthly       = []int{1, 2, 4, 8}
	pauses        = []int{1, 3, 6} // months
)

// boxName names the box of one permission, as the import's columns do: consent_offers_sms.
func boxName(k consent.Key) string { return "consent_" + string(k.Topic) + "_" + string(k.Channel) }

func prefsPath(token string) string { return "/p/" + url.PathEscape(token) }

// showPrefs shows what is true now; a ticked box is a granted permission, nothing else.
func (p *Pages) showPrefs(c echo.Context) error {
	v, err := p.view(c, optin.ForPrefs)
	if err != nil {
		return err
	}
	return p.preferences(c, ok, v, nil, nil)
}

// preferences writes the page. entered is a form that could not be accepted: its
// values are kept, with the problems found in it.
func (p *Pages) preferences(c echo.Context, status int, v optin.View, entered map[string]string, problems []problem) error {
	token := c.Param("token")
	f := p.frame(c, v.Brand, v.Language, prefsPath(token))
	f.Title, f.Nonce, f.NoticeURL = f.say("prefs_title", "brand", v.Brand.Name), p.nonce(f.Path), noticeURL(v.Brand, v.Notice)
	for _, pr := range problems {
		f.Problems = append(f.Problems, problem{pr.Field, f.say(pr.Text)})
	}
	page := prefsPage{frame: f, Address: v.Address, Channels: prefsChannels, ReceiptURL: "/r/" + url.PathEscape(token) + f.Query}
	on := func(name string, now bool) bool {
		if entered == nil {
			return now
		}
		return entered[name] == "yes"
	}
	var others, cells []string
	for _, a := range v.Others {
		others = append(others, a.String())
	}
	page.Others = list(others)
	for _, t := range v.Brand.AllTopics() {
		r := row{Topic: t}
		for _, ch := range prefsChannels {
			k := consent.Key{Channel: ch, Topic: t}
			now := v.Record.At(k, p.Now())
			name := boxName(k)
			cells = append(cells, name)
			r.Cells = append(r.Cells, box{Name: name, Label: f.cell(k), About: f.Name("ch", ch), On: on(name, now.State == consent.Granted)})
			if now.State != consent.None {
				r.Now = append(r.Now, f.say("prefs_state", "channel", f.Name("ch", ch), "state", f.Name("state", now.State), "date", f.date(now.Since)))
			}
		}
		page.Rows = append(page.Rows, r)
	}
	page.Cells = strings.Join(cells, " ")
	if !knows(v, address.Email) {
		page.Fields = append(page.Fields, f.field("other_email", "other_email", entered))
	}
	if !knows(v, address.Phone) {
		page.Fields = append(page.Fields, f.field("other_phone", "other_phone", entered))
	}
	for _, d := range weekdays {
		page.Days = append(page.Days, box{Name: "day_" + d, Label: f.Name("day", d), On: on("day_"+d, slices.Contains(v.Prefs.Days, d))})
	}
	for _, h := range dayParts {
		page.Hours = append(page.Hours, box{Name: "hours_" + h, Label: f.Name("hours", h), On: on("hours_"+h, slices.Contains(v.Prefs.Hours, h))})
	}
	page.Selects = p.selects(f, v, entered)
	return p.show(c, status, "prefs", f, page)
}

// selects are how often, pause and language.
func (p *Pages) selects(f *frame, v optin.View, entered map[string]string) []choices {
	often := choices{Name: "per_month", Label: f.say("prefs_often"), Options: []option{{Value: "0", Label: f.say("often_any")}}}
	counts := monthly
	if n := v.Prefs.PerMonth; n > 0 && !slices.Contains(counts, n) {
		counts = append([]int{n}, counts...)
		slices.Sort(counts)
	}
	for _, n := range counts {
		often.Options = append(often.Options, option{Value: strconv.Itoa(n), Label: f.say("often_n", "n", n)})
	}
	pause := choices{Name: "pause", Label: f.say("prefs_pause"), Options: []option{{Value: "none", Label: f.say("pause_none")}}}
	paused := "none"
	if v.Prefs.PauseUntil.After(p.Now()) {
		paused = "keep"
		pause.Options = append(pause.Options, option{Value: "keep", Label: f.say("pause_keep", "date", f.date(v.Prefs.PauseUntil))})
	}
	for _, n := range pauses {
		s := strconv.Itoa(n)
		pause.Options = append(pause.Options, option{Value: s, Label: f.say("pause_" + s)})
	}
	lang := choices{Name: "language", Label: f.say("prefs_language")}
	for _, l := range offered(v.Brand) {
		lang.Options = append(lang.Options, option{Value: l, Label: f.sayIn(l, "self")})
	}
	wish := v.Prefs.Language
	if wish == "" {
		wish = f.Lang
	}
	mark := func(s choices, now string) choices {
		if entered != nil {
			now = entered[s.Name]
		}
		for i := range s.Options {
			s.Options[i].On = s.Options[i].Value == now
		}
		return s
	}
	return []choices{mark(often, strconv.Itoa(v.Prefs.PerMonth)), mark(pause, paused), mark(lang, wish)}
}

// field is a field for an address, with what was entered and what is wrong with it.
func (f *frame) field(name, words string, entered map[string]string) field {
	out := field{Name: name, Label: f.say(words), Hint: f.say(words + "_hint"), Type: "email", Complete: "email", Value: entered[name]}
	if strings.HasSuffix(name, "phone") {
		out.Type, out.Complete = "tel", "tel"
	}
	for _, pr := range f.Problems {
		if pr.Field == name {
			out.Problem = pr.Text
		}
	}
	return out
}

// knows reports whether an address of this kind is on record for the holder of the link.
func knows(v optin.View, kind address.Kind) bool {
	return v.Address.Kind() == kind || slices.ContainsFunc(v.Others, func(a address.Address) bool { return a.Kind() == kind })
}
