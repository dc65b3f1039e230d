// SPDX-License-Identifier: Apache-2.0

package fetch

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/callboard/callboard"
)

// Post sends a body to the URL and reads the answer, within the same limits as
// [Client.Get]. A redirect is an error: what was meant for one place goes to no
// other. Addresses to post to often hold a secret, so no error names more of
// them than the host. Request.ETag and Request.LastModified have no meaning.
func (c *Client) Post(ctx context.Context, to string, body []byte, req *Request) (*Response, error) {
	plain := Request{}
	if req != nil {
		plain = *req
	}
	plain.ETag, plain.LastModified = "", ""
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
	r.Method, r.ContentLength = http.MethodPost, int64(len(body))
	r.Body = io.NopCloser(bytes.NewReader(body))
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
