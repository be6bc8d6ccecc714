package sandbox_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"placet/internal/consent"
	"placet/internal/gatewaytest/browser"
	"placet/internal/web/sandbox"
)

// TestTour walks the five steps in a browser: the page must follow without a
// reload, tick what was done, and break none of its own content policy. With
// PLACET_SHOTS=DIR it leaves pictures.
func TestTour(t *testing.T) {
	page := browser.Open(t)
	g, _, srv := start(t)
	step := func(n string) chromedp.Action {
		return chromedp.WaitVisible(`//ol[@id="tour"]/li[`+n+`][contains(@class,"done")]`, chromedp.BySearch)
	}
	page.Do("open", chromedp.EmulateViewport(1440, 900), chromedp.Navigate(browser.Named(srv.URL)+"/sandbox"), chromedp.WaitVisible(`.live.on`))
	page.Shot("start-1440", 1440, 0, false)
	page.Shot("start-320", 320, 0, false)
	page.Do("activate and say yes", chromedp.Click(`#tour button`, chromedp.NodeVisible), step("2"),
		chromedp.Click(`#tour button`, chromedp.NodeVisible), step("3"), chromedp.WaitVisible(`#matrix td[data-state=granted]`))
	g.say(sandbox.Message{Channel: consent.Email, From: "ciao@rossimoda.example", To: "sofia@example.org", Subject: "Confirm your choice", Text: "plain",
		HTML: `<!doctype html><html><head><title>x</title></head><body style="font-family:sans-serif;margin:24px"><h1 style="font-size:20px">Is this you, Sofia?</h1><p>Rossi Moda was asked to write to this address about offers, at most four times a month.</p><p><a href="` + g.url + `/p/abc" style="background:#7a1f2b;color:#fff;padding:12px 20px;border-radius:6px;display:inline-block">Open the page</a></p></body></html>`})
	g.say(sandbox.Message{Channel: consent.SMS, From: "RossiModa", To: sandbox.SIMs[0].Number, Text: "Paga su \u202egro.elpmaxe\u202c <b>subito</b>"})
	page.Do("be attacked", chromedp.WaitVisible(`#letter`), chromedp.WaitVisible(`.ctl`),
		chromedp.Click(`#forge`), browser.See("h3", "forged webhook was refused"),
		chromedp.Click(`#scan`), browser.See("h3", "no permission changed"))
	page.Shot("journey-1440", 1440, 0, false)
	page.Shot("journey-1440-dark", 1440, 0, true)
	page.Shot("journey-320", 320, 0, false)
	page.Do("open the welcome's link", chromedp.Click(`//div[contains(@class,"bubble")]//a[contains(@href,"/p/")]`, chromedp.BySearch), step("4"))
	page.Do("leave", chromedp.SendKeys(`#draft`, "STOP\r"), step("5"), chromedp.WaitVisible(`#matrix td[data-state=withdrawn]`))
	page.Fits("the sandbox")
}

// TestMailRunsNothing shows a mail with a script in it: the frame it stands in
// must not run it, which the browser reports as a fault of the page.
func TestMailRunsNothing(t *testing.T) {
	page := browser.Open(t)
	g, _, srv := start(t)
	page.Do("open", chromedp.Navigate(srv.URL+"/sandbox"), chromedp.WaitVisible(`.live.on`))
	g.say(sandbox.Message{Channel: consent.Email, From: "x@example.org", To: "sofia@example.org", Subject: "Hello",
		HTML: `<!doctype html><html><head></head><body><p>there</p><script>parent.document.title = "ran"; document.title = "ran"</script></body></html>`})
	var title string
	page.Do("read", chromedp.WaitVisible(`#letter`), browser.InFrame(`#letter`, `p`), chromedp.Title(&title))
	if title == "ran" || len(page.Faults()) == 0 {
		t.Errorf("the mail's script was not refused; the title is %q", title)
	}
}
