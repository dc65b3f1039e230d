// SPDX-License-Identifier: Apache-2.0

// Command acme-portal is a company's portal: every built-in module and its own.
package main

import (
	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/standard"
)

func main() {
	portal.Main(standard.Package(), Package())
}
