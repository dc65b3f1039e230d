// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/fetch"
	"github.com/callboard/callboard/portal/module"
)

// FetchSettings say what the portal may read of the URLs that data names: the
// key "fetch" of the configuration.
type FetchSettings struct {
	// Allow lists what may be read, as [https://]host[:port][/path]; see
	// [fetch.ParseRule]. Nothing else is read, except what the operator named
	// on the command line.
	Allow []string `yaml:"allow"`
	// AllowPrivate names hosts that may have private addresses.
	AllowPrivate []string `yaml:"allowPrivate"`
	// Credentials are tokens, each for its own host.
	Credentials []FetchCredential `yaml:"credentials" validate:"dive"`
	// Proxy is an HTTP proxy for all requests; default none.
	Proxy string `yaml:"proxy" validate:"omitempty,http_url"`
	// MaxSize bounds what is read at once; default 10 MB.
	MaxSize config.Size `yaml:"maxSize"`
	// Timeout bounds a request with all its redirects; default 30s.
	Timeout time.Duration `yaml:"timeout" validate:"min=0"`
}

// FetchCredential is a header with a secret for one host.
type FetchCredential struct {
	// Host is the host that it is sent to, and no other.
	Host string `yaml:"host" validate:"required"`
	// Header is the header's name; default Authorization.
	Header string `yaml:"header"`
	// Value is the header's value, such as "Bearer …".
	Value config.Secret `yaml:"value" validate:"required"`
}

// newFetch makes the client that reads URLs given by data. Packages may
// contribute a [fetch.Grant] to what it allows.
func (c *core) newFetch(i do.Injector) (*fetch.Client, error) {
	s, err := config.Section(c.opts.Config, "fetch", FetchSettings{MaxSize: 10 << 20, Timeout: 30 * time.Second})
	if err != nil {
		return nil, err
	}
	o := &fetch.Options{AllowPrivate: s.AllowPrivate, MaxBytes: int64(s.MaxSize), Timeout: s.Timeout, Now: c.opts.Now}
	grants, err := module.Collect[fetch.Grant](i)
	if err != nil {
		return nil, err
	}
	for _, g := range grants {
		o.Allow = append(o.Allow, g.Allow...)
		o.AllowPrivate = append(o.AllowPrivate, g.AllowPrivate...)
	}
	if err := c.checkFetch(s); err != nil {
		return nil, err
	}
	for _, text := range s.Allow {
		o.Allow = append(o.Allow, fetch.MustParseRule(text))
	}
	for _, credential := range s.Credentials {
		setDefault(&credential.Header, "Authorization")
		o.Credentials = append(o.Credentials, fetch.Credential{
			Host: credential.Host, Header: credential.Header,
			Value: func(context.Context) (string, error) { return credential.Value.Reveal(), nil },
		})
	}
	if s.Proxy != "" {
		if o.Proxy, err = url.Parse(s.Proxy); err != nil {
			return nil, fmt.Errorf("fetch.proxy: %w", err)
		}
	}
	return fetch.New(o)
}

// checkFetch says which rules and hosts the client would not understand.
func (c *core) checkFetch(s FetchSettings) error {
	var all []error
	refuse := func(err error, path, message, remedy string) {
		if err != nil {
			all = append(all, c.opts.Config.Report(config.Problem{Path: path, Rule: "fetch", Message: message, Remedy: remedy}))
		}
	}
	for n, text := range s.Allow {
		_, err := fetch.ParseRule(text)
		refuse(err, fmt.Sprintf("fetch.allow[%d]", n), fmt.Sprintf("is %q, which allows nothing", text), "write [https://]host[:port][/path]")
	}
	for n, host := range s.AllowPrivate {
		_, err := fetch.New(&fetch.Options{AllowPrivate: []string{host}})
		refuse(err, fmt.Sprintf("fetch.allowPrivate[%d]", n), fmt.Sprintf("is %q, which is no host", host), "write host or host:port")
	}
	for n, credential := range s.Credentials {
		_, err := fetch.New(&fetch.Options{AllowPrivate: []string{credential.Host}})
		refuse(err, fmt.Sprintf("fetch.credentials[%d].host", n), fmt.Sprintf("is %q, which is no host", credential.Host), "write host or host:port")
	}
	return errors.Join(all...)
}
