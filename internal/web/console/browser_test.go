package console_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"placet/internal/gatewaytest/services"
)

// TestLook signs in with a browser and holds that no page is wider than the
// narrowest screen. With PLACET_SHOTS=DIR it leaves pictures.
func TestLook(t *testing.T) {
	chromium := services.Chromium(t)
	_, _, srv, _ := start(t, "http://127.0.0.1:8080")
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("host-resolver-rules", "MAP placet.test 127.0.0.1"))...)
	defer stop()
	// A name, not 127.0.0.1: over plain http browsers say less about where a post comes from.
	site := strings.Replace(srv.URL, "127.0.0.1", "placet.test", 1)
	ctx, stop := chromedp.NewContext(alloc)
	defer stop()
	ctx, stop = context.WithTimeout(ctx, 40*time.Second)
	defer stop()
	look := func(name string) chromedp.Action {
		return chromedp.ActionFunc(func(ctx context.Context) error {
			for _, width := range []int64{320, 1440} {
				var wide int64
				if err := chromedp.Run(ctx, chromedp.EmulateViewport(width, 900), chromedp.Evaluate(`document.documentElement.scrollWidth`, &wide)); err != nil {
					return err
				}
				if wide > width {
					t.Errorf("%s is %d px wide on a screen of %d", name, wide, width)
				}
				dir := os.Getenv("PLACET_SHOTS")
				if dir == "" {
					continue
				}
				for _, scheme := range []string{"light", "dark"} {
					var png []byte
					err := chromedp.Run(ctx, emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
						chromedp.FullScreenshot(&png, 100))
					if err != nil {
						return err
					}
					if err := os.WriteFile(dir+"/"+name+map[int64]string{320: "-320-", 1440: "-1440-"}[width]+scheme+".png", png, 0o644); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	err := chromedp.Run(ctx,
		chromedp.Navigate(site+"/console"), chromedp.WaitVisible(`pre`), look("shell"),
		chromedp.Navigate(site+"/console/sign-in?token=TOKEN"), chromedp.WaitVisible(`button`), look("sign-in"),
		chromedp.Click(`button`), chromedp.WaitVisible(`nav`), look("console"),
		chromedp.Click(`.side button`), chromedp.WaitVisible(`pre`),
	)
	if err != nil {
		t.Fatal(err)
	}
}
