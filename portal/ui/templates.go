// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"text/template/parse"

	"golang.org/x/text/language"

	"github.com/callboard/callboard/portal/slot"
)

// Templates is a module's parsed pages. It is safe for concurrent use.
type Templates struct {
	ui    *UI
	fsys  fs.FS
	funcs []template.FuncMap

	mu   sync.Mutex
	sets map[language.Tag]*template.Template
}

// Templates parses every .html file below fsys together with the layout and
// the components. Each file is a template named by its path; a file drawn by
// [Templates.Page] is the page's content as it stands. Names that begin with
// "ui/" are refused. The funcs join those of the design system.
func (u *UI) Templates(fsys fs.FS, funcs ...template.FuncMap) (*Templates, error) {
	t := &Templates{ui: u, fsys: fsys, funcs: funcs, sets: map[language.Tag]*template.Template{}}
	for _, tag := range u.words.languages() {
		set, err := t.parse(tag)
		if err != nil {
			return nil, err
		}
		t.sets[tag] = set
	}
	return t, nil
}

// Names returns the names of the files that were parsed, sorted.
func (t *Templates) Names() ([]string, error) { return htmlFiles(t.fsys) }

// Page renders the template called name inside the shell, with the status of
// data's Page, and writes it. If rendering fails nothing has been written.
func (t *Templates) Page(w http.ResponseWriter, r *http.Request, name string, data Pager) error {
	if data == nil {
		return fmt.Errorf("ui: page %s: no data", name)
	}
	set, tag, err := t.set(r)
	if err != nil {
		return err
	}
	content, buf := t.ui.buffer(), t.ui.buffer()
	defer t.ui.release(content)
	defer t.ui.release(buf)
	// The content is drawn first and then put into the layout: a layout for each
	// page, by which templates override a block, is a copy of every component.
	if err := set.ExecuteTemplate(content, name, data); err != nil {
		return fmt.Errorf("ui: page %s: %w", name, err)
	}
	sh := t.ui.shell(w, r, data, tag)
	sh.Content = template.HTML(content.String()) //nolint:gosec // a template's own output
	if err := set.ExecuteTemplate(buf, "ui/layout", sh); err != nil {
		return fmt.Errorf("ui: page %s: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", tag.String())
	h.Add("Vary", "Cookie, Accept-Language")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	status := sh.Page.Status
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	_, _ = buf.WriteTo(w) // the reader went away; there is nobody to tell
	return nil
}

// Fragment renders the template called name without the shell: the body of a
// card or a tab. What goes on for more than [slot.MaxBytes] is stopped there
// with [callboard.CodeTooLarge].
func (t *Templates) Fragment(r *http.Request, name string, data any) (template.HTML, error) {
	set, _, err := t.set(r)
	if err != nil {
		return "", err
	}
	buf := t.ui.buffer()
	defer t.ui.release(buf)
	if err := set.ExecuteTemplate(limited{buf}, name, data); err != nil {
		return "", fmt.Errorf("ui: fragment %s: %w", name, err)
	}
	return template.HTML(buf.String()), nil
}

// limited is a buffer that takes as much as a slot may draw.
type limited struct{ buf *bytes.Buffer }

func (l limited) Write(p []byte) (int, error) {
	if l.buf.Len()+len(p) > slot.MaxBytes {
		return 0, slot.TooLarge()
	}
	return l.buf.Write(p)
}

// set returns the templates in the reader's language.
func (t *Templates) set(r *http.Request) (*template.Template, language.Tag, error) {
	tag := t.ui.words.match(r)
	if t.ui.opts.Dev {
		set, err := t.parse(tag)
		return set, tag, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	set, ok := t.sets[tag]
	if !ok {
		return nil, tag, fmt.Errorf("ui: no templates in %s", tag)
	}
	return set, tag, nil
}

func (t *Templates) parse(tag language.Tag) (*template.Template, error) {
	base := template.New("ui").Funcs(t.ui.funcs(tag))
	for _, f := range t.funcs {
		base.Funcs(f)
	}
	if err := parseOwn(base, t.ui.files); err != nil {
		return nil, err
	}
	names, err := htmlFiles(t.fsys)
	if err != nil {
		return nil, fmt.Errorf("ui: templates: %w", err)
	}
	own := definedNames(base)
	for _, name := range names {
		if err := parseFile(base, t.fsys, name, name); err != nil {
			return nil, err
		}
	}
	return base, refuseOwnNames(base, own)
}

// parseOwn parses the layout and the components of the design system.
func parseOwn(base *template.Template, fsys fs.FS) error {
	for _, dir := range []string{"templates/layout", "templates/components"} {
		sub, err := fs.Sub(fsys, dir)
		if err != nil {
			return fmt.Errorf("ui: own templates: %w", err)
		}
		names, err := htmlFiles(sub)
		if err != nil {
			return fmt.Errorf("ui: own templates: %w", err)
		}
		for _, name := range names {
			if err := parseFile(base, sub, name, "ui/"+strings.TrimSuffix(name, ".html")); err != nil {
				return err
			}
		}
	}
	return nil
}

func parseFile(base *template.Template, fsys fs.FS, file, name string) error {
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		return fmt.Errorf("ui: template %s: %w", file, err)
	}
	if _, err := base.New(name).Parse(string(text)); err != nil {
		return fmt.Errorf("ui: template %s: %w", file, err)
	}
	return nil
}

func definedNames(t *template.Template) map[string]*parse.Tree {
	names := map[string]*parse.Tree{}
	for _, d := range t.Templates() {
		names[d.Name()] = d.Tree
	}
	return names
}

// refuseOwnNames reports a module's template that takes a name of ours.
func refuseOwnNames(base *template.Template, own map[string]*parse.Tree) error {
	var errs []error
	for _, d := range base.Templates() {
		was, known := own[d.Name()]
		if strings.HasPrefix(d.Name(), "ui/") && (!known || was != d.Tree) {
			errs = append(errs, fmt.Errorf("ui: template %q: names that begin with ui/ are reserved", d.Name()))
		}
	}
	return errors.Join(errs...)
}

func htmlFiles(fsys fs.FS) ([]string, error) {
	var names []string
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".html") {
			names = append(names, path)
		}
		return err
	})
	return names, err
}

func (u *UI) buffer() *bytes.Buffer {
	if buf, ok := u.buffers.Get().(*bytes.Buffer); ok {
		return buf
	}
	return &bytes.Buffer{}
}

// release keeps buf for the next page unless one huge page has blown it up.
func (u *UI) release(buf *bytes.Buffer) {
	if buf.Cap() > 1<<20 {
		return
	}
	buf.Reset()
	u.buffers.Put(buf)
}
