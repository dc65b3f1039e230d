// SPDX-License-Identifier: Apache-2.0

// Package config reads configuration from YAML files, the environment and
// flags into typed structs, and knows of every value where it comes from. It
// needs nothing else of the portal.
//
//	type Server struct {
//		Listen  string        `yaml:"listen" validate:"required,hostname_port"`
//		Timeout time.Duration `yaml:"timeout" validate:"min=1s"`
//		Key     config.Secret `yaml:"key"`
//	}
//
//	c, err := config.Load([]string{"portal.yaml"}, &config.Options{Lookup: os.LookupEnv})
//	...
//	server, err := config.Section(c, "server", Server{Listen: "127.0.0.1:7007"})
//	...
//	err = c.Check() // keys that nothing reads, and everything found before
//
// What is set later wins: defaults, then files in order, then the environment
// (server.readTimeout is CALLBOARD_SERVER_READ_TIMEOUT), then [Config.Set].
// Maps merge, lists replace, null means the default.
//
// In values, ${NAME} and ${NAME:-default} take from the environment, and $$ is
// a dollar sign. A mapping {$file: path} is the content of a file, for
// secrets. A key $include reads other files into the mapping it stands in;
// the keys beside it win. Paths are relative to the file that names them.
//
// Every problem is reported, not the first alone: [Problems], each with file,
// line and column, path, rule and remedy. Start from [Load], [Section],
// [Config.Check], [Config.Explain] and [Secret].
package config
