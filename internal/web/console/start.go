package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"placet/internal/consent"
	"placet/internal/message"
)

//go:embed assets
var assets embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"number": number[int], "leaf": number[int64], "exact": exact, "channel": channelName, "method": methodName,
}).ParseFS(assets, "assets/*.html"))

// start answers: who may be written to, and who not? Without a session it says how to get one.
func (h *Handler) start(c echo.Context) error {
	ctx := c.Request().Context()
	brand := h.sessions.GetString(ctx, "brand")
	if brand == "" {
		return h.show(c, http.StatusOK, "sign-in.html", map[string]any{})
	}
	o, err := h.Source.Overview(ctx, brand)
	if err != nil {
		return h.unavailable(c, err)
	}
	return h.show(c, http.StatusOK, "start.html", arrange(o, h.Sandbox))
}

// show renders to memory first, so that half a page is never sent.
func (h *Handler) show(c echo.Context, status int, name string, data any) error {
	var buf bytes.Buffer
	if err := templates.ExecuteTemplate(&buf, name, data); err != nil {
		return fmt.Errorf("console: render %s: %w", name, err)
	}
	return c.HTMLBlob(status, buf.Bytes())
}

func style(c echo.Context) error {
	css, err := assets.ReadFile("assets/console.css")
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-cache")
	return c.Blob(http.StatusOK, "text/css; charset=utf-8", css)
}

// startPage is an Overview laid out.
type startPage struct {
	Overview
	Sandbox bool
	States  []stateHead
	Rows    []permissionRow
	Fates   []fateRow
	Sent    int
}

type stateHead struct {
	State consent.State
	Name  string
}

type permissionRow struct {
	Channel consent.Channel
	Topic   consent.Topic
	Counts  []int // in the order of States
	Total   int
	Bar     []segment
}

// segment is a piece of a bar 100 wide.
type segment struct {
	State    consent.State
	Name     string
	X, Width float64
}

type fateRow struct {
	Fate     message.Fate
	Name     string
	Messages int
	Width    float64 // of 100, against the largest
	Harm     bool
}

// states are shown in this order: what may be used, what may become so, what may not.
var states = []stateHead{
	{consent.Granted, "yes"}, {consent.Pending, "asked"}, {consent.Expired, "lapsed"}, {consent.Refused, "refused"},
	{consent.Withdrawn, "withdrew"}, {consent.Objected, "objected"}, {consent.Invalidated, "invalid"},
}

var fates = []fateRow{
	{Fate: message.Queued, Name: "waiting"}, {Fate: message.Sending, Name: "being sent"}, {Fate: message.Accepted, Name: "taken by the provider"},
	{Fate: message.Sent, Name: "handed to the carrier"}, {Fate: message.Delivered, Name: "delivered"}, {Fate: message.Undelivered, Name: "undelivered", Harm: true},
	{Fate: message.Failed, Name: "refused by the provider", Harm: true}, {Fate: message.Unknown, Name: "not known", Harm: true},
	{Fate: message.Canceled, Name: "cancelled by the person"}, {Fate: message.Denied, Name: "denied by a rule"}, {Fate: message.TooLate, Name: "too late to send"},
}

// arrange lays an Overview out. States nobody is in get no column, fates nothing met no row.
func arrange(o Overview, sandbox bool) startPage {
	p := startPage{Overview: o, Sandbox: sandbox}
	count := map[PermissionCount]int{} // People left 0 in the key
	for _, c := range o.Permissions {
		n := c.People
		c.People = 0
		count[c] += n
	}
	for _, s := range states {
		if slices.ContainsFunc(o.Permissions, func(c PermissionCount) bool { return c.State == s.State && c.People > 0 }) {
			p.States = append(p.States, s)
		}
	}
	for _, ch := range consent.Channels {
		for _, t := range consent.Topics {
			row := permissionRow{Channel: ch, Topic: t}
			for _, s := range p.States {
				n := count[PermissionCount{Channel: ch, Topic: t, State: s.State}]
				row.Counts, row.Total = append(row.Counts, n), row.Total+n
			}
			if row.Total == 0 {
				continue
			}
			x := 0.0
			for i, s := range p.States {
				w := 100 * float64(row.Counts[i]) / float64(row.Total)
				row.Bar = append(row.Bar, segment{s.State, s.Name, x, w})
				x += w
			}
			p.Rows = append(p.Rows, row)
		}
	}
	met, most := map[message.Fate]int{}, 0
	for _, f := range o.Messages {
		met[f.Fate] += f.Messages
		most = max(most, met[f.Fate])
		p.Sent += f.Messages
	}
	for _, f := range fates {
		if f.Messages = met[f.Fate]; f.Messages > 0 {
			f.Width = 100 * float64(f.Messages) / float64(most)
			p.Fates = append(p.Fates, f)
		}
	}
	return p
}

// methodName reads a collection method of the evidence as words: sms_keyword is "SMS keyword".
func methodName(m string) string {
	return strings.NewReplacer("_", " ", "sms", "SMS", "email", "e-mail", "api", "API", "wifi", "Wi-Fi").Replace(m)
}

// Answer is the first line of the page.
func (p startPage) Answer() string {
	s := fmt.Sprintf("%s may be written to today; %s asked to be left alone", people(p.MayWrite), number(p.Left))
	if p.Waiting > 0 {
		s += fmt.Sprintf(", and %s %s not answered yet", number(p.Waiting), map[bool]string{true: "has", false: "have"}[p.Waiting == 1])
	}
	return s + "."
}

// When writes a time as people say it, in the overview's own zone: "today 14:03".
func (p startPage) When(t time.Time) string {
	t = t.In(p.At.Location())
	switch {
	case t.Format(time.DateOnly) == p.At.Format(time.DateOnly):
		return t.Format("today 15:04")
	case t.Format(time.DateOnly) == p.At.AddDate(0, 0, -1).Format(time.DateOnly):
		return t.Format("yesterday 15:04")
	case t.Year() == p.At.Year():
		return t.Format("2 January 15:04")
	}
	return t.Format("2 January 2006 15:04")
}

// Age says how long ago, in the largest whole unit.
func (p startPage) Age(t time.Time) string {
	switch d := p.At.Sub(t); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(0, int(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
}

// exact is the moment with its zone, for hover and print.
func exact(t time.Time) string { return t.Format("2006-01-02 15:04:05 MST") }

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return number(n) + " people"
}

// number groups thousands: 8,311.
func number[N int | int64](n N) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func channelName(c consent.Channel) string {
	switch c {
	case consent.SMS:
		return "SMS"
	case consent.Email:
		return "e-mail"
	case consent.Call:
		return "phone call"
	case consent.Post:
		return "post"
	}
	return string(c)
}
