// SPDX-License-Identifier: Apache-2.0

package callboard

import (
	"context"
	"errors"
)

// Code says what kind of failure an error is. Callers branch on it with
// [CodeOf]; they never branch on an error's text.
type Code string

// The codes. Each maps to one HTTP status at the edge.
const (
	// CodeInvalid: the input breaks a rule; the message says which (400).
	CodeInvalid Code = "invalid"
	// CodeUnauthenticated: the caller is not signed in (401).
	CodeUnauthenticated Code = "unauthenticated"
	// CodeForbidden: the caller may not do this (403).
	CodeForbidden Code = "forbidden"
	// CodeNotFound: the thing named does not exist (404).
	CodeNotFound Code = "not_found"
	// CodeConflict: the state does not allow it, or somebody was faster (409).
	CodeConflict Code = "conflict"
	// CodeTooLarge: a size, depth or count limit was exceeded (413).
	CodeTooLarge Code = "too_large"
	// CodeRateLimited: too many requests; try again later (429).
	CodeRateLimited Code = "rate_limited"
	// CodeUnavailable: something needed did not answer; a retry may help (503).
	CodeUnavailable Code = "unavailable"
	// CodeTimeout: a deadline passed or the caller went away (504).
	CodeTimeout Code = "timeout"
	// CodeInternal: a fault of ours; the cause is in the log only (500).
	CodeInternal Code = "internal"
)

// Error is a failure with a code and a message that may be shown to a person.
// The cause in Err may not: it goes to the log.
type Error struct {
	Code    Code
	Message string
	Err     error
}

// Error returns the message and, behind it, the cause.
func (e *Error) Error() string {
	switch {
	case e.Err == nil:
		return e.Message
	case e.Message == "":
		return e.Err.Error()
	default:
		return e.Message + ": " + e.Err.Error()
	}
}

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the first [Error] in err's chain. A context's end
// is [CodeTimeout], any other error [CodeInternal], and nil is the empty code.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return CodeTimeout
	default:
		return CodeInternal
	}
}

// Refused reports whether err says that the caller may not do something, or not
// without signing in.
func Refused(err error) bool {
	code := CodeOf(err)
	return code == CodeForbidden || code == CodeUnauthenticated
}

// MessageOf returns what a person may read of err: the message of the first
// [Error] in its chain, or a neutral sentence that gives nothing away.
func MessageOf(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Message != "" {
		return e.Message
	}
	if CodeOf(err) == CodeTimeout {
		return "the request took too long and was stopped"
	}
	return "something went wrong; the log has the cause"
}
