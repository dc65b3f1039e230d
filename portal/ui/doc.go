// SPDX-License-Identifier: Apache-2.0

// Package ui is the portal's design system: the shell around every page, the
// components, icons, charts and words, and the assets they need. It renders
// html/template on the server; scripts only spare a round trip.
//
// A module parses its pages once and renders them in its handlers:
//
//	//go:embed *.html
//	var files embed.FS
//
//	t, err := u.Templates(files)
//	...
//	type listPage struct {
//		ui.Page
//		Rows []row
//	}
//	return t.Page(w, r, "list.html", listPage{Page: ui.Page{Title: "Catalog", Active: "catalog"}, Rows: rows})
//
// The file is the content of the page: the shell draws the head (crumbs, h1,
// chips, facts, actions, tabs) from the embedded [Page]. Within a template the
// components are templates named "ui/…" that take a struct of this package:
//
//	{{template "ui/chip" (chip "ok" "healthy")}}
//	{{template "ui/empty" .Empty}}
//
// Start from [New], [UI.Templates] and [Page]. The style-guide page
// (portal/ui/stylepage) shows every component in every state with its source.
package ui
