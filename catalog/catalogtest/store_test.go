// SPDX-License-Identifier: Apache-2.0

package catalogtest_test

import (
	"testing"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
)

// TestMemoryStore holds the judge of the other stores to the same contract.
func TestMemoryStore(t *testing.T) {
	t.Parallel()
	catalogtest.TestStore(t, func(testing.TB) catalog.Store { return catalogtest.NewStore() })
}
