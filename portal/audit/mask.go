// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/callboard/callboard"
)

// masked stands where a secret was.
const masked = "•••"

// secretWords are what the names of secret fields contain, in lower case and
// without separators.
var secretWords = []string{
	"password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey", "privatekey",
	"authorization", "credential", "cookie", "clientkey", "signature", "connectionstring",
}

// urlPassword finds the password in scheme://user:password@host.
var urlPassword = regexp.MustCompile(`(://[^/\s:@"]*:)[^/\s@"]+@`)

// Mask returns the JSON document with "•••" in place of every value, of whatever
// type, whose field is named like a secret: password, token, apiKey,
// client_secret and so on, and of those in more. Case, "-", "_", "." and spaces
// in names do not matter. Passwords in URLs are masked in any text. The order of
// fields becomes alphabetical.
func Mask(doc json.RawMessage, more ...string) (json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	if err == nil && dec.More() {
		err = &callboard.Error{Code: callboard.CodeInvalid, Message: "more than one JSON value"}
	}
	if err != nil {
		return nil, &callboard.Error{Code: callboard.CodeInvalid, Message: "an audit entry's document is no JSON", Err: err}
	}
	words := secretWords[:len(secretWords):len(secretWords)]
	for _, name := range more {
		words = append(words, plain(name))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(maskValue(v, words)); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

func maskValue(v any, words []string) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if value != nil && isSecret(name, words) {
				v[name] = masked
				continue
			}
			v[name] = maskValue(value, words)
		}
	case []any:
		for i := range v {
			v[i] = maskValue(v[i], words)
		}
	case string:
		return maskURLs(v)
	}
	return v
}

func isSecret(name string, words []string) bool {
	name = plain(name)
	for _, word := range words {
		if word != "" && strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// plain drops from a field's name what differs between styles.
func plain(name string) string {
	return strings.NewReplacer("-", "", "_", "", ".", "", " ", "").Replace(strings.ToLower(name))
}

func maskURLs(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	return urlPassword.ReplaceAllString(s, "${1}"+masked+"@")
}

// cut makes a text storable: of bounded length, and valid UTF-8 without NUL,
// which PostgreSQL refuses.
func cut(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
