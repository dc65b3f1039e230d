// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/callboard/callboard"
)

// Failure is an error as a client may see it.
type Failure struct {
	// Status is the HTTP status.
	Status int
	// Code is the error's code.
	Code callboard.Code
	// Name is the error's name on the wire, such as "NotFoundError".
	Name string
	// Message is what a person may read; it never holds an internal cause.
	Message string
	// RequestID names the request in the log, or is empty.
	RequestID string
}

// FailureOf returns how err is shown to a client.
func FailureOf(err error) Failure {
	var large *http.MaxBytesError
	if errors.As(err, &large) && callboard.CodeOf(err) == callboard.CodeInternal {
		err = tooLarge(large)
	}
	code := callboard.CodeOf(err)
	f := Failure{Status: statusOf(code), Code: code, Message: callboard.MessageOf(err)}
	var s *statusError
	if errors.As(err, &s) {
		f.Status = s.status
	}
	f.Name = nameOf(f.Status)
	return f
}

func failureOf(r *http.Request, err error) Failure {
	if errors.Is(err, context.Canceled) && timedOut(r) {
		err = fmt.Errorf("%w (%w)", context.DeadlineExceeded, err)
	}
	f := FailureOf(err)
	f.RequestID = RequestIDFrom(r.Context())
	return f
}

// timedOut reports whether [Timeout] ended the request, which reaches handlers
// as a cancellation.
func timedOut(r *http.Request) bool {
	return errors.Is(context.Cause(r.Context()), context.DeadlineExceeded)
}

func tooLarge(err *http.MaxBytesError) error {
	return &callboard.Error{
		Code:    callboard.CodeTooLarge,
		Message: fmt.Sprintf("the request body is larger than %d bytes, which is the limit here", err.Limit),
		Err:     err,
	}
}

// StatusOf returns the HTTP status for err: 200 for nil.
func StatusOf(err error) int {
	if err == nil {
		return http.StatusOK
	}
	return FailureOf(err).Status
}

// WithStatus returns err with an HTTP status of its own, for the few answers
// that a code does not tell apart, such as 405, 415 and 422.
func WithStatus(err error, status int) error {
	return &statusError{err: err, status: status}
}

type statusError struct {
	err    error
	status int
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

func statusOf(code callboard.Code) int {
	switch code {
	case callboard.CodeInvalid:
		return http.StatusBadRequest
	case callboard.CodeUnauthenticated:
		return http.StatusUnauthorized
	case callboard.CodeForbidden:
		return http.StatusForbidden
	case callboard.CodeNotFound:
		return http.StatusNotFound
	case callboard.CodeConflict:
		return http.StatusConflict
	case callboard.CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case callboard.CodeRateLimited:
		return http.StatusTooManyRequests
	case callboard.CodeUnavailable:
		return http.StatusServiceUnavailable
	case callboard.CodeTimeout:
		return http.StatusGatewayTimeout
	default:
		return http.StatusInternalServerError
	}
}

// nameOf gives the names that Backstage's clients turn back into error
// classes; the others follow their pattern.
func nameOf(status int) string {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return "InputError"
	case http.StatusUnauthorized:
		return "AuthenticationError"
	case http.StatusForbidden:
		return "NotAllowedError"
	case http.StatusNotFound:
		return "NotFoundError"
	case http.StatusConflict:
		return "ConflictError"
	case http.StatusNotModified:
		return "NotModifiedError"
	case http.StatusNotImplemented:
		return "NotImplementedError"
	case http.StatusServiceUnavailable:
		return "ServiceUnavailableError"
	case http.StatusMethodNotAllowed:
		return "MethodNotAllowedError"
	case http.StatusRequestEntityTooLarge:
		return "PayloadTooLargeError"
	case http.StatusUnsupportedMediaType:
		return "UnsupportedMediaTypeError"
	case http.StatusTooManyRequests:
		return "TooManyRequestsError"
	case http.StatusGatewayTimeout:
		return "TimeoutError"
	default:
		return "Error"
	}
}
