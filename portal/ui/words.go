// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"errors"
	"fmt"
	"net/http"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	textcatalog "golang.org/x/text/message/catalog"
)

// words is the message catalogue with a printer for each language.
type words struct {
	builder  *textcatalog.Builder
	tags     []language.Tag
	matcher  language.Matcher
	printers map[language.Tag]*message.Printer
}

func newWords(more func(*textcatalog.Builder) error) (*words, error) {
	b := textcatalog.NewBuilder(textcatalog.Fallback(language.English))
	for _, w := range english() {
		if err := b.Set(language.English, w.key, w.text...); err != nil {
			return nil, fmt.Errorf("message %q: %w", w.key, err)
		}
	}
	if more != nil {
		if err := more(b); err != nil {
			return nil, err
		}
	}
	w := &words{builder: b, printers: map[language.Tag]*message.Printer{}}
	w.tags = append(w.tags, language.English)
	for _, tag := range b.Languages() {
		if tag != language.English {
			w.tags = append(w.tags, tag)
		}
	}
	for _, tag := range w.tags {
		w.printers[tag] = message.NewPrinter(tag, message.Catalog(b))
	}
	w.matcher = language.NewMatcher(w.tags)
	return w, nil
}

func (w *words) languages() []language.Tag { return w.tags }

// match returns the language of the catalogue that the reader likes best.
func (w *words) match(r *http.Request) language.Tag {
	if r == nil || len(w.tags) == 1 {
		return w.tags[0]
	}
	_, i := language.MatchStrings(w.matcher, r.Header.Get("Accept-Language"))
	return w.tags[i]
}

// text returns the words for key: in the language, else in English, else the
// key itself, so that an English sentence may be its own key.
func (w *words) text(tag language.Tag, key string, args ...any) string {
	if tag != language.English && errors.Is(w.builder.Context(tag, discard{}).Execute(key), textcatalog.ErrNotFound) {
		tag = language.English
	}
	return w.printers[tag].Sprintf(message.Key(key, key), args...)
}

// Text returns the words for key in the reader's language, formatted with
// args. A key without words is its own text.
func (u *UI) Text(r *http.Request, key string, args ...any) string {
	return u.words.text(u.words.match(r), key, args...)
}

// discard takes what the catalogue says and keeps nothing.
type discard struct{}

// Render is called with the words.
func (discard) Render(string) {}

// Arg is asked for what a plural depends on.
func (discard) Arg(int) any { return 0 }
