// SPDX-License-Identifier: Apache-2.0

package oncall

import "time"

// Settings are the section "oncall" of the portal's configuration. A key that
// is not here, or a value that breaks a rule, stops the start with its file
// and line. Each can be set from the environment, as in CALLBOARD_ONCALL_ROSTER.
type Settings struct {
	// Roster is the JSON file to read, relative to the working directory;
	// without one there is nothing to show.
	Roster string `yaml:"roster"`
	// RefreshEvery is how often it is read; default 5m.
	RefreshEvery time.Duration `yaml:"refreshEvery" validate:"min=10s,max=24h"`
	// Horizon is how far ahead the tab lists shifts; default 672h, four weeks.
	Horizon time.Duration `yaml:"horizon" validate:"min=1h,max=8784h"`
}

// DefaultSettings is what holds where the configuration says nothing.
func DefaultSettings() Settings {
	return Settings{RefreshEvery: 5 * time.Minute, Horizon: 28 * 24 * time.Hour}
}
