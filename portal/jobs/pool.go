// SPDX-License-Identifier: Apache-2.0

package jobs

// Pool is a queue with workers of its own in each process, beside those of
// [DefaultQueue], for jobs that must not hold up the others. Packages contribute
// lists of them to a portal.
type Pool struct {
	// Queue is the queue's name.
	Queue string
	// Workers is how many of its jobs run at once.
	Workers int
}
