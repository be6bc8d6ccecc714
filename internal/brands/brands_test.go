package brands_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"placet/config/demo"
	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/keywords"
	"placet/internal/message"
)

// rossi is the demo's first brand, changed as a case wants it.
func rossi(t testing.TB, change ...func(*brands.Brand)) *brands.Brand {
	t.Helper()
	text, err := demo.FS.ReadFile("rossi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	b, err := brands.Parse("rossi.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(b)
	}
	return b
}

func phone(t testing.TB, s string) address.Address {
	t.Helper()
	a, err := address.ParsePhone(s, "")
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return a
}

// Every refusal names the field that has to be mended.
func TestCheck(t *testing.T) {
	type B = brands.Brand
	for _, c := range []struct {
		field  string // empty: nothing is wrong
		change func(*B)
	}{
		{"", func(*B) {}},
		{"", func(b *B) { b.Colour, b.LinkHost, b.Topics, b.Numbers, b.Programs = "", "", nil, nil, nil }},
		{"", func(b *B) { b.LinkHost = "https://go.rossimoda.example" }},
		{"", func(b *B) { b.Numbers[0].Number, b.Numbers[0].OptoutReplyBy = "+393399957000", "provider" }},
		{"", func(b *B) { b.Senders.Alpha, b.Senders.Email = "", "" }},
		{"id", func(b *B) { b.ID = "" }},
		{"id", func(b *B) { b.ID = "Rossi" }},
		{"id", func(b *B) { b.ID = "1rossi" }},
		{"id", func(b *B) { b.ID = "rossi/moda" }},
		{"id", func(b *B) { b.ID = strings.Repeat("r", 33) }},
		{"name", func(b *B) { b.Name = "" }},
		{"legal", func(b *B) { b.Legal = "" }},
		{"contact", func(b *B) { b.Contact = "" }},
		{"country", func(b *B) { b.Country = "it" }},
		{"country", func(b *B) { b.Country = "ITA" }},
		{"country", func(b *B) { b.Country = "" }},
		{"country", func(b *B) { b.Country = "39" }},
		{"languages", func(b *B) { b.Languages = nil }},
		{"colour", func(b *B) { b.Colour = "red" }},
		{"colour", func(b *B) { b.Colour = "#fff;x" }},
		{"minimum_age", func(b *B) { b.MinimumAge = -1 }},
		{"minimum_age", func(b *B) { b.MinimumAge = 121 }},
		{"time_zone", func(b *B) { b.TimeZone = "Rome" }},
		{"time_zone", func(b *B) { b.TimeZone = "Local" }},
		{"time_zone", func(b *B) { b.TimeZone = "" }}, // UTC would be a guess, and quiet hours rest on it
		{"link_host", func(b *B) { b.LinkHost = "go.rossimoda.example" }},
		{"link_host", func(b *B) { b.LinkHost = "https://go.rossimoda.example/" }},
		{"link_host", func(b *B) { b.LinkHost = "javascript://x" }},
		{"topics", func(b *B) { b.Topics = append(b.Topics, "news") }},
		{"numbers[0]", func(b *B) { b.Numbers[0].Number = "041430" }},
		{"numbers[0]", func(b *B) { b.Numbers[0].Number = "RossiModa" }},
		{"numbers[0]", func(b *B) { b.Numbers[0].Number = "41 430" }},
		{"numbers[0]", func(b *B) { b.Numbers[0].Price = "cheap" }},
		{"numbers[0]", func(b *B) { b.Numbers[0].Price = "premium" }},
		{"numbers[1]", func(b *B) {
			b.Numbers = append(b.Numbers, brands.Number{Number: "41431", OptoutReplyBy: "nobody"})
		}},
		{"senders.alpha", func(b *B) { b.Senders.Alpha = "41430" }},
		{"senders.alpha", func(b *B) { b.Senders.Alpha = "Rossi Moda SpA" }},
		{"senders.alpha", func(b *B) { b.Senders.Alpha = "Róssi" }},
		{"senders.alpha", func(b *B) { b.Senders.Alpha = " Rossi" }},
		{"senders.email", func(b *B) { b.Senders.Email = "ciao" }},
		{"senders.email", func(b *B) { b.Senders.Email = "Rossi <ciao@rossimoda.example>" }},
		{"senders.email", func(b *B) { b.Senders.Email = "ciao@rossimoda.example\r\nBcc: x@example.com" }},
		{"notices[0]", func(b *B) { b.Notices[0].ID = "Privacy 1" }},
		{"notices[0]", func(b *B) { b.Notices[0].Version = "" }},
		{"notices[0]", func(b *B) { b.Notices[0].Version = "1/2" }},
		{"notices[0]", func(b *B) { delete(b.Notices[0].Text, "it") }},
		{"programs[0]", func(b *B) { b.Programs[0].ID = "" }},
		{"programs[1]", func(b *B) { b.Programs[1].ID = "carta" }},
		{"programs[0]", func(b *B) { b.Programs[0].Benefit = "cash" }},
		{"programs[0]", func(b *B) { b.Programs[0].Codes.Check = "ean" }},
		{"programs[0]", func(b *B) { b.Programs[0].Notice = "" }},
		{"programs[0]", func(b *B) { b.Programs[0].Notice = "terms" }},
		{"programs[0]", func(b *B) { b.Programs[0].Announced = false }}, // it invites
		{"programs[3]", func(b *B) { b.Programs[3].Artefact = "" }},
		{"programs[3]", func(b *B) { b.Programs[3].Topics = []consent.Topic{consent.Profiling} }}, // not the brand's
		{"programs[3]", func(b *B) { b.Programs[3].Channels = []consent.Channel{"fax"} }},
		{"programs[3]", func(b *B) { b.Programs[3].Channels = []consent.Channel{consent.Post} }}, // nothing can be answered there
	} {
		err := rossi(t, c.change).Check()
		switch {
		case c.field == "" && err != nil:
			t.Errorf("refused: %v", err)
		case c.field != "" && err == nil:
			t.Errorf("%s: accepted", c.field)
		case c.field != "" && !strings.Contains(err.Error(), ": "+c.field+": "):
			t.Errorf("%v does not name %s", err, c.field)
		}
	}
}

func TestParse(t *testing.T) {
	raw, err := demo.FS.ReadFile("rossi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	good := string(raw)
	for _, c := range []struct{ name, text, want string }{
		{"an unknown key", strings.Replace(good, "legal:", "legl:", 1), "line 4: field legl not found"},
		{"an unknown key inside", strings.Replace(good, "    price: standard", "    prize: standard", 1), "line 16: field prize not found"},
		{"a key twice", "name: x\n" + good, `"name" already defined`},
		{"another type", strings.Replace(good, "languages: [it, en, fr, bg]", "languages: it", 1), "line 9:"},
		{"no YAML", "id: [", "rossi.yaml: "},
		{"nothing", "", "rossi.yaml is empty"},
		{"two brands", good + "\n---\nid: other\n", "one brand a file"},
		{"a brand that does not hold", strings.Replace(good, "country: IT", "country: Italy", 1), "rossi: country: write an ISO 3166-1 code such as IT (in rossi.yaml)"},
	} {
		b, err := brands.Parse("rossi.yaml", []byte(c.text))
		if err == nil || b != nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "rossi.yaml") {
			t.Errorf("%s: %v, %v; want %q", c.name, b, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, id := range []string{"rossi", "nord"} {
		text, err := demo.FS.ReadFile(id + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("id: &a [*a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := brands.Parse("file", text)
		if err != nil {
			return
		}
		// What passed the check can be spoken for in every way the gateway asks.
		_ = b.Speaks("xx", "")
		_ = b.Location()
		_ = b.Question(brands.Asking{At: time.Unix(0, 0)})
		for i := range b.Programs {
			if b.Notice(b.Programs[i].Notice) == nil {
				t.Errorf("program %q has no notice", b.Programs[i].ID)
			}
		}
	})
}

func TestDirectory(t *testing.T) {
	nord := func(change ...func(*brands.Brand)) *brands.Brand {
		text, err := demo.FS.ReadFile("nord.yaml")
		if err != nil {
			t.Fatal(err)
		}
		b, err := brands.Parse("nord.yaml", text)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range change {
			f(b)
		}
		return b
	}
	var d brands.Directory
	if len(d.All()) != 0 || d.Book("rossi") != nil {
		t.Error("the zero value is not empty")
	}
	if _, ok := d.ByID("rossi"); ok {
		t.Error("found in nothing")
	}
	if err := d.Set([]*brands.Brand{rossi(t), nord()}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		list []*brands.Brand
		want string
	}{
		{"one number, one account, two brands", []*brands.Brand{rossi(t), nord(func(b *brands.Brand) { b.Numbers[0].Number = "41430" })}, "number 41430"},
		{"one number twice in a brand", []*brands.Brand{rossi(t, func(b *brands.Brand) { b.Numbers = append(b.Numbers, b.Numbers[0]) })}, "number 41430"},
		{"one name", []*brands.Brand{rossi(t), rossi(t, func(b *brands.Brand) { b.Numbers = nil })}, `two brands are called "rossi"`},
		{"one word for two programs", []*brands.Brand{nord(), rossi(t, func(b *brands.Brand) { b.Programs[3].Words["it"] = []string{"carta"} })}, "rossi: keywords"},
		{"a word that means stop", []*brands.Brand{rossi(t, func(b *brands.Brand) { b.Programs[3].Words["it"] = []string{"STOP"} })}, "STOP word"},
		{"a language without opt-out words", []*brands.Brand{nord(func(b *brands.Brand) { b.Languages = append(b.Languages, "xx") })}, `"xx"`},
		{"a brand that does not hold", []*brands.Brand{rossi(t, func(b *brands.Brand) { b.Legal = "" })}, "rossi: legal"},
	} {
		if err := d.Set(c.list); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if b, ok := d.ByNumber(demo.TwilioAccount, "36063"); !ok || b.ID != "nord" || len(d.All()) != 2 {
			t.Fatalf("%s: a refusal changed the brands in force: %v", c.name, d.All())
		}
	}
	ids := []string{}
	for _, b := range d.All() {
		ids = append(ids, b.ID)
	}
	if !slices.Equal(ids, []string{"nord", "rossi"}) {
		t.Errorf("listed %v", ids)
	}
	if _, ok := d.ByNumber("ACother", "41430"); ok {
		t.Error("a number is found under an account it does not belong to")
	}
	if r := d.Book("nord").Read("CARTA 123456"); r.Intent == keywords.Redeem {
		t.Error("one brand's words work at the other")
	}
	// The same number under two accounts belongs to two brands.
	other := nord(func(b *brands.Brand) { b.Numbers[0].Number, b.Twilio.Account = "41430", "ACother" })
	if err := d.Set([]*brands.Brand{rossi(t), other}); err != nil {
		t.Fatal(err)
	}
	if b, _ := d.ByNumber("ACother", "41430"); b != other {
		t.Errorf("found %v", b)
	}
	if _, ok := d.ByNumber(demo.TwilioAccount, "36063"); ok {
		t.Error("a number that left is still found")
	}
}

// Readers see one set of brands or the other, never half a change.
func TestDirectoryIsReplacedAsAWhole(t *testing.T) {
	one := []*brands.Brand{rossi(t)}
	two := []*brands.Brand{rossi(t, func(b *brands.Brand) { b.ID, b.Numbers[0].Number = "verdi", "41431" })}
	var d brands.Directory
	if err := d.Set(one); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if all := d.All(); len(all) != 1 {
					t.Errorf("%d brands in force", len(all))
					return
				}
			}
		})
	}
	for i := range 20 {
		list := one
		if i%2 == 0 {
			list = two
		}
		if err := d.Set(list); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
}

// The facts of a question are those the gateway holds; what it does not know stays unknown.
func TestQuestion(t *testing.T) {
	at := time.Date(2026, 7, 1, 18, 30, 0, 0, time.UTC)
	mail, err := address.ParseEmail("anna@example.org")
	if err != nil {
		t.Fatal(err)
	}
	base := brands.Asking{
		Kind: message.Invitation, Channel: consent.SMS, Topic: consent.Offers, To: phone(t, "+393331234567"), Contact: "person", Program: "carta", At: at,
	}
	for _, c := range []struct {
		name   string
		change func(*brands.Asking)
		brand  func(*brands.Brand)
		want   string // local time, country, sender, consent, consent_at, asked before, announced
	}{
		{"a number at home", nil, nil, "20:30 IT shortcode none - false true"},
		{"a number of one zone abroad", func(a *brands.Asking) { a.To = phone(t, "+359881234567") }, nil, "21:30 BG shortcode none - false true"},
		{"a number of France", func(a *brands.Asking) { a.To = phone(t, "+33612345699") }, nil, "20:30 FR shortcode none - false true"},
		{"a number of a country of many zones: the brand's clock", func(a *brands.Asking) { a.To = phone(t, "+18005550199") }, nil, "20:30 US shortcode none - false true"},
		{"an address by mail", func(a *brands.Asking) { a.To, a.Channel = mail, consent.Email }, nil, "20:30 IT email none - false true"},
		{"a brand elsewhere", func(a *brands.Asking) { a.To = phone(t, "+33612345699") }, func(b *brands.Brand) { b.Country, b.TimeZone = "GB", "Europe/London" }, "20:30 FR shortcode none - false true"},
		{"mail of a brand elsewhere", func(a *brands.Asking) { a.To, a.Channel = mail, consent.Email }, func(b *brands.Brand) { b.Country, b.TimeZone = "GB", "Europe/London" }, "19:30 GB email none - false true"},
		{"a long number", nil, func(b *brands.Brand) { b.Numbers[0].Number = "+393399957000" }, "20:30 IT longcode none - false true"},
		{"no number", nil, func(b *brands.Brand) { b.Numbers = nil }, "20:30 IT alpha none - false true"},
		{"a program that announces nothing", func(a *brands.Asking) { a.Program = "offerte" }, func(b *brands.Brand) { b.Programs[3].Announced = false }, "20:30 IT shortcode none - false false"},
		{"no program", func(a *brands.Asking) { a.Program = "" }, nil, "20:30 IT shortcode none - false unknown"},
		{"granted", func(a *brands.Asking) {
			a.Permission = consent.Permission{State: consent.Granted, Grade: consent.GradeA, Since: at.AddDate(0, -2, 0)}
		}, nil, "20:30 IT shortcode granted 2026-05-01 false true"},
		{"refused", func(a *brands.Asking) {
			a.Permission = consent.Permission{State: consent.Refused, Since: at, AskedAt: at.AddDate(0, -11, 0)}
		}, nil, "20:30 IT shortcode refused - true true"},
		{"asked a year ago", func(a *brands.Asking) {
			a.Permission = consent.Permission{State: consent.Expired, AskedAt: at.Add(-365 * 24 * time.Hour)}
		}, nil, "20:30 IT shortcode expired - false true"},
		{"asked a moment less ago", func(a *brands.Asking) {
			a.Permission = consent.Permission{State: consent.Expired, AskedAt: at.Add(-365*24*time.Hour + 1)}
		}, nil, "20:30 IT shortcode expired - true true"},
		{"another question is open", func(a *brands.Asking) { a.Permission = consent.Permission{State: consent.Pending, AskedAt: at} }, nil, "20:30 IT shortcode pending - true true"},
		{"this very question is open", func(a *brands.Asking) {
			a.Permission, a.Own = consent.Permission{State: consent.Pending, AskedAt: at}, true
		}, nil, "20:30 IT shortcode none - false true"},
	} {
		a, b := base, rossi(t)
		if c.change != nil {
			c.change(&a)
		}
		if c.brand != nil {
			c.brand(b)
		}
		q := b.Question(a)
		since, announced := "-", "unknown"
		if !q.ConsentAt.IsZero() {
			since = q.ConsentAt.Format(time.DateOnly)
		}
		if q.Announced != nil {
			announced = fmt.Sprint(*q.Announced)
		}
		got := fmt.Sprintf("%s %s %s %s %s %v %s", q.At.Format("15:04"), q.Country, q.Sender, q.Consent, since, q.AskedBefore, announced)
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if !q.At.Equal(at) || q.Kind != a.Kind || q.Channel != a.Channel || q.Topic != a.Topic || q.Contact != a.Contact || q.Grade != a.Permission.Grade && !a.Own || q.Source != "own" {
			t.Errorf("%s: a fact changed on the way: %+v", c.name, q)
		}
	}
	if q := rossi(t).Question(func() brands.Asking { a := base; a.Suppressed = true; return a }()); !q.Suppressed {
		t.Error("a suppression was lost")
	}
}

func TestJurisdiction(t *testing.T) {
	mail, err := address.ParseEmail("anna@example.org")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		to              address.Address
		country, source string
	}{
		{phone(t, "+393331234567"), "IT", "prefix"}, {phone(t, "+359881234567"), "BG", "prefix"}, {phone(t, "+15145551234"), "CA", "prefix"},
		{mail, "IT", "brand"}, {address.Address{}, "IT", "brand"},
	} {
		if country, source := rossi(t).Jurisdiction(c.to); country != c.country || source != c.source {
			t.Errorf("%s: %s by %s, want %s by %s", c.to, country, source, c.country, c.source)
		}
	}
}

func TestSpeaks(t *testing.T) {
	for _, c := range []struct {
		wanted []string
		want   string
	}{
		{nil, "it"}, {[]string{""}, "it"}, {[]string{"fr"}, "fr"}, {[]string{"FR-ca"}, "fr"}, {[]string{"de", "", "bg"}, "bg"},
		{[]string{"de"}, "it"}, {[]string{"en", "fr"}, "en"}, {[]string{"-fr"}, "it"},
	} {
		if got := rossi(t).Speaks(c.wanted...); got != c.want {
			t.Errorf("%v: %s, want %s", c.wanted, got, c.want)
		}
	}
}

func TestLinksAndLookups(t *testing.T) {
	b := rossi(t)
	if got := b.Links("https://gw.example"); got != "https://gw.example" {
		t.Errorf("links: %s", got)
	}
	b.LinkHost = "https://go.rossimoda.example"
	if got := b.Links("https://gw.example"); got != b.LinkHost {
		t.Errorf("links: %s", got)
	}
	if b.ProviderStops("41430") || b.ProviderStops("+393399957000") {
		t.Error("the provider acknowledges STOP where nobody said so")
	}
	b.Numbers[0].OptoutReplyBy = "provider"
	if !b.ProviderStops("41430") {
		t.Error("nobody acknowledges STOP")
	}
	if b.Program("carta") == nil || b.Program("none") != nil || b.Program("") != nil {
		t.Error("programs are found by their name alone")
	}
	b.Notices = append(b.Notices, brands.Notice{ID: "privacy", Version: "2"}, brands.Notice{ID: "wifi", Version: "7"})
	for id, want := range map[string]string{"privacy": "2", "wifi": "7", "": "7"} {
		if n := b.Notice(id); n == nil || n.Version != want {
			t.Errorf("notice %q: %v, want version %s", id, n, want)
		}
	}
	if b.Notice("none") != nil {
		t.Error("a notice nobody wrote")
	}
	b.Topics = []consent.Topic{consent.Info, consent.Offers, consent.Profiling, consent.Partners}
	if got := b.Program("carta").Asks(b); !slices.Equal(got, []consent.Topic{consent.Offers}) {
		t.Errorf("asks %v", got)
	}
	if got := (&brands.Program{}).Asks(b); !slices.Equal(got, []consent.Topic{consent.Info, consent.Offers}) {
		t.Errorf("a program without topics asks for %v: other purposes need consents of their own", got)
	}
	b.Topics = nil
	if got := b.AllTopics(); !slices.Equal(got, []consent.Topic{consent.Info, consent.Offers}) {
		t.Errorf("all topics: %v", got)
	}
	b.TimeZone = "Europe/Sofia"
	if got := b.Location().String(); got != "Europe/Sofia" {
		t.Errorf("location %s", got)
	}
}
