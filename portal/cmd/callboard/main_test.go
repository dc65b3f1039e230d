// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		{[]string{"version"}, 0, "github.com/callboard/callboard", ""},
		{[]string{"--help"}, 0, "Exit codes:", ""},
		{nil, 0, "Available Commands:", ""},
		{[]string{"brew"}, 2, "", `unknown command "brew" for "callboard"`},
		{[]string{"bench", "-n", "20", "--each", "1ms"}, 0, "page of services", "20 entities: ingest"},
		{[]string{"bench", "-n", "0"}, 1, "", "-n 0: a size is from 1 to 10,000,000"},
		{[]string{"version", "--loud"}, 2, "", "unknown flag: --loud\nRun 'callboard version --help'"},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), tt.args, &stdout, &stderr)
			if code != tt.code || !strings.Contains(stdout.String(), tt.stdout) || !strings.Contains(stderr.String(), tt.stderr) {
				t.Errorf("callboard %q = %d\nstdout %s\nstderr %s\nwant %d, %q, %q", tt.args, code, &stdout, &stderr, tt.code, tt.stdout, tt.stderr)
			}
		})
	}
}
