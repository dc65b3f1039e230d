// SPDX-License-Identifier: Apache-2.0

package urlcatalog

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/fetch"
)

// Fetcher reads a URL. [FromClient] makes one.
type Fetcher interface {
	// Fetch reads the URL, unless it is as it was in the version that the
	// caller has. Nothing there is [callboard.CodeNotFound].
	Fetch(ctx context.Context, url string, have Version) (Content, error)
}

// Version tells one state of a URL from another. The zero value is none.
type Version struct {
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"lastModified,omitempty"`
}

// Content is what a URL holds.
type Content struct {
	// NotModified says that it is as it was; Body is nil then.
	NotModified bool
	Body        []byte
	Version     Version
}

// FromClient returns a Fetcher over the portal's client.
func FromClient(c *fetch.Client) Fetcher { return client{c} }

type client struct{ c *fetch.Client }

func (f client) Fetch(ctx context.Context, url string, have Version) (Content, error) {
	res, err := f.c.Get(ctx, url, &fetch.Request{ETag: have.ETag, LastModified: have.LastModified})
	if err != nil {
		return Content{}, err
	}
	return Content{
		NotModified: res.NotModified,
		Body:        res.Body,
		Version:     Version{ETag: res.ETag, LastModified: res.LastModified},
	}, nil
}

// Reader is a [catalog.LocationReader] of type url. Make one with [New]. It is
// safe for concurrent use.
type Reader struct {
	fetcher Fetcher

	mu sync.Mutex
	// beside are the targets that read files beside them: those can change
	// though the target does not.
	beside map[string]bool
}

var (
	_ catalog.LocationReader = (*Reader)(nil)
	_ catalog.LocationLinker = (*Reader)(nil)
)

// New returns a reader over the fetcher.
func New(f Fetcher) *Reader { return &Reader{fetcher: f, beside: map[string]bool{}} }

// Types implements [catalog.LocationReader].
func (r *Reader) Types() []string { return []string{"url"} }

// Resolve implements [catalog.LocationReader]. Directories, repositories and
// wildcards are [callboard.CodeInvalid], with what to write instead.
func (r *Reader) Resolve(base, target string) (string, error) {
	if base != "" && !strings.Contains(target, "://") {
		from, err := parseAddress(base)
		if err != nil {
			return "", err
		}
		if target, err = from.resolve(target); err != nil {
			return "", err
		}
	}
	a, err := parseAddress(target)
	if err != nil {
		return "", err
	}
	return a.url.String(), nil
}

// Read implements [catalog.LocationReader].
func (r *Reader) Read(ctx context.Context, req catalog.ReadRequest) (catalog.ReadResult, error) {
	a, err := parseAddress(req.Target)
	if err != nil {
		return catalog.ReadResult{}, err
	}
	var have Version
	if req.Validator != "" && !r.readsBeside(req.Target) {
		// A validator of another kind reads in any case.
		_ = json.Unmarshal([]byte(req.Validator), &have)
	}
	got, err := r.fetcher.Fetch(ctx, a.raw(), have)
	if wait, ok := fetch.RetryAfter(err); ok {
		return failedFor(req, err, wait), nil
	}
	if err != nil {
		return catalog.ReadResult{}, err
	}
	res := catalog.ReadResult{NotModified: got.NotModified, Validator: req.Validator}
	if got.NotModified {
		return res, nil
	}
	if isPage(got.Body) {
		return res, invalid("%s is a web page, not YAML; name the file itself, as the forge shows it under \"raw\"", req.Target)
	}
	res.Validator = validator(got.Version)
	res.Items = []catalog.Item{{
		Location: "url:" + req.Target,
		Content:  got.Body,
		Open: func(ctx context.Context, relative string) ([]byte, error) {
			r.noteBeside(req.Target)
			return r.open(ctx, a, relative)
		},
	}}
	return res, nil
}

// isPage reports whether the content is HTML: a sign-in page, or the view of a
// file on a forge that is not known here.
func isPage(body []byte) bool {
	start := strings.ToLower(string(bytes.TrimSpace(body[:min(len(body), 200)])))
	return strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html")
}

// failedFor is a failure that a server wants not to be asked about for a while.
func failedFor(req catalog.ReadRequest, err error, wait time.Duration) catalog.ReadResult {
	return catalog.ReadResult{Items: []catalog.Item{{Location: "url:" + req.Target, Err: err}}, Next: wait}
}

func validator(v Version) string {
	if v == (Version{}) {
		return ""
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("urlcatalog: two strings have JSON: %v", err))
	}
	return string(b)
}

// open reads a file of the same repository.
func (r *Reader) open(ctx context.Context, from address, relative string) ([]byte, error) {
	if strings.Contains(relative, "://") {
		return nil, &callboard.Error{Code: callboard.CodeForbidden, Message: relative + " is not a file of the same repository"}
	}
	target, err := from.resolve(relative)
	if err != nil {
		return nil, err
	}
	to, err := parseAddress(target)
	if err != nil {
		return nil, err
	}
	if !from.holds(to) {
		return nil, &callboard.Error{Code: callboard.CodeForbidden, Message: relative + " is not a file of the same repository"}
	}
	got, err := r.fetcher.Fetch(ctx, to.raw(), Version{})
	if err != nil {
		return nil, err
	}
	return got.Body, nil
}

func (r *Reader) readsBeside(target string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.beside[target]
}

func (r *Reader) noteBeside(target string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.beside[target] = true
}

// Links implements [catalog.LocationLinker].
func (r *Reader) Links(target string) catalog.LocationLinks {
	a, err := parseAddress(target)
	if err != nil {
		return catalog.LocationLinks{}
	}
	return catalog.LocationLinks{View: a.url.String(), Edit: a.edit(), Source: "url:" + a.folder()}
}

func invalid(format string, args ...any) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf(format, args...)}
}
