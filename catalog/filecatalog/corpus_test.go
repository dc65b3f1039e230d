// SPDX-License-Identifier: Apache-2.0

package filecatalog_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/catalog/filecatalog"
)

// The corpus is a set of public catalog files with the verdict of the field's
// own catalog on each. It is not part of the repository.
const corpus = "../../../shared/corpus/catalog"

const (
	placeholderElsewhere = "a placeholder names an address on the web: only files of the same repository are read"
	placeholderAbsent    = "a placeholder names a file that the corpus does not hold; the oracle read a stub"
	aiResource           = "AiResource is a built-in kind here"
	mcpServer            = "the API type mcp-server needs no definition here"
)

// differences lists each document whose verdict differs from the original's.
var differences = map[string]string{
	"2440656__backend-lms-self_register.yaml#2":                                     placeholderAbsent,
	"c4rth__backstage-playground--examples-apis-catalogs-api-product-v1-0-0.yaml#0": placeholderAbsent,
	"RoadieHQ__sample-service.yaml#2":                                               placeholderElsewhere,
	"RoadieHQ__sample-service.yaml#3":                                               placeholderElsewhere,
	"backstage__demo.yaml#1":                                                        placeholderElsewhere,
	"brandonbryant12__backstage.yaml#6":                                             placeholderElsewhere,
	"backstage__demo--examples-ai-resources.yaml#0":                                 aiResource,
	"backstage__demo--examples-ai-resources.yaml#1":                                 aiResource,
	"backstage__demo--examples-ai-resources.yaml#2":                                 aiResource,
	"backstage__demo--examples-ai-resources.yaml#3":                                 aiResource,
	"backstage__demo--examples-ai-resources.yaml#4":                                 aiResource,
	"backstage__demo--examples-ai-resources.yaml#5":                                 aiResource,
	"backstage__demo--examples-mcp-server-api.yaml#0":                               mcpServer,
}

type oracle struct {
	Documents []struct {
		ID             string          `json:"id"`
		File           string          `json:"file"`
		Index          int             `json:"index"`
		Accepted       bool            `json:"accepted"`
		EntityRef      string          `json:"entityRef"`
		HasPlaceholder bool            `json:"hasPlaceholder"`
		Entity         *catalog.Entity `json:"entity"`
		Emitted        []struct {
			Source catalog.Ref `json:"source"`
			Type   string      `json:"type"`
			Target catalog.Ref `json:"target"`
		} `json:"emitted"`
	} `json:"documents"`
	Conflicts []struct {
		ID        string `json:"id"`
		EntityRef string `json:"entityRef"`
		Winner    string `json:"winner"`
	} `json:"conflicts"`
	Stitched map[string]struct {
		Document  string             `json:"document"`
		Relations []catalog.Relation `json:"relations"`
	} `json:"stitched"`
}

func readOracle(t *testing.T) oracle {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(corpus, "real-oracle.json"))
	if os.IsNotExist(err) {
		t.Skip("the shared corpus is not beside this repository")
	}
	if err != nil {
		t.Fatal(err)
	}
	var o oracle
	if err := json.Unmarshal(b, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// TestCorpus loads the corpus as --catalog real-all.yaml does.
func TestCorpus(t *testing.T) {
	t.Parallel()
	o := readOracle(t)
	store := load(t, filepath.Join(corpus, "real-all.yaml"))
	t.Run("winners", func(t *testing.T) { checkWinners(t, o, store) })
	t.Run("losers", func(t *testing.T) { checkLosers(t, o, store) })
	t.Run("refused", func(t *testing.T) { checkRefused(t, o, store) })
}

func load(t *testing.T, path string) *catalogtest.MemoryStore {
	t.Helper()
	files, err := filecatalog.New([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	store := catalogtest.NewStore()
	s, err := catalog.NewService(store, &catalog.ServiceOptions{
		Providers: []catalog.Provider{files},
		Readers:   []catalog.LocationReader{files},
	})
	if err != nil {
		t.Fatal(err)
	}
	start(t, s)
	wait(t, "the first delivery", func() bool {
		st := s.Status(t.Context())[0]
		if st.Error != "" {
			t.Fatalf("the provider failed: %s", st.Error)
		}
		return !st.LastSuccess.IsZero()
	})
	return store
}

func checkWinners(t *testing.T, o oracle, store catalog.Store) {
	want, absent := map[string]*catalog.Entity{}, map[string]bool{}
	for _, d := range o.Documents {
		want[d.ID] = d.Entity
		absent[d.EntityRef] = absent[d.EntityRef] || differences[d.ID] != "" && d.Accepted
	}
	emitted := map[catalog.Edge]bool{}
	for _, d := range o.Documents {
		if o.Stitched[d.EntityRef].Document != d.ID || absent[d.EntityRef] {
			continue
		}
		for _, e := range d.Emitted {
			emitted[catalog.Edge{Source: e.Source, Type: e.Type, Target: e.Target}] = true
		}
	}
	for text, st := range o.Stitched {
		ref, err := catalog.ParseRef(text, catalog.Ref{})
		if err != nil {
			t.Fatal(err)
		}
		records, err := store.Records(t.Context(), []catalog.Ref{ref})
		if err != nil {
			t.Fatal(err)
		}
		if records[0].Found() == absent[text] {
			t.Errorf("%s: served %t, want %t", text, !absent[text], absent[text])
		}
		if !records[0].Found() {
			continue
		}
		var got catalog.Entity
		if err := json.Unmarshal(records[0].JSON, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[st.Document].Spec, got.Spec); diff != "" {
			t.Errorf("%s: spec mismatch (-want +got):\n%s", text, diff)
		}
		relations := slices.DeleteFunc(st.Relations, func(r catalog.Relation) bool {
			return !emitted[catalog.Edge{Source: ref, Type: r.Type, Target: r.Target}]
		})
		if diff := cmp.Diff(relations, got.Relations); diff != "" {
			t.Errorf("%s: relations mismatch (-want +got):\n%s", text, diff)
		}
		file, _, _ := strings.Cut(st.Document, "#")
		if at := got.Annotation(catalog.AnnotationLocation); !strings.HasSuffix(at, "/"+file) {
			t.Errorf("%s comes from %s, want %s", text, at, file)
		}
	}
}

func checkLosers(t *testing.T, o oracle, store catalog.Store) {
	conflicts, err := store.Conflicts(t.Context(), catalog.Ref{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	claimed := map[string]bool{}
	for _, c := range conflicts {
		for i, cl := range c.Claims {
			if !cl.Winner || i > 0 {
				claimed[c.Ref.String()+" "+filepath.Base(cl.Source.Location)] = true
			}
		}
	}
	for _, c := range o.Conflicts {
		file, _, _ := strings.Cut(c.ID, "#")
		if !claimed[c.EntityRef+" "+file] {
			t.Errorf("%s in %s is no listed conflict", c.EntityRef, file)
		}
	}
}

func checkRefused(t *testing.T, o oracle, store catalog.Store) {
	problems, _, err := store.Problems(t.Context(), catalog.ProblemQuery{Severity: catalog.SeverityError, Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	type place struct {
		file     string
		document int
	}
	found := map[place][]catalog.Problem{}
	for _, p := range problems {
		at := place{filepath.Base(p.Location), p.Document}
		found[at] = append(found[at], p)
		if p.Document > 0 && (p.Line == 0 || p.Rule == "" || p.Remedy == "") {
			t.Errorf("a problem without line, rule or remedy: %+v", p)
		}
	}
	for _, d := range o.Documents {
		got := found[place{d.File, d.Index + 1}]
		switch {
		case d.Accepted == (len(got) == 0) && differences[d.ID] != "":
			t.Errorf("%s is listed as different, but is not", d.ID)
		case differences[d.ID] != "":
		case !d.Accepted && len(got) == 0:
			t.Errorf("%s is refused by the original and has no problem here", d.ID)
		case d.Accepted && len(got) > 0:
			t.Errorf("%s is accepted by the original, here: %+v", d.ID, got[0])
		}
	}
}
