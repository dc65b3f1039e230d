// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"github.com/callboard/callboard/catalog/catalogbench"
)

func benchCommand() *cobra.Command { return catalogbench.Command("database") }
