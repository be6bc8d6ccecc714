// Package browser drives a real Chromium in tests. A page that throws, logs an
// error, breaks its own content policy, fails to load a part of itself or asks
// anything of a host beyond loopback fails the test that opened it.
package browser

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"placet/internal/gatewaytest/services"
)

// Host resolves to 127.0.0.1 in the browser and nowhere else. Over plain http a
// browser tells a server less about a post to a name than to 127.0.0.1: this is
// what a customer without https looks like.
const Host = "placet.test"

// zone is where the browser is: times on a page are the demo brand's.
const zone = "Europe/Rome"

// patience bounds one Do on a busy machine.
const patience = 30 * time.Second

// Tab is one page of a browser.
type Tab struct {
	tb  testing.TB
	ctx context.Context

	mu     sync.Mutex
	faults []string
}

// Open starts a Chromium of its own and opens an empty tab; both go with the
// test. Without a Chromium the test is skipped, under CI=true it fails.
func Open(tb testing.TB) *Tab {
	tb.Helper()
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(services.Chromium(tb)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("host-resolver-rules", "MAP "+Host+" 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-domain-reliability", true), chromedp.Flag("no-pings", true),
		// A mail shown in a frame stays in the process of its page, where it can be clicked and heard.
		chromedp.Flag("disable-features", "IsolateSandboxedIframes,site-per-process,Translate,OptimizationHints,MediaRouter"),
		chromedp.Flag("lang", "en-GB"),
	)...)
	tb.Cleanup(stop)
	return open(tb, alloc)
}

// open attaches to a tab of the browser behind parent and listens to it.
func open(tb testing.TB, parent context.Context, opts ...chromedp.ContextOption) *Tab {
	tb.Helper()
	ctx, stop := chromedp.NewContext(parent, opts...)
	tb.Cleanup(stop)
	t := &Tab{tb: tb, ctx: ctx}
	chromedp.ListenTarget(ctx, t.hear)
	if err := chromedp.Run(ctx, network.Enable(), log.Enable(), emulation.SetTimezoneOverride(zone), t.scheme("light")); err != nil {
		tb.Fatalf("browser: %v", err)
	}
	tb.Cleanup(func() {
		for _, f := range t.Faults() {
			tb.Error("the page: " + f)
		}
	})
	return t
}

// hear notes whatever a page must not do.
func (t *Tab) hear(ev any) {
	fault := ""
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		fault = "threw " + ev.ExceptionDetails.Error()
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.APITypeError || ev.Type == runtime.APITypeAssert {
			fault = "said on the console:"
			for _, a := range ev.Args {
				fault += " " + string(a.Value) + a.Description
			}
		}
	case *log.EventEntryAdded:
		// What the network refused is judged below, where it is known what was asked for;
		// that a header needs https is no news to a test that goes without.
		if ev.Entry.Level == log.LevelError && ev.Entry.Source != log.SourceNetwork && !strings.Contains(ev.Entry.Text, "origin was untrustworthy") {
			fault = fmt.Sprintf("%s: %s", ev.Entry.Source, ev.Entry.Text)
		}
	case *network.EventResponseReceived:
		if ev.Type != network.ResourceTypeDocument && ev.Response.Status >= 400 {
			fault = fmt.Sprintf("got %d for %s", ev.Response.Status, ev.Response.URL)
		}
	case *network.EventRequestWillBeSent:
		if !atHome(ev.Request.URL) {
			fault = "asked for " + ev.Request.URL
		}
	}
	if fault != "" {
		t.mu.Lock()
		t.faults = append(t.faults, fault)
		t.mu.Unlock()
	}
}

func atHome(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	return u.Scheme == "data" || u.Scheme == "blob" || u.Scheme == "about" || u.Hostname() == "127.0.0.1" || u.Hostname() == Host
}

// Faults takes what the page did wrong so far: what is taken no longer fails the test.
func (t *Tab) Faults() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.faults
	t.faults = nil
	return out
}

// Do carries out a step of a journey; what says which one failed.
func (t *Tab) Do(what string, actions ...chromedp.Action) {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	// A browser leaves a page that nobody looks at unpainted and unclickable.
	if err := chromedp.Run(ctx, append([]chromedp.Action{page.BringToFront()}, actions...)...); err != nil {
		body := ""
		now, cancel := context.WithTimeout(t.ctx, patience)
		defer cancel()
		_ = chromedp.Run(now, chromedp.Evaluate(`document.body.innerText`, &body))
		t.tb.Fatalf("browser: %s: %v; the page did wrong: %q; it shows:\n%s", what, err, t.Faults(), body)
	}
}

// See waits until words stand somewhere in an element that sel finds.
func See(sel, words string) chromedp.Action {
	return chromedp.WaitVisible(fmt.Sprintf(`//%s[contains(normalize-space(.), "%s")]`, sel, words), chromedp.BySearch)
}

// Popup does what opens a tab of its own, and hands that over.
func (t *Tab) Popup(what string, actions ...chromedp.Action) *Tab {
	t.tb.Helper()
	opened := chromedp.WaitNewTarget(t.ctx, func(i *target.Info) bool { return i.Type == "page" })
	t.Do(what, actions...)
	select {
	case id := <-opened:
		return open(t.tb, t.ctx, chromedp.WithTargetID(id))
	case <-time.After(patience):
		t.tb.Fatalf("browser: %s: no tab was opened", what)
		return nil
	}
}

// InFrame clicks on what sel finds inside the frame that a page shows.
func InFrame(frame, sel string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		var frames []*cdp.Node
		if err := chromedp.Run(ctx, chromedp.Nodes(frame, &frames, chromedp.ByQuery)); err != nil {
			return err
		}
		return chromedp.Run(ctx, chromedp.Click(sel, chromedp.ByQuery, chromedp.FromNode(frames[0])))
	})
}

// Fits fails when the page is wider than a screen of 320 px (WCAG 2.2, 1.4.10).
func (t *Tab) Fits(name string) {
	t.tb.Helper()
	var wide int64
	t.Do("narrow "+name, chromedp.EmulateViewport(320, 800), chromedp.Evaluate(`document.documentElement.scrollWidth`, &wide), chromedp.EmulateViewport(1440, 900))
	if wide > 320 {
		t.tb.Errorf("%s is %d px wide on a screen of 320", name, wide)
	}
}

func (t *Tab) scheme(s string) chromedp.Action {
	return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: s}, {Name: "prefers-reduced-motion", Value: "reduce"},
	})
}

// Shot leaves a picture of the page as DIR/name.png where PLACET_SHOTS=DIR is
// set. height is in px; 0 takes the whole page. Dark is by the person's wish.
func (t *Tab) Shot(name string, width, height int64, dark bool) {
	t.tb.Helper()
	dir := os.Getenv("PLACET_SHOTS")
	if dir == "" {
		return
	}
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	whole, picture := height, []byte(nil)
	if height == 0 {
		t.Do("measure "+name, chromedp.EmulateViewport(width, 640), chromedp.Evaluate(`document.documentElement.scrollHeight`, &whole))
	}
	t.Do("take "+name, chromedp.EmulateViewport(width, whole), t.scheme(scheme), chromedp.Evaluate(`scrollTo(0, 0)`, nil),
		chromedp.CaptureScreenshot(&picture), t.scheme("light"), chromedp.EmulateViewport(1440, 900))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), small(t.tb, picture), 0o644); err != nil {
		t.tb.Fatal(err)
	}
}

// small packs a picture as tightly as the format allows.
func small(tb testing.TB, picture []byte) []byte {
	tb.Helper()
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		tb.Fatal(err)
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, img); err != nil {
		tb.Fatal(err)
	}
	if out.Len() < len(picture) {
		return out.Bytes()
	}
	return picture
}

// Named is the address of a loopback server under Host.
func Named(loopback string) string { return strings.Replace(loopback, "127.0.0.1", Host, 1) }
