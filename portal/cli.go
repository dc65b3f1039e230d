// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/callboard/callboard/portal/module"
)

// cli is the command line of one composed portal. Packages are applied when it
// is made, for their flags and commands; nothing is built before a command
// that needs it.
type cli struct {
	program *Program
	core    *core
	comp    *composition
	broken  problems // flags and commands that clash

	configFiles []string // of --config
}

func newCLI(p *Program) *cli {
	c := &cli{program: p, core: newCore(p.Options.withDefaults())}
	c.comp = compose(c.core.provide, p.Packages)
	return c
}

const rootHelp = `%[1]s is an internal developer portal.

Without a command it serves. Settings come from flags, then from CALLBOARD_…
variables in the environment, then from the configuration file, then from
defaults; '%[1]s config explain' shows each with where it is from.

Exit codes: 0 all is well, 1 something failed or is wrong, 2 the command line
was not understood.`

// name is what the program was called as.
func (c *cli) name() string { return strings.TrimSuffix(filepath.Base(c.program.Args[0]), ".exe") }

// root returns the command tree.
func (c *cli) root() *cobra.Command {
	name := c.name()
	root := &cobra.Command{
		Use:   name,
		Short: "Serve the portal",
		Long:  fmt.Sprintf(rootHelp, name),
		Example: "  " + name + "\n" +
			"  " + name + " --listen 127.0.0.1:8080 --data ./data\n" +
			"  " + name + " --database postgres://portal@db.example.com/portal\n" +
			"  " + name + " check --config portal.yaml",
		Args:          args(cobra.NoArgs),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          c.serve,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	c.commonFlags(root.PersistentFlags())
	c.serveFlags(root)
	root.AddCommand(c.serveCommand(), c.checkCommand(), c.routesCommand(), c.configCommand(), c.doctorCommand(),
		c.backupCommand(), c.restoreCommand(), c.versionCommand())
	c.addContributed(root)
	return root
}

// commonFlags are those of every command.
func (c *cli) commonFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&c.configFiles, "config", nil, "read settings from `FILE`; may be repeated, later files win")
	f.String("data", "", "keep files in `DIR` (default "+defaultData+")")
	f.String("database", "", "use the database at `URL`: a SQLite file or postgres://… (default "+databaseFile+" in the data directory)")
	f.String("log-level", "", "log from `LEVEL`: debug, info, warn or error (default info)")
	f.String("log-format", "", "log as `FORMAT`: text or json (default text on a terminal, json elsewhere)")
}

// serveFlags are those of commands that put the whole portal together: what
// modules add, and where to listen.
func (c *cli) serveFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.String("listen", "", "serve on `ADDRESS` (default "+defaultListen+")")
	f.String("base-url", "", "people reach the portal at `URL` (default the address it listens on)")
	owner := map[string]module.Origin{}
	for _, set := range c.comp.registry.Flags() {
		own := pflag.NewFlagSet("", pflag.ContinueOnError)
		if err := define(set, own); err != nil {
			c.broken.addf("%v", err)
			continue
		}
		own.VisitAll(func(flag *pflag.Flag) {
			other, taken := owner[flag.Name]
			switch {
			case taken:
				c.broken.addf("the flag --%s is added twice: by %s and by %s", flag.Name, other, set.Origin)
			case f.Lookup(flag.Name) != nil || cmd.Root().PersistentFlags().Lookup(flag.Name) != nil || isCommonFlag(flag.Name):
				c.broken.addf("%s adds the flag --%s, which the portal has already", set.Origin, flag.Name)
			default:
				owner[flag.Name] = set.Origin
				f.AddFlag(flag)
			}
		})
	}
}

// isCommonFlag reports whether every command has the flag; a subcommand does
// not know its root's flags while it is made.
func isCommonFlag(name string) bool {
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	(&cli{}).commonFlags(f)
	return f.Lookup(name) != nil || name == "help"
}

func define(set module.FlagSet, f *pflag.FlagSet) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("the flags of %s cannot be added: %v", set.Origin, reason)
		}
	}()
	set.Define(f)
	return nil
}

// addContributed adds the packages' own commands.
func (c *cli) addContributed(root *cobra.Command) {
	origin := map[string]module.Origin{}
	for _, contributed := range c.comp.registry.Commands() {
		cmd := contributed.New(c.comp.injector)
		if cmd == nil {
			continue
		}
		c.prepare(cmd)
		if other, taken := origin[cmd.Name()]; taken {
			c.broken.addf("the command %q is added twice: by %s and by %s", cmd.Name(), other, contributed.Origin)
			continue
		}
		for _, own := range root.Commands() {
			if own.Name() == cmd.Name() {
				c.broken.addf("%s adds the command %q, which the portal has already", contributed.Origin, cmd.Name())
				cmd = nil
				break
			}
		}
		if cmd != nil {
			origin[cmd.Name()] = contributed.Origin
			root.AddCommand(cmd)
		}
	}
}

// prepare has the command and those below it run with settings in force, and
// close what they had built.
func (c *cli) prepare(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		c.prepare(sub)
	}
	run := cmd.RunE
	if run == nil {
		return
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if err := c.configure(cmd.Flags()); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, c.closeBuilt()) }()
		return run(cmd, args)
	}
}

// closeBuilt closes what a command asked the injector for.
func (c *cli) closeBuilt() error {
	ctx, cancel := context.WithTimeout(context.Background(), c.core.opts.StopTimeout)
	defer cancel()
	return closeParts(ctx, c.comp.parts())
}

// build composes the portal after settings are in force. With wrong settings
// it goes on beside an empty database, to find what else is wrong.
func (c *cli) build(cmd *cobra.Command) (*App, error) {
	if err := c.configure(cmd.Flags()); err != nil {
		c.core.scratch = true
	}
	return c.assemble()
}

// assemble composes the portal with the settings in force.
func (c *cli) assemble() (*App, error) {
	for _, p := range c.broken.list {
		c.comp.problems.addf("%s", p)
	}
	return assemble(c.comp, c.core, c.core.opts)
}
