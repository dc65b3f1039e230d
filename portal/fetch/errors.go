// SPDX-License-Identifier: Apache-2.0

package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/callboard/callboard"
)

// maxRetryAfter bounds what a server may ask us to wait.
const maxRetryAfter = 24 * time.Hour

// StatusError is the cause of an error when a server answered with a status
// that gives no content.
type StatusError struct {
	// Status is the HTTP status.
	Status int
	// RetryAfter is how long the server asks to wait; 0 if it does not say.
	RetryAfter time.Duration
}

// Error names the status.
func (e *StatusError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("status %d %s", e.Status, http.StatusText(e.Status)))
}

// RetryAfter returns how long a server that refused asks to wait. It is false
// if err is no such refusal or the server does not say.
func RetryAfter(err error) (time.Duration, bool) {
	var s *StatusError
	if errors.As(err, &s) && s.RetryAfter > 0 {
		return s.RetryAfter, true
	}
	return 0, false
}

func failure(code callboard.Code, cause error, format string, args ...any) error {
	return &callboard.Error{Code: code, Message: fmt.Sprintf(format, args...), Err: cause}
}

func notAllowed(t target) error {
	if t.url.Scheme == "http" {
		return failure(callboard.CodeForbidden, nil,
			"%s is not on the allow list; use https, or add %s to fetch.allow", t, t.url.Scheme+"://"+t.url.Host)
	}
	return failure(callboard.CodeForbidden, nil, "%s is not on the allow list; add %s to fetch.allow", t, t.url.Host)
}

// transportError turns a failure to get an answer into one with a code.
func transportError(ctx context.Context, t target, timeout time.Duration, err error) error {
	var coded *callboard.Error
	var netErr net.Error
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err, &coded):
		return coded
	case errors.Is(context.Cause(ctx), errTotalTime):
		return failure(callboard.CodeTimeout, err, "%s was not read within %s", t, timeout)
	case ctx.Err() != nil:
		return failure(callboard.CodeTimeout, ctx.Err(), "reading %s was stopped", t)
	case errors.As(err, &cert):
		return failure(callboard.CodeUnavailable, err, "the certificate of %s is not trusted; check it, or add its authority", t.url.Host)
	case errors.As(err, &netErr) && netErr.Timeout():
		return failure(callboard.CodeTimeout, err, "%s sent nothing for too long", t.url.Host)
	default:
		return failure(callboard.CodeUnavailable, err, "%s could not be read: the connection failed", t)
	}
}

// statusError turns a status without content into an error that says what to do.
func statusError(t target, res *http.Response, now time.Time) error {
	cause := &StatusError{Status: res.StatusCode, RetryAfter: parseRetryAfter(res.Header.Get("Retry-After"), now)}
	spent := res.Header.Get("X-RateLimit-Remaining") == "0" // how GitHub and its kin refuse
	if spent && cause.RetryAfter == 0 {
		cause.RetryAfter = parseReset(res.Header.Get("X-RateLimit-Reset"), now)
	}
	switch status := res.StatusCode; {
	case status == http.StatusForbidden && spent:
		return failure(callboard.CodeRateLimited, cause, "%s wants fewer requests; try again%s", t.url.Host, later(cause.RetryAfter))
	case status == http.StatusNotFound || status == http.StatusGone:
		return failure(callboard.CodeNotFound, cause, "there is nothing at %s, or the token for %s may not see it", t, t.url.Host)
	case status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusProxyAuthRequired:
		return failure(callboard.CodeForbidden, cause, "%s refused to show %s (%d); check the token for the host", t.url.Host, t.url.EscapedPath(), status)
	case status == http.StatusTooManyRequests:
		return failure(callboard.CodeRateLimited, cause, "%s wants fewer requests; try again%s", t.url.Host, later(cause.RetryAfter))
	case status == http.StatusRequestTimeout || status >= 500:
		return failure(callboard.CodeUnavailable, cause, "%s cannot answer now (%d); try again%s", t.url.Host, status, later(cause.RetryAfter))
	default:
		return failure(callboard.CodeInvalid, cause, "%s answered %d for %s, which gives nothing to read", t.url.Host, status, t.url.EscapedPath())
	}
}

func later(d time.Duration) string {
	if d == 0 {
		return " later"
	}
	return " in " + d.Round(time.Second).String()
}

// parseReset reads the second at which a budget is renewed.
func parseReset(header string, now time.Time) time.Duration {
	seconds, err := strconv.ParseInt(strings.TrimSpace(header), 10, 64)
	if err != nil {
		return 0
	}
	return min(max(time.Unix(seconds, 0).Sub(now), 0), maxRetryAfter)
}

// parseRetryAfter reads seconds or a date; 0 for what it cannot read.
func parseRetryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}
