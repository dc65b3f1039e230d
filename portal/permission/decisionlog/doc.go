// SPDX-License-Identifier: Apache-2.0

// Package decisionlog remembers for a day or two what was decided of whom, so
// that a changed policy can be tried against it before it is saved:
//
//	log, err := decisionlog.New(ctx, db, nil)
//	checker.Watch(log.Note)
//	…
//	roles, err := permission.ParseSettings("changed.yaml", text, set)
//	day, err := log.LastDay(ctx)
//	trial, err := day.Try(ctx, checker.WithRoles(roles))
//	for _, change := range trial.Changes { … }
//
// A decision is kept once for each caller, permission and day (UTC), with how
// often it was made. Of the caller it keeps what is needed to decide again:
// subject, groups, the scope of its key, and those claims that bindings speak
// of; no token, and nothing of the session. Noting is a look into a map; the
// database is written in the background. What is kept is bounded: of each day
// the decisions that were made last.
package decisionlog
