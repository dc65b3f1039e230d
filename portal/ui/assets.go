// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	pathpkg "path"
	"slices"
	"strconv"
	"strings"
)

// AssetsPath is where [UI.Assets] expects to be mounted.
const AssetsPath = "/assets"

// asset is one file as it is served.
type asset struct {
	url, kind  string
	body, gzip []byte
}

// assetSet is all assets, by name and by the path they are served under.
type assetSet struct {
	byName, byPath map[string]*asset
}

// mount is a module's folder of assets.
type mount struct {
	prefix string
	fsys   fs.FS
}

// Mount adds the files of fsys to the assets, named prefix/path. A module
// mounts its own while the portal is composed, before the first request; the
// prefix is its ID. A prefix may be mounted once.
func (u *UI) Mount(prefix string, fsys fs.FS) error {
	if !fs.ValidPath(prefix) || prefix == "." || prefix == "css" || prefix == "js" {
		return fmt.Errorf("ui: assets %q: not a usable prefix", prefix)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if slices.ContainsFunc(u.mounts, func(m mount) bool { return m.prefix == prefix }) {
		return fmt.Errorf("ui: assets %q: mounted already", prefix)
	}
	mounts := append(slices.Clone(u.mounts), mount{prefix, fsys})
	built, err := buildAssets(u.files, mounts)
	if err != nil {
		return err
	}
	u.mounts, u.built = mounts, built
	return nil
}

// Asset returns the URL of the asset called name: its path with a part that
// changes whenever the content does. An unknown name gives a URL that answers
// 404, and is logged.
func (u *UI) Asset(name string) string {
	set, err := u.assets()
	if err == nil {
		if a, ok := set.byName[name]; ok {
			return a.url
		}
		err = errors.New("no such asset")
	}
	u.opts.Logger.Error("ui: asset", "name", name, "error", err)
	return AssetsPath + "/" + name
}

// Assets returns the handler of everything below [AssetsPath]. What it serves
// never changes under its name, so browsers keep it for a year.
func (u *UI) Assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		set, err := u.assets()
		if err != nil {
			u.opts.Logger.Error("ui: assets", "error", err)
			http.Error(w, "assets are broken; the log has the cause", http.StatusInternalServerError)
			return
		}
		a, ok := set.byPath[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		a.serve(w, r, u.opts.Dev)
	})
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request, dev bool) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if dev {
		h.Set("Cache-Control", "no-cache")
	}
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	body := a.body
	if a.gzip != nil && acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = a.gzip
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the reader went away; there is nobody to tell
	}
}

func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if coding == "gzip" {
			v := strings.TrimPrefix(strings.ReplaceAll(q, " ", ""), "q=")
			weight, err := strconv.ParseFloat(v, 64)
			return v == "" || err == nil && weight > 0
		}
	}
	return false
}

// assets returns the built assets; while developing they are built anew.
func (u *UI) assets() (*assetSet, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.built != nil && !u.opts.Dev {
		return u.built, nil
	}
	built, err := buildAssets(u.files, u.mounts)
	if err != nil {
		return nil, err
	}
	u.built = built
	return built, nil
}

// buildAssets reads, joins, names and compresses everything.
func buildAssets(files fs.FS, mounts []mount) (*assetSet, error) {
	raw, err := readOwnAssets(files)
	if err != nil {
		return nil, err
	}
	for _, m := range mounts {
		if err := readTree(m.fsys, ".", m.prefix+"/", raw); err != nil {
			return nil, fmt.Errorf("ui: assets of %s: %w", m.prefix, err)
		}
	}
	set := &assetSet{byName: map[string]*asset{}, byPath: map[string]*asset{}}
	for _, name := range scriptsLast(raw) {
		body := raw[name]
		if strings.HasSuffix(name, ".js") {
			body = linkModules(name, body, set.byName)
		}
		a, err := newAsset(name, body)
		if err != nil {
			return nil, err
		}
		set.byName[name], set.byPath[a.url] = a, a
	}
	return set, nil
}

// readOwnAssets returns the design system's files: the style sheets joined
// into one in the order of their names, the scripts, the sprite and the mark.
func readOwnAssets(files fs.FS) (map[string][]byte, error) {
	raw := map[string][]byte{"icons.svg": sprite()}
	sheets := map[string][]byte{}
	for _, err := range []error{
		readTree(files, "assets/css", "", sheets),
		readTree(files, "assets/js", "", raw),
		readTree(files, "assets/img", "", raw),
	} {
		if err != nil {
			return nil, fmt.Errorf("ui: assets: %w", err)
		}
	}
	var css bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(sheets)) {
		css.Write(sheets[name])
	}
	raw["callboard.css"] = minifyCSS(css.Bytes())
	return raw, nil
}

func readTree(fsys fs.FS, dir, prefix string, into map[string][]byte) error {
	return fs.WalkDir(fsys, dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(fsys, path)
		into[prefix+strings.TrimPrefix(strings.TrimPrefix(path, dir), "/")] = body
		return err
	})
}

// scriptsLast orders the names so that a script comes after every script that
// it imports: ours import only names that sort after their own.
func scriptsLast(raw map[string][]byte) []string {
	names := slices.Sorted(maps.Keys(raw))
	depth := map[string]int{}
	var visit func(name string, trail int) int
	visit = func(name string, trail int) int {
		if d, ok := depth[name]; ok || trail > len(names) {
			return d
		}
		d := 0
		for _, other := range names {
			if other != name && imports(name, raw[name], other) {
				d = max(d, visit(other, trail+1)+1)
			}
		}
		depth[name] = d
		return d
	}
	for _, name := range names {
		visit(name, 0)
	}
	slices.SortStableFunc(names, func(a, b string) int { return depth[a] - depth[b] })
	return names
}

func imports(name string, body []byte, other string) bool {
	return strings.HasSuffix(name, ".js") && strings.HasSuffix(other, ".js") &&
		pathpkg.Dir(name) == pathpkg.Dir(other) && bytes.Contains(body, []byte(`"./`+pathpkg.Base(other)+`"`))
}

// linkModules writes the served names of a script's neighbours into its
// imports, so that each can be cached for ever.
func linkModules(name string, body []byte, named map[string]*asset) []byte {
	for other, a := range named {
		if imports(name, body, other) {
			body = bytes.ReplaceAll(body, []byte(`"./`+pathpkg.Base(other)+`"`), []byte(`"`+a.url+`"`))
		}
	}
	return body
}

func newAsset(name string, body []byte) (*asset, error) {
	sum := sha256.Sum256(body)
	ext := pathpkg.Ext(name)
	a := &asset{
		url:  AssetsPath + "/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:5]) + ext,
		kind: contentType(ext), body: body,
	}
	var packed bytes.Buffer
	zw, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("ui: asset %s: %w", name, err)
	}
	_, err = zw.Write(body)
	if err := errors.Join(err, zw.Close()); err != nil {
		return nil, fmt.Errorf("ui: asset %s: %w", name, err)
	}
	if packed.Len() < len(body)*9/10 {
		a.gzip = packed.Bytes()
	}
	return a, nil
}

// contentType does not ask the machine's tables: they differ.
func contentType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".map":
		return "application/json"
	case ".png":
		return "image/png"
	case ".webp":
		return "image/webp"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	default:
		return "application/octet-stream"
	}
}
