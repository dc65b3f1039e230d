// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"log/slog"
	"os"
	"time"

	"github.com/callboard/callboard/portal/config"
)

// Options configures [New]. The zero value, and nil, are the defaults.
type Options struct {
	// Settings are what an operator decides; zero fields have their defaults.
	Settings Settings
	// Config holds the settings of the portal, which win over Settings, and
	// those of its modules; nil is an empty configuration.
	Config *config.Config
	// Logger receives what happens; default slog.Default().
	Logger *slog.Logger
	// Now is the clock; default time.Now.
	Now func() time.Time
	// RequestTimeout ends a request that does not stream; default 30 s. A
	// module may have its own, see module.Timeouter.
	RequestTimeout time.Duration
	// HangGrace is how much later a handler that ignores its deadline is left
	// behind; default 1 s.
	HangGrace time.Duration
	// StartTimeout is how long each part may take to start; default 1 minute.
	StartTimeout time.Duration
	// StopTimeout is how long requests and parts have to end when the portal
	// stops; default 15 s.
	StopTimeout time.Duration
}

func (o *Options) withDefaults() *Options {
	var out Options
	if o != nil {
		out = *o
	}
	if out.Config == nil {
		out.Config, _ = config.Parse("", nil, nil) // nothing cannot be wrong
	}
	if out.Logger == nil {
		out.Logger = slog.Default()
	}
	if out.Now == nil {
		out.Now = time.Now
	}
	setDefault(&out.RequestTimeout, defaultRequestTimeout)
	setDefault(&out.HangGrace, time.Second)
	setDefault(&out.StartTimeout, time.Minute)
	setDefault(&out.StopTimeout, 15*time.Second)
	return &out
}

func setDefault[T comparable](v *T, value T) {
	var zero T
	if *v == zero {
		*v = value
	}
}

// dirMode keeps a portal's data to its own user.
const dirMode os.FileMode = 0o700
