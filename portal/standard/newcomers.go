// SPDX-License-Identifier: Apache-2.0

package standard

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/events"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// cameTopic says that somebody signed in for the first time.
var cameTopic = events.NewTopic[string]("newcomer.came")

// newcomers makes users of the catalog of those who sign in for the first time,
// if the rules of auth.resolve say so. It is a provider of its own: whoever
// keeps the catalog can see, suppress and restore what it brings.
type newcomers struct {
	db      *sqldb.DB
	bus     events.Bus
	catalog catalog.Reader
}

var (
	_ auth.Creator     = (*newcomers)(nil)
	_ catalog.Provider = (*newcomers)(nil)
)

// newcomerPackage adds them.
func newcomerPackage(i do.Injector) {
	module.Provide(i, newNewcomers)
	module.Provide(i, func(i do.Injector) (auth.Creator, error) { return do.Invoke[*newcomers](i) })
	module.Contribute(i, func(i do.Injector) (catalog.Provider, error) {
		settings, err := do.Invoke[auth.Settings](i)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(settings.Resolve, func(r auth.Rule) bool { return r.By == auth.ByCreate }) {
			return nil, module.ErrDisabled
		}
		return do.Invoke[*newcomers](i)
	})
}

func newNewcomers(i do.Injector) (*newcomers, error) {
	db, err := do.Invoke[*sqldb.DB](i)
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(context.Background(), "newcomer", migrations); err != nil {
		return nil, err
	}
	bus, err := do.Invoke[events.Bus](i)
	if err != nil {
		return nil, err
	}
	store, err := do.Invoke[catalog.Store](i)
	if err != nil {
		return nil, err
	}
	return &newcomers{db: db, bus: bus, catalog: store}, nil
}

// Known implements [auth.Creator].
func (n *newcomers) Known(ctx context.Context, issuer, subject string) (string, error) {
	var name string
	err := n.db.SQL().QueryRowContext(ctx, n.db.Rebind(`SELECT name FROM newcomer_person WHERE issuer = ? AND subject = ?`), issuer, subject).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return newcomerRef(name).String(), sqldb.Classify(err)
}

func newcomerRef(name string) catalog.Ref { return catalog.NewRef("user", "", name) }

// newcomerWait is how long the catalog has to take somebody in.
const newcomerWait = 10 * time.Second

// Create implements [auth.Creator].
func (n *newcomers) Create(ctx context.Context, c auth.Claims) (string, error) {
	email := ""
	if c.EmailVerified {
		email = c.Email
	}
	err := n.db.InTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, n.db.Rebind(`
			INSERT INTO newcomer_person (issuer, subject, name, title, email, created_at)
			VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (issuer, subject) DO NOTHING`),
			c.Issuer, c.Subject, newcomerName(c), newcomerTitle(c), email, sqldb.Micros(time.Now()))
		if err != nil {
			return err
		}
		return cameTopic.PublishTx(ctx, tx, n.bus, c.Issuer)
	})
	if err != nil {
		return "", err
	}
	known, err := n.Known(ctx, c.Issuer, c.Subject)
	if err != nil {
		return "", err
	}
	ref, err := catalog.ParseRef(known, catalog.Ref{})
	if err != nil {
		return "", err
	}
	return known, n.await(ctx, ref)
}

// await waits until the catalog serves the person.
func (n *newcomers) await(ctx context.Context, ref catalog.Ref) error {
	ctx, cancel := context.WithTimeout(ctx, newcomerWait)
	defer cancel()
	for {
		records, err := n.catalog.Records(ctx, []catalog.Ref{ref})
		if err == nil && records[0].Found() {
			return nil
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return &callboard.Error{Code: callboard.CodeUnavailable, Message: "the catalog does not know you yet, as " + ref.String() + "; sign in again in a moment"}
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// newcomerName returns the name of the person's entity. It ends in a mark of
// the subject, so that nobody can choose to be called what somebody is called,
// or will be, whom the company's own files speak of.
func newcomerName(c auth.Claims) string {
	base := c.Username
	if local, _, ok := strings.Cut(c.Email, "@"); base == "" && ok {
		base = local
	}
	base = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		default:
			return '-'
		}
	}, base)
	base = strings.Trim(base[:min(len(base), 40)], "-")
	for strings.Contains(base, "--") {
		base = strings.ReplaceAll(base, "--", "-")
	}
	sum := sha256.Sum256([]byte(c.Issuer + "\x00" + c.Subject))
	mark := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
	return strings.TrimLeft(base+"-"+mark, "-")
}

// newcomerTitle returns what to call the person.
func newcomerTitle(c auth.Claims) string {
	const most = 100
	for _, name := range []string{c.Name, c.Username, c.Email} {
		name = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f || r == utf8.RuneError {
				return ' '
			}
			return r
		}, name)), " ")
		if runes := []rune(name); len(runes) > most {
			name = string(runes[:most])
		}
		if name != "" {
			return name
		}
	}
	return "Somebody"
}

// Name implements [catalog.Provider].
func (n *newcomers) Name() string { return "sign-in" }

// Run implements [catalog.Provider].
func (n *newcomers) Run(ctx context.Context, sink catalog.Sink) error {
	came := cameTopic.Subscribe(n.bus, 1)
	defer came.Close()
	for {
		items, err := n.items(ctx)
		if err == nil {
			err = sink.Replace(ctx, func(yield func(catalog.Item, error) bool) {
				for _, item := range items {
					if !yield(item, nil) {
						return
					}
				}
			})
		}
		if err == nil {
			_, err = came.Next(ctx)
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the end is no failure
		}
		if err != nil {
			return fmt.Errorf("newcomers: %w", err)
		}
	}
}

func (n *newcomers) items(ctx context.Context) ([]catalog.Item, error) {
	rows, err := n.db.SQL().QueryContext(ctx, `SELECT name, title, email FROM newcomer_person ORDER BY name`)
	if err != nil {
		return nil, sqldb.Classify(err)
	}
	defer rows.Close()
	var items []catalog.Item
	for rows.Next() {
		var name, title, email string
		if err := rows.Scan(&name, &title, &email); err != nil {
			return nil, err
		}
		items = append(items, newcomerItem(name, title, email))
	}
	return items, rows.Err()
}

func newcomerItem(name, title, email string) catalog.Item {
	profile := map[string]any{"displayName": title}
	if email != "" {
		profile["email"] = email
	}
	return catalog.Item{Location: "sign-in:" + name, Entities: []*catalog.Entity{{
		APIVersion: "backstage.io/v1alpha1", Kind: "User",
		Metadata: catalog.Metadata{Name: name, Description: "Came by signing in."},
		Spec:     map[string]any{"profile": profile, "memberOf": []any{}},
	}}}
}
