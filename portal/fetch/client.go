// SPDX-License-Identifier: Apache-2.0

package fetch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/callboard/callboard"
)

const maxRedirects = 5

// errTotalTime is why a call's context ended when its time was up.
var errTotalTime = errors.New("fetch: the time for the call is up")

// Client reads URLs within its options. It may be used by several goroutines.
type Client struct {
	opts      Options
	hosts     *hosts
	transport *http.Transport
}

// New returns a Client. Nil opts allow nothing. It starts nothing.
func New(opts *Options) (*Client, error) {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	d := &dialer{opts: o}
	t := &http.Transport{
		DialContext:            d.dial,
		TLSClientConfig:        o.TLS,
		TLSHandshakeTimeout:    o.IdleTimeout,
		ResponseHeaderTimeout:  o.IdleTimeout,
		IdleConnTimeout:        o.IdleTimeout,
		MaxIdleConnsPerHost:    o.PerHost,
		MaxIdleConns:           64,
		MaxResponseHeaderBytes: 64 << 10,
	}
	if o.Proxy != nil {
		t.Proxy = http.ProxyURL(o.Proxy)
	}
	return &Client{opts: o, hosts: newHosts(o.PerHost, o.PerSecond), transport: t}, nil
}

// Close closes idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Request says more about what is wanted. The zero value wants anything.
type Request struct {
	// ETag and LastModified are those of the Response that the caller has; if
	// it is still current, the new one is NotModified.
	ETag, LastModified string
	// Header is sent to the URL's own host and dropped on redirects to others.
	Header http.Header
	// ContentTypes are the media types that are wanted, such as "text/*" or
	// "application/yaml"; empty wants all.
	ContentTypes []string
	// MaxBytes replaces the client's bound on the body; 0 keeps it.
	MaxBytes int64
	// Method is GET if it is empty. What another method sends is not sent again,
	// so its redirects are not followed but refused.
	Method string
	// Body is sent as the content; Header says of which type it is.
	Body []byte
}

// method returns the method.
func (r *Request) method() string { return or(r.Method, http.MethodGet) }

// Response is what was read.
type Response struct {
	// URL is where it was read, after redirects.
	URL string
	// NotModified says that what the caller has is current; Body is nil.
	NotModified bool
	// Body is the content, decompressed.
	Body []byte
	// ContentType is the media type with its parameters, as the server gives it.
	ContentType string
	// ETag and LastModified are for the next Request.
	ETag, LastModified string
	// Header is everything else that the server says.
	Header http.Header
}

// Check returns why the URL would not be read, nil if it would: what is odd
// about it, or that no rule allows it. It asks the options only, not the
// network, so that data can be refused when it is written.
func (c *Client) Check(url string) error {
	t, err := parseTarget(url)
	if err != nil {
		return err
	}
	return c.allowed(t)
}

func (c *Client) allowed(t target) error {
	for _, r := range c.opts.Allow {
		if !r.allows(t) {
			continue
		}
		if addr, err := netip.ParseAddr(t.host); err == nil && classify(addr) > c.opts.limit(t.host, t.port) {
			return refusedAddress(t.host, addr)
		}
		return nil
	}
	return notAllowed(t)
}

// Only returns a client with the options of c that may read what g grants and
// nothing else, and that has none of c's credentials: for a part of a program
// that brings its own. The caller closes it.
func (c *Client) Only(g Grant) (*Client, error) {
	o := c.opts
	o.Allow, o.Credentials = g.Allow, nil
	o.AllowPrivate = slices.Concat(c.opts.AllowPrivate, g.AllowPrivate)
	return New(&o)
}

// Get reads the URL. A nil req wants anything. Errors have a code: invalid for
// a URL that is odd, forbidden for one that is not allowed, not_found,
// too_large, rate_limited and unavailable (see [RetryAfter]), timeout. The
// messages say what to do, and hold no token.
func (c *Client) Get(ctx context.Context, url string, req *Request) (*Response, error) {
	if req == nil {
		req = &Request{}
	}
	t, err := parseTarget(url)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.opts.Timeout, errTotalTime)
	defer cancel()
	own := t.origin()
	for hop := 0; ; hop++ {
		if err := c.allowed(t); err != nil {
			return nil, redirected(err, hop)
		}
		r, err := c.request(ctx, t, req, t.origin() == own)
		if err != nil {
			return nil, err
		}
		res, next, err := c.once(r, t, req)
		if err != nil || next == nil {
			return res, err
		}
		if hop == maxRedirects {
			return nil, failure(callboard.CodeUnavailable, nil, "%s redirects more than %d times", url0(url), maxRedirects)
		}
		if next.origin() != own {
			own = "" // headers that were dropped once stay dropped
		}
		if req.method() != http.MethodGet {
			return nil, failure(callboard.CodeUnavailable, nil, "%s redirects a %s, which is not sent twice; use the address that it redirects to", t, req.method())
		}
		t = *next
	}
}

// url0 is the URL as messages show it.
func url0(raw string) string {
	if t, err := parseTarget(raw); err == nil {
		return t.String()
	}
	return "the URL"
}

// redirected says that it was a redirect that led to what is refused.
func redirected(err error, hop int) error {
	if hop == 0 {
		return err
	}
	return failure(callboard.CodeOf(err), nil, "a redirect was not followed: %s", callboard.MessageOf(err))
}

// request builds the request for one hop.
func (c *Client) request(ctx context.Context, t target, req *Request, own bool) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, req.method(), t.url.String(), bytes.NewReader(req.Body))
	if err != nil {
		return nil, refuse("the URL cannot be requested")
	}
	if own {
		for name, values := range req.Header {
			r.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	// The transport compresses and the loop redirects; both must stay theirs.
	for _, name := range []string{"Accept-Encoding", "Range", "Host", "Connection", "Te", "Transfer-Encoding"} {
		r.Header.Del(name)
	}
	r.Header.Set("User-Agent", c.opts.UserAgent)
	setIf(r.Header, "If-None-Match", req.ETag)
	setIf(r.Header, "If-Modified-Since", req.LastModified)
	if err := c.authorize(r, t); err != nil {
		return nil, err
	}
	for name, values := range r.Header {
		for _, v := range values {
			if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(v) {
				// The transport's own error would quote the value.
				return nil, refuse("the header %q has a value that cannot be sent", name)
			}
		}
	}
	return r, nil
}

func setIf(h http.Header, name, value string) {
	if value != "" {
		h.Set(name, value)
	}
}

// authorize adds the credentials of this very host.
func (c *Client) authorize(r *http.Request, t target) error {
	if t.url.Scheme != "https" && !c.opts.allowsPrivate(t.host, t.port) {
		return nil
	}
	for _, cred := range c.opts.Credentials {
		host, port := splitHost(cred.Host)
		if host != t.host || or(port, defaultPort(t.url.Scheme)) != t.port {
			continue
		}
		value, err := cred.Value(r.Context())
		if err != nil {
			return failure(callboard.CodeUnavailable, err, "there is no token for %s now", t.url.Host)
		}
		r.Header.Set(cred.Header, value)
	}
	return nil
}

// once makes one request. It returns a response, or where it redirects to.
func (c *Client) once(r *http.Request, t target, req *Request) (*Response, *target, error) {
	ctx := r.Context()
	release, err := c.hosts.acquire(ctx, t.host)
	if err != nil {
		return nil, nil, transportError(ctx, t, c.opts.Timeout, err)
	}
	defer release()
	res, err := c.transport.RoundTrip(r)
	if err != nil {
		return nil, nil, transportError(ctx, t, c.opts.Timeout, err)
	}
	defer res.Body.Close()
	conditional := req.ETag != "" || req.LastModified != ""
	switch {
	case isRedirect(res.StatusCode):
		next, err := redirectTarget(t, res)
		return nil, next, err
	case res.StatusCode == http.StatusNotModified && conditional:
		return c.response(t, res, nil, true), nil, nil
	case res.StatusCode < 200 || res.StatusCode > 299 || res.StatusCode == http.StatusPartialContent:
		return nil, nil, statusError(t, res, c.opts.Now())
	}
	body, err := c.body(ctx, t, res, req)
	if err != nil {
		return nil, nil, err
	}
	return c.response(t, res, body, false), nil, nil
}

func (c *Client) response(t target, res *http.Response, body []byte, notModified bool) *Response {
	return &Response{
		URL:          t.url.String(),
		NotModified:  notModified,
		Body:         body,
		ContentType:  res.Header.Get("Content-Type"),
		ETag:         res.Header.Get("ETag"),
		LastModified: res.Header.Get("Last-Modified"),
		Header:       res.Header,
	}
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

func redirectTarget(t target, res *http.Response) (*target, error) {
	location := res.Header.Get("Location")
	if location == "" || len(location) > maxURLBytes {
		return nil, failure(callboard.CodeUnavailable, nil, "%s redirects to nowhere", t)
	}
	u, err := t.url.Parse(location)
	if err != nil {
		return nil, failure(callboard.CodeUnavailable, nil, "%s redirects to something that is no URL", t)
	}
	next, err := newTarget(u)
	if err != nil {
		return nil, redirected(err, 1)
	}
	return &next, nil
}

// body reads the content, no more of it than is allowed.
func (c *Client) body(ctx context.Context, t target, res *http.Response, req *Request) ([]byte, error) {
	limit := or(req.MaxBytes, c.opts.MaxBytes)
	if err := checkType(t, res, req.ContentTypes); err != nil {
		return nil, err
	}
	if enc := res.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return nil, failure(callboard.CodeInvalid, nil, "%s sends the encoding %q, which was not asked for", t.url.Host, enc)
	}
	if res.ContentLength > limit {
		return nil, tooLarge(t, limit)
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, min(limit, math.MaxInt64-1)+1))
	if err == nil {
		// A server that sees the connection close may still end its body in
		// good form, and what was cut would look whole.
		err = ctx.Err()
	}
	switch {
	case err != nil:
		return nil, transportError(ctx, t, c.opts.Timeout, err)
	case int64(len(data)) > limit:
		return nil, tooLarge(t, limit)
	}
	return data, nil
}

func tooLarge(t target, limit int64) error {
	return failure(callboard.CodeTooLarge, nil, "%s is larger than %d bytes, which is the limit", t, limit)
}

func checkType(t target, res *http.Response, wanted []string) error {
	if len(wanted) == 0 {
		return nil
	}
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	for _, w := range wanted {
		if major, ok := strings.CutSuffix(w, "/*"); media == w || ok && strings.HasPrefix(media, major+"/") {
			return nil
		}
	}
	return failure(callboard.CodeInvalid, nil, "%s is %q; wanted %s", t, media, strings.Join(wanted, ", "))
}
