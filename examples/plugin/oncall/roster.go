// SPDX-License-Identifier: Apache-2.0

package oncall

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// Rota is people who take turns being on call.
type Rota struct {
	// Name is what annotations say; it is a valid entity name.
	Name, Title string
	// Team is the group that owns the rota, People the users in their order.
	Team    string
	People  []string
	Channel string
	// Start is when the first of the people began, Shift how long a turn is.
	Start time.Time
	Shift time.Duration
}

// Turn is one person's time on call.
type Turn struct {
	Person   string
	From, To time.Time
}

// At returns the turn at a time. Before the rota's start it is the first one.
func (r Rota) At(t time.Time) Turn {
	n := max(0, int64(t.Sub(r.Start)/r.Shift))
	from := r.Start.Add(time.Duration(n) * r.Shift)
	return Turn{Person: r.People[n%int64(len(r.People))], From: from, To: from.Add(r.Shift)}
}

// Turns returns the turn at from and those that begin before to, at most 100.
func (r Rota) Turns(from, to time.Time) []Turn {
	turns := []Turn{r.At(from)}
	for len(turns) < 100 {
		next := r.At(turns[len(turns)-1].To)
		if !next.From.Before(to) {
			break
		}
		turns = append(turns, next)
	}
	return turns
}

// ParseRoster reads a roster. All that is wrong is one error with
// [callboard.CodeInvalid], a line for each problem.
func ParseRoster(data []byte) ([]Rota, error) {
	var file struct {
		Rotas []struct {
			Name, Title, Team, Channel, Shift string
			Start                             time.Time
			People                            []string
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, invalid("it is no roster: %v", err)
	}
	var rotas []Rota
	var problems []error
	seen := map[string]bool{}
	for n, in := range file.Rotas {
		r := Rota{Name: in.Name, Title: in.Title, Team: in.Team, Channel: in.Channel, Start: in.Start.UTC(), People: in.People}
		var err error
		if r.Shift, err = time.ParseDuration(in.Shift); err != nil {
			problems = append(problems, fmt.Errorf("rotas[%d].shift is %q; write a duration, such as 168h", n, in.Shift))
		} else if err := r.check(); err != nil {
			problems = append(problems, fmt.Errorf("rotas[%d].%w", n, err))
		}
		if seen[r.Name] {
			problems = append(problems, fmt.Errorf("rotas[%d].name is %q, as that of another; names are unique", n, r.Name))
		}
		seen[r.Name] = true
		if r.Title == "" {
			r.Title = r.Name
		}
		rotas = append(rotas, r)
	}
	if len(problems) > 0 {
		return nil, invalid("%v", errors.Join(problems...))
	}
	return rotas, nil
}

func (r Rota) check() error {
	switch {
	case !catalog.ValidName(entityName(r.Name)):
		return fmt.Errorf("name is %q; write at most 55 letters, digits, and dashes between them", r.Name)
	case !catalog.ValidName(r.Team):
		return fmt.Errorf("team is %q; write the name of a group", r.Team)
	case r.Shift < time.Hour:
		return fmt.Errorf("shift is %s; an hour is the least", r.Shift)
	case r.Start.IsZero():
		return errors.New("start is missing; write when the first turn begins, such as 2026-01-05T09:00:00Z")
	case len(r.People) == 0:
		return errors.New("people is empty; name at least one user")
	default:
		return nil
	}
}

// invalid is an error whose message may be shown to a person.
func invalid(format string, args ...any) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf(format, args...)}
}
