// SPDX-License-Identifier: Apache-2.0

package fetch

import (
	"context"
	"net/http"
	"net/url"

	"github.com/callboard/callboard"
)

// Post is [Client.Get] with the method POST and the body for addresses that are
// secrets themselves, as those of webhooks are: no error names more of them than
// the host. Request.ETag and Request.LastModified have no meaning.
func (c *Client) Post(ctx context.Context, to string, body []byte, req *Request) (*Response, error) {
	plain := Request{}
	if req != nil {
		plain = *req
	}
	plain.ETag, plain.LastModified, plain.Method, plain.Body = "", "", http.MethodPost, body
	t, err := parseTarget(to)
	if err != nil {
		return nil, failure(callboard.CodeInvalid, nil, "the URL to send to is odd; write https://host/path")
	}
	shown := t.site()
	if err := c.allowed(t); err != nil {
		return nil, failure(callboard.CodeOf(err), nil, "nothing may be sent to %s; add it to fetch.allow, and to fetch.allowPrivate if its address is private", shown.url.Host)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.opts.Timeout, errTotalTime)
	defer cancel()
	r, err := c.request(ctx, t, &plain, true)
	if err != nil {
		return nil, err
	}
	res, next, err := c.once(r, shown, &plain)
	if err == nil && next != nil {
		err = failure(callboard.CodeUnavailable, nil, "%s redirects what is sent to it, which is not followed", shown.url.Host)
	}
	return res, err
}

// site is the target without its path and query.
func (t target) site() target {
	t.url = &url.URL{Scheme: t.url.Scheme, Host: t.url.Host}
	return t
}
