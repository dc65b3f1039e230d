// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"net/url"
	"regexp"
	"strings"
)

// urlTemplate is the URL of a request without its query. What stands before
// the path is fixed by the definition and the operator; values of entities
// come after it, escaped.
type urlTemplate struct {
	textTemplate
	base string // the setting of the kind url that it begins with; or
	head []piece
	path []piece
}

var (
	settingName = regexp.MustCompile(`^settings\.([a-zA-Z][a-zA-Z0-9_]*)$`)
	hostValue   = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$`)
)

// settingOf returns the setting that an expression is, and nothing more.
func settingOf(p piece) string {
	if m := settingName.FindStringSubmatch(p.text); p.inside && m != nil {
		return m[1]
	}
	return ""
}

// cutURL takes the template apart, or says what it may not be.
func cutURL(pieces []piece, settings map[string]Setting) (u urlTemplate, problem string) {
	u.pieces = pieces
	if len(pieces) == 0 {
		return u, "is empty"
	}
	if name := settingOf(pieces[0]); name != "" {
		if settings[name].Kind != "url" {
			return u, "begins with the setting " + name + ", which is not of the kind url"
		}
		u.base, u.path = name, pieces[1:]
		if len(u.path) > 0 && (u.path[0].inside || !strings.HasPrefix(u.path[0].text, "/")) {
			return u, "has something other than / behind the setting " + name
		}
		return u, checkPath(u.path)
	}
	rest, ok := strings.CutPrefix(pieces[0].text, "https://")
	if !ok || pieces[0].inside {
		return u, "begins with neither https:// nor a setting of the kind url"
	}
	first := pieces[0]
	first.text = rest
	return u.cutHead(append([]piece{first}, pieces[1:]...), settings)
}

// cutHead splits what follows https:// into host and path.
func (u urlTemplate) cutHead(pieces []piece, settings map[string]Setting) (urlTemplate, string) {
	for i, p := range pieces {
		if p.inside {
			name := settingOf(p)
			if kind := settings[name].Kind; kind != "host" {
				return u, "has " + p.text + " in the host; only a setting of the kind host may stand there"
			}
			u.head = append(u.head, p)
			continue
		}
		host, path, found := strings.Cut(p.text, "/")
		if strings.ContainsAny(host, "@?#\\ ") {
			return u, "has a character in its host that hosts do not have"
		}
		u.head = append(u.head, piece{text: host})
		if found {
			u.path = append([]piece{{text: "/" + path}}, pieces[i+1:]...)
			break
		}
	}
	if len(u.head) == 0 || len(u.head) == 1 && u.head[0].text == "" {
		return u, "has no host"
	}
	return u, checkPath(u.path)
}

func checkPath(pieces []piece) string {
	for _, p := range pieces {
		if p.inside {
			continue
		}
		if strings.ContainsAny(p.text, "?#") {
			return "has ? or # in it; write parameters under query"
		}
		if problem := odd(p.text); problem != "" {
			return problem
		}
	}
	return ""
}

// odd says what in a path, or a value of one, might lead elsewhere than it seems.
func odd(text string) string {
	lower := strings.ToLower(text)
	for _, s := range []string{`\`, "%2e", "%2f", "%5c", "%25"} {
		if strings.Contains(lower, s) {
			return "has " + s + " in it, which some servers read as another path"
		}
	}
	for segment := range strings.SplitSeq(text, "/") {
		name, _, _ := strings.Cut(segment, ";")
		if name == "." || name == ".." {
			return "has the segment " + name + " in it, which leads to another path"
		}
	}
	return ""
}

// origin returns scheme, host and the path that the operator gave.
func (u urlTemplate) origin(settings map[string]string) string {
	if u.base != "" {
		return strings.TrimSuffix(settings[u.base], "/")
	}
	var b strings.Builder
	b.WriteString("https://")
	for _, p := range u.head {
		if name := settingOf(p); name != "" {
			b.WriteString(settings[name])
			continue
		}
		b.WriteString(p.text)
	}
	return b.String()
}

// expand returns the URL with its values escaped.
func (u urlTemplate) expand(ctx context.Context, settings map[string]string, vars map[string]any) (string, error) {
	var path, plain strings.Builder
	for _, p := range u.path {
		text, err := p.value(ctx, vars)
		if err != nil {
			return "", err
		}
		plain.WriteString(text)
		if !p.inside {
			path.WriteString(text)
			continue
		}
		escaped, err := p.escape(text)
		if err != nil {
			return "", err
		}
		path.WriteString(escaped)
	}
	if problem := odd(plain.String()); problem != "" {
		// Harmless parts can make a segment that is not: "." and ".".
		return "", piece{text: "the whole path", expr: u.lastExpression()}.refuse(problem)
	}
	return u.origin(settings) + path.String(), nil
}

func (u urlTemplate) lastExpression() *expression {
	for i := len(u.path) - 1; i >= 0; i-- {
		if u.path[i].inside {
			return u.path[i].expr
		}
	}
	return nil
}

// escape makes a value one segment of a path, or several of {{+ }}.
func (p piece) escape(text string) (string, error) {
	if text == "" {
		return "", p.refuse("is empty, and the path needs it")
	}
	if problem := odd(text); problem != "" {
		return "", p.refuse(problem)
	}
	if !p.many {
		return url.PathEscape(text), nil
	}
	var segments []string
	for segment := range strings.SplitSeq(text, "/") {
		if segment == "" {
			return "", p.refuse("has an empty segment: it begins or ends with / or has two of them")
		}
		segments = append(segments, url.PathEscape(segment))
	}
	return strings.Join(segments, "/"), nil
}
