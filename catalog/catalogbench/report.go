// SPDX-License-Identifier: Apache-2.0

package catalogbench

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is what a run of the bench found out.
type Report struct {
	// Machine is what it ran on.
	Machine string   `json:"machine"`
	Results []Result `json:"results"`
}

// Result is what one size costs on one engine.
type Result struct {
	// Engine is sqlite or postgres.
	Engine   string   `json:"engine"`
	Entities int      `json:"entities"`
	Figures  []Figure `json:"figures"`
}

// Figure is one line of the result: what an operation costs, or how much
// memory there is.
type Figure struct {
	Group string `json:"group"`
	Name  string `json:"name"`
	Cost  *Cost  `json:"cost,omitempty"`
	// Bytes is an amount of memory or disk.
	Bytes uint64 `json:"size,omitempty"`
	// Found is how many things the question found.
	Found int `json:"found,omitempty"`
	// Rate is entities per second.
	Rate float64 `json:"perSecond,omitempty"`
}

// Print writes a table for each engine: a line for each figure, the sizes side
// by side, and how much more the largest costs than the smallest.
func (r *Report) Print(out io.Writer) error {
	if _, err := fmt.Fprintf(out, "%s\n", r.Machine); err != nil {
		return err
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		var results []Result
		for _, res := range r.Results {
			if res.Engine == engine {
				results = append(results, res)
			}
		}
		if len(results) == 0 {
			continue
		}
		if err := printEngine(out, engine, results); err != nil {
			return err
		}
	}
	return nil
}

func printEngine(out io.Writer, engine string, results []Result) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	width := 0
	for _, f := range results[0].Figures {
		width = max(width, len(f.Name))
	}
	_, _ = fmt.Fprintln(w)
	head := fmt.Sprintf("%-*s\t", width, engine)
	for _, res := range results {
		head += count(res.Entities) + "\tcpu\t"
	}
	if len(results) > 1 {
		head += "growth\t"
	}
	_, _ = fmt.Fprintln(w, head+"allocated\tfound\t")
	group := ""
	for i, f := range results[0].Figures {
		if f.Group != group {
			group = f.Group
			_, _ = fmt.Fprintln(w, fmt.Sprintf("%-*s", width, strings.ToUpper(group))+strings.Repeat("\t", 2*len(results)+3+min(1, len(results)-1)))
		}
		_, _ = fmt.Fprintln(w, line(fmt.Sprintf("%-*s", width, f.Name), results, i))
	}
	return w.Flush()
}

// line is the i-th figure of each result.
func line(name string, results []Result, i int) string {
	text := name + "\t"
	for _, res := range results {
		text += res.Figures[i].cells()
	}
	first, last := results[0].Figures[i], results[len(results)-1].Figures[i]
	if len(results) > 1 {
		text += fmt.Sprintf("×%.1f\t", last.amount()/cmp.Or(first.amount(), 1))
	}
	switch {
	case last.Rate > 0:
		return text + memory(last.Cost.Bytes) + "\t" + count(int(last.Rate)) + "/s\t"
	case last.Cost != nil:
		return text + memory(last.Cost.Bytes) + "\t" + count(last.Found) + "\t"
	}
	return text + "\t\t"
}

// cells are the figure and the processor time.
func (f Figure) cells() string {
	if f.Cost == nil {
		return memory(f.Bytes) + "\t\t"
	}
	return milliseconds(f.Cost.Wall) + "\t" + milliseconds(f.Cost.CPU+f.Cost.Database) + "\t"
}

// amount is what grows.
func (f Figure) amount() float64 {
	if f.Cost == nil {
		return float64(f.Bytes)
	}
	return float64(f.Cost.busy())
}

func milliseconds(d time.Duration) string {
	switch ms := float64(d) / float64(time.Millisecond); {
	case d == 0:
		return "-"
	case ms < 10:
		return fmt.Sprintf("%.3f ms", ms)
	default:
		return fmt.Sprintf("%.1f ms", ms)
	}
}

func memory(n uint64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%.1f kB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

// count is a number with its thousands apart.
func count(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", count(n/1000), n%1000)
}
