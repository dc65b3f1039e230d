// SPDX-License-Identifier: Apache-2.0

package jobs

import (
	"fmt"
	"time"
)

// Timetable says when something is due next.
type Timetable interface {
	// Next returns the first moment after t.
	Next(t time.Time) time.Time
}

// Schedule is a job that comes by the clock; [Kind.Schedule] makes one. Whoever
// is first of the replicas enqueues it, once. What was missed while nobody ran
// is made up for once. A job that is still pending or running when the next is
// due stands in for that one.
type Schedule struct {
	// Name identifies the schedule among all of them.
	Name string
	// Timetable says when.
	Timetable Timetable
	// Request is the job.
	Request Request
	// AtStart also enqueues the job the first time that the schedule is known.
	AtStart bool
}

// Schedule returns a schedule that enqueues a job with args. The name tells it
// from others of the kind; it may be empty.
func (k Kind[A]) Schedule(name string, t Timetable, args A, opts *Options) (Schedule, error) {
	r, err := k.Request(args, opts)
	if err != nil {
		return Schedule{}, err
	}
	full := k.name
	if name != "" {
		full += ":" + name
	}
	if r.UniqueKey == "" {
		r.UniqueKey = "schedule:" + full
	}
	if t == nil {
		return Schedule{}, invalid("the schedule %s has no timetable", full)
	}
	return Schedule{Name: full, Timetable: t, Request: r}, nil
}

// Every is due at each multiple of d since 1970 in UTC, so that replicas and
// restarts agree: Every(time.Hour) is on the hour. It panics unless d is a
// second or longer.
func Every(d time.Duration) Timetable {
	if d < time.Second {
		panic(fmt.Sprintf("jobs: an interval of %s is shorter than a second", d))
	}
	return every(d)
}

type every time.Duration

func (e every) Next(t time.Time) time.Time {
	us, step := t.UnixMicro(), time.Duration(e).Microseconds()
	since := us % step
	if since < 0 {
		since += step
	}
	return time.UnixMicro(us - since + step).UTC()
}

// Daily is due once a day at the given time in loc, nil meaning UTC. On a day
// when the clocks skip or repeat that time it is due once, within an hour of it.
// It panics if there is no such time of day.
func Daily(hour, minute int, loc *time.Location) Timetable {
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 {
		panic(fmt.Sprintf("jobs: %02d:%02d is no time of day", hour, minute))
	}
	if loc == nil {
		loc = time.UTC
	}
	return daily{hour, minute, loc}
}

type daily struct {
	hour, minute int
	loc          *time.Location
}

func (d daily) Next(t time.Time) time.Time {
	local := t.In(d.loc)
	for day := 0; ; day++ {
		at := time.Date(local.Year(), local.Month(), local.Day()+day, d.hour, d.minute, 0, 0, d.loc)
		if at.After(t) {
			return at.UTC()
		}
	}
}
