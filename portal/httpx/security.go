// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// ContentSecurityPolicy is the policy that [SecurityHeaders] sends: scripts,
// styles and images of our own only, no frames, no plug-ins.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

const cspHeader = "Content-Security-Policy"

// SecurityHeaders sets the headers that keep browsers from doing what no page
// of ours asks for. A route that needs a source from elsewhere says so with
// [WithCSP] or [AllowCSP].
func SecurityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set(cspHeader, ContentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()")
		if IsHTTPS(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// WithCSP adds sources to one directive of the policy for the routes within,
// such as "frame-src", "https://grafana.example.com". Sources that would end
// the directive are a programmer's mistake and panic at start.
func WithCSP(directive string, sources ...string) func(http.Handler) http.Handler {
	if err := checkCSP(directive, sources); err != nil {
		panic(err)
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			allowCSP(w.Header(), directive, sources)
			next.ServeHTTP(w, r)
		})
	}
}

// AllowCSP adds sources to one directive of the policy of this response. It is
// for handlers that know the sources at the request only; call it before the
// response begins.
func AllowCSP(w http.ResponseWriter, directive string, sources ...string) error {
	if err := checkCSP(directive, sources); err != nil {
		return err
	}
	allowCSP(w.Header(), directive, sources)
	return nil
}

func checkCSP(directive string, sources []string) error {
	for _, s := range append([]string{directive}, sources...) {
		bad := strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c > '~' || c == ';' || c == ',' })
		if s == "" || bad {
			return fmt.Errorf("httpx: %q cannot stand in a content security policy", s)
		}
	}
	return nil
}

func allowCSP(h http.Header, directive string, sources []string) {
	policy := h.Get(cspHeader)
	if policy == "" {
		return // no policy, nothing is forbidden
	}
	parts := strings.Split(policy, ";")
	for i, part := range parts {
		fields := strings.Fields(part)
		if len(fields) == 0 || fields[0] != directive {
			continue
		}
		fields = slices.DeleteFunc(fields, func(s string) bool { return s == "'none'" || slices.Contains(sources, s) })
		parts[i] = " " + strings.Join(append(fields, sources...), " ")
		h.Set(cspHeader, strings.TrimSpace(strings.Join(parts, ";")))
		return
	}
	h.Set(cspHeader, policy+"; "+directive+" "+strings.Join(sources, " "))
}
