// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/callboard/callboard/portal/config"
)

func TestBadFiles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		files memory
		want  string
	}{
		{"missing", memory{}, "c.yaml: there is no file c.yaml; create it or correct the path"},
		{"list", memory{"c.yaml": "- a"}, "c.yaml:1:1: a configuration file is a mapping of keys, not a list; write key: value"},
		{"text", memory{"c.yaml": "hello"}, `not "hello"`},
		{"tab", memory{"c.yaml": "a:\n\tb: 1"}, "c.yaml:2:1: this is not YAML"},
		{"second document", memory{"c.yaml": "a: 1\n---\nb: 2"}, "c.yaml:2:1: a second document begins here"},
		{"duplicate", memory{"c.yaml": "a:\n  b: 1\n  b: 2"}, "c.yaml:3:3: the key b stands here twice, first at c.yaml:2:3; remove one"},
		{"utf-8", memory{"c.yaml": "a: 1\nü: \xff"}, "c.yaml:2:4: the file is not valid UTF-8"},
		{"control", memory{"c.yaml": "a: \x01"}, "c.yaml:1:4"},
		{"alias", memory{"c.yaml": "a: *b"}, "c.yaml:1:4: this is not YAML: unknown anchor 'b'"},
		{"alias in itself", memory{"c.yaml": "a: &a [*a]"}, "c.yaml:1:8: the alias *a stands within what it names"},
		{"tag", memory{"c.yaml": "a: !!binary eA=="}, "the tag"},
		{"key", memory{"c.yaml": "? [a]\n: b"}, "c.yaml:1:3: a key is a text"},
		{"directive", memory{"c.yaml": "$incude: x"}, "there is no directive $incude"},
		{"depth", memory{"c.yaml": strings.Repeat("{a: ", 70) + "1" + strings.Repeat("}", 70)}, "more than 64 deep"},
		{"depth in brackets", memory{"c.yaml": "a: " + strings.Repeat("[", 20000)}, "c.yaml:1:"},
		{"size", memory{"c.yaml": "a: " + strings.Repeat("x", 1<<20)}, "larger than 1 MB"},
		{"unset variable", memory{"c.yaml": "a:\n  b: ${NONE}"}, "c.yaml:2:6: the environment variable NONE is not set; set it, or give a default with ${NONE:-default}"},
		{"open substitution", memory{"c.yaml": "a: x${NONE"}, "${NONE is no substitution"},
		{"odd substitution", memory{"c.yaml": "a: '${a b}'"}, "${a b} is no substitution"},
		{"nested substitution", memory{"c.yaml": "a: ${A:-${B}}"}, "is no substitution"},
		{"include circle", memory{"c.yaml": "x: {$include: d/e.yaml}", "d/e.yaml": "y:\n  $include: ../c.yaml"}, "d/e.yaml:2:13: files include each other in a circle: c.yaml → d/e.yaml → c.yaml"},
		{"include itself", memory{"c.yaml": "$include: c.yaml"}, "circle: c.yaml → c.yaml"},
		{"include missing", memory{"c.yaml": "a:\n  $include: no.yaml"}, "c.yaml:2:13: there is no file no.yaml"},
		{"include no path", memory{"c.yaml": "a: {$include: {b: c}}"}, "$include takes the path of a file"},
		{"include list beside keys", memory{"c.yaml": "a: {$include: l.yaml, b: 1}", "l.yaml": "[1]"}, "cannot merge"},
		{"file missing", memory{"c.yaml": "a: {$file: no}"}, "c.yaml:1:12: there is no file no"},
		{"file not alone", memory{"c.yaml": "a: {$file: x, b: c}", "x": "s"}, "$file stands alone"},
		{"merge of a text", memory{"c.yaml": "a: {<<: x}"}, "<< takes an alias of a mapping"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := config.Load([]string{"c.yaml"}, options(tt.files, nil))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Load = %v\nwant %s", err, tt.want)
			}
			if c == nil {
				t.Error("no Config to go on with")
			}
		})
	}
}

func TestIncludeDepthAndNumber(t *testing.T) {
	t.Parallel()
	deep := memory{}
	for i := range 20 {
		deep[fmt.Sprintf("%d.yaml", i)] = fmt.Sprintf("$include: %d.yaml", i+1)
	}
	_, err := config.Load([]string{"0.yaml"}, options(deep, nil))
	if err == nil || !strings.Contains(err.Error(), "included more than 10 deep") {
		t.Errorf("deep includes: %v", err)
	}
	wide := memory{"c.yaml": "", "x.yaml": "a: 1"}
	for i := range 200 {
		wide["c.yaml"] += fmt.Sprintf("k%d: {$include: x.yaml}\n", i)
	}
	_, err = config.Load([]string{"c.yaml"}, options(wide, nil))
	if err == nil || !strings.Contains(err.Error(), "more than 100 files") {
		t.Errorf("many includes: %v", err)
	}
}

func TestAliasBombIsRefused(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 20 {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	_, err := config.Parse("c.yaml", []byte(b.String()), nil)
	if err == nil || !strings.Contains(err.Error(), "aliases expanded") {
		t.Errorf("Parse = %v", err)
	}
}

func TestMergeKeys(t *testing.T) {
	t.Parallel()
	c := parse(t, "base: &b {listen: a:1, max: 1}\nmore: &m {max: 2, ratio: 0.5}\nserver: {<<: [*b, *m], listen: c:1}", nil)
	got, err := config.Section(c, "server", server{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Listen != "c:1" || got.Max != 1 || got.Ratio != 0.5 {
		t.Errorf("Section = %+v", got)
	}
}

func TestEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	c, err := config.Parse("c.yaml", []byte(`server:
  listen: nowhere
  readTimeout: 10
  limit: 2MB
  url: nope
  key: short
  tls: {min: 11}
  hosts: [a, b_, c]
  workers: {mail: {count: -1}}
  steps: [{count: 0}, {count: -2}]
  debug: on
  ratio: 1.5
  max: 256
  retries: [1]
  labels: x
  reedTimeout: 1s
  extra: ${UNSET}
other: 1
`), nil)
	if err == nil {
		t.Fatal("Parse found nothing")
	}
	_, err = config.Section(c, "server", server{})
	var problems config.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("Section = %v", err)
	}
	want := `c.yaml:2:11: server.listen must be host:port, such as 127.0.0.1:7007
c.yaml:3:16: server.readTimeout is "10"; expected a duration, such as 30s or 5m
c.yaml:4:10: server.limit must be at most 1 MB
c.yaml:5:8: server.url is "nope"; expected a URL, such as https://example.com/path
c.yaml:6:8: server.key must be at least 8 characters long
c.yaml:7:8: server.tls.cert is required; set it in a file or as CALLBOARD_SERVER_TLS_CERT
c.yaml:7:14: server.tls.min must be one of 12, 13
c.yaml:8:14: server.hosts[1] must be a host name
c.yaml:9:27: server.workers.mail.count must be at least 0
c.yaml:10:31: server.steps[1].count must be at least 0
c.yaml:11:10: server.debug is "on"; expected true or false
c.yaml:12:10: server.ratio must be at most 1
c.yaml:13:8: server.max is "256"; expected a whole number, 0 or more
c.yaml:14:12: server.retries is a list; expected a whole number
c.yaml:15:11: server.labels is "x"; expected a mapping; write key: value below it`
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(problems.Error(), "\n")); diff != "" {
		t.Errorf("Section mismatch (-want +got):\n%s", diff)
	}
	all := c.Check().Error()
	for _, line := range []string{
		"c.yaml:16:3: server.reedTimeout is not a known key; did you mean readTimeout?",
		"c.yaml:17:10: the environment variable UNSET is not set",
		"c.yaml:18:1: other is not a known key; known here: server",
	} {
		if !strings.Contains(all, line) {
			t.Errorf("Check lacks %q:\n%s", line, all)
		}
	}
	if got := strings.Count(all, "\n") + 1; got != 18 {
		t.Errorf("Check lists %d problems, want 18:\n%s", got, all)
	}
}

func TestUnclaimed(t *testing.T) {
	t.Parallel()
	type outer struct {
		Name string `yaml:"name"`
	}
	text := "catalog:\n  name: n\n  github: {app: 1, ap: 2}\n  gitlb: {}\n  rules: [{kind: a, kin: b}]\n"
	type rules []struct {
		Kind string `yaml:"kind"`
	}
	type github struct {
		App int `yaml:"app"`
	}
	read := []func(c *config.Config) error{
		func(c *config.Config) error { _, err := config.Section(c, "catalog", outer{}); return err },
		func(c *config.Config) error { _, err := config.Section(c, "catalog.github", github{}); return err },
		func(c *config.Config) error { _, err := config.Section(c, "catalog.gitlab", github{}); return err },
		func(c *config.Config) error { _, err := config.Section(c, "catalog.rules", rules{}); return err },
	}
	want := "c.yaml:3:20: catalog.github.ap is not a known key; did you mean app?\n" +
		"c.yaml:4:3: catalog.gitlb is not a known key; did you mean gitlab?\n" +
		"c.yaml:5:21: catalog.rules[0].kin is not a known key; did you mean kind?\n" +
		"flag --nme: catalog.nme is set but nothing reads it; did you mean catalog.name?"
	for shift := range read { // the order of the sections does not matter
		c := parse(t, text, nil)
		c.Set("catalog.nme", "x", "flag --nme")
		for i := range read {
			if err := read[(i+shift)%len(read)](c); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, c.Unclaimed().Error()); diff != "" {
			t.Errorf("Unclaimed mismatch (-want +got):\n%s", diff)
		}
	}
}

func TestSectionBelowAText(t *testing.T) {
	t.Parallel()
	c := parse(t, "server: hello", nil)
	if _, err := config.Section(c, "server", server{}); err == nil || !strings.Contains(err.Error(), `c.yaml:1:9: server is "hello"; expected a mapping with the keys name, listen`) {
		t.Errorf("Section = %v", err)
	}
	if _, err := config.Section(c, "server.tls", tlsConfig{}); err == nil || !strings.Contains(err.Error(), "takes a mapping") {
		t.Errorf("Section below = %v", err)
	}
}

func TestVariablesThatClash(t *testing.T) {
	t.Parallel()
	type clash struct {
		A string `yaml:"aB"`
		B struct {
			C string `yaml:"b"`
		} `yaml:"a"`
	}
	c := parse(t, "", map[string]string{"CALLBOARD_X_A_B": "1"})
	if _, err := config.Section(c, "x", clash{}); err == nil || !strings.Contains(err.Error(), "same variable CALLBOARD_X_A_B") {
		t.Errorf("Section = %v", err)
	}
}

func TestRequiredWithoutAFile(t *testing.T) {
	t.Parallel()
	c := parse(t, "", nil)
	_, err := config.Section(c, "auth", struct {
		Issuer string `yaml:"issuer" validate:"required"`
	}{})
	if err == nil || err.Error() != "auth.issuer is required; set it in a file or as CALLBOARD_AUTH_ISSUER" {
		t.Errorf("Section = %v", err)
	}
}

func TestSecretsNeverPrint(t *testing.T) {
	t.Parallel()
	const text = "hunter2"
	type holder struct {
		Key    config.Secret
		hidden config.Secret
	}
	s := config.NewSecret(text)
	h := holder{Key: s, hidden: s}
	var b strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, verb+verb+verb+"\n", s, h, &h)
	}
	asJSON, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Dump(map[string]any{"key": s})
	if err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "s", s, "h", h)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "s", s, "h", h)
	all := b.String() + string(asJSON) + string(asYAML)
	if strings.Contains(all, text) || strings.Contains(all, fmt.Sprintf("%x", text)) {
		t.Errorf("printed: %s", all)
	}
	if string(asJSON) != `{"Key":"***"}` || string(asYAML) != "key: '***'\n" {
		t.Errorf("JSON %s, YAML %s", asJSON, asYAML)
	}
	if s.Reveal() != text || !s.Equal(config.NewSecret(text)) || s.IsZero() || !config.NewSecret("").IsZero() || (config.Secret{}).String() != "" {
		t.Error("the secret does not hold its text")
	}
	c := parse(t, "server: {key: [1]}", nil)
	c.Set("server.key", "tiny", "flag --key")
	if _, err := config.Section(c, "server", server{}); err == nil || strings.Contains(err.Error(), "tiny") {
		t.Errorf("Section = %v; want an error without the secret", err)
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]config.Size{"0": 0, "512": 512, "512B": 512, "1k": 1024, "64 KB": 65536, "64KiB": 65536, "1.5 GB": 3 << 29, " 2mb ": 2 << 20, "1TB": 1 << 40} {
		var s config.Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%q = %d, %v; want %d", text, s, err, want)
		}
		var again config.Size
		if err := again.UnmarshalText([]byte(s.String())); err != nil || again != s {
			t.Errorf("%s reads as %d, %v", s, again, err)
		}
	}
	for _, text := range []string{"", "KB", "-1", "1 XB", "1e5", "9999999999 TB", "1.2.3", "5 5", "NaN", "B"} {
		var s config.Size
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read as %d", text, s)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"server: {listen: a:1}", "a: &a [*a]", "server:\n  <<: {max: 1}\n  hosts: [x]", "$include: c.yaml", "a: ${X:-$$}", "server: {key: {$file: k}}",
		"server: {labels: {\"a.b\": 1}, steps: [{}], workers: {x: }}", "? {}\n: x", "\xff", "a: 1\n---\n", "server: {extra: {<<: *x}}", "a: !!int x", "server: {workers: {\"0\": {count: -1}}}",
	} {
		f.Add([]byte(s))
	}
	files := memory{"k": "secret", "d.yaml": "max: 1"}
	f.Fuzz(func(t *testing.T, data []byte) {
		start := time.Now()
		c, _ := config.Parse("c.yaml", data, options(files, map[string]string{"X": "x"}))
		_, sectionErr := config.Section(c, "server", server{})
		all := c.Check()
		if sectionErr != nil && all == nil {
			t.Errorf("Check forgets %v", sectionErr)
		}
		var problems config.Problems
		if errors.As(all, &problems) {
			for _, p := range problems {
				if p.Rule == "" || p.Message == "" || p.Origin.Line < 0 {
					t.Errorf("problem %+v", p)
				}
			}
		}
		for _, v := range c.Explain() {
			if v.Path == "" || v.Origin.Name == "" {
				t.Errorf("value %+v", v)
			}
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%d bytes took %s", len(data), d)
		}
	})
}
