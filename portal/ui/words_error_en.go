// SPDX-License-Identifier: Apache-2.0

package ui

// englishErrors returns the words of the error pages.
func englishErrors() []word {
	return []word{
		say("error.400.title", "The request was not understood"),
		say("error.400.advice", "Check the address, or go back and change what was entered."),
		say("error.401.title", "Sign in to see this page"),
		say("error.401.advice", "You come back here afterwards."),
		say("error.403.title", "You may not do this"),
		say("error.403.advice", "Ask an administrator of the portal for the permission, and name the id below."),
		say("error.404.title", "Nothing is here"),
		say("error.404.advice", "It may have been renamed or removed, or the link has a mistake. The search finds it by its name."),
		say("error.405.title", "This address does not work that way"),
		say("error.405.advice", "Open the page from its link, and use its buttons."),
		say("error.409.title", "Somebody was faster"),
		say("error.409.advice", "The thing has changed since you opened it. Look at it again, then repeat what you wanted."),
		say("error.413.title", "That is too large"),
		say("error.413.advice", "Send less, or ask an administrator to raise the limit."),
		say("error.429.title", "Too many requests"),
		say("error.429.advice", "Wait a moment, then try again."),
		say("error.500.title", "Something broke on our side"),
		say("error.500.advice", "Trying again may help. If it does not, report the id below: the log has the cause under it."),
		say("error.503.title", "Something this page needs does not answer"),
		say("error.503.advice", "Other pages still work. Try again in a moment."),
		say("error.504.title", "This took too long"),
		say("error.504.advice", "It was stopped so that nothing else waits. Try again, or ask for less at once."),
	}
}
