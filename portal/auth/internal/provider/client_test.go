// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/auth/internal/provider"
)

func TestLinkLocalAddressesAreRefused(t *testing.T) {
	t.Parallel()
	c := provider.NewClient(nil)
	for _, address := range []string{"http://169.254.169.254/latest", "http://[fe80::1%25lo]/", "http://0.0.0.0:80/", "http://[::ffff:169.254.169.254]/"} {
		var out any
		err := c.JSON(t.Context(), address, nil, &out)
		if callboard.CodeOf(err) != callboard.CodeUnavailable || !strings.Contains(err.Error(), "link-local or special") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestAnAnswerUpToTheLimit(t *testing.T) {
	t.Parallel()
	size := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept") != "application/json" || r.Header.Get("X-Test") != "yes" {
			t.Errorf("the request has the headers %v", r.Header)
		}
		_, _ = w.Write([]byte(`"` + strings.Repeat("x", size-2) + `"`))
	}))
	t.Cleanup(s.Close)
	for _, test := range []struct {
		size int
		ok   bool
	}{{100, true}, {1 << 20, true}, {1<<20 + 1, false}} {
		size = test.size
		var out string
		err := provider.NewClient(nil).JSON(t.Context(), s.URL, http.Header{"X-Test": {"yes"}}, &out)
		if (err == nil) != test.ok || test.ok && len(out) != size-2 {
			t.Errorf("%d bytes: read %d, %v", size, len(out), err)
		}
	}
}
