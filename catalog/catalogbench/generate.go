// SPDX-License-Identifier: Apache-2.0

package catalogbench

import (
	"fmt"
	"math/rand/v2"

	"github.com/callboard/callboard/catalog"
)

// Company is a generated company of about N entities: domains with systems,
// components, APIs and resources, and a tree of groups with their members. The
// same N always gives the same company.
type Company struct {
	n                                    int
	domains, systems, teams, departments int
	words                                []string
}

// NewCompany returns a company of n entities.
func NewCompany(n int) *Company {
	return &Company{
		n:           n,
		domains:     max(1, n/1000),
		systems:     max(1, n/60),
		teams:       max(1, n/40),
		departments: max(1, n/400),
		words: []string{"order", "payment", "invoice", "customer", "cart", "search", "ledger", "parcel", "route", "stock",
			"price", "offer", "review", "mail", "login", "profile", "report", "export", "import", "audit",
			"rating", "refund", "coupon", "basket", "return", "label", "depot", "claim", "quote", "tariff"},
	}
}

// Entity returns the i-th entity, i from 0 to N-1. Kinds come in the shares
// that catalogs of the field have.
func (c *Company) Entity(i int) *catalog.Entity {
	r := c.random(i)
	switch {
	case i < c.domains:
		return c.owned(r, "Domain", fmt.Sprintf("domain-%d", i))
	case i < c.domains+c.systems:
		e := c.owned(r, "System", c.system(i-c.domains))
		e.Spec["domain"] = fmt.Sprintf("domain-%d", r.IntN(c.domains))
		return e
	case i < c.domains+c.systems+c.departments:
		return c.group(fmt.Sprintf("department-%d", i-c.domains-c.systems), "department", "")
	case i < c.domains+c.systems+c.departments+c.teams:
		return c.group(c.team(i-c.domains-c.systems-c.departments), "team", fmt.Sprintf("department-%d", r.IntN(c.departments)))
	}
	switch kindOf(r) {
	case "User":
		return c.user(r, i)
	case "Component":
		return c.component(r, i)
	case "API":
		return c.api(r, i)
	default:
		return c.resource(r, i)
	}
}

// kindOf draws the kind of an entity that is not part of the structure.
func kindOf(r *rand.Rand) string {
	switch share := r.IntN(100); {
	case share < 15:
		return "User"
	case share < 60:
		return "Component"
	case share < 80:
		return "API"
	}
	return "Resource"
}

// random returns the numbers that the i-th entity is made of.
func (c *Company) random(i int) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(i), uint64(c.n))) //nolint:gosec // the same numbers every time are the point
}

// some returns the number of an entity of that kind, so that references lead
// somewhere; a small company may have none, and then they do not.
func (c *Company) some(r *rand.Rand, kind string) int {
	first := c.domains + c.systems + c.departments + c.teams
	i := first
	for range 50 {
		i = first + r.IntN(max(1, c.n-first))
		if kindOf(c.random(i)) == kind {
			break
		}
	}
	return i
}

func (c *Company) system(i int) string {
	return fmt.Sprintf("%s-system-%d", c.words[i%len(c.words)], i)
}

func (c *Company) team(i int) string { return fmt.Sprintf("team-%s-%d", c.words[i%len(c.words)], i) }

func (c *Company) pick(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }

// envelope starts an entity with the metadata that most have.
func (c *Company) envelope(r *rand.Rand, kind, name string) *catalog.Entity {
	a, b := c.words[r.IntN(len(c.words))], c.words[r.IntN(len(c.words))]
	return &catalog.Entity{
		APIVersion: "backstage.io/v1alpha1",
		Kind:       kind,
		Metadata: catalog.Metadata{
			Name: name, Namespace: catalog.DefaultNamespace,
			Title:       fmt.Sprintf("The %s %s", a, b),
			Description: fmt.Sprintf("Keeps every %s of a %s in step with the %s of its %s.", a, b, c.words[r.IntN(len(c.words))], kind),
			Tags:        []string{c.pick(r, "go", "java", "kotlin", "python", "typescript"), c.pick(r, "critical", "internal", "legacy", "public")},
			Annotations: map[string]string{
				"backstage.io/source-location": "url:https://git.example.com/" + a + "/" + name + "/",
				"git.example.com/project-slug": a + "/" + name,
			},
			Links: []catalog.Link{{URL: "https://dash.example.com/" + name, Title: "Dashboard"}},
		},
		Spec: map[string]any{},
	}
}

func (c *Company) owned(r *rand.Rand, kind, name string) *catalog.Entity {
	e := c.envelope(r, kind, name)
	e.Spec["owner"] = c.team(r.IntN(c.teams))
	return e
}

func (c *Company) inSystem(r *rand.Rand, kind, name string) *catalog.Entity {
	e := c.owned(r, kind, name)
	e.Spec["system"] = c.system(r.IntN(c.systems))
	e.Spec["lifecycle"] = c.pick(r, "production", "production", "experimental", "deprecated")
	return e
}

func (c *Company) component(r *rand.Rand, i int) *catalog.Entity {
	e := c.inSystem(r, "Component", fmt.Sprintf("%s-%s-%d", c.words[r.IntN(len(c.words))], c.pick(r, "service", "web", "worker"), i))
	e.Spec["type"] = c.pick(r, "service", "service", "website", "library")
	e.Metadata.Labels = map[string]string{"tier": c.pick(r, "1", "2", "3")}
	e.Spec["dependsOn"] = []any{fmt.Sprintf("resource:store-%d", c.some(r, "Resource")), fmt.Sprintf("resource:store-%d", c.some(r, "Resource"))}
	e.Spec["consumesApis"] = []any{fmt.Sprintf("api-%d", c.some(r, "API"))}
	return e
}

func (c *Company) api(r *rand.Rand, i int) *catalog.Entity {
	e := c.inSystem(r, "API", fmt.Sprintf("api-%d", i))
	e.Spec["type"] = c.pick(r, "openapi", "openapi", "grpc", "asyncapi")
	e.Spec["definition"] = fmt.Sprintf("openapi: 3.1.0\ninfo:\n  title: API %d\n  version: 1.0.0\npaths:\n  /items:\n    get:\n      responses:\n        '200':\n          description: the items\n", i)
	return e
}

func (c *Company) resource(r *rand.Rand, i int) *catalog.Entity {
	e := c.inSystem(r, "Resource", fmt.Sprintf("store-%d", i))
	e.Spec["type"] = c.pick(r, "database", "bucket", "queue")
	return e
}

func (c *Company) group(name, typ, parent string) *catalog.Entity {
	e := &catalog.Entity{APIVersion: "backstage.io/v1alpha1", Kind: "Group",
		Metadata: catalog.Metadata{Name: name, Namespace: catalog.DefaultNamespace, Description: "The " + typ + " " + name},
		Spec:     map[string]any{"type": typ, "children": []any{}, "profile": map[string]any{"displayName": name}}}
	if parent != "" {
		e.Spec["parent"] = parent
	}
	return e
}

func (c *Company) user(r *rand.Rand, i int) *catalog.Entity {
	name := fmt.Sprintf("person-%d", i)
	return &catalog.Entity{APIVersion: "backstage.io/v1alpha1", Kind: "User",
		Metadata: catalog.Metadata{Name: name, Namespace: catalog.DefaultNamespace},
		Spec: map[string]any{"memberOf": []any{c.team(r.IntN(c.teams))},
			"profile": map[string]any{"displayName": "Person " + c.words[r.IntN(len(c.words))], "email": name + "@example.com"}}}
}
