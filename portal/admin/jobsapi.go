// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/jobs"
)

// jobJSON is a job for programs.
type jobJSON struct {
	ID          int64           `json:"id"`
	Kind        string          `json:"kind"`
	Queue       string          `json:"queue"`
	State       jobs.State      `json:"state"`
	Args        json.RawMessage `json:"args,omitempty"`
	Attempt     int             `json:"attempt"`
	MaxAttempts int             `json:"maxAttempts"`
	CreatedAt   time.Time       `json:"createdAt"`
	RunAt       time.Time       `json:"runAt"`
	StartedAt   time.Time       `json:"startedAt,omitzero"`
	FinishedAt  time.Time       `json:"finishedAt,omitzero"`
	Progress    string          `json:"progress,omitempty"`
	Errors      []jobError      `json:"errors,omitempty"`
}

type jobError struct {
	At      time.Time `json:"at"`
	Attempt int       `json:"attempt"`
	Message string    `json:"message"`
}

func newJobJSON(j jobs.Info) jobJSON {
	out := jobJSON{
		ID: j.ID, Kind: j.Kind, Queue: j.Queue, State: j.State, Args: masked(j.Args), Attempt: j.Attempt, MaxAttempts: j.MaxAttempts,
		CreatedAt: j.CreatedAt, RunAt: j.RunAt, StartedAt: j.StartedAt, FinishedAt: j.FinishedAt, Progress: progressText(j.Progress),
	}
	for _, e := range j.Errors {
		out.Errors = append(out.Errors, jobError(e))
	}
	return out
}

// masked returns arguments without what is named like a secret; what is no JSON
// is left out.
func masked(args json.RawMessage) json.RawMessage {
	doc, err := audit.Mask(args)
	if err != nil {
		return nil
	}
	return doc
}

// stateJSON is what the audit log keeps of a job.
func stateJSON(j jobs.Info) json.RawMessage {
	doc, err := json.Marshal(map[string]any{"kind": j.Kind, "state": j.State, "attempt": j.Attempt})
	if err != nil {
		return nil
	}
	return doc
}

// countJSON is how many jobs of a kind are in a state.
type countJSON struct {
	Kind  string     `json:"kind"`
	State jobs.State `json:"state"`
	N     int64      `json:"n"`
}

// jobsAnswer is a page of the queue for programs.
type jobsAnswer struct {
	Items  []jobJSON   `json:"items"`
	Counts []countJSON `json:"counts"`
	// Next is the parameter before of the next page; empty at the end.
	Next string `json:"next,omitempty"`
}

// jobList serves GET /api/admin/jobs.
func (a *Admin) jobList(w http.ResponseWriter, r *http.Request) error {
	q, err := jobsQuery(r.URL.Query())
	if err != nil {
		return err
	}
	limit, err := limitOf(r)
	if err != nil {
		return &callboard.Error{Code: callboard.CodeInvalid, Message: paramLimit + " " + callboard.MessageOf(err)}
	}
	q.Limit = limit + 1
	found, err := a.p.Jobs.Jobs(r.Context(), q)
	if err != nil {
		return err
	}
	counts, err := a.p.Jobs.Counts(r.Context())
	if err != nil {
		return err
	}
	answer := jobsAnswer{Items: []jobJSON{}, Counts: []countJSON{}}
	if len(found) > limit {
		found = found[:limit]
		answer.Next = strconv.FormatInt(found[limit-1].ID, 10)
	}
	for _, j := range found {
		answer.Items = append(answer.Items, newJobJSON(j))
	}
	for _, c := range counts {
		answer.Counts = append(answer.Counts, countJSON(c))
	}
	return httpx.WriteJSON(w, http.StatusOK, answer)
}

// jobOne serves GET /api/admin/jobs/{id}.
func (a *Admin) jobOne(w http.ResponseWriter, r *http.Request) error {
	j, err := a.job(r)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(w, http.StatusOK, newJobJSON(j))
}

// steerJob serves POST /api/admin/jobs/{id}/… .
func (a *Admin) steerJob(which func() steer) httpx.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		j, err := a.steerOne(r, which())
		if err != nil {
			return err
		}
		return httpx.WriteJSON(w, http.StatusOK, newJobJSON(j))
	}
}
