// SPDX-License-Identifier: Apache-2.0

// Command callboard is for those who write and check what a portal shows: in
// an editor's terminal and in CI. A portal itself is a program of its own; see
// package portal.
//
// Exit codes: 0 all is well, 1 something failed or is wrong, 2 the command line
// was not understood.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/integration"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// commands are the subcommands, each made in a file of its own.
func commands() []*cobra.Command {
	return []*cobra.Command{
		authCommand(),
		benchCommand(),
		integrationCommand(),
		versionCommand(),
	}
}

// errFound ends a command that has printed what it found wrong.
var errFound = errors.New("problems were found")

// usageError is a command line that was not understood.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// run runs the command line and returns the exit code.
func run(ctx context.Context, arguments []string, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:   "callboard",
		Short: "Check and measure what a portal shows",
		Long: "Callboard is for those who write and check what a portal shows.\n\n" +
			"Exit codes: 0 all is well, 1 something failed or is wrong, 2 the command line\n" +
			"was not understood.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddCommand(commands()...)
	root.SetArgs(arguments)
	root.SetOut(stdout)
	root.SetErr(stderr)
	ran, err := root.ExecuteContextC(ctx)
	if err == nil {
		return portal.ExitOK
	}
	if !errors.Is(err, errFound) && !errors.Is(err, integration.ErrFound) {
		_, _ = fmt.Fprintf(stderr, "callboard: %v\n", err)
	}
	var usage *usageError
	if errors.As(err, &usage) || strings.HasPrefix(err.Error(), "unknown command") {
		_, _ = fmt.Fprintf(stderr, "Run '%s --help' for what there is.\n", ran.CommandPath())
		return portal.ExitUsage
	}
	return portal.ExitFailure
}
