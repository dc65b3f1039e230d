// SPDX-License-Identifier: Apache-2.0

package catalog_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog"
)

// corpusDocument is what the field's own catalog made of one document.
type corpusDocument struct {
	ID             string            `json:"id"`
	File           string            `json:"file"`
	Index          int               `json:"index"`
	Accepted       bool              `json:"accepted"`
	Stage          string            `json:"stage"`
	Error          string            `json:"error"`
	Ref            string            `json:"entityRef"`
	Entity         json.RawMessage   `json:"entity"`
	HasPlaceholder bool              `json:"hasPlaceholder"`
	Generated      map[string]string `json:"generatedAnnotations"`
	Outgoing       []struct {
		Type   string      `json:"type"`
		Target catalog.Ref `json:"targetRef"`
	} `json:"outgoing"`
}

// corpusDifferences lists every document on which we differ from the original
// on purpose, by its identifier, with the reason.
var corpusDifferences = map[string]string{
	"backstage__demo--examples-ai-resources.yaml#0":   "AiResource is a built-in kind here",
	"backstage__demo--examples-ai-resources.yaml#1":   "AiResource is a built-in kind here",
	"backstage__demo--examples-ai-resources.yaml#2":   "AiResource is a built-in kind here",
	"backstage__demo--examples-ai-resources.yaml#3":   "AiResource is a built-in kind here",
	"backstage__demo--examples-ai-resources.yaml#4":   "AiResource is a built-in kind here",
	"backstage__demo--examples-ai-resources.yaml#5":   "AiResource is a built-in kind here",
	"backstage__demo--examples-mcp-server-api.yaml#0": "the API type mcp-server needs no definition here",
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", "shared", "corpus", "catalog")
	b, err := os.ReadFile(filepath.Join(dir, "real-oracle.json"))
	if err != nil {
		t.Skip("the corpus of real catalog files is not beside the repository: ", err)
	}
	var oracle struct{ Documents []corpusDocument }
	if err := json.Unmarshal(b, &oracle); err != nil {
		t.Fatal(err)
	}
	kinds, err := catalog.NewKinds()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]catalog.Document{}
	for _, want := range oracle.Documents {
		docs, ok := files[want.File]
		if !ok {
			content, err := os.ReadFile(filepath.Join(dir, "real", want.File))
			if err != nil {
				t.Fatal(err)
			}
			docs = catalog.Decode(content, &catalog.DecodeOptions{Location: want.File, Placeholder: stubPlaceholder})
			files[want.File] = docs
		}
		if len(docs) <= want.Index {
			t.Errorf("%s: there are only %d documents", want.ID, len(docs))
			continue
		}
		difference := compareDocument(kinds, &docs[want.Index], want)
		reason, expected := corpusDifferences[want.ID]
		switch {
		case difference != "" && !expected:
			t.Errorf("%s: %s", want.ID, difference)
		case difference == "" && expected:
			t.Errorf("%s: no difference any more; expected one: %s", want.ID, reason)
		}
	}
	t.Logf("%d documents of %d files, %d expected differences", len(oracle.Documents), len(files), len(corpusDifferences))
}

// stubPlaceholder answers as the stub did with which the oracle was made.
func stubPlaceholder(key string, argument any) (any, bool, error) {
	target, _ := argument.(string)
	if strings.HasPrefix(target, "https://github.com/APIs-guru/") {
		return nil, false, errors.New("only files of the same repository may be read")
	}
	switch ext := filepath.Ext(target); {
	case key == "$json" || key == "$yaml":
		return map[string]any{"stub": true}, true, nil
	case key == "$text" && ext == ".json":
		return `{"stub":true}`, true, nil
	case key == "$text" && (ext == ".yaml" || ext == ".yml"):
		return "stub: true\n", true, nil
	case key == "$text":
		return "stub text", true, nil
	}
	return nil, false, nil
}

func compareDocument(kinds *catalog.Kinds, doc *catalog.Document, want corpusDocument) string {
	problems := kinds.Validate(doc)
	refused := slices.ContainsFunc(problems, func(p catalog.Problem) bool { return p.Severity == catalog.SeverityError })
	switch {
	case refused && want.Accepted:
		return fmt.Sprintf("refused, and the original accepts it: %v", problems)
	case !refused && !want.Accepted:
		return "accepted, and the original refuses it: " + want.Error
	case refused:
		for _, p := range problems {
			if p.Line == 0 || p.Column == 0 || p.Document == 0 || p.Message == "" {
				return fmt.Sprintf("a problem without a position: %+v", p)
			}
		}
		return ""
	}
	kinds.Normalize(doc.Entity)
	if got := doc.Entity.Ref().String(); got != want.Ref {
		return "reference is " + got + ", want " + want.Ref
	}
	for _, k := range []string{"managed-by-location", "managed-by-origin-location", "view-url", "edit-url", "source-location"} {
		if _, generated := want.Generated["backstage.io/"+k]; generated {
			delete(doc.Entity.Metadata.Annotations, "backstage.io/"+k)
		}
	}
	got, err := doc.Entity.MarshalJSON()
	if err != nil {
		return err.Error()
	}
	if diff := cmp.Diff(anyJSON(want.Entity), anyJSON(got)); diff != "" {
		return "entity mismatch (-want +got):\n" + diff
	}
	return compareRelations(kinds, doc.Entity, want)
}

func compareRelations(kinds *catalog.Kinds, e *catalog.Entity, want corpusDocument) string {
	edges, _ := kinds.Relations(e)
	var missing []string
	outgoing := 0
	for _, edge := range edges {
		if edge.Source == e.Ref() {
			outgoing++
		}
	}
	for _, r := range want.Outgoing {
		if !slices.Contains(edges, catalog.Edge{Source: e.Ref(), Type: r.Type, Target: r.Target}) {
			missing = append(missing, r.Type+" "+r.Target.String())
		}
	}
	if len(missing) > 0 {
		return "relations missing: " + strings.Join(missing, ", ")
	}
	if outgoing != len(want.Outgoing) {
		return fmt.Sprintf("%d outgoing relations, want %d", outgoing, len(want.Outgoing))
	}
	return ""
}

func anyJSON(b []byte) any {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	return v
}
