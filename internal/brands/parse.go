package brands

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"placet/internal/address"
	"placet/internal/consent"
)

// Parse reads one brand from YAML. Unknown keys are errors with their line.
// name is the file's, for messages.
func Parse(name string, text []byte) (*Brand, error) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	b := &Brand{}
	if err := dec.Decode(b); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("brands: %s is empty", name)
		}
		return nil, fmt.Errorf("brands: %s: %s", name, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := dec.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("brands: %s: one brand a file, please", name)
	}
	if err := b.Check(); err != nil {
		return nil, fmt.Errorf("%w (in %s)", err, name)
	}
	return b, nil
}

var (
	countryRule = regexp.MustCompile(`^[A-Z]{2}$`)
	idRule      = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	colourRule  = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	alphaRule   = regexp.MustCompile(`^[A-Za-z0-9 ]{3,11}$`)
	numberRule  = regexp.MustCompile(`^(\+[1-9][0-9]{7,14}|[1-9][0-9]{2,7})$`)
)

// Check says what is wrong with a brand, naming the field. It fills nothing in.
func (b *Brand) Check() error {
	bad := func(field, format string, args ...any) error {
		return fmt.Errorf("brands: %s: %s: %s", b.ID, field, fmt.Sprintf(format, args...))
	}
	switch {
	case !idRule.MatchString(b.ID):
		return bad("id", "write 1 to 32 lower-case letters, digits and dashes, a letter first")
	case b.Name == "":
		return bad("name", "the name people know the brand by is missing")
	case b.Legal == "":
		return bad("legal", "the controller's legal name is missing (GDPR art. 13(1)(a))")
	case b.Contact == "":
		return bad("contact", "an address for questions and rights is missing")
	case !countryRule.MatchString(b.Country):
		return bad("country", "write an ISO 3166-1 code such as IT")
	case len(b.Languages) == 0:
		return bad("languages", "name at least one; the first is the default")
	case b.Colour != "" && !colourRule.MatchString(b.Colour):
		return bad("colour", "write #rrggbb")
	case b.MinimumAge < 0 || b.MinimumAge > 120:
		return bad("minimum_age", "%d is no age", b.MinimumAge)
	}
	if _, err := time.LoadLocation(b.TimeZone); err != nil || b.TimeZone == "" || b.TimeZone == "Local" {
		return bad("time_zone", "%q is not an IANA zone such as Europe/Rome", b.TimeZone)
	}
	if b.LinkHost != "" {
		if u, err := url.Parse(b.LinkHost); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.HasSuffix(b.LinkHost, "/") {
			return bad("link_host", "write a base URL without a slash at the end, such as https://go.rossimoda.example")
		}
	}
	for _, t := range b.Topics {
		if !slices.Contains(consent.Topics, t) {
			return bad("topics", "%q is none of %v", t, consent.Topics)
		}
	}
	for i, n := range b.Numbers {
		field := fmt.Sprintf("numbers[%d]", i)
		switch {
		case !numberRule.MatchString(n.Number):
			return bad(field, "%q is neither a short code nor E.164", n.Number)
		case !slices.Contains([]string{"", "free", "standard", "premium"}, n.Price):
			return bad(field, "price %q is none of free, standard, premium", n.Price)
		case n.Price == "premium":
			return bad(field, "a premium number cannot carry STOP, NO or HELP: leaving must be free of charge beyond the text")
		case !slices.Contains([]string{"", "gateway", "provider"}, n.OptoutReplyBy):
			return bad(field, "optout_reply_by %q is neither gateway nor provider", n.OptoutReplyBy)
		}
	}
	if a := b.Senders.Alpha; a != "" && (!alphaRule.MatchString(a) || !strings.ContainsFunc(a, func(r rune) bool { return r > '9' }) || strings.TrimSpace(a) != a) {
		return bad("senders.alpha", "%q: write 3 to 11 letters, digits or spaces, with at least one letter", a)
	}
	if e := b.Senders.Email; e != "" {
		if _, err := address.ParseEmail(e); err != nil {
			return bad("senders.email", "%v", err)
		}
	}
	notices := map[string]bool{}
	for i, n := range b.Notices {
		field := fmt.Sprintf("notices[%d]", i)
		switch {
		case !idRule.MatchString(n.ID):
			return bad(field, "id %q: write lower-case letters, digits and dashes", n.ID)
		case n.Version == "" || strings.ContainsAny(n.Version, "/ ?#%"):
			return bad(field, "version %q: it becomes part of a link; use digits, letters, dots, dashes", n.Version)
		case n.Text[b.Languages[0]] == "":
			return bad(field, "the text in %s, the brand's first language, is missing", b.Languages[0])
		}
		notices[n.ID] = true
	}
	programs := map[string]bool{}
	for i, p := range b.Programs {
		field := fmt.Sprintf("programs[%d]", i)
		switch {
		case !idRule.MatchString(p.ID):
			return bad(field, "id %q: write lower-case letters, digits and dashes", p.ID)
		case programs[p.ID]:
			return bad(field, "there are two programs %q", p.ID)
		case !slices.Contains([]string{"", "card", "receipt", "wifi"}, p.Benefit):
			return bad(field, "benefit %q is none of card, receipt, wifi (leave it out for a plain join)", p.Benefit)
		case !slices.Contains([]string{"", "luhn", "crockford"}, p.Codes.Check):
			return bad(field, "codes.check %q is neither luhn nor crockford", p.Codes.Check)
		case !notices[p.Notice]:
			return bad(field, "notice %q is not among the brand's notices; a program cannot ask without one", p.Notice)
		case p.Invite && !p.Announced:
			return bad(field, "it invites, but its artefact does not announce the question (announced: true); an unannounced question is not allowed")
		case p.Artefact == "":
			return bad(field, "artefact: name what announced the program (poster, card leaflet, receipt text)")
		}
		for _, t := range p.Topics {
			if !slices.Contains(b.AllTopics(), t) {
				return bad(field, "topic %q is not among the brand's topics %v", t, b.AllTopics())
			}
		}
		for _, c := range p.Channels {
			if !slices.Contains([]consent.Channel{consent.SMS, consent.Email, consent.Call}, c) {
				return bad(field, "channel %q is none of sms, email, call: a request is confirmed where it was made for", c)
			}
		}
		programs[p.ID] = true
	}
	return nil
}

// AllTopics is what the brand may ask for.
func (b *Brand) AllTopics() []consent.Topic {
	if len(b.Topics) > 0 {
		return b.Topics
	}
	return []consent.Topic{consent.Info, consent.Offers}
}

// Program finds a program by id; nil when there is none.
func (b *Brand) Program(id string) *Program {
	for i := range b.Programs {
		if b.Programs[i].ID == id {
			return &b.Programs[i]
		}
	}
	return nil
}

// Asks is what the program asks for: its topics, or the brand's marketing topics.
func (p *Program) Asks(b *Brand) []consent.Topic {
	if len(p.Topics) > 0 {
		return p.Topics
	}
	var ts []consent.Topic
	for _, t := range b.AllTopics() {
		if t.Purpose() == "marketing" {
			ts = append(ts, t)
		}
	}
	return ts
}

// Notice is the newest version of a notice (the last in the file); nil when there is none.
func (b *Brand) Notice(id string) *Notice {
	for i := len(b.Notices) - 1; i >= 0; i-- {
		if b.Notices[i].ID == id || id == "" {
			return &b.Notices[i]
		}
	}
	return nil
}

// Published finds a notice by "id/version", as evidence names it; nil when the
// brand does not carry it any more.
func (b *Brand) Published(name string) *Notice {
	for i := range b.Notices {
		if b.Notices[i].ID+"/"+b.Notices[i].Version == name {
			return &b.Notices[i]
		}
	}
	return nil
}

// Texts is the number or name that texts leave from when the person has not
// texted one of the brand's numbers.
func (b *Brand) Texts() string {
	switch {
	case b.Senders.SMS != "":
		return b.Senders.SMS
	case len(b.Numbers) > 0:
		return b.Numbers[0].Number
	default:
		return b.Senders.Alpha
	}
}

// Speaks picks the first of the wanted languages that the brand uses, or its first.
func (b *Brand) Speaks(wanted ...string) string {
	for _, w := range wanted {
		w, _, _ = strings.Cut(strings.ToLower(w), "-")
		if w != "" && slices.Contains(b.Languages, w) {
			return w
		}
	}
	return b.Languages[0]
}

// Links is the base URL of the brand's links.
func (b *Brand) Links(public string) string {
	if b.LinkHost != "" {
		return b.LinkHost
	}
	return public
}

// ProviderStops reports whether the provider itself acknowledges STOP on a number.
func (b *Brand) ProviderStops(number string) bool {
	for _, n := range b.Numbers {
		if n.Number == number {
			return n.OptoutReplyBy == "provider"
		}
	}
	return false
}
