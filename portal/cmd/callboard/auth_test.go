// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/callboard/callboard/portal/portaltest"
	"github.com/callboard/callboard/portal/standard"
)

var codeShape = regexp.MustCompile(`type the code ([A-Z]{4}-[A-Z]{4})`)

// TestLogin lets the command in, and refuses it.
func TestLogin(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ines.yaml")
	if err := os.WriteFile(file, []byte("apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ines}\nspec: {memberOf: []}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := portaltest.StartConfig(t, "catalog: {locations: [{type: file, target: "+file+"}]}", standard.Package())
	p.WaitFor(t, "/api/catalog/entities/by-name/user/default/ines", `"name":"ines"`)
	ines := p.As(t, "user:default/ines")
	keys := filepath.Join(t.TempDir(), "keys", "credentials.json")
	for _, tt := range []struct {
		decision string
		code     int
		says     string
	}{{"denied", 1, "you refused"}, {"approved", 0, "signed in at " + p.URL}} {
		read, write := io.Pipe()
		var said bytes.Buffer
		code := make(chan int, 1)
		go func() {
			defer write.Close()
			code <- run(t.Context(), []string{"auth", "login", "--portal", p.URL + "/", "--credentials", keys}, io.Discard, write)
		}()
		buf := make([]byte, 4096)
		var err error
		for err == nil {
			var n int
			n, err = read.Read(buf)
			said.Write(buf[:n])
			if m := codeShape.FindStringSubmatch(said.String()); m != nil && err == nil {
				res := ines.Post(t, "/device", url.Values{"code": {m[1]}, "decision": {tt.decision}})
				if res.Status != http.StatusSeeOther {
					t.Errorf("POST /device = %d:\n%s", res.Status, res.Body)
				}
				_, _ = io.Copy(&said, read)
				break
			}
		}
		if got := <-code; got != tt.code || !strings.Contains(said.String(), tt.says) {
			t.Errorf("auth login, %s = %d:\n%s", tt.decision, got, &said)
		}
	}
	info, err := os.Stat(keys)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the keys lie in %v, %v", info, err)
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"auth", "token", "--portal", p.URL, "--credentials", keys}, &out, &errs); code != 0 {
		t.Fatalf("auth token = %d: %s", code, &errs)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/api/auth/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(out.String()))
	if res := p.Do(t, r); !strings.Contains(res.Body, "user:default/ines") {
		t.Errorf("the key is %d %s", res.Status, res.Body)
	}
	if code := run(t.Context(), []string{"auth", "token", "--portal", "http://elsewhere.example", "--credentials", keys}, &out, &errs); code != 1 || !strings.Contains(errs.String(), "there is no key for http://elsewhere.example") {
		t.Errorf("auth token elsewhere = %d: %s", code, &errs)
	}
}
