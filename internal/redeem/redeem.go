// Package redeem tells a real code from an invented one without a network or a
// code table. It cannot see consent: a benefit never depends on a permission.
package redeem

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// The checks a code can carry.
const (
	Luhn      = "luhn"      // card numbers: 8 to 19 digits, ISO/IEC 7812-1 annex B
	Crockford = "crockford" // receipt codes: 12 symbols of Crockford's base 32 and a check symbol
)

// Rule says which codes a program accepts.
type Rule struct {
	Check  string   // Luhn, Crockford, or empty: only the issued codes
	Issued []string // codes accepted besides those the check accepts
}

// Accept returns the canonical form of a code (upper case, no separators; in
// receipt codes I and L read as 1, O as 0) and whether it is good.
func (r Rule) Accept(code string) (canonical string, ok bool) {
	c, ok := bare(code)
	if !ok {
		return "", false
	}
	for _, issued := range r.Issued {
		if b, _ := bare(issued); b == c {
			return c, true
		}
	}
	switch r.Check {
	case Luhn:
		return c, luhnHolds(c)
	case Crockford:
		c = untypo.Replace(c)
		return c, crockfordHolds(c)
	}
	return c, false
}

// bare drops the separators people type and raises the case. Only ASCII letters
// and digits may remain: at most 40, so a flood of text is not a code.
func bare(code string) (string, bool) {
	var b strings.Builder
	for _, r := range code {
		switch {
		case r >= '0' && r <= '9' || r >= 'A' && r <= 'Z':
			b.WriteRune(r)
		case r >= 'a' && r <= 'z':
			b.WriteRune(r - 'a' + 'A')
		case strings.ContainsRune(" -._/·–\t\u00a0", r):
		default:
			return "", false
		}
		if b.Len() > 40 {
			return "", false
		}
	}
	return b.String(), b.Len() > 0
}

func luhnHolds(s string) bool {
	if len(s) < 8 || len(s) > 19 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	// Zeros satisfy Luhn, and are what an empty scanner sends.
	return luhnSum(s)%10 == 0 && strings.Trim(s, "0") != ""
}

// luhnSum doubles every second digit from the right, the last being the check digit.
func luhnSum(s string) int {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum
}

// Alphabet is Crockford's base 32: no I, L, O, U.
const Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// receiptLen is the length of a receipt code: 12 symbols and the check.
const receiptLen = 13

var untypo = strings.NewReplacer("I", "1", "L", "1", "O", "0")

// double multiplies by x in GF(32), x^5 = x^2 + 1.
func double(v int) int {
	v <<= 1
	if v > 31 {
		v ^= 0b100101
	}
	return v
}

// remainder runs Horner's rule over the symbols: v = 2v + symbol in GF(32).
// A code with its check symbol leaves 0. Each place has its own non-zero weight
// (2 has order 31 and the code 13 places), so one wrong symbol, any two symbols
// exchanged, and a double symbol mistaken for another double are always seen.
func remainder(s string) (v int, ok bool) {
	for i := range len(s) {
		n := strings.IndexByte(Alphabet, s[i])
		if n < 0 {
			return 0, false
		}
		v = double(v) ^ n
	}
	return v, true
}

func crockfordHolds(s string) bool {
	v, ok := remainder(s)
	return ok && v == 0 && len(s) == receiptLen && strings.Trim(s, "0") != ""
}

// CheckSymbol is the last symbol of a receipt code, from the 12 before it. A
// till computes it so: start with 0; for each symbol double the number, when
// that exceeds 31 exclusive-or it with 37, and exclusive-or the symbol's place in
// Alphabet; double once more in the same way; the result is the place of the
// check symbol. "0123456789AB" gives "V", "7K3M9PQXH4TW" gives "8".
func CheckSymbol(twelve string) (byte, error) {
	v, ok := remainder(twelve)
	if !ok || len(twelve) != receiptLen-1 {
		return 0, fmt.Errorf("redeem: %d symbols, or one outside %s: a receipt code has 12 before its check symbol", len(twelve), Alphabet)
	}
	return Alphabet[double(v)], nil
}

// spoken are the words a code may not begin with, in Crockford's spelling of
// the letters, nor contain when they have four letters or more: a person who texts only a code must never be read as stopping,
// asking or answering. Words with a U cannot occur.
var spoken = strings.Fields(untypo.Replace(`STOP ARRET END QUIT CANCEL CANCELLA REVOKE REMOVE OPT BASTA FINE ESCI ANNULLA
	FIN TD ENDE STORNO ABMELD ALTO BAJA PARAR SALIR SPRI KRAI KRAJ KRAY OTKAZ OTPISHI NO NE NON NEIN
	HELP INFO AIDE AYDA HILFE POMOSHT START YES OK SI JA DA CONF JOIN ALTA`))

// Mint makes n different codes that hold under the check, reading bytes from
// rand: 12 digits beginning with 2 (numbers for use inside a company, so none
// can be taken for a payment card), or 13 symbols, at least one of them a digit.
func Mint(check string, n int, rand io.Reader) ([]string, error) {
	if n < 1 || n > 1_000_000 {
		return nil, fmt.Errorf("redeem: mint %d codes: ask for 1 to 1000000", n)
	}
	var draw func([]byte) string
	switch check {
	case Luhn:
		draw = func(b []byte) string {
			s := []byte("20000000000" + "0")
			for i := 1; i < 11; i++ {
				s[i] = '0' + b[i]%10
			}
			s[11] += byte((10 - luhnSum(string(s))%10) % 10)
			return string(s)
		}
	case Crockford:
		draw = func(b []byte) string {
			s := make([]byte, receiptLen-1, receiptLen)
			for i := range s {
				s[i] = Alphabet[b[i]%32]
			}
			c, _ := CheckSymbol(string(s))
			return string(append(s, c))
		}
	default:
		return nil, fmt.Errorf("redeem: no check %q: %s and %s can be minted", check, Luhn, Crockford)
	}
	seen := make(map[string]bool, n)
	codes := make([]string, 0, n)
	var b [12]byte
	for tries := 0; len(codes) < n; tries++ {
		if tries > 100+4*n {
			return nil, fmt.Errorf("redeem: mint: the random source repeats itself")
		}
		if _, err := io.ReadFull(rand, b[:]); err != nil {
			return nil, fmt.Errorf("redeem: mint: read random bytes: %w", err)
		}
		c := draw(b[:])
		if seen[c] || !strings.ContainsAny(c, "0123456789") || slices.ContainsFunc(spoken, func(w string) bool {
			return strings.HasPrefix(c, w) || len(w) >= 4 && strings.Contains(c, w)
		}) {
			continue
		}
		seen[c] = true
		codes = append(codes, c)
	}
	return codes, nil
}
