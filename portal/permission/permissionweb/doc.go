// SPDX-License-Identifier: Apache-2.0

// Package permissionweb explains permissions: a page, an API and a command that
// list the roles with who has them, and answer "may this one do that to this,
// and why". Another page tries a changed policy on what was decided in the last
// day. Nothing is changed: roles stand in the configuration.
package permissionweb
