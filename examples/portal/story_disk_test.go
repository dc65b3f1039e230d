// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// TestFullDisk takes in more than the disk holds. The portal says so, serves
// what it has, and goes on where there is room again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for n := range 2000 {
		fmt.Fprintf(&b, "---\n%s", component(fmt.Sprintf("c%d", n)))
	}
	dir := tree(t, map[string]string{"a-small.yaml": component("small"), "z-large.yaml": b.String()})
	data := t.TempDir()
	small := []string{"--data", data, "--catalog", filepath.Join(dir, "a-small.yaml")}
	p := run(t, small)
	p.delivered(t, "file")
	p.Stop(t)

	database := "file:" + filepath.Join(data, "callboard.db")
	info, err := os.Stat(filepath.Join(data, "callboard.db"))
	if err != nil {
		t.Fatal(err)
	}
	full := fmt.Sprintf("%s?_pragma=max_page_count(%d)", database, info.Size()/4096+20)
	p = run(t, []string{"--data", data, "--catalog", dir, "--database", full})
	var st provider
	eventually(t, "the disk to be full", func() bool {
		st = get[list[provider]](t, p, "/api/catalog/providers").Items[0]
		return st.State == "failed"
	})
	if !strings.Contains(st.Error, "disk is full") {
		t.Errorf("the provider's error is %q", st.Error)
	}
	for _, path := range []string{"/", "/catalog", "/catalog/default/component/small", "/api/catalog/entities/by-name/component/default/small"} {
		if status, body := p.ask(t, http.MethodGet, path, ""); status != http.StatusOK {
			t.Errorf("GET %s on a full disk = %d: %.300s", path, status, body)
		}
	}
	if status, body := p.ask(t, http.MethodPost, "/api/catalog/locations", `{"type":"url","target":"https://git.example.com/`+strings.Repeat("x", 200_000)+`.yaml"}`); status < 400 || !strings.Contains(string(body), "message") {
		t.Errorf("POST /locations on a full disk = %d: %.300s", status, body)
	}
	p.Stop(t)

	p = run(t, []string{"--data", data, "--catalog", dir})
	p.delivered(t, "file")
	if got := p.total(t); got != 2001 {
		t.Errorf("with room again %d entities are served, want 2001", got)
	}
	p.Stop(t)
	if live, _ := checkAfterKill(t, "sqlite:"+filepath.Join(data, "callboard.db"), 0); live != 2001 {
		t.Errorf("%d entities are stored, want 2001", live)
	}
}

// TestNewerDatabase does not touch a database that a newer program has changed.
func TestNewerDatabase(t *testing.T) {
	t.Parallel()
	sqldbtest.EachURL(t, func(t *testing.T, database string) {
		t.Parallel()
		args := []string{"--database", database}
		run(t, args).Stop(t)
		db := sqldbtest.OpenURL(t, database)
		if _, err := db.Exec(t.Context(), `INSERT INTO goose_catalog (version_id, is_applied) VALUES (9999, `+map[bool]string{true: "TRUE", false: "1"}[strings.HasPrefix(database, "postgres")]+`)`); err != nil {
			t.Fatal(err)
		}
		said, code := tryRunLog(t, args)
		if code != portal.ExitFailure || !strings.Contains(said, "newer") || strings.Count(said, "newer") > 1 {
			t.Errorf("exit %d, want one sentence that the database is newer:\n%s", code, said)
		}
	})
}

// TestUnusableData names places where nothing can be kept.
func TestUnusableData(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"file": "a text, and no database: " + strings.Repeat("x", 5000), "empty": ""})
	at := func(name string) string { return filepath.Join(dir, name) }
	tests := map[string]struct {
		args []string
		want string
	}{
		"data is a file":            {[]string{"--data", at("file")}, at("file")},
		"data is below a file":      {[]string{"--data", at("file/below")}, at("file")},
		"database is a text":        {[]string{"--database", at("file")}, "SQLite"},
		"database is a directory":   {[]string{"--database", dir}, dir},
		"no such server":            {[]string{"--database", "postgres://nobody@127.0.0.1:1/nothing"}, "127.0.0.1:1"},
		"no such kind of database":  {[]string{"--database", "mysql://localhost/x"}, "mysql"},
		"an address that is not":    {[]string{"--listen", "here"}, "here"},
		"an address somewhere else": {[]string{"--listen", "192.0.2.1:80"}, "192.0.2.1"},
	}
	if os.Getuid() != 0 { // root writes everywhere
		if err := os.Mkdir(at("locked"), 0o500); err != nil {
			t.Fatal(err)
		}
		tests["data may not be written"] = struct {
			args []string
			want string
		}{[]string{"--data", at("locked")}, at("locked")}
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said, code := tryRunLog(t, tt.args)
			if code != portal.ExitFailure || !strings.Contains(said, tt.want) || strings.Contains(said, "reasons") || strings.Contains(said, "cannot be built") {
				t.Errorf("exit %d, want one sentence with %q:\n%s", code, tt.want, said)
			}
		})
	}
}
