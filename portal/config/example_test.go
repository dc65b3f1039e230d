// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"fmt"
	"time"

	"github.com/callboard/callboard/portal/config"
)

func Example() {
	type Server struct {
		Listen  string        `yaml:"listen" validate:"required,hostname_port"`
		Timeout time.Duration `yaml:"timeout" validate:"min=1s"`
		Key     config.Secret `yaml:"key"`
	}
	env := map[string]string{"CALLBOARD_SERVER_TIMEOUT": "5s", "PORTAL_KEY": "hunter2"}
	c, err := config.Parse("portal.yaml", []byte("server:\n  key: ${PORTAL_KEY}\n"), &config.Options{
		Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server, err := config.Section(c, "server", Server{Listen: "127.0.0.1:7007", Timeout: time.Minute})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(server.Listen, server.Timeout, server.Key, len(server.Key.Reveal()))
	for _, v := range c.Explain() {
		fmt.Printf("%s = %s (%s)\n", v.Path, v.Value, v.Origin)
	}
	// Output:
	// 127.0.0.1:7007 5s *** 7
	// server.listen = 127.0.0.1:7007 (default)
	// server.timeout = 5s (env CALLBOARD_SERVER_TIMEOUT)
	// server.key = *** (portal.yaml:2:8)
}

func ExampleConfig_Check() {
	type Server struct {
		Listen string        `yaml:"listen" validate:"required,hostname_port"`
		Idle   time.Duration `yaml:"idleTimeout" validate:"min=1s"`
		Limit  config.Size   `yaml:"limit" validate:"max=1048576"`
	}
	c, _ := config.Parse("portal.yaml", []byte("server:\n  lisen: :7007\n  idleTimeout: 5\n  limit: 2MB\nsrever: {}\n"), nil)
	_, _ = config.Section(c, "server", Server{})
	fmt.Println(c.Check())
	// Output:
	// portal.yaml:2:3: server.lisen is not a known key; did you mean listen?
	// portal.yaml:2:3: server.listen is required; set it in a file or as CALLBOARD_SERVER_LISTEN
	// portal.yaml:3:16: server.idleTimeout is "5"; expected a duration, such as 30s or 5m
	// portal.yaml:4:10: server.limit must be at most 1 MB
	// portal.yaml:5:1: srever is not a known key; did you mean server?
}
