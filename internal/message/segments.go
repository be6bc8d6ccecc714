package message

import "unicode/utf16"

// gsm7 holds the GSM 03.38 basic set that a handset shows as typed; extension
// characters cost two septets (3GPP TS 23.038 §6.2.1).
const (
	gsm7    = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsm7Ext = "\f^{}\\[~]|€"
)

var gsmCost = func() map[rune]int {
	m := make(map[rune]int, 140)
	for _, r := range gsm7 {
		m[r] = 1
	}
	for _, r := range gsm7Ext {
		m[r] = 2
	}
	return m
}()

// Encoding is how a text travels.
type Encoding string

// The two encodings.
const (
	GSM7 Encoding = "GSM-7"
	UCS2 Encoding = "UCS-2"
)

// Segments says how many SMS a text takes, and in which encoding: 160 septets
// or 153 each when joined; 70 UTF-16 units or 67. A character is never split
// across two segments. An empty text is one segment.
func Segments(text string) (int, Encoding) {
	var costs []int
	enc := GSM7
	for _, r := range text {
		c, ok := gsmCost[r]
		if !ok {
			enc = UCS2
			break
		}
		costs = append(costs, c)
	}
	single, joined := 160, 153
	if enc == UCS2 {
		single, joined = 70, 67
		costs = costs[:0]
		for _, r := range text {
			costs = append(costs, utf16.RuneLen(r))
		}
	}
	total := 0
	for _, c := range costs {
		total += c
	}
	if total <= single {
		return 1, enc
	}
	n, used := 1, 0
	for _, c := range costs {
		if used+c > joined {
			n, used = n+1, 0
		}
		used += c
	}
	return n, enc
}
