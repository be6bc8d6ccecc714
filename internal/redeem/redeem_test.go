package redeem

import (
	"bytes"
	"crypto/rand"
	"math/big"
	"strings"
	"testing"
)

func TestAccept(t *testing.T) {
	card := Rule{Check: Luhn, Issued: []string{"123456", "VIP-7"}}
	receipt := Rule{Check: Crockford}
	tests := []struct {
		rule     Rule
		in, code string
		ok       bool
	}{
		{card, "123456", "123456", true}, // issued, though Luhn refuses it
		{card, "1234-56", "123456", true},
		{card, "vip 7", "VIP7", true},
		{card, "123457", "123457", false},
		{card, "4539 1488 0343 6467", "4539148803436467", true},
		{card, "4539-1488-0343-6476", "4539148803436476", false},
		{card, "79927398713", "79927398713", true}, // the textbook vector
		{card, "7992739871", "7992739871", false},
		{card, "18", "18", false}, // too short, though Luhn holds
		{card, "00000000", "00000000", false},
		{card, "7992739871３", "", false},
		{card, "", "", false},
		{card, strings.Repeat("0", 1<<20), "", false},
		{receipt, "7K3M9PQXH4TW8", "7K3M9PQXH4TW8", true},
		{receipt, "7k3m-9pqx-h4tw-8", "7K3M9PQXH4TW8", true},
		{receipt, "0123456789ABV", "0123456789ABV", true},
		{receipt, "OI23456789ABV", "0123456789ABV", true},
		{receipt, "ol23456789abv", "0123456789ABV", true},
		{receipt, "0123456789ABN", "0123456789ABN", false},
		{receipt, "U123456789ABV", "U123456789ABV", false},
		{receipt, "0000000000000", "0000000000000", false},
		{receipt, "123456", "123456", false},
		{Rule{}, "123456", "123456", false},
		{Rule{Issued: []string{"a1"}}, "A-1", "A1", true},
	}
	for _, tt := range tests {
		code, ok := tt.rule.Accept(tt.in)
		if ok != tt.ok || code != tt.code {
			t.Errorf("%q under %q: got %q %v, want %q %v", tt.in, tt.rule.Check, code, ok, tt.code, tt.ok)
		}
	}
}

// An independent account of the check: the polynomial over GF(32) evaluated
// with big integers and long division, not Horner's rule on small numbers.
func TestCheckSymbolIsThePolynomialRemainder(t *testing.T) {
	mul := func(a, b int) int {
		p := 0
		for i := range 5 {
			if b>>i&1 == 1 {
				p ^= a << i
			}
		}
		for i := 9; i >= 5; i-- {
			if p>>i&1 == 1 {
				p ^= 0b100101 << (i - 5)
			}
		}
		return p
	}
	codes, err := Mint(Crockford, 500, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range codes {
		sum, weight := 0, 1
		for i := len(c) - 1; i >= 0; i-- {
			sum ^= mul(weight, strings.IndexByte(Alphabet, c[i]))
			weight = mul(weight, 2)
		}
		if sum != 0 {
			t.Fatalf("%s: weighted sum %d, want 0", c, sum)
		}
	}
}

func TestReceiptCodesShowSlips(t *testing.T) {
	codes, err := Mint(Crockford, 40, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r := Rule{Check: Crockford}
	for _, c := range codes {
		for i := range len(c) {
			for _, s := range Alphabet {
				if wrong := c[:i] + string(s) + c[i+1:]; wrong != c {
					if _, ok := r.Accept(wrong); ok {
						t.Errorf("%s passes for %s", wrong, c)
					}
				}
			}
			for j := i + 1; j < len(c); j++ {
				b := []byte(c)
				b[i], b[j] = b[j], b[i]
				if _, ok := r.Accept(string(b)); ok && string(b) != c {
					t.Errorf("%s passes for %s", b, c)
				}
			}
		}
	}
}

func TestMint(t *testing.T) {
	for _, check := range []string{Luhn, Crockford} {
		codes, err := Mint(check, 3000, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, c := range codes {
			got, ok := Rule{Check: check}.Accept(c)
			if !ok || got != c || seen[c] {
				t.Errorf("%s code %s: accepted %v as %q, seen %v", check, c, ok, got, seen[c])
			}
			seen[c] = true
			for _, w := range []string{"ST0P", "END", "HE1P", "1NF0", "N0", "S1", "ARRET"} {
				if strings.HasPrefix(c, w) {
					t.Errorf("%s code %s begins with a word", check, c)
				}
			}
		}
	}
}

// The first draw would be ST0P…; it is passed over.
func TestMintPassesOverWords(t *testing.T) {
	at := func(s string) (b []byte) {
		for _, r := range s {
			b = append(b, byte(strings.IndexRune(Alphabet, r)))
		}
		return b
	}
	src := append(at("ST0P4ABCDEFG"), at("7K3M9PQXH4TW")...)
	codes, err := Mint(Crockford, 1, bytes.NewReader(src))
	if err != nil || len(codes) != 1 || codes[0] != "7K3M9PQXH4TW8" {
		t.Errorf("got %v, %v", codes, err)
	}
}

func TestMintRefuses(t *testing.T) {
	zeros := bytes.NewReader(make([]byte, 1<<16))
	for name, f := range map[string]func() ([]string, error){
		"unknown check": func() ([]string, error) { return Mint("md5", 1, rand.Reader) },
		"none":          func() ([]string, error) { return Mint(Luhn, 0, rand.Reader) },
		"short source":  func() ([]string, error) { return Mint(Luhn, 1, bytes.NewReader([]byte{1})) },
		"stuck source":  func() ([]string, error) { return Mint(Luhn, 2, zeros) },
	} {
		if codes, err := f(); err == nil {
			t.Errorf("%s: got %v, want an error", name, codes)
		}
	}
}

func FuzzAccept(f *testing.F) {
	f.Add("4539 1488 0343 6467")
	f.Add("7k3m-9pqx-h4tw-8")
	f.Add("ＣＡＲＴＡ\x00\xff")
	f.Fuzz(func(t *testing.T, s string) {
		for _, check := range []string{Luhn, Crockford, ""} {
			r := Rule{Check: check, Issued: []string{"123456"}}
			c, ok := r.Accept(s)
			if !ok {
				continue
			}
			if again, ok := r.Accept(c); !ok || again != c {
				t.Errorf("%q: canonical %q reads as %q, %v", s, c, again, ok)
			}
			if check == Luhn && c != "123456" {
				if _, num := new(big.Int).SetString(c, 10); !num {
					t.Errorf("%q accepted as a card number", c)
				}
			}
		}
	})
}
