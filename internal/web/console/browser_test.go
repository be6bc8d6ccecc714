package console_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"placet/internal/gatewaytest/browser"
)

// TestLook signs in with a browser and holds that no page is wider than the
// narrowest screen. With PLACET_SHOTS=DIR it leaves pictures.
func TestLook(t *testing.T) {
	page := browser.Open(t)
	_, _, srv, _ := start(t, "http://127.0.0.1:8080")
	site := browser.Named(srv.URL)
	look := func(name string) {
		page.Fits(name)
		page.Shot(name+"-320", 320, 0, false)
		page.Shot(name+"-1440", 1440, 0, false)
		page.Shot(name+"-1440-dark", 1440, 0, true)
	}
	page.Do("come without a session", chromedp.Navigate(site+"/console"), chromedp.WaitVisible(`pre`))
	look("shell")
	page.Do("open the link", chromedp.Navigate(site+"/console/sign-in?token=TOKEN"), chromedp.WaitVisible(`button`))
	look("sign-in")
	page.Do("sign in", chromedp.Click(`button`), chromedp.WaitVisible(`nav`))
	look("console")
	page.Do("sign out", chromedp.Click(`.side button`), chromedp.WaitVisible(`pre`))
}
