// SPDX-License-Identifier: Apache-2.0

// Package events tells other parts of the portal, and its other replicas, that
// something happened: "the entity changed", "the job moved on". It is for
// refreshing what is cached or shown, not for work that must happen; that is a
// job, see portal/jobs.
//
//	type Changed struct{ Ref string }
//
//	var changed = events.NewTopic[Changed]("catalog.changed")
//
//	sub := changed.Subscribe(bus, 0)
//	defer sub.Close()
//	for event, err := range sub.All(ctx) {
//		if event.Missed > 0 { … } // reload everything: some events were dropped
//	}
//
//	err = changed.PublishTx(ctx, tx, bus, Changed{Ref: ref}) // told when tx commits
//
// [Local] is a [Bus] within one process. The package sqlevents has the one that
// spans the replicas of a portal on PostgreSQL. A publisher never waits for a
// subscriber: each has a bounded buffer, and when it is full the oldest events
// are dropped and counted in the next one's Missed.
package events
