package keywords

import "testing"

// Bulgarians without a Cyrillic keyboard type the words of a poster in Latin letters.
func TestProgramWordsInLatinLetters(t *testing.T) {
	b, err := NewBook([]string{"it", "en", "fr", "bg"}, []Program{
		{ID: "carta", Words: map[string][]string{"it": {"CARTA"}, "bg": {"КАРТА"}}, Redeem: true},
		{ID: "scontrino", Words: map[string][]string{"bg": {"БЕЛЕЖКА"}}, Redeem: true},
		{ID: "offerte", Words: map[string][]string{"it": {"OFFERTE"}, "bg": {"ОФЕРТИ"}}},
		{ID: "yes", Words: map[string][]string{"bg": {"ДААН"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"oferti": "offerte", "Oferti": "offerte", "ОФЕРТИ": "offerte", "karta 123456": "carta", "КАРТА 123456": "carta", "KAPTA 123456": "carta",
		"belezhka 7K3M9PQX": "scontrino", "belejka 7K3M9PQX": "scontrino",
	} {
		if r := b.Read(text); r.Program != want || r.Lang != "bg" && text != "KAPTA 123456" {
			t.Errorf("%q reads as %+v, want %s in bg", text, r, want)
		}
	}
	// A reading never takes a word that says yes, no or stop.
	for text, want := range map[string]Intent{"da": Confirm, "ne": Decline, "stop": Stop, "spri": Stop} {
		if r := b.Read(text); r.Intent != want {
			t.Errorf("%q reads as %s, want %s", text, r.Intent, want)
		}
	}
}
