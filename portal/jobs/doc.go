// SPDX-License-Identifier: Apache-2.0

// Package jobs is durable background work: a job is enqueued in the same
// transaction as the change that calls for it, runs within milliseconds of the
// commit, is tried again when it fails, survives the process, and can be seen
// and stopped while it runs.
//
//	type Refresh struct{ Ref string }
//
//	var refresh = jobs.Define[Refresh]("catalog.refresh", nil)
//
//	// at start
//	err := queue.Register(refresh.Handler(func(ctx context.Context, job *jobs.Job[Refresh]) error {
//		return catalog.Refresh(ctx, job.Args.Ref)
//	}, nil))
//
//	// in a transaction
//	ticket, err := refresh.EnqueueTx(ctx, tx, queue, Refresh{Ref: ref}, nil)
//
// [Queue] is the whole interface; most code needs only [Enqueuer], pages need
// [Inspector]. The package sqljobs makes a Queue on either database: River on
// PostgreSQL, where every replica works, and a queue of our own on SQLite, where
// one process works at a time. The conformance suite for both, and for any
// other, is jobstest.TestQueue.
//
// A job runs at least once: a process may die after the work and before the
// queue has noted it. Work whose effects are writes to the same database runs
// exactly once if it calls [Job.CompleteTx] in the transaction that writes.
package jobs
