// SPDX-License-Identifier: Apache-2.0

// Package stylepage is the style guide: a module with one page, /style, that
// shows every component of portal/ui in every state, beside the name of its
// template. It is what designers look at, what page authors copy from, and
// what the browser tests hold against their bars.
//
//	page, err := stylepage.New(u)
//
// The page can be mounted in any portal; its forms change nothing.
package stylepage

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

//go:embed templates assets
var files embed.FS

// Page is the module. It is safe for concurrent use.
type Page struct {
	ui        *ui.UI
	templates *ui.Templates
	now       func() time.Time
}

var (
	_ module.Module    = (*Page)(nil)
	_ module.Navigator = (*Page)(nil)
)

// Options configures [New]; nil means defaults.
type Options struct {
	// Now is the clock of the examples; nil is time.Now.
	Now func() time.Time
}

// New returns the style guide drawn by u.
func New(u *ui.UI, opts *Options) (*Page, error) {
	p := &Page{ui: u, now: time.Now}
	if opts != nil && opts.Now != nil {
		p.now = opts.Now
	}
	assets, err := fs.Sub(files, "assets")
	if err != nil {
		return nil, fmt.Errorf("stylepage: assets: %w", err)
	}
	if err := u.Mount("style", assets); err != nil {
		return nil, fmt.Errorf("stylepage: %w", err)
	}
	own, err := fs.Sub(files, "templates")
	if err != nil {
		return nil, fmt.Errorf("stylepage: templates: %w", err)
	}
	funcs := template.FuncMap{"errors": func() []int { return []int{400, 401, 403, 404, 405, 409, 413, 429, 500, 503, 504} }}
	if p.templates, err = u.Templates(own, funcs); err != nil {
		return nil, fmt.Errorf("stylepage: %w", err)
	}
	return p, nil
}

// ID returns "style".
func (p *Page) ID() string { return "style" }

// Prefixes returns the paths of the style guide.
func (p *Page) Prefixes() []string { return []string{"/style"} }

// Nav returns the entry of the style guide.
func (p *Page) Nav() []module.NavItem {
	return []module.NavItem{{
		ID: "style.guide", Label: "Style guide", Icon: "template", Route: "style.guide",
		Section: module.SectionAdministration, Order: 900,
	}}
}

// Routes adds the page, and what its examples talk to.
func (p *Page) Routes(r *mux.Router) {
	r.Handle("/style", httpx.Handler(p.guide)).Methods("GET").Name("style.guide")
	r.Handle("/style/try", httpx.Handler(p.try)).Methods("POST").Name("style.try")
	r.Handle("/style/suggest", httpx.Handler(p.suggest)).Methods("GET").Name("style.suggest")
	r.Handle("/style/log", httpx.Handler(p.log)).Methods("GET").Name("style.log")
	r.Handle("/style/error/{status:[0-9]{3}}", httpx.Handler(p.failure)).Methods("GET").Name("style.error")
}

// guide serves GET /style.
func (p *Page) guide(w http.ResponseWriter, r *http.Request) error {
	return p.templates.Page(w, r, "guide.html", p.examples())
}

// try serves POST /style/try: it only says that it was called.
func (p *Page) try(w http.ResponseWriter, r *http.Request) error {
	p.ui.Flash(w, r, ui.Notice{Tone: ui.OK, Title: "That worked", Text: "Nothing was changed: this is the style guide."})
	http.Redirect(w, r, "/style", http.StatusSeeOther)
	return nil
}

// suggest serves GET /style/suggest: the components whose names contain q.
func (p *Page) suggest(w http.ResponseWriter, r *http.Request) error {
	q := strings.ToLower(r.URL.Query().Get("q"))
	found := []ui.Suggestion{}
	for _, s := range sections() {
		if strings.Contains(strings.ToLower(s.Title), q) {
			found = append(found, ui.Suggestion{Title: s.Title, URL: "/style" + s.URL, Text: "component", Icon: "template"})
		}
	}
	return httpx.WriteJSON(w, http.StatusOK, found)
}

// log serves GET /style/log: five lines as server-sent events, then the end.
// A client that comes back gets the lines that it has not seen.
func (p *Page) log(w http.ResponseWriter, r *http.Request) error {
	stream, err := httpx.NewSSE(w, r)
	if err != nil {
		return err
	}
	defer stream.Close()
	seen, _ := strconv.Atoi(stream.LastEventID()) // none, or not ours: from the start
	for i, text := range []string{"provider state: card expired", "capture returns 402", "provider state: ledger away", "capture is retried", "done"} {
		if i < seen {
			continue
		}
		line, err := json.Marshal(ui.LogLine{At: p.now(), Text: text})
		if err != nil {
			return fmt.Errorf("stylepage: log line: %w", err)
		}
		if err := stream.Send(httpx.Event{ID: strconv.Itoa(i + 1), Data: string(line)}); err != nil {
			return nil // the reader went away
		}
	}
	if err := stream.Send(httpx.Event{Name: "end", Data: "{}"}); err != nil {
		return nil // the reader went away
	}
	<-stream.Context().Done()
	return nil
}

// failure serves GET /style/error/{status}: the error page of that status.
func (p *Page) failure(w http.ResponseWriter, r *http.Request) error {
	status, err := strconv.Atoi(mux.Vars(r)["status"])
	if err != nil || status < 400 || status > 599 {
		return &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no error page for this status"}
	}
	return p.ui.RenderError(w, r, httpx.Failure{
		Status: status, Message: "this is an example of a failure", RequestID: "example-0001",
	})
}
