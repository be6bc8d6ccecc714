// Package address holds the two things a person can be reached at, a phone
// number and an e-mail address, in one canonical form. Printing an Address
// masks it; the wire form has to be asked for by name.
package address

import (
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/net/idna"
)

// Kind says what an Address is.
type Kind string

// The kinds of address.
const (
	Phone Kind = "phone"
	Email Kind = "email"
)

// ErrInvalid is wrapped by every refusal of this package.
var ErrInvalid = errors.New("not a phone number or e-mail address")

// Address is a canonical phone number (E.164, with +) or e-mail address
// (local part as given, domain in lower-case ASCII). The zero value is no address.
type Address struct {
	kind Kind
	wire string
}

// Parse reads a phone number or an e-mail address. The region (ISO 3166-1
// alpha-2, may be empty) is used for phone numbers written without a country code.
func Parse(s, region string) (Address, error) {
	if strings.Contains(s, "@") {
		return ParseEmail(s)
	}
	return ParsePhone(s, region)
}

// Lookup reads an address that somebody may be known under: like Parse, and also
// an E.164 number that its numbering plan does not list, because a provider may
// have vouched for it (see FromProvider).
func Lookup(s, region string) (Address, error) {
	a, err := Parse(s, region)
	if err == nil {
		return a, nil
	}
	if b, err := FromProvider(strings.TrimSpace(s)); err == nil {
		return b, nil
	}
	return Address{}, err
}

// ParsePhone reads a phone number that can exist in its country's plan.
func ParsePhone(s, region string) (Address, error) {
	s = strings.TrimSpace(s)
	if len(s) > 40 {
		return Address{}, fmt.Errorf("phone number of %d characters: %w", len(s), ErrInvalid)
	}
	n, err := phonenumbers.Parse(s, region)
	if err != nil {
		return Address{}, fmt.Errorf("phone number (%s): %w", strings.ToLower(err.Error()), ErrInvalid)
	}
	if n.GetExtension() != "" {
		return Address{}, fmt.Errorf("phone number with an extension: %w", ErrInvalid)
	}
	if !phonenumbers.IsValidNumber(n) {
		return Address{}, fmt.Errorf("phone number outside its country's numbering plan: %w", ErrInvalid)
	}
	return Address{Phone, phonenumbers.Format(n, phonenumbers.E164)}, nil
}

// ParseEmail reads one bare e-mail address (RFC 5321 addr-spec, no display
// name, no quoted local part). The local part keeps its case and its plus tag;
// lookups fold case, see Index.
func ParseEmail(s string) (Address, error) {
	s = strings.TrimSpace(s)
	if len(s) > 254 { // RFC 5321 §4.5.3.1.3, less the angle brackets
		return Address{}, fmt.Errorf("e-mail address of %d characters: %w", len(s), ErrInvalid)
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`<>"(),:;\`, r) {
			return Address{}, fmt.Errorf("e-mail address with %q in it: %w", r, ErrInvalid)
		}
	}
	m, err := mail.ParseAddress(s)
	if err != nil || m.Name != "" {
		return Address{}, fmt.Errorf("e-mail address: %w", ErrInvalid)
	}
	local, domain, ok := strings.Cut(m.Address, "@")
	if !ok || local == "" || len(local) > 64 {
		return Address{}, fmt.Errorf("e-mail address: %w", ErrInvalid)
	}
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(domain, "."))
	if err != nil || !strings.Contains(ascii, ".") || slices.ContainsFunc(strings.Split(ascii, "."), func(l string) bool { return len(l) > 63 }) {
		return Address{}, fmt.Errorf("e-mail domain: %w", ErrInvalid) // RFC 1035 §2.3.4: labels of at most 63
	}
	return Address{Email, local + "@" + strings.ToLower(ascii)}, nil
}

// Kind says what the address is; empty for the zero value.
func (a Address) Kind() Kind { return a.kind }

// IsZero reports whether there is no address.
func (a Address) IsZero() bool { return a.wire == "" }

// Wire is the address in clear, for a provider, a sealed column or its owner's eyes.
func (a Address) Wire() string { return a.wire }

// Index is the input of the blind index: two spellings of one address have one Index.
func (a Address) Index() string { return string(a.kind) + ":" + strings.ToLower(a.wire) }

// Region is the country (ISO 3166-1 alpha-2) of a phone number's prefix; empty
// for e-mail and for numbers that belong to no country (satellite, +800).
func (a Address) Region() string {
	if a.kind != Phone {
		return ""
	}
	if strings.HasPrefix(a.wire, "+393") {
		return "IT" // mobiles; the Vatican shares only landlines
	}
	for n := 2; n <= 4 && n <= len(a.wire); n++ {
		if r, ok := alone[a.wire[1:n]]; ok {
			return r
		}
	}
	n, err := phonenumbers.Parse(a.wire, "")
	if err != nil {
		return ""
	}
	r := phonenumbers.GetRegionCodeForNumber(n)
	if r == "001" || r == "ZZ" {
		return ""
	}
	return r
}

// Zone is the IANA time zone of a phone number's prefix; empty for e-mail and
// where the prefix spans zones whose clocks differ (Rome and the Vatican do not).
func (a Address) Zone() string {
	if a.kind != Phone {
		return ""
	}
	n, err := phonenumbers.Parse(a.wire, "")
	if err != nil {
		return ""
	}
	zones, err := phonenumbers.GetTimezonesForNumber(n)
	if err != nil || len(zones) == 0 || zones[0] == phonenumbers.UNKNOWN_TIMEZONE {
		return ""
	}
	for _, z := range zones[1:] {
		if !sameClock(z, zones[0]) {
			return ""
		}
	}
	return zones[0]
}

// sameClock compares two zones in winter and in summer.
func sameClock(a, b string) bool {
	la, erra := time.LoadLocation(a)
	lb, errb := time.LoadLocation(b)
	if erra != nil || errb != nil {
		return false
	}
	for _, month := range []time.Month{time.January, time.July} {
		t := time.Date(2026, month, 1, 12, 0, 0, 0, time.UTC)
		_, oa := t.In(la).Zone()
		_, ob := t.In(lb).Zone()
		if oa != ob {
			return false
		}
	}
	return true
}

// alone holds the calling codes that one country has to itself: most numbers
// need no look at a numbering plan to tell their country.
var alone = func() map[string]string {
	m := map[string]string{}
	for cc := range phonenumbers.GetSupportedCallingCodes() {
		if rs := phonenumbers.GetRegionCodesForCountryCode(cc); len(rs) == 1 && rs[0] != "001" {
			m[strconv.Itoa(cc)] = rs[0]
		}
	}
	return m
}()

// String masks: "+39 *** ***45 67" style for phones, "m***@example.com" for e-mail.
func (a Address) String() string {
	switch a.kind {
	case Phone:
		w := a.wire
		if len(w) < 8 {
			return "+***"
		}
		return w[:3] + strings.Repeat("*", len(w)-6) + w[len(w)-3:]
	case Email:
		local, domain, _ := strings.Cut(a.wire, "@")
		first := ""
		for _, r := range local {
			first = string(r)
			break
		}
		return first + "***@" + domain
	}
	return "(no address)"
}

// GoString masks too, so that %#v prints nothing personal.
func (a Address) GoString() string { return "address.Address{" + a.String() + "}" }

// LogValue masks in structured logs.
func (a Address) LogValue() slog.Value { return slog.StringValue(a.String()) }

// MarshalText masks: an Address put in JSON by accident gives nothing away.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// FromProvider takes a sender's number as a signed provider callback gives it:
// E.164, 8 to 15 digits. The network vouches for it, so its numbering plan is
// not second-guessed; short codes and alphanumeric senders are refused.
func FromProvider(s string) (Address, error) {
	if len(s) < 9 || len(s) > 16 || s[0] != '+' || s[1] == '0' {
		return Address{}, fmt.Errorf("sender is not an E.164 number: %w", ErrInvalid)
	}
	for _, c := range s[1:] {
		if c < '0' || c > '9' {
			return Address{}, fmt.Errorf("sender is not an E.164 number: %w", ErrInvalid)
		}
	}
	return Address{Phone, s}, nil
}

// Stored rebuilds an address that was canonical when it was stored.
func Stored(k Kind, wire string) (Address, error) {
	if k != Phone && k != Email || wire == "" {
		return Address{}, fmt.Errorf("stored %q: %w", k, ErrInvalid)
	}
	return Address{k, wire}, nil
}
