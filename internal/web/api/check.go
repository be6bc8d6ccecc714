package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/message"
	"placet/internal/optin"
	"placet/internal/policy"
)

// The rules of this door, beside those of the policy packs.
const (
	ruleAddress = "all-address" // the item cannot be read, or its address does not fit its channel
	rulePaused  = "all-paused"  // the person asked for a pause
)

// maxChecks is how many items one request may hold.
const maxChecks = 1000

// Check asks: may this be sent to this address now? Make one with ReadCheck.
type Check struct {
	To      address.Address
	Channel consent.Channel
	Topic   consent.Topic
	Kind    message.Kind
}

// Result is the answer to a Check. The JSON names are public; nil is null.
type Result struct {
	Allowed      bool           `json:"allowed"` // allow or allow_once
	Verdict      policy.Verdict `json:"verdict"`
	Rule         string         `json:"rule"`
	Reason       string         `json:"reason"`
	State        consent.State  `json:"state"` // of the permission for channel and topic, now
	Basis        *consent.Basis `json:"basis"` // what an allowance rests on
	Until        *time.Time     `json:"until"` // defer: ask again then
	Event        *string        `json:"event"` // the evidence of the permission's last change
	Alternatives []string       `json:"alternatives"`
	Prefer       Prefer         `json:"prefer"`
}

// Prefer is what the person would like; empty and nil mean no wish.
type Prefer struct {
	Hours      []string   `json:"hours"` // morning, afternoon, evening
	Days       []string   `json:"days"`  // mon … sun
	PerMonth   *int       `json:"per_month"`
	PauseUntil *time.Time `json:"pause_until"`
	Language   *string    `json:"language"`
}

var kinds = []message.Kind{message.Marketing, message.Repermission, message.Invitation, message.OptinRequest, message.Service}

// ReadCheck reads an item as integrators write it: phones may be national to the
// brand's country, an empty kind is marketing. wrong is empty, or says in one
// sentence what is wrong and repeats none of it.
func ReadCheck(b *brands.Brand, to, channel, topic, kind string) (q Check, wrong string) {
	q = Check{Channel: consent.Channel(channel), Topic: consent.Topic(topic), Kind: message.Kind(kind)}
	if kind == "" {
		q.Kind = message.Marketing
	}
	var err error
	q.To, err = address.Lookup(to, b.Country)
	switch {
	case to == "":
		return q, "The address is missing."
	case err != nil:
		return q, "The address is neither a phone number that can exist nor an e-mail address."
	case !slices.Contains(consent.Channels, q.Channel):
		return q, "The channel is none of sms, email, call, post."
	case !slices.Contains(consent.Topics, q.Topic):
		return q, "The topic is none of info, offers, profiling, partners."
	case !slices.Contains(kinds, q.Kind):
		return q, "The kind is none of marketing, repermission, invitation, optin_request, service."
	case !reaches(q.Channel, q.To):
		return q, "The channel does not travel to this kind of address."
	}
	return q, ""
}

// reaches says whether a channel travels to a kind of address; post goes to neither.
func reaches(c consent.Channel, a address.Address) bool {
	switch c {
	case consent.Email:
		return a.Kind() == address.Email
	case consent.SMS, consent.Call:
		return a.Kind() == address.Phone
	default:
		return false
	}
}

// Unreadable is the answer to an item in which something is wrong.
func Unreadable(wrong string) Result {
	return Result{Verdict: policy.Deny, Rule: ruleAddress, Reason: wrong, State: consent.None, Alternatives: []string{"none"}, Prefer: prefer(optin.Facts{})}
}

// Answer decides a check by how the person stands: policy first, then the
// person's own wish for a pause, which only postpones. It is pure.
func (q Check) Answer(book *policy.Book, b *brands.Brand, who *optin.Draft, now time.Time) Result {
	p := who.Record.At(consent.Key{Channel: q.Channel, Topic: q.Topic}, now)
	d := book.Decide(b.Question(brands.Asking{
		Kind: q.Kind, Channel: q.Channel, Topic: q.Topic, To: q.To, Contact: "brand",
		Permission: p, Suppressed: who.Suppressed[q.Channel], At: now,
	}))
	pause := who.Facts.Prefs.PauseUntil
	if q.Kind == message.Marketing && pause.After(now) && (d.Allowed() || d.Verdict == policy.Defer && d.Until.Before(pause)) {
		d.Verdict, d.Until, d.Rule, d.Reason = policy.Defer, pause, rulePaused, "The person asked for a pause."
	}
	r := Result{
		Allowed: d.Allowed(), Verdict: d.Verdict, Rule: d.Rule, Reason: d.Reason, State: p.State,
		Until: moment(d.Until), Event: some(p.Event), Alternatives: list(d.Alternatives), Prefer: prefer(who.Facts),
	}
	if d.Basis != consent.NoBasis {
		r.Basis = &d.Basis
	}
	return r
}

func prefer(f optin.Facts) Prefer {
	p := Prefer{Hours: list(f.Prefs.Hours), Days: list(f.Prefs.Days), PauseUntil: moment(f.Prefs.PauseUntil), Language: language(f)}
	if n := f.Prefs.PerMonth; n > 0 {
		p.PerMonth = &n
	}
	return p
}

// language is the one a person chose, or else used last.
func language(f optin.Facts) *string {
	if f.Prefs.Language != "" {
		return &f.Prefs.Language
	}
	return some(f.Language)
}

// some is nil for the empty string.
func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// moment is nil for the zero time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// list is never nil: it is written [] and not null.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// check is POST /v1/permissions/check. An item that cannot be read is answered
// in its place and harms no other.
func (a *API) check(c echo.Context, b *brands.Brand) error {
	raw, err := body(c)
	if err != nil {
		return err
	}
	var items []json.RawMessage
	faults := object(raw, map[string]any{"checks": &items})
	if len(faults) == 0 && (len(items) == 0 || len(items) > maxChecks) {
		faults = append(faults, fault{"/checks", "invalid", "send 1 to 1,000 checks"})
	}
	if len(faults) > 0 {
		return invalid(faults...)
	}
	results := make([]Result, len(items))
	var checks []Check
	var places []int
	for i, item := range items {
		q, wrong := readItem(b, item)
		if wrong != "" {
			results[i] = Unreadable(wrong)
			continue
		}
		checks, places = append(checks, q), append(places, i)
	}
	to := make([]address.Address, len(checks))
	for i, q := range checks {
		to[i] = q.To
	}
	people, err := a.Store.People(c.Request().Context(), b.ID, to)
	if err != nil {
		return err
	}
	now := a.Now()
	for i, q := range checks {
		results[places[i]] = q.Answer(a.Policy, b, people[i], now)
	}
	return c.JSON(http.StatusOK, map[string]any{"results": results})
}

func readItem(b *brands.Brand, raw []byte) (q Check, wrong string) {
	var to, channel, topic, kind string
	if faults := object(raw, map[string]any{"address": &to, "channel": &channel, "topic": &topic, "kind": &kind}); len(faults) > 0 {
		return q, "The item is not an object of address, channel, topic and kind, each a string."
	}
	return ReadCheck(b, to, channel, topic, kind)
}
