// SPDX-License-Identifier: Apache-2.0

package catalog

import "time"

// ProviderState is what a provider is doing.
type ProviderState string

// The states.
const (
	// ProviderIdle: not started, or another replica runs it.
	ProviderIdle ProviderState = "idle"
	// ProviderRunning: it runs, and delivers when it has something.
	ProviderRunning ProviderState = "running"
	// ProviderWaiting: it finished and will run again at Next.
	ProviderWaiting ProviderState = "waiting"
	// ProviderFailed: its last delivery failed, or it ended with an error and
	// will be tried again at Next.
	ProviderFailed ProviderState = "failed"
	// ProviderHeld: it dropped so much that nothing was removed; see [Service.Release].
	ProviderHeld ProviderState = "held"
)

// ProviderStatus is how a provider is doing, as this replica knows it. It is
// kept in memory: after a restart it starts anew, except for Sources.
type ProviderStatus struct {
	Name  string        `json:"name"`
	State ProviderState `json:"state"`
	// LastRun is when it last began a delivery, LastSuccess when one last
	// ended well, Next when it will run again; zero is never or unknown.
	LastRun     time.Time `json:"lastRun,omitzero"`
	LastSuccess time.Time `json:"lastSuccess,omitzero"`
	Next        time.Time `json:"next,omitzero"`
	// Duration is how long the last delivery took.
	Duration time.Duration `json:"duration"`
	// Added, Changed, Removed and Unchanged count sources of the last delivery.
	Added     int `json:"added"`
	Changed   int `json:"changed"`
	Removed   int `json:"removed"`
	Unchanged int `json:"unchanged"`
	// Held counts the sources that would be removed if the guard let them, and
	// Had how many there were.
	Held int `json:"held,omitempty"`
	Had  int `json:"had,omitempty"`
	// Error is the last failure; empty after a success.
	Error string `json:"error,omitempty"`
}

// Guard says when a provider that drops sources is held back: nothing is then
// removed until [Service.Release]. Dropping everything is always held back.
type Guard struct {
	// MaxDrop is the share of its sources, 0 to 1, that a provider may drop at
	// once; 0 means 0.5, and 1 lets everything pass.
	MaxDrop float64
	// MinSources is the number of sources from which MaxDrop counts; 0 means 10.
	MinSources int
}

func (g Guard) holds(had, dropped int) bool {
	share, least := g.MaxDrop, g.MinSources
	if share == 0 {
		share = 0.5
	}
	if least == 0 {
		least = 10
	}
	switch {
	case dropped == 0, share >= 1:
		return false
	case dropped == had:
		return true
	default:
		return had >= least && float64(dropped) > share*float64(had)
	}
}
