// SPDX-License-Identifier: Apache-2.0

package fetch

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/callboard/callboard"
)

// nameChars are the characters of a host name in lower case.
const nameChars = "abcdefghijklmnopqrstuvwxyz0123456789-_"

// maxURLBytes bounds a URL; servers refuse longer ones anyway.
const maxURLBytes = 8 << 10

// target is a URL that has been taken apart and found plain: what is matched
// against the rules is what is dialled and sent.
type target struct {
	url  *url.URL
	host string // lower case, without a final dot or brackets
	port string // never empty
}

// origin is what a token belongs to.
func (t target) origin() string { return t.url.Scheme + "://" + t.host + ":" + t.port }

// String is the URL as messages show it: a query may hold a token.
func (t target) String() string {
	return t.url.Scheme + "://" + t.url.Host + t.url.EscapedPath()
}

func parseTarget(raw string) (target, error) {
	if len(raw) > maxURLBytes {
		return target{}, refuse("a URL of %d bytes is too long; %d are read", len(raw), maxURLBytes)
	}
	u, err := url.Parse(raw)
	if err != nil {
		// The parser's message quotes the URL, which may hold a token.
		return target{}, refuse("the URL cannot be read; write https://host/path")
	}
	return newTarget(u)
}

func newTarget(u *url.URL) (target, error) {
	scheme := strings.ToLower(u.Scheme)
	switch {
	case scheme == "":
		return target{}, refuse("the URL has no scheme; write https://host/path")
	case scheme != "https" && scheme != "http":
		return target{}, refuse("URLs with the scheme %q are not read; use https", u.Scheme)
	case u.Opaque != "" || u.Host == "":
		return target{}, refuse("the URL has no host; write https://host/path")
	case u.User != nil:
		return target{}, refuse("the URL holds a user name or password; remove them and configure a token for the host")
	case oddPath(u.Path):
		return target{}, refuse("the path of the URL has . or .. segments or encoded ones; write the path that is meant")
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if problem := checkHost(host); problem != "" {
		return target{}, refuse("%s", problem)
	}
	port := u.Port()
	if port == "" {
		port = defaultPort(scheme)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != port {
		return target{}, refuse("the port of the URL is no number between 1 and 65535")
	}
	plain := &url.URL{Scheme: scheme, Host: hostPort(scheme, host, port), Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, ForceQuery: u.ForceQuery}
	return target{url: plain, host: host, port: port}, nil
}

func hostPort(scheme, host, port string) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == defaultPort(scheme) {
		return host
	}
	return host + ":" + port
}

// checkHost says what is odd about a host, "" for nothing. Forms that another
// resolver would read as an address, such as 0x7f.1, are refused as they are.
func checkHost(host string) string {
	if host == "" || len(host) > 253 {
		return "the URL has no valid host"
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Zone() != "" {
			return "the host of the URL is an address with a zone; use one without"
		}
		return ""
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return "the host of the URL is not a valid name"
		}
		if strings.Trim(label, nameChars) != "" {
			return "the host of the URL has characters that names do not have; write an international name in its xn-- form"
		}
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last[0] >= '0' && last[0] <= '9' {
		return "the host of the URL is a number but not an address in its usual form; write it like 192.0.2.1"
	}
	return ""
}

// oddPath reports whether a server might read the path as another one than the
// rules do: dot segments, backslashes, and those encoded twice.
func oddPath(path string) bool {
	lower := strings.ToLower(path)
	for _, odd := range []string{`\`, "%2e", "%2f", "%5c", "%25"} {
		if strings.Contains(lower, odd) {
			return true
		}
	}
	for segment := range strings.SplitSeq(path, "/") {
		// Some servers cut a segment's parameters off before they look at it.
		name, _, _ := strings.Cut(segment, ";")
		if name == "." || name == ".." {
			return true
		}
	}
	return false
}

func refuse(format string, args ...any) error {
	return failure(callboard.CodeInvalid, nil, format, args...)
}
