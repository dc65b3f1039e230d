// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/callboard/callboard"
)

// Check is one thing without which the process cannot serve.
type Check struct {
	// Name tells checks apart, such as "database".
	Name string
	// Run returns nil when all is well. The message of a callboard.Error is
	// shown; other causes are logged only.
	Run func(ctx context.Context) error
}

// HealthOptions says how checks are run.
type HealthOptions struct {
	// Timeout bounds each check; 0 means two seconds.
	Timeout time.Duration
	// Logger receives the causes of failures; nil means slog.Default().
	Logger *slog.Logger
}

// Health answers whether the process lives and whether it is ready.
type Health struct {
	opts   HealthOptions
	checks []*runningCheck
}

// NewHealth returns a Health over the checks. Nil opts are the defaults.
func NewHealth(checks []Check, opts *HealthOptions) *Health {
	h := &Health{}
	if opts != nil {
		h.opts = *opts
	}
	h.opts.Timeout = or(h.opts.Timeout, 2*time.Second)
	if h.opts.Logger == nil {
		h.opts.Logger = slog.Default()
	}
	for _, c := range checks {
		h.checks = append(h.checks, &runningCheck{Check: c})
	}
	return h
}

// HealthReport is what [Health.Report] found and the handlers answer.
type HealthReport struct {
	// Status is "ok" or "failing".
	Status string `json:"status"`
	// Checks are the results in the order of the checks.
	Checks []CheckResult `json:"checks"`
}

// CheckResult is what one check found.
type CheckResult struct {
	// Name is the check's.
	Name string `json:"name"`
	// Status is "ok" or "failing".
	Status string `json:"status"`
	// Reason says why it fails, in words that anybody may read.
	Reason string `json:"reason,omitempty"`
	// DurationMS is how long the check took.
	DurationMS int64 `json:"durationMs"`
}

// Live answers 200 as long as the process can answer at all. It serves
// /livez: a failing database is no reason to kill the process.
func (h *Health) Live() http.Handler {
	return Handler(func(w http.ResponseWriter, _ *http.Request) error {
		return writeHealth(w, HealthReport{Status: "ok", Checks: []CheckResult{}})
	})
}

// Ready runs the checks and answers 200, or 503 with the reasons. It serves
// /readyz. While the server stops, it answers 503, so that balancers look
// elsewhere.
func (h *Health) Ready() http.Handler {
	return Handler(func(w http.ResponseWriter, r *http.Request) error {
		select {
		case <-Draining(r.Context()):
			return writeHealth(w, HealthReport{Status: "failing", Checks: []CheckResult{
				{Name: "server", Status: "failing", Reason: "the server is stopping"},
			}})
		default:
			return writeHealth(w, h.Report(r.Context()))
		}
	})
}

func writeHealth(w http.ResponseWriter, report HealthReport) error {
	w.Header().Set("Cache-Control", "no-store")
	status := http.StatusOK
	if report.Status != "ok" {
		status = http.StatusServiceUnavailable
	}
	return WriteJSON(w, status, report)
}

// Report runs all checks at once and waits for each no longer than its time.
func (h *Health) Report(ctx context.Context) HealthReport {
	report := HealthReport{Status: "ok", Checks: make([]CheckResult, len(h.checks))}
	var wg sync.WaitGroup
	for i, c := range h.checks {
		wg.Go(func() { report.Checks[i] = h.run(ctx, c) })
	}
	wg.Wait()
	for _, result := range report.Checks {
		if result.Status != "ok" {
			report.Status = "failing"
		}
	}
	return report
}

func (h *Health) run(ctx context.Context, c *runningCheck) CheckResult {
	start := time.Now()
	err := c.result(ctx, h.opts.Timeout)
	result := CheckResult{Name: c.Name, Status: "ok", DurationMS: time.Since(start).Milliseconds()}
	if err != nil {
		result.Status, result.Reason = "failing", callboard.MessageOf(err)
		h.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "health check failed",
			slog.String("check", c.Name), slog.String("error", err.Error()))
	}
	return result
}

// runningCheck keeps one run of a check at a time: probes that come while one
// hangs wait for the same run and do not pile up behind it.
type runningCheck struct {
	Check
	mu      sync.Mutex
	current *checkRun
}

type checkRun struct {
	done chan struct{}
	err  error
}

func (c *runningCheck) result(ctx context.Context, timeout time.Duration) error {
	run := c.join(ctx, timeout)
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-run.done:
		if errors.Is(run.err, context.DeadlineExceeded) {
			return noAnswer(timeout, run.err)
		}
		return run.err
	case <-timer.C:
		return noAnswer(timeout, nil)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func noAnswer(timeout time.Duration, cause error) error {
	return &callboard.Error{
		Code:    callboard.CodeTimeout,
		Message: fmt.Sprintf("did not answer within %s", timeout),
		Err:     cause,
	}
}

// join returns the run under way, or starts one. A run outlives the probe that
// started it, since others may wait for it too.
func (c *runningCheck) join(ctx context.Context, timeout time.Duration) *checkRun {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != nil {
		return c.current
	}
	run := &checkRun{done: make(chan struct{})}
	c.current = run
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	go func() {
		defer cancel()
		run.err = c.runSafely(ctx)
		c.mu.Lock()
		c.current = nil
		c.mu.Unlock()
		close(run.done)
	}()
	return run
}

func (c *runningCheck) runSafely(ctx context.Context) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("health check %s panicked: %v", c.Name, v)
		}
	}()
	return c.Run(ctx)
}
