package public

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/optin"
)

// errHalfDone stands before what went wrong after the choices were saved.
var errHalfDone = errors.New("choices saved, another address not asked")

// choose takes the preference page, or its "stop everything".
func (p *Pages) choose(c echo.Context) error {
	ctx, token := c.Request().Context(), c.Param("token")
	form, err := readForm(c, false)
	if err != nil {
		return err
	}
	v, err := p.view(c, optin.ForPrefs)
	if err != nil {
		return err
	}
	press, err := p.press(c, prefsPath(token), form)
	if err != nil {
		return p.preferences(c, http.StatusUnprocessableEntity, v, form, []problem{{"what", "stale_text"}})
	}
	choice := optin.Choice{StopAll: form["stop_all"] == "yes"}
	title := "stopped_title"
	if !choice.StopAll {
		title = "changed_title"
		var problems []problem
		if choice, problems = p.readChoice(v, form); len(problems) > 0 {
			return p.preferences(c, http.StatusUnprocessableEntity, v, form, problems)
		}
	}
	elsewhere := p.elsewhere(v, choice)
	done, err := p.Desk.Choose(ctx, token, choice, press)
	var denied *optin.DeniedError
	switch {
	case err == nil:
	case done.Event == "":
		return err
	case errors.As(err, &denied): // the choices are saved; a rule kept a message from another address, which is nobody's business here
		p.Log.Info("confirmation refused", "brand", v.Brand.ID, "rule", denied.Rule)
	default: // saved in part: "nothing changed" would be wrong
		return fmt.Errorf("%w: %w", errHalfDone, err)
	}
	// What is now true is read back, not assumed.
	if v, err = p.view(c, optin.ForPrefs); err != nil {
		return err
	}
	wish := v.Language
	if choice.Prefs.Language != "" {
		wish = choice.Prefs.Language
	}
	f := p.frame(c, v.Brand, wish, prefsPath(token))
	f.NoticeURL = noticeURL(v.Brand, v.Notice)
	says := p.nowTrue(f, v)
	for _, ch := range elsewhere {
		says = append(says, f.say("started", "by", f.Name("by", ch)))
	}
	return p.tell(c, ok, f, f.say(title), says, p.receiptLink(c, f), anchor{f.Path + f.Query, f.say("back_prefs")})
}

// elsewhere lists the channels of which a yes has to be confirmed on another
// address than the link's. It is told from the choice, not from what was sent,
// so that the answer is the same whoever the other address belongs to.
func (p *Pages) elsewhere(v optin.View, choice optin.Choice) (out []consent.Channel) {
	for _, ch := range prefsChannels {
		for k, want := range choice.Want {
			if k.Channel == ch && want && ch.Reaches() != v.Address.Kind() && v.Record.At(k, p.Now()).State != consent.Granted && !slices.Contains(out, ch) {
				out = append(out, ch)
			}
		}
	}
	return out
}

// readChoice reads the boxes that the page showed; problems name a field and a text.
func (p *Pages) readChoice(v optin.View, form map[string]string) (optin.Choice, []problem) {
	choice := optin.Choice{Want: map[consent.Key]bool{}}
	shown := strings.Fields(form["cells"])
	if len(shown) == 0 { // a form of ours always says what it showed; without it a box left out would read as a no
		return choice, []problem{{"what", "stale_text"}}
	}
	var wantsEmail, wantsPhone bool
	for _, t := range v.Brand.AllTopics() {
		for _, ch := range prefsChannels {
			k := consent.Key{Channel: ch, Topic: t}
			if !slices.Contains(shown, boxName(k)) {
				continue
			}
			want := form[boxName(k)] == "yes"
			if !want && v.Record.At(k, p.Now()).State == consent.Pending {
				continue // its box is shown unticked whatever the person thinks of it: no answer yet
			}
			choice.Want[k] = want
			wantsEmail = wantsEmail || want && ch.Reaches() == address.Email
			wantsPhone = wantsPhone || want && ch.Reaches() == address.Phone
		}
	}
	var problems []problem
	other := func(name string, kind address.Kind, wanted bool, wrong, missing string) (a address.Address) {
		s := strings.TrimSpace(form[name])
		if knows(v, kind) {
			return a
		}
		if s == "" {
			if wanted {
				problems = append(problems, problem{name, missing})
			}
			return a
		}
		a, err := parse(kind, s, v.Brand.Country)
		if err != nil {
			problems = append(problems, problem{name, wrong})
		}
		return a
	}
	choice.OtherEmail = other("other_email", address.Email, wantsEmail, "err_email", "err_email_missing")
	choice.OtherPhone = other("other_phone", address.Phone, wantsPhone, "err_phone", "err_phone_missing")

	for _, d := range weekdays {
		if form["day_"+d] == "yes" {
			choice.Prefs.Days = append(choice.Prefs.Days, d)
		}
	}
	for _, h := range dayParts {
		if form["hours_"+h] == "yes" {
			choice.Prefs.Hours = append(choice.Prefs.Hours, h)
		}
	}
	if n, err := strconv.Atoi(form["per_month"]); err == nil && (slices.Contains(monthly, n) || n == v.Prefs.PerMonth) {
		choice.Prefs.PerMonth = n
	}
	choice.Prefs.PauseUntil = p.pauseUntil(form["pause"], v)
	if l := form["language"]; slices.Contains(offered(v.Brand), l) {
		choice.Prefs.Language = l
	}
	return choice, problems
}

// pauseUntil is the end of a pause: the one that runs, or whole months from today.
func (p *Pages) pauseUntil(s string, v optin.View) (t time.Time) {
	if s == "keep" {
		return v.Prefs.PauseUntil
	}
	if n, err := strconv.Atoi(s); err == nil && slices.Contains(pauses, n) {
		return p.Now().AddDate(0, n, 0).UTC().Truncate(time.Second)
	}
	return t
}

func parse(kind address.Kind, s, region string) (address.Address, error) {
	if kind == address.Email {
		return address.ParseEmail(s)
	}
	return address.ParsePhone(s, region)
}
