// SPDX-License-Identifier: Apache-2.0

package search

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// Document is one thing that can be found.
type Document struct {
	// ID is unique in its source, and stays the same for as long as the thing.
	ID string
	// Parent is what it is a part of, such as the API of an operation: documents
	// change with their parent. The default is the ID.
	Parent string
	// Type is the ID of one of the source's types.
	Type string
	// Title is what people call it.
	Title string
	// Hint tells it from others of its title, in a few words, such as its kind
	// and owner. It is not searched.
	Hint string
	// Names are the other names that it is known by: they are found as the title is.
	Names []string
	// Keywords are found as text, and count more: tags, e-mail addresses.
	Keywords []string
	// Text is what it says, plain.
	Text string
	// Location is the path that shows it.
	Location string
	// Icon is the name of an icon of the design system; empty is the type's.
	Icon string
	// Owner is who owns it, as a reference; empty is nobody.
	Owner string
	// Fields are what it can be filtered by and what its readers may see of
	// it, such as kind, lifecycle and namespace.
	Fields map[string][]string
	// Guards are what [Source.Sight] may speak of; nobody is shown them.
	Guards []Fact
}

// Fact is a value of a field. Without a value it says that the field is there.
type Fact struct{ Field, Value string }

// Limits of a document. What is longer is cut, and longer values of facts are
// known by their hash.
const (
	maxTitle    = 300
	maxNames    = 24
	maxText     = 64 << 10
	maxWords    = 8000
	maxFact     = 120
	maxFacts    = 1000
	maxLocation = 2000
)

// clip cuts a document to the limits.
func (d Document) clip() Document {
	if d.Parent == "" {
		d.Parent = d.ID
	}
	d.Title, d.Hint = plain(d.Title, maxTitle), plain(d.Hint, maxTitle)
	d.Text, d.Location = plain(d.Text, maxText), plain(d.Location, maxLocation)
	d.Names = d.Names[:min(len(d.Names), maxNames)]
	d.Guards = d.Guards[:min(len(d.Guards), maxFacts)]
	return d
}

// plain returns text without what a database or a page cannot have, of at most
// that many bytes.
func plain(text string, most int) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", " "), "�")
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && text[cut]&0xC0 == 0x80 {
		cut--
	}
	return text[:cut]
}

// Entry is a document as an [Index] keeps it: with its words, which are cut and
// reduced alike for every engine.
type Entry struct {
	Document
	// Source is the name of the document's source.
	Source string
	// Hash tells one content from another.
	Hash string
	// Keys are the names without what may be written differently.
	Keys []string
	// NameWords are the words of all names; Body are the stems of all that it
	// says, in order.
	NameWords, Body []string
	// Facts are what a [Filter] finds, as tokens of their own.
	Facts []string
	// Vocabulary are the words that it has, as they are written, without
	// repetition; those of names also by their forms.
	Vocabulary []string
	Forms      []Form
}

// NewEntry prepares a document of a source for an index. One without an ID, type,
// title or location is an error.
func NewEntry(source string, d Document) (Entry, error) {
	if d.ID == "" || d.Type == "" || d.Title == "" || d.Location == "" {
		return Entry{}, fmt.Errorf("search: the source %s has a document %q without ID, type, title or location", source, d.ID)
	}
	d = d.clip()
	content, err := json.Marshal(d)
	if err != nil {
		return Entry{}, fmt.Errorf("search: document %q of %s: %w", d.ID, source, err)
	}
	sum := sha256.Sum256(append([]byte(Version+"\n"), content...))
	e := Entry{Document: d, Source: source, Hash: hex.EncodeToString(sum[:12])}
	e.fill()
	return e, nil
}

func (e *Entry) fill() {
	words, forms := newOrderedSet(), newOrderedSet()
	keys, names := newOrderedSet(), newOrderedSet()
	for _, name := range append([]string{e.Title}, e.Names...) {
		for _, w := range Words(name) {
			names.add(w)
			forms.add(w)
		}
		key := keyOf(split(name))
		keys.add(key)
		if len(key) <= maxWord {
			names.add(key)
			words.add(key)
		}
	}
	for _, text := range e.texts() {
		for _, w := range Words(text) {
			if len(e.Body) == maxWords {
				break
			}
			e.Body = append(e.Body, Stem(w))
			words.add(w)
		}
	}
	for _, w := range forms.list {
		words.add(w)
		e.Forms = append(e.Forms, formsOf(w)...)
	}
	e.Keys, e.NameWords, e.Vocabulary = keys.list, names.list, words.list
	e.Facts = e.facts()
}

// texts are what is searched as text, what counts most first.
func (e *Entry) texts() []string {
	all := append([]string{e.Title}, e.Names...)
	all = append(all, e.Keywords...)
	return append(all, e.Text)
}

// The fields that every document has.
const (
	fieldSource = "source"
	fieldType   = "type"
)

func (e *Entry) facts() []string {
	set := newOrderedSet()
	set.add(factToken(everything, ""))
	set.add(factToken(fieldSource, e.Source))
	set.add(factToken(fieldType, e.Type))
	for name, values := range e.Fields {
		for _, v := range values {
			set.add(factToken(ownField+name, v))
		}
	}
	for _, g := range e.Guards {
		set.add(factToken(g.Field, g.Value))
	}
	return set.list
}

const (
	// everything is a fact of every document, which a filter subtracts from.
	everything = "*"
	// ownField begins the names of [Document.Fields] among the facts, so that
	// they are no guards.
	ownField = "@"
)

// factToken returns the token of a fact: without spaces and quotes, in lower
// case, so that every engine takes it as one word.
func factToken(field, value string) string {
	t := escapeFact(field)
	if value != "" {
		t += "=" + escapeFact(value)
	}
	if len(t) > maxFact {
		sum := sha256.Sum256([]byte(t))
		return "#" + hex.EncodeToString(sum[:16])
	}
	return t
}

// escapeFact writes everything that is not plain as %XX.
func escapeFact(s string) string {
	var b strings.Builder
	for _, c := range []byte(strings.ToLower(s)) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', strings.IndexByte(".-_/:@*", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	return b.String()
}

// orderedSet is a list without repetition.
type orderedSet struct {
	list []string
	has  map[string]struct{}
}

func newOrderedSet() *orderedSet { return &orderedSet{has: map[string]struct{}{}} }

func (s *orderedSet) add(text string) {
	if _, ok := s.has[text]; ok || text == "" {
		return
	}
	s.has[text] = struct{}{}
	s.list = append(s.list, text)
}
