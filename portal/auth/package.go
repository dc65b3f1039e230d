// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/samber/do/v2"
	"github.com/spf13/cobra"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/search"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/ui"
)

// Package adds signing in and out to a portal that provides a [Directory] and a
// [Creator]. Ways
// to sign in are contributed as [Method].
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Provide(i, settings)
		module.Provide(i, newResolver)
		module.Provide(i, newKeys)
		module.Provide(i, newAuth)
		module.Contribute(i, func(i do.Injector) (module.Module, error) { return do.Invoke[*Auth](i) })
		module.Contribute(i, func(i do.Injector) (Identifier, error) { return do.Invoke[*Auth](i) })
		for _, a := range actions() {
			module.Contribute(i, func(do.Injector) (search.Action, error) { return a, nil })
		}
		module.AddCommand(i, func(i do.Injector) *cobra.Command {
			return command(func() (*Resolver, error) { return do.Invoke[*Resolver](i) }, func() (*Keys, error) { return do.Invoke[*Keys](i) })
		})
	}
}

// actions are what the search finds of this package.
func actions() []search.Action {
	return []search.Action{
		{ID: "auth.signin", Title: "Sign in", Names: []string{"Log in", "Login", "Change person"}, Text: "Say who you are.", Icon: "user", Route: "auth.signin"},
		{ID: "auth.settings", Title: "Settings", Names: []string{"Sessions", "Profile", "Account"}, Text: "Who you are here, and where you are signed in.", Icon: "settings", Route: "auth.settings", Setting: true},
		{ID: "auth.keys", Title: "API keys", Names: []string{"Access tokens", "Personal tokens"}, Text: "Keys for programs that act for you.", Icon: "key", Route: "auth.keys", Setting: true},
		{ID: "auth.device", Title: "Connect a device", Names: []string{"Device code", "Command line sign-in"}, Text: "Sign in a program with the code that it shows.", Icon: "terminal", Route: "auth.device", Setting: true},
	}
}

func settings(i do.Injector) (Settings, error) {
	c, err := do.Invoke[*config.Config](i)
	if err != nil {
		return Settings{}, err
	}
	return config.Section(c, "auth", Settings{}.withDefaults())
}

// adminToken returns the administrator's token, which must be long enough.
func adminToken(c *config.Config) (config.Secret, error) {
	admin, err := config.Section(c, "admin", AdminSettings{})
	if err == nil && !admin.Token.IsZero() && len(admin.Token.Reveal()) < MinAdminToken {
		err = c.Report(config.Problem{
			Path: "admin.token", Rule: "admin-token", Message: "is shorter than 32 characters, so it could be guessed",
			Remedy: "set CALLBOARD_ADMIN_TOKEN to a longer one, such as openssl rand -hex 32 prints, or unset it",
		})
	}
	return admin.Token, err
}

func newResolver(i do.Injector) (*Resolver, error) {
	s, err := do.Invoke[Settings](i)
	if err != nil {
		return nil, err
	}
	people, err := do.Invoke[Directory](i)
	if err != nil {
		return nil, err
	}
	creator, err := do.Invoke[Creator](i)
	if err != nil {
		return nil, err
	}
	return NewResolver(people, creator, s.Resolve), nil
}

func newKeys(i do.Injector) (*Keys, error) {
	db, err := do.Invoke[*sqldb.DB](i)
	if err != nil {
		return nil, err
	}
	log, err := do.Invoke[*audit.Log](i)
	if err != nil {
		return nil, err
	}
	return NewKeys(context.Background(), db, log, nil)
}

func newAuth(i do.Injector) (*Auth, error) {
	parts, err := invokeParts(i)
	if err != nil {
		return nil, err
	}
	c, err := do.Invoke[*config.Config](i)
	if err != nil {
		return nil, err
	}
	opts := &Options{}
	token, wrong := adminToken(c)
	opts.AdminToken = token
	if opts.Settings, err = do.Invoke[Settings](i); err != nil {
		return nil, errors.Join(wrong, err)
	}
	if opts.Methods, err = methods(i); err != nil {
		return nil, errors.Join(wrong, err)
	}
	if opts.Creator, err = do.Invoke[Creator](i); err != nil {
		return nil, err
	}
	if opts.Site, err = do.Invoke[module.Site](i); err != nil {
		return nil, err
	}
	if opts.Logger, err = do.Invoke[*slog.Logger](i); err != nil {
		return nil, err
	}
	if opts.Pages, err = module.Collect[module.SettingsPage](i); err != nil {
		return nil, err
	}
	if wrong != nil {
		return nil, wrong
	}
	a, err := New(context.Background(), parts, opts)
	if callboard.CodeOf(err) == callboard.CodeInvalid {
		return nil, c.Report(config.Problem{Path: "auth", Rule: "auth", Message: callboard.MessageOf(err)})
	}
	return a, err
}

// methods are those contributed one at a time and those of lists in the
// configuration.
func methods(i do.Injector) ([]Method, error) {
	single, err := module.Collect[Method](i)
	lists, wrong := module.Collect[[]Method](i)
	return append(single, slices.Concat(lists...)...), errors.Join(err, wrong)
}

func invokeParts(i do.Injector) (p Parts, err error) {
	if p.DB, err = do.Invoke[*sqldb.DB](i); err != nil {
		return p, err
	}
	if p.People, err = do.Invoke[Directory](i); err != nil {
		return p, err
	}
	if p.UI, err = do.Invoke[*ui.UI](i); err != nil {
		return p, err
	}
	p.Log, err = do.Invoke[*audit.Log](i)
	return p, err
}
