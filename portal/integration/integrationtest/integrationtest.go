// SPDX-License-Identifier: Apache-2.0

// Package integrationtest holds definitions of integrations against the tools that
// they ask. A case is a file ID.txtar with what the entity and the operator say,
// which requests must be made, what each is answered with, and what is shown
// then; see the folder testdata of portal/integration for the parts and for 42
// examples:
//
//	var update = flag.Bool("update", false, "write the golden parts")
//
//	func TestDefinitions(t *testing.T) {
//		definitions, err := integration.ParseFS("integrations", os.DirFS("../integrations"))
//		…
//		integrationtest.TestDefinitions(t, definitions, integrationtest.Options{Cases: "testdata", Update: *update})
//	}
//
// The tool of a test refuses a request whose method, host, path, query, header,
// body or credential is another than the case says. Every definition is also held
// against an empty answer and against the refusals that every tool knows.
package integrationtest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	yaml "go.yaml.in/yaml/v4"

	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/fetch"
	"github.com/callboard/callboard/portal/integration"
)

// Now is the time of every case.
func Now() time.Time { return now }

var now = time.Date(2026, 3, 14, 9, 26, 0, 0, time.UTC)

// secretWord is in every credential of the tests and may be nowhere else.
const secretWord = "s3cr3t"

// spec is what a case says beside its answers.
type spec struct {
	// Entity is the entity that is asked about.
	Entity map[string]any `yaml:"entity"`
	// Settings are the operator's.
	Settings map[string]string `yaml:"settings"`
	// Requests are what is to be asked, in order; each answers with a file.
	Requests []wanted `yaml:"requests"`
	// Actions are run one after the other.
	Actions []actionCase `yaml:"actions"`
}

// wanted is one request, told as the tool's documentation does.
type wanted struct {
	Method  string            `yaml:"method"`
	URL     string            `yaml:"url"` // without the query
	Query   map[string]any    `yaml:"query"`
	Headers map[string]string `yaml:"headers"`
	Body    any               `yaml:"body"`
	Form    map[string]string `yaml:"form"`
	// Link is the answer's header.
	Link string `yaml:"link"`
}

type actionCase struct {
	Name    string            `yaml:"name"`
	Inputs  map[string]string `yaml:"inputs"`
	Request wanted            `yaml:"request"`
	Answer  string            `yaml:"answer"`
	Says    string            `yaml:"says"`
}

// definitionCase is a file of testdata/cases.
type definitionCase struct {
	id    string
	file  string
	ar    *txtar.Archive
	spec  spec
	parts map[string]string
	// update writes the golden parts.
	update bool
}

func readCase(t *testing.T, file string, update bool) definitionCase {
	t.Helper()
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := definitionCase{id: strings.TrimSuffix(filepath.Base(file), ".txtar"), file: file, ar: ar, parts: map[string]string{}, update: update}
	for _, f := range ar.Files {
		c.parts[f.Name] = string(f.Data)
	}
	if err := yaml.Unmarshal([]byte(c.parts["case.yaml"]), &c.spec); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return c
}

func (c definitionCase) golden(t *testing.T, name, got string) {
	t.Helper()
	want, ok := c.parts[name]
	if got == want {
		return
	}
	if !c.update {
		t.Errorf("%s %s (update to accept) (-want +got):\n%s", c.file, name, cmp.Diff(want, got))
		return
	}
	if !ok {
		c.ar.Files = append(c.ar.Files, txtar.File{Name: name})
	}
	for i := range c.ar.Files {
		if c.ar.Files[i].Name == name {
			c.ar.Files[i].Data = []byte(got)
		}
	}
	if err := os.WriteFile(c.file, txtar.Format(c.ar), 0o600); err != nil {
		t.Fatal(err)
	}
}

// subject is the entity of the case.
func (c definitionCase) subject() integration.Subject { return integration.SubjectOf(c.spec.Entity) }

// secretOf is the value of a credential.
func secretOf(name, kind string) string {
	if kind == "basic" {
		return "user:" + secretWord + "-" + name
	}
	return secretWord + "-" + name
}

// tool is a server that plays a tool: it checks each request and refuses what
// it does not expect.
type tool struct {
	*httptest.Server
	mu      sync.Mutex
	expect  []expectation
	wrong   []string
	asked   int
	fail    int // status for every request, if it is not 0
	headers map[string]string
}

type expectation struct {
	wanted
	answer string
	auth   func(*http.Request) string
}

func newTool(t *testing.T) *tool {
	t.Helper()
	w := &tool{}
	w.Server = httptest.NewUnstartedServer(http.HandlerFunc(w.serve))
	w.Config.ErrorLog = log.New(io.Discard, "", 0)
	w.StartTLS()
	t.Cleanup(w.Close)
	return w
}

func (w *tool) serve(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	if w.fail != 0 {
		for name, value := range w.headers {
			rw.Header().Set(name, value)
		}
		rw.WriteHeader(w.fail)
		return
	}
	if len(w.expect) == 0 {
		w.refuse(rw, fmt.Sprintf("unexpected: %s %s", r.Method, r.URL))
		return
	}
	e := w.expect[0]
	w.expect = w.expect[1:]
	if problem := e.check(r); problem != "" {
		w.refuse(rw, problem)
		return
	}
	if e.Link != "" {
		rw.Header().Set("Link", e.Link)
	}
	rw.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(rw, e.answer)
}

func (w *tool) refuse(rw http.ResponseWriter, why string) {
	w.wrong = append(w.wrong, why)
	http.Error(rw, why, http.StatusTeapot)
}

// check says how a request differs from what is expected.
func (e expectation) check(r *http.Request) string {
	want, err := url.Parse(e.URL)
	if err != nil {
		return err.Error()
	}
	method := e.Method
	if method == "" {
		method = http.MethodGet
	}
	if r.Method != method || r.Host != want.Host || r.URL.EscapedPath() != want.EscapedPath() {
		return fmt.Sprintf("%s https://%s%s, want %s %s", r.Method, r.Host, r.URL.EscapedPath(), method, e.URL)
	}
	query := r.URL.Query()
	if problem := e.auth(r); problem != "" {
		return problem
	}
	for name, values := range query {
		if strings.Contains(strings.Join(values, ""), secretWord) {
			query.Del(name) // the credential, which auth has seen
		}
	}
	wantQuery := url.Values{}
	for name, v := range e.Query {
		if list, ok := v.([]any); ok {
			for _, one := range list {
				wantQuery.Add(name, fmt.Sprint(one))
			}
			continue
		}
		wantQuery.Set(name, fmt.Sprint(v))
	}
	if diff := cmp.Diff(wantQuery, query); diff != "" {
		return "query (-want +got):\n" + diff
	}
	for name, want := range e.Headers {
		if got := r.Header.Get(name); got != want {
			return fmt.Sprintf("header %s = %q, want %q", name, got, want)
		}
	}
	return e.checkBody(r)
}

func (e expectation) checkBody(r *http.Request) string {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	switch {
	case e.Body != nil:
		var got any
		if err := json.Unmarshal(body, &got); err != nil {
			return "body: " + err.Error()
		}
		text, _ := json.Marshal(e.Body)
		var want any
		_ = json.Unmarshal(text, &want)
		if diff := cmp.Diff(want, got); diff != "" {
			return "body (-want +got):\n" + diff
		}
	case e.Form != nil:
		want := url.Values{}
		for k, v := range e.Form {
			want.Set(k, v)
		}
		if string(body) != want.Encode() {
			return fmt.Sprintf("form %s, want %s", body, want.Encode())
		}
	case len(body) > 0:
		return fmt.Sprintf("body %q, want none", body)
	}
	return ""
}

// authOf checks that the credentials are where the definition says, and that
// nothing else has them.
func authOf(d *integration.Definition) func(*http.Request) string {
	return func(r *http.Request) string {
		header, query := r.Header.Clone(), r.URL.Query()
		for name, c := range d.Credentials {
			secret := secretOf(name, c.Kind)
			in, want := "Authorization", "Bearer "+secret
			switch c.Kind {
			case "bearer":
			case "basic":
				want = "Basic " + base64.StdEncoding.EncodeToString([]byte(secret))
			case "header":
				in, want = c.Name, c.Prefix+secret
			default:
				if query.Get(c.Name) != secret {
					return fmt.Sprintf("the parameter %s is %q", c.Name, query.Get(c.Name))
				}
				query.Del(c.Name)
				continue
			}
			if header.Get(in) != want {
				return fmt.Sprintf("the header %s is %q, want %q", in, header.Get(in), want)
			}
			header.Del(in)
		}
		if rest := fmt.Sprint(header, query, r.URL.Path); strings.Contains(rest, secretWord) {
			return "a credential stands where it should not: " + rest
		}
		return ""
	}
}

// names resolves every host to one public address.
type names struct{ address string }

func (n names) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr(n.address)}, nil
}

// client reaches the tool under every name.
func (w *tool) client(t testing.TB) *fetch.Client {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(w.Certificate())
	c, err := fetch.New(&fetch.Options{
		Resolver: names{"8.8.8.8"}, PerSecond: 1000,
		// The test's certificate is for example.com; the tools have other names.
		TLS: &tls.Config{RootCAs: roots, ServerName: "example.com"},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, w.Listener.Addr().String())
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// instance is the definition with all its credentials.
func instance(d *integration.Definition, settings map[string]string) integration.Instance {
	i := integration.Instance{ID: d.ID, Definition: d, Settings: map[string]string{}, Credentials: map[string]config.Secret{}}
	for name, s := range d.Settings {
		i.Settings[name] = s.Default
		if v, ok := settings[name]; ok {
			i.Settings[name] = v
			i.Named = append(i.Named, name)
		}
	}
	for name, c := range d.Credentials {
		i.Credentials[name] = config.NewSecret(secretOf(name, c.Kind))
	}
	return i
}

// engine is one that knows the definition, at the time of the tests.
func (w *tool) engine(t testing.TB, d *integration.Definition, settings map[string]string) *integration.Engine {
	t.Helper()
	e, err := integration.New([]integration.Instance{instance(d, settings)}, w.client(t), &integration.Options{Now: func() time.Time { return now }, Wait: 2 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// Options say where the cases are.
type Options struct {
	// Cases is the folder of the cases.
	Cases string
	// Update writes what is shown into the cases in place of comparing it.
	Update bool
}

// TestDefinitions holds each definition against its case. A definition without a
// case fails, and so does a case without a definition.
func TestDefinitions(t *testing.T, definitions []*integration.Definition, o Options) {
	t.Helper()
	all := map[string]*integration.Definition{}
	for _, d := range definitions {
		all[d.ID] = d
	}
	files, err := filepath.Glob(filepath.Join(o.Cases, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	tested := map[string]bool{}
	for _, file := range files {
		c := readCase(t, file, o.Update)
		d := all[c.id]
		tested[c.id] = true
		if d == nil {
			t.Errorf("%s has no definition", file)
			continue
		}
		t.Run(c.id, func(t *testing.T) {
			t.Parallel()
			c.full(t, d)
			c.empty(t, d)
			c.errors(t, d)
			c.actions(t, d)
		})
	}
	for id := range all {
		if !tested[id] {
			t.Errorf("the definition %s has no case %s", id, filepath.Join(o.Cases, id+".txtar"))
		}
	}
}

// script has the tool expect the case's requests, answered by the named files.
func (c definitionCase) script(w *tool, d *integration.Definition, files ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, file := range files {
		w.expect = append(w.expect, expectation{wanted: c.spec.Requests[i], answer: c.parts[file], auth: authOf(d)})
	}
}

// pages are the files that the requests of the full case are answered with.
func (c definitionCase) pages() []string {
	var files []string
	for i := range c.spec.Requests {
		name := "ok.json"
		if i > 0 {
			name = fmt.Sprintf("ok%d.json", i+1)
		}
		files = append(files, name)
	}
	return files
}

func (c definitionCase) full(t *testing.T, d *integration.Definition) {
	t.Helper()
	w := newTool(t)
	c.script(w, d, c.pages()...)
	c.golden(t, "ok.txt", c.loaded(t, w, d))
}

func (c definitionCase) empty(t *testing.T, d *integration.Definition) {
	t.Helper()
	w := newTool(t)
	c.script(w, d, "empty.json")
	w.expect[0].Link = "" // there is no second page of nothing
	c.golden(t, "empty.txt", c.loaded(t, w, d))
}

// loaded returns view and facts as text.
func (c definitionCase) loaded(t *testing.T, w *tool, d *integration.Definition) string {
	t.Helper()
	e := w.engine(t, d, c.spec.Settings)
	if !e.Applies(d.ID, c.subject()) {
		t.Fatalf("%s does not apply to the entity of the case", d.ID)
	}
	out, err := e.Load(t.Context(), d.ID, c.subject())
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	for _, wrong := range w.wrong {
		t.Errorf("the tool refused: %s", wrong)
	}
	if out.Trouble != nil {
		t.Fatalf("Load: %v", out.Trouble)
	}
	if n := len(w.expect); n > 0 {
		t.Errorf("%d requests were not made", n)
	}
	var b bytes.Buffer
	if err := out.Result.View.Print(&b); err != nil {
		t.Fatal(err)
	}
	for _, f := range out.Result.Facts {
		fmt.Fprintf(&b, "fact %s (%s) = %v\n", f.Name, f.Type, f.Value)
	}
	for _, doc := range out.Result.Documents {
		fmt.Fprintf(&b, "document %s <%s> %s\n", doc.Title, doc.URL, doc.Text)
	}
	if strings.Contains(b.String(), secretWord) {
		t.Errorf("the view tells a credential:\n%s", b.String())
	}
	return b.String()
}

// errors are the refusals that every tool knows.
func (c definitionCase) errors(t *testing.T, d *integration.Definition) {
	t.Helper()
	for _, tt := range []struct {
		status  int
		headers map[string]string
		reason  integration.Reason
		words   []string
	}{
		{http.StatusUnauthorized, nil, integration.ReasonRefused, []string{d.Title, "401", "credential"}},
		{http.StatusNotFound, nil, integration.ReasonNotFound, []string{d.Title, "404", c.subject().Ref}},
		{http.StatusTooManyRequests, map[string]string{"Retry-After": "120"}, integration.ReasonRateLimited, []string{d.Title}},
		{http.StatusBadGateway, nil, integration.ReasonUnavailable, []string{d.Title, "502"}},
	} {
		w := newTool(t)
		w.fail, w.headers = tt.status, tt.headers
		out, err := w.engine(t, d, c.spec.Settings).Load(t.Context(), d.ID, c.subject())
		if err != nil {
			t.Fatalf("Load with %d: %v", tt.status, err)
		}
		if tt.status == http.StatusNotFound && d.Source.Empty {
			if out.Trouble != nil {
				t.Errorf("Load with 404 = %v, and the definition takes it as empty", out.Trouble)
			}
			continue
		}
		if out.Result != nil || out.Trouble == nil || out.Trouble.Reason != tt.reason {
			t.Errorf("Load with %d = %+v, want %s", tt.status, out.Trouble, tt.reason)
			continue
		}
		for _, word := range tt.words {
			if !strings.Contains(out.Trouble.Error(), word) {
				t.Errorf("Load with %d says %q, which lacks %q", tt.status, out.Trouble, word)
			}
		}
		if strings.Contains(out.Trouble.Error(), secretWord) {
			t.Errorf("Load with %d tells a credential: %s", tt.status, out.Trouble)
		}
		if want := now.Add(2 * time.Minute); tt.headers != nil && !out.Trouble.Until.Equal(want) {
			t.Errorf("Load with %d waits until %s, want %s", tt.status, out.Trouble.Until, want)
		}
	}
}

func (c definitionCase) actions(t *testing.T, d *integration.Definition) {
	t.Helper()
	if len(c.spec.Actions) < len(d.Actions) {
		t.Errorf("%d of %d actions are tested", len(c.spec.Actions), len(d.Actions))
	}
	for _, a := range c.spec.Actions {
		w := newTool(t)
		w.expect = []expectation{{wanted: a.Request, answer: a.Answer, auth: authOf(d)}}
		e := w.engine(t, d, c.spec.Settings)
		if _, err := e.Action(t.Context(), d.ID, a.Name, c.subject()); err != nil {
			t.Errorf("Action(%s): %v", a.Name, err)
		}
		says, err := e.Run(t.Context(), d.ID, a.Name, c.subject(), a.Inputs)
		if err != nil || says != a.Says || len(w.wrong) > 0 {
			t.Errorf("Run(%s) = %q, %v, want %q; the tool refused %q", a.Name, says, err, a.Says, w.wrong)
		}
	}
}
