package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"placet/internal/consent"
	"placet/internal/message"
)

// InputError says which field of a question cannot be used, and why. Field is
// empty when the line is no JSON object at all.
type InputError struct{ Field, Problem string }

func (e *InputError) Error() string {
	if e.Field == "" {
		return e.Problem
	}
	return e.Field + " " + e.Problem
}

var (
	kinds   = []message.Kind{message.Marketing, message.Repermission, message.Invitation, message.OptinRequest, message.Service}
	states  = []consent.State{consent.None, consent.Pending, consent.Granted, consent.Refused, consent.Expired, consent.Withdrawn, consent.Objected, consent.Invalidated}
	grades  = []consent.Grade{consent.GradeA, consent.GradeB, consent.GradeC, consent.GradeD, consent.GradeE}
	senders = []string{"alpha", "shortcode", "longcode", "email"}
)

// ParseQuestion reads one JSON object with the fields of `policy ask`. null means
// absent. An unknown or repeated field, a value outside its list, a wrong type,
// a missing kind, channel, topic or at: each is an *InputError, since a misspelt
// fact would otherwise pass as an unknown one. On an error the question still
// carries the id, if the line is JSON and has one.
func ParseQuestion(line []byte) (Question, error) {
	var q Question
	if len(bytes.TrimSpace(line)) == 0 {
		return q, &InputError{Problem: "the line is empty"}
	}
	if !utf8.Valid(line) {
		return q, &InputError{Problem: "the line is not UTF-8"}
	}
	if !json.Valid(line) {
		return q, &InputError{Problem: "the line is not JSON"}
	}
	d := json.NewDecoder(bytes.NewReader(line))
	if t, _ := d.Token(); t != json.Delim('{') {
		return q, &InputError{Problem: "the line is not a JSON object"}
	}
	var bad error
	seen := make(map[string]bool, 24)
	for d.More() {
		t, err := d.Token()
		name, _ := t.(string)
		var raw json.RawMessage
		if err == nil {
			err = d.Decode(&raw)
		}
		switch {
		case err != nil:
			return q, &InputError{Problem: "the line is not JSON"}
		case seen[name]:
			err = &InputError{name, "is given twice"}
		case string(raw) == "null" && known(name):
		default:
			err = q.set(name, raw)
		}
		seen[name] = true
		if bad == nil {
			bad = err
		}
	}
	if bad == nil {
		if e := q.check(); e != nil {
			bad = e
		} else if q.At.IsZero() {
			bad = &InputError{"at", "is missing"}
		}
	}
	return q, bad
}

var fields = []string{"id", "at", "country", "topic", "channel", "kind", "contact", "announced", "class", "business",
	"profession_match", "source", "source_disclosed", "consent", "consent_at", "grade", "suppressed", "asked_before",
	"sale_at", "similar", "notice_at_collection", "optout_offered", "last_positive_act", "sender", "sender_registered"}

func known(name string) bool { return slices.Contains(fields, name) }

// set writes one field.
func (q *Question) set(name string, raw json.RawMessage) error {
	switch name {
	case "id":
		q.rawID = string(raw)
		if raw[0] != '"' && raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
			return &InputError{name, "must be a string or a number"}
		}
		if raw[0] != '"' {
			q.ID = string(raw)
			return nil
		}
		return text(name, raw, &q.ID, nil)
	case "at":
		var err error
		q.At, q.DateOnly, err = moment(name, raw)
		return err
	case "country":
		if err := text(name, raw, &q.Country, nil); err != nil {
			return err
		}
		if q.Country == "" {
			return &InputError{name, "is empty; leave it out where it is unknown"}
		}
		return nil
	case "topic":
		return text(name, raw, &q.Topic, consent.Topics)
	case "channel":
		return text(name, raw, &q.Channel, consent.Channels)
	case "kind":
		return text(name, raw, &q.Kind, kinds)
	case "contact":
		return text(name, raw, &q.Contact, []string{"person", "brand"})
	case "class":
		return text(name, raw, &q.Class, classes)
	case "source":
		return text(name, raw, &q.Source, []string{"own", "rented"})
	case "consent":
		return text(name, raw, &q.Consent, states)
	case "grade":
		return text(name, raw, &q.Grade, grades)
	case "sender":
		return text(name, raw, &q.Sender, senders)
	case "consent_at":
		return dated(name, raw, &q.ConsentAt)
	case "sale_at":
		return dated(name, raw, &q.SaleAt)
	case "last_positive_act":
		return dated(name, raw, &q.LastPositiveAct)
	case "business":
		return flag(name, raw, &q.Business)
	case "suppressed":
		return flag(name, raw, &q.Suppressed)
	case "asked_before":
		return flag(name, raw, &q.AskedBefore)
	case "announced":
		return maybe(name, raw, &q.Announced)
	case "profession_match":
		return maybe(name, raw, &q.ProfessionMatch)
	case "source_disclosed":
		return maybe(name, raw, &q.SourceDisclosed)
	case "similar":
		return maybe(name, raw, &q.Similar)
	case "notice_at_collection":
		return maybe(name, raw, &q.NoticeAtCollection)
	case "optout_offered":
		return maybe(name, raw, &q.OptoutOffered)
	case "sender_registered":
		return maybe(name, raw, &q.SenderRegistered)
	}
	return &InputError{fmt.Sprintf("%.40q", name), "is not a field of a question"}
}

func text[T ~string](name string, raw json.RawMessage, to *T, of []T) error {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return &InputError{name, "must be a string"}
	}
	if of != nil && !slices.Contains(of, T(s)) {
		return &InputError{name, fmt.Sprintf("must be one of %v", of)}
	}
	*to = T(s)
	return nil
}

func flag(name string, raw json.RawMessage, to *bool) error {
	if json.Unmarshal(raw, to) != nil {
		return &InputError{name, "must be true or false"}
	}
	return nil
}

func maybe(name string, raw json.RawMessage, to **bool) error {
	*to = new(bool)
	return flag(name, raw, *to)
}

func dated(name string, raw json.RawMessage, to *time.Time) (err error) {
	*to, _, err = moment(name, raw)
	return err
}

// moment reads YYYY-MM-DD or RFC 3339.
func moment(name string, raw json.RawMessage) (t time.Time, dateOnly bool, err error) {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		if t, err = time.Parse(time.DateOnly, s); err == nil && !t.IsZero() {
			return t, true, nil
		}
		if t, err = time.Parse(time.RFC3339, s); err == nil && !t.IsZero() {
			return t, false, nil
		}
	}
	return time.Time{}, false, &InputError{name, "must be YYYY-MM-DD or RFC 3339 with an offset"}
}

// check finds what makes a question unanswerable: values outside their lists,
// facts missing without which there is no question, facts that contradict each other.
func (q *Question) check() *InputError {
	marketing := q.Kind == message.Marketing || q.Kind == message.Repermission || q.Kind == message.Invitation
	switch {
	case q.Kind == "":
		return &InputError{"kind", "is missing"}
	case q.Channel == "":
		return &InputError{"channel", "is missing"}
	case q.Topic == "":
		return &InputError{"topic", "is missing"}
	case !has(kinds, q.Kind):
		return &InputError{"kind", "is unknown"}
	case !has(consent.Channels, q.Channel):
		return &InputError{"channel", "is unknown"}
	case !has(consent.Topics, q.Topic):
		return &InputError{"topic", "is unknown"}
	case q.At.IsZero() && marketing:
		return &InputError{"at", "is missing"}
	case q.Country == "UK":
		return &InputError{"country", "UK is not ISO 3166-1; write GB"}
	case q.Country != "" && !isCountry(q.Country):
		return &InputError{"country", "must be two capital letters, ISO 3166-1 alpha-2"}
	case q.Contact != "" && q.Contact != "person" && q.Contact != "brand":
		return &InputError{"contact", "is unknown"}
	case q.Class != "" && !has(classes, q.Class):
		return &InputError{"class", "is unknown"}
	case q.Source != "" && q.Source != "own" && q.Source != "rented":
		return &InputError{"source", "is unknown"}
	case q.Consent != "" && !has(states, q.Consent):
		return &InputError{"consent", "is unknown"}
	case q.Grade != "" && !has(grades, q.Grade):
		return &InputError{"grade", "is unknown"}
	case q.Sender != "" && !has(senders, q.Sender):
		return &InputError{"sender", "is unknown"}
	case q.Channel == consent.SMS && q.Sender == "email":
		return &InputError{"sender", "email cannot send sms"}
	case q.At.IsZero():
		return nil
	case q.At.Year() < 1900 || q.At.Year() > 2200: // a typing error, and beyond what RFC 3339 can answer
		return &InputError{"at", "lies outside the years 1900 to 2200"}
	case after(q.ConsentAt, q.At):
		return &InputError{"consent_at", "lies in the future"}
	case after(q.SaleAt, q.At):
		return &InputError{"sale_at", "lies in the future"}
	case after(q.LastPositiveAct, q.At):
		return &InputError{"last_positive_act", "lies in the future"}
	}
	return nil
}

// answer is one line of `policy ask`; the names and their order are public.
type answer struct {
	ID           json.RawMessage `json:"id"`
	Verdict      Verdict         `json:"verdict"`
	Basis        *consent.Basis  `json:"basis"`
	Rule         string          `json:"rule"`
	Reason       string          `json:"reason"`
	Citation     string          `json:"citation"`
	Until        *time.Time      `json:"until"`
	Alternatives []string        `json:"alternatives"`
}

// AppendJSON appends the answer to q as one JSON object without a newline, the
// id as it was written.
func (d Decision) AppendJSON(to []byte, q Question) ([]byte, error) {
	a := answer{ID: json.RawMessage("null"), Verdict: d.Verdict, Rule: d.Rule, Reason: d.Reason, Citation: d.Citation,
		Alternatives: d.Alternatives}
	switch {
	case q.rawID != "":
		a.ID = json.RawMessage(q.rawID)
	case q.ID != "":
		id, err := json.Marshal(q.ID)
		if err != nil {
			return to, fmt.Errorf("policy: id: %w", err)
		}
		a.ID = id
	}
	if d.Basis != consent.NoBasis {
		a.Basis = &d.Basis
	}
	if !d.Until.IsZero() {
		a.Until = &d.Until
	}
	if a.Alternatives == nil {
		a.Alternatives = []string{}
	}
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(a); err != nil {
		return to, fmt.Errorf("policy: answer: %w", err)
	}
	return append(to, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...), nil
}

// Ask reads one line and decides it. A line that cannot be read is answered
// deny, rule all-input, with a reason that names the field.
func (b *Book) Ask(line []byte) (Question, Decision) {
	q, err := ParseQuestion(line)
	if err == nil {
		return q, b.decide(&q)
	}
	return q, b.Unreadable(err)
}

// Unreadable is the answer to a question that could not be read.
func (b *Book) Unreadable(err error) Decision {
	var bad *InputError
	if !errors.As(err, &bad) {
		bad = &InputError{Problem: err.Error()}
	}
	return b.malformed(bad)
}
