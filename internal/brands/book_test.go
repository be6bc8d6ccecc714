package brands

import (
	"crypto/rand"
	"strings"
	"testing"

	"placet/internal/keywords"
	"placet/internal/redeem"
)

func shop() *Brand {
	return &Brand{ID: "rossi", Languages: []string{"it", "en", "fr", "bg"}, Programs: []Program{
		{ID: "carta", Words: map[string][]string{"it": {"CARTA"}}, Benefit: "card", Codes: Codes{Check: redeem.Luhn, Issued: []string{"123456"}}},
		{ID: "scontrino", Words: map[string][]string{"it": {"SCONTRINO"}}, Benefit: "receipt", Codes: Codes{Check: redeem.Crockford}},
		{ID: "wifi", Words: map[string][]string{"": {"WIFI"}}, Benefit: "wifi"},
		{ID: "offerte", Words: map[string][]string{"it": {"OFFERTE"}}},
	}}
}

// No minted code may be read as an opt-out, a yes or a call for help: bare, in
// groups of four, in lower case, or beside its word.
func TestMintedCodesAreReadAsCodes(t *testing.T) {
	book, err := Book(shop(), "it", "en", "fr", "bg", "de", "es", "pt", "ro", "el")
	if err != nil {
		t.Fatal(err)
	}
	for program, check := range map[string]string{"carta": redeem.Luhn, "scontrino": redeem.Crockford} {
		codes, err := redeem.Mint(check, 2000, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range codes {
			grouped := c[:4] + "-" + c[4:8] + "-" + c[8:]
			for _, text := range []string{c, strings.ToLower(c), grouped, strings.ReplaceAll(grouped, "-", " "), program + " " + c, program + c, c + " " + program, program + ": " + strings.ToLower(grouped)} {
				if r := book.Read(text); r.Intent != keywords.Redeem || r.Program != program || r.Code != c {
					t.Errorf("%q: got %s %s %q (%s)", text, r.Intent, r.Program, r.Code, r.Rule)
				}
			}
		}
	}
}

func TestBookUsesTheLanguagesGiven(t *testing.T) {
	for _, tt := range []struct {
		langs []string
		text  string
		want  keywords.Intent
	}{{nil, "FINE", keywords.Stop}, {[]string{"de"}, "fine", keywords.NoIntent}, {[]string{"de"}, "abmelden", keywords.Stop}, {nil, "CARTA 123456", keywords.Redeem}, {nil, "OFFERTE", keywords.Join}, {nil, "WIFI duomo", keywords.Redeem}} {
		book, err := Book(shop(), tt.langs...)
		if err != nil {
			t.Fatal(err)
		}
		if r := book.Read(tt.text); r.Intent != tt.want {
			t.Errorf("%v: %q is %s (%s), want %s", tt.langs, tt.text, r.Intent, r.Rule, tt.want)
		}
	}
}
