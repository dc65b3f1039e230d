// SPDX-License-Identifier: Apache-2.0

package permissionweb

import (
	"context"

	"go.yaml.in/yaml/v4"

	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/permission/decisionlog"
)

// Trier tries changed roles and bindings on what was decided in the last day.
type Trier struct {
	Checker *permission.Checker
	Log     *decisionlog.Log
	// Settings are those in force, to begin a change with.
	Settings permission.Settings
	// Admins are administrators besides those of the settings.
	Admins []string
}

// Try reads a policy as it stands in the configuration, below the key
// permission, and decides anew. What is wrong with it is config.Problems, with
// places in the file of that name.
func (t *Trier) Try(ctx context.Context, name string, text []byte) (decisionlog.Trial, error) {
	roles, err := permission.ParseSettings(name, text, t.Checker.Set(), t.Admins...)
	if err != nil {
		return decisionlog.Trial{}, err
	}
	day, err := t.Log.LastDay(ctx)
	if err != nil {
		return decisionlog.Trial{}, err
	}
	return day.Try(ctx, t.Checker.WithRoles(roles))
}

// Current returns the policy in force as it would stand in the configuration,
// with the bindings that are there by default.
func (t *Trier) Current() (string, error) {
	settings := t.Settings
	if len(settings.Bindings) == 0 {
		defaults := permission.DefaultBindings(nil)
		for _, b := range defaults[:len(defaults)-1] { // the last one always stays
			settings.Bindings = append(settings.Bindings, permission.BindingSettings(b))
		}
	}
	text, err := yaml.Marshal(struct {
		Permission permission.Settings `yaml:"permission"`
	}{settings})
	return string(text), err
}
