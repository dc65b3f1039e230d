// SPDX-License-Identifier: Apache-2.0

package standard

import (
	"github.com/samber/do/v2"
	"github.com/spf13/cobra"

	"github.com/callboard/callboard/catalog/catalogbench"
	"github.com/callboard/callboard/portal/module"
)

// bench adds the command bench. It works on scratch databases of its own, so
// what it measures on is not the portal's --database.
func bench(i do.Injector) {
	module.AddCommand(i, func(do.Injector) *cobra.Command { return catalogbench.Command("on") })
}
