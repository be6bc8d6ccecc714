package sandbox_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"placet/internal/consent"
	"placet/internal/gatewaytest/services"
	"placet/internal/web/sandbox"
)

// TestTour walks the five steps in a browser: the page must follow without a
// reload, tick what was done, and break none of its own content policy. With
// PLACET_SHOTS=DIR it leaves pictures.
func TestTour(t *testing.T) {
	chromium := services.Chromium(t)
	g, _, srv := start(t)
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("host-resolver-rules", "MAP placet.test 127.0.0.1"))...)
	defer stop()
	// A name, not 127.0.0.1: over plain http browsers say less about where a post comes from.
	site := strings.Replace(srv.URL, "127.0.0.1", "placet.test", 1)
	ctx, stop := chromedp.NewContext(alloc)
	defer stop()
	ctx, stop = context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	var complaints []string
	chromedp.ListenTarget(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventExceptionThrown:
			complaints = append(complaints, ev.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			if ev.Type == runtime.APITypeError {
				complaints = append(complaints, string(ev.Args[0].Value))
			}
		}
	})
	shot := func(name string, width int64, dark bool) chromedp.Action {
		return chromedp.ActionFunc(func(ctx context.Context) error {
			dir := os.Getenv("PLACET_SHOTS")
			if dir == "" {
				return nil
			}
			scheme := map[bool]string{true: "dark", false: "light"}[dark]
			var png []byte
			err := chromedp.Run(ctx, chromedp.EmulateViewport(width, 900),
				emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}),
				chromedp.FullScreenshot(&png, 100))
			if err != nil {
				return err
			}
			return os.WriteFile(dir+"/"+name+"-"+scheme+".png", png, 0o644)
		})
	}
	step := func(n string) string { return `//ol[@id="tour"]/li[` + n + `][contains(@class,"done")]` }
	err := chromedp.Run(ctx,
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}),
		chromedp.EmulateViewport(1440, 900),
		chromedp.Navigate(site+"/sandbox"),
		chromedp.WaitVisible(`.live.on`),
		shot("start-1440", 1440, false), shot("start-320", 320, false),
		chromedp.EmulateViewport(1440, 900),
		chromedp.Click(`#tour button`, chromedp.NodeVisible),
		chromedp.WaitVisible(step("2"), chromedp.BySearch),
		chromedp.Click(`#tour button`, chromedp.NodeVisible),
		chromedp.WaitVisible(step("3"), chromedp.BySearch),
		chromedp.WaitVisible(`#matrix td[data-state=granted]`),
		chromedp.ActionFunc(func(context.Context) error {
			g.say(sandbox.Message{Channel: consent.Email, From: "ciao@rossimoda.example", To: "sofia@example.org", Subject: "Confirm your choice", Text: "plain",
				HTML: `<!doctype html><html><head><title>x</title></head><body style="font-family:sans-serif;margin:24px"><h1 style="font-size:20px">Is this you, Sofia?</h1><p>Rossi Moda was asked to write to this address about offers, at most four times a month.</p><p><a href="` + g.url + `/p/abc" style="background:#7a1f2b;color:#fff;padding:12px 20px;border-radius:6px;display:inline-block">Open the page</a></p><script>document.title="ran"</script></body></html>`})
			g.say(sandbox.Message{Channel: consent.SMS, From: "RossiModa", To: sandbox.SIMs[0].Number, Text: "Paga su \u202egro.elpmaxe\u202c <b>subito</b>"})
			return nil
		}),
		chromedp.WaitVisible(`#letter`),
		chromedp.WaitVisible(`.ctl`),
		chromedp.Click(`#forge`), chromedp.WaitVisible(`//h3[contains(.,"forged webhook was refused")]`, chromedp.BySearch),
		chromedp.Click(`#scan`), chromedp.WaitVisible(`//h3[contains(.,"no permission changed")]`, chromedp.BySearch),
		shot("journey-1440", 1440, false), shot("journey-1440", 1440, true), shot("journey-320", 320, false), shot("journey-320", 320, true),
		chromedp.EmulateViewport(1440, 900),
		chromedp.Click(`//div[contains(@class,"bubble")]//a[contains(@href,"/p/")]`, chromedp.BySearch),
		chromedp.WaitVisible(step("4"), chromedp.BySearch),
		chromedp.SendKeys(`#draft`, "STOP\r"),
		chromedp.WaitVisible(step("5"), chromedp.BySearch),
		chromedp.WaitVisible(`#matrix td[data-state=withdrawn]`),
	)
	if err != nil {
		t.Fatalf("%v; the page complained of %q", err, complaints)
	}
	var wide int
	if err := chromedp.Run(ctx, chromedp.EmulateViewport(320, 800), chromedp.Evaluate(`document.documentElement.scrollWidth`, &wide)); err != nil {
		t.Fatal(err)
	}
	if wide > 320 {
		t.Errorf("the page is %d px wide on a screen of 320", wide)
	}
	for _, c := range complaints {
		t.Error(c)
	}
}
