// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
)

type tlsConfig struct {
	Cert string `yaml:"cert" validate:"required"`
	Min  int    `yaml:"min" validate:"oneof=12 13"`
}

type base struct {
	Name string `yaml:"name"`
}

type server struct {
	Base        base              `yaml:",inline"`
	Listen      string            `yaml:"listen" validate:"omitempty,hostname_port"`
	ReadTimeout time.Duration     `yaml:"readTimeout" validate:"omitempty,min=1s,max=1h"`
	Limit       config.Size       `yaml:"limit" validate:"max=1048576"`
	URL         *url.URL          `yaml:"url"`
	Key         config.Secret     `yaml:"key" validate:"omitempty,min=8"`
	TLS         *tlsConfig        `yaml:"tls"`
	Hosts       []string          `yaml:"hosts" validate:"max=3,dive,hostname_rfc1123"`
	Labels      map[string]string `yaml:"labels"`
	Workers     map[string]worker `yaml:"workers" validate:"dive"`
	Steps       []worker          `yaml:"steps" validate:"dive"`
	Debug       bool              `yaml:"debug"`
	Ratio       float64           `yaml:"ratio" validate:"gte=0,lte=1"`
	Max         uint8             `yaml:"max"`
	Extra       any               `yaml:"extra"`
	Retries     *int              `yaml:"retries"`
	CamelCase   string
}

type worker struct {
	Count int    `yaml:"count" validate:"gte=0"`
	Queue string `yaml:"queue"`
}

// memory is a file system for the loader.
type memory map[string]string

func (m memory) read(path string) ([]byte, error) {
	data, ok := m[path]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return []byte(data), nil
}

func options(files memory, env map[string]string) *config.Options {
	return &config.Options{
		ReadFile: files.read,
		Lookup:   func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	}
}

func parse(t *testing.T, text string, env map[string]string) *config.Config {
	t.Helper()
	c, err := config.Parse("c.yaml", []byte(text), options(nil, env))
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	return c
}

func section(t *testing.T, c *config.Config, defaults server) server {
	t.Helper()
	s, err := config.Section(c, "server", defaults)
	if err != nil {
		t.Fatalf("Section: %v", err)
	}
	if err := c.Check(); err != nil {
		t.Fatalf("Check: %v", err)
	}
	return s
}

func TestSectionReadsEveryType(t *testing.T) {
	t.Parallel()
	c := parse(t, `
server:
  name: portal
  listen: 127.0.0.1:7007
  readTimeout: 1m30s
  limit: 64 KB
  url: https://example.com/x
  key: "12345678"
  tls: {cert: a.pem, min: 13}
  hosts: [a.example.com, b]
  labels: {"example.com/team": x, n: 1.20}
  workers: {mail: {count: 2, queue: q}}
  steps: [{count: 1}, {count: 2}]
  debug: true
  ratio: 0.5
  max: 255
  extra: {a: [1, 2.5, "3", true, null]}
  retries: 1_000
  camelCase: yes
`, nil)
	got := section(t, c, server{})
	u, _ := url.Parse("https://example.com/x")
	retries := 1000
	want := server{
		Base: base{Name: "portal"}, Listen: "127.0.0.1:7007", ReadTimeout: 90 * time.Second, Limit: 65536, URL: u,
		Key: config.NewSecret("12345678"), TLS: &tlsConfig{Cert: "a.pem", Min: 13}, Hosts: []string{"a.example.com", "b"},
		Labels: map[string]string{"example.com/team": "x", "n": "1.20"}, Workers: map[string]worker{"mail": {2, "q"}},
		Steps: []worker{{Count: 1}, {Count: 2}}, Debug: true, Ratio: 0.5, Max: 255,
		Extra:   map[string]any{"a": []any{int64(1), 2.5, "3", true, nil}},
		Retries: &retries, CamelCase: "yes",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Section mismatch (-want +got):\n%s", diff)
	}
}

func TestDefaultsStayAndAreNotChanged(t *testing.T) {
	t.Parallel()
	defaults := server{
		Listen: "a:1", Hosts: []string{"x"}, Labels: map[string]string{"a": "1", "b": "2"}, TLS: &tlsConfig{Cert: "c", Min: 12},
		Debug: true, ReadTimeout: time.Minute,
	}
	c := parse(t, "server: {listen: null, readTimeout: , labels: {b: 3}, tls: {min: 13}, debug: false}", nil)
	got := section(t, c, defaults)
	want := defaults
	want.Labels = map[string]string{"a": "1", "b": "3"}
	want.TLS = &tlsConfig{Cert: "c", Min: 13}
	want.Debug = false
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Section mismatch (-want +got):\n%s", diff)
	}
	if defaults.Labels["b"] != "2" || defaults.TLS.Min != 12 {
		t.Errorf("the defaults were changed: %+v", defaults)
	}
}

func TestFilesMerge(t *testing.T) {
	t.Parallel()
	files := memory{
		"a.yaml": "server: {listen: a:1, hosts: [a, b], labels: {x: 1, y: 1}, debug: true}",
		"b.yaml": "# nothing\n",
		"c.yaml": "server:\n  hosts: [c]\n  labels: {y: 2}\n  debug: ~\n",
	}
	c, err := config.Load([]string{"a.yaml", "b.yaml", "c.yaml"}, options(files, nil))
	if err != nil {
		t.Fatal(err)
	}
	got := section(t, c, server{})
	want := server{Listen: "a:1", Hosts: []string{"c"}, Labels: map[string]string{"x": "1", "y": "2"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Section mismatch (-want +got):\n%s", diff)
	}
}

func TestIncludesAndFiles(t *testing.T) {
	t.Parallel()
	files := memory{
		"etc/portal.yaml":      "server:\n  $include: [parts/one.yaml, parts/two.yaml]\n  listen: own:1\n  key: {$file: ../run/key}\n  hosts: {$include: parts/hosts.yaml}\n",
		"etc/parts/one.yaml":   "listen: one:1\nname: one\nratio: 0.1\n",
		"etc/parts/two.yaml":   "$include: three.yaml\nname: two\n",
		"etc/parts/three.yaml": "name: three\nmax: 3\n",
		"etc/parts/hosts.yaml": "[a, b]",
		"run/key":              "hunter2hunter2\r\n",
	}
	c, err := config.Load([]string{"etc/portal.yaml"}, options(files, nil))
	if err != nil {
		t.Fatal(err)
	}
	got := section(t, c, server{})
	want := server{Base: base{"two"}, Listen: "own:1", Ratio: 0.1, Max: 3, Key: config.NewSecret("hunter2hunter2"), Hosts: []string{"a", "b"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Section mismatch (-want +got):\n%s", diff)
	}
	for _, v := range c.Explain() {
		if v.Path == "server.name" && v.Origin.String() != "etc/parts/two.yaml:2:7" {
			t.Errorf("origin of name = %s", v.Origin)
		}
	}
}

func TestReadsFromDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "c.yaml")
	if err := os.WriteFile(path, []byte("server: {listen: a:1}"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := section(t, c, server{}); got.Listen != "a:1" {
		t.Errorf("Listen = %q", got.Listen)
	}
	if _, err := config.Load([]string{dir}, nil); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("a directory: %v", err)
	}
	if err := os.WriteFile(path, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load([]string{path}, nil); err == nil || !strings.Contains(err.Error(), "larger than 1 MB") {
		t.Errorf("a large file: %v", err)
	}
}

func TestSubstitution(t *testing.T) {
	t.Parallel()
	env := map[string]string{"HOST": "h", "EMPTY": "", "PORT": "8080", "TRICK": "${HOST}\nx: y"}
	tests := []struct{ in, want string }{
		{"${HOST}:1", "h:1"},
		{"'${HOST}:${PORT}'", "h:8080"},
		{"${NONE:-d:1}", "d:1"},
		{"${EMPTY:-d}", "d"},
		{`"${EMPTY}"`, ""},
		{"a$$b", "a$b"},
		{"$${HOST}", "${HOST}"},
		{"^a$", "^a$"},
		{"$HOST", "$HOST"},
		{"${TRICK}", "${HOST}\nx: y"},
		{"|\n    ${HOST}\n", "h\n"},
	}
	for _, tt := range tests {
		c := parse(t, "server:\n  name: "+tt.in, env)
		if got := section(t, c, server{}); got.Base.Name != tt.want {
			t.Errorf("%s = %q, want %q", tt.in, got.Base.Name, tt.want)
		}
	}
	got := section(t, parse(t, "server: {max: '${N:-7}', listen: \"${EMPTY}\", ratio: }", env), server{Ratio: 1})
	if got.Max != 7 || got.Ratio != 1 {
		t.Errorf("Section = %+v", got)
	}
	// An empty variable where nothing is quoted leaves the default.
	if got := section(t, parse(t, "server:\n  max: ${EMPTY}", env), server{Max: 3}); got.Max != 3 {
		t.Errorf("Max = %d", got.Max)
	}
}

func TestPrecedenceAndExplain(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"CALLBOARD_SERVER_LISTEN": "env:1", "CALLBOARD_SERVER_READ_TIMEOUT": "5s", "CALLBOARD_SERVER_HOSTS": "a, b",
		"CALLBOARD_SERVER_TLS_CERT": "e.pem", "CALLBOARD_SERVER_TLS_MIN": "12", "CALLBOARD_SERVER_KEY": "from-the-environment", "CALLBOARD_SERVER_MAX": "9",
		"CALLBOARD_SERVER_LABELS_TEAM": "env-team", "CALLBOARD_SERVER_RETRIES": "4",
	}
	c := parse(t, "server:\n  listen: file:1\n  max: 8\n  name: n\n  labels: {team: t}\n  url: https://u:hunter2@example.com/\n  extra: {apiToken: t0p, db: 'postgres://u:p4ss@h/d'}\n", env)
	c.Set("server.listen", "flag:1", "flag --listen")
	c.Set("server.hosts", "[c, d]", "flag --hosts")
	got := section(t, c, server{Limit: 1024, Ratio: 0.5, TLS: nil})
	if got.Listen != "flag:1" || got.ReadTimeout != 5*time.Second || got.TLS == nil || got.TLS.Cert != "e.pem" || got.Max != 9 ||
		got.Labels["team"] != "env-team" || *got.Retries != 4 || got.Key.Reveal() != "from-the-environment" {
		t.Errorf("Section = %+v", got)
	}
	if diff := cmp.Diff([]string{"c", "d"}, got.Hosts); diff != "" {
		t.Errorf("Hosts mismatch (-want +got):\n%s", diff)
	}
	want := map[string]string{
		"server.name": "n c.yaml:4:9", "server.listen": "flag:1 flag --listen", "server.readTimeout": "5s env CALLBOARD_SERVER_READ_TIMEOUT",
		"server.limit": "1 KB default", "server.url": "https://u:***@example.com/ c.yaml:6:8", "server.key": "*** env CALLBOARD_SERVER_KEY",
		"server.tls.cert": "e.pem env CALLBOARD_SERVER_TLS_CERT", "server.hosts": "[c, d] flag --hosts", "server.labels.team": "env-team env CALLBOARD_SERVER_LABELS_TEAM",
		"server.extra": `{"apiToken":"***","db":"postgres://u:***@h/d"} c.yaml:7:10`, "server.debug": "false default", "server.max": "9 env CALLBOARD_SERVER_MAX",
	}
	have := map[string]string{}
	for _, v := range c.Explain() {
		have[v.Path] = v.Value + " " + v.Origin.String()
	}
	for path, w := range want {
		if have[path] != w {
			t.Errorf("Explain %s = %q, want %q", path, have[path], w)
		}
	}
	for _, line := range have {
		for _, secret := range []string{"hunter2", "p4ss", "t0p", "from-the"} {
			if strings.Contains(line, secret) {
				t.Errorf("Explain shows %q", line)
			}
		}
	}
}

func TestProblemsAreInvalidInput(t *testing.T) {
	t.Parallel()
	_, err := config.Parse("c.yaml", []byte("a: [\n"), nil)
	if callboard.CodeOf(err) != callboard.CodeInvalid || !strings.Contains(callboard.MessageOf(err), "c.yaml:2:1: this is not YAML") {
		t.Errorf("Parse = %v (%s)", err, callboard.CodeOf(err))
	}
}

// TestOrigin: the place of a value, or of the nearest thing around it.
func TestOrigin(t *testing.T) {
	t.Parallel()
	c, err := config.Parse("a.yaml", []byte("server:\n  listen: 127.0.0.1:1\n  extra:\n    deep: {er: 1}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := config.Section(c, "server", server{}); err != nil {
		t.Log(err) // where values are does not depend on whether they are right
	}
	for path, want := range map[string]string{"server.listen": "a.yaml:2:11", "server.extra.deep.er": "a.yaml:4:5", "server": "a.yaml:2:3"} {
		if got := c.Origin(path).String(); got != want {
			t.Errorf("Origin(%s) = %s, want %s", path, got, want)
		}
	}
}
