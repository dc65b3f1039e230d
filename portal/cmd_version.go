// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (c *cli) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print what this program was built from",
		Args:  args(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return Version().Print(cmd.OutOrStdout()) },
	}
}

// Build is what a program was built from.
type Build struct {
	// Path and Version are those of the main module; Version is "(devel)"
	// outside of a release.
	Path, Version string
	// Revision and Time are those of the commit; empty if they are unknown.
	// Revision ends in "+" if files were changed.
	Revision, Time string
	// Go is the version of Go.
	Go string
}

// Version returns what this program was built from, as the Go command noted it.
func Version() Build {
	b := Build{Path: "portal", Version: "(devel)", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	setIf(&b.Path, info.Main.Path)
	setIf(&b.Version, info.Main.Version)
	dirty := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			dirty = s.Value == "true"
		}
	}
	if dirty && b.Revision != "" {
		b.Revision += "+"
	}
	return b
}

func setIf(to *string, value string) {
	if value != "" {
		*to = value
	}
}

// Print writes the build for people.
func (b Build) Print(w io.Writer) error {
	text := fmt.Sprintf("%s %s\n", b.Path, b.Version)
	if b.Revision != "" {
		text += fmt.Sprintf("revision %s of %s\n", b.Revision, b.Time)
	}
	text += fmt.Sprintf("%s %s/%s\n", b.Go, runtime.GOOS, runtime.GOARCH)
	_, err := io.WriteString(w, text)
	return err
}
