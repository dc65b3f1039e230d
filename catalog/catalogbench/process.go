// SPDX-License-Identifier: Apache-2.0

package catalogbench

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/callboard/callboard/portal/sqldb"
)

// residentBytes is the process's memory as the kernel sees it, or what Go has
// from the system where that is not told. The second figure is the part of it
// that is pages of files, such as a database that is mapped, which the kernel
// takes back when it needs them.
func residentBytes() (all, files uint64) {
	text, err := os.ReadFile("/proc/self/statm")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 3 {
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.Sys, 0
	}
	page := uint64(os.Getpagesize()) //nolint:gosec // positive
	return page * number(fields[1]), page * number(fields[2])
}

func number(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// databaseTime returns a clock of the processor time that PostgreSQL's processes
// spend on this program, which runs where they do; it stands still elsewhere.
func databaseTime(ctx context.Context, db *sqldb.DB) func() time.Duration {
	if db.Dialect() != sqldb.Postgres {
		return func() time.Duration { return 0 }
	}
	return func() time.Duration {
		var pids []int
		query := `SELECT pid
			FROM pg_stat_activity
			WHERE application_name = current_setting('application_name')
				AND (inet_server_addr() IS NULL OR inet_server_addr() <<= '127.0.0.0/8' OR inet_server_addr() = '::1')`
		rows, err := db.SQL().QueryContext(ctx, query)
		if err != nil {
			return 0
		}
		defer rows.Close() //nolint:errcheck // read to the end
		for rows.Next() {
			var pid int
			if rows.Scan(&pid) == nil {
				pids = append(pids, pid)
			}
		}
		var total time.Duration
		for _, pid := range pids {
			total += schedulerTime(pid)
		}
		if rows.Err() != nil {
			return 0
		}
		return total
	}
}

// schedulerTime is the processor time of a process of this machine.
func schedulerTime(pid int) time.Duration {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/schedstat")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) == 0 {
		return 0
	}
	return time.Duration(number(fields[0])) //nolint:gosec // nanoseconds
}
