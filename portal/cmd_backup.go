// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/samber/do/v2"
	"github.com/spf13/cobra"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/backup"
	"github.com/callboard/callboard/portal/sqldb"
)

func (c *cli) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write the whole database into one file",
		Long: "Backup writes all tables into FILE, as of one moment; the portal may run\n" +
			"meanwhile. The file is the same for SQLite and PostgreSQL, so it is also the way\n" +
			"from one to the other. It holds everything, so keep it as safe as the database.",
		Example: "  " + c.name() + " backup portal.backup\n" +
			"  " + c.name() + " --database postgres://portal@db.example.com/portal backup portal.backup",
		Args: args(cobra.ExactArgs(1)),
		RunE: c.backup,
	}
}

func (c *cli) backup(cmd *cobra.Command, args []string) (err error) {
	if err := c.configure(cmd.Flags()); err != nil {
		return err
	}
	if where, ok := c.core.opts.Settings.missingFile(); ok {
		return &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no database at " + where + "; name another with --data or --database"}
	}
	db, err := c.core.open(cmd.Context())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var m backup.Manifest
	err = writeWhole(args[0], func(w io.Writer) error {
		m, err = backup.Write(cmd.Context(), db, w, &backup.Options{Now: c.core.opts.Now})
		return err
	})
	if err != nil {
		return err
	}
	cmd.Printf("%d rows of %d tables of %s are in %s\n", m.Rows(), len(m.Tables), db, args[0])
	return nil
}

// writeWhole creates the file with what write gives, or not at all. It never
// replaces a file.
func writeWhole(name string, write func(io.Writer) error) (err error) {
	if _, err := os.Lstat(name); err == nil {
		return &callboard.Error{Code: callboard.CodeConflict, Message: "the file " + name + " exists already; choose another name"}
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

func (c *cli) restoreCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Replace the content of the database by a backup",
		Long: "Restore fills the database with what a backup holds, all of it or nothing. Stop\n" +
			"the portal first. A database that holds tables already is only replaced with\n" +
			"--force. The backup must be of the same release; an older one is restored with\n" +
			"its own program and then brought up to date by starting this one.",
		Example: "  " + c.name() + " --data ./new restore portal.backup\n" +
			"  " + c.name() + " --database postgres://portal@db.example.com/portal restore portal.backup",
		Args: args(cobra.ExactArgs(1)),
	}
	force := cmd.Flags().Bool("force", false, "replace the content of a database that is not empty")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return c.restore(cmd, args[0], *force) }
	return cmd
}

func (c *cli) restore(cmd *cobra.Command, name string, force bool) (err error) {
	if err := c.configure(cmd.Flags()); err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	// A file that is no backup must not leave an empty database behind.
	if _, err := backup.ReadManifest(f, info.Size()); err != nil {
		return err
	}
	if !force {
		if err := c.mustBeEmpty(cmd.Context()); err != nil {
			return err
		}
	}
	app, err := c.assemble() // which makes the tables
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.abort()) }()
	db, err := do.Invoke[*sqldb.DB](app.Injector())
	if err != nil {
		return err
	}
	report, err := backup.Restore(cmd.Context(), db, f, info.Size())
	if err != nil {
		return err
	}
	m := report.Manifest
	for _, t := range report.LeftOut {
		cmd.Printf("left out: %d rows of %s, a table that only %s has\n", t.Rows, t.Name, m.Dialect)
	}
	cmd.Printf("%d rows of %d tables, backed up %s, are in %s\n", m.Rows(), len(m.Tables), m.Created.Format("2006-01-02 15:04:05 MST"), db)
	return nil
}

// mustBeEmpty refuses a database that holds tables.
func (c *cli) mustBeEmpty(ctx context.Context) (err error) {
	if _, missing := c.core.opts.Settings.missingFile(); missing {
		return nil
	}
	db, err := c.core.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tables, err := db.Tables(ctx)
	if err != nil {
		return err
	}
	if len(tables) > 0 {
		return &callboard.Error{
			Code:    callboard.CodeConflict,
			Message: fmt.Sprintf("the database %s holds %d tables already; choose an empty one, or replace its content with --force", db, len(tables)),
		}
	}
	return nil
}

// missingFile returns the path of the SQLite file of the settings if there is
// none yet.
func (s Settings) missingFile() (path string, missing bool) {
	path = s.database()
	if strings.Contains(path, "://") || strings.HasSuffix(path, ":memory:") {
		return "", false
	}
	path = strings.TrimPrefix(strings.TrimPrefix(path, "sqlite:"), "file:")
	path, _, _ = strings.Cut(path, "?")
	_, err := os.Stat(path)
	return path, errors.Is(err, os.ErrNotExist)
}
