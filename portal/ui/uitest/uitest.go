// SPDX-License-Identifier: Apache-2.0

// Package uitest opens pages in Chromium and says what is wrong with them:
// complaints in the console, requests that failed, content wider than the
// window, and violations that axe-core finds.
//
//	b := uitest.Open(t)
//	for _, v := range uitest.Views() {
//		tab := b.Page(t, url, v)
//		tab.Check(t)
//	}
//
// A test that needs the browser is skipped where there is no chromium on PATH
// and fails instead if CI is "true". CALLBOARD_AXE names axe.min.js, by the
// same rule. With CALLBOARD_SCREENSHOTS set, each page is kept in that folder.
package uitest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// pageTimeout is how long all that a test does with a page may take.
const pageTimeout = 5 * time.Minute

// View is a window in which a page must work.
type View struct {
	// Name says which, in failures and names of screenshots.
	Name string
	// Width in px.
	Width int64
	// Theme is "light" or "dark".
	Theme string
	// NoAxe leaves axe-core out of [Tab.Check], in windows that differ from others
	// by their width alone: it takes most of the time.
	NoAxe bool
	// NoScript switches scripts off.
	NoScript bool
	// Cookies are sent with every request, besides the theme.
	Cookies map[string]string
}

// Views returns the windows that every page is tried in.
func Views() []View {
	return []View{
		{Name: "light", Width: 1280, Theme: "light"},
		{Name: "dark", Width: 1280, Theme: "dark"},
		{Name: "tablet-noscript", Width: 800, Theme: "light", NoScript: true, NoAxe: true},
		{Name: "narrow", Width: 320, Theme: "light", NoAxe: true},
		{Name: "narrow-dark-noscript", Width: 320, Theme: "dark", NoScript: true},
	}
}

// Browser is a running Chromium. It ends with the test.
type Browser struct{ ctx context.Context }

// Open starts Chromium.
func Open(tb testing.TB) *Browser {
	tb.Helper()
	path := chromium()
	if path == "" {
		missing(tb, "no chromium on PATH")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:len(chromedp.DefaultExecAllocatorOptions):len(chromedp.DefaultExecAllocatorOptions)],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.UserDataDir(tb.TempDir()))
	allocator, stop := chromedp.NewExecAllocator(context.WithoutCancel(tb.Context()), opts...)
	tb.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	tb.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		tb.Fatalf("uitest: start %s: %v", path, err)
	}
	return &Browser{ctx}
}

func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func missing(tb testing.TB, what string) {
	tb.Helper()
	if os.Getenv("CI") == "true" {
		tb.Fatal("uitest: " + what)
	}
	tb.Skip("uitest: " + what)
}

// Tab is an open page.
type Tab struct {
	// Ctx is what chromedp's actions run with.
	Ctx  context.Context
	view View
	url  string

	mu         sync.Mutex
	complaints []string
	requests   []*Request
	byID       map[network.RequestID]*Request
}

// Request is something that a page asked the server for; what the browser had
// kept is none.
type Request struct {
	URL string
	// Bytes is how much came over the wire, headers included.
	Bytes int

	kept bool
}

// Page opens url in a new tab, which closes with the test. No tab sees the
// cookies or the cache of another.
func (b *Browser) Page(tb testing.TB, url string, v View) *Tab {
	tb.Helper()
	t := &Tab{view: v, url: url, byID: map[network.RequestID]*Request{}}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(t.listen))
	tb.Cleanup(cancel)
	ctx, stop := context.WithTimeout(ctx, pageTimeout)
	tb.Cleanup(stop)
	t.Ctx = ctx
	Call(tb, ctx, log.Enable, cdp.Empty{})
	Call(tb, ctx, network.Enable, network.EnableParams{})
	Call(tb, ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: v.Width, Height: 900, DeviceScaleFactor: 1, Mobile: v.Width < 600})
	Call(tb, ctx, network.SetCookie, network.SetCookieParams{Name: "callboard_theme", Value: v.Theme, URL: url})
	for name, value := range v.Cookies {
		Call(tb, ctx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: url})
	}
	Call(tb, ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v.NoScript})
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		tb.Fatalf("uitest: open %s: %v", url, err)
	}
	return t
}

// Call runs a command of the DevTools protocol.
func Call[P, R any](tb testing.TB, ctx context.Context, cmd cdp.Command[P, R], params P) R {
	tb.Helper()
	out, err := chromedp.Call(ctx, cmd, params)
	if err != nil {
		tb.Fatalf("uitest: %s: %v", cmd.Method, err)
	}
	return out
}

// Do runs actions, and fails the test if one does. An action whose element went
// with the page before it was touched is tried on the page that came.
func Do(tb testing.TB, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	tb.Helper()
	for _, action := range actions {
		if err := again(ctx, func() error { return chromedp.Do(ctx, action) }); err != nil {
			tb.Fatalf("uitest: %v", err)
		}
	}
}

// click presses an element if it is there and nothing lies over it, and says
// whether it did.
const click = `((e) => {
  if (!e) return false;
  e.scrollIntoView({block: "center", behavior: "instant"});
  const box = e.getClientRects()[0];
  if (!box) return false;
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  if (!top || !e.contains(top) && !top.contains(e)) return false;
  e.focus({preventScroll: true});
  e.click();
  return true;
})(document.querySelector(%q))`

// Click waits until an element can be clicked, and clicks it. The document does
// so itself: what comes from a mouse is dropped for as long as the browser still
// shows the page before.
func Click(selector string) chromedp.Action[chromedp.Void] {
	press := chromedp.Evaluate[bool](fmt.Sprintf(click, selector))
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		for {
			done, err := press(ctx, t)
			switch {
			case err != nil && strings.Contains(err.Error(), "navigated or closed"):
				return chromedp.Void{}, nil // by the click
			case done || err != nil && !replaced(err):
				return chromedp.Void{}, err
			case ctx.Err() != nil:
				return chromedp.Void{}, fmt.Errorf("click %s: %w", selector, ctx.Err())
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// again runs do until it does not fail for a page that is being replaced.
func again(ctx context.Context, do func() error) error {
	for {
		err := do()
		if err == nil || ctx.Err() != nil || !replaced(err) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// replaced reports whether the browser says that the page on which something
// was about to be done is no longer there.
func replaced(err error) bool {
	for _, text := range []string{"No node with given id", "Could not find node with given id", "Cannot find context", "Node is detached", "navigated or closed"} {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

// Eval returns the value of a JavaScript expression; a promise is awaited.
func Eval[T any](tb testing.TB, ctx context.Context, expression string) T {
	tb.Helper()
	var out T
	err := again(ctx, func() (err error) {
		out, err = chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
		return err
	})
	if err != nil {
		tb.Fatalf("uitest: %s: %v", expression, err)
	}
	return out
}

// WaitFor waits until a JavaScript expression is true, on this page or on one
// that the browser is about to open. It asks again and again, for a page that is
// not painted has no animation frames to ask in, nor timers without scripts.
func WaitFor(tb testing.TB, ctx context.Context, expression string) {
	tb.Helper()
	asked := "(() => { try { return Boolean(" + expression + ") } catch { return false } })()"
	for deadline := time.Now().Add(pageTimeout / 2); !Eval[bool](tb, ctx, asked); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("uitest: waited in vain for %s on %s", expression, Eval[string](tb, ctx, `location.href + "\n" + document.body?.innerText`))
		}
	}
}

func (t *Tab) listen(ev any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := ev.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			for _, a := range e.Args {
				t.complaints = append(t.complaints, fmt.Sprintf("console: %s %s", a.Value, a.Description))
			}
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		t.complaints = append(t.complaints, "exception: "+text)
	case *log.EventEntryAdded:
		if e.Entry.Source == log.EntrySourceNetwork && e.Entry.URL == t.url {
			return // the page itself is an error page: it was asked for
		}
		t.complaints = append(t.complaints, "log: "+e.Entry.Text+" "+e.Entry.URL)
	case *network.EventRequestWillBeSent:
		t.byID[e.RequestID] = &Request{URL: e.Request.URL}
		t.requests = append(t.requests, t.byID[e.RequestID])
	case *network.EventRequestServedFromCache:
		t.request(e.RequestID).kept = true
	case *network.EventResponseReceived:
		t.request(e.RequestID).kept = t.request(e.RequestID).kept || e.Response.FromDiskCache
	case *network.EventLoadingFinished:
		t.request(e.RequestID).Bytes += int(e.EncodedDataLength)
	}
}

// request returns the request, or one that nobody sees if it is not known.
func (t *Tab) request(id network.RequestID) *Request {
	if r := t.byID[id]; r != nil {
		return r
	}
	return &Request{}
}

// Requests returns what the server was asked for since the tab was opened, or
// since the last call.
func (t *Tab) Requests() []Request {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []Request
	for _, r := range t.requests {
		if !r.kept && !strings.HasPrefix(r.URL, "data:") {
			out = append(out, *r)
		}
	}
	t.requests = nil
	return out
}

// Check fails the test for everything that is wrong with the page, and keeps
// its picture.
func (t *Tab) Check(tb testing.TB) {
	tb.Helper()
	Call(tb, t.Ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{})
	t.Shot(tb)
	t.CheckWidth(tb)
	t.CheckConsole(tb)
	if !t.view.NoAxe {
		t.CheckAxe(tb)
	}
}

// CheckConsole fails the test for each complaint of the browser.
func (t *Tab) CheckConsole(tb testing.TB) {
	tb.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.complaints {
		tb.Errorf("%s: the browser complains: %s", t.view.Name, c)
	}
}

// tooWide names the elements that stick out, unless they stand in something
// that scrolls by itself.
const tooWide = `(() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return "";
  const scrolls = (e) => { for (; e && e !== document.body; e = e.parentElement) { if (/auto|scroll|hidden|clip/.test(getComputedStyle(e).overflowX)) return true } return false };
  return "room " + room + ", page " + document.documentElement.scrollWidth + "\n" + [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > room + 1 && !scrolls(e)).slice(0, 6).map((e) => e.outerHTML.slice(0, 140)).join("\n");
})()`

// CheckWidth fails the test if the page scrolls sideways.
func (t *Tab) CheckWidth(tb testing.TB) {
	tb.Helper()
	if text := Eval[string](tb, t.Ctx, tooWide); text != "" {
		tb.Errorf("%s: the page scrolls sideways: %s", t.view.Name, text)
	}
}

// violation is what axe-core reports.
type violation struct {
	ID, Help string
	Nodes    []struct {
		HTML           string
		FailureSummary string
	}
}

// CheckAxe fails the test for each violation of WCAG 2.2 AA that axe-core
// finds, and of its best practices.
func (t *Tab) CheckAxe(tb testing.TB) {
	tb.Helper()
	path := os.Getenv("CALLBOARD_AXE")
	if path == "" {
		if os.Getenv("CI") == "true" {
			tb.Error("uitest: CALLBOARD_AXE is not set")
		}
		tb.Log("uitest: CALLBOARD_AXE is not set: axe-core was not run")
		return
	}
	source, err := os.ReadFile(path)
	if err != nil {
		tb.Fatalf("uitest: %v", err)
	}
	// The source ends in a value that cannot be sent back; true can.
	Eval[bool](tb, t.Ctx, string(source)+"\n;true")
	text := Eval[string](tb, t.Ctx, `axe.run(document, {resultTypes: ["violations"]}).then((r) => JSON.stringify(r.violations))`)
	var found []violation
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		tb.Fatalf("uitest: axe answered %q: %v", text, err)
	}
	for _, v := range found {
		for _, n := range v.Nodes {
			tb.Errorf("%s: axe %s (%s): %s\n%s", t.view.Name, v.ID, v.Help, n.HTML, n.FailureSummary)
		}
	}
}

// Shot keeps a picture of the whole page where CALLBOARD_SCREENSHOTS says.
func (t *Tab) Shot(tb testing.TB) {
	tb.Helper()
	dir := os.Getenv("CALLBOARD_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(t.Ctx, chromedp.FullScreenshot(100))
	if err != nil {
		tb.Fatalf("uitest: screenshot: %v", err)
	}
	name := strings.NewReplacer("/", "-", " ", "-").Replace(strings.TrimSuffix(tb.Name(), "/"+t.view.Name)+"-"+t.view.Name) + ".png"
	if err := os.WriteFile(filepath.Join(dir, name), png, 0o644); err != nil {
		tb.Fatalf("uitest: %v", err)
	}
}
