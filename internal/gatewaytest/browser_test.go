package gatewaytest_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"placet/internal/consent"
	"placet/internal/gatewaytest/browser"
)

// program is the built gateway running its demo as a process of its own, as a
// stranger would run it.
type program struct {
	t       *testing.T
	binary  string
	data    string
	url     string // http://127.0.0.1:PORT
	console string // the one-time link it printed
}

// startDemo builds the program, runs `gateway demo` and waits for its last line.
// It is interrupted with the test, and must then leave in peace, having
// complained of nothing.
func startDemo(t *testing.T) *program {
	t.Helper()
	p := &program{t: t, binary: filepath.Join(t.TempDir(), "gateway"), data: t.TempDir()}
	build := exec.Command("go", "build", "-o", p.binary, "./cmd/gateway")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, p.binary, "demo", "--listen", listen, "--data", p.data, "--clock", "2026-11-20T10:24:00+01:00")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 30 * time.Second
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	t.Cleanup(func() {
		interrupt()
		for lines.Scan() { // whatever it still says; Wait comes after the end of it
		}
		_ = cmd.Wait() // it is the context's error, whatever the program answered
		if code := cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("the demo left with %d (%s)", code, cmd.ProcessState)
		}
		if complaints.Len() > 0 {
			t.Errorf("the demo complained:\n%s", complaints.String())
		}
	})
	p.url = "http://" + listen
	link := regexp.MustCompile(`http://\S+/console/sign-in\?token=\S+`)
	for lines.Scan() {
		if l := link.FindString(lines.Text()); l != "" {
			p.console = l
		}
		if strings.Contains(lines.Text(), "Ctrl-C") {
			break
		}
	}
	if p.console == "" {
		t.Fatalf("the demo printed no console link; it complained: %s", complaints.String())
	}
	return p
}

// get reads JSON from the running demo.
func (p *program) get(path string, into any) {
	p.t.Helper()
	r, err := http.Get(p.url + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	if err := json.NewDecoder(r.Body).Decode(into); err != nil || r.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %s, %v", path, r.Status, err)
	}
}

// state is how an address stands with Rossi Moda.
func (p *program) state(address string, c consent.Channel, topic consent.Topic) consent.State {
	p.t.Helper()
	var cells []struct {
		consent.Key
		State consent.State
	}
	p.get("/sandbox/permissions?brand=rossi&of="+url.QueryEscape(address), &cells)
	for _, x := range cells {
		if x.Channel == c && x.Topic == topic {
			return x.State
		}
	}
	return consent.None
}

// holds fails when an address stands otherwise.
func (p *program) holds(when, address string, c consent.Channel, topic consent.Topic, want consent.State) {
	p.t.Helper()
	if got := p.state(address, c, topic); got != want {
		p.t.Errorf("%s: %s of %s is %s, want %s", when, c, topic, got, want)
	}
}

// texts is what left to an address, oldest first.
func (p *program) texts(address string) []string {
	p.t.Helper()
	var ms []struct{ Text string }
	p.get("/sandbox/messages?to="+url.QueryEscape(address), &ms)
	out := make([]string, len(ms))
	for i, m := range ms {
		out[i] = m.Text
	}
	return out
}

// run is another command beside the running server.
func (p *program) run(args ...string) string {
	p.t.Helper()
	out, err := exec.Command(p.binary, append(args, "--data", p.data)...).CombinedOutput()
	if err != nil {
		p.t.Errorf("gateway %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

const (
	giulia     = "+393475550101" // the first SIM of the sandbox
	giuliaMail = "giulia@example.org"
)

// bubble is a message in the phone's thread.
func bubble(words string) chromedp.Action {
	return browser.See(`div[contains(@class,"bubble in")]`, words)
}

// TestSandboxJourney is the first minute of a stranger, in a real browser on the
// built program: a text becomes a permission, a mail becomes another, both are
// taken back, and what only opens links changes nothing. With PLACET_SHOTS=DIR it
// leaves the pictures of docs/screenshots.
func TestSandboxJourney(t *testing.T) {
	page := browser.Open(t)
	p := startDemo(t)
	type_ := func(text string) chromedp.Action { return chromedp.SendKeys(`#draft`, text+"\r") }
	done := func(step string) chromedp.Action {
		return chromedp.WaitVisible(`//ol[@id="tour"]/li[`+step+`][contains(@class,"done")]`, chromedp.BySearch)
	}

	page.Do("open the sandbox", chromedp.EmulateViewport(1440, 900), chromedp.Navigate(p.url+"/"), chromedp.WaitVisible(`.live.on`),
		chromedp.Evaluate(`window.unreloaded = true`, nil))
	page.Fits("the sandbox before anything happened")
	page.Do("activate the card", type_("CARTA 123456"), bubble("carta 123456 è attiva"), bubble("vuoi offerte via SMS"), done("2"))
	if got := p.texts(giulia); len(got) != 2 || !strings.Contains(got[0], "attiva") {
		t.Errorf("the benefit comes first, the question apart from it and after it: %q", got)
	}
	p.holds("asked and not answered", giulia, consent.SMS, consent.Offers, consent.Pending)

	// The card of that text unfolds through every station, down to the handset's receipt.
	for _, station := range []string{"signature", "words", "rule", "benefit", "permission", "evidence", "leaf", "outbox", "provider", "delivery"} {
		page.Do("the trace reaches "+station, chromedp.WaitVisible(
			`//ol[@id="cards"]/li[last()]//ol[@class="rail"]/li[.="`+station+`" and @class="passed"]`, chromedp.BySearch))
	}
	page.Do("look at the raw truth", chromedp.Click(`//ol[@id="cards"]/li[last()]//summary[b="leaf"]`, chromedp.BySearch), browser.See("pre", "placet.log/rossi"),
		chromedp.Click(`//ol[@id="cards"]/li[last()]//summary[b="leaf"]`, chromedp.BySearch))
	page.Do("say yes by the tour's own button", chromedp.Click(`#tour button`), bubble("confermato"), chromedp.WaitVisible(`#matrix td[data-state=granted]`), done("3"))
	p.holds("said yes", giulia, consent.SMS, consent.Offers, consent.Granted)

	mailJourney(t, p, page)
	attacks(p, page)

	choices := page.Popup("tap the link in the welcome", chromedp.Click(`//div[contains(@class,"bubble in")]//a[contains(@href,"/p/")]`, chromedp.BySearch))
	choices.Do("the choices open", browser.See("h1", "Le tue scelte con Rossi Moda"))
	page.Do("the tour saw it", done("4"))
	choices.Fits("the preference centre")
	choices.Shot("preferences-320", 320, 0, false)
	choices.Shot("preferences-320-dark", 320, 0, true)
	choices.Shot("preferences", 1440, 0, false)
	choices.Do("want news instead of offers", chromedp.Click(`input[name=consent_info_sms]`), chromedp.Click(`input[name=consent_offers_sms]`),
		chromedp.Submit(`input[name=cells]`), browser.See("p", "Da adesso Rossi Moda può contattarti per: Novità via SMS."))
	choices.Fits("what is now true")
	choices.Shot("now-true-320", 320, 0, false)
	p.holds("chosen", giulia, consent.SMS, consent.Info, consent.Granted)
	p.holds("chosen", giulia, consent.SMS, consent.Offers, consent.Withdrawn)
	choices.Do("open the receipt", chromedp.Click(`.links a`), browser.See("h1", "La tua ricevuta"), browser.See("bdi", "CARTA 123456"))
	choices.Fits("the receipt")
	choices.Shot("receipt-320", 320, 0, false)
	choices.Shot("receipt", 1440, 900, false)

	page.Do("leave", type_("STOP"), bubble("non riceverai altri SMS"), done("5"), browser.See("h2", "That was the whole life of a permission"))
	page.Do("leave again", type_("STOP"), browser.See(`p[contains(@class,"mine")][last()]`, "on record"))
	p.holds("stopped", giulia, consent.SMS, consent.Info, consent.Withdrawn)
	page.Fits("the sandbox after the journey")
	var unreloaded bool
	if page.Do("remember the beginning", chromedp.Evaluate(`window.unreloaded === true`, &unreloaded)); !unreloaded {
		t.Error("the page was loaded again on the way")
	}

	consoleJourney(p, page)
	stopped := 0
	for _, m := range p.texts(giulia) {
		if strings.Contains(m, "non riceverai altri SMS") {
			stopped++
		}
	}
	if stopped != 1 {
		t.Errorf("STOP was acknowledged %d times, want once", stopped)
	}
	if out := p.run("verify"); t.Failed() {
		t.Logf("gateway verify: %s", out)
	}
}

// mailJourney joins by the form the mailbox points to. Loading the confirmation
// page, scripts and all, changes nothing; pressing its button does.
func mailJourney(t *testing.T, p *program, page *browser.Tab) {
	form := page.Popup("open the join form", chromedp.Click(`//span[@id="joins"]/a[contains(@href,"rossi")]`, chromedp.BySearch))
	form.Do("the form is there", chromedp.WaitVisible(`input[name=email]`))
	var ticked int
	form.Do("nothing is ticked", chromedp.Evaluate(`document.querySelectorAll("input:checked").length`, &ticked))
	if ticked != 0 {
		t.Errorf("%d boxes are ticked before anybody ticked them", ticked)
	}
	form.Fits("the join form")
	form.Shot("join-320", 320, 0, false)
	form.Shot("join", 1440, 0, false)
	form.Do("join", chromedp.Click(`input[name=consent_offers_email]`), chromedp.SendKeys(`input[name=email]`, giuliaMail+"\r"), browser.See("h1", "One more step"))
	form.Fits("the answer to the form")
	p.holds("asked by mail", giuliaMail, consent.Email, consent.Offers, consent.Pending)

	page.Do("the mail arrives without a reload", browser.See(`ol[@id="mails"]`, "please confirm your request"), chromedp.WaitVisible(`#letter`))
	page.Do("look at the newest", chromedp.Evaluate(`document.querySelector(".trace").scrollTop = 0`, nil),
		chromedp.WaitVisible(`//ol[@id="cards"]/li[1]//ol[@class="rail"]/li[.="leaf" and @class="passed"]`, chromedp.BySearch))
	page.Shot("sandbox", 1440, 1000, false)
	page.Shot("sandbox-dark", 1440, 1000, true)
	page.Shot("sandbox-320", 320, 1720, false)

	var letters []string
	page.Do("find the mail", chromedp.Evaluate(`[document.getElementById("letter").src]`, &letters))
	letter := browser.Open(t)
	letter.Do("read the mail by itself", chromedp.Navigate(letters[0]), browser.See("h1", "Did you ask for this?"))
	letter.Fits("the mail")
	letter.Shot("mail", 640, 0, false)

	confirm := page.Popup("press the mail's button", browser.InFrame(`#letter`, `a[href*="/c/"]`))
	confirm.Do("the question", browser.See("h1", "Do you want messages from Rossi Moda?"))
	confirm.Do("load it again, as a scanner with scripts would", chromedp.Reload(), chromedp.WaitVisible(`//button`, chromedp.BySearch))
	p.holds("looked at", giuliaMail, consent.Email, consent.Offers, consent.Pending)
	confirm.Fits("the confirmation page")
	confirm.Shot("confirm-320", 320, 0, false)
	confirm.Shot("confirm-320-dark", 320, 0, true)
	confirm.Shot("confirm", 1440, 0, false)
	confirm.Do("press yes", chromedp.Click(`//button[contains(.,"Yes")]`, chromedp.BySearch), browser.See("h1", "Your yes is recorded"),
		browser.See("p", "From now on Rossi Moda may reach you with: Offers by e-mail."))
	p.holds("pressed", giuliaMail, consent.Email, consent.Offers, consent.Granted)
	confirm.Fits("the answer to yes")
	confirm.Shot("confirmed-320", 320, 0, false)
	confirm.Do("open the receipt", chromedp.Click(`//a[contains(.,"See your receipt")]`, chromedp.BySearch), browser.See("h1", "Your receipt"), browser.See("td", "link in an e-mail"))
	page.Do("the welcome arrives", browser.See(`ol[@id="mails"]`, "your choice is recorded"))
}

// consoleJourney signs in with the link that the demo printed. Opening it uses
// nothing up; using it does.
func consoleJourney(p *program, page *browser.Tab) {
	for range 2 {
		page.Do("open the console link", chromedp.Navigate(p.console), browser.See("h1", "Sign in to the console"))
	}
	page.Fits("the sign-in page")
	page.Do("sign in", chromedp.Click(`button`), browser.See("h1", "may be written to today"))
	page.Fits("the console")
	page.Shot("console", 1440, 0, false)
	page.Shot("console-dark", 1440, 0, true)
	page.Shot("console-320", 320, 0, false)
	page.Do("sign out", chromedp.Click(`//button[.="Sign out"]`, chromedp.BySearch), browser.See("h1", "The console opens with a one-time link"))
	page.Do("use the link again", chromedp.Navigate(p.console), chromedp.Click(`button`), browser.See("h1", "This link opens nothing any more"))
	page.Do("the console stays closed", chromedp.Navigate(p.url+"/console"), browser.See("h1", "The console opens with a one-time link"))
}

// attacks are the sandbox's own: none of them may change a permission.
func attacks(p *program, page *browser.Tab) {
	page.Do("the mailbox shows the welcome", chromedp.WaitVisible(`//ol[@id="mails"]/li[2]`, chromedp.BySearch))
	for box, whose := range map[string]string{giuliaMail: giuliaMail, "": giulia} {
		page.Do("a scanner opens all links", chromedp.SetValue(`#box`, box), chromedp.Click(`#scan`),
			browser.See("h3", "links of "+whose+", each with HEAD and GET: no permission changed"))
	}
	page.Do("a webhook is forged", chromedp.Click(`#forge`), browser.See("h3", "A forged webhook was refused: 403"))
	p.holds("scanned", giulia, consent.SMS, consent.Offers, consent.Granted)
	p.holds("scanned", giuliaMail, consent.Email, consent.Offers, consent.Granted)
}
