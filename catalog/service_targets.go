// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	slashpath "path"
	"slices"
	"strings"
	"time"

	"github.com/callboard/callboard"
)

// naming is one pass over the targets of a Location.
type naming struct {
	*follower
	place place
	all   bool
	have  map[SourceKey]Source
	want  map[SourceKey]bool
	// again are sources read through their base that may declare Locations.
	again []SourceKey
}

// found is what became of one target.
type found struct {
	sources []inbound
	// kept is a source that was not read, since it is known already.
	kept SourceKey
	// again is a source read through its base that may declare Locations.
	again SourceKey
	// unsure says that a pattern could not be read: what it matched before stays.
	unsure bool
}

// sources yields what is to be read, in the order of the targets, and then the
// removal of what is named no more.
func (n *naming) sources(ctx context.Context) func(func(inbound, error) bool) {
	return func(yield func(inbound, error) bool) {
		unsure := false
		for f := range n.readAhead(ctx) {
			unsure = unsure || f.unsure
			n.want[f.kept] = true
			if f.again != (SourceKey{}) {
				n.again = append(n.again, f.again)
			}
			for _, in := range f.sources {
				if n.want[in.key] {
					continue
				}
				n.want[in.key] = true
				if !yield(in, nil) {
					return
				}
			}
		}
		if err := ctx.Err(); err != nil {
			yield(inbound{}, err)
			return
		}
		if unsure {
			return
		}
		for _, key := range n.unwanted() {
			if !yield(inbound{key: key, remove: true}, nil) {
				return
			}
		}
	}
}

// readAhead reads several targets at once and yields them in order.
func (n *naming) readAhead(ctx context.Context) iter.Seq[found] {
	return func(yield func(found) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		typ, targets := n.place.targets()
		ahead := make(chan chan found, atOnce)
		go func() {
			defer close(ahead)
			for i, t := range targets {
				one := make(chan found, 1)
				select {
				case ahead <- one:
					go func() { one <- n.target(ctx, typ, t, i) }()
				case <-ctx.Done():
					return
				}
			}
		}()
		for one := range ahead {
			if !yield(<-one) {
				return
			}
		}
	}
}

func (n *naming) unwanted() []SourceKey {
	keys := []SourceKey{}
	for key := range n.have {
		if !n.want[key] {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, compareSourceKeys)
	return keys
}

func compareSourceKeys(a, b SourceKey) int {
	return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Parent, b.Parent), cmp.Compare(a.Location, b.Location))
}

func (n *naming) key(location string) SourceKey {
	return SourceKey{Provider: n.place.provider, Parent: n.place.ref.String(), Location: location}
}

// target returns the sources that one target stands for.
func (n *naming) target(ctx context.Context, typ, target string, index int) found {
	to, err := n.resolve(typ, target)
	key := n.key(to.location)
	switch {
	case err != nil:
	case index >= maxFollowTargets:
		err = tooLarge("%s names more than %d targets", n.place.ref, maxFollowTargets)
	case len(n.place.above) > maxFollowDepth:
		err = tooLarge("locations are nested more than %d deep", maxFollowDepth)
	case n.loops(to.location):
		err = invalid("%s names a location that it came from itself", n.place.ref)
	}
	if err != nil {
		return found{sources: []inbound{n.inbound(key, Item{Location: to.location, Err: err}, 0)}}
	}
	if had, ok := n.have[key]; ok && !n.all && had.Hash != patternHash {
		return found{kept: key}
	}
	return n.read(ctx, to)
}

// loops reports whether the location led to this Location. A registered
// location is named after its target, which is no loop.
func (n *naming) loops(location string) bool {
	return slices.ContainsFunc(n.place.above, func(k SourceKey) bool {
		return k.Location == location && (k.Provider != RegisteredProvider || k.Parent != "")
	})
}

// inbound is a source below the Location, to be read again after every (0 is
// the usual).
func (n *naming) inbound(key SourceKey, item Item, every time.Duration) inbound {
	return inbound{
		key: key, item: item, origin: n.place.origin, known: n.have[key].Hash,
		next: n.s.due.after(key, item.Err, every),
	}
}

// pointer is where a target leads.
type pointer struct {
	location    string // type:target
	typ, target string
	beside      string // the path to open beside the base; empty if a reader reads it
}

// resolve finds out where a target leads. A relative one is relative to the
// file that names it, whatever type it says.
func (n *naming) resolve(typ, target string) (pointer, error) {
	baseType, baseTarget := splitLocation(n.place.base.Location)
	relative := isRelative(target)
	if relative || typ == "" {
		typ = baseType
	}
	to := pointer{typ: typ, target: target, location: typ + ":" + target}
	reader := n.s.readers[typ]
	if reader == nil && relative && n.opener(n.place.base) != nil {
		to.target = slashpath.Join(slashpath.Dir(baseTarget), target)
		to.location, to.beside = typ+":"+to.target, target
		return to, nil
	}
	if reader == nil {
		return to, invalid("this portal reads no locations of type %s", quote(typ))
	}
	base := ""
	if typ == baseType {
		base = baseTarget
	}
	resolved, err := reader.Resolve(base, target)
	if err != nil {
		return to, err
	}
	to.target, to.location = resolved, typ+":"+resolved
	// What the provider reads is nearer than what anybody can read, but a
	// reader that watches must know what was read.
	_, watches := reader.(LocationWatcher)
	if relative && !watches && !strings.ContainsAny(target, "*?[{") && n.opener(n.place.base) != nil {
		to.beside = target
	}
	return to, nil
}

// isRelative reports whether a target has neither a scheme nor a root.
func isRelative(target string) bool {
	return target != "" && !strings.Contains(target, "://") && !strings.HasPrefix(target, "/")
}

// read reads a target and returns the sources found there.
func (n *naming) read(ctx context.Context, to pointer) found {
	key := n.key(to.location)
	if to.beside != "" {
		item := n.beside(ctx, to)
		f := found{sources: []inbound{n.inbound(key, item, 0)}}
		if bytes.Contains(item.Content, []byte("Location")) {
			n.remember(key, item.Open)
			f.again = key
		}
		return f
	}
	res, err := n.s.read(ctx, to.typ, to.target, "")
	if err != nil {
		return n.unread(key, to, err)
	}
	if len(res.Items) == 1 && res.Items[0].Location == to.location {
		n.keepValidator(key, res)
		return found{sources: []inbound{n.inbound(key, res.Items[0], res.Next)}}
	}
	return found{sources: n.matched(key, res)}
}

// matched are the sources of a target with wildcards: the pattern, and what it
// matched. They are read again together.
func (n *naming) matched(key SourceKey, res ReadResult) []inbound {
	list := []inbound{}
	for _, item := range res.Items {
		if n.loops(item.Location) {
			continue // the pattern matches the very file that it stands in
		}
		in := n.inbound(n.key(item.Location), item, 0)
		in.next = time.Time{}
		list = append(list, in)
	}
	return append(list, inbound{
		key: key, pattern: true, known: n.have[key].Hash, next: n.s.due.after(key, nil, res.Next),
	})
}

// unread is a target that cannot be read.
func (n *naming) unread(key SourceKey, to pointer, err error) found {
	absent := callboard.CodeOf(err) == callboard.CodeNotFound
	in := n.inbound(key, Item{Location: to.location, Err: err}, 0)
	if absent && n.place.optional() {
		in.item.Err, in.pattern = nil, true
	}
	return found{sources: []inbound{in}, unsure: !absent && n.have[key].Hash == patternHash}
}

// beside reads a file through its base.
func (n *naming) beside(ctx context.Context, to pointer) Item {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	open := n.opener(n.place.base)
	content, err := open(ctx, to.beside)
	return Item{
		Location: to.location, Content: content, Err: err,
		Open: func(ctx context.Context, relative string) ([]byte, error) {
			return open(ctx, slashpath.Join(slashpath.Dir(to.beside), relative))
		},
	}
}
