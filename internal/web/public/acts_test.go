package public

import (
	"errors"
	"maps"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/optin"
)

// post loads the page's form, adds fields and sends it.
func (s *site) post(target string, more ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.do("POST", target, s.form(target, more...), "User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
}

// only is the one changing call there was.
func (s *site) only(name string) call {
	s.t.Helper()
	if len(s.desk.calls) != 1 || s.desk.calls[0].name != name {
		s.t.Fatalf("calls %v, want one %s", s.desk.calls, name)
	}
	return s.desk.calls[0]
}

// The hidden fields of the page, posted alone, are the yes (interface.md).
func TestHiddenFieldsAloneConfirm(t *testing.T) {
	s := newSite(t)
	form := s.form("/c/tok")
	if len(form) != 1 {
		t.Fatalf("hidden fields %v", form)
	}
	s.now = start.Add(90 * time.Second)
	rec := s.do("POST", "/c/tok", form, "User-Agent", "curl/8.5")
	c := s.only("confirm")
	if rec.Code != 200 || c.token != "tok" || !strings.Contains(rec.Body.String(), "Il tuo sì è registrato") || !strings.Contains(rec.Body.String(), `href="/r/tok"`) ||
		!strings.Contains(rec.Body.String(), "Rossi Moda può contattarti per: Novità per e-mail; Offerte per e-mail.") {
		t.Errorf("%d %+v\n%s", rec.Code, c, rec.Body)
	}
	if p := c.press; p.Nonce == "" || !p.Shown.Equal(start) || !p.At.Equal(s.now) || p.IP != "192.0.2.0/24" || p.UserAgent != "curl 8" || p.Way != "form" {
		t.Errorf("press %+v", p)
	}
}

func TestNotMe(t *testing.T) {
	s := newSite(t)
	rec := s.do("POST", "/c/tok/not-me", s.form("/c/tok"))
	if s.only("notme"); rec.Code != 200 || !strings.Contains(rec.Body.String(), "La richiesta è annullata") {
		t.Errorf("%d\n%s", rec.Code, rec.Body)
	}
}

// "It was not me" after a yes does not claim that nothing was switched on.
func TestNotMeTooLate(t *testing.T) {
	s := newSite(t)
	form := s.form("/c/tok")
	v := s.confirmView(rossi())
	v.Open, v.Answered = false, consent.Granted
	v.Record = consent.Record{v.Keys[0]: {State: consent.Granted, Since: start}}
	s.desk.notMe = &v
	if body := s.do("POST", "/c/tok/not-me", form).Body.String(); !strings.Contains(body, "Hai già detto sì") || strings.Contains(body, "Non si è attivato nulla") {
		t.Errorf("%s", body)
	}
}

// A late or repeated yes is answered with what is true, never with success.
func TestConfirmTooLate(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
		want string
	}{
		{consent.ErrWindowClosed, 410, "Non c&#39;è una domanda aperta"},
		{consent.ErrNothingPending, 410, "Non c&#39;è una domanda aperta"},
		{optin.ErrNoToken, 404, "Questo link non funziona"},
		{optin.ErrTokenExpired, 410, "Questo link è scaduto"},
		{optin.ErrUnavailable, 503, "In questo momento non possiamo salvare nulla"},
		{&optin.DeniedError{Rule: "all-suppressed", Reason: "x"}, 403, "Regola all-suppressed."},
		{errors.New("boom +393471234567"), 500, "Qualcosa è andato storto"},
	} {
		s := newSite(t)
		s.desk.err = c.err
		rec := s.post("/c/tok")
		if body := rec.Body.String(); rec.Code != c.code || !strings.Contains(body, c.want) || strings.Contains(body, "boom") {
			t.Errorf("%v: %d\n%s", c.err, rec.Code, body)
		}
		if c.code == 503 && rec.Header().Get("Retry-After") == "" {
			t.Error("503 without Retry-After")
		}
	}
}

func TestNonce(t *testing.T) {
	s := newSite(t)
	good := s.form("/c/tok").Get("nonce")
	cases := []struct {
		name, path, nonce string
		after             time.Duration
		code              int
	}{
		{"as served", "/c/tok", good, 0, 200},
		{"six days later", "/c/tok", good, 6 * 24 * time.Hour, 200},
		{"eight days later", "/c/tok", good, 8 * 24 * time.Hour, 422},
		{"from the future", "/c/tok", good, -time.Hour, 422},
		{"of another page", "/p/tok", good, 0, 422},
		{"of another token", "/c/granted", good, 0, 200}, // the page of a closed question says so whatever is sent
		{"missing", "/c/tok", "", 0, 422},
		{"cut", "/c/tok", good[:20], 0, 422},
		{"changed", "/c/tok", strings.Map(func(r rune) rune {
			if r == rune(good[12]) {
				return 'A' + (r-'A'+1)%26
			}
			return r
		}, good), 0, 422},
		{"changed at its end", "/c/tok", good[:40] + "AAA", 0, 422},
		{"not base64", "/c/tok", "***", 0, 422},
	}
	for _, c := range cases {
		s.desk.calls, s.now = nil, start.Add(c.after)
		rec := s.do("POST", c.path, url.Values{"nonce": {c.nonce}})
		acted := len(s.desk.calls) == 1
		if rec.Code != c.code || acted != (c.code == 200 && c.path == "/c/tok") {
			t.Errorf("%s: %d, acted %v", c.name, rec.Code, acted)
		}
		if c.code == 422 && hidden(rec.Body.String()).Get("nonce") == "" {
			t.Errorf("%s: the form was not shown again", c.name)
		}
	}
	// Another site's form is refused even with a nonce.
	s.now, s.desk.calls = start, nil
	if rec := s.do("POST", "/c/tok", url.Values{"nonce": {good}}, "Sec-Fetch-Site", "cross-site"); rec.Code != 422 || len(s.desk.calls) > 0 {
		t.Errorf("cross-site: %d", rec.Code)
	}
	// Two loads are two acts; one form twice is one act; one form with other boxes is another.
	nonceOf := func(form url.Values) string {
		s.desk.calls = nil
		s.do("POST", "/p/tok", form)
		return s.only("choose").press.Nonce
	}
	a, b := s.form("/p/tok"), s.form("/p/tok")
	first := nonceOf(a)
	if nonceOf(a) != first {
		t.Error("a double click has two nonces")
	}
	if nonceOf(b) == first {
		t.Error("two page loads have one nonce")
	}
	a.Set("consent_offers_sms", "yes")
	if nonceOf(a) == first {
		t.Error("other boxes have the same nonce")
	}
}

func TestForms(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	s := newSite(t)
	nonce := s.form("/c/tok").Get("nonce")
	cases := []struct {
		name, kind, body string
		code             int
	}{
		{"good", form, "nonce=" + nonce, 200},
		{"with a charset", form + "; charset=utf-8", "nonce=" + nonce, 200},
		{"repeated", form, "nonce=" + nonce + "&nonce=" + nonce, 400},
		{"repeated, another key", form, "nonce=" + nonce + "&a=1&a=2", 400},
		{"not UTF-8", form, "nonce=" + nonce + "&a=%ff", 400},
		{"key not UTF-8", form, "nonce=" + nonce + "&%ff=a", 400},
		{"NUL", form, "nonce=" + nonce + "&a=%00", 400},
		{"line break", form, "nonce=" + nonce + "&a=%0d%0aBcc", 400},
		{"broken escape", form, "nonce=" + nonce + "&a=%zz", 400},
		{"semicolon", form, "nonce=" + nonce + ";a=1", 400},
		{"long value", form, "nonce=" + nonce + "&a=" + strings.Repeat("a", 1001), 400},
		{"long body", form, "nonce=" + nonce + "&a=" + strings.Repeat("a", 70<<10), 413},
		{"json", "application/json", `{"nonce":"` + nonce + `"}`, 415},
		{"multipart", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"nonce\"\r\n\r\n" + nonce + "\r\n--b--\r\n", 415},
		{"no type", "", "nonce=" + nonce, 415},
	}
	for _, c := range cases {
		s.desk.calls = nil
		req := httptest.NewRequest("POST", "/c/tok", strings.NewReader(c.body))
		req.Header.Set("Content-Type", c.kind)
		rec := httptest.NewRecorder()
		s.e.ServeHTTP(rec, req)
		if rec.Code != c.code || (len(s.desk.calls) == 1) != (c.code == 200) {
			t.Errorf("%s: %d, want %d; calls %d", c.name, rec.Code, c.code, len(s.desk.calls))
		}
	}
	// The query is not the form.
	s.desk.calls = nil
	if rec := s.do("POST", "/c/tok?nonce="+nonce, url.Values{}); rec.Code != 422 || len(s.desk.calls) > 0 {
		t.Errorf("nonce in the query: %d", rec.Code)
	}
}

func TestOneClick(t *testing.T) {
	multipart := "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n"
	cases := []struct {
		name, kind, body string
		code             int
	}{
		{"RFC 8058", "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click", 200},
		{"RFC 8058, multipart", "multipart/form-data; boundary=b", multipart, 200},
		{"from another site's form", "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click", 200},
		{"another value", "application/x-www-form-urlencoded", "List-Unsubscribe=Two-Click", 422},
		{"empty", "application/x-www-form-urlencoded", "", 422},
		{"multipart, broken", "multipart/form-data; boundary=b", "--x", 400},
		{"multipart, a file", "multipart/form-data; boundary=b", strings.Replace(multipart, `e"`, `e"; filename="x"`, 1), 400},
	}
	for _, c := range cases {
		s := newSite(t)
		req := httptest.NewRequest("POST", "/u/tok", strings.NewReader(c.body))
		req.Header.Set("Content-Type", c.kind)
		if strings.Contains(c.name, "site") {
			req.Header.Set("Sec-Fetch-Site", "cross-site")
		}
		rec := httptest.NewRecorder()
		s.e.ServeHTTP(rec, req)
		if rec.Code != c.code || (len(s.desk.calls) == 1) != (c.code == 200) {
			t.Errorf("%s: %d, calls %v", c.name, rec.Code, s.desk.calls)
			continue
		}
		if c.code == 200 && (s.only("unsubscribe").press.Way != "one-click" || s.desk.calls[0].press.Nonce == "" || rec.Header().Get("Location") != "" || rec.Header().Get("Set-Cookie") != "") {
			t.Errorf("%s: %+v %v", c.name, s.desk.calls[0].press, rec.Header())
		}
	}
	s := newSite(t)
	rec := s.post("/u/tok")
	if c := s.only("unsubscribe"); rec.Code != 200 || c.press.Way != "form" || !strings.Contains(rec.Body.String(), "non invia più nulla via SMS a &#43;39*******567") {
		t.Errorf("the button: %d %+v\n%s", rec.Code, c, rec.Body)
	}
}

func TestPreferencesShowWhatIsTrue(t *testing.T) {
	s := newSite(t)
	body := s.do("GET", "/p/tok", nil).Body.String()
	for _, name := range []string{"consent_offers_sms", "day_mon", "day_fri", "hours_evening"} {
		if !strings.Contains(body, `name="`+name+`" value="yes" checked="checked"`) {
			t.Errorf("%s is not ticked", name)
		}
	}
	// Pending, refused, withdrawn and never asked are not a yes.
	if n := strings.Count(body, "checked="); n != 4 {
		t.Errorf("%d boxes are ticked", n)
	}
	for _, want := range []string{"+39*******567", `<option value="4" selected="selected">`, `<option value="keep" selected="selected">`, `<option value="it" selected="selected">`,
		"SMS: sì, dal 21 maggio 2026", "SMS: in attesa della tua risposta", "Telefono: ritirato", `name="other_email"`} {
		if !strings.Contains(strings.ReplaceAll(body, "&#43;", "+"), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(body, `name="other_phone"`) || strings.Contains(body, "393471234567") {
		t.Error("the page asks for a phone it has, or shows it in clear")
	}
	if i, j := strings.Index(body, "Ferma tutto"), strings.Index(body, "consent_"); i < 0 || i > j {
		t.Error("stop everything does not come first")
	}
	empty := s.do("GET", "/p/mail", nil).Body.String()
	if strings.Contains(empty, "checked=") || !strings.Contains(empty, `name="other_phone"`) {
		t.Error("a new person's page has a ticked box, or no field for a phone")
	}
}

func TestChoose(t *testing.T) {
	s := newSite(t)
	rec := s.post("/p/tok", "consent_offers_sms", "yes", "consent_info_email", "yes", "other_email", " Anna@Example.ORG ", "day_sat", "yes", "hours_morning", "yes",
		"per_month", "2", "pause", "3", "language", "fr", "consent_offers_post", "yes", "day_xxx", "yes")
	c := s.only("choose")
	if rec.Code != 200 || len(c.choice.Want) != 11 || c.choice.StopAll {
		t.Fatalf("%d %+v\n%s", rec.Code, c.choice, rec.Body)
	}
	for k, want := range c.choice.Want {
		if want != (k == consent.Key{Channel: consent.SMS, Topic: consent.Offers} || k == consent.Key{Channel: consent.Email, Topic: consent.Info}) {
			t.Errorf("%v is %v", k, want)
		}
	}
	p := c.choice.Prefs
	if c.choice.OtherEmail.Wire() != "Anna@example.org" || !c.choice.OtherPhone.IsZero() || !slices.Equal(p.Days, []string{"sat"}) || !slices.Equal(p.Hours, []string{"morning"}) ||
		p.PerMonth != 2 || !p.PauseUntil.Equal(start.AddDate(0, 3, 0)) || p.Language != "fr" {
		t.Errorf("%+v", c.choice)
	}
	// The answer says what the desk says is true now, in the language just chosen.
	for _, want := range []string{"Offres par SMS", "en route, par e-mail", `href="/r/tok"`, "Rien n&#39;arrive avant le 21 décembre 2026"} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("the answer lacks %q\n%s", want, rec.Body)
		}
	}
}

// What became of another address is told neither by words nor by status; a
// change that was saved is never called "nothing changed".
func TestChooseElsewhere(t *testing.T) {
	answer := func(err error, event string) *httptest.ResponseRecorder {
		s := newSite(t)
		s.desk.err, s.desk.chosen = err, event
		return s.post("/p/tok", "consent_info_email", "yes", "other_email", "b@example.org")
	}
	fine := answer(nil, "evt_1")
	if denied := answer(&optin.DeniedError{Rule: "all-suppressed"}, "evt_1"); denied.Code != 200 || denied.Body.String() != fine.Body.String() {
		t.Errorf("a refused address is told apart: %d", denied.Code)
	}
	if half := answer(optin.ErrUnavailable, "evt_1"); half.Code != 500 || strings.Contains(half.Body.String(), "Non è cambiato nulla") {
		t.Errorf("saved in part: %d\n%s", half.Code, half.Body)
	}
	if none := answer(optin.ErrUnavailable, ""); none.Code != 503 {
		t.Errorf("not saved: %d", none.Code)
	}
	if !strings.Contains(fine.Body.String(), "in arrivo, per e-mail") {
		t.Errorf("the answer does not say what follows\n%s", fine.Body)
	}
}

func TestChooseProblems(t *testing.T) {
	cases := []struct {
		name string
		more []string
		want string
	}{
		{"e-mail ticked, no address", []string{"consent_offers_email", "yes"}, "Hai spuntato e-mail"},
		{"a bad address", []string{"consent_offers_email", "yes", "other_email", "anna<script>@x"}, "come nome@example.com"},
		{"no cells", []string{"cells", ""}, "Il modulo era troppo vecchio"},
		{"cells of another form", []string{"cells", " "}, "Il modulo era troppo vecchio"},
	}
	for _, c := range cases {
		s := newSite(t)
		rec := s.post("/p/tok", append(c.more, "day_sun", "yes")...)
		body := rec.Body.String()
		if rec.Code != 422 || len(s.desk.calls) > 0 || !strings.Contains(body, c.want) || !strings.Contains(body, "<title>Errore:") {
			t.Errorf("%s: %d, calls %v", c.name, rec.Code, s.desk.calls)
		}
		// What was entered is kept.
		if !strings.Contains(body, `name="day_sun" value="yes" checked="checked"`) || strings.Contains(body, `name="day_mon" value="yes" checked`) || strings.Contains(body, "anna<script>") {
			t.Errorf("%s: the entered values are not kept, or not escaped", c.name)
		}
		wellFormed(t, c.name, body)
	}
	// A box that the page did not show is left alone, not read as a no.
	s := newSite(t)
	s.post("/p/tok", "cells", "consent_offers_sms consent_nonsense_sms")
	if w := s.only("choose").choice.Want; len(w) != 1 || w[consent.Key{Channel: consent.SMS, Topic: consent.Offers}] {
		t.Errorf("want %v", w)
	}
	// A question that waits for its answer has an unticked box; saving the page is not a no to it, ticking it is a yes.
	s = newSite(t)
	s.post("/p/tok")
	if _, ok := s.only("choose").choice.Want[consent.Key{Channel: consent.SMS, Topic: consent.Info}]; ok {
		t.Error("an open question was answered by saving the page")
	}
	s = newSite(t)
	s.post("/p/tok", "consent_info_sms", "yes")
	if !s.only("choose").choice.Want[consent.Key{Channel: consent.SMS, Topic: consent.Info}] {
		t.Error("a tick at an open question is not a yes")
	}
	// A running pause is kept when nobody touches it.
	s = newSite(t)
	s.post("/p/tok", "pause", "keep", "per_month", "1000000")
	if p := s.only("choose").choice.Prefs; !p.PauseUntil.Equal(start.AddDate(0, 1, 0)) || p.PerMonth != 0 {
		t.Errorf("%+v", p)
	}
}

func TestStopEverything(t *testing.T) {
	s := newSite(t)
	form := s.form("/p/tok")
	rec := s.do("POST", "/p/tok", url.Values{"nonce": form["nonce"], "stop_all": {"yes"}})
	if c := s.only("choose"); rec.Code != 200 || !c.choice.StopAll || len(c.choice.Want) > 0 || !strings.Contains(rec.Body.String(), "È tutto fermo") {
		t.Errorf("%d %+v", rec.Code, c.choice)
	}
}

func TestReceipt(t *testing.T) {
	body := newSite(t).do("GET", "/r/tok", nil).Body.String()
	for _, want := range []string{"in corso di registrazione", "n. 8812", "Si grazie!", "evt_01HZ9", strings.Repeat("0f1e2d3c", 8), "Rossi Moda S.p.A., Como",
		"Offerte via SMS: in attesa della tua risposta → sì", `title="2026-05-21 16:03:00 &#43;02:00"`, "oggi alle 14:03", `href="/p/tok"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the receipt lacks %q", want)
		}
	}
	if strings.Contains(body, "3471234567") {
		t.Error("the receipt shows the address in clear")
	}
}

func TestJoin(t *testing.T) {
	s := newSite(t)
	page := s.do("GET", "/j/rossi/offerte", nil).Body.String()
	if strings.Contains(page, "checked=") || strings.Count(page, `type="checkbox"`) != 4 || !strings.Contains(page, `href="/n/rossi/privacy/2026-03"`) ||
		!strings.Contains(page, `type="email" autocomplete="email"`) || !strings.Contains(page, `type="tel" autocomplete="tel"`) {
		t.Errorf("the form:\n%s", page)
	}
	s.desk.calls = nil
	rec := s.post("/j/rossi/offerte", "consent_info_email", "yes", "consent_offers_email", "yes", "email", "Anna@example.org", "phone", "junk")
	c := s.only("join")
	j := c.joining
	if rec.Code != 200 || j.Brand.ID != "rossi" || j.Program != "offerte" || j.Channel != consent.Email || j.Address.Wire() != "Anna@example.org" ||
		!slices.Equal(j.Topics, []consent.Topic{consent.Info, consent.Offers}) || j.Language != "it" || j.Notice != "2026-03" || j.Method != "web_form" ||
		j.Wording != "Novità per e-mail. Nuovi arrivi, aperture, eventi.\nOfferte per e-mail. Sconti e promozioni." || j.Press.Nonce == "" || j.Press.Way != "form" {
		t.Errorf("%d %+v", rec.Code, j)
	}
	if keys := slices.Sorted(maps.Keys(j.Form)); !slices.Equal(keys, []string{"consent_info_email", "consent_offers_email", "email", "phone"}) {
		t.Errorf("evidence of the form: %v", keys)
	}
	known := rec.Body.String()

	// Both channels are two requests, each of its own.
	s.desk.calls = nil
	s.post("/j/rossi/offerte", "consent_info_email", "yes", "consent_info_sms", "yes", "email", "a@example.org", "phone", "347 123 4567")
	if len(s.desk.calls) != 2 || s.desk.calls[0].joining.Channel != consent.SMS || s.desk.calls[0].joining.Address.Wire() != "+393471234567" || s.desk.calls[0].press.Nonce == s.desk.calls[1].press.Nonce {
		t.Errorf("%+v", s.desk.calls)
	}

	// A form shown beside another notice than the one in force is shown again.
	form := s.form("/j/rossi/offerte", "consent_info_email", "yes", "email", "a@example.org")
	s.desk.calls = nil
	b := s.brand
	b.Notices = append(b.Notices, brands.Notice{ID: "privacy", Version: "2026-12", Text: b.Notices[0].Text})
	if rec := s.do("POST", "/j/rossi/offerte", form); rec.Code != 422 || len(s.desk.calls) > 0 || !strings.Contains(rec.Body.String(), "/n/rossi/privacy/2026-12") {
		t.Errorf("another notice: %d", rec.Code)
	}
	b.Notices = b.Notices[:1]

	// The answer tells nothing about the address, and a robot nothing at all.
	s.desk.err = &optin.DeniedError{Rule: "all-suppressed"}
	if rec := s.post("/j/rossi/offerte", "consent_info_email", "yes", "email", "b@example.org"); rec.Code != 200 || rec.Body.String() != known {
		t.Errorf("a refused address is told apart: %d", rec.Code)
	}
	s.desk.calls = nil
	if rec := s.post("/j/rossi/offerte", "consent_info_email", "yes", "email", "b@example.org", "website", "x"); rec.Code != 200 || rec.Body.String() != known || len(s.desk.calls) > 0 {
		t.Errorf("the trap: %d", rec.Code)
	}
	s.desk.err = optin.ErrUnavailable
	if rec := s.post("/j/rossi/offerte", "consent_info_email", "yes", "email", "b@example.org"); rec.Code != 503 {
		t.Errorf("no database: %d", rec.Code)
	}
}

func TestJoinProblems(t *testing.T) {
	cases := []struct {
		name string
		more []string
		want []string
	}{
		{"nothing", nil, []string{"Spunta almeno una casella"}},
		{"no address", []string{"consent_info_email", "yes"}, []string{"scrivi il tuo indirizzo e-mail"}},
		{"two bad", []string{"consent_info_email", "yes", "email", "x", "consent_info_sms", "yes", "phone", "12"}, []string{"come nome@example.com", "Scrivi un numero di telefono"}},
		{"a box of another form", []string{"consent_partners_email", "yes", "email", "a@example.org"}, []string{"Spunta almeno una casella"}},
		{"not yes", []string{"consent_info_email", "on", "email", "a@example.org"}, []string{"Spunta almeno una casella"}},
	}
	for _, c := range cases {
		s := newSite(t)
		rec := s.post("/j/rossi/offerte", c.more...)
		body := rec.Body.String()
		if rec.Code != 422 || len(s.desk.calls) > 0 {
			t.Errorf("%s: %d, calls %v", c.name, rec.Code, s.desk.calls)
		}
		for _, want := range c.want {
			if strings.Count(body, want) != 2 { // in the summary and at the field
				t.Errorf("%s: %q stands %d times", c.name, want, strings.Count(body, want))
			}
		}
		for i := 0; i+1 < len(c.more); i += 2 {
			if kept := strings.Contains(body, `value="`+c.more[i+1]+`"`); !kept && c.more[i+1] != "on" {
				t.Errorf("%s: %s is not kept", c.name, c.more[i])
			}
		}
		wellFormed(t, c.name, body)
	}
}

func TestSendLink(t *testing.T) {
	s := newSite(t)
	a := s.post("/prefs/rossi", "address", "347 123 4567")
	if c := s.only("sendlink"); a.Code != 200 || c.token != "rossi" || c.address.Wire() != "+393471234567" {
		t.Errorf("%d %+v", a.Code, c)
	}
	if b := s.post("/prefs/rossi", "address", "nobody@example.org"); b.Code != 200 || b.Body.String() != a.Body.String() {
		t.Error("two addresses are told apart")
	}
	for _, err := range []error{optin.ErrNobody, &optin.DeniedError{Rule: "all-suppressed"}} {
		s.desk.err = err
		if b := s.post("/prefs/rossi", "address", "nobody@example.org"); b.Code != 200 || b.Body.String() != a.Body.String() {
			t.Errorf("%v: an address is told apart", err)
		}
	}
	s.desk.err = optin.ErrUnavailable
	if b := s.post("/prefs/rossi", "address", "nobody@example.org"); b.Code != 503 {
		t.Errorf("no database: %d", b.Code)
	}
	s.desk.calls, s.desk.err = nil, nil
	if rec := s.post("/prefs/rossi", "address", `"><script>alert(1)</script>`); rec.Code != 422 || len(s.desk.calls) > 0 || strings.Contains(rec.Body.String(), "<script") {
		t.Errorf("a bad address: %d\n%s", rec.Code, rec.Body)
	}
}

// A link that does not work offers a new one from the brand it came from; where
// that cannot be known, only from brands that share the host.
func TestBadLinkOffersANewOne(t *testing.T) {
	for _, path := range []string{"/p/old", "/p/none", "/c/none", "/u/none", "/r/none"} {
		if body := newSite(t).do("GET", path, nil).Body.String(); !strings.Contains(body, `href="/prefs/rossi"`) {
			t.Errorf("%s offers no new link", path)
		}
	}
	a, b, c := rossi(), rossi(), rossi()
	b.ID, b.Name = "nord", "Nord"
	c.ID, c.Name, c.LinkHost = "own", "Own", "https://c.own.example"
	p := &Pages{Desk: &desk{}, Brands: shelf{a, b, c}, Now: func() time.Time { return start }, Secret: make([]byte, 16)}
	s := &site{t: t, e: echo.New()}
	p.Routes(s.e)
	shared := s.do("GET", "http://gw.example/p/none", nil).Body.String()
	if !strings.Contains(shared, "/prefs/rossi") || !strings.Contains(shared, "/prefs/nord") || strings.Contains(shared, "Own") {
		t.Errorf("on the shared host:\n%s", shared)
	}
	own := s.do("GET", "http://c.own.example/p/none", nil).Body.String()
	if !strings.Contains(own, "/prefs/own") || strings.Contains(own, "Nord") {
		t.Errorf("on its own host:\n%s", own)
	}
}

// Whatever a person, a handset or a configuration says, it is shown as words.
func TestHostileWords(t *testing.T) {
	for _, evil := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'-alert(1)-'`, `{{.Brand}}`, `</title><script>`, "javascript:alert(1)", "\u202eevil\u2066"} {
		s := newSite(t)
		b := rossi()
		b.Name, b.Legal, b.Postal, b.Contact, b.Colour = evil, evil, evil, evil, evil
		b.Programs[0].Name = map[string]string{"it": evil}
		b.Notices[0].Text = map[string]string{"it": evil}
		p := &Pages{Desk: s.desk, Brands: shelf{b}, Now: func() time.Time { return start }, Secret: make([]byte, 16)}
		s.e = echo.New()
		p.Routes(s.e)
		s.desk.views["confirm tok"] = func() (optin.View, error) { return s.confirmView(b), nil }
		s.desk.views["prefs tok"] = func() (optin.View, error) {
			v := s.prefsView(b)
			v.Trail[0].Words, v.Trail[0].Method, v.Trail[0].Event, v.Trail[0].Act = evil, evil, evil, consent.ActKind(evil)
			v.Language = evil
			return v, nil
		}
		for _, path := range []string{"/c/tok", "/p/tok", "/u/tok", "/r/tok", "/j/rossi/offerte", "/n/rossi/privacy/2026-03", "/prefs/rossi", "/p/" + url.PathEscape(evil), "/assets/brand/rossi.css"} {
			rec := s.do("GET", path, nil)
			body := rec.Body.String()
			if rec.Code >= 500 {
				t.Errorf("%s with %q: %d", path, evil, rec.Code)
			}
			if strings.Contains(body, "<script") || strings.Contains(body, "<img") || strings.Contains(body, `href="javascript`) {
				t.Errorf("%s with %q: it got through\n%s", path, evil, body)
			}
			if !strings.HasPrefix(path, "/assets") {
				wellFormed(t, path, body)
			}
		}
	}
}

func TestVisitor(t *testing.T) {
	for ip, want := range map[string]string{
		"203.0.113.77": "203.0.113.0/24", "::ffff:203.0.113.77": "203.0.113.0/24", "2001:db8:1:2:3:4:5:6": "2001:db8:1::/48",
		"fe80::1%eth0": "fe80::/48", "": "", "junk": "",
	} {
		if got := truncate(ip); got != want {
			t.Errorf("truncate(%q) = %q, want %q", ip, got, want)
		}
	}
	for ua, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                  "Firefox 140",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36":                         "Chrome 141",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0":           "Edge 141",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1": "Safari 18",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0 Mobile/15E148 Safari/604.1":  "Chrome 141",
		"curl/8.14.1": "curl 8", "Anna's phone +393471234567": "other", "": "",
	} {
		if got := family(ua); got != want {
			t.Errorf("family(%q) = %q, want %q", ua, got, want)
		}
	}
}

// No form makes a handler fail, and none without our nonce acts.
func FuzzForm(f *testing.F) {
	for _, s := range []string{"", "nonce=", "a=1&a=2", "List-Unsubscribe=One-Clic", "%zz", "stop_all=yes&nonce=AAAA", "cells=consent_offers_sms&consent_offers_sms=yes", "\x00=\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s := newSite(t)
		for _, path := range []string{"/c/tok", "/p/tok", "/j/rossi/offerte", "/prefs/rossi"} {
			req := httptest.NewRequest("POST", path, strings.NewReader(body))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			rec := httptest.NewRecorder()
			s.e.ServeHTTP(rec, req)
			if rec.Code < 400 || rec.Code >= 500 || len(s.desk.calls) > 0 {
				t.Errorf("%s: %d, calls %v", path, rec.Code, s.desk.calls)
			}
		}
	})
}
