// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/ui"
)

//go:embed templates
var embedded embed.FS

// localID stands for local accounts where the ID of a method does.
const localID = "local"

// Parts are what [New] builds on; all are needed.
type Parts struct {
	// DB holds sessions, keys and sign-ins under way.
	DB *sqldb.DB
	// People are those who may sign in.
	People Directory
	// UI draws the pages.
	UI *ui.UI
	// Log takes who signed in and out.
	Log *audit.Log
}

// Options are the settings of [New]; nil means the defaults.
type Options struct {
	// Settings are what the operator decides.
	Settings Settings
	// AdminToken is the bearer token of the administrator; default none.
	AdminToken config.Secret
	// Methods are the ways to sign in, besides local accounts.
	Methods []Method
	// Creator makes people for the rule create; default none.
	Creator Creator
	// Site says where the portal is.
	Site module.Site
	// Pages are those of other modules among the reader's settings.
	Pages []module.SettingsPage
	// ProviderTimeout is how long a provider has to answer; default 15 s.
	ProviderTimeout time.Duration
	// Now is the clock; default time.Now.
	Now func() time.Time
	// Logger receives what goes wrong in the background; default slog.Default().
	Logger *slog.Logger
}

// Auth signs people in and out, and says who makes a request. It is safe for
// concurrent use.
type Auth struct {
	opts     Options
	people   Directory
	db       *sqldb.DB
	log      *audit.Log
	ui       *ui.UI
	pages    *ui.Templates
	keys     *Keys
	sessions *sessions
	flows    *flows
	devices  *devices
	resolver *Resolver
	toucher  *toucher
	known    *lru.Cache[string, memo[callboard.Identity]]
	asserted *lru.Cache[string, memo[Resolution]]

	stop func()
	done sync.WaitGroup
}

var (
	_ Identifier     = (*Auth)(nil)
	_ Warner         = (*Auth)(nil)
	_ module.Module  = (*Auth)(nil)
	_ module.Starter = (*Auth)(nil)
)

var methodID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// New returns the module, whose tables it makes or brings up to date. Options
// that contradict each other are CodeInvalid.
func New(ctx context.Context, p Parts, opts *Options) (*Auth, error) {
	a := &Auth{people: p.People, db: p.DB, log: p.Log, ui: p.UI, stop: func() {}}
	if opts != nil {
		a.opts = *opts
	}
	a.opts.Settings = a.opts.Settings.withDefaults()
	if a.opts.Now == nil {
		a.opts.Now = time.Now
	}
	if a.opts.ProviderTimeout == 0 {
		a.opts.ProviderTimeout = 15 * time.Second
	}
	if a.opts.Logger == nil {
		a.opts.Logger = slog.Default()
	}
	if err := a.opts.check(); err != nil {
		return nil, err
	}
	var err error
	if a.keys, err = NewKeys(ctx, p.DB, p.Log, a.opts.Now); err != nil {
		return nil, err
	}
	if a.sessions, err = newSessions(ctx, p.DB, a.opts.Settings.Session, a.opts.Now); err != nil {
		return nil, err
	}
	a.flows = &flows{db: p.DB, now: a.opts.Now}
	a.devices = &devices{db: p.DB, keys: a.keys, log: p.Log, now: a.opts.Now}
	a.resolver = NewResolver(p.People, a.opts.Creator, a.opts.Settings.Resolve)
	return a, a.build()
}

// build makes what the module works with in memory.
func (a *Auth) build() (err error) {
	if a.toucher, err = newToucher(a.db, a.opts.Now); err != nil {
		return err
	}
	if a.known, err = lru.New[string, memo[callboard.Identity]](memoSize); err != nil {
		return err
	}
	if a.asserted, err = lru.New[string, memo[Resolution]](memoSize); err != nil {
		return err
	}
	files, err := fs.Sub(embedded, "templates")
	if err != nil {
		return err
	}
	a.pages, err = a.ui.Templates(files)
	return err
}

// check says what is wrong with the options.
func (o *Options) check() error {
	invalid := func(format string, args ...any) error {
		return &callboard.Error{Code: callboard.CodeInvalid, Message: "auth: " + fmt.Sprintf(format, args...)}
	}
	var ids []string
	for _, m := range o.Methods {
		id := m.ID()
		switch {
		case !methodID.MatchString(id) || id == localID:
			return invalid("the method %q needs an ID of lower-case letters, digits and dashes, other than %s", id, localID)
		case slices.Contains(ids, id):
			return invalid("two methods are called %q", id)
		}
		_, redirects := m.(Redirector)
		_, requests := m.(Requester)
		if !redirects && !requests {
			return invalid("the method %q neither redirects nor reads requests", id)
		}
		ids = append(ids, id)
	}
	if token := o.AdminToken; !token.IsZero() && len(token.Reveal()) < MinAdminToken {
		return invalid("the administrator's token (CALLBOARD_ADMIN_TOKEN) has fewer than %d characters; make one with: openssl rand -hex 32", MinAdminToken)
	}
	return checkRules(o.Settings.Resolve, ids, o.Creator != nil)
}

// ID returns "auth".
func (a *Auth) ID() string { return "auth" }

// Prefixes returns the paths of the pages and the API.
func (a *Auth) Prefixes() []string {
	return []string{"/signin", "/signout", "/settings", "/device", "/api/auth"}
}

// sweepEvery is how often what has expired is removed. It counts no longer
// before that.
const sweepEvery = 10 * time.Minute

// Start begins to note what was used and to remove what has expired.
func (a *Auth) Start(ctx context.Context) error {
	ctx, a.stop = context.WithCancel(ctx)
	a.done.Go(func() { a.work(ctx) })
	return nil
}

// Close ends that, and writes what is left.
func (a *Auth) Close(ctx context.Context) error {
	a.stop()
	a.done.Wait()
	return errors.Join(a.toucher.drain(ctx), a.sessions.read.Close())
}

func (a *Auth) work(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case u := <-a.toucher.pending:
			err = a.toucher.write(ctx, u)
		case <-ticker.C:
			err = a.Sweep(ctx)
		}
		if err != nil && ctx.Err() == nil {
			a.opts.Logger.WarnContext(ctx, "auth: housekeeping failed; it is tried again", "error", err)
		}
	}
}

// Sweep removes what has expired, as happens by itself now and then.
func (a *Auth) Sweep(ctx context.Context) error { return a.sessions.sweep(ctx) }

// method returns the way to sign in of that ID as a T, or CodeNotFound.
func method[T any](a *Auth, id string) (T, error) {
	for _, m := range a.opts.Methods {
		if t, ok := m.(T); ok && m.ID() == id {
			return t, nil
		}
	}
	var none T
	return none, &callboard.Error{Code: callboard.CodeNotFound, Message: fmt.Sprintf("this portal has no such way to sign in: %q", id)}
}

// label returns what people call a method.
func (a *Auth) label(id string) string {
	if id == localID {
		return "a local account"
	}
	for _, m := range a.opts.Methods {
		if m.ID() == id {
			return m.Label()
		}
	}
	return id
}

func isService(subject string) bool { return strings.HasPrefix(subject, servicePrefix) }
