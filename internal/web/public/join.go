package public

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/optin"
	"placet/templates"
)

// joinPage is the form by which a person asks to hear from a brand.
type joinPage struct {
	*frame
	Boxes      []box
	BoxProblem string
	Fields     []field
}

func joinPath(b *brands.Brand, pr *brands.Program) string {
	return "/j/" + url.PathEscape(b.ID) + "/" + url.PathEscape(pr.ID)
}

func programName(pr *brands.Program, lang string) string {
	if n := pr.Name[lang]; n != "" {
		return n
	}
	return cmp.Or(pr.Name[templates.Fallback], pr.ID)
}

// program finds what a join path names.
func (p *Pages) program(c echo.Context) (*brands.Brand, *brands.Program, error) {
	b, found := p.Brands.ByID(c.Param("brand"))
	if !found {
		return nil, nil, errNoPage
	}
	pr := b.Program(c.Param("program"))
	if pr == nil {
		return nil, nil, optin.ErrNoProgram
	}
	return b, pr, nil
}

// joinKeys are the boxes of a program's form: its topics on its channels.
func joinKeys(b *brands.Brand, pr *brands.Program) (keys []consent.Key) {
	channels := pr.Channels
	if len(channels) == 0 {
		channels = []consent.Channel{consent.Email, consent.SMS}
	}
	for _, t := range pr.Asks(b) {
		for _, ch := range channels {
			keys = append(keys, consent.Key{Channel: ch, Topic: t})
		}
	}
	return keys
}

func (p *Pages) showJoin(c echo.Context) error {
	b, pr, err := p.program(c)
	if err != nil {
		return err
	}
	return p.joinForm(c, ok, b, pr, nil, nil)
}

// joinForm writes the form; entered values are kept beside the problems found in them.
func (p *Pages) joinForm(c echo.Context, status int, b *brands.Brand, pr *brands.Program, entered map[string]string, problems []problem) error {
	f := p.frame(c, b, "", joinPath(b, pr))
	f.Title = f.say("join_title", "brand", b.Name, "program", programName(pr, f.Lang))
	f.NoticeURL = noticeURL(b, b.Notice(pr.Notice))
	f.Nonce = p.nonce(f.Path + f.NoticeURL) // a form shown beside an older notice is shown again
	for _, x := range problems {
		f.Problems = append(f.Problems, problem{x.Field, f.say(x.Text)})
	}
	page := joinPage{frame: f}
	for _, x := range f.Problems {
		if x.Field == "boxes" {
			page.BoxProblem = x.Text
		}
	}
	keys := joinKeys(b, pr)
	for _, k := range keys {
		page.Boxes = append(page.Boxes, box{Name: boxName(k), Label: f.cell(k), About: f.Name("topic", string(k.Topic)+"_about"), On: entered[boxName(k)] == "yes"})
	}
	if slices.ContainsFunc(keys, func(k consent.Key) bool { return k.Channel.Reaches() == address.Email }) {
		page.Fields = append(page.Fields, f.field("email", "join_email", entered))
	}
	if slices.ContainsFunc(keys, func(k consent.Key) bool { return k.Channel.Reaches() == address.Phone }) {
		page.Fields = append(page.Fields, f.field("phone", "join_phone", entered))
	}
	return p.show(c, status, "join", f, page)
}

// join is the first half of a permission. The answer is the same sentence for
// an address that is known, unknown, suppressed or refused by a rule.
func (p *Pages) join(c echo.Context) error {
	b, pr, err := p.program(c)
	if err != nil {
		return err
	}
	form, err := readForm(c, false)
	if err != nil {
		return err
	}
	notice := b.Notice(pr.Notice)
	press, err := p.press(c, joinPath(b, pr)+noticeURL(b, notice), form)
	if err != nil {
		return p.joinForm(c, http.StatusUnprocessableEntity, b, pr, form, []problem{{"boxes", "stale_text"}})
	}
	f := p.frame(c, b, "", joinPath(b, pr))
	f.NoticeURL = noticeURL(b, notice)
	joinings, problems := readJoin(f, b, pr, form)
	if len(problems) > 0 {
		return p.joinForm(c, http.StatusUnprocessableEntity, b, pr, form, problems)
	}
	if form["website"] != "" { // no person sees this field
		joinings = nil
	}
	for _, j := range joinings {
		j.Press = press
		j.Press.Nonce += "." + string(j.Channel) // one form, one act on each channel
		if notice != nil {
			j.Notice = notice.Version
		}
		var denied *optin.DeniedError
		if _, err := p.Desk.Join(c.Request().Context(), j); errors.As(err, &denied) {
			p.Log.Info("join refused", "brand", b.ID, "program", pr.ID, "rule", denied.Rule)
		} else if err != nil {
			return err
		}
	}
	return p.tell(c, ok, f, f.say("joined_title"), []string{f.say("joined_text", "brand", b.Name)})
}

// readJoin reads a form into one request for each channel ticked.
func readJoin(f *frame, b *brands.Brand, pr *brands.Program, form map[string]string) (out []optin.Joining, problems []problem) {
	kept := map[string]string{}
	for k, v := range form {
		if k != "nonce" && k != "website" {
			kept[k] = v
		}
	}
	var ticked []consent.Key
	for _, k := range joinKeys(b, pr) {
		if form[boxName(k)] == "yes" {
			ticked = append(ticked, k)
		}
	}
	if len(ticked) == 0 {
		problems = append(problems, problem{"boxes", "err_nothing"})
	}
	read := map[string]address.Address{}
	field := func(name string, kind address.Kind, wrong, missing string) address.Address {
		if a, done := read[name]; done {
			return a
		}
		s := strings.TrimSpace(form[name])
		a, err := parse(kind, s, b.Country)
		switch {
		case s == "":
			problems = append(problems, problem{name, missing})
		case err != nil:
			problems = append(problems, problem{name, wrong})
		}
		read[name] = a
		return a
	}
	for _, ch := range consent.Channels {
		j := optin.Joining{Brand: b, Program: pr.ID, Channel: ch, Language: f.Lang, Form: kept, Method: "web_form", Point: joinPath(b, pr)}
		var words []string
		for _, k := range ticked {
			if k.Channel == ch {
				j.Topics = append(j.Topics, k.Topic)
				words = append(words, f.cell(k)+". "+f.Name("topic", string(k.Topic)+"_about"))
			}
		}
		if len(j.Topics) == 0 {
			continue
		}
		j.Wording = strings.Join(words, "\n")
		if ch.Reaches() == address.Email {
			j.Address = field("email", address.Email, "err_email", "err_email_missing")
		} else {
			j.Address = field("phone", address.Phone, "err_phone", "err_phone_missing")
		}
		out = append(out, j)
	}
	return out, problems
}
