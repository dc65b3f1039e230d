// SPDX-License-Identifier: Apache-2.0

package search

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// What a match of the whole name is worth, and of each word of what was typed.
const (
	worthExact  = 1000
	worthPrefix = 800
	worthAll    = 300 // all words are in the name: this, and the mean below
	worthWords  = 350
	worthWhole  = 40 // and there are no others in it
	worthSome   = 200

	wordExact  = 1.0
	wordStem   = 0.95
	wordBegun  = 0.85
	wordWithin = 0.6
	wordNear   = 0.5
)

// ranked is a hit with what it is worth.
type ranked struct {
	Hit
	score int
}

// before is the order of results: it is total, so that pages meet.
func (r ranked) before(o ranked) int {
	return cmp.Or(cmp.Compare(o.score, r.score), cmp.Compare(r.Title, o.Title), cmp.Compare(r.Number, o.Number))
}

// rank orders what was found.
func (a *asked) rank(ctx context.Context) ([]ranked, error) {
	list := make([]ranked, len(a.found.hits))
	for i, h := range a.found.hits {
		t, _ := a.Type(h.Type)
		list[i] = ranked{h, a.nameScore(h) + t.Weight}
	}
	slices.SortFunc(list, ranked.before)
	top := list[:min(len(list), reread)]
	if a.text.Empty() || len(top) < 2 {
		return list, nil
	}
	numbers := make([]int64, len(top))
	for i, r := range top {
		numbers[i] = r.Number
	}
	texts, err := a.index.Documents(ctx, numbers)
	if err != nil {
		return nil, err
	}
	for i := range top {
		top[i].score += a.textScore(texts[top[i].Number].Text)
	}
	slices.SortFunc(top, ranked.before)
	return list, nil
}

// nameScore returns what the best of the hit's names is worth.
func (a *asked) nameScore(h Hit) int {
	best := a.oneName(h.Title)
	for _, name := range h.Names {
		best = max(best, a.oneName(name)-1)
	}
	return best
}

func (a *asked) oneName(name string) int {
	parts := split(name)
	key := keyOf(parts)
	switch {
	case a.text.Key == "":
		return 0
	case key == a.text.Key:
		return worthExact
	case strings.HasPrefix(key, a.text.Key):
		return worthPrefix - min(150, 4*(len(key)-len(a.text.Key))) + a.wholeWords(parts)
	}
	sum, least, n := 0.0, 1.0, 0
	for i := range a.terms {
		q := a.terms[i].quality(parts, key)
		sum, least = sum+q, min(least, q)
		n++
	}
	for _, p := range a.text.Phrases {
		q := phraseQuality(p, parts)
		sum, least = sum+q, min(least, q)
		n++
	}
	if n == 0 || sum == 0 {
		return 0
	}
	mean := sum / float64(n)
	if least == 0 {
		return int(worthSome * mean)
	}
	score := worthAll + int(worthWords*mean)
	if len(parts) <= n {
		return score + worthWhole
	}
	return score - min(64, 8*(len(parts)-n))
}

// wholeWords is a little more for a name that begins with what was typed as
// whole words: order-events before ordering, for order.
func (a *asked) wholeWords(parts []string) int {
	joined := ""
	for _, p := range parts {
		if joined += p; len(joined) >= len(a.text.Key) {
			break
		}
	}
	if joined == a.text.Key {
		return 20
	}
	return 0
}

// quality tells how well a name has a part of what was typed.
func (v *variants) quality(name []string, key string) float64 {
	if v.term.Joined != "" && strings.Contains(key, v.term.Joined) {
		return wordExact
	}
	least := wordExact
	for i, w := range v.term.Words {
		best := 0.0
		for _, have := range name {
			best = max(best, v.word(w, have, i == len(v.term.Words)-1))
		}
		least = min(least, best)
	}
	return least
}

func (v *variants) word(typed, have string, last bool) float64 {
	switch {
	case typed == have:
		return wordExact
	case Stem(typed) == Stem(have):
		return wordStem
	case last && v.term.Open && strings.HasPrefix(have, typed):
		return wordBegun
	case last && len(typed) >= leastInfix && strings.Contains(have, typed):
		return wordWithin
	case last && slices.Contains(v.near, have):
		return wordNear
	}
	return 0
}

func phraseQuality(stems, name []string) float64 {
	for i := 0; i+len(stems) <= len(name); i++ {
		if slices.EqualFunc(stems, name[i:i+len(stems)], func(s, w string) bool { return s == Stem(w) }) {
			return wordExact
		}
	}
	return 0
}

// What a text is worth at most: it orders what the names leave equal.
const (
	worthOften  = 40
	worthEarly  = 10
	readLetters = 2000
	earlyWords  = 30
)

// textScore tells how much a text is about what was typed.
func (a *asked) textScore(text string) int {
	words := Words(plain(text, readLetters))
	stemmed := make([]string, len(words))
	for i, w := range words {
		stemmed[i] = Stem(w)
	}
	wanted := a.wanted()
	score := 0.0
	for _, stems := range wanted {
		often, early := 0, 0.0
		for i, s := range stemmed {
			if slices.Contains(stems, s) {
				often++
				if i < earlyWords {
					early = worthEarly
				}
			}
		}
		score += early + worthOften*float64(often)/float64(often+3)
	}
	return int(score / float64(max(1, len(wanted))))
}

// wanted returns for each part of what was typed the stems that it may be.
func (a *asked) wanted() [][]string {
	var all [][]string
	for _, t := range a.terms {
		set := newOrderedSet()
		for _, w := range slices.Concat(t.term.Words, t.begun, t.near, t.within) {
			set.add(Stem(w))
		}
		if t.term.Joined != "" {
			set.add(Stem(t.term.Joined))
		}
		all = append(all, set.list)
	}
	for _, p := range a.text.Phrases {
		for _, w := range p {
			all = append(all, []string{w})
		}
	}
	return all
}
