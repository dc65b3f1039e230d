// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"strconv"
	"strings"
)

func (c *envelopeCheck) links(m map[string]any) {
	v, ok := m["links"]
	if !ok {
		return
	}
	list, ok := v.([]any)
	if !ok {
		c.wrongType("link", "/metadata/links", "a list", v)
		return
	}
	for i, x := range list {
		at := "/metadata/links/" + strconv.Itoa(i)
		link, ok := x.(map[string]any)
		if !ok {
			c.value("link", at, "a link must be an object with url and title, not "+typeWord(x), "write - url: https://example.com")
			continue
		}
		c.link(link, at)
	}
}

func (c *envelopeCheck) link(link map[string]any, at string) {
	if s, ok := c.text(link, at, "url", "link", "give the link a url, for example https://example.com"); ok {
		if why := badURL(s); why != "" {
			c.value("link", at+"/url", "the link "+quote(s)+" "+why, "write a whole address, for example https://example.com/runbook")
		}
	}
	for _, k := range []string{"title", "icon", "type"} {
		if _, there := link[k]; !there {
			continue
		}
		s, ok := c.text(link, at, k, "link", "give it text, or leave it out")
		if ok && k != "type" && strings.TrimSpace(s) == "" {
			c.value("link", at+"/"+k, "the link's "+k+" is blank", "give it text, or leave it out")
		}
	}
}

// unsafeSchemes run code or show foreign content as if it were the portal's.
// The field's own catalogs let them through, and leave it to the browser.
func unsafeScheme(scheme string) bool {
	switch scheme {
	case "javascript", "data", "vbscript", "blob", "filesystem", "about", "view-source", "jar":
		return true
	}
	return false
}

// badURL says why an address cannot be a link, or "". It is as lenient as
// browsers are (https://url.spec.whatwg.org), schemes aside.
func badURL(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, strings.TrimFunc(s, func(r rune) bool { return r <= ' ' }))
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || !validScheme(scheme) {
		return "is not a whole address"
	}
	scheme = strings.ToLower(scheme)
	switch scheme {
	case "http", "https", "ws", "wss", "ftp":
		return badHost(strings.TrimLeft(rest, `/\`))
	}
	if unsafeScheme(scheme) {
		return "has the scheme " + scheme + ", which is not safe to follow"
	}
	return ""
}

func validScheme(s string) bool {
	if s == "" || !isLetter(s[0]) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

func badHost(s string) string {
	if i := strings.IndexAny(s, `/\?#`); i >= 0 {
		s = s[:i]
	}
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		s = s[i+1:]
	}
	host, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
		host, port = s[:i], s[i+1:]
	}
	switch {
	case host == "":
		return "has no host"
	case strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]"):
		host = host[1 : len(host)-1]
	case strings.ContainsAny(host, ":[]"):
		return "has a host that is not valid"
	}
	if strings.ContainsAny(host, " <>^|%\"`{}") {
		return "has a host that is not valid"
	}
	if n, err := strconv.Atoi(port); port != "" && (err != nil || n < 0 || n > 65535) {
		return "has a port that is not valid"
	}
	return ""
}
