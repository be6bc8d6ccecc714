// Package brands is the retailer: its numbers, senders, programs, notices and
// the words it uses. A brand is written in YAML, checked, and applied.
package brands

import "placet/internal/consent"

// Brand is one retailer as configured. The yaml names are public.
type Brand struct {
	ID         string          `yaml:"id"`          // "rossi": lower case, digits, dashes
	Name       string          `yaml:"name"`        // as people know it
	Legal      string          `yaml:"legal"`       // the controller: company name
	Postal     string          `yaml:"postal"`      // postal address
	Contact    string          `yaml:"contact"`     // e-mail or URL for questions and rights
	Country    string          `yaml:"country"`     // ISO 3166-1 alpha-2
	TimeZone   string          `yaml:"time_zone"`   // IANA; where quiet hours are computed for unknown recipients
	Languages  []string        `yaml:"languages"`   // first is the default
	LinkHost   string          `yaml:"link_host"`   // base URL of links; empty: the gateway's public URL
	Colour     string          `yaml:"colour"`      // accent on customer pages, "#7a1f2b"
	Topics     []consent.Topic `yaml:"topics"`      // what the brand may ask for; info and offers when empty
	MinimumAge int             `yaml:"minimum_age"` // default 18
	Twilio     Twilio          `yaml:"twilio"`
	Numbers    []Number        `yaml:"numbers"` // inbound numbers and short codes
	Senders    Senders         `yaml:"senders"`
	Programs   []Program       `yaml:"programs"`
	Notices    []Notice        `yaml:"notices"`
}

// Twilio names the account the brand's SMS travel through.
type Twilio struct {
	Account string `yaml:"account"` // AC…
}

// Number is one inbound number.
type Number struct {
	Number        string `yaml:"number"`          // "41430" or E.164
	Price         string `yaml:"price"`           // free, standard, premium; what a text to it costs the person
	OptoutReplyBy string `yaml:"optout_reply_by"` // gateway (default) or provider: who acknowledges STOP
}

// Senders are the identities the brand writes under.
type Senders struct {
	SMS   string `yaml:"sms"`   // default: the first number; replies always leave from the number that was texted
	Alpha string `yaml:"alpha"` // alphanumeric sender ID, one-way
	Email string `yaml:"email"` // "ciao@rossimoda.example"
}

// Program is one way people meet the brand: a card, a receipt, the Wi-Fi, a newsletter.
type Program struct {
	ID        string              `yaml:"id"`
	Name      map[string]string   `yaml:"name"`    // language -> what it is called
	Words     map[string][]string `yaml:"words"`   // language -> keywords; "" for all
	Benefit   string              `yaml:"benefit"` // card, receipt, wifi, or empty: a plain join
	Codes     Codes               `yaml:"codes"`
	Invite    bool                `yaml:"invite"`    // ask for the permission after the benefit
	Topics    []consent.Topic     `yaml:"topics"`    // asked for by the invitation or the join
	Channels  []consent.Channel   `yaml:"channels"`  // of the join form; sms where texted
	Notice    string              `yaml:"notice"`    // id of the notice
	Artefact  string              `yaml:"artefact"`  // what announced it: "poster-2026-03"
	Announced bool                `yaml:"announced"` // the artefact says a question follows
}

// Codes says which codes a program takes.
type Codes struct {
	Check  string   `yaml:"check"`  // luhn (digits) or crockford (12 characters + check)
	Issued []string `yaml:"issued"` // codes valid besides those the check accepts
}

// Notice is one privacy notice; each version is a text per language, immutable once applied.
type Notice struct {
	ID      string            `yaml:"id"`
	Version string            `yaml:"version"`
	Text    map[string]string `yaml:"text"` // language -> the whole text
}
