// SPDX-License-Identifier: Apache-2.0

package catalogbench

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/callboard/callboard"
)

// maxSize is the greatest company that is generated.
const maxSize = 10_000_000

// Command returns the command bench, which prints what [Run] measures. The
// flag for the database is called database, or otherwise if the program has
// one of that name already.
func Command(databaseFlag string) *cobra.Command {
	var opts Options
	var asJSON bool
	var write string
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure what a catalog of n entities costs",
		Long: "Bench generates a company of n entities, the same every time, takes it into an\n" +
			"empty catalog, asks what pages and clients ask, and prints what each costs. It works\n" +
			"in a temporary file (SQLite) or a temporary schema (PostgreSQL) that is gone\n" +
			"afterwards, and touches nothing else.\n\n" +
			"Times are the median of what passed; cpu is the processor time of this process and,\n" +
			"where it runs on the same machine, of PostgreSQL, which a busy machine blurs less.\n" +
			"With several sizes, growth is how many times more the last costs than the first:\n" +
			"×1 does not depend on the size, ×10 grows with it.",
		Example: "  bench                                        10,000 entities on SQLite\n" +
			"  bench -n 10000,100000                        how the cost grows; takes some minutes\n" +
			"  bench --" + databaseFlag + " sqlite --" + databaseFlag + " postgres://me@localhost/scratch\n" +
			"  bench --json > before.json                   to compare with later\n" +
			"  bench -n 100000 --write company              the company as files, for a portal's --catalog",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, n := range opts.Sizes {
				if n < 1 || n > maxSize {
					return &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf("-n %d: a size is from 1 to %s", n, count(maxSize))}
				}
			}
			if write != "" {
				return NewCompany(opts.Sizes[0]).WriteFiles(write)
			}
			opts.Progress = func(text string) { cmd.PrintErrln(time.Now().Format(time.TimeOnly), text) }
			report, err := Run(cmd.Context(), opts)
			if err != nil {
				return err
			}
			if !asJSON {
				return report.Print(cmd.OutOrStdout())
			}
			enc := json.NewEncoder(cmd.OutOrStdout())
			enc.SetIndent("", "  ")
			return enc.Encode(report)
		},
	}
	f := cmd.Flags()
	f.IntSliceVarP(&opts.Sizes, "entities", "n", []int{10_000}, "measure with `N` entities; several, after commas, are compared")
	f.StringArrayVar(&opts.Databases, databaseFlag, []string{"sqlite"}, "measure on `URL`: sqlite, or postgres://…; may be repeated")
	f.DurationVar(&opts.Each, "each", defaultEach, "ask each question over and over for `TIME`")
	f.StringVar(&write, "write", "", "write the company's files into `DIR`, which must not exist, and measure nothing")
	f.BoolVar(&asJSON, "json", false, "print JSON, with times in nanoseconds")
	return cmd
}
