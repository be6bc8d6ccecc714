package keywords

// The tables of words: one file per language, to be read and corrected by
// someone who knows the language and the law, not the code.
//
// Lists are separated by commas or line ends. Case, accents and punctuation do
// not matter; German umlauts also match "ae oe ue"; Bulgarian words also match
// the usual Latin spellings. A word ending in * matches every ending.
//
// In phrases, {name} is one word of the set of that name, ".." up to three
// words of any kind, ^ the beginning of the text, $ its end, | the edge of a
// clause. A phrase never runs across a comma or full stop. The sets msg, send, imper, do, want
// and get also tell what a no beside a program word is about.
type language struct {
	code string

	any     string // opts out as the whole text, with fillers; in a longer sentence a reason to doubt ("maybe")
	whole   string // opts out only as the whole text, with fillers: everyday words
	help    string
	start   string
	confirm string
	decline string // with a question pending: no
	nearYes string // friendly, but not a consent

	filler  string // may stand beside an opt-out, help or start word and change nothing
	polite  string // may stand beside a yes or a no and change nothing
	all     string // widens an opt-out to every channel
	ask     string // makes a clause a question or a condition: "how do I stop"
	modal   string // makes a question a request: "can you stop texting me?"
	topic   string // things people write about: "do not send the parcel"
	program string // may stand beside a program word: "attiva la carta"

	negate  string // refuses the program named after it, or, with nothing after it, before it: "no offers", "offers no"
	without string // refuses only what is named after it
	wish    string // may stand between a no and what it refuses: "non voglio offerte"
	hedge   string // beside a yes makes it no consent: maybe, I think, if, but

	sets map[string]string // words that do the same work in phrases

	refusal string // phrases that opt out
	maybe   string // phrases of someone who does not want this, or does not know us
	rights  string // wishes to see, correct or erase one's data
	refuse  string // phrases that answer no to a question
	benign  string // phrases in which opt-out words mean something else
}

// The rules are named language-kind: "it-stop-any", "fr-refusal". Those of the
// global words are global-stop, global-help and start.
//
// global counts for everyone, whatever the languages of the brand (rules of
// the providers: Twilio, AWS, Telnyx; 47 CFR 64.1200(a)(10)).
var global = language{
	any:   `stop, stopp, stopall, стоп, arret, arrete, arrett, unsubscribe, optout, opt out, revoke, στοπ`,
	help:  `help, info`,
	start: `start, unstop, unblock`,
}

// languages in the order of the tables; a book always counts English.
var languages = []*language{&global, &english, &italian, &french, &bulgarian, &german, &spanish, &portuguese, &romanian, &greek}

// stopSigns are emoji that are opt-out words when they stand alone.
const stopSigns = "🛑⛔🚫"

// notTypos are words one slip away from STOP or СТОП that mean something else.
var notTypos = map[string]bool{
	"top": true, "step": true, "shop": true, "slop": true, "stow": true, "atop": true, "swop": true, "stomp": true,
	"strop": true, "sto": true, "stol": true, "stoi": true, "stoy": true, "stoj": true, "stoq": true, "stoa": true,
	"stoc": true, "stok": true, "stom": true, "stor": true, "store": true, "stob": true, "stup": true, "stock": true, "otop": true,
	"топ": true, "сто": true, "стои": true, "стол": true, "стоя": true, "стот": true, "стон": true, "стог": true,
	"строп": true, "стопа": true, "стопи": true, "столп": true, "стоки": true, "сноп": true, "клоп": true, "поп": true, "стопл": true,
}
