// SPDX-License-Identifier: Apache-2.0

package filecatalog_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/catalog/filecatalog"
)

func component(name string) string {
	return "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: " + name +
		"\nspec:\n  type: service\n  lifecycle: production\n  owner: group:default/team\n"
}

func locations(name string, targets ...string) string {
	return "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata:\n  name: " + name +
		"\nspec:\n  targets: ['" + strings.Join(targets, "', '") + "']\n"
}

// tree writes files, given by slash paths, below a new directory.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		write(t, filepath.Join(dir, name), content)
	}
	return dir
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// serve runs a service over the paths and returns what it serves, as names.
func serve(t *testing.T, opts *filecatalog.Options, paths ...string) (names func() []string, store *catalogtest.MemoryStore) {
	t.Helper()
	files, err := filecatalog.New(paths, opts)
	if err != nil {
		t.Fatal(err)
	}
	store = catalogtest.NewStore()
	s, err := catalog.NewService(store, &catalog.ServiceOptions{
		Providers: []catalog.Provider{files},
		Readers:   []catalog.LocationReader{files},
	})
	if err != nil {
		t.Fatal(err)
	}
	start(t, s)
	wait(t, "the first delivery", func() bool {
		return !s.Status(t.Context())[0].LastRun.IsZero() && s.Status(t.Context())[0].Duration > 0
	})
	return func() []string { return namesIn(t, store) }, store
}

// namesIn returns the names of what a store serves.
func namesIn(t *testing.T, store catalog.Store) []string {
	t.Helper()
	page, err := store.Query(context.Background(), catalog.Query{Limit: catalog.MaxLimit})
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, r := range page.Items {
		list = append(list, r.Ref.Name)
	}
	return list
}

func want(t *testing.T, names func() []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	deadline := time.Now().Add(2 * time.Minute)
	for {
		got := names()
		slices.Sort(got)
		if slices.Equal(got, want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("served are %v, want %v", got, want)
		}
		time.Sleep(5 * time.Millisecond) // polling for the watcher, which cannot be asked
	}
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"catalog-info.yaml":                component("root"),
		"a/catalog-info.yml":               component("a"),
		"a/more.yaml":                      component("more"),
		"a/deployment.yaml":                "kind: Deployment\napiVersion: apps/v1\n",
		"a/readme.md":                      component("readme"),
		".hidden/catalog-info.yaml":        component("hidden"),
		".git/catalog-info.yaml":           component("git"),
		"node_modules/x/catalog-info.yaml": component("module"),
	})
	names, store := serve(t, nil, dir)
	want(t, names, "root", "a", "more")
	if _, n, err := store.Problems(t.Context(), catalog.ProblemQuery{}); err != nil || n != 0 {
		t.Errorf("%d problems, %v, want none: another tool's file is not ours", n, err)
	}
}

func TestGlobsAndFiles(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"x/1/catalog-info.yaml":  component("one"),
		"x/2/catalog-info.yaml":  component("two"),
		"x/2/other.yaml":         component("other"),
		"odd [name]/{file}.yaml": component("odd"),
		".backstage/info.yaml":   component("dotted"),
	})
	names, _ := serve(t, nil,
		filepath.Join(dir, "x/**/catalog-info.yaml"),
		filepath.Join(dir, "odd [name]/{file}.yaml"),
		filepath.Join(dir, ".backstage/*.yaml"),
		filepath.Join(dir, "x/1/catalog-info.yaml")) // again
	want(t, names, "one", "two", "odd", "dotted")
}

func TestWatch(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a/catalog-info.yaml": component("a"), "b/catalog-info.yaml": component("b"), "z/catalog-info.yaml": component("z")})
	names, store := serve(t, nil, dir)
	want(t, names, "a", "b", "z")
	applies := store.Applies()

	write(t, filepath.Join(dir, "a/catalog-info.yaml"), component("a2"))
	want(t, names, "a2", "b", "z")
	if got := store.Applies() - applies; got != 1 {
		t.Errorf("one changed file took %d writes", got)
	}
	// As editors do: write beside, then rename over.
	write(t, filepath.Join(dir, "b/.tmp"), component("b2"))
	if err := os.Rename(filepath.Join(dir, "b/.tmp"), filepath.Join(dir, "b/catalog-info.yaml")); err != nil {
		t.Fatal(err)
	}
	want(t, names, "a2", "b2", "z")

	write(t, filepath.Join(dir, "new/deep/catalog-info.yaml"), component("new"))
	want(t, names, "a2", "b2", "z", "new")
	write(t, filepath.Join(dir, "new/deep/catalog-info.yaml"), component("newer"))
	want(t, names, "a2", "b2", "z", "newer")
	if err := os.Remove(filepath.Join(dir, "a/catalog-info.yaml")); err != nil {
		t.Fatal(err)
	}
	want(t, names, "b2", "z", "newer")
	if err := os.RemoveAll(filepath.Join(dir, "new")); err != nil {
		t.Fatal(err)
	}
	want(t, names, "b2", "z")
}

func TestWatchBeside(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"root.yaml":    locations("root", "./child.yaml", "./more/*.yaml") + "---\n" + component("own") + "  text: {$text: ./text.txt}\n",
		"text.txt":     "one",
		"child.yaml":   component("child"),
		"more/m1.yaml": component("m1"),
	})
	names, store := serve(t, nil, filepath.Join(dir, "root.yaml"))
	want(t, names, "root", "own", "child", "m1")
	write(t, filepath.Join(dir, "child.yaml"), component("child2"))
	want(t, names, "root", "own", "child2", "m1")
	write(t, filepath.Join(dir, "more/m2.yaml"), component("m2"))
	want(t, names, "root", "own", "child2", "m1", "m2")
	write(t, filepath.Join(dir, "text.txt"), "two")
	wait(t, "the text to be read again", func() bool {
		records, err := store.Records(t.Context(), []catalog.Ref{catalog.NewRef("component", "", "own")})
		return err == nil && strings.Contains(string(records[0].JSON), `"two"`)
	})
}

func TestRescanWithoutWatching(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"catalog-info.yaml": component("a")})
	names, _ := serve(t, &filecatalog.Options{ScanEvery: 20 * time.Millisecond, Settle: time.Hour}, dir)
	want(t, names, "a")
	write(t, filepath.Join(dir, "x/catalog-info.yaml"), component("x"))
	want(t, names, "a", "x")
}

func TestStaysInside(t *testing.T) {
	t.Parallel()
	outside := tree(t, map[string]string{"secret.yaml": component("secret"), "secret.txt": "s3cret"})
	dir := tree(t, map[string]string{
		"ok.yaml": component("ok"),
		"reads.yaml": component("reads") + "  t: {$text: ../../../../../../../../etc/hostname}\n---\n" +
			component("links") + "  t: {$text: ./link.txt}\n",
		"names.yaml": locations("names", "../secret.yaml", filepath.Join(outside, "secret.yaml"), "./link.yaml"),
	})
	for link, to := range map[string]string{"link.yaml": "secret.yaml", "link.txt": "secret.txt", "backstage-dir": "."} {
		if err := os.Symlink(filepath.Join(outside, to), filepath.Join(dir, link)); err != nil {
			t.Skip("no symbolic links here: ", err)
		}
	}
	names, store := serve(t, nil, dir)
	want(t, names, "ok", "names")
	problems, _, err := store.Problems(t.Context(), catalog.ProblemQuery{Limit: 100})
	if err != nil || len(problems) != 5 {
		t.Errorf("%d problems, %v, want one for each attempt: %v", len(problems), err, problems)
	}
	for _, p := range problems {
		if strings.Contains(p.Message, "s3cret") {
			t.Errorf("a problem gives away content: %s", p.Message)
		}
	}
}

func TestRepositoryIsTheRoot(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		".git/HEAD":         "ref: refs/heads/main",
		"api/spec.txt":      "the spec",
		"info/catalog.yaml": component("a") + "  t: {$text: ../api/spec.txt}\n",
	})
	names, _ := serve(t, nil, filepath.Join(dir, "info/catalog.yaml"))
	want(t, names, "a")
}

func TestOddFiles(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"good.yaml":  component("good"),
		"large.yaml": component("large") + "# " + strings.Repeat("x", 2000),
	})
	names, store := serve(t, &filecatalog.Options{MaxBytes: 1000},
		filepath.Join(dir, "good.yaml"), filepath.Join(dir, "large.yaml"), filepath.Join(dir, "none.yaml"))
	want(t, names, "good")
	problems, _, err := store.Problems(t.Context(), catalog.ProblemQuery{})
	if err != nil || len(problems) != 2 {
		t.Errorf("problems = %v, %v, want one for the large and one for the absent file", problems, err)
	}
	if _, err := filecatalog.New([]string{filepath.Join(dir, "[a")}, nil); callboard.CodeOf(err) != callboard.CodeInvalid {
		t.Errorf("New with a bad pattern = %v", err)
	}
	if _, err := filecatalog.New(nil, nil); callboard.CodeOf(err) != callboard.CodeInvalid {
		t.Errorf("New without paths = %v", err)
	}
}

// TestDirectoryGone is about a disk that goes away: nothing is removed.
func TestDirectoryGone(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"c/1/catalog-info.yaml": component("a"), "c/2/catalog-info.yaml": component("b")})
	names, _ := serve(t, &filecatalog.Options{ScanEvery: 20 * time.Millisecond}, filepath.Join(dir, "c"))
	want(t, names, "a", "b")
	if err := os.Rename(filepath.Join(dir, "c"), filepath.Join(dir, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(150 * time.Millisecond) // nothing is to happen; give it the time to go wrong
	want(t, names, "a", "b")
}

// TestMissingDirectory is about a path that is not there when the portal
// starts: the others are served and watched, and it is found when it comes.
func TestMissingDirectory(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"a/catalog-info.yaml": component("a") + "---\n" + locations("more", "./more.yaml"),
		"a/more.yaml":         strings.ReplaceAll(component("more-of-a"), "backstage.io/v1alpha1", "backstage.io/v1beta1"),
	})
	files, err := filecatalog.New([]string{filepath.Join(dir, "late"), filepath.Join(dir, "a/catalog-info.yaml"), filepath.Join(dir, "x/*/c.yaml")},
		&filecatalog.Options{ScanEvery: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	store := catalogtest.NewStore()
	s, err := catalog.NewService(store, &catalog.ServiceOptions{Providers: []catalog.Provider{files}, Readers: []catalog.LocationReader{files}})
	if err != nil {
		t.Fatal(err)
	}
	start(t, s)
	names := func() []string { return namesIn(t, store) }
	want(t, names, "a", "more", "more-of-a")
	st := s.Status(t.Context())[0]
	if st.State != catalog.ProviderFailed || !strings.Contains(st.Error, "late") || !strings.Contains(st.Error, filepath.Join(dir, "x")) {
		t.Errorf("status = %+v, want both missing paths named", st)
	}
	write(t, filepath.Join(dir, "a/catalog-info.yaml"), component("a2"))
	want(t, names, "a2")
	write(t, filepath.Join(dir, "late/catalog-info.yaml"), component("late"))
	write(t, filepath.Join(dir, "x/1/c.yaml"), component("x"))
	want(t, names, "a2", "late", "x")
	wait(t, "the failure to be over", func() bool {
		st := s.Status(t.Context())[0]
		return st.State == catalog.ProviderRunning && st.Error == ""
	})
}

func TestConformance(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a.yaml": component("a"), "b.yaml": component("b")})
	catalogtest.TestProvider(t, func(tb testing.TB) catalog.Provider {
		files, err := filecatalog.New([]string{dir}, nil)
		if err != nil {
			tb.Fatal(err)
		}
		return files
	})
}
