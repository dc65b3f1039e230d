// SPDX-License-Identifier: Apache-2.0

package portaltest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/mux"
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/portaltest"
	"github.com/callboard/callboard/portal/standard"
)

// tea is a module that behaves, with work in the background.
type tea struct {
	cancel context.CancelFunc
	done   chan struct{}
}

func (*tea) ID() string         { return "tea" }
func (*tea) Prefixes() []string { return []string{"/tea"} }
func (*tea) Routes(r *mux.Router) {
	r.HandleFunc("/tea", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("green")) }).Methods("GET").Name("tea.list")
	r.HandleFunc("/tea/{leaf}", http.NotFound).Methods("GET").Name("tea.one")
}
func (*tea) Nav() []module.NavItem {
	return []module.NavItem{{ID: "tea.nav", Label: "Tea", Route: "tea.list"}}
}

func (m *tea) Start(ctx context.Context) error {
	ctx, m.cancel = context.WithCancel(ctx)
	m.done = make(chan struct{})
	go func() { <-ctx.Done(); close(m.done) }()
	return nil
}

func (m *tea) Close() error {
	if m.cancel != nil {
		m.cancel()
		<-m.done
	}
	return nil
}

func pkg(i do.Injector) {
	module.Contribute(i, func(do.Injector) (module.Module, error) { return &tea{}, nil })
}

func TestModuleBehaves(t *testing.T) { portaltest.TestModule(t, pkg) }

func TestStandardBehaves(t *testing.T) { portaltest.TestModule(t, standard.Package()) }

func TestStart(t *testing.T) {
	p := portaltest.StartConfig(t, "name: Tea house", pkg)
	if got := p.Get(t, "/tea"); got.Status != 200 || got.Body != "green" {
		t.Errorf("GET /tea = %d %q, want 200 green", got.Status, got.Body)
	}
	home := p.Get(t, "/")
	for _, want := range []string{"Tea house", `href="/tea"`} {
		if !strings.Contains(home.Body, want) {
			t.Errorf("GET / lacks %q:\n%s", want, home.Body)
		}
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	if err := p.Stop(); err != nil {
		t.Errorf("second Stop = %v", err)
	}
}
