// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"slices"

	"golang.org/x/text/feature/plural"
	textcatalog "golang.org/x/text/message/catalog"
)

// word is one entry of the catalogue.
type word struct {
	key  string
	text []textcatalog.Message
}

func say(key, text string) word {
	return word{key, []textcatalog.Message{textcatalog.String(text)}}
}

func count(key, one, other string) word {
	return word{key, []textcatalog.Message{plural.Selectf(1, "%d", plural.One, one, plural.Other, other)}}
}

// english returns all words that come with the package.
func english() []word {
	return slices.Concat(englishShell(), englishParts(), englishTimes(), englishErrors())
}

// englishShell returns the words around every page.
func englishShell() []word {
	return []word{
		say("shell.skip", "Skip to content"),
		say("shell.nav", "Main"),
		say("shell.nav.foot", "Administration and settings"),
		say("shell.menu", "Menu"),
		say("shell.search", "Search"),
		say("shell.search.hint", "Search entities, docs, people"),
		say("shell.environment", "Environment"),
		say("shell.inbox", "Notifications"),
		say("shell.unread", "%s unread"),
		say("shell.account", "Account of %s"),
		say("shell.signin", "Sign in"),
		say("shell.nobody", "Not signed in"),
		say("shell.theme", "Theme"),
		say("shell.theme.light", "Light"),
		say("shell.theme.dark", "Dark"),
		say("shell.theme.system", "System"),
		say("shell.keys", "Keys"),
		say("shell.keys.show", "Show keys"),
		say("shell.keys.on", "Turn single-key shortcuts on"),
		say("shell.keys.off", "Turn single-key shortcuts off"),
		say("shell.notices", "Notices"),
		say("shell.crumbs", "You are here"),
		say("shell.close", "Close"),
		say("shell.views", "Views of %s"),
		say("shell.go", "Go to"),
		say("shell.results", "Results"),
		say("shell.noresults", "Nothing found. Enter searches everything."),
		say("keys.title", "Keys"),
		say("keys.search", "Search, or run a command"),
		say("keys.help", "Show this list"),
		say("keys.close", "Close what is open"),
		say("keys.move", "Move in a list"),
		say("keys.open", "Open the item"),
		say("keys.off", "Single-key shortcuts are off. Ctrl K still works."),
	}
}

// englishParts returns the words of the components.
func englishParts() []word {
	return []word{
		say("do.copy", "Copy"),
		say("do.copied", "Copied"),
		say("do.apply", "Apply"),
		say("do.reset", "Reset filters"),
		say("do.retry", "Try again"),
		say("do.cancel", "Cancel"),
		say("do.home", "Go to the home page"),
		say("do.back", "Go back"),
		say("do.more", "More"),
		say("page.next", "Next page"),
		say("page.prev", "Previous page"),
		say("page.range", "%d to %d of %d"),
		say("page.pages", "Pages"),
		say("page.open", "%d to %d"),
		say("facet.label", "Filters"),
		say("do.details", "Details"),
		say("def.required", "required"),
		say("def.deprecated", "deprecated"),
		say("def.default", "Default"),
		say("def.values", "One of"),
		say("diff.none", "Nothing changed."),
		say("diff.label", "Changed lines"),
		say("tree.below", "Below %s"),
		say("sort.by", "Sort by %s"),
		say("sort.asc", "sorted ascending"),
		say("sort.desc", "sorted descending"),
		say("form.errors", "Some fields need another look"),
		say("form.optional", "optional"),
		say("form.choose", "Choose one"),
		say("chart.numbers", "Numbers"),
		say("chart.none", "No data in this range"),
		say("time.never", "never"),
		say("time.now", "now"),
		say("step.done", "done"),
		say("step.now", "in progress"),
		say("step.next", "to come"),
		say("step.failed", "failed"),
		say("error.id", "Id for the log"),
		say("error.permission", "Needs the permission"),
		say("error.granted", "Granted by"),
		say("state.partial", "%d of %d sources answered"),
		say("state.stale", "Old data, read"),
		say("graph.zoomin", "Zoom in"),
		say("graph.zoomout", "Zoom out"),
		say("graph.fit", "Show all"),
	}
}

// englishTimes returns how long ago or ahead something is.
func englishTimes() []word {
	return []word{
		count("time.seconds.ago", "%d s ago", "%d s ago"),
		count("time.minutes.ago", "%d min ago", "%d min ago"),
		count("time.hours.ago", "%d h ago", "%d h ago"),
		count("time.days.ago", "%d day ago", "%d days ago"),
		count("time.seconds.in", "in %d s", "in %d s"),
		count("time.minutes.in", "in %d min", "in %d min"),
		count("time.hours.in", "in %d h", "in %d h"),
		count("time.days.in", "in %d day", "in %d days"),
	}
}
