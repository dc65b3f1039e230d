// SPDX-License-Identifier: Apache-2.0

// Package oidcauthtest starts a real OpenID provider, oidc-provider from npm at
// the version that package-lock.json pins, for tests of signing in:
//
//	p := oidcauthtest.Start(t)
//	p.SetClient(oidcauthtest.Client{RedirectURIs: []string{portal.URL + "/auth/staff/callback"}})
//	p.AddUser(oidcauthtest.User{Login: "ines", Password: "correct horse", Claims: map[string]any{"name": "Ines"}})
//	settings := oidcauth.Settings{ID: "staff", Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: config.NewSecret(p.ClientSecret)}
//
// Its login is a form with the fields login and password, and a button that
// refuses; nobody is asked for consent. Without node and npm the test is
// skipped, or fails if CI is "true".
package oidcauthtest

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"io"
	"testing"

	"github.com/callboard/callboard/portal/npmtest"
)

//go:embed package.json
var manifest []byte

//go:embed package-lock.json
var lock []byte

//go:embed provider.mjs
var program []byte

// Provider is a provider that runs until the test ends. Its methods fail the
// test if they fail.
type Provider struct {
	// Issuer is its address on this machine.
	Issuer string
	// ClientID and ClientSecret are those of the client of [Provider.SetClient].
	ClientID, ClientSecret string

	tb     testing.TB
	input  io.WriteCloser
	output *bufio.Scanner
}

// Client is what a provider knows of a portal.
type Client struct {
	// ID and Secret are the provider's own ClientID and ClientSecret if the ID
	// is empty.
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
	// RedirectURIs are the callbacks.
	RedirectURIs []string `json:"redirect_uris"`
	// PostLogoutURIs are where signing out may lead back to.
	PostLogoutURIs []string `json:"post_logout_redirect_uris,omitempty"`
	// BackChannelURI is told who signed out; empty is not.
	BackChannelURI string `json:"backchannel_logout_uri,omitempty"`
	// BackChannelSession puts the session's name into tokens.
	BackChannelSession bool `json:"backchannel_logout_session_required,omitempty"`
}

// User is somebody who can sign in. The login is also the subject.
type User struct {
	Login    string         `json:"login"`
	Password string         `json:"password"`
	Claims   map[string]any `json:"claims"`
}

// Start starts a provider with neither users nor a client.
func Start(tb testing.TB) *Provider {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p := &Provider{tb: tb, ClientID: "portal", ClientSecret: "a secret of the test's, long enough"}
	pkg := npmtest.Package{Name: "oidc-provider", Manifest: manifest, Lock: lock}
	cmd := pkg.Command(ctx, tb, "provider.mjs", program)
	var (
		log bytes.Buffer
		err error
	)
	cmd.Stderr = &log
	if p.input, err = cmd.StdinPipe(); err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	p.output = bufio.NewScanner(out)
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = p.input.Close()
		cancel()
		_ = cmd.Wait() // it was killed
		if tb.Failed() {
			tb.Logf("the provider said:\n%s", &log)
		}
	})
	p.Issuer = p.command("port", 0).Issuer
	return p
}

// SetClient registers a client, or changes it. The provider forgets its
// sessions.
func (p *Provider) SetClient(c Client) {
	p.tb.Helper()
	if c.ID == "" {
		c.ID, c.Secret = p.ClientID, p.ClientSecret
	}
	p.command("client", c)
}

// AddUser adds somebody, or changes them.
func (p *Provider) AddUser(u User) {
	p.tb.Helper()
	p.command("user", u)
}

// Rotate replaces the keys with new ones. The provider forgets its sessions.
func (p *Provider) Rotate() {
	p.tb.Helper()
	p.command("rotate", true)
}

// answer is what the program prints for each command.
type answer struct {
	Issuer string `json:"issuer"`
	Error  string `json:"error"`
}

func (p *Provider) command(name string, value any) (a answer) {
	p.tb.Helper()
	line, err := json.Marshal(map[string]any{name: value})
	if err != nil {
		p.tb.Fatal(err)
	}
	if _, err := p.input.Write(append(line, '\n')); err != nil {
		p.tb.Fatalf("the provider does not listen: %v", err)
	}
	if !p.output.Scan() {
		p.tb.Fatalf("the provider ended: %v", p.output.Err())
	}
	if err := json.Unmarshal(p.output.Bytes(), &a); err != nil || a.Error != "" {
		p.tb.Fatalf("the provider does not %s: %v %s", name, err, p.output.Bytes())
	}
	return a
}
