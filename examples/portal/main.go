// SPDX-License-Identifier: Apache-2.0

// Command portal is the reference portal: every built-in module, and a demo
// company to look at.
package main

import (
	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/standard"
)

func main() {
	portal.Main(standard.Package(), demo)
}
