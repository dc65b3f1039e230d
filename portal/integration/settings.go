// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/callboard/callboard/portal/config"
)

// Settings is an entry under the key "integrations" of the configuration, by
// the name of an integration:
//
//	integrations:
//	  pagerduty:
//	    credentials: {token: {$file: /run/secrets/pagerduty}}
//	  jira-eu:
//	    definition: jira
//	    settings: {url: "https://eu.example.net"}
type Settings struct {
	// Definition is the one to use; default the entry's own name.
	Definition string `yaml:"definition"`
	// Disabled leaves it out without losing what is written.
	Disabled bool `yaml:"disabled"`
	// Settings are what the definition asks for.
	Settings map[string]string `yaml:"settings"`
	// Credentials are the definition's, by name.
	Credentials map[string]config.Secret `yaml:"credentials"`
	// Cache replaces how long answers are fresh; default the definition's.
	Cache time.Duration `yaml:"cache" validate:"min=0"`
}

// Folders reads the definitions in the folders under the key
// "integrationFolders" of the configuration. What is wrong with them is
// reported at its place in the files; the error is that.
func Folders(c *config.Config) ([]*Definition, error) {
	folders, err := config.Section(c, "integrationFolders", []string(nil))
	if err != nil {
		return nil, err
	}
	var all []*Definition
	var wrong []error
	for n, folder := range folders {
		found, err := ParseFS(folder, os.DirFS(folder))
		var problems config.Problems
		switch {
		case errors.As(err, &problems):
			for _, p := range problems {
				wrong = append(wrong, c.Report(p))
			}
		case err != nil:
			wrong = append(wrong, c.Report(config.Problem{Path: fmt.Sprintf("integrationFolders[%d]", n), Rule: "folder", Message: "cannot be read: " + err.Error(), Remedy: "write the path of a folder with definitions"}))
		}
		all = append(all, found...)
	}
	return all, errors.Join(wrong...)
}

// Configure reads the key "integrations" of the configuration. What is wrong
// with it is reported at its place; the error is that.
func Configure(c *config.Config, l *Library) ([]Instance, error) {
	entries, err := config.Section(c, "integrations", map[string]Settings{})
	if err != nil {
		return nil, err
	}
	var all []Instance
	var wrong []error
	for _, id := range slices.Sorted(maps.Keys(entries)) {
		one := configured{c: c, path: "integrations." + id, id: id, entry: entries[id]}
		if i, ok := one.instance(l); ok {
			all = append(all, i)
		}
		wrong = append(wrong, one.wrong...)
	}
	return all, errors.Join(wrong...)
}

// configured is an entry being checked.
type configured struct {
	c     *config.Config
	path  string
	id    string
	entry Settings
	wrong []error
}

func (o *configured) report(path, message, remedy string) {
	o.wrong = append(o.wrong, o.c.Report(config.Problem{Path: path, Rule: "integration", Message: message, Remedy: remedy}))
}

func (o *configured) instance(l *Library) (Instance, bool) {
	name := or(o.entry.Definition, o.id)
	d, ok := l.Definition(name)
	if !ok {
		o.report(o.path, fmt.Sprintf("names the definition %q, which there is none of", name), "see the page Integrations or the command integration list for those there are")
		return Instance{}, false
	}
	if !idForm.MatchString(o.id) || o.id == "run" {
		o.report(o.path, "is no name for an integration", "write letters in lower case, digits and dashes")
		return Instance{}, false
	}
	if o.entry.Cache > 0 {
		changed := *d
		changed.Source.Cache = o.entry.Cache
		d = &changed
	}
	i := Instance{ID: o.id, Definition: d, Credentials: o.entry.Credentials, Named: slices.Sorted(maps.Keys(o.entry.Settings))}
	for name := range o.entry.Credentials {
		if _, known := d.Credentials[name]; !known {
			o.report(o.path+".credentials."+name, "is no credential of "+d.ID, names("it has", d.Credentials))
		}
	}
	i.Settings = o.settings(d)
	return i, len(o.wrong) == 0 && !o.entry.Disabled
}

// settings are those of the entry over the definition's defaults.
func (o *configured) settings(d *Definition) map[string]string {
	out := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(d.Settings)) {
		s := d.Settings[name]
		text := strings.TrimSpace(o.entry.Settings[name])
		out[name] = or(text, s.Default)
		path := o.path + ".settings." + name
		switch {
		case text != "":
			if problem := checkSetting(s, text); problem != "" {
				o.report(path, problem, or(s.Description, "correct it"))
			}
		case s.Default == "" && !s.Optional:
			o.report(path, "is required by the integration "+d.ID, or(s.Description, "set it"))
		}
	}
	for name := range o.entry.Settings {
		if _, ok := d.Settings[name]; !ok {
			o.report(o.path+".settings."+name, "is no setting of "+d.ID, names("it has", d.Settings))
		}
	}
	return out
}

// names lists the names of a map.
func names[T any](lead string, m map[string]T) string {
	if len(m) == 0 {
		return "remove it; there are none"
	}
	return lead + " " + strings.Join(slices.Sorted(maps.Keys(m)), ", ")
}
