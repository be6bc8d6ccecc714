package consent

import (
	"encoding/json"
	"time"
)

// Schema is the version of Event's JSON form.
const Schema = "gw-1"

// Event is the evidence of one act of one person (ISO/IEC TS 27560:2023 event
// with the proof around it). It lists every permission the act changed; a
// person's Record is the fold of their events. It is sealed with the person's
// key before it is stored; the ledger sees only a salted hash of the ciphertext.
type Event struct {
	SchemaVersion string    `json:"schema_version"`
	ID            string    `json:"event_id"`
	Brand         string    `json:"tenant_id"`
	Controller    string    `json:"controller"` // who is responsible: legal name and seat
	Person        string    `json:"subject_id"`
	Type          ActKind   `json:"event_type"`
	At            time.Time `json:"event_time"`    // when the person acted, as far as anybody can say
	Received      time.Time `json:"received_time"` // our clock

	Identifier     string  `json:"identifier,omitempty"` // the address, in clear inside the seal
	IdentifierType string  `json:"identifier_type,omitempty"`
	IdentityLevel  string  `json:"identity_level,omitempty"` // none, address_proven, card_matched
	Channel        Channel `json:"channel,omitempty"`        // the act travelled on it
	Language       string  `json:"language,omitempty"`

	Jurisdiction       string `json:"jurisdiction,omitempty"`
	JurisdictionSource string `json:"jurisdiction_src,omitempty"` // prefix, brand

	Method  string `json:"collection_method,omitempty"` // sms_keyword, web_form, email_link, api…
	Point   string `json:"collection_point,omitempty"`  // short code, URL path
	Program string `json:"program,omitempty"`

	Artefact   string `json:"call_to_action_version,omitempty"`
	Notice     string `json:"notice_version,omitempty"` // id/version
	Text       string `json:"text_version,omitempty"`   // catalogue text shown or sent, with its hash
	MinimumAge int    `json:"minimum_age,omitempty"`    // stated on the artefact

	Words   string            `json:"affirmative_act,omitempty"` // verbatim
	Wording string            `json:"wording,omitempty"`         // the words beside the box
	Intent  string            `json:"intent,omitempty"`
	Rule    string            `json:"reading_rule,omitempty"`
	Proof   map[string]string `json:"evidence,omitempty"` // raw parameters, signature, page timing

	OptIn     *OptIn   `json:"doi,omitempty"`
	Terms     *Terms   `json:"conditions,omitempty"`
	OpenedBy  string   `json:"opened_by,omitempty"` // person, brand: who opened the exchange
	Withdrawn string   `json:"withdrawal_method,omitempty"`
	Benefit   *Benefit `json:"benefit,omitempty"`
	NotAsked  []Ruling `json:"not_asked,omitempty"` // questions policy refused
	Prefs     string   `json:"preferences,omitempty"`

	Changes  []Change `json:"changes,omitempty"`
	Messages []Said   `json:"messages,omitempty"` // queued with this event
	Canceled []string `json:"canceled,omitempty"` // message ids cancelled with this event
}

// OptIn ties the two halves of a double opt-in together.
type OptIn struct {
	Request     string    `json:"request_event"`
	RequestedAt time.Time `json:"requested_at,omitzero"`
	Message     string    `json:"message_ref,omitempty"` // the question
	SentAt      time.Time `json:"sent_at,omitzero"`      // when the attempt to send it began
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
	Act         string    `json:"confirm_act,omitempty"` // sms_reply, post
	Expires     time.Time `json:"expires_at,omitzero"`
}

// Terms are the facts that make a consent freely given (GDPR art. 7(2), 7(4)).
type Terms struct {
	SeparateFromTerms bool `json:"separate_from_terms"`
	NotConditional    bool `json:"not_conditional"`
	Preticked         bool `json:"preticked"`
}

// Benefit is what the person got, whatever they answered.
type Benefit struct {
	Program string `json:"program"`
	Code    string `json:"code,omitempty"`
	Outcome string `json:"outcome"` // granted, bad_code, no_code
}

// Ruling is a question that was not put, and the rule that said so.
type Ruling struct {
	Kind   string  `json:"kind"`
	Topic  Topic   `json:"topic"`
	Rule   string  `json:"rule"`
	Reason string  `json:"reason"`
	On     Channel `json:"channel"`
}

// Said names a message queued with an event, with the hash of its text.
type Said struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	Template string `json:"template"`
	Text     string `json:"text_sha256"`
}

// Encode is the canonical JSON that is sealed.
func (e *Event) Encode() ([]byte, error) { return json.Marshal(e) }

// Fold replays changes onto an empty record: the state that the evidence proves.
func Fold(events []*Event) Record {
	r := Record{}
	for _, e := range events {
		r.Apply(e.Changes)
	}
	return r
}
