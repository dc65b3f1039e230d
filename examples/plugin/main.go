// SPDX-License-Identifier: Apache-2.0

// Command plugin is a company's portal: every built-in module, and one of the
// company's own.
//
//	go run ./examples/plugin --config examples/plugin/portal.yaml
//
// Read package oncall for how a module is made.
package main

import (
	"github.com/callboard/callboard/examples/plugin/oncall"
	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/standard"
)

func main() {
	portal.Main(standard.Package(), oncall.Package())
}
