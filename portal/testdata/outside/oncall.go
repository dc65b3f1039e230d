// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"embed"
	"html/template"
	"net/http"

	"github.com/gorilla/mux"
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

//go:embed *.html
var files embed.FS

// Package adds the on-call page, a tab on entity pages, and a provider.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Provide(i, func(i do.Injector) (*oncall, error) {
			u, err := do.Invoke[*ui.UI](i)
			if err != nil {
				return nil, err
			}
			pages, err := u.Templates(files)
			return &oncall{pages: pages}, err
		})
		module.Contribute(i, func(i do.Injector) (module.Module, error) { return do.Invoke[*oncall](i) })
		module.Contribute(i, func(i do.Injector) (entitypage.Tab, error) {
			o, err := do.Invoke[*oncall](i)
			if err != nil {
				return entitypage.Tab{}, err
			}
			return entitypage.Tab{ID: "acme-oncall", Title: "On call", Order: 700, Render: o.tab}, nil
		})
		module.Contribute(i, func(do.Injector) (catalog.Provider, error) { return pager{}, nil })
	}
}

// oncall says who is on call.
type oncall struct{ pages *ui.Templates }

func (o *oncall) ID() string         { return "acme-oncall" }
func (o *oncall) Prefixes() []string { return []string{"/oncall"} }

func (o *oncall) Routes(r *mux.Router) {
	r.Handle("/oncall", httpx.Handler(o.page)).Methods("GET").Name("acme-oncall.page")
}

func (o *oncall) Nav() []module.NavItem {
	return []module.NavItem{{ID: "acme-oncall", Label: "On call", Route: "acme-oncall.page"}}
}

type oncallPage struct {
	ui.Page
	Who, What string
}

func (o *oncall) page(w http.ResponseWriter, r *http.Request) error {
	return o.pages.Page(w, r, "page.html", oncallPage{
		Page: ui.Page{Title: "On call", Active: "acme-oncall"},
		Who:  "Ines", What: "everything",
	})
}

func (o *oncall) tab(req entitypage.Request) (template.HTML, error) {
	return o.pages.Fragment(req.HTTP, "page.html", oncallPage{Who: "Ines", What: req.Entity.DisplayName()})
}

// pager brings one entity.
type pager struct{}

func (pager) Name() string { return "acme-pager" }

func (pager) Run(ctx context.Context, sink catalog.Sink) error {
	err := sink.Update(ctx, []catalog.Item{{Location: "acme-pager:all", Content: []byte(`apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: pager, title: The pager}
spec: {type: pager, owner: web}
`)}}, nil)
	if err == nil {
		<-ctx.Done()
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}
