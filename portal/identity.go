// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/ui"
)

// identifiers are those that say who makes a request. They are known when all
// modules are built.
type identifiers struct {
	list atomic.Pointer[[]auth.Identifier]
	// public says that others reach the portal: nobody counts as local then.
	public bool
}

func (ids *identifiers) all() []auth.Identifier {
	if list := ids.list.Load(); list != nil {
		return *list
	}
	return nil
}

// identify puts the identity of the reader into the request's context, and what
// decisions about them are made from.
func (ids *identifiers) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, identifier := range ids.all() {
			id, err := identifier.Identify(r)
			if err != nil {
				var refused auth.Challenger
				if errors.As(err, &refused) {
					w.Header().Set("WWW-Authenticate", refused.Challenge())
				}
				httpx.Fail(w, r, err)
				return
			}
			if id.SignedIn() {
				httpx.Annotate(r.Context(), slog.String("user", id.Subject))
				r = r.WithContext(callboard.WithIdentity(r.Context(), id))
				break
			}
		}
		ctx := permission.WithMemo(r.Context())
		if !ids.public && httpx.IsLocal(r) {
			ctx = permission.WithLocal(ctx)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// account is what the shell shows of the reader: what the first that knows the
// reader says, or else how to sign in.
func (ids *identifiers) account(r *http.Request) ui.Account {
	var account ui.Account
	for n, identifier := range ids.all() {
		a := identifier.Account(r)
		if a.Name != "" {
			return a
		}
		if n == 0 {
			account = a
		}
	}
	return account
}

// warning is what an identifier wants every reader to know, or nil.
func (ids *identifiers) warning(r *http.Request) *ui.Notice {
	for _, identifier := range ids.all() {
		if warner, ok := identifier.(auth.Warner); ok {
			if n := warner.Warning(r); n != nil {
				return n
			}
		}
	}
	return nil
}

// unlessBearer leaves requests with a bearer token out of a check of where they
// come from. The token is who they are, cookies do not count, and a page of
// another site cannot send one unless the portal allows it by CORS, which it
// does not.
func unlessBearer(check func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		checked := check(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, ok := auth.Bearer(r); ok {
				next.ServeHTTP(w, r)
				return
			}
			checked.ServeHTTP(w, r)
		})
	}
}
