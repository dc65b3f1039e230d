// SPDX-License-Identifier: Apache-2.0

// Package notifyweb has the pages, the API and the command of notifications:
// the inbox with the bell in the header of every page, what a person wants to
// hear of and how, what they follow, and for programs the routes of the
// Backstage notifications backend at /api/notifications.
//
// Each person reads and marks their own inbox alone; whoever may send is in the
// audit log. Start from [Package] and [New].
package notifyweb
