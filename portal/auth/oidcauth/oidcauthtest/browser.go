// SPDX-License-Identifier: Apache-2.0

package oidcauthtest

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Browser is a browser at the provider, without pages or scripts. It stops
// where the provider would leave for elsewhere.
type Browser struct {
	tb     testing.TB
	home   string
	client *http.Client
}

// NewBrowser returns a browser that is not signed in.
func (p *Provider) NewBrowser() *Browser {
	p.tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.tb.Fatal(err)
	}
	return &Browser{tb: p.tb, home: p.Issuer, client: &http.Client{
		Jar: jar, Timeout: 2 * time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// SignIn follows a link to the provider, fills in its form if there is one, and
// returns where the provider leads then. An empty login refuses.
func (b *Browser) SignIn(address, login, password string) *url.URL {
	b.tb.Helper()
	fields := url.Values{"login": {login}, "password": {password}}
	if login == "" {
		fields = url.Values{"refuse": {"yes"}}
	}
	at, _ := b.follow(http.MethodGet, address, nil)
	if at.Host == hostOf(b.home) {
		at, _ = b.follow(http.MethodPost, at.String(), fields)
	}
	return at
}

var (
	actionOf = regexp.MustCompile(`<form[^>]*action="([^"]+)"`)
	xsrfOf   = regexp.MustCompile(`name="xsrf" value="([^"]+)"`)
)

// SignOut follows a link that ends the session, confirms, and returns where the
// provider leads then.
func (b *Browser) SignOut(address string) *url.URL {
	b.tb.Helper()
	_, page := b.follow(http.MethodGet, address, nil)
	action, xsrf := actionOf.FindStringSubmatch(page), xsrfOf.FindStringSubmatch(page)
	if action == nil || xsrf == nil {
		b.tb.Fatalf("the provider shows no form to sign out:\n%s", page)
	}
	at, _ := b.follow(http.MethodPost, action[1], url.Values{"xsrf": {xsrf[1]}, "logout": {"yes"}})
	return at
}

// follow makes a request and those that it is redirected to, as long as they
// stay at the provider. It returns where that ends, and the page there.
func (b *Browser) follow(method, address string, fields url.Values) (*url.URL, string) {
	b.tb.Helper()
	for range 10 {
		res := b.request(method, address, fields)
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			b.tb.Fatal(err)
		}
		next, err := res.Location()
		if err != nil {
			return res.Request.URL, string(body)
		}
		if next.Host != hostOf(b.home) {
			return next, ""
		}
		method, address, fields = http.MethodGet, next.String(), nil
	}
	b.tb.Fatal("the provider redirects in circles")
	return nil, ""
}

func (b *Browser) request(method, address string, fields url.Values) *http.Response {
	b.tb.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, address, strings.NewReader(fields.Encode()))
	if err != nil {
		b.tb.Fatal(err)
	}
	if fields != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.tb.Fatal(err)
	}
	return res
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
