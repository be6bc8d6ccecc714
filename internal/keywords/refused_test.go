package keywords

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A no beside a card refuses the questions, never the card; the card never joins
// what is refused.
func TestReadRefusalsBesideARedeem(t *testing.T) {
	book := mustBook(t, shopLangs...)
	named, bare := []string{"offerte"}, []string{""}
	for want, texts := range map[*[]string][]string{
		&named: {
			"CARTA 123456 NO OFFERTE", "CARTA 123456 senza offerte", "CARTA 123456 OFFERTE NO", "CARD 123456 NO OFFERS", "CARTA 123456 without OFFERS", "CARTE 123456 SANS OFFRES",
			"КАРТА 123456 БЕЗ ОФЕРТИ", "CARTA 123456 ma niente offerte", "CARTA 123456 non voglio offerte", "CARTA 123456 non voglio ricevere le vostre offerte",
			"carta123456, no offerte!", "NO OFFERTE CARTA 123456", "OFFERTE NO CARTA 123456", "carta no 123456 no offerte", "123456 no offerte", "CARTA 123456 nessuna offerte", "CARTA 123456 offerte rifiutate", "CARTA 123456 esclusi offerte",
			"CARTA 123456. Non mandatemi offerte", "CARTA 123456 offerte anche no", "CARTA 123456 offerte: no grazie", "CARTA 123456 offerte per ora no",
			"CARD 123456 but no offers please", "CARD 123456 don't want offers", "CARD 123456 I do not want to receive your offers", "CARD 123456 offers no thanks", "CARD 123456 not interested in offers", "CARTA 123456 non mi interessano le offerte", "CARTA 123456 no xyz OFFERTE", "CARTA 123456 offerte si, sms no", "CARD 123456 don't send me offers",
			"CARTE 123456 pas d'offres", "CARTE 123456 je ne veux pas d'offres", "CARTE 123456 OFFRES NON", "CARTE 123456 offres non merci", "CARTE 123456 mais sans les offres", "CARTE 123456 aucune offres",
			"КАРТА 123456 не искам оферти", "КАРТА 123456 ОФЕРТИ НЕ", "КАРТА 123456 оферти не, благодаря", "karta 123456 bez oferti", "КАРТА 123456 но никакви оферти", "КАРТА 123456 не искам да получавам вашите оферти",
			"CARTA 123456 ohne OFFERTE", "CARTA 123456 keine offers", "CARTA 123456 nein offerte", "CARTA 123456 sin OFFERTE", "CARTA 123456 nada de offerte",
		},
		&bare: {
			"CARTA 123456 no grazie", "CARTA 123456 NO SMS", "CARTA 123456 NO", "CARTA 123456, no.", "123456 no grazie", "CARTA 123456 niente pubblicità", "CARTA 123456 senza messaggi", "CARTA 123456 non accetto",
			"CARD 123456 no thanks", "CARD 123456 no marketing", "CARD 123456 without texts please", "CARTE 123456 non merci", "CARTE 123456 pas de pub", "CARTE 123456 sans sms",
			"КАРТА 123456 не благодаря", "КАРТА 123456 без реклами", "КАРТА 123456 НЕ", "KAPTA 123456 bez sms", "wifi duomo no sms", "CARTA 123456 niente altro", "CARTA 123456 non voglio", "CARTA 123456 non acconsento", "CARD 123456 not interested", "КАРТА 123456 не съм съгласен",
		},
	} {
		for _, text := range texts {
			r := book.Read(text)
			program, code := "carta", "123456"
			if text == "wifi duomo no sms" {
				program, code = "wifi", "DUOMO"
			}
			if r.Intent != Redeem || r.Program != program || r.Code != code || r.Join != nil || !slices.Equal(r.Declined, *want) {
				t.Errorf("%q: got %+v, want redeem %s %s declining %q", text, r, program, code, *want)
			}
		}
	}
	for _, text := range []string{"CARTA 123456 STOP", "CARTA 123456 no offerte STOP", "stop, carta 123456", "CARTA 123456 no offerte, non scrivetemi più", "CARTA 123456 lasciatemi in pace", "CARD 123456 do not text me",
		"CARTE 123456 ne m'écrivez plus", "КАРТА 123456 не ми пишете", "CARD 123456 unsubscribe", "CARTA 123456 basta messaggi, cancellatemi"} {
		if r := book.Read(text); r.Intent != Stop && r.Intent != MaybeStop || r.Declined != nil {
			t.Errorf("%q: got %+v, want a stop", text, r)
		}
	}
	for _, text := range []string{"CARTA no 123456", "carta n. 123456", "CARTA 123456 Mario Rossi", "CARTA 123456 grazie", "CARD no 123456 please", "carte n° 123456", "карта № 123456"} {
		if r := book.Read(text); r.Intent != Redeem || r.Code != "123456" || r.Declined != nil {
			t.Errorf("%q: got %+v, want a redeem that declines nothing", text, r)
		}
	}
	for lang, text := range map[string]string{"de": "CARD 123456 keine Werbung", "es": "CARD 123456 sin publicidad"} {
		if r := mustBook(t, lang).Read(text); r.Intent != Redeem || !slices.Equal(r.Declined, bare) {
			t.Errorf("%q: got %+v", text, r)
		}
	}
}

// A negated program word asks for nothing.
func TestReadDeclinedPrograms(t *testing.T) {
	book := mustBook(t, shopLangs...)
	for text, rule := range map[string]string{
		"offerte no": "it-decline-program", "offerte: no": "it-decline-program", "offerte no grazie": "it-decline-program", "OFFERTE NO!": "it-decline-program", "offerte anche no": "it-decline-program",
		"no alle offerte": "it-decline-program", "ok ma no offerte": "it-decline-program", "senza offerte": "it-decline-program", "le offerte non le voglio": "it-decline-program", "offerte? no": "it-decline-program",
		"carta senza offerte": "it-decline-program", "offers no thanks": "en-decline-program", "offers? nope": "en-decline-program", "without offers": "en-decline-program", "not the offers": "en-decline-program",
		"offres non merci": "fr-decline-program", "sans offres": "fr-decline-program", "pas les offres": "fr-decline-program", "les offres jamais": "fr-decline-program",
		"оферти не": "bg-decline-program", "ОФЕРТИ НЕ, БЛАГОДАРЯ": "bg-decline-program", "oferti ne": "bg-decline-program", "offers nein": "de-decline-program", "ohne offers": "de-decline-program", "sin offerte": "es-decline-program",
	} {
		if r := book.Read(text); r.Intent != Decline || r.Scope != NoScope || r.Rule != rule || r.Declined != nil {
			t.Errorf("%q: got %+v, want decline by %s", text, r, rule)
		}
	}
	for _, text := range []string{"no offers", "no offers please", "niente offerte", "не искам оферти", "без оферти", "pas d'offres", "je ne veux pas d'offres", "no offerte", "non voglio offerte"} {
		if r := book.Read(text); r.Intent != Decline && r.Intent != Stop {
			t.Errorf("%q: got %+v, want decline or stop", text, r)
		}
	}
	for _, text := range []string{"no carta", "no carta 123456", "annulla carta 123456", "non la carta", "senza carta 123456", "cancel card 123456", "no card", "annuler carte 123456", "анулирай карта 123456", "pas de carte 123456",
		"carta no", "carta no grazie", "без карта", "non ho ricevuto offerte", "OFFERTE, non ho la carta", "perché non ho ricevuto offerte?", "no wifi"} {
		if r := book.Read(text); r.Intent == Redeem || r.Intent == Join {
			t.Errorf("%q: got %+v", text, r)
		}
	}
	for _, text := range []string{"OFFERTE", "sì offerte", "voglio le offerte grazie", "offres svp", "искам оферти"} {
		if r := book.Read(text); r.Intent != Join {
			t.Errorf("%q: got %+v, want join", text, r)
		}
	}
}

// A yes with a hedge, a condition or a question mark is not a consent.
func TestReadHedgedYes(t *testing.T) {
	for langs, texts := range map[string][]string{
		"it": {"forse sì", "magari si", "si forse", "ok forse si", "credo di si", "penso di sì", "si?", "sì?", "sì se è gratis", "si se", "sì ma", "sì però", "direi di sì", "probabilmente sì", "può darsi di sì", "boh sì", "sì, forse, grazie"},
		"en": {"maybe yes", "yes maybe", "perhaps yes", "I think yes", "yes if", "yes if it is free", "yes, but", "probably yes", "yes I guess", "yes?", "possibly, yes", "not sure, yes"},
		"fr": {"peut-être oui", "oui peut-être", "oui si", "oui si c'est gratuit", "je crois que oui", "oui mais", "oui bof", "probablement oui", "oui ?", "si oui"},
		"bg": {"може би да", "да може би", "да ако", "да, ако е безплатно", "мисля че да", "да но", "да, ама", "сигурно да", "да?", "moje bi da", "da ako"},
		"de": {"vielleicht ja", "ja vielleicht", "ich glaube ja", "ja wenn", "ja aber", "wahrscheinlich ja", "ja?"},
		"es": {"quizás sí", "sí quizá", "tal vez sí", "creo que sí", "sí pero", "a lo mejor sí", "sí?", "supongo que sí"},
	} {
		for _, text := range texts {
			for _, book := range []*Book{mustBook(t, langs), mustBook(t, "it", "en", "fr", "bg"), mustBook(t, "it", "en", "fr", "bg", "de", "es")} {
				if r := book.Read(text); r.Intent != NoIntent && r.Intent != Decline || text != "not sure, yes" && r.Intent == Decline {
					t.Errorf("%s: %q is %s (%s)", langs, text, r.Intent, r.Rule)
				}
			}
		}
	}
	for lang, texts := range map[string][]string{
		"it": {"sì", "sì grazie", "sì confermo", "sì, certo!", "ciao, sì"}, "en": {"yes", "yes please", "yes, of course", "hi yes I do", "yes it is ok"},
		"fr": {"oui", "oui merci", "oui je confirme ma demande", "oui, d'accord", "oui bien sûr", "oui sans problème"}, "bg": {"да", "да благодаря", "да, потвърждавам", "да съгласен съм", "da"},
		"de": {"ja", "ja bitte", "ja, gerne", "ja ich will"}, "es": {"sí", "sí gracias", "sí quiero", "sí confirmo", "claro que sí, confirmo"},
	} {
		for _, text := range texts {
			if r := mustBook(t, lang).Read(text); r.Intent != Confirm {
				t.Errorf("%s: %q is %s (%s), want confirm", lang, text, r.Intent, r.Rule)
			}
		}
	}
	for _, text := range []string{"sì grazie", "sì confermo", "oui je confirme ma demande", "да, потвърждавам", "yes please", "sí confirmo"} {
		if r := mustBook(t, "it", "en", "fr", "bg", "es").Read(text); r.Intent != Confirm {
			t.Errorf("%q is %s (%s), want confirm", text, r.Intent, r.Rule)
		}
	}
}

// Whatever small words stand around, a no next to a program word never joins.
func TestNeverJoinBesideANo(t *testing.T) {
	book := mustBook(t, "it", "en", "fr", "bg", "de", "es")
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom(strings.Fields("CARTA 123456 sì ok grazie please voglio le the mes моля danke porfa wifi sms , ! maybe ricevere")), 0, 6).Draw(t, "words")
		no := rapid.SampledFrom(strings.Fields("no non niente senza not without don't sans pas не без nein keine ohne sin nunca bez")).Draw(t, "no")
		word := rapid.SampledFrom(strings.Fields("OFFERTE offers offres ОФЕРТИ oferti")).Draw(t, "word")
		at := rapid.IntRange(0, len(words)).Draw(t, "at")
		text := strings.Join(slices.Insert(slices.Clone(words), at, no, word), " ")
		if r := book.Read(text); r.Intent == Join || r.Join != nil || r.Intent == Confirm {
			t.Fatalf("%q is %s, joins %q (%s)", text, r.Intent, r.Join, r.Rule)
		}
	})
}
