package templates

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// smsValues is every SMS text and the values it may hold.
var smsValues = map[string][]string{
	"card_done":          {"brand", "code"},
	"card_ask_code":      {"brand", "word"},
	"receipt_ask_code":   {"brand", "word"},
	"code_bad":           {"brand", "code"},
	"receipt_done":       {"brand", "code"},
	"wifi_done":          {"brand", "venue"},
	"invitation":         {"brand", "topics", "number", "notice_url"},
	"optin_request":      {"brand", "topics", "notice_url"},
	"optin_request_call": {"brand", "topics", "notice_url"},
	"welcome":            {"brand", "topics", "link"},
	"declined_card":      {"brand"},
	"declined":           {"brand"},
	"stopped":            {"brand"},
	"stopped_all":        {"brand"},
	"help":               {"brand", "contact"},
	"unknown":            {"brand", "words"},
	"already":            {"brand"},
	"nothing_open":       {"brand"},
	"prefs_link":         {"brand", "link"},
}

// smsCatalogue is one language's SMS texts.
type smsCatalogue struct {
	Yes    string            `yaml:"yes"`    // the word that says yes; never only YES (rules.md §3.3)
	And    string            `yaml:"and"`    // joins the last two of a list
	Topics map[string]string `yaml:"topics"` // topic id -> short name
	Texts  map[string]string `yaml:"texts"`

	parsed map[string]text
}

func (c *smsCatalogue) check() error {
	if c.Yes == "" || c.And == "" {
		return fmt.Errorf("yes and and must be set")
	}
	for _, t := range []string{"info", "offers", "profiling", "partners"} {
		if c.Topics[t] == "" {
			return fmt.Errorf("topic %s has no name", t)
		}
	}
	c.parsed = map[string]text{}
	for name, raw := range c.Texts {
		allowed, ok := smsValues[name]
		if !ok {
			return fmt.Errorf("there is no SMS called %s", name)
		}
		t, err := parse(raw, allowed)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		c.parsed[name] = t
	}
	for name := range smsValues {
		if _, ok := c.parsed[name]; !ok {
			return fmt.Errorf("the text %s is missing", name)
		}
	}
	return nil
}

var smsTexts = must(loadAll(files, "sms", (*smsCatalogue).check))

// SMS renders one text message. lang is a BCP 47 tag (its primary subtag
// counts; English where there is no catalogue). Values go in literally, without
// control characters; a missing value is an error, except {venue}. The names
// and their values:
//
//	card_done brand code          card_ask_code brand word    code_bad brand code
//	receipt_ask_code brand word   optin_request_call brand topics notice_url
//	receipt_done brand code       wifi_done brand [venue]     prefs_link brand link
//	invitation brand topics notice_url [number]               optin_request brand topics notice_url
//	welcome brand topics link     declined_card brand         declined brand
//	stopped brand                 stopped_all brand           help brand contact
//	unknown brand words           already brand               nothing_open brand
//
// With a brand of 20 characters, a notice URL of 45, a link of 60 and two topics every text is
// one GSM-7 or two UCS-2 segments (rules.md §2.3).
func SMS(lang, name string, v map[string]string) (string, error) {
	t, ok := pick(smsTexts, lang).parsed[name]
	if !ok {
		return "", fmt.Errorf("templates: there is no SMS called %q", name)
	}
	s, err := t.render(v)
	if err != nil {
		return "", fmt.Errorf("templates: sms %s %s: %w", lang, name, err)
	}
	return s, nil
}

// SMSVersion names the exact words SMS uses for lang and name: the text_version
// of evidence (rules.md §4.2). 32 hex digits; empty for an unknown name.
func SMSVersion(lang, name string) string {
	t, ok := pick(smsTexts, lang).parsed[name]
	if !ok {
		return ""
	}
	return version("sms", name, t.raw)
}

// SMSLanguages lists the languages SMS speaks.
func SMSLanguages() []string { return slices.Sorted(maps.Keys(smsTexts)) }

// Yes is the word that the consent questions of SMS ask for: SI, OK, OUI, ДА…
func Yes(lang string) string { return pick(smsTexts, lang).Yes }

// Topics lists topics by their short names, as people read a list: "novità e
// offerte". An unknown topic keeps its id.
func Topics(lang string, topics []string) string {
	c := pick(smsTexts, lang)
	names := make([]string, len(topics))
	for i, t := range topics {
		names[i] = t
		if n, ok := c.Topics[t]; ok {
			names[i] = n
		}
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + c.And + names[last]
}
