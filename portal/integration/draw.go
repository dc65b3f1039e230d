// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"html/template"
	"io/fs"
	"net/http"

	"github.com/callboard/callboard/portal/ui"
)

// Drawer draws outcomes with the components of portal/ui. It is safe for
// concurrent use.
type Drawer struct{ pages *ui.Templates }

// NewDrawer returns a drawer.
func NewDrawer(u *ui.UI) (*Drawer, error) {
	files, err := fs.Sub(templates, "templates")
	if err != nil {
		return nil, err
	}
	pages, err := u.Templates(files)
	return &Drawer{pages}, err
}

// drawing is the body of a card or tab.
type drawing struct {
	View    *View
	Stale   *ui.Stale
	Problem *ui.Problem
	Until   *Trouble
	Actions []ui.Action
}

// Draw draws the body of a card or tab: the view, or what is wrong and what to
// do about it. Buttons stand below a view only.
func (d *Drawer) Draw(r *http.Request, out Outcome, buttons []ui.Action) (template.HTML, error) {
	body := drawing{Actions: buttons}
	switch t := out.Trouble; {
	case out.Result != nil:
		body.View = &out.Result.View
		if t != nil {
			body.Stale = &ui.Stale{Since: out.At, Text: t.Title + ". " + t.Text}
		}
	case t != nil:
		body.Problem, body.Until, body.Actions = &ui.Problem{Title: t.Title, Text: t.Text}, t, nil
		if t.passes() {
			body.Problem.Retry = r.URL.RequestURI()
		}
	}
	return d.pages.Fragment(r, "card.html", body)
}
