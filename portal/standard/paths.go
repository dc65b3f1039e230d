// SPDX-License-Identifier: Apache-2.0

package standard

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog/filecatalog"
	"github.com/callboard/callboard/catalog/urlcatalog"
	"github.com/callboard/callboard/portal/config"
)

// CatalogPaths are the places that the operator named, with --catalog or in the
// configuration. Packages that bring a catalog of their own stand back if there
// are any.
type CatalogPaths struct {
	// Files are files, directories and globs; URLs are the rest.
	Files, URLs []string
}

// Any reports whether the operator named anything.
func (p CatalogPaths) Any() bool { return len(p.Files)+len(p.URLs) > 0 }

// paths sorts the places that flags and settings name.
func paths(i do.Injector, named []string) (p CatalogPaths, err error) {
	settings, err := do.Invoke[CatalogSettings](i)
	if err != nil {
		return p, err
	}
	log, err := do.Invoke[*slog.Logger](i)
	if err != nil {
		return p, err
	}
	c, err := do.Invoke[*config.Config](i)
	if err != nil {
		return p, err
	}
	var wrong []error
	for _, n := range named {
		if message, remedy := checkFlag(n); message != "" {
			wrong = append(wrong, c.Report(config.Problem{Origin: config.Origin{Name: "flag --catalog"}, Rule: "flag", Message: message, Remedy: remedy}))
		}
		p.add(n)
	}
	if err := errors.Join(wrong...); err != nil {
		return p, err
	}
	for _, l := range settings.Locations {
		if l.Type == "file" && isMissing(l.Target) {
			log.Warn("a configured location is not there; the portal goes on without it and looks again now and then", "location", absolute(l.Target))
		}
		p.add(l.Target)
	}
	return p, nil
}

func (p *CatalogPaths) add(place string) {
	if isURL(place) {
		p.URLs = append(p.URLs, place)
	} else {
		p.Files = append(p.Files, place)
	}
}

// checkFlag says what is wrong with a place on the command line. Somebody has
// just typed it, so what is not there is a mistake.
func checkFlag(place string) (message, remedy string) {
	var err error
	switch {
	case place == "":
		return "it is empty", "name a file, a directory, a glob or a URL, such as --catalog ./catalog-info.yaml"
	case isURL(place):
		err = checkURL(place)
	case strings.Contains(place, "://"):
		return fmt.Sprintf("%q: only https and http URLs can be read", place), ""
	case isMissing(place):
		return fmt.Sprintf("there is no file or directory %s", absolute(place)), "correct the path"
	default:
		err = checkFile(place)
	}
	if err != nil {
		return callboard.MessageOf(err), "name a file, a directory, a glob or the URL of a file"
	}
	return "", ""
}

func checkURL(target string) error {
	_, err := urlcatalog.New(nil).Resolve("", target)
	return err
}

func checkFile(target string) error {
	_, err := filecatalog.New([]string{target}, nil)
	return err
}

func isURL(place string) bool {
	return strings.HasPrefix(place, "https://") || strings.HasPrefix(place, "http://")
}

// isMissing reports whether a path leads nowhere; a glob may match nothing yet.
func isMissing(path string) bool {
	_, err := os.Stat(path)
	return os.IsNotExist(err) && !strings.ContainsAny(path, "*?[{")
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
