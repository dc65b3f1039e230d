// SPDX-License-Identifier: Apache-2.0

package riverjobs

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/jobs/internal/jobsdb"
	"github.com/callboard/callboard/portal/sqldb"
)

const selection = `SELECT j.id, j.kind, j.queue, j.state, j.args, j.priority, j.attempt, j.max_attempts,
	j.created_at, j.scheduled_at, j.attempted_at, j.finalized_at, to_json(j.errors),
	COALESCE(p.done, 0), COALESCE(p.total, 0), COALESCE(p.message, ''), COALESCE(p.at, 0)
FROM river_job j
LEFT JOIN jobs_progress p ON p.job_id = j.id
`

// stateOf names River's state in the terms of package jobs.
func stateOf(river string) jobs.State {
	switch river {
	case "running":
		return jobs.StateRunning
	case "completed":
		return jobs.StateDone
	case "discarded":
		return jobs.StateFailed
	case "cancelled":
		return jobs.StateCancelled
	default:
		return jobs.StatePending
	}
}

// inState is the condition for a state; its text is constant.
func inState(s jobs.State) string {
	switch s {
	case jobs.StateRunning:
		return `j.state = 'running'`
	case jobs.StateDone:
		return `j.state = 'completed'`
	case jobs.StateFailed:
		return `j.state = 'discarded'`
	case jobs.StateCancelled:
		return `j.state = 'cancelled'`
	case jobs.StatePending:
		return `j.state IN ('available', 'pending', 'retryable', 'scheduled')`
	default:
		return `FALSE`
	}
}

// riverError is a failed attempt as River stores it.
type riverError struct {
	At      time.Time `json:"at"`
	Attempt int       `json:"attempt"`
	Error   string    `json:"error"`
}

func scan(row interface{ Scan(dest ...any) error }) (jobs.Info, error) {
	var info jobs.Info
	var state string
	var args, errs []byte
	var attempted, finalized sql.NullTime
	var progressAt int64
	err := row.Scan(&info.ID, &info.Kind, &info.Queue, &state, &args, &info.Priority, &info.Attempt, &info.MaxAttempts,
		&info.CreatedAt, &info.RunAt, &attempted, &finalized, &errs,
		&info.Progress.Done, &info.Progress.Total, &info.Progress.Message, &progressAt)
	if err != nil {
		return info, err
	}
	info.State = stateOf(state)
	info.CreatedAt, info.RunAt = info.CreatedAt.UTC(), info.RunAt.UTC()
	if attempted.Valid {
		info.StartedAt = attempted.Time.UTC()
	}
	if finalized.Valid {
		info.FinishedAt = finalized.Time.UTC()
	}
	if info.Progress.At = sqldb.FromMicros(progressAt); info.Progress.At.Before(info.StartedAt) {
		info.Progress = jobs.Progress{} // an earlier attempt's
	}
	var e envelope
	if err := json.Unmarshal(args, &e); err != nil {
		return info, fmt.Errorf("riverjobs: arguments of job %d: %w", info.ID, err)
	}
	info.Args = json.RawMessage(e.Args)
	return info, readErrors(&info, errs)
}

func readErrors(info *jobs.Info, raw []byte) error {
	if len(raw) == 0 {
		return nil
	}
	var stored []riverError
	if err := json.Unmarshal(raw, &stored); err != nil {
		return fmt.Errorf("riverjobs: errors of job %d: %w", info.ID, err)
	}
	for _, e := range stored {
		info.Errors = append(info.Errors, jobs.AttemptError{At: e.At.UTC(), Attempt: e.Attempt, Message: e.Error})
	}
	return nil
}

// Job returns one job; see jobs.Inspector.
func (q *Queue) Job(ctx context.Context, id int64) (jobs.Info, error) {
	info, err := scan(q.db.SQL().QueryRowContext(ctx, selection+`WHERE j.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return jobs.Info{}, jobsdb.NotFound(id)
	}
	return info, sqldb.Classify(err)
}

// Jobs returns jobs, the newest first; see jobs.Inspector.
func (q *Queue) Jobs(ctx context.Context, query jobs.Query) ([]jobs.Info, error) {
	text, args := list(query)
	rows, err := q.db.SQL().QueryContext(ctx, q.db.Rebind(text), args...)
	if err != nil {
		return nil, sqldb.Classify(err)
	}
	defer rows.Close() //nolint:errcheck // read to the end
	infos := []jobs.Info{}
	for rows.Next() {
		info, err := scan(rows)
		if err != nil {
			return nil, err
		}
		infos = append(infos, info)
	}
	return infos, sqldb.Classify(rows.Err())
}

func list(query jobs.Query) (string, []any) {
	text, args := selection+`WHERE TRUE`, []any{}
	if query.State != "" {
		text += ` AND ` + inState(query.State)
	}
	if query.Kind != "" {
		text, args = text+` AND j.kind = ?`, append(args, query.Kind)
	}
	if query.Before != 0 {
		text, args = text+` AND j.id < ?`, append(args, query.Before)
	}
	return text + ` ORDER BY j.id DESC LIMIT ?`, append(args, query.PageSize())
}

// Counts counts the jobs by kind and state; see jobs.Inspector.
func (q *Queue) Counts(ctx context.Context) ([]jobs.Count, error) {
	rows, err := q.db.SQL().QueryContext(ctx,
		`SELECT kind, CASE state
				WHEN 'running' THEN 'running'
				WHEN 'completed' THEN 'done'
				WHEN 'discarded' THEN 'failed'
				WHEN 'cancelled' THEN 'cancelled'
				ELSE 'pending' END AS s, COUNT(*)
		FROM river_job
		GROUP BY kind, s`)
	if err != nil {
		return nil, sqldb.Classify(err)
	}
	defer rows.Close() //nolint:errcheck // read to the end
	counts := []jobs.Count{}
	for rows.Next() {
		var c jobs.Count
		if err := rows.Scan(&c.Kind, &c.State, &c.N); err != nil {
			return nil, err
		}
		counts = append(counts, c)
	}
	slices.SortFunc(counts, func(a, b jobs.Count) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.State, b.State))
	})
	return counts, sqldb.Classify(rows.Err())
}
