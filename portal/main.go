// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/samber/do/v2"
	"github.com/spf13/cobra"
)

// The exit codes of a portal's commands.
const (
	// ExitOK says that all is well.
	ExitOK = 0
	// ExitFailure says that the command failed, or found something wrong.
	ExitFailure = 1
	// ExitUsage says that the command line was not understood.
	ExitUsage = 2
)

// Main composes a portal from the packages and runs its command line, which
// serves unless a subcommand says otherwise. It exits the process. The first
// interrupt stops the portal gracefully, the second at once.
func Main(packages ...func(do.Injector)) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // from now on signals have their usual effect
	os.Exit(Run(ctx, &Program{Packages: packages}))
}

// Program is a portal's command line as [Run] runs it.
type Program struct {
	// Packages are what the portal is composed of.
	Packages []func(do.Injector)
	// Args are the arguments; nil means those of the process. The first is the
	// program's name.
	Args []string
	// Stdout and Stderr are where output goes; nil means those of the process.
	Stdout, Stderr io.Writer
	// Env looks up an environment variable; nil means os.LookupEnv.
	Env func(string) (string, bool)
	// Options are those of [New]; settings from flags, environment and file
	// replace what they say.
	Options Options
}

// Run runs the command line of a program until ctx ends, and returns the exit
// code.
func Run(ctx context.Context, p *Program) int {
	filled := *p
	filled.setDefaults()
	cmd := newCLI(&filled).root()
	cmd.SetArgs(filled.Args[1:])
	cmd.SetOut(filled.Stdout)
	cmd.SetErr(filled.Stderr)
	ran, err := cmd.ExecuteContextC(ctx)
	if err == nil {
		return ExitOK
	}
	if !errors.Is(err, errReported) {
		_, _ = fmt.Fprintf(filled.Stderr, "%s: %v\n", cmd.Name(), err)
	}
	if isUsage(err) {
		_, _ = fmt.Fprintf(filled.Stderr, "Run '%s --help' for what there is.\n", ran.CommandPath())
		return ExitUsage
	}
	return ExitFailure
}

func (p *Program) setDefaults() {
	if p.Args == nil {
		p.Args = os.Args
	}
	if len(p.Args) == 0 {
		p.Args = []string{"portal"}
	}
	if p.Stdout == nil {
		p.Stdout = os.Stdout
	}
	if p.Stderr == nil {
		p.Stderr = os.Stderr
	}
	if p.Env == nil {
		p.Env = os.LookupEnv
	}
}

// errReported ends a command that has printed what is wrong itself.
var errReported = errors.New("problems were found")

// usageError is a command line that was not understood.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// isUsage reports whether err is about the command line; cobra has no type for
// an unknown command.
func isUsage(err error) bool {
	var usage *usageError
	return errors.As(err, &usage) || strings.HasPrefix(err.Error(), "unknown command")
}

// args wraps a check of arguments so that its failure is a usage error.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return &usageError{err}
		}
		return nil
	}
}
