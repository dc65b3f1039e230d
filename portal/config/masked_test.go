// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/callboard/callboard/portal/config"
)

func TestMasked(t *testing.T) {
	t.Parallel()
	const token, file, password, named = `t0p/s3cret+"quoted"`, "from-a-file-9", "db-passw0rd", "hunter2hunter2"
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	main := write("portal.yaml", fmt.Sprintf("tool:\n  token: '%s'\n  content: {$file: %s}\n  database: postgres://me:%s@localhost/x\n  apiKey: %s\n  plain: ordinary\n  pin: '1234'\n",
		token, write("content", file), password, named))
	c, err := config.Load([]string{main}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(c.Masked(&out), nil))
	type tool struct {
		Token    config.Secret
		Content  string
		Database string
		APIKey   string `yaml:"apiKey"`
		Plain    string
		Pin      config.Secret
	}
	if _, err := config.Section(c, "tool", tool{}); err != nil {
		t.Fatal(err)
	}
	reversed := []byte(token)
	slices.Reverse(reversed)
	for _, text := range []string{
		token, file, password, named, url.QueryEscape(token), url.PathEscape(token), hex.EncodeToString([]byte(token)),
		base64.StdEncoding.EncodeToString([]byte("a" + token)), base64.RawURLEncoding.EncodeToString([]byte("ab" + token + "c")), string(reversed),
	} {
		out.Reset()
		log.Warn("said "+text, "attr", text, "err", errors.New("wrapped: "+text), "any", map[string]string{"x": text})
		if !strings.Contains(out.String(), "said ") {
			t.Fatalf("nothing is logged: %s", &out)
		}
		said := strings.ReplaceAll(out.String(), `\"`, `"`)
		for _, secret := range []string{token, file, password, named, text} {
			if strings.Contains(said, secret) {
				t.Errorf("the log tells %q: %s", secret, said)
			}
		}
	}
	out.Reset()
	log.Warn("ordinary 1234")
	if !strings.Contains(out.String(), "ordinary 1234") {
		t.Errorf("the log lacks words that are no secrets: %s", &out)
	}
}
