// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/callboard/callboard"
)

// The annotations that the service adds, as the field's catalogs do.
const (
	AnnotationLocation       = "backstage.io/managed-by-location"
	AnnotationOriginLocation = "backstage.io/managed-by-origin-location"
	AnnotationViewURL        = "backstage.io/view-url"
	AnnotationEditURL        = "backstage.io/edit-url"
	AnnotationSourceLocation = "backstage.io/source-location"
)

// LocationLinks are addresses that follow from a location; empty where nothing does.
type LocationLinks struct {
	// View and Edit are pages for a person. Source is the folder, as a location.
	View, Edit, Source string
}

// LocationLinker is a [LocationReader] that knows pages about its locations.
type LocationLinker interface {
	// Links returns what it knows about the target.
	Links(target string) LocationLinks
}

// work is one source being processed.
type work struct {
	*pipeline
	in        inbound
	update    SourceUpdate
	seen      map[Ref]bool
	written   int    // documents that came as text; entities follow
	files     []file // read for placeholders
	locations []Ref
}

// document takes one document through and adds what came of it to the update.
func (w *work) document(ctx context.Context, d *Document) {
	if d.Entity == nil || refuses(d.Problems) {
		w.report(d, w.kinds.Validate(d))
		w.keep(d)
		return
	}
	if p, ok := w.allowed(d.Entity); !ok {
		w.report(d, []Problem{p})
		return
	}
	w.kinds.Normalize(d.Entity)
	w.annotate(d)
	edges, ok := w.processors(ctx, d)
	if !ok || w.report(d, w.kinds.Validate(d)) {
		w.keep(d)
		return
	}
	declared, _ := w.kinds.Relations(d.Entity) // its problems are among Validate's
	w.claim(d, append(declared, edges...))
}

// allowed asks the rules. The Location that stands for a registered location is
// the service's own, and a kind that nobody knows has its own problem.
func (w *work) allowed(e *Entity) (Problem, bool) {
	_, known := w.kinds.Kind(e.Kind)
	own := w.in.key.Provider == RegisteredProvider && w.in.key.Parent == ""
	if own || !known {
		return Problem{}, true
	}
	return w.rules.allow(e, w.in.origin, w.in.key.Provider)
}

// refuses reports whether one of the problems refuses the document.
func refuses(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == SeverityError })
}

// report adds problems to the update and says whether one refuses the document.
func (w *work) report(d *Document, problems []Problem) bool {
	refused := false
	for _, p := range problems {
		if p.Severity == "" {
			p.Severity = SeverityError
		}
		if p.Document == 0 {
			p.Document = d.Number
		}
		if p.Line == 0 {
			p.Line, p.Column = d.Position(p.Pointer)
		}
		if p.Rule == placeholderRule && p.Remedy == "" {
			p.Remedy = "name a file of the same repository, relative to this one, that is there and can be read"
		}
		if p.Location == "" {
			p.Location = w.in.key.Location
		}
		if e := d.Entity; e != nil && p.Entity == "" && e.Metadata.Name != "" {
			p.Entity, p.Owner = e.Ref().String(), ownerOf(e)
		}
		refused = refused || p.Severity == SeverityError
		w.update.Problems = append(w.update.Problems, p)
	}
	return refused
}

// keep leaves what a broken document declared before as it is. If it does not
// say what it declares, that could be any of the source's entities.
func (w *work) keep(d *Document) {
	ref, known := w.refOf(d)
	switch {
	case !known:
		w.update.KeepMissing = true
	case !ref.IsZero() && !w.seen[ref]:
		w.seen[ref] = true
		w.update.Claims = append(w.update.Claims, Claim{Ref: ref, Keep: true})
	}
}

// refOf returns what a document declares, and whether it says so. The zero Ref
// is a name that no entity can have.
func (w *work) refOf(d *Document) (Ref, bool) {
	text := ""
	if e := d.Entity; e != nil && e.Kind != "" && e.Metadata.Name != "" {
		text = e.Ref().String()
	} else if len(d.Problems) > 0 {
		text = d.Problems[0].Entity
	}
	if text == "" {
		return Ref{}, false
	}
	if ref, err := ParseRef(text, Ref{}); err == nil {
		return ref, true
	}
	return Ref{}, true
}

func (w *work) claim(d *Document, edges []Edge) {
	ref := d.Entity.Ref()
	if w.seen[ref] {
		w.report(d, []Problem{{
			Rule:    "entity-repeated",
			Message: ref.String() + " is declared twice in one file; the first declaration counts",
			Remedy:  "give it another name or namespace, or remove it",
			Pointer: "/metadata/name",
		}})
		return
	}
	w.seen[ref] = true
	if ref.Kind == locationKind {
		w.locations = append(w.locations, ref)
	}
	w.update.Claims = append(w.update.Claims, Claim{Ref: ref, Entity: d.Entity, Relations: distinct(edges)})
}

// annotate says where the entity came from. Where it came from is the
// service's to say, except for finished entities; the rest is the author's.
func (w *work) annotate(d *Document) {
	a := d.Entity.Metadata.Annotations
	if a == nil {
		a = make(map[string]string, 5)
		d.Entity.Metadata.Annotations = a
	}
	text := d.Number <= w.written
	fill := func(name, value string, force bool) {
		if value != "" && (force || a[name] == "") {
			a[name] = value
		}
	}
	fill(AnnotationLocation, w.in.key.Location, text)
	fill(AnnotationOriginLocation, w.in.origin, text)
	links := w.linker(a[AnnotationLocation])
	fill(AnnotationViewURL, links.View, false)
	fill(AnnotationEditURL, links.Edit, false)
	fill(AnnotationSourceLocation, links.Source, false)
}

// processors runs them in order and returns the edges that they emitted.
func (w *work) processors(ctx context.Context, d *Document) ([]Edge, bool) {
	var edges []Edge
	ref := d.Entity.Ref()
	for _, x := range w.opts.Processors {
		in := &Processing{Entity: d.Entity, Source: w.in.key}
		err := runProcessor(ctx, w.opts, x, in)
		switch {
		case err != nil:
			w.opts.Logger.WarnContext(ctx, "a processor failed", "processor", x.Name(), "entity", ref.String(), "error", err)
			d.Entity = d.Entity.Clone() // the processor may still hold the other
			w.report(d, []Problem{{
				Rule:    "processor-failed",
				Message: fmt.Sprintf("the processor %s failed: %s", x.Name(), callboard.MessageOf(err)),
				Remedy:  "the log has the cause; mend the entity or the processor",
			}})
			return nil, false
		case w.report(d, in.Problems):
			return nil, false
		case in.Entity == nil || in.Entity.Ref() != ref:
			w.report(d, []Problem{{
				Rule:    "processor-renamed",
				Message: fmt.Sprintf("the processor %s changed the identity of the entity", x.Name()),
				Remedy:  "a processor may change anything but kind, namespace and name",
			}})
			return nil, false
		}
		d.Entity = in.Entity
		edges = append(edges, in.Relations...)
	}
	return edges, true
}

// runProcessor gives a processor its time. One that does not come back in time
// keeps the entity that it was given, which nobody else uses any more.
func runProcessor(ctx context.Context, opts *ServiceOptions, x Processor, in *Processing) error {
	ctx, cancel := context.WithTimeout(ctx, opts.ProcessTimeout)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				done <- fmt.Errorf("panic: %v\n%s", v, debug.Stack())
			}
		}()
		done <- x.Process(ctx, in)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ownerOf is the full reference of spec.owner, as far as it can be read.
func ownerOf(e *Entity) string {
	text, _ := e.Spec["owner"].(string)
	ref, err := ParseRef(text, Ref{Kind: "group", Namespace: e.Metadata.Namespace})
	if err != nil {
		return ""
	}
	return ref.String()
}

// distinct drops repeated edges and keeps the order.
func distinct(edges []Edge) []Edge {
	if len(edges) < 2 {
		return edges
	}
	kept := edges[:0:0]
	for _, e := range edges {
		if !slices.Contains(kept, e) {
			kept = append(kept, e)
		}
	}
	return kept
}
