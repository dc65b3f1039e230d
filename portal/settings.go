// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"net/netip"
	"path/filepath"

	"github.com/callboard/callboard/portal/config"
)

// Settings are what an operator decides about a portal: the keys at the top of
// the configuration file. The zero value of each has the default.
type Settings struct {
	// Name is what the pages call the portal; default "Callboard".
	Name string `yaml:"name"`
	// Environment is the label in the header, such as "staging"; default none.
	Environment string `yaml:"environment"`
	// Listen is the address to serve on; default 127.0.0.1:7007.
	Listen string `yaml:"listen"`
	// BaseURL is where people reach the portal, such as
	// https://portal.example.com; default is the address that it listens on.
	BaseURL string `yaml:"baseURL" validate:"omitempty,http_url"`
	// Data is the directory for what the portal keeps in files; default
	// .callboard in the working directory.
	Data string `yaml:"data"`
	// Database is a SQLite file or a postgres:// URL; default callboard.db in
	// the data directory.
	Database string `yaml:"database"`
	// AllowedHosts are the host names that requests may carry besides that of
	// BaseURL. On a loopback address localhost and loopback addresses pass,
	// too; elsewhere an empty list lets every name pass.
	AllowedHosts []string `yaml:"allowedHosts"`
	// TrustedProxies are the networks whose X-Forwarded headers are believed.
	TrustedProxies []netip.Prefix `yaml:"trustedProxies"`
	// TrustedOrigins are other sites whose pages may send forms here.
	TrustedOrigins []string `yaml:"trustedOrigins" validate:"dive,http_url"`
	// MaxBody bounds a request's body; default 10 MB. Routes that take more
	// say so themselves.
	MaxBody config.Size `yaml:"maxBody"`
	// Log says what is logged and how.
	Log LogSettings `yaml:"log"`
}

// LogSettings says what is logged and how.
type LogSettings struct {
	// Level is debug, info, warn or error; default info.
	Level string `yaml:"level" validate:"oneof=debug info warn error"`
	// Format is text, json, or auto, which is text on a terminal and json
	// elsewhere; default auto.
	Format string `yaml:"format" validate:"oneof=auto text json"`
}

const (
	defaultListen  = "127.0.0.1:7007"
	defaultData    = ".callboard"
	databaseFile   = "callboard.db"
	defaultMaxBody = 10 << 20
)

func (s Settings) withDefaults() Settings {
	setDefault(&s.Name, "Callboard")
	setDefault(&s.Listen, defaultListen)
	setDefault(&s.Data, defaultData)
	setDefault(&s.MaxBody, defaultMaxBody)
	setDefault(&s.Log.Level, "info")
	setDefault(&s.Log.Format, "auto")
	return s
}

// database returns where the database is.
func (s Settings) database() string {
	if s.Database != "" {
		return s.Database
	}
	return filepath.Join(s.Data, databaseFile)
}

// settle reads the settings out of the configuration, over those of the
// options.
func (o *Options) settle() error {
	settings, err := config.Section(o.Config, "", o.Settings.withDefaults())
	o.Settings = settings
	return err
}
