// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/standard"
)

// running is the reference portal, started as on the command line.
type running struct {
	URL string

	stop  context.CancelFunc
	ended chan int
	log   *output
}

// adminToken is the administrator's in the stories' portals.
const adminToken = "an administrator's token for the stories only"

// output is what a portal prints; ready gets its address.
type output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	ready chan string
}

var readyLine = regexp.MustCompile(`is ready at (\S+) `)

// Write implements [io.Writer].
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(b)
	if found := readyLine.FindSubmatch(b); found != nil {
		o.ready <- string(found[1])
	}
	return len(b), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// run starts the reference portal, with more packages, on a free port and with
// data of its own, unless the arguments say where; it stops with the test.
func run(t *testing.T, args []string, more ...func(do.Injector)) *running {
	t.Helper()
	p, code := tryRun(t, args, more...)
	if code != 0 {
		t.Fatalf("the portal ended with %d:\n%s", code, p.log)
	}
	t.Cleanup(func() { p.Stop(t) })
	return p
}

// tryRun is [run] for a portal that may not start; then only its log and its
// exit code are there.
func tryRun(t *testing.T, args []string, more ...func(do.Injector)) (*running, int) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out := &output{ready: make(chan string, 1)}
	p := &running{stop: stop, ended: make(chan int, 1), log: out}
	all := append([]string{"portal", "--listen", "127.0.0.1:0", "--log-level", "warn"}, args...)
	if !strings.Contains(strings.Join(args, " "), "--data") {
		all = append(all, "--data", t.TempDir())
	}
	program := &portal.Program{
		Packages: append([]func(do.Injector){standard.Package(), demo}, more...),
		Args:     all, Stdout: out, Stderr: out,
		Env: func(name string) (string, bool) { return adminToken, name == "CALLBOARD_ADMIN_TOKEN" },
	}
	go func() { p.ended <- portal.Run(ctx, program) }()
	select {
	case p.URL = <-out.ready:
		return p, 0
	case code := <-p.ended:
		stop()
		return p, code
	}
}

// tryRunLog is tryRun for a portal that must not start, and returns its log.
func tryRunLog(t *testing.T, args []string, more ...func(do.Injector)) (string, int) {
	t.Helper()
	p, code := tryRun(t, args, more...)
	if p.URL != "" {
		p.Stop(t)
	}
	return p.log.String(), code
}

// Stop stops the portal; once more does nothing.
func (p *running) Stop(t *testing.T) {
	t.Helper()
	p.stop()
	code, open := <-p.ended
	if !open {
		return
	}
	close(p.ended)
	if code != portal.ExitOK {
		t.Errorf("the portal ended with %d:\n%s", code, p.log)
	}
}

// memoryDir is a temporary directory for very many small files: in memory where
// the system has such a place.
func memoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "portal-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// get asks the API for a path and decodes the answer.
func get[T any](t *testing.T, p *running, path string) T {
	t.Helper()
	var v T
	status, body := p.ask(t, http.MethodGet, path, "")
	if status != http.StatusOK {
		t.Fatalf("GET %s = %d: %s", path, status, body)
	}
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("GET %s: %v: %s", path, err, body)
	}
	return v
}

// ask sends a request of the administrator's to the portal and returns its
// whole answer.
func (p *running) ask(t *testing.T, method, path, body string) (int, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+adminToken)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return res.StatusCode, content
}

// list is a page of one of the API's lists.
type list[T any] struct {
	Items      []T
	TotalItems int
	PageInfo   struct{ NextCursor string }
}

// all follows the pages of a list to its end; the path has a query.
func all[T any](t *testing.T, p *running, path string) []T {
	t.Helper()
	var items []T
	page := get[list[T]](t, p, path)
	for {
		items = append(items, page.Items...)
		next := page.PageInfo.NextCursor
		if next == "" {
			return items
		}
		page = get[list[T]](t, p, path+"&cursor="+url.QueryEscape(next))
	}
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute) // on a busy machine
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(10 * time.Millisecond) // polling another goroutine's work
	}
}

// provider is how the API shows a provider.
type provider struct {
	Name, State, Error          string
	LastSuccess                 time.Time
	Added, Changed, Unchanged   int
	Removed, Held, Had, Sources int
}

// delivered waits for a provider's first delivery.
func (p *running) delivered(t *testing.T, name string) provider {
	t.Helper()
	var found provider
	eventually(t, "the first delivery of "+name, func() bool {
		for _, pr := range get[list[provider]](t, p, "/api/catalog/providers").Items {
			if pr.Name == name {
				found = pr
			}
		}
		return !found.LastSuccess.IsZero()
	})
	return found
}
