// SPDX-License-Identifier: Apache-2.0

package urlcatalog_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/urlcatalog"
	"github.com/callboard/callboard/portal/fetch"
)

// web is a Fetcher over pages in memory.
type web struct {
	mu    sync.Mutex
	pages map[string]string
	asked []string
}

func (w *web) Fetch(_ context.Context, url string, have urlcatalog.Version) (urlcatalog.Content, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, url)
	body, ok := w.pages[url]
	if !ok {
		return urlcatalog.Content{}, &callboard.Error{Code: callboard.CodeNotFound, Message: url + " was not found"}
	}
	v := urlcatalog.Version{ETag: body}
	return urlcatalog.Content{NotModified: have == v, Body: []byte(body), Version: v}, nil
}

func TestForges(t *testing.T) {
	t.Parallel()
	tests := []struct{ target, raw, edit, source string }{
		{
			"https://github.com/o/r/blob/main/x/a.yaml", "https://raw.githubusercontent.com/o/r/main/x/a.yaml",
			"https://github.com/o/r/edit/main/x/a.yaml", "https://github.com/o/r/tree/main/x/",
		},
		{
			"https://github.com/o/r/tree/v1/a b.yaml", "https://raw.githubusercontent.com/o/r/v1/a%20b.yaml",
			"https://github.com/o/r/edit/v1/a%20b.yaml", "https://github.com/o/r/tree/v1/",
		},
		{
			"https://git.corp.example/o/r/blob/main/a.yaml", "https://git.corp.example/o/r/raw/main/a.yaml",
			"https://git.corp.example/o/r/edit/main/a.yaml", "https://git.corp.example/o/r/tree/main/",
		},
		{
			"https://gitlab.com/g/sub/r/-/blob/main/x/a.yaml", "https://gitlab.com/g/sub/r/-/raw/main/x/a.yaml",
			"https://gitlab.com/g/sub/r/-/edit/main/x/a.yaml", "https://gitlab.com/g/sub/r/-/tree/main/x/",
		},
		{
			"https://bitbucket.org/o/r/src/main/a.yaml", "https://bitbucket.org/o/r/raw/main/a.yaml",
			"https://bitbucket.org/o/r/src/main/a.yaml?mode=edit&at=main", "https://bitbucket.org/o/r/src/main/",
		},
		{
			"https://bb.corp.example/projects/P/repos/r/browse/x/a.yaml?at=main",
			"https://bb.corp.example/projects/P/repos/r/raw/x/a.yaml?at=main",
			"", "https://bb.corp.example/projects/P/repos/r/browse/x/?at=main",
		},
		{
			"https://codeberg.org/o/r/src/branch/main/a.yaml", "https://codeberg.org/o/r/raw/branch/main/a.yaml",
			"https://codeberg.org/o/r/_edit/main/a.yaml", "https://codeberg.org/o/r/src/branch/main/",
		},
		{"https://example.com/x/a.yaml?v=1", "https://example.com/x/a.yaml?v=1", "", "https://example.com/x/"},
		{"https://raw.githubusercontent.com/o/r/main/a.yaml", "https://raw.githubusercontent.com/o/r/main/a.yaml", "", "https://raw.githubusercontent.com/o/r/main/"},
	}
	for _, tt := range tests {
		w := &web{pages: map[string]string{tt.raw: "x"}}
		r := urlcatalog.New(w)
		target, err := r.Resolve("", tt.target)
		if err != nil {
			t.Errorf("Resolve(%s) = %v", tt.target, err)
			continue
		}
		if _, err := r.Read(t.Context(), catalog.ReadRequest{Type: "url", Target: target}); err != nil {
			t.Errorf("Read(%s) asked for %v: %v", target, w.asked, err)
		}
		want := catalog.LocationLinks{View: target, Edit: tt.edit, Source: "url:" + tt.source}
		if diff := cmp.Diff(want, r.Links(target)); diff != "" {
			t.Errorf("Links(%s) mismatch (-want +got):\n%s", target, diff)
		}
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	const file = "https://github.com/o/r/blob/main/x/a.yaml"
	tests := []struct{ base, target, want string }{
		{file, "./b.yaml", "https://github.com/o/r/blob/main/x/b.yaml"},
		{file, "../b.yaml", "https://github.com/o/r/blob/main/b.yaml"},
		{file, "/top.yaml", "https://github.com/o/r/blob/main/top.yaml"},
		{file, "https://EXAMPLE.com/c.yaml#part", "https://example.com/c.yaml"},
		{"https://example.com/x/a.yaml", "b.yaml", "https://example.com/x/b.yaml"},
		{"https://gitlab.com/g/r/-/blob/main/a.yaml", "b.yaml", "https://gitlab.com/g/r/-/blob/main/b.yaml"},
	}
	r := urlcatalog.New(&web{})
	for _, tt := range tests {
		if got, err := r.Resolve(tt.base, tt.target); err != nil || got != tt.want {
			t.Errorf("Resolve(%s, %s) = %s, %v, want %s", tt.base, tt.target, got, err, tt.want)
		}
	}
	for _, bad := range []string{
		"", "x", "ftp://example.com/a", "https://u:p@example.com/a.yaml", "https://github.com/o/r",
		"https://github.com/o/r/tree/main", "https://github.com/o/r/blob/main/", "https://github.com/o/r/blob/main/**/catalog-info.yaml",
		"javascript:alert(1)", "https://%zz",
	} {
		if got, err := r.Resolve("", bad); callboard.CodeOf(err) != callboard.CodeInvalid {
			t.Errorf("Resolve(%q) = %s, %v, want %s", bad, got, err, callboard.CodeInvalid)
		}
	}
	if _, err := r.Resolve(file, "../../../b.yaml"); callboard.CodeOf(err) != callboard.CodeForbidden {
		t.Errorf("Resolve out of the repository = %v", err)
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	w := &web{pages: map[string]string{
		"https://raw.githubusercontent.com/o/r/main/x/a.yaml": "a",
		"https://raw.githubusercontent.com/o/r/main/b.txt":    "b",
		"https://raw.githubusercontent.com/o/other/main/c":    "c",
		"https://example.com/dir/a.yaml":                      "a",
		"https://example.com/secret":                          "s",
	}}
	r := urlcatalog.New(w)
	read := func(target string) catalog.Item {
		res, err := r.Read(t.Context(), catalog.ReadRequest{Type: "url", Target: target})
		if err != nil {
			t.Fatal(err)
		}
		return res.Items[0]
	}
	it := read("https://github.com/o/r/blob/main/x/a.yaml")
	if b, err := it.Open(t.Context(), "../b.txt"); err != nil || string(b) != "b" {
		t.Errorf("Open = %q, %v", b, err)
	}
	for _, bad := range []string{"../../../other/main/c", "https://raw.githubusercontent.com/o/other/main/c", "//example.com/secret"} {
		if b, err := it.Open(t.Context(), bad); err == nil {
			t.Errorf("Open(%s) = %q, want an error", bad, b)
		}
	}
	if b, err := read("https://example.com/dir/a.yaml").Open(t.Context(), "../secret"); callboard.CodeOf(err) != callboard.CodeForbidden {
		t.Errorf("Open beside a plain URL = %q, %v", b, err)
	}
}

func TestConditional(t *testing.T) {
	t.Parallel()
	const target = "https://example.com/a.yaml"
	w := &web{pages: map[string]string{target: "one"}}
	r := urlcatalog.New(w)
	req := catalog.ReadRequest{Type: "url", Target: target}
	res, err := r.Read(t.Context(), req)
	if err != nil || res.Validator == "" || string(res.Items[0].Content) != "one" {
		t.Fatalf("Read = %+v, %v", res, err)
	}
	req.Validator = res.Validator
	if res, err = r.Read(t.Context(), req); err != nil || !res.NotModified || len(res.Items) != 0 {
		t.Errorf("Read again = %+v, %v", res, err)
	}
	w.pages[target] = "two"
	if res, err = r.Read(t.Context(), req); err != nil || res.NotModified {
		t.Errorf("Read after a change = %+v, %v", res, err)
	}
	if _, err := r.Read(t.Context(), catalog.ReadRequest{Type: "url", Target: "https://example.com/none.yaml"}); callboard.CodeOf(err) != callboard.CodeNotFound {
		t.Errorf("Read of nothing = %v", err)
	}
}

// TestFromClient reads from a real server through the portal's client.
func TestFromClient(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/busy.yaml":
			rw.Header().Set("Retry-After", "120")
			rw.WriteHeader(http.StatusTooManyRequests)
		case r.Header.Get("If-None-Match") == `"1"`:
			rw.WriteHeader(http.StatusNotModified)
		default:
			rw.Header().Set("ETag", `"1"`)
			_, _ = rw.Write([]byte("kind: X"))
		}
	}))
	t.Cleanup(srv.Close)
	host := strings.TrimPrefix(srv.URL, "http://")
	c, err := fetch.New(&fetch.Options{
		Allow:        []fetch.Rule{fetch.MustParseRule("http://" + host)},
		AllowPrivate: []string{host},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := urlcatalog.New(urlcatalog.FromClient(c))
	req := catalog.ReadRequest{Type: "url", Target: srv.URL + "/a.yaml"}
	res, err := r.Read(t.Context(), req)
	if err != nil || string(res.Items[0].Content) != "kind: X" {
		t.Fatalf("Read = %+v, %v", res, err)
	}
	req.Validator = res.Validator
	if res, err = r.Read(t.Context(), req); err != nil || !res.NotModified {
		t.Errorf("Read again = %+v, %v", res, err)
	}
	res, err = r.Read(t.Context(), catalog.ReadRequest{Type: "url", Target: srv.URL + "/busy.yaml"})
	if err != nil || res.Items[0].Err == nil || res.Next.Seconds() < 100 {
		t.Errorf("Read of a busy server = %+v, %v, want its wish to wait", res, err)
	}
	if _, err = r.Read(t.Context(), catalog.ReadRequest{Type: "url", Target: "https://other.example.com/a.yaml"}); callboard.CodeOf(err) != callboard.CodeForbidden {
		t.Errorf("Read of a host that is not allowed = %v", err)
	}
}

func FuzzResolve(f *testing.F) {
	f.Add("https://github.com/o/r/blob/main/a.yaml", "../b.yaml")
	f.Add("https://bb/projects/P/repos/r/browse/a?at=x", "/..//c")
	f.Add("", "https://x/-/blob/")
	f.Fuzz(func(t *testing.T, base, target string) {
		r := urlcatalog.New(&web{})
		got, err := r.Resolve(base, target)
		if err != nil {
			return
		}
		r.Links(got)
		if _, err := r.Resolve("", got); err != nil {
			t.Errorf("Resolve(%q, %q) = %q, which is not accepted itself: %v", base, target, got, err)
		}
	})
}
