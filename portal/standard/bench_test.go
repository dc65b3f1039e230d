// SPDX-License-Identifier: Apache-2.0

package standard_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/standard"
)

// TestBench: every portal has the command, which leaves its database alone.
func TestBench(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	var out, progress bytes.Buffer
	code := portal.Run(t.Context(), &portal.Program{
		Packages: []func(do.Injector){standard.Package()},
		Args:     []string{"portal", "bench", "-n", "20", "--each", "1ms", "--data", data + "/none"},
		Stdout:   &out, Stderr: &progress,
	})
	if code != portal.ExitOK || !strings.Contains(out.String(), "page of services") {
		t.Errorf("portal bench = %d\n%s\n%s", code, &out, &progress)
	}
}
