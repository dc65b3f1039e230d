// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"testing"

	"github.com/callboard/callboard/portal/integration"
)

// BenchmarkBuiltin is the cost of compiling every definition that ships.
func BenchmarkBuiltin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := integration.Builtin(); err != nil {
			b.Fatal(err)
		}
	}
}
