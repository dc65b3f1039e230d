// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/yuin/goldmark"
	"golang.org/x/text/language"
	textcatalog "golang.org/x/text/message/catalog"
)

//go:embed templates assets
var embedded embed.FS

// Options configures [New]. The zero value works: it has no navigation, no
// search and builds no links from route names.
type Options struct {
	// Name is the portal's name in the shell; empty is "Callboard".
	Name string
	// Environment is the label in the header, such as "production".
	Environment string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Dev parses templates and reads assets again for each request.
	Dev bool
	// Files replaces the embedded templates and assets, for work on this
	// package: os.DirFS("portal/ui"). Nil uses the embedded ones.
	Files fs.FS
	// URL builds a link from a route's name and variables; nil refuses all.
	URL func(name string, pairs ...string) (string, error)
	// Nav returns what the reader of a request may open; nil is no navigation.
	Nav func(*http.Request) []NavSection
	// Account returns who reads; nil shows nobody.
	Account func(*http.Request) Account
	// Banner returns a notice that stands on top of every page, or nil.
	Banner func(*http.Request) *Notice
	// Search returns what answers the search of the header; nil hides it.
	Search func() Search
	// Inbox returns what waits for the reader; nil shows nothing.
	Inbox func(*http.Request) Inbox
	// Messages adds words and languages to the catalogue; nil is English alone.
	Messages func(*textcatalog.Builder) error
	// Logger receives what cannot be shown; nil discards.
	Logger *slog.Logger
}

// Search is what answers the search of the header. The zero value is nothing.
type Search struct {
	// URL is where the form leads: GET with the parameter q.
	URL string
	// Suggest answers GET with q by a JSON array of [Suggestion] for the
	// command palette; empty offers navigation only.
	Suggest string
	// Hint stands in the empty field; empty is a general one.
	Hint string
}

// Inbox is what waits for the reader: the bell in the header. The zero value is
// nothing.
type Inbox struct {
	// URL is where the bell leads.
	URL string
	// Unread is the number at the bell; from 100 on it is shown as "99+".
	Unread int
	// Live is the URL of server-sent events that say when the number changes;
	// empty is none.
	Live string
}

// Number is the number as the bell shows it.
func (i Inbox) Number() string {
	if i.Unread > 99 {
		return "99+"
	}
	return strconv.Itoa(i.Unread)
}

// Suggestion is one entry that [Search.Suggest] offers to the palette.
type Suggestion struct {
	Title string `json:"title"`
	URL   string `json:"url"`
	// Text is a short second line, such as the kind and owner.
	Text string `json:"text,omitempty"`
	// Icon is the name of an icon of this package.
	Icon string `json:"icon,omitempty"`
	// Group is the heading that it stands under; entries of a group come one
	// after another. Empty is a general heading.
	Group string `json:"group,omitempty"`
}

// UI renders pages. It is safe for concurrent use.
type UI struct {
	opts    Options
	files   fs.FS
	words   *words
	buffers sync.Pool
	// markdown reads descriptions.
	markdown goldmark.Markdown

	mu     sync.Mutex
	mounts []mount
	built  *assetSet

	ownPages *Templates
}

// New returns a UI, or an error that names the template or asset at fault.
// Nil options mean defaults.
func New(opts *Options) (*UI, error) {
	u := &UI{files: embedded, markdown: newMarkdown()}
	if opts != nil {
		u.opts = *opts
	}
	u.opts.setDefaults()
	if u.opts.Files != nil {
		u.files = u.opts.Files
	}
	w, err := newWords(u.opts.Messages)
	if err != nil {
		return nil, fmt.Errorf("ui: messages: %w", err)
	}
	u.words = w
	if _, err := u.assets(); err != nil {
		return nil, err
	}
	pages, err := fs.Sub(u.files, "templates/pages")
	if err != nil {
		return nil, fmt.Errorf("ui: own pages: %w", err)
	}
	if u.ownPages, err = u.Templates(pages); err != nil {
		return nil, err
	}
	return u, nil
}

func (o *Options) setDefaults() {
	if o.Name == "" {
		o.Name = "Callboard"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.URL == nil {
		o.URL = func(name string, _ ...string) (string, error) {
			return "", fmt.Errorf("ui: no routes to find %q in", name)
		}
	}
}

// URL returns the link to the route called name.
func (u *UI) URL(name string, pairs ...string) (string, error) {
	return u.opts.URL(name, pairs...)
}

// Account returns who reads, as the shell shows it.
func (u *UI) Account(r *http.Request) Account {
	if u.opts.Account == nil {
		return Account{}
	}
	return u.opts.Account(r)
}

// Languages returns the languages of the catalogue, English first.
func (u *UI) Languages() []language.Tag { return u.words.languages() }
