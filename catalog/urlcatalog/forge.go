// SPDX-License-Identifier: Apache-2.0

package urlcatalog

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/callboard/callboard"
)

// style is how a forge writes the addresses of files.
type style int

const (
	plain           style = iota // no forge that we know
	github                       // /o/r/blob/REF/path
	gitlab                       // /group/r/-/blob/REF/path
	bitbucket                    // bitbucket.org: /o/r/src/REF/path
	bitbucketServer              // /projects/P/repos/R/browse/path?at=REF
	gitea                        // /o/r/src/branch/REF/path
)

// address is a URL of a file, taken apart as its forge writes it. The forge is
// told by the shape of the path, so that forges on a company's own host work.
type address struct {
	url   *url.URL
	style style
	// repo is the path of the repository; ref what follows the verb up to the
	// file: a branch, or branch/NAME; file is the path within the repository.
	repo, ref, file string
}

// parseAddress takes a URL apart. One without a file is [callboard.CodeInvalid].
func parseAddress(target string) (address, error) {
	u, err := url.Parse(target)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return address{}, invalid("%q is not a URL", target)
	case u.Scheme != "https" && u.Scheme != "http":
		return address{}, invalid("%q: only https and http URLs can be read", target)
	case u.User != nil:
		return address{}, invalid("a location must not hold a user name or password; give the portal a credential for the host")
	case strings.ContainsAny(u.Path, "*?[") && strings.Contains(u.Path, "*"):
		return address{}, invalid("%s: wildcards in URLs need a provider for the forge; name each file", target)
	}
	u.Fragment, u.RawFragment = "", ""
	u.Host = strings.ToLower(u.Host)
	a := dissect(u)
	if a.style != plain && !a.namesFile() {
		return address{}, invalid("%s is a directory; name a file in it, such as %s", target,
			strings.TrimRight(target, "/")+"/catalog-info.yaml")
	}
	if a.style == plain && isRepository(u) {
		return address{}, invalid("%s is a repository; name a file in it, such as %s", target,
			strings.TrimRight(target, "/")+"/blob/main/catalog-info.yaml")
	}
	return a, nil
}

func dissect(u *url.URL) address {
	a := address{url: u}
	segs := strings.Split(strings.TrimPrefix(u.Path, "/"), "/")
	verbs := []string{"blob", "tree", "raw", "edit"}
	at := func(i int) string {
		if i < len(segs) {
			return segs[i]
		}
		return ""
	}
	join := func(from, to int) string { return strings.Join(segs[min(from, len(segs)):min(to, len(segs))], "/") }
	if i := slices.Index(segs, "-"); i >= 2 && slices.Contains(verbs, at(i+1)) {
		a.style, a.repo, a.ref, a.file = gitlab, join(0, i), at(i+2), join(i+3, len(segs))
		return a
	}
	switch {
	case at(0) == "projects" && at(2) == "repos" && (at(4) == "browse" || at(4) == "raw"):
		a.style, a.repo, a.file = bitbucketServer, join(0, 4), join(5, len(segs))
	case u.Host == "bitbucket.org" && (at(2) == "src" || at(2) == "raw"):
		a.style, a.repo, a.ref, a.file = bitbucket, join(0, 2), at(3), join(4, len(segs))
	case (at(2) == "src" || at(2) == "raw") && slices.Contains([]string{"branch", "tag", "commit"}, at(3)):
		a.style, a.repo, a.ref, a.file = gitea, join(0, 2), join(3, 5), join(5, len(segs))
	case slices.Contains(verbs, at(2)) && u.Host != "raw.githubusercontent.com":
		a.style, a.repo, a.ref, a.file = github, join(0, 2), at(3), join(4, len(segs))
	}
	return a
}

// namesFile reports whether the path within the repository can be a file's.
func (a address) namesFile() bool { return a.file != "" && !strings.HasSuffix(a.file, "/") }

// isRepository reports whether a URL is that of a repository on a public forge.
func isRepository(u *url.URL) bool {
	segs := strings.Split(strings.Trim(u.Path, "/"), "/")
	return slices.Contains([]string{"github.com", "gitlab.com", "bitbucket.org", "codeberg.org"}, u.Host) &&
		len(segs) <= 2 && path.Ext(u.Path) != ".yaml" && path.Ext(u.Path) != ".yml"
}

// with returns the URL with another verb and file.
func (a address) with(verb, file string) string {
	u := *a.url
	switch a.style {
	case plain:
		return u.String()
	case gitlab:
		verb = "-/" + verb
	}
	parts := []string{"", a.repo, verb}
	if a.ref != "" {
		parts = append(parts, a.ref)
	}
	u.Path, u.RawPath = strings.Join(append(parts, file), "/"), ""
	return u.String()
}

// raw returns where the bytes of the file are.
func (a address) raw() string {
	if a.style == github && a.url.Host == "github.com" {
		u := *a.url
		u.Host, u.RawQuery = "raw.githubusercontent.com", ""
		u.Path, u.RawPath = "/"+a.repo+"/"+a.ref+"/"+a.file, ""
		return u.String()
	}
	return a.with("raw", a.file)
}

// view returns the page of a file for a person, as the forge writes it.
func (a address) view(file string) string {
	switch a.style {
	case bitbucket, gitea:
		return a.with("src", file)
	case bitbucketServer:
		return a.with("browse", file)
	}
	return a.with("blob", file)
}

// edit returns the page on which a person edits the file, or "".
func (a address) edit() string {
	switch a.style {
	case github, gitlab:
		return a.with("edit", a.file)
	case gitea:
		_, ref, _ := strings.Cut(a.ref, "/")
		b := a
		b.ref = ref
		return b.with("_edit", a.file)
	case bitbucket:
		return a.view(a.file) + "?mode=edit&at=" + url.QueryEscape(a.ref)
	}
	return ""
}

// folder returns the address of the file's directory, with a slash at its end.
func (a address) folder() string {
	dir := path.Dir(a.file) + "/"
	if dir == "./" {
		dir = ""
	}
	switch a.style {
	case github, gitlab:
		return a.with("tree", dir)
	case plain:
		u := *a.url
		u.Path, u.RawPath, u.RawQuery = path.Dir(u.Path)+"/", "", ""
		u.Path = strings.Replace(u.Path, "//", "/", 1)
		return u.String()
	}
	return a.view(dir)
}

// resolve returns the URL that a relative target means when this file names
// it. One that starts with a slash is relative to the repository's root.
func (a address) resolve(target string) (string, error) {
	rel, err := url.Parse(target)
	if err != nil {
		return "", invalid("%q is not a URL", target)
	}
	if a.style == plain || rel.IsAbs() || rel.Host != "" {
		return a.url.ResolveReference(rel).String(), nil
	}
	file := path.Join("/", path.Dir(a.file), rel.Path)
	if strings.HasPrefix(rel.Path, "/") {
		file = path.Clean(rel.Path)
	}
	if up := path.Join(path.Dir(a.file), rel.Path); !strings.HasPrefix(rel.Path, "/") && (up == ".." || strings.HasPrefix(up, "../")) {
		return "", &callboard.Error{Code: callboard.CodeForbidden, Message: target + " leaves the repository"}
	}
	return a.view(strings.TrimPrefix(file, "/")), nil
}

// holds reports whether another address is part of the same repository at the
// same version or, where no forge is known, below the same directory.
func (a address) holds(b address) bool {
	if a.url.Scheme != b.url.Scheme || a.url.Host != b.url.Host || a.style != b.style {
		return false
	}
	if a.style == plain {
		return strings.HasPrefix(path.Clean(b.url.Path), strings.TrimSuffix(path.Dir(a.url.Path), "/")+"/")
	}
	return a.repo == b.repo && a.ref == b.ref && a.url.RawQuery == b.url.RawQuery
}
