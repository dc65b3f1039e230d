// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
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

// oracle is what the original made of the corpus.
type oracle struct {
	Documents []oracleDocument
	Conflicts []struct{ ID, EntityRef, Winner string }
	Stitched  map[string]struct {
		Document  string
		Relations []edge
	}
}

type oracleDocument struct {
	ID, File, EntityRef string
	Index               int
	Accepted            bool
	Entity              map[string]any
	Emitted             []struct{ Source, Type, Target string }
	Generated           map[string]string `json:"generatedAnnotations"`
}

// edge is a relation as the API writes it.
type edge struct{ Type, TargetRef string }

func readOracle(t *testing.T) *oracle {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(corpus, "real-oracle.json"))
	if os.IsNotExist(err) {
		t.Skip("the shared corpus is not beside this repository")
	}
	if err != nil {
		t.Fatal(err)
	}
	o := &oracle{}
	if err := json.Unmarshal(b, o); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *oracle) document(id string) oracleDocument {
	for _, d := range o.Documents {
		if d.ID == id {
			return d
		}
	}
	return oracleDocument{}
}

// TestCorpus points the reference portal at files of the field, as its users
// will, and compares what it serves with what the original makes of them.
func TestCorpus(t *testing.T) {
	t.Parallel()
	o := readOracle(t)
	sqldbtest.EachURL(t, func(t *testing.T, database string) {
		t.Parallel()
		args := []string{"--database", database, "--catalog", filepath.Join(corpus, "real-all.yaml")}
		p := run(t, args)
		p.delivered(t, "file")
		t.Run("winners", func(t *testing.T) { o.checkWinners(t, p) })
		t.Run("losers", func(t *testing.T) { o.checkLosers(t, p) })
		t.Run("refused", func(t *testing.T) { o.checkRefused(t, p) })
		p.Stop(t)
		before := contentOf(t, database)
		again := run(t, args)
		again.delivered(t, "file")
		t.Run("again", func(t *testing.T) { o.checkWinners(t, again) })
		again.Stop(t)
		if diff := cmp.Diff(before, contentOf(t, database)); diff != "" {
			t.Errorf("starting again on the same files wrote (-before +after):\n%s", diff)
		}
	})
}

// TestCorpusDirectory serves the same files as a directory.
func TestCorpusDirectory(t *testing.T) {
	t.Parallel()
	o := readOracle(t)
	p := run(t, []string{"--catalog", filepath.Join(corpus, "real")})
	p.delivered(t, "file")
	o.checkWinners(t, p)
	o.checkLosers(t, p)
	o.checkRefused(t, p)
}

// contentOf counts the rows of each table of the catalog, and takes the number
// of the last version and problem, which grow even where the count does not.
func contentOf(t *testing.T, database string) map[string]int64 {
	t.Helper()
	db := sqldbtest.OpenURL(t, database)
	counts := map[string]int64{}
	for what, query := range map[string]string{
		"claims":       `SELECT COUNT(*) FROM catalog_claims`,
		"documents":    `SELECT COUNT(*) FROM catalog_documents`,
		"entities":     `SELECT COUNT(*) FROM catalog_entities`,
		"names":        `SELECT COUNT(*) FROM catalog_names`,
		"problems":     `SELECT COUNT(*) FROM catalog_problems`,
		"last problem": `SELECT MAX(id) FROM catalog_problems`,
		"relations":    `SELECT COUNT(*) FROM catalog_relations`,
		"sources":      `SELECT COUNT(*) FROM catalog_sources`,
		"versions":     `SELECT COUNT(*) FROM catalog_versions`,
		"last version": `SELECT MAX(number) FROM catalog_versions`,
		"numbers":      `SELECT entity + source + claim + document + version + name + problem FROM catalog_ids`,
	} {
		var n int64
		if err := db.SQL().QueryRowContext(t.Context(), query).Scan(&n); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		counts[what] = n
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return counts
}

// checkWinners compares every entity that is served.
func (o *oracle) checkWinners(t *testing.T, p *running) {
	served := map[string]map[string]any{}
	for _, e := range all[map[string]any](t, p, "/api/catalog/entities/by-query?limit=200") {
		served[refOf(e)] = e
	}
	kept := o.served()
	for text, st := range o.Stitched {
		want := o.document(st.Document)
		got, found := served[text]
		delete(served, text)
		if absent := differences[want.ID] != ""; found == absent {
			t.Errorf("%s: served %t, want %t", text, found, !absent)
		}
		if !found {
			continue
		}
		relations := slices.DeleteFunc(slices.Clone(st.Relations), func(r edge) bool {
			return !kept[[3]string{text, r.Type, r.TargetRef}]
		})
		if diff := cmp.Diff(relations, edgesOf(got)); diff != "" {
			t.Errorf("%s: relations mismatch (-want +got):\n%s", text, diff)
		}
		if at := comesFrom(got); !strings.HasSuffix(at, "/"+want.File) {
			t.Errorf("%s comes from %s, want %s", text, at, want.File)
		}
		if diff := cmp.Diff(want.written(), own(got, want)); diff != "" {
			t.Errorf("%s mismatch (-want +got):\n%s", text, diff)
		}
	}
	for ref := range served {
		at := comesFrom(served[ref])
		expected := ref == "location:default/heldout-real" ||
			slices.ContainsFunc(o.Documents, func(d oracleDocument) bool {
				return !d.Accepted && differences[d.ID] != "" && strings.HasSuffix(at, "/"+d.File)
			})
		if !expected {
			t.Errorf("%s is served, and the original does not have it", ref)
		}
	}
}

// served returns the edges of the documents that win and are not refused here.
func (o *oracle) served() map[[3]string]bool {
	edges := map[[3]string]bool{}
	for _, d := range o.Documents {
		if o.Stitched[d.EntityRef].Document != d.ID || differences[d.ID] != "" {
			continue
		}
		for _, e := range d.Emitted {
			edges[[3]string{e.Source, e.Type, e.Target}] = true
		}
	}
	return edges
}

// written is the entity without what the original adds by where it was read.
func (d oracleDocument) written() map[string]any {
	annotations, _ := d.Entity["metadata"].(map[string]any)["annotations"].(map[string]any)
	if len(annotations) == 0 {
		delete(d.Entity["metadata"].(map[string]any), "annotations")
	}
	return d.Entity
}

// own is the served entity without what the catalog adds.
func own(e map[string]any, d oracleDocument) map[string]any {
	delete(e, "relations")
	meta := e["metadata"].(map[string]any)
	delete(meta, "uid")
	delete(meta, "etag")
	annotations := meta["annotations"].(map[string]any)
	for _, k := range []string{"managed-by-location", "managed-by-origin-location", "view-url", "edit-url", "source-location"} {
		if _, generated := d.Generated["backstage.io/"+k]; generated {
			delete(annotations, "backstage.io/"+k)
		}
	}
	if len(annotations) == 0 {
		delete(meta, "annotations")
	}
	return e
}

func edgesOf(e map[string]any) []edge {
	edges := []edge{}
	relations, _ := e["relations"].([]any)
	for _, r := range relations {
		r := r.(map[string]any)
		edges = append(edges, edge{r["type"].(string), r["targetRef"].(string)})
	}
	return edges
}

func comesFrom(e map[string]any) string {
	return e["metadata"].(map[string]any)["annotations"].(map[string]any)["backstage.io/managed-by-location"].(string)
}

func refOf(e map[string]any) string {
	meta := e["metadata"].(map[string]any)
	return catalog.NewRef(e["kind"].(string), meta["namespace"].(string), meta["name"].(string)).String()
}

// checkLosers looks for each loser among the conflicts, and for the winner.
func (o *oracle) checkLosers(t *testing.T, p *running) {
	type claim struct {
		Location string
		Winner   bool
	}
	found := map[string][]claim{}
	for _, c := range all[struct {
		EntityRef string
		Claims    []claim
	}](t, p, "/api/catalog/conflicts?limit=5") {
		found[c.EntityRef] = c.Claims
	}
	for _, c := range o.Conflicts {
		claims := found[c.EntityRef]
		winner, loser := o.document(c.Winner).File, o.document(c.ID).File
		if len(claims) == 0 || !claims[0].Winner || !strings.HasSuffix(claims[0].Location, "/"+winner) {
			t.Errorf("%s: claims %+v, want %s to win", c.EntityRef, claims, winner)
			continue
		}
		lost := slices.ContainsFunc(claims[1:], func(cl claim) bool { return strings.HasSuffix(cl.Location, "/"+loser) })
		if !lost && loser != winner {
			t.Errorf("%s in %s is no listed conflict", c.EntityRef, loser)
		}
	}
}

// checkRefused holds the problems against the documents that were refused.
func (o *oracle) checkRefused(t *testing.T, p *running) {
	type place struct {
		file     string
		document int
	}
	found := map[place][]catalog.Problem{}
	unreadable := 0
	for _, pr := range all[catalog.Problem](t, p, "/api/catalog/problems?limit=50&severity="+url.QueryEscape("error")) {
		if pr.Rule == "source-unreadable" { // the corpus has few of the files that its Locations name
			unreadable++
			if !strings.HasPrefix(pr.Entity, "location:") || !strings.Contains(pr.Message, pr.Entity) || pr.Remedy == "" {
				t.Errorf("a problem that does not say who names the file: %+v", pr)
			}
			continue
		}
		at := place{filepath.Base(pr.Location), pr.Document}
		found[at] = append(found[at], pr)
		if pr.Line == 0 || pr.Column == 0 || pr.Document == 0 || pr.Rule == "" || pr.Message == "" || pr.Remedy == "" {
			t.Errorf("a problem without position, rule or remedy: %+v", pr)
		}
	}
	for _, d := range o.Documents {
		refused := len(found[place{d.File, d.Index + 1}]) > 0
		delete(found, place{d.File, d.Index + 1})
		if want := !d.Accepted != (differences[d.ID] != ""); refused != want {
			t.Errorf("%s: has problems %t, want %t (%s)", d.ID, refused, want, differences[d.ID])
		}
	}
	t.Logf("%d documents, %d of them different on purpose; %d targets of Locations are not there", len(o.Documents), len(differences), unreadable)
	for at, problems := range found {
		t.Errorf("%s, document %d: %v", at.file, at.document, problems)
	}
}
