// SPDX-License-Identifier: Apache-2.0

package search

import (
	"context"
	"slices"
	"strings"
)

// How many documents of each kind of match are looked at. A question that is met
// by more is answered from these.
const (
	windowExact  = 60
	windowPrefix = 150
	windowNames  = 300
	windowWide   = 200
	windowText   = 500
	// maxLooked bounds how many are looked at to find some that the caller may see.
	maxLooked = 8000
	// reread is how many of the best have their text looked at.
	reread = 32
	// maxVariants bounds the words that stand for what was typed.
	maxVariants = 32
	// maxCandidates is how many words with a letter left out in common are compared.
	maxCandidates = 400
)

// variants are the words of the index that a part of what was typed may mean.
type variants struct {
	term *Term
	// exact are the words as typed; begun begin with the last of them; within
	// contain a word; near are typing errors away.
	exact, begun, within, near []string
}

// found are documents in the order in which they were found, each once.
type found struct {
	hits []Hit
	seen map[int64]bool
	// full says that a window was, so that there may be more.
	full bool
}

// asked is a question on its way to the index.
type asked struct {
	*Service
	text Text
	// types are those that were asked for, nil for all; fields is the filter
	// over fields, and within all that must hold.
	types  []string
	fields Filter
	within Filter
	terms  []variants
	found  found
	// failed are sources that did not answer.
	failed []string
}

// look finds what may answer a question, of what the caller may see.
func (s *Service) look(ctx context.Context, text Text, q Query, sight sights) (*asked, error) {
	a := &asked{Service: s, text: text, fields: q.Filter, within: All{sight.filter, q.Filter}, failed: slices.Clone(sight.failed), found: found{seen: map[int64]bool{}}}
	if len(q.Types) > 0 {
		a.types = append([]string{}, s.typesNamed(q.Types)...)
		a.within = All{sight.filter, q.Filter, OfType(a.types...)}
	}
	if text.Empty() {
		return a, a.probe(ctx, Probe{Within: All{Has{Field: everything}, a.within}}, windowText)
	}
	if err := a.expand(ctx); err != nil {
		return nil, err
	}
	if err := a.strict(ctx); err != nil {
		return nil, err
	}
	if len(a.found.hits) > 0 {
		return a, nil
	}
	return a, a.lenient(ctx)
}

// probe asks the index, and keeps of the answer what the caller may see. If that
// is little of what was looked at, as when their condition could not be told from
// facts, it looks at more.
func (a *asked) probe(ctx context.Context, p Probe, window int) error {
	if p.Within == nil {
		p.Within = a.within
	}
	for p.Limit = window; ; p.Limit *= 4 {
		hits, err := a.index.Find(ctx, p)
		if err != nil {
			return err
		}
		n := len(hits)
		kept, err := a.keep(ctx, hits)
		if err != nil {
			return err
		}
		full := n >= p.Limit
		if !full || kept >= window/2 || p.Limit >= maxLooked {
			a.found.full = a.found.full || full
			return nil
		}
	}
}

// keep takes in what is new and the caller may see, and returns how many the
// caller may see of all.
func (a *asked) keep(ctx context.Context, hits []Hit) (visible int, err error) {
	n := len(hits)
	hits = slices.DeleteFunc(hits, func(h Hit) bool { return a.found.seen[h.Number] })
	visible = n - len(hits)
	if hits, err = a.visible(ctx, hits); err != nil {
		return 0, err
	}
	for _, h := range hits {
		a.found.seen[h.Number] = true
	}
	a.found.hits = append(a.found.hits, hits...)
	return visible + len(hits), nil
}

// named asks for what is called as was typed, and for what is called so at its
// beginning. A filter over fields is not asked of names: those that it leaves are
// found by their words.
func (a *asked) named(ctx context.Context) error {
	if a.text.Key == "" || len(a.text.Without) > 0 || a.fields != nil {
		return nil
	}
	for _, ask := range []struct {
		prefix Prefix
		window int
	}{{Whole, windowExact}, {Beginning, windowPrefix}} {
		if ask.prefix == Beginning && len(a.text.Key) < 2 {
			continue
		}
		hits, err := a.index.Named(ctx, a.text.Key, ask.prefix, ask.window)
		if err != nil {
			return err
		}
		if a.types != nil {
			hits = slices.DeleteFunc(hits, func(h Hit) bool { return !slices.Contains(a.types, h.Type) })
		}
		if _, err := a.keep(ctx, hits); err != nil {
			return err
		}
	}
	return nil
}

// strict asks for what has everything that was typed: by name, then by text.
func (a *asked) strict(ctx context.Context) error {
	if err := a.named(ctx); err != nil {
		return err
	}
	for _, m := range []struct {
		match  Match
		window int
	}{
		{a.match(variants.names), windowNames},
		{a.wider(), windowWide},
		{a.match(variants.stems), windowText},
	} {
		if m.match == nil {
			continue
		}
		if err := a.probe(ctx, Probe{Match: m.match}, m.window); err != nil {
			return err
		}
	}
	return nil
}

// lenient asks again with typing errors in words that are known, and then for
// what has some of what was typed.
func (a *asked) lenient(ctx context.Context) error {
	for i := range a.terms {
		if err := a.terms[i].expandNear(ctx, a.index); err != nil {
			return err
		}
	}
	if m := a.match(variants.stems); m != nil {
		if err := a.probe(ctx, Probe{Match: m}, windowText); err != nil {
			return err
		}
	}
	if len(a.found.hits) > 0 || len(a.terms) < 2 {
		return nil
	}
	some := MatchAny{}
	for _, t := range a.terms {
		if m := t.stems(); m != nil {
			some = append(some, m)
		}
	}
	if len(some) == 0 {
		return nil
	}
	return a.probe(ctx, Probe{Match: a.constrain(some)}, windowText)
}

// wider matches more names than those that have the words; nil if there are none.
func (a *asked) wider() Match {
	if slices.ContainsFunc(a.terms, func(v variants) bool { return len(v.within)+len(v.near) > 0 }) {
		return a.match(variants.wideNames)
	}
	return nil
}

// match joins what each part of the question makes of a document; nil if a part
// makes nothing.
func (a *asked) match(of func(variants) Match) Match {
	all := MatchAll{}
	for _, t := range a.terms {
		m := of(t)
		if m == nil {
			return nil
		}
		all = append(all, m)
	}
	return a.constrain(all...)
}

// constrain adds phrases and takes away what is not wanted.
func (a *asked) constrain(parts ...Match) Match {
	for _, p := range a.text.Phrases {
		parts = append(parts, phrase(p))
	}
	if len(parts) == 0 {
		return nil
	}
	var m Match = MatchAll(parts)
	if len(a.text.Without) > 0 {
		without := MatchAny{}
		for _, w := range a.text.Without {
			without = append(without, MatchWord{Word: w})
		}
		m = Except{m, without}
	}
	return m
}

func phrase(words []string) Match {
	if len(words) == 1 {
		return MatchWord{Word: words[0]}
	}
	return MatchPhrase(words)
}

// names matches names that have the words, the last of which may go on. The
// words may also stand together without what was typed between them.
func (v variants) names() Match { return v.inNames(v.begun) }

// wideNames matches names that contain the words, or almost.
func (v variants) wideNames() Match {
	return v.inNames(slices.Concat(v.begun, v.within, v.near))
}

func (v variants) inNames(more []string) Match {
	return v.matching(more, func(w string) Match { return MatchWord{Word: w, Name: true} })
}

// stems matches texts that have the words, or what they may mean.
func (v variants) stems() Match {
	return v.matching(slices.Concat(v.begun, v.near, v.within), func(w string) Match { return MatchWord{Word: Stem(w)} })
}

func (v variants) matching(more []string, word func(string) Match) Match {
	var parts MatchAll
	for i, w := range v.term.Words {
		either := MatchAny{word(w)}
		if i == len(v.term.Words)-1 {
			for _, m := range more {
				either = append(either, word(m))
			}
		}
		parts = append(parts, either)
	}
	if v.term.Joined == "" {
		return parts[0]
	}
	return MatchAny{parts, word(v.term.Joined)}
}

// expand finds the words that each part may mean.
func (a *asked) expand(ctx context.Context) error {
	a.terms = make([]variants, len(a.text.Terms))
	for i := range a.text.Terms {
		t := &a.text.Terms[i]
		a.terms[i] = variants{term: t, exact: t.Words}
		if err := a.terms[i].expand(ctx, a.index); err != nil {
			return err
		}
	}
	return nil
}

// expand finds the words that the last word of a part may mean.
func (v *variants) expand(ctx context.Context, index Index) error {
	word := v.term.Words[len(v.term.Words)-1]
	known, err := index.Vocabulary(ctx, WordQuery{Words: v.term.Words, Limit: len(v.term.Words)})
	if err != nil {
		return err
	}
	if v.term.Open && len(word) > 1 {
		if v.begun, err = index.Vocabulary(ctx, WordQuery{Prefix: word, Limit: maxVariants}); err != nil {
			return err
		}
	}
	if len(word) >= leastInfix {
		if v.within, err = index.Vocabulary(ctx, WordQuery{Within: word, Limit: 2 * maxVariants}); err != nil {
			return err
		}
	}
	v.sort(word)
	if len(known) == len(v.term.Words) || len(v.begun)+len(v.within) > 0 {
		return nil
	}
	return v.expandNear(ctx, index)
}

// sort puts words that begin with what was typed apart from those that contain
// it, without the word itself.
func (v *variants) sort(word string) {
	begun, within := newOrderedSet(), newOrderedSet()
	for _, w := range slices.Concat(v.begun, v.within) {
		switch {
		case w == word:
		case !strings.HasPrefix(w, word):
			within.add(w)
		case v.term.Open:
			begun.add(w)
		}
	}
	v.begun = begun.list[:min(len(begun.list), 2*maxVariants)]
	v.within = within.list[:min(len(within.list), maxVariants)]
}

// expandNear finds words that are a typing error away from the last word of a
// part: those with the fewest errors.
func (v *variants) expandNear(ctx context.Context, index Index) error {
	word := v.term.Words[len(v.term.Words)-1]
	forms := nearForms(word)
	if len(forms) == 0 || len(v.near) > 0 {
		return nil
	}
	candidates, err := index.Vocabulary(ctx, WordQuery{Near: forms, Limit: maxCandidates})
	if err != nil {
		return err
	}
	best := edits(word)
	for _, c := range candidates {
		if d := v.errors(word, c); d > 0 && d <= best {
			if d < best {
				best, v.near = d, nil
			}
			if len(v.near) < maxVariants {
				v.near = append(v.near, c)
			}
		}
	}
	return nil
}

// errors counts how many typing errors lie between what was typed and a word, or
// its beginning if what was typed may go on.
func (v *variants) errors(typed, word string) int {
	most := edits(typed)
	d := distance(typed, word, most)
	runes, n := []rune(word), len([]rune(typed))
	if v.term.Open && n >= 5 {
		for _, cut := range []int{n - 1, n, n + 1} {
			if cut < len(runes) {
				d = min(d, distance(typed, string(runes[:cut]), most))
			}
		}
	}
	return d
}
