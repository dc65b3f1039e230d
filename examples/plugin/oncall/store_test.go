// SPDX-License-Identifier: Apache-2.0

package oncall_test

import (
	"database/sql"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/examples/plugin/oncall"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// monday is when the first turns begin.
var monday = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func shop() oncall.Rota {
	return oncall.Rota{Name: "shop", Title: "Shop", Team: "web", Channel: "#shop", People: []string{"ines", "tom"}, Start: monday, Shift: 24 * time.Hour}
}

func payments() oncall.Rota {
	return oncall.Rota{Name: "payments", Title: "Payments", Team: "payments", Channel: "#pay", People: []string{"noor"}, Start: monday, Shift: 7 * 24 * time.Hour}
}

func newStore(t testing.TB, db *sqldb.DB) *oncall.Store {
	t.Helper()
	store, err := oncall.NewStore(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// replace stores the rotas and returns whether they were news.
func replace(t testing.TB, db *sqldb.DB, store *oncall.Store, rotas ...oncall.Rota) (news bool) {
	t.Helper()
	err := db.InTx(t.Context(), func(tx *sql.Tx) (err error) {
		news, err = store.ReplaceTx(t.Context(), tx, rotas, monday)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return news
}

// TestStore runs on both databases, which is all that it takes to support them.
func TestStore(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		newStore(t, db)
		store := newStore(t, db) // as after a restart: nothing to migrate
		if read, err := store.LastRead(t.Context()); err != nil || read != (oncall.Read{}) {
			t.Errorf("LastRead of a new store = %+v, %v", read, err)
		}
		for _, step := range []struct {
			name  string
			rotas []oncall.Rota
			news  bool
		}{
			{"two", []oncall.Rota{shop(), payments()}, true},
			{"the same in another order", []oncall.Rota{payments(), shop()}, false},
			{"one less", []oncall.Rota{payments()}, true},
			{"none", nil, true},
		} {
			if news := replace(t, db, store, step.rotas...); news != step.news {
				t.Errorf("%s: ReplaceTx = %t, want %t", step.name, news, step.news)
			}
			got, err := store.Rotas(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			want := slices.SortedFunc(slices.Values(step.rotas), func(a, b oncall.Rota) int { return cmpText(a.Name, b.Name) })
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: Rotas mismatch (-want +got):\n%s", step.name, diff)
			}
		}
		if err := store.Failed(t.Context(), "it is gone"); err != nil {
			t.Fatal(err)
		}
		if read, err := store.LastRead(t.Context()); err != nil || read != (oncall.Read{At: monday, Failure: "it is gone"}) {
			t.Errorf("LastRead after a failure = %+v, %v", read, err)
		}
	})
}

func cmpText(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

func TestRotaTakesTurns(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for _, tt := range []struct {
		name string
		at   time.Time
		want oncall.Turn
	}{
		{"before the start", monday.Add(-day), oncall.Turn{Person: "ines", From: monday, To: monday.Add(day)}},
		{"at the start", monday, oncall.Turn{Person: "ines", From: monday, To: monday.Add(day)}},
		{"just before the handover", monday.Add(day - time.Second), oncall.Turn{Person: "ines", From: monday, To: monday.Add(day)}},
		{"at the handover", monday.Add(day), oncall.Turn{Person: "tom", From: monday.Add(day), To: monday.Add(2 * day)}},
		{"around again", monday.Add(100*day + time.Hour), oncall.Turn{Person: "ines", From: monday.Add(100 * day), To: monday.Add(101 * day)}},
	} {
		if diff := cmp.Diff(tt.want, shop().At(tt.at)); diff != "" {
			t.Errorf("%s: At mismatch (-want +got):\n%s", tt.name, diff)
		}
	}
	if turns := shop().Turns(monday, monday.Add(3*day)); len(turns) != 3 || turns[2].Person != "ines" {
		t.Errorf("Turns of three days = %+v", turns)
	}
	if turns := shop().Turns(monday, monday.Add(10000*day)); len(turns) != 100 {
		t.Errorf("Turns of many years are %d, want 100", len(turns))
	}
}

func TestParseRosterSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	good := `"team": "web", "shift": "24h", "start": "2026-01-05T09:00:00Z", "people": ["ines"]`
	for _, tt := range []struct{ name, roster, want string }{
		{"nothing", ``, "it is no roster: unexpected end of JSON input"},
		{"a name that is none", `{"rotas": [{"name": "a b", ` + good + `}]}`, `rotas[0].name is "a b"; write at most 55 letters, digits, and dashes between them`},
		{"two of one name", `{"rotas": [{"name": "a", ` + good + `}, {"name": "a", ` + good + `}]}`, `rotas[1].name is "a", as that of another; names are unique`},
		{"several", `{"rotas": [{"name": "a", "shift": "soon"}, {"name": "b", "team": "web", "shift": "1h", "start": "2026-01-05T09:00:00Z"}]}`,
			"rotas[0].shift is \"soon\"; write a duration, such as 168h\nrotas[1].people is empty; name at least one user"},
		{"too short a turn", `{"rotas": [{"name": "a", "team": "web", "shift": "1ns"}]}`, "rotas[0].shift is 1ns; an hour is the least"},
	} {
		if _, err := oncall.ParseRoster([]byte(tt.roster)); err == nil || err.Error() != tt.want {
			t.Errorf("%s: ParseRoster = %v, want %s", tt.name, err, tt.want)
		}
	}
}
