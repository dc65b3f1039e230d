// SPDX-License-Identifier: Apache-2.0

package portal_test

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/samber/do/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/module"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata/script")

// TestMain lets the test binary stand in for portals in scripts: a good one
// and one that does not compose.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"portal": func() { portal.Main(teaHouse) },
		"broken": func() {
			portal.Main(
				(&site{id: "tea", prefixes: []string{"/a"}}).add(),
				(&site{id: "tea", prefixes: []string{"/a"}}).add(),
			)
		},
	})
}

// teaSettings are the section "tea" of a test's configuration.
type teaSettings struct {
	Cups int           `yaml:"cups" validate:"min=1"`
	Key  config.Secret `yaml:"key"`
}

// teaHouse is a package with everything that touches the command line.
func teaHouse(i do.Injector) {
	var leaves []string
	module.AddFlags(i, func(f *pflag.FlagSet) {
		f.StringArrayVar(&leaves, "leaf", nil, "brew `LEAF`; may be repeated")
	})
	module.Contribute(i, func(i do.Injector) (module.Module, error) {
		cfg, err := do.Invoke[*config.Config](i)
		if err != nil {
			return nil, err
		}
		s, err := config.Section(cfg, "tea", teaSettings{Cups: 1})
		if err != nil {
			return nil, err
		}
		return &site{id: "tea", prefixes: []string{"/tea"}, routes: func(r *mux.Router) {
			page("/tea", "tea.list", fmt.Sprintf("%d cups of %s", s.Cups, strings.Join(leaves, " and ")))(r)
		}, nav: []module.NavItem{{ID: "tea", Label: "Tea", Route: "tea.list"}}}, nil
	})
	module.AddCommand(i, func(i do.Injector) *cobra.Command {
		return &cobra.Command{Use: "brew", Short: "Brew without a portal", RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := do.Invoke[module.URLs](i)
			cmd.Println("brewed")
			return err
		}}
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"busy":  occupy,
			"start": startPortal,
			"get":   getPage,
		},
	})
}

// occupy listens on a free port and puts its address into $ADDR and its number
// into $PORT.
func occupy(ts *testscript.TestScript, _ bool, _ []string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { ln.Close() })
	ts.Setenv("ADDR", ln.Addr().String())
	_, port, err := net.SplitHostPort(ln.Addr().String())
	ts.Check(err)
	ts.Setenv("PORT", port)
}

// startPortal runs a portal on a free port until the script ends, and puts its
// address into $URL. It must stop cleanly when it is interrupted.
func startPortal(ts *testscript.TestScript, _ bool, args []string) {
	program, err := exec.LookPath(args[0])
	ts.Check(err)
	cmd := exec.Command(program, append(args[1:], "--listen", "127.0.0.1:0")...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "CALLBOARD_NAME="+ts.Getenv("CALLBOARD_NAME"))
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		ts.Check(cmd.Process.Signal(os.Interrupt))
		if err := cmd.Wait(); err != nil {
			ts.Fatalf("the portal stopped with %v:\n%s", err, log.String())
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		ts.Fatalf("the portal did not get ready: %v\n%s", err, log.String())
	}
	_, rest, _ := strings.Cut(line, "is ready at ")
	url, _, _ := strings.Cut(rest, " ")
	ts.Setenv("URL", url)
}

// getPage checks that the page at a path answers 200 and holds the texts.
func getPage(ts *testscript.TestScript, neg bool, args []string) {
	client := http.Client{Timeout: 10 * time.Second}
	res, err := client.Get(ts.Getenv("URL") + args[0])
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ts.Check(err)
	if neg == (res.StatusCode == http.StatusOK) {
		ts.Fatalf("GET %s = %s", args[0], res.Status)
	}
	for _, want := range args[1:] {
		if !strings.Contains(string(body), want) {
			ts.Fatalf("GET %s lacks %q:\n%s", args[0], want, body)
		}
	}
}
