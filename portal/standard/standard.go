// SPDX-License-Identifier: Apache-2.0

// Package standard composes every built-in module that needs no vendor's SDK:
//
//	portal.Main(standard.Package(), acme.Package())
//
// A portal that wants only some of them names those packages itself.
package standard

import (
	_ "time/tzdata" // people choose their time zone on machines that have none

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/catalog/catalogagent"
	"github.com/callboard/callboard/catalog/catalogapi"
	"github.com/callboard/callboard/catalog/catalogintegration"
	"github.com/callboard/callboard/catalog/catalogsearch"
	"github.com/callboard/callboard/catalog/catalogweb"
	"github.com/callboard/callboard/catalog/guardedcatalog"
	"github.com/callboard/callboard/catalog/sqlcatalog"
	"github.com/callboard/callboard/portal/admin"
	"github.com/callboard/callboard/portal/agent"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/oauthauth"
	"github.com/callboard/callboard/portal/auth/oidcauth"
	"github.com/callboard/callboard/portal/auth/proxyauth"
	"github.com/callboard/callboard/portal/home"
	"github.com/callboard/callboard/portal/integration"
	"github.com/callboard/callboard/portal/notify"
	"github.com/callboard/callboard/portal/notify/mailnotify"
	"github.com/callboard/callboard/portal/notify/notifyagent"
	"github.com/callboard/callboard/portal/notify/notifyweb"
	"github.com/callboard/callboard/portal/notify/slacknotify"
	"github.com/callboard/callboard/portal/notify/webhooknotify"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/permission/permissionweb"
	"github.com/callboard/callboard/portal/search/searchagent"
	"github.com/callboard/callboard/portal/search/searchweb"
	"github.com/callboard/callboard/portal/telemetry"
	"github.com/callboard/callboard/portal/ui/stylepage"
)

// Package returns all built-in modules.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		for _, add := range packages() {
			add(i)
		}
	}
}

// packages are the built-in modules, what others build on first.
func packages() []func(do.Injector) {
	return []func(do.Injector){
		stylepage.Package(),
		permission.Package(),
		sqlcatalog.Package(),
		guardedcatalog.Package(),
		catalogService,
		catalogapi.Package(),
		catalogweb.Package(),
		catalogsearch.Package(),
		searchweb.Package(),
		integration.Package(),
		catalogintegration.Package(),
		directory,
		newcomerPackage,
		auth.Package(),
		oidcauth.Package(),
		oauthauth.Package(),
		proxyauth.Package(),
		permissionweb.Package(),
		recipientPackage,
		notify.Package(),
		mailnotify.Package(),
		slacknotify.Package(),
		webhooknotify.Package(),
		notifyweb.Package(),
		followPackage,
		agent.Package(),
		catalogagent.Package(),
		searchagent.Package(),
		notifyagent.Package(),
		home.Package(),
		admin.Package(),
		telemetry.Package(),
		catalogMetrics,
		bench,
	}
}
