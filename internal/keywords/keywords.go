// Package keywords turns a text into an intent. A Book knows STOP, HELP, yes
// and no in every language, and the program words of the brands on a number.
// It is a pure rule: no clock, no database, linear in the length of the text.
package keywords

// Intent is what the person wants.
type Intent string

// The intents.
const (
	Stop      Intent = "stop"
	MaybeStop Intent = "maybe_stop"
	Help      Intent = "help"
	Start     Intent = "start"
	Confirm   Intent = "confirm"
	Decline   Intent = "decline"
	Join      Intent = "join"
	Redeem    Intent = "redeem"
	Rights    Intent = "rights"
	NoIntent  Intent = "none"
)

// Scope is how far a stop reaches.
type Scope string

// The scopes: the channel the text came on, every channel, or one program.
const (
	NoScope      Scope = ""
	ScopeChannel Scope = "channel"
	ScopeAll     Scope = "all"
	ScopeProgram Scope = "program"
)

// Reading is how a text was understood, with the rule that decided.
type Reading struct {
	Text    string `json:"text"` // as received
	Intent  Intent `json:"intent"`
	Scope   Scope  `json:"scope"`   // stop only
	Program string `json:"program"` // redeem, join; the program whose word was used
	Code    string `json:"code"`    // redeem: the argument, canonical (upper case, no separators)
	Rule    string `json:"rule"`    // e.g. "it-stop-any", "global-stop", "program-word"
	// Join lists programs joined beside a redeem: "CARTA 123456 OFFERTE" does both.
	Join []string `json:"join,omitempty"`
	// Declined lists the programs refused beside a redeem, or one empty string
	// where the text refuses without naming any: "CARTA 123456 NO OFFERTE",
	// "CARTA 123456 no grazie". Join is empty then: ask nothing, invite to nothing.
	Declined []string `json:"declined,omitempty"`
	// Lang is the language of the word that decided, empty where it tells nothing.
	Lang string `json:"lang,omitempty"`
}
