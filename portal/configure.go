// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"errors"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/pflag"

	"github.com/callboard/callboard/portal/config"
)

// settingFlags are the flags that set a key of the configuration.
func settingFlags() map[string]string {
	return map[string]string{
		"listen":     "listen",
		"base-url":   "baseURL",
		"data":       "data",
		"database":   "database",
		"log-level":  "log.level",
		"log-format": "log.format",
	}
}

// configure puts the settings in force: flags, then the environment, then the
// files, then what the program's options say.
func (c *cli) configure(flags *pflag.FlagSet) error {
	files := c.configFiles
	if named, ok := c.program.Env("CALLBOARD_CONFIG"); ok && len(files) == 0 && named != "" {
		files = []string{named}
	}
	o := c.core.opts
	// Whatever is wrong with the files is kept in cfg, too, and reported with
	// everything else that is wrong.
	cfg, loadErr := config.Load(files, &config.Options{Lookup: c.program.Env})
	for flag, path := range settingFlags() {
		if f := flags.Lookup(flag); f != nil && f.Changed {
			cfg.Set(path, f.Value.String(), "flag --"+flag)
		}
	}
	o.Config, o.Settings = cfg, c.program.Options.Settings
	err := o.settle()
	if c.program.Options.Logger == nil {
		o.Logger = newLogger(cfg.Masked(c.program.Stderr), isTerminal(c.program.Stderr), o.Settings.Log)
	}
	return errors.Join(loadErr, err)
}

// newLogger logs to w, which may be a terminal, as the settings say.
func newLogger(w io.Writer, terminal bool, s LogSettings) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.Level)); err != nil {
		level = slog.LevelInfo // the setting is reported as wrong elsewhere
	}
	opts := &slog.HandlerOptions{Level: level}
	if s.Format == "json" || s.Format != "text" && !terminal {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
