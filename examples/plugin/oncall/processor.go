// SPDX-License-Identifier: Apache-2.0

package oncall

import (
	"context"

	"github.com/callboard/callboard/catalog"
)

// Annotation is what an author writes on an entity: the name of the rota that
// answers for it.
const Annotation = "acme.example/on-call"

// The relations between an entity and its rota.
const (
	relationCoveredBy = "coveredBy"
	relationCovers    = "covers"
)

// Processor turns the annotation into a relation, and says where it cannot be
// one. It passes catalogtest.TestProcessor.
//
// An entity is processed when its source changes, not when the roster does, so
// the outcome follows from the entity alone: whether there is such a rota is
// said where the relation is drawn.
type Processor struct{}

var _ catalog.Processor = Processor{}

// Name is unique within the portal.
func (Processor) Name() string { return "oncall" }

// Process looks at one entity.
func (Processor) Process(_ context.Context, in *catalog.Processing) error {
	rota, ok := in.Entity.Metadata.Annotations[Annotation]
	if !ok {
		return nil
	}
	if !catalog.ValidName(entityName(rota)) {
		// An error would keep the entity out of the catalog; a warning is shown
		// to its owner, with what to do.
		in.Problems = append(in.Problems, catalog.Problem{
			Severity: catalog.SeverityWarning, Rule: "oncall-rota",
			Pointer: "/metadata/annotations/acme.example~1on-call",
			Message: "the annotation " + Annotation + " does not name a rota",
			Remedy:  "write the name of a rota, such as shop",
		})
		return nil
	}
	self, target := in.Entity.Ref(), rotaRef(rota)
	in.Relations = append(in.Relations,
		catalog.Edge{Source: self, Type: relationCoveredBy, Target: target},
		catalog.Edge{Source: target, Type: relationCovers, Target: self})
	return nil
}
