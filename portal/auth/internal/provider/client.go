// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"github.com/callboard/callboard"
)

const (
	// Timeout bounds everything that a step of a sign-in asks a provider.
	Timeout = 10 * time.Second

	maxBody   = 1 << 20
	maxHeader = 64 << 10
)

// ErrTooLarge is why an answer was not read to its end.
var ErrTooLarge = errors.New("the answer is larger than 1 MB")

// Client makes requests to providers.
type Client struct {
	// HTTP is the client that makes them, for libraries that want one.
	HTTP *http.Client
}

// NewClient returns a client over rt; nil is a transport of its own, which
// connects to no link-local address.
func NewClient(rt http.RoundTripper) *Client {
	if rt == nil {
		rt = newTransport()
	}
	return &Client{HTTP: &http.Client{
		Transport:     bounded{rt},
		Timeout:       2 * Timeout, // the context's deadline is the earlier one
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func newTransport() *http.Transport {
	d := &net.Dialer{Timeout: Timeout, Control: refuseLinkLocal}
	return &http.Transport{
		DialContext:            d.DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    Timeout,
		ResponseHeaderTimeout:  Timeout,
		IdleConnTimeout:        time.Minute,
		MaxIdleConnsPerHost:    4,
		MaxResponseHeaderBytes: maxHeader,
	}
}

// refuseLinkLocal keeps a provider's metadata from leading to where clouds
// keep the credentials of a machine.
func refuseLinkLocal(_, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if ip := a.Addr().Unmap(); ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
		return fmt.Errorf("the address %s is link-local or special", ip)
	}
	return nil
}

// bounded asks for JSON and bounds what comes back.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", "application/json")
	}
	r.Header.Set("User-Agent", "callboard")
	res, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = &cappedBody{ReadCloser: res.Body, left: maxBody}
	return res, nil
}

// cappedBody fails, rather than ends, where a body is too large.
type cappedBody struct {
	io.ReadCloser
	left int
}

func (c *cappedBody) Read(p []byte) (int, error) {
	if len(p) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.ReadCloser.Read(p)
	if n > c.left {
		return c.left, ErrTooLarge
	}
	c.left -= n
	return n, err
}

// StatusError is an answer that is not 200.
type StatusError struct {
	// Status is the HTTP status, Header what came with it.
	Status int
	Header http.Header
}

// Error names the status.
func (e *StatusError) Error() string { return fmt.Sprintf("answered status %d", e.Status) }

// JSON reads into out what GET answers at the address, which is JSON. Errors
// are those of Bytes.
func (c *Client) JSON(ctx context.Context, address string, header http.Header, out any) error {
	raw, err := c.Bytes(ctx, address, header)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return Broken(hostOf(address), errors.New("the answer is not the JSON that was expected"))
	}
	return nil
}

// Bytes reads what GET answers at the address. Without an answer of status 200
// the error has [callboard.CodeUnavailable]; its cause may be a [StatusError].
func (c *Client) Bytes(ctx context.Context, address string, header http.Header) ([]byte, error) {
	host := hostOf(address)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, Unavailable(host, err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, Unavailable(host, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, Unavailable(host, &StatusError{Status: res.StatusCode, Header: res.Header})
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, Unavailable(host, err)
	}
	return raw, nil
}

// hostOf names the host of an address, for messages.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the provider"
	}
	return u.Host
}

// Unavailable says that somebody did not answer as they should, and why as far
// as a person may read it.
func Unavailable(who string, err error) error {
	why := "does not answer"
	var status *StatusError
	var netErr net.Error
	switch {
	case errors.As(err, &status):
		why = status.Error()
	case errors.Is(err, ErrTooLarge):
		why = ErrTooLarge.Error()
	case errors.As(err, &netErr) && netErr.Timeout(), errors.Is(err, context.DeadlineExceeded):
		why = "does not answer in time"
	}
	return &callboard.Error{Code: callboard.CodeUnavailable, Message: who + ": " + why + "; try again later", Err: err}
}

// Broken says what is wrong with what somebody answers; err is fit for people.
func Broken(who string, err error) error {
	return &callboard.Error{Code: callboard.CodeUnavailable, Message: who + ": " + err.Error() + "; an administrator has to look at it", Err: err}
}

// Refused says which check what came back from a provider does not pass.
func Refused(check string, err error) error {
	return &callboard.Error{Code: callboard.CodeUnauthenticated, Message: "the sign-in is refused: " + check, Err: err}
}
