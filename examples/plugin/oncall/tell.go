// SPDX-License-Identifier: Apache-2.0

package oncall

import (
	"time"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/notify"
)

// Topic is what the module tells people. Each of them chooses by which channel
// they hear of it; until they do, it is whatever the portal's default is.
func Topic() notify.Topic {
	return notify.Topic{ID: "oncall.turn", Title: "On call", Description: "When a new roster puts you on call."}
}

// turnsOver returns what to tell whoever is on call by a new roster and was not
// by the one before. Of the first roster nobody is told: nothing changed.
func turnsOver(before, after []Rota, now time.Time) []notify.Notification {
	had := rotasByName(before)
	var all []notify.Notification
	for _, rota := range after {
		turn := rota.At(now)
		if old, ok := had[rota.Name]; len(before) == 0 || ok && old.At(now).Person == turn.Person {
			continue
		}
		all = append(all, notify.Notification{
			To:       []string{catalog.NewRef("user", "", turn.Person).String()},
			Topic:    Topic().ID,
			Severity: notify.High,
			Title:    "You are on call for " + rota.Title,
			Text:     "Until " + turn.To.UTC().Format("2 Jan 15:04 UTC") + ". The channel is " + rota.Channel + ".",
			Link:     "/oncall",
			Origin:   "oncall",
			// The next one about the rota takes its place in the inbox.
			Scope: rota.Name,
		})
	}
	return all
}
