// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// asProgram has the test binary stand in for the program.
const asProgram = "PLUGIN_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestRunsAsItSays starts the program from the repository's root with the
// configuration that comes with it.
func TestRunsAsItSays(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0], "--config", "examples/plugin/portal.yaml", "--listen", "127.0.0.1:0", "--data", t.TempDir())
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), asProgram+"=yes")
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the portal stopped with %v:\n%s", err, &log)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the portal did not get ready: %v", err)
	}
	url, _, _ := strings.Cut(line[strings.Index(line, "http://"):], " ")
	var body string
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		res, err := http.Get(url + "/oncall")
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if body = string(b); strings.Contains(body, "#shop-on-call") {
			return
		}
	}
	t.Errorf("GET /oncall lacks the rota shop:\n%s", body)
}
