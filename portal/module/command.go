// SPDX-License-Identifier: Apache-2.0

package module

import (
	"slices"

	"github.com/samber/do/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// FlagSet is a set of flags that a package added.
type FlagSet struct {
	// Origin is who added it.
	Origin Origin
	// Define declares the flags.
	Define func(*pflag.FlagSet)
}

// Command is a command that a package added.
type Command struct {
	// Origin is who added it.
	Origin Origin
	// New makes the command.
	New func(do.Injector) *cobra.Command
}

// AddFlags adds flags to every command that runs the portal: serve and check.
// The variables belong to one application of the package; providers may read
// them, because flags are parsed before anything is built:
//
//	return func(i do.Injector) {
//		var files []string
//		module.AddFlags(i, func(f *pflag.FlagSet) {
//			f.StringArrayVar(&files, "catalog", nil, "load `FILE`; may be repeated")
//		})
//		module.Contribute(i, func(do.Injector) (catalog.Provider, error) { return open(files) })
//	}
//
// A flag that two packages add is a wiring error.
func AddFlags(i do.Injector, define func(*pflag.FlagSet)) {
	r := RegistryOf(i)
	origin := callerOrigin(define)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flags = append(r.flags, FlagSet{Origin: origin, Define: define})
}

// AddCommand adds a command to the portal's command line. make is called
// before anything is built; the command's RunE may ask the injector for what
// it needs, which is built then and closed when it returns.
func AddCommand(i do.Injector, make func(do.Injector) *cobra.Command) {
	r := RegistryOf(i)
	origin := callerOrigin(make)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.commands = append(r.commands, Command{Origin: origin, New: make})
}

// Flags returns the flags added, in order.
func (r *Registry) Flags() []FlagSet {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.flags)
}

// Commands returns the commands added, in order.
func (r *Registry) Commands() []Command {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.commands)
}
