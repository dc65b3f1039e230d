// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"github.com/callboard/callboard/portal/integration"
)

// integrationCommand checks definitions of integrations, and lists those that
// ship.
func integrationCommand() *cobra.Command {
	return integration.Command(func() (*integration.Library, error) { return integration.NewLibrary(nil), nil })
}
