// SPDX-License-Identifier: Apache-2.0

package standard

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/urlcatalog"
	"github.com/callboard/callboard/portal/config"
)

// CatalogSettings say where entities come from: the key "catalog" of the
// configuration.
type CatalogSettings struct {
	// Locations are read besides what --catalog names.
	Locations []LocationSettings `yaml:"locations" validate:"dive"`
	// Rules say which kinds may come from anywhere; without any rule, here or
	// at a location, every kind may.
	Rules []RuleSettings `yaml:"rules" validate:"dive"`
	// Kinds are files that declare kinds of the company's own; see
	// [catalog.ParseKinds].
	Kinds []string `yaml:"kinds"`
	// RefreshEvery is how long a location stays as it was read; default 100s.
	RefreshEvery time.Duration `yaml:"refreshEvery" validate:"min=0"`
	// MaxDrop is the share of its sources, 0 to 1, that a provider may drop at
	// once; more is held back until somebody releases it. Default 0.5.
	MaxDrop float64 `yaml:"maxDrop" validate:"min=0,max=1"`
}

// LocationSettings is one place to read entities from.
type LocationSettings struct {
	// Type is url or file.
	Type string `yaml:"type" validate:"oneof=url file"`
	// Target is a URL, or a file, directory or glob, relative to the working
	// directory.
	Target string `yaml:"target" validate:"required"`
	// Rules say which kinds may come from this place, besides the general ones.
	Rules []RuleSettings `yaml:"rules" validate:"dive"`
}

// RuleSettings allows kinds.
type RuleSettings struct {
	// Allow lists kinds.
	Allow []string `yaml:"allow" validate:"min=1"`
}

func catalogSettings(i do.Injector) (CatalogSettings, error) {
	c, err := do.Invoke[*config.Config](i)
	if err != nil {
		return CatalogSettings{}, err
	}
	s, err := config.Section(c, "catalog", CatalogSettings{RefreshEvery: 100 * time.Second, MaxDrop: 0.5})
	if err != nil {
		return s, err
	}
	return s, s.checkLocations(c)
}

// checkLocations says which locations cannot lead anywhere.
func (s CatalogSettings) checkLocations(c *config.Config) error {
	var all []error
	for n, l := range s.Locations {
		check, remedy := checkURL, "write the URL of one file, such as https://github.com/acme/shop/blob/main/catalog-info.yaml"
		if l.Type == "file" {
			check, remedy = checkFile, "write a file, a directory or a glob, such as ./services/**/catalog-info.yaml"
		}
		if err := check(l.Target); err != nil {
			all = append(all, c.Report(config.Problem{
				Path: fmt.Sprintf("catalog.locations[%d].target", n), Rule: "location",
				Message: "cannot be read: " + callboard.MessageOf(err), Remedy: remedy,
			}))
		}
	}
	return errors.Join(all...)
}

// checkRules says which rules allow kinds that are not there.
func (s CatalogSettings) checkRules(c *config.Config, kinds *catalog.Kinds) error {
	var all []error
	check := func(path string, r RuleSettings) {
		for n, name := range r.Allow {
			if _, known := kinds.Kind(name); !known {
				all = append(all, c.Report(config.Problem{
					Path: fmt.Sprintf("%s.allow[%d]", path, n), Rule: "unknown-kind",
					Message: fmt.Sprintf("names the kind %q, which is not known", name),
					Remedy:  "correct it, or declare the kind in a file under catalog.kinds",
				}))
			}
		}
	}
	for n, r := range s.Rules {
		check(fmt.Sprintf("catalog.rules[%d]", n), r)
	}
	for n, l := range s.Locations {
		for m, r := range l.Rules {
			check(fmt.Sprintf("catalog.locations[%d].rules[%d]", n, m), r)
		}
	}
	return errors.Join(all...)
}

// rules returns what the settings allow, for the catalog's service.
func (s CatalogSettings) rules() []catalog.Rule {
	var all []catalog.Rule
	for _, r := range s.Rules {
		all = append(all, catalog.Rule{Allow: kindsOf(r)})
	}
	for _, l := range s.Locations {
		for _, r := range l.Rules {
			all = append(all, catalog.Rule{Allow: kindsOf(r), Locations: l.from()})
		}
	}
	return all
}

func kindsOf(r RuleSettings) []catalog.RuleKind {
	var kinds []catalog.RuleKind
	for _, k := range r.Allow {
		kinds = append(kinds, catalog.RuleKind{Kind: k})
	}
	return kinds
}

// from returns what matches the entities that the place leads to. A path may
// be a file, or a directory with others below it.
func (l LocationSettings) from() []catalog.RuleLocation {
	if l.Type != "file" {
		target := l.Target
		if resolved, err := urlcatalog.New(nil).Resolve("", target); err == nil {
			target = resolved
		}
		return []catalog.RuleLocation{{Type: l.Type, Exact: target}}
	}
	path := filepath.ToSlash(absolute(l.Target))
	if _, err := os.Stat(l.Target); err != nil && strings.ContainsAny(l.Target, "*?[{") {
		return []catalog.RuleLocation{{Type: l.Type, Pattern: path}}
	}
	return []catalog.RuleLocation{{Type: l.Type, Exact: path}, {Type: l.Type, Pattern: escapeGlob(path) + "/**"}}
}

// escapeGlob makes a path match itself only.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "{", `\{`).Replace(path)
}

// declaredKinds reads the files that declare kinds.
func (s CatalogSettings) declaredKinds(c *config.Config) ([]catalog.Kind, error) {
	var kinds []catalog.Kind
	var all []error
	for n, name := range s.Kinds {
		declared, message, remedy := readKinds(name)
		if message != "" {
			all = append(all, c.Report(config.Problem{
				Path: fmt.Sprintf("catalog.kinds[%d]", n), Rule: "kind-file", Message: message, Remedy: remedy,
			}))
		}
		kinds = append(kinds, declared...)
	}
	return kinds, errors.Join(all...)
}

// readKinds reads a file that declares kinds, or says what is wrong with it.
func readKinds(name string) (kinds []catalog.Kind, message, remedy string) {
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, "cannot be read: " + err.Error(), "write the path of a file that declares kinds"
	}
	if kinds, err = catalog.ParseKinds(content); err != nil {
		return nil, "names " + name + ", which does not declare kinds: " + callboard.MessageOf(err), "see the documentation of catalog.ParseKinds for what such a file holds"
	}
	return kinds, "", ""
}
