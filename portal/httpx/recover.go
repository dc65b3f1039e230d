// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
)

// Recover turns a panic into an internal error with its stack in the log. If
// the response has begun, the connection is cut instead.
func Recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := record(w)
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			err := fmt.Errorf("panic: %v\n%s", v, debug.Stack())
			if rec.started() {
				logFailure(r, failureOf(r, err), err)
				panic(http.ErrAbortHandler)
			}
			Fail(rec, r, err)
		}()
		next.ServeHTTP(rec, r)
	})
}
