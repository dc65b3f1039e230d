// SPDX-License-Identifier: Apache-2.0

// Package admin is where administrators look after a portal: who changed what,
// background work, what the portal is made of, its configuration and its
// health, as pages below /admin and as an API below /api/admin.
//
// Start from [Package]. It needs a portal with permissions; each route needs
// one of those that [Declaration] names, which administrators alone have unless
// roles are configured.
package admin
