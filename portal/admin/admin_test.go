// SPDX-License-Identifier: Apache-2.0

package admin_test

import (
	"testing"

	"github.com/callboard/callboard/portal/admin"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/portaltest"
	"github.com/callboard/callboard/portal/telemetry"
)

// TestModule: administration behaves without any domain beside it.
func TestModule(t *testing.T) {
	portaltest.TestModule(t, admin.Package(), permission.Package(), telemetry.Package())
}
