// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// each runs fn on both engines with a log whose clock ticks a second an entry.
func each(t *testing.T, fn func(t *testing.T, db *sqldb.DB, log *audit.Log)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		t.Parallel()
		if err := audit.Migrate(t.Context(), db); err != nil {
			t.Fatalf("Migrate: %v", err)
		}
		now := epoch
		fn(t, db, audit.New(db, &audit.Options{
			Now:     func() time.Time { now = now.Add(time.Second); return now },
			Request: func(context.Context) (string, string) { return "req-1", "192.0.2.7" },
		}))
	})
}

func record(t *testing.T, log *audit.Log, e audit.Entry) {
	t.Helper()
	if err := log.Record(t.Context(), nil, e); err != nil {
		t.Fatalf("Record: %v", err)
	}
}

func actions(entries []audit.Entry) (out []string) {
	for _, e := range entries {
		out = append(out, e.Action)
	}
	return out
}

func TestRecord(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ *sqldb.DB, log *audit.Log) {
		ctx := callboard.WithIdentity(t.Context(), callboard.Identity{Subject: "user:default/ines"})
		err := log.Record(ctx, nil, audit.Entry{
			Action: "catalog.suppress", Resource: "component:default/x",
			Before: json.RawMessage(`{"spec": {"b": 1, "password": "p"}}`), After: json.RawMessage(`null`),
		})
		if err != nil {
			t.Fatalf("Record: %v", err)
		}
		record(t, log, audit.Entry{Action: "x", Outcome: audit.Denied, Message: "odd \x00\xff " + strings.Repeat("é", 2000)})
		got, err := log.Entries(t.Context(), audit.Query{})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 2 || got[0].Actor != "anonymous" || got[0].Outcome != audit.Denied || len(got[0].Message) > 1100 {
			t.Fatalf("Entries = %+v, want the denied one of nobody first, cut", got)
		}
		want := audit.Entry{
			ID: got[1].ID, At: epoch.Add(time.Second), Actor: "user:default/ines", Action: "catalog.suppress",
			Resource: "component:default/x", Outcome: audit.Done, RequestID: "req-1", RemoteAddr: "192.0.2.7",
			Before: json.RawMessage(`{"spec":{"b":1,"password":"•••"}}`), After: json.RawMessage(`null`),
		}
		if diff := cmp.Diff(want, got[1]); diff != "" {
			t.Errorf("entry mismatch (-want +got):\n%s", diff)
		}
		for name, e := range map[string]audit.Entry{
			"no action": {}, "broken JSON": {Action: "x", Before: json.RawMessage(`{`)}, "two values": {Action: "x", After: json.RawMessage(`1 2`)},
		} {
			if err := log.Record(ctx, nil, e); callboard.CodeOf(err) != callboard.CodeInvalid {
				t.Errorf("Record of an entry with %s: %v, want CodeInvalid", name, err)
			}
		}
		big, err := json.Marshal(strings.Repeat("x", 1<<20))
		if err != nil {
			t.Fatal(err)
		}
		record(t, log, audit.Entry{Action: "big", After: big})
		if got, err := log.Entries(ctx, audit.Query{Action: "big"}); err != nil || len(got) != 1 || len(got[0].After) > 100 {
			t.Errorf("a large document is %d entries, %v; want its size instead", len(got), err)
		}
	})
}

func TestRecordInTransaction(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB, log *audit.Log) {
		ctx, lost := t.Context(), errors.New("lost")
		for _, fail := range []error{lost, nil} {
			err := db.InTx(ctx, func(tx *sql.Tx) error {
				return errors.Join(log.Record(ctx, tx, audit.Entry{Action: fmt.Sprintf("fail-%v", fail != nil)}), fail)
			})
			if !errors.Is(err, fail) {
				t.Fatalf("InTx = %v, want %v", err, fail)
			}
		}
		got, err := log.Entries(ctx, audit.Query{})
		if diff := cmp.Diff([]string{"fail-false"}, actions(got)); diff != "" || err != nil {
			t.Errorf("Entries mismatch (-want +got), %v:\n%s", err, diff)
		}
	})
}

func TestAppendOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB, log *audit.Log) {
		record(t, log, audit.Entry{Action: "x"})
		for _, query := range []string{`UPDATE audit_entry SET actor = 'somebody else'`, `DELETE FROM audit_entry`} {
			if _, err := db.Exec(t.Context(), query); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v, want it refused", query, err)
			}
		}
	})
}

func TestEntriesAndExport(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ *sqldb.DB, log *audit.Log) {
		ctx, base := t.Context(), epoch.Add(-time.Hour)
		if got, err := log.Entries(ctx, audit.Query{}); err != nil || got == nil || len(got) != 0 {
			t.Errorf("Entries of an empty log = %v, %v; want an empty slice", got, err)
		}
		for i := range 7 {
			record(t, log, audit.Entry{At: base.Add(time.Duration(i/2) * time.Minute), // pairs share a time
				Action: fmt.Sprint(i), Actor: []string{"ann", "bob"}[i%2], Resource: []string{"r", "s", "t"}[i%3]})
		}
		var pages [][]string
		for q := (audit.Query{Limit: 3}); ; {
			page, err := log.Entries(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			pages, q.Before = append(pages, actions(page)), page[len(page)-1].Key()
		}
		if diff := cmp.Diff([][]string{{"6", "5", "4"}, {"3", "2", "1"}, {"0"}}, pages); diff != "" {
			t.Errorf("pages mismatch (-want +got):\n%s", diff)
		}
		for _, tt := range []struct {
			name string
			q    audit.Query
			want []string
		}{
			{"actor", audit.Query{Actor: "bob"}, []string{"5", "3", "1"}},
			{"action", audit.Query{Action: "4"}, []string{"4"}},
			{"resource and actor", audit.Query{Resource: "r", Actor: "ann"}, []string{"6", "0"}},
			{"time", audit.Query{From: base.Add(time.Minute), To: base.Add(2 * time.Minute)}, []string{"3", "2"}},
			{"outcome", audit.Query{Outcome: audit.Done, Actor: "bob"}, []string{"5", "3", "1"}},
			{"another outcome", audit.Query{Outcome: audit.Failed}, nil},
			{"none", audit.Query{Actor: "nobody"}, nil},
		} {
			got, err := log.Entries(ctx, tt.q)
			if diff := cmp.Diff(tt.want, actions(got)); diff != "" || err != nil {
				t.Errorf("Entries by %s mismatch (-want +got), %v:\n%s", tt.name, err, diff)
			}
		}
		names, err := log.Actions(ctx)
		if diff := cmp.Diff([]string{"0", "1", "2", "3", "4", "5", "6"}, names); diff != "" || err != nil {
			t.Errorf("Actions mismatch (-want +got), %v:\n%s", err, diff)
		}
		newest, err := log.Entries(ctx, audit.Query{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if one, err := log.Entry(ctx, newest[0].ID); err != nil || one.Action != "6" {
			t.Errorf("Entry = %+v, %v; want the newest", one, err)
		}
		if _, err := log.Entry(ctx, 1<<40); callboard.CodeOf(err) != callboard.CodeNotFound {
			t.Errorf("Entry of none = %v", err)
		}
		var exported []string
		for e, err := range log.Export(ctx, audit.Query{Actor: "ann"}) {
			if err != nil {
				t.Fatalf("Export: %v", err)
			}
			exported = append(exported, e.Action)
		}
		if diff := cmp.Diff([]string{"0", "2", "4", "6"}, exported); diff != "" {
			t.Errorf("Export mismatch (-want +got):\n%s", diff)
		}
		ended, cancel := context.WithCancel(ctx)
		cancel()
		for _, err := range log.Export(ended, audit.Query{}) {
			if callboard.CodeOf(err) != callboard.CodeTimeout {
				t.Errorf("Export with an ended context: %v, want CodeTimeout", err)
			}
		}
	})
}

func TestExportPages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB, log *audit.Log) {
		ctx, n := t.Context(), 0
		err := db.InTx(ctx, func(tx *sql.Tx) error {
			for range 1001 {
				if err := log.Record(ctx, tx, audit.Entry{At: epoch, Action: "x"}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		last := int64(0)
		for e, err := range log.Export(ctx, audit.Query{}) {
			if err != nil || e.ID <= last {
				t.Fatalf("Export: entry %d after %d, %v", e.ID, last, err)
			}
			n, last = n+1, e.ID
		}
		if n != 1001 {
			t.Errorf("Export yielded %d entries, want 1001", n)
		}
	})
}

func TestMask(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"Password":"x","user":"ann"}`:                      `{"Password":"•••","user":"ann"}`,
		`{"client_secret":{"a":[1]},"n":null,"token":null}`:  `{"client_secret":"•••","n":null,"token":null}`,
		`[{"x-api-key":1},{"API Key":"k","accessToken":""}]`: `[{"x-api-key":"•••"},{"API Key":"•••","accessToken":"•••"}]`,
		`"postgres://ann:hunter2@db/x"`:                      `"postgres://ann:•••@db/x"`,
		`{"big":12345678901234567890,"html":"<b>"}`:          `{"big":12345678901234567890,"html":"<b>"}`,
		`{"plan":"gold","planDetails":1}`:                    `{"plan":"•••","planDetails":"•••"}`,
	} {
		got, err := audit.Mask(json.RawMessage(in), "Plan")
		if err != nil || string(got) != want {
			t.Errorf("Mask(%s) = %s, %v; want %s", in, got, err, want)
		}
	}
}

func FuzzMask(f *testing.F) {
	for _, seed := range []string{`{}`, `{"password":{"a":1}}`, `[1,"a://b:c@d"]`, `{`, `1 2`, `"\ud800"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, err := audit.Mask(doc)
		if err != nil {
			return
		}
		if !json.Valid(got) {
			t.Fatalf("Mask(%q) = %q, which is no JSON", doc, got)
		}
		again, err := audit.Mask(got)
		if err != nil || string(again) != string(got) {
			t.Errorf("Mask is not stable: %q, then %q, %v", got, again, err)
		}
	})
}

func TestQueriesUseAnIndex(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB, log *audit.Log) {
		for column, query := range map[string]string{
			"at":       `SELECT id FROM audit_entry WHERE 1 = 1 AND (at, id) < (5, 5) ORDER BY at DESC, id DESC LIMIT 50`,
			"actor":    `SELECT id FROM audit_entry WHERE 1 = 1 AND actor = 'a' AND (at, id) < (5, 5) ORDER BY at DESC, id DESC LIMIT 50`,
			"action":   `SELECT id FROM audit_entry WHERE 1 = 1 AND action = 'a' ORDER BY at DESC, id DESC LIMIT 50`,
			"resource": `SELECT id FROM audit_entry WHERE 1 = 1 AND resource = 'a' AND at >= 5 AND at < 9 ORDER BY at DESC, id DESC LIMIT 50`,
		} {
			plan := sqldbtest.Explain(t, db, query)
			if !strings.Contains(plan, "audit_entry_"+column) || strings.Contains(strings.ToLower(plan), "temp b-tree") || strings.Contains(plan, "Sort") {
				t.Errorf("%s is answered by\n%s\nwant the index audit_entry_%s and no sort", query, plan, column)
			}
		}
	})
}
