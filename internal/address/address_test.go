package address_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"placet/internal/address"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ in, region, wire string }{ // wire empty: refused
		{"+39 339 110 0001", "", "+393391100001"},
		{"339 110 0001", "IT", "+393391100001"},
		{"0039 339 1100001", "IT", "+393391100001"},
		{"(339) 110-0001", "IT", "+393391100001"},
		{"+39 06 6988 5333", "", "+390669885333"}, // Italy keeps the leading zero
		{"06 39 98 00 01", "FR", ""},              // kept for films: no subscriber has it
		{"06 12 34 56 79", "FR", "+33612345679"},
		{"0888 110 001", "BG", "+359888110001"},
		{"+1 (202) 555-0143", "", "+12025550143"},
		{"  +393391100001\n", "", "+393391100001"},
		{"+٣٩٣٣٩١١٠٠٠٠١", "", "+393391100001"}, // Arabic-Indic digits are digits
		{"3391100001", "", ""},                 // whose country?
		{"339 110 0001 ext. 5", "IT", ""},
		{"+39", "", ""},
		{"+39339", "", ""},
		{"+999123456789", "", ""},
		{"41430", "IT", ""},
		{"+0393391100001", "", ""},
		{"+" + strings.Repeat("3", 60), "", ""},
		{"", "IT", ""},
		{"RossiModa", "IT", ""},

		{"anna@example.com", "", "anna@example.com"},
		{" Anna.Rossi+carta@Example.COM ", "", "Anna.Rossi+carta@example.com"},
		{"anna@example.com.", "", ""}, // RFC 5321 §2.3.5 has no dot at the end
		{"anna@münchen.example", "", "anna@xn--mnchen-3ya.example"},
		{"anna@пример.example", "IT", "anna@xn--e1afmkfd.example"},
		{"josé@example.com", "", "josé@example.com"},
		{"o'brien@example.com", "", "o'brien@example.com"},
		{"@example.com", "", ""},
		{"anna@", "", ""},
		{"anna@localhost", "", ""},
		{"anna@example..com", "", ""},
		{"anna..rossi@example.com", "", ""},
		{"anna@@example.com", "", ""},
		{"anna@[127.0.0.1]", "", ""},
		{"anna@exa_mple.com", "", ""},
		{`"anna rossi"@example.com`, "", ""},
		{"Anna <anna@example.com>", "", ""},
		{"anna@example.com,boris@example.com", "", ""},
		{"anna@example.com\r\nBcc: boris@example.com", "", ""},
		{"an\x00na@example.com", "", ""},
		{"an\xffna@example.com", "", ""},
		{"anna@example.com(comment)", "", ""},
		{strings.Repeat("a", 64) + "@example.com", "", strings.Repeat("a", 64) + "@example.com"},
		{strings.Repeat("a", 65) + "@example.com", "", ""},
		{"a@" + strings.Repeat("b.", 130) + "com", "", ""},
	} {
		a, err := address.Parse(c.in, c.region)
		switch {
		case c.wire == "" && (err == nil || !a.IsZero()):
			t.Errorf("Parse(%q, %q) is %q, want a refusal", c.in, c.region, a.Wire())
		case c.wire == "" && !errors.Is(err, address.ErrInvalid):
			t.Errorf("Parse(%q, %q): the refusal %v is not ErrInvalid", c.in, c.region, err)
		case c.wire != "" && (err != nil || a.Wire() != c.wire):
			t.Errorf("Parse(%q, %q) is %q, %v; want %q", c.in, c.region, a.Wire(), err, c.wire)
		}
		// A refusal says what is wrong and not with whom.
		if err != nil {
			for _, part := range []string{"3391100001", "anna", "boris"} {
				if strings.Contains(err.Error(), part) {
					t.Errorf("Parse(%q): the refusal repeats %q: %v", c.in, part, err)
				}
			}
		}
	}
}

func TestFromProvider(t *testing.T) {
	for _, c := range []struct {
		in string
		ok bool
	}{
		{"+393391100001", true},
		{"+33639980001", true}, // outside its plan, but the network delivered from it
		{"+12345678", true},
		{"+123456789012345", true},
		{"+1234567", false},
		{"+1234567890123456", false},
		{"+0393391100001", false},
		{"393391100001", false},
		{"41430", false},
		{"RossiModa", false},
		{"+39 339110001", false},
		{"+39339110000١", false},
		{"", false},
		{"+", false},
	} {
		a, err := address.FromProvider(c.in)
		if (err == nil) != c.ok || c.ok && a.Wire() != c.in || !c.ok && !a.IsZero() {
			t.Errorf("FromProvider(%q) is %q, %v", c.in, a.Wire(), err)
		}
		if err != nil && !errors.Is(err, address.ErrInvalid) {
			t.Errorf("FromProvider(%q): %v is not ErrInvalid", c.in, err)
		}
	}
}

func TestIndex(t *testing.T) {
	same := [][2]string{
		{"Anna@Example.com", "anna@EXAMPLE.com"},
		{"+39 339 110 0001", "+393391100001"},
		{"anna@münchen.example", "anna@xn--mnchen-3ya.example"},
	}
	for _, p := range same {
		if a, b := parsed(t, p[0]), parsed(t, p[1]); a.Index() != b.Index() {
			t.Errorf("%q and %q are one address, but %q and %q", p[0], p[1], a.Index(), b.Index())
		}
	}
	for _, p := range [][2]string{
		{"anna@example.com", "anna+carta@example.com"},
		{"anna@example.com", "anna@example.org"},
		{"+393391100001", "+393391100002"},
	} {
		if a, b := parsed(t, p[0]), parsed(t, p[1]); a.Index() == b.Index() {
			t.Errorf("%q and %q are two addresses, but both %q", p[0], p[1], a.Index())
		}
	}
}

func TestRegion(t *testing.T) {
	for in, want := range map[string]string{
		"+393391100001": "IT", "+33612345679": "FR", "+359888110001": "BG", "+12025550143": "US", "+16045550143": "CA",
		"+442079460123": "GB", "+80012345678": "", "anna@example.it": "",
	} {
		if got := parsed(t, in).Region(); got != want {
			t.Errorf("%s is of %q, want %q", in, got, want)
		}
	}
	if got := (address.Address{}).Region(); got != "" {
		t.Errorf("no address is of %q", got)
	}
}

// TestMasks prints an address in every way a program prints by accident.
func TestMasks(t *testing.T) {
	for _, c := range []struct{ in, mask, hidden string }{
		{"+393391100001", "+39*******001", "339110"},
		{"+12025550143", "+12******143", "025550"},
		{"anna.rossi@example.com", "a***@example.com", "nna"},
		{"a@example.com", "a***@example.com", "a@"},
		{"éva@example.com", "é***@example.com", "va"},
	} {
		a := parsed(t, c.in)
		var logged bytes.Buffer
		slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "to", a, "all", []address.Address{a})
		js, err := json.Marshal(map[string]any{"to": a, "ptr": &a})
		if err != nil {
			t.Fatal(err)
		}
		for how, got := range map[string]string{
			"%v": fmt.Sprintf("%v", a), "%s": fmt.Sprintf("to %s", a), "%+v": fmt.Sprintf("%+v", a), "%#v": fmt.Sprintf("%#v", a),
			"%q": fmt.Sprintf("%q", a), "pointer": fmt.Sprint(&a), "slice": fmt.Sprint([]address.Address{a}),
			"struct": fmt.Sprintf("%+v", struct{ To address.Address }{a}), "error": fmt.Errorf("to %v", a).Error(),
			"log": logged.String(), "json": string(js),
		} {
			if strings.Contains(got, c.hidden) || strings.Contains(got, a.Wire()) {
				t.Errorf("%s of %s gives it away: %s", how, c.mask, got)
			}
			if !strings.Contains(got, c.mask) {
				t.Errorf("%s is %s, want %s in it", how, got, c.mask)
			}
		}
	}
	if got := fmt.Sprint(address.Address{}); got != "(no address)" {
		t.Errorf("no address prints %q", got)
	}
}

func TestStored(t *testing.T) {
	for _, in := range []string{"+393391100001", "Anna+x@example.com"} {
		a := parsed(t, in)
		b, err := address.Stored(a.Kind(), a.Wire())
		if err != nil || b != a {
			t.Errorf("Stored gives %#v, %v; want %#v", b, err, a)
		}
	}
	for _, c := range []struct{ kind, wire string }{{"phone", ""}, {"", "+393391100001"}, {"fax", "+393391100001"}} {
		if a, err := address.Stored(address.Kind(c.kind), c.wire); !errors.Is(err, address.ErrInvalid) || !a.IsZero() {
			t.Errorf("Stored(%q, …) is %v, %v", c.kind, a, err)
		}
	}
}

// TestParseIsStable: what Parse gives, Parse reads back as itself.
func TestParseIsStable(t *testing.T) {
	local := rapid.StringMatching(`[a-zA-Z0-9!#$%&'*+/=?^_{|}~-]{1,20}(\.[a-zA-Z0-9_-]{1,10}){0,2}`)
	domain := rapid.StringMatching(`([a-zA-Z0-9]{1,12}\.){1,3}[a-z]{2,8}\.?`)
	phone := rapid.StringMatching(`\+(39 ?3[2-9][0-9]|33 ?[67][0-9]|359 ?8[789][0-9]|1 ?202|44 ?79)[ -]?[0-9]{6,8}`)
	rapid.Check(t, func(t *rapid.T) {
		in := phone.Draw(t, "phone")
		if rapid.Bool().Draw(t, "e-mail") {
			in = local.Draw(t, "local") + "@" + domain.Draw(t, "domain")
		}
		stable(t, in, rapid.SampledFrom([]string{"", "IT", "US"}).Draw(t, "region"))
	})
}

// FuzzParse: no input panics, and what is taken is canonical, masked and safe in a header.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"+393391100001", "339 110 0001", "anna@example.com", "anna@münchen.example", "anna@xn--mnchen-3ya.example", "tel:+39;ext=5",
		"+39339110000١", "a@b.c", "@", "+", "a@b@c.d", "anna@example.com\r\nBcc: x@y.z", "\xff@\xfe.com", "0039", "+800 1234 5678", "ß@ß.example", "I@İ.example",
	} {
		f.Add(s, "IT")
		f.Add(s, "")
	}
	f.Fuzz(func(t *testing.T, in, region string) { stable(t, in, region) })
}

// stable checks an address that Parse takes.
func stable(t interface {
	Helper()
	Fatalf(string, ...any)
}, in, region string) {
	t.Helper()
	a, err := address.Parse(in, region)
	if err != nil {
		if !errors.Is(err, address.ErrInvalid) || !a.IsZero() {
			t.Fatalf("Parse(%q, %q): %v with %q", in, region, err, a.Wire())
		}
		return
	}
	b, err := address.Parse(a.Wire(), "")
	if err != nil || b != a {
		t.Fatalf("Parse(%q, %q) is %q, which reads back as %q, %v", in, region, a.Wire(), b.Wire(), err)
	}
	if strings.ContainsAny(a.Wire(), "\r\n\x00 \t<>,") {
		t.Fatalf("Parse(%q, %q) is %q: not safe in a header", in, region, a.Wire())
	}
	if a.Kind() == address.Phone {
		if c, err := address.FromProvider(a.Wire()); err != nil || c != a {
			t.Fatalf("%q is canonical, but a provider may not say it: %v", a.Wire(), err)
		}
	}
	if a.String() == a.Wire() {
		t.Fatalf("%q prints unmasked", a.Wire())
	}
}

func parsed(t *testing.T, s string) address.Address {
	t.Helper()
	a, err := address.Parse(s, "")
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return a
}
