// SPDX-License-Identifier: Apache-2.0

package catalogbench

import (
	"context"
	"runtime"
	"slices"
	"time"
)

// How often a question is asked: often enough for a steady figure, not so often
// that a slow one takes the afternoon.
const (
	leastAsked  = 5
	mostAsked   = 500
	defaultEach = 300 * time.Millisecond
	tooLong     = 4 * time.Second
)

// Cost is what one operation costs.
type Cost struct {
	// Wall is how long it took: the median.
	Wall time.Duration `json:"wall"`
	// CPU is the processor time of this process, and Database that of the
	// database's own processes: the mean. Zero where it is not known.
	CPU      time.Duration `json:"cpu,omitempty"`
	Database time.Duration `json:"database,omitempty"`
	// Bytes and Allocs are what it asked of Go's heap: the mean.
	Bytes  uint64 `json:"bytes,omitempty"`
	Allocs uint64 `json:"allocs,omitempty"`
}

// busy is the processor time where it is known, else the time that passed.
func (c Cost) busy() time.Duration {
	if c.CPU > 0 {
		return c.CPU + c.Database
	}
	return c.Wall
}

// add adds what another operation cost.
func (c *Cost) add(o Cost) {
	c.Wall += o.Wall
	c.CPU += o.CPU
	c.Database += o.Database
	c.Bytes += o.Bytes
	c.Allocs += o.Allocs
}

// over is the cost shared among n.
func (c Cost) over(n int) Cost {
	d, u := time.Duration(n), uint64(n) //nolint:gosec // n is positive
	return Cost{Wall: c.Wall / d, CPU: c.CPU / d, Database: c.Database / d, Bytes: c.Bytes / u, Allocs: c.Allocs / u}
}

// meter measures operations. The database tells of its own processor time.
type meter struct {
	// each is how long an operation is repeated.
	each     time.Duration
	database func() time.Duration
}

// once measures one run of fn as n operations.
func (m *meter) once(n int, fn func() error) (Cost, error) {
	start := m.now()
	err := fn()
	return m.since(start).over(n), err
}

// often measures an operation, over and over after a first time that warms up,
// and returns how many things it found.
func (m *meter) often(ctx context.Context, ask func(ctx context.Context, i int) (int, error)) (cost Cost, found int, err error) {
	if _, err := ask(ctx, 0); err != nil {
		return Cost{}, 0, err
	}
	var times []time.Duration
	start := m.now()
	for i := 1; i <= mostAsked; i++ {
		before := time.Now()
		if found, err = ask(ctx, i); err != nil {
			return Cost{}, 0, err
		}
		times = append(times, time.Since(before))
		if spent := time.Since(start.at); spent > tooLong || spent > m.each && i >= leastAsked {
			break
		}
	}
	cost = m.since(start).over(len(times))
	slices.Sort(times)
	cost.Wall = times[len(times)/2]
	return cost, found, nil
}

// moment is what the clocks showed.
type moment struct {
	at            time.Time
	cpu, database time.Duration
	bytes, allocs uint64
}

func (m *meter) now() moment {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return moment{at: time.Now(), cpu: processTime(), database: m.database(), bytes: stats.TotalAlloc, allocs: stats.Mallocs}
}

// since is what passed since start.
func (m *meter) since(start moment) Cost {
	took, end := time.Since(start.at), m.now()
	return Cost{
		Wall: took, CPU: end.cpu - start.cpu, Database: end.database - start.database,
		Bytes: end.bytes - start.bytes, Allocs: end.allocs - start.allocs,
	}
}
