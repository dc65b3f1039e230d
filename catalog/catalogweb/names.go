// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"context"
	"strings"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/ui"
)

// names knows what to call references. It is made for one page, from one read.
type names map[catalog.Ref]*catalog.Entity

// names reads the entities named; those that do not exist are known by their
// references.
func (w *Web) names(ctx context.Context, refs ...catalog.Ref) (names, error) {
	n := names{}
	var missing []catalog.Ref
	for _, r := range refs {
		if _, seen := n[r]; !seen && !r.IsZero() {
			n[r] = nil
			missing = append(missing, r)
		}
	}
	if len(missing) == 0 {
		return n, nil
	}
	records, err := w.store.Records(ctx, missing)
	if err != nil {
		return nil, err
	}
	for i, rec := range records {
		if !rec.Found() {
			continue
		}
		e, err := rec.Entity()
		if err != nil {
			return nil, err
		}
		n[missing[i]] = e
	}
	return n, nil
}

// title returns what to call the entity: its display name, or as much of the
// reference as is needed.
func (n names) title(r catalog.Ref) string {
	if e := n[r]; e != nil {
		return e.DisplayName()
	}
	if r.Namespace != catalog.DefaultNamespace {
		return r.Namespace + "/" + r.Name
	}
	return r.Name
}

// missing reports whether the entity was asked for and does not exist.
func (n names) missing(r catalog.Ref) bool {
	e, asked := n[r]
	return asked && e == nil
}

// link leads to the entity; one that does not exist is plain text.
func (w *Web) link(n names, r catalog.Ref) ui.Link {
	if r.IsZero() {
		return ui.Link{}
	}
	l := ui.Link{Title: n.title(r)}
	if !n.missing(r) {
		l.URL = w.entityURL(r)
	}
	return l
}

// entityURL returns the page of the entity.
func (w *Web) entityURL(r catalog.Ref) string {
	return w.url("catalog.entity", "namespace", r.Namespace, "kind", r.Kind, "name", r.Name)
}

// tabURL returns a tab of the entity's page.
func (w *Web) tabURL(r catalog.Ref, tab string) string {
	return w.url("catalog.entity.tab", "namespace", r.Namespace, "kind", r.Kind, "name", r.Name, "tab", tab)
}

// url builds a link from a route's name. The routes are our own, so a failure
// is ours too: it is logged and the link leads nowhere.
func (w *Web) url(name string, pairs ...string) string {
	u, err := w.ui.URL(name, pairs...)
	if err != nil {
		w.opts.Logger.Error("catalogweb: no link", "route", name, "error", err)
		return ""
	}
	return u
}

// kindIcon returns the icon of a kind.
func (w *Web) kindIcon(kind string) string {
	if k, ok := w.kinds.Kind(kind); ok && k.Icon != "" {
		return k.Icon
	}
	return "box"
}

// kindTitle returns what people call the kind.
func (w *Web) kindTitle(kind string) string {
	if k, ok := w.kinds.Kind(kind); ok && k.Title != "" {
		return k.Title
	}
	if kind == "" {
		return ""
	}
	return strings.ToUpper(kind[:1]) + kind[1:]
}
