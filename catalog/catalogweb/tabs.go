// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v4"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/portal/ui"
)

// ownTabs are the built-in tabs behind the overview.
func (w *Web) ownTabs() []entitypage.Tab {
	return []entitypage.Tab{
		{ID: "definition", Title: "Definition", Order: 100, For: hasDefinition, Render: w.definitionTab},
		{ID: "relations", Title: "Relations", Order: 600, Render: w.relationsTab},
		{ID: "history", Title: "History", Order: 800, Render: w.historyTab},
		{ID: "source", Title: "YAML", Order: 900, Render: w.sourceTab},
	}
}

// relationsShown is how many relations of one type a page of the tab lists.
const relationsShown = 100

// relationGroup is all relations of one type.
type relationGroup struct {
	Title string
	Total int
	Table ui.Table
	Pages ui.Pagination
}

// relationsTab lists every relation, grouped by type.
func (w *Web) relationsTab(req entitypage.Request) (template.HTML, error) {
	byType := map[string][]catalog.Ref{}
	var order []string
	for _, r := range req.Entity.Relations {
		if byType[r.Type] == nil {
			order = append(order, r.Type)
		}
		byType[r.Type] = append(byType[r.Type], r.Target)
	}
	slices.Sort(order)
	var groups []relationGroup
	for _, relation := range order {
		g, err := w.relationGroup(req, relation, byType[relation])
		if err != nil {
			return "", err
		}
		groups = append(groups, g)
	}
	return w.pages.Fragment(req.HTTP, "relations.html", groups)
}

func (w *Web) relationGroup(req entitypage.Request, relation string, targets []catalog.Ref) (relationGroup, error) {
	q := req.HTTP.URL.Query()
	from, _ := strconv.Atoi(q.Get(relation))
	from = max(0, min(from, len(targets)-1)) / relationsShown * relationsShown
	shown := targets[from:min(from+relationsShown, len(targets))]
	n, err := w.names(req.HTTP.Context(), shown...)
	if err != nil {
		return relationGroup{}, err
	}
	g := relationGroup{Title: capital(relationTitle(relation)), Total: len(targets)}
	g.Table = ui.Table{Caption: g.Title, Columns: []ui.Column{{Title: "Name"}, {Title: "Kind"}, {Title: "Lifecycle"}}}
	for _, ref := range shown {
		g.Table.Rows = append(g.Table.Rows, w.relatedRow(n, ref))
	}
	page := func(to int) string {
		if to < 0 || to >= len(targets) {
			return ""
		}
		q.Set(relation, strconv.Itoa(to))
		return withQuery(req.HTTP.URL.Path, q)
	}
	if len(targets) > relationsShown {
		g.Pages = ui.Pagination{Prev: page(from - relationsShown), Next: page(from + relationsShown), From: from + 1, To: from + len(shown), Total: len(targets)}
	}
	return g, nil
}

// sourceTab shows the entity as YAML, in the order that it is stored in.
func (w *Web) sourceTab(req entitypage.Request) (template.HTML, error) {
	text, err := yamlOf(req.Record.JSON)
	if err != nil {
		return "", err
	}
	return w.pages.Fragment(req.HTTP, "source.html", struct {
		Code ui.Code
		Raw  string
	}{
		ui.Code{Title: req.Entity.Ref().String(), Text: text, Language: "yaml"},
		"/api/catalog/entities/by-name/" + req.Entity.Ref().Kind + "/" + req.Entity.Ref().Namespace + "/" + req.Entity.Ref().Name,
	})
}

// yamlOf turns JSON into YAML without changing the order of its keys; fields of
// the metadata can be left out.
func yamlOf(json []byte, without ...string) (string, error) {
	var tree yaml.Node
	if err := yaml.Unmarshal(json, &tree); err != nil {
		return "", fmt.Errorf("catalogweb: JSON as YAML: %w", err)
	}
	blockStyle(&tree)
	dropMetadata(&tree, without)
	out, err := yaml.Marshal(&tree)
	if err != nil {
		return "", fmt.Errorf("catalogweb: write YAML: %w", err)
	}
	return string(out), nil
}

// blockStyle makes the node and all below it look as people write YAML.
func blockStyle(n *yaml.Node) {
	if n.Kind != yaml.ScalarNode && len(n.Content) > 0 {
		n.Style = 0
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		n.Style = 0
	}
	for _, c := range n.Content {
		blockStyle(c)
	}
}

// dropMetadata takes fields of the metadata away.
func dropMetadata(document *yaml.Node, names []string) {
	for _, root := range document.Content {
		for i := 0; i+1 < len(root.Content); i += 2 {
			if root.Content[i].Value != "metadata" {
				continue
			}
			metadata := root.Content[i+1]
			for k := len(metadata.Content) - 2; k >= 0; k -= 2 {
				if slices.Contains(names, metadata.Content[k].Value) {
					metadata.Content = slices.Delete(metadata.Content, k, k+2)
				}
			}
		}
	}
}
