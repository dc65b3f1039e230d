// SPDX-License-Identifier: Apache-2.0

package fetch_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/fetch"
)

// publicIP stands for any public host; the tests' dialer leads it to a server
// of theirs.
const publicIP = "8.8.8.8"

// names resolves from a table; what is missing has the public address.
type names map[string][]string

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	list, ok := n[host]
	if !ok {
		list = []string{publicIP}
	}
	var out []netip.Addr
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out, nil
}

// world is a TLS server that answers for every host name.
type world struct {
	*httptest.Server
	dialed atomic.Value // address last dialled
	opts   fetch.Options
}

func newWorld(t *testing.T, h http.HandlerFunc, rules ...string) *world {
	t.Helper()
	w := &world{Server: httptest.NewUnstartedServer(h)}
	w.Config.ErrorLog = log.New(io.Discard, "", 0) // clients break off on purpose
	w.StartTLS()
	t.Cleanup(w.Close)
	roots := x509.NewCertPool()
	roots.AddCert(w.Certificate())
	w.opts = fetch.Options{
		Resolver: names{},
		// The test certificate is for example.com and *.example.com.
		TLS: &tls.Config{RootCAs: roots},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			w.dialed.Store(address)
			var d net.Dialer
			return d.DialContext(ctx, network, w.Listener.Addr().String())
		},
		IdleTimeout: 5 * time.Second,
	}
	for _, r := range rules {
		w.opts.Allow = append(w.opts.Allow, fetch.MustParseRule(r))
	}
	return w
}

func (w *world) client(t *testing.T) *fetch.Client {
	t.Helper()
	c, err := fetch.New(&w.opts)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

func wantCode(t *testing.T, err error, code callboard.Code, words ...string) {
	t.Helper()
	if callboard.CodeOf(err) != code {
		t.Errorf("code = %q (%v), want %q", callboard.CodeOf(err), err, code)
	}
	for _, word := range words {
		if !strings.Contains(callboard.MessageOf(err), word) {
			t.Errorf("message %q lacks %q", callboard.MessageOf(err), word)
		}
	}
}

func hello(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("ETag", `"v1"`)
	_, _ = io.WriteString(w, "hello")
}

func TestGetReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hello, "example.com")
	res, err := w.client(t).Get(t.Context(), "https://EXAMPLE.com./a%20b?c=d#frag", nil)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	if string(res.Body) != "hello" || res.ETag != `"v1"` || res.ContentType != "text/plain" || res.NotModified {
		t.Errorf("response = %+v", res)
	}
	if res.URL != "https://example.com/a%20b?c=d" {
		t.Errorf("URL = %s", res.URL)
	}
	if got := w.dialed.Load(); got != publicIP+":443" {
		t.Errorf("dialled %v, want the address that was checked", got)
	}
}

func TestZeroOptionsAllowNothing(t *testing.T) {
	t.Parallel()
	c, err := fetch.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Get(t.Context(), "https://example.com/", nil)
	wantCode(t, err, callboard.CodeForbidden, "add example.com to fetch.allow")
}

func TestAllowList(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rule, url string
		allowed   bool
	}{
		{"example.com", "https://example.com/x", true},
		{"example.com", "https://example.com:443/x", true},
		{"example.com", "https://example.com:8443/x", false},
		{"example.com", "http://example.com/x", false},
		{"example.com", "https://www.example.com/x", false},
		{"example.com", "https://example.com.evil.org/x", false},
		{"example.com", "https://evilexample.com/x", false},
		{"http://example.com", "http://example.com/x", true},
		{"http://example.com", "https://example.com/x", false},
		{"https://example.com:8443", "https://example.com:8443/x", true},
		{"*.example.com", "https://a.b.example.com/x", true},
		{"*.example.com", "https://example.com/x", false},
		{"*.example.com", "https://evilexample.com/x", false},
		{"*", "https://anything.org/x", true},
		{"*", "https://anything.org:22/x", false},
		{"example.com/acme", "https://example.com/acme", true},
		{"example.com/acme", "https://example.com/acme/x", true},
		{"example.com/acme/", "https://example.com/acme/x", true},
		{"example.com/acme", "https://example.com/acmeevil/x", false},
		{"example.com/acme", "https://example.com/%61cme/x", true},
		{"8.8.8.8", "https://8.8.8.8/x", true},
		{"[2606:4700::1]", "https://[2606:4700:0::1]/x", true},
	}
	for _, tt := range tests {
		c, err := fetch.New(&fetch.Options{Allow: []fetch.Rule{fetch.MustParseRule(tt.rule)}})
		if err != nil {
			t.Fatal(err)
		}
		err = c.Check(tt.url)
		if (err == nil) != tt.allowed {
			t.Errorf("rule %s, Check(%s) = %v, want allowed %v", tt.rule, tt.url, err, tt.allowed)
		}
		if err != nil && callboard.CodeOf(err) != callboard.CodeForbidden {
			t.Errorf("rule %s, Check(%s): code %s", tt.rule, tt.url, callboard.CodeOf(err))
		}
	}
}

func TestOddURLsAreRefused(t *testing.T) {
	t.Parallel()
	c, err := fetch.New(&fetch.Options{Allow: []fetch.Rule{
		fetch.MustParseRule("*"), fetch.MustParseRule("http://*"), fetch.MustParseRule("example.com/acme"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []string{
		"", "example.com/x", "//example.com/x", "/x", "https:///x", "https://", "https:example.com",
		"file:///etc/passwd", "ftp://example.com/", "gopher://example.com/", "data:text/plain,hi", "javascript:alert(1)",
		"unix:///var/run/docker.sock", "jar:https://example.com!/x", "ssh://git@example.com/x",
		"https://user@example.com/", "https://user:secret@example.com/", "https://@example.com/",
		"https://example.com@evil.org/", "https://example.com:@evil.org/",
		"https://example.com:0/", "https://example.com:65536/", "https://example.com:-1/", "https://example.com:080/", "https://example.com:x/",
		"https://example.com\\@evil.org/", "https://exam ple.com/", "https://example.com/\x00", "https://example.com\r\nHost:x/",
		"https://１２７.0.0.1/", "https://ⓔxample.com/", "https://127.1/", "https://0x7f.0.0.1/", "https://2130706433/", "https://0177.0.0.1/", "https://0x7f000001/",
		"https://127.0.0.1.1/", "https://example..com/", "https://-x.com/", "https://.com/",
		"https://[fe80::1%25eth0]/", "https://[::1", "https://[127.0.0.1]x/",
		"https://example.com/acme/../secret", "https://example.com/acme/%2e%2e/secret", "https://example.com/acme/.%2E/secret",
		"https://example.com/acme/..%2fsecret", "https://example.com/acme/..%5csecret", "https://example.com/acme/%252e%252e/secret",
		"https://example.com/acme/..;/secret", `https://example.com/acme/..\secret`, "https://example.com/./acme",
		"https://" + strings.Repeat("a", 64) + ".com/", "https://example.com/" + strings.Repeat("a", 9000),
	} {
		err := c.Check(u)
		if callboard.CodeOf(err) != callboard.CodeInvalid {
			t.Errorf("Check(%.60q) = %v, want an invalid URL", u, err)
		}
		if strings.Contains(callboard.MessageOf(err), "secret@") {
			t.Errorf("Check(%q) shows the password: %v", u, err)
		}
	}
}

func TestSpecialAddressesAreRefused(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{
		"127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"100.64.0.1", "100.100.100.200", "169.254.169.254", "168.63.129.16", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1",
		"203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.88.99.1",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::ffff:0:127.0.0.1",
		"64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::10.0.0.1", "2002:7f00:1::", "2002:a00:1::1", "2002:808:808::1",
		"2001::1", "2001:db8::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "100::1", "3fff::1", "5f00::1", "4000::1",
	} {
		t.Run(addr, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, hello, "*")
			w.opts.Resolver = names{"example.com": {addr}}
			c := w.client(t)
			_, err := c.Get(t.Context(), "https://example.com/", nil)
			wantCode(t, err, callboard.CodeForbidden, "example.com", "address")
			literal := addr
			if strings.Contains(addr, ":") {
				literal = "[" + addr + "]"
			}
			wantCode(t, c.Check("https://"+literal+"/"), callboard.CodeForbidden)
			if got := w.dialed.Load(); got != nil {
				t.Errorf("dialled %v", got)
			}
		})
	}
}

func TestPrivateAddressAmongPublicOnesIsSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hello, "*")
	w.opts.Resolver = names{"example.com": {"127.0.0.1", "10.0.0.1", "1.1.1.1"}}
	if _, err := w.client(t).Get(t.Context(), "https://example.com/", nil); err != nil {
		t.Fatalf("Get: %v", err)
	}
	if got := w.dialed.Load(); got != "1.1.1.1:443" {
		t.Errorf("dialled %v, want 1.1.1.1:443", got)
	}
}

// rebinder answers public first and private ever after.
type rebinder struct{ calls atomic.Int32 }

func (r *rebinder) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	if r.calls.Add(1) == 1 {
		return []netip.Addr{netip.MustParseAddr(publicIP)}, nil
	}
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
}

func TestRebindingGainsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		hello(w, r)
	}, "*")
	r := &rebinder{}
	w.opts.Resolver = r
	c := w.client(t)
	if _, err := c.Get(t.Context(), "https://example.com/", nil); err != nil {
		t.Fatalf("first Get: %v", err)
	}
	if r.calls.Load() != 1 || w.dialed.Load() != publicIP+":443" {
		t.Errorf("resolved %d times and dialled %v, want once and what was checked", r.calls.Load(), w.dialed.Load())
	}
	_, err := c.Get(t.Context(), "https://example.com/", nil)
	wantCode(t, err, callboard.CodeForbidden, "127.0.0.1")
}

func TestRealDialerRefusesLoopback(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hello, "*")
	_, port, _ := net.SplitHostPort(w.Listener.Addr().String())
	w.opts.Dial = nil
	w.opts.Resolver = names{"example.com": {"127.0.0.1"}}
	w.opts.Allow = append(w.opts.Allow, fetch.MustParseRule("https://example.com:"+port))
	_, err := w.client(t).Get(t.Context(), "https://example.com:"+port+"/", nil)
	wantCode(t, err, callboard.CodeForbidden, "fetch.allowPrivate")

	w.opts.AllowPrivate = []string{"example.com:" + port}
	res, err := w.client(t).Get(t.Context(), "https://example.com:"+port+"/", nil)
	if err != nil || string(res.Body) != "hello" {
		t.Errorf("with AllowPrivate: %v, %v", res, err)
	}
	w.opts.AllowPrivate = []string{"example.com:1"}
	_, err = w.client(t).Get(t.Context(), "https://example.com:"+port+"/", nil)
	wantCode(t, err, callboard.CodeForbidden)
}

func TestAllowPrivateNeverMeansLinkLocal(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fe80::1", "0.0.0.0", "fd00:ec2::254"} {
		w := newWorld(t, hello, "*")
		w.opts.Resolver = names{"example.com": {addr}}
		w.opts.AllowPrivate = []string{"example.com"}
		_, err := w.client(t).Get(t.Context(), "https://example.com/", nil)
		wantCode(t, err, callboard.CodeForbidden, "nothing is ever read")
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{"https://example.com/acme/x", "https://example.com/acme/..%2f", "https://[::ffff:7f00:1]/", "http://a:b@c", "https://example.com:0443/", "\x00", "https://example.com/acme/%252e"} {
		f.Add(s)
	}
	c, err := fetch.New(&fetch.Options{Allow: []fetch.Rule{fetch.MustParseRule("example.com/acme")}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if c.Check(raw) != nil {
			return
		}
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatalf("allowed %q, which cannot be parsed", raw)
		}
		host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
		clean := u.JoinPath().Path // resolves dot segments
		if host != "example.com" || u.User != nil || !strings.HasPrefix(clean, "/acme") {
			t.Errorf("allowed %q: host %q, path %q", raw, host, clean)
		}
	})
}

func FuzzParseRule(f *testing.F) {
	f.Add("https://example.com:8443/acme/")
	f.Add("*.example.com")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := fetch.ParseRule(text)
		if err != nil {
			return
		}
		again, err := fetch.ParseRule(r.String())
		if err != nil || again != r {
			t.Errorf("ParseRule(%q) = %v; its text reads as %v, %v", text, r, again, err)
		}
	})
}
