// SPDX-License-Identifier: Apache-2.0

package config

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// shortest is the length from which a secret is told from an ordinary word.
const shortest = 6

// secrets are the secrets that sections have read, and what replaces them.
type secrets struct {
	mu       sync.RWMutex
	known    map[string]bool
	replacer *strings.Replacer
}

func (s *secrets) add(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(text) < shortest || s.known[text] {
		return
	}
	if s.known == nil {
		s.known = map[string]bool{}
	}
	s.known[text] = true
	var pairs []string
	for secret := range s.known {
		for _, form := range formsOf(secret) {
			pairs = append(pairs, form, mask)
		}
	}
	s.replacer = strings.NewReplacer(pairs...)
}

func (s *secrets) masked(text string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.replacer == nil {
		return text
	}
	return s.replacer.Replace(text)
}

// formsOf returns a secret as programs write it: as it is, quoted, escaped in a
// URL, in hexadecimal, in base64 wherever it begins, and backwards.
func formsOf(secret string) []string {
	backwards := []byte(secret)
	slices.Reverse(backwards)
	forms := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret),
		hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))), string(backwards),
	}
	for skip := range 3 {
		whole := secret[skip:]
		whole = whole[:len(whole)/3*3] // the rest shares its letters with what follows
		if len(whole) >= shortest {
			forms = append(forms, base64.StdEncoding.EncodeToString([]byte(whole)), base64.URLEncoding.EncodeToString([]byte(whole)))
		}
	}
	for _, form := range forms {
		quoted := strconv.Quote(form)
		forms = append(forms, quoted[1:len(quoted)-1])
	}
	return forms
}

// note remembers what is secret about a value.
func (s *secrets) note(v reflect.Value, text string, secret bool) {
	switch x := v.Interface().(type) {
	case Secret:
		s.add(x.Reveal())
		return
	case url.URL:
		text = x.String()
	}
	if u, err := url.Parse(text); err == nil && u.User != nil {
		if password, has := u.User.Password(); has {
			s.add(password)
		}
	}
	if secret {
		s.add(text)
	}
}

// Masked returns a writer for logs that puts a mask in the place of every secret
// that sections read before and after the call: values of the type [Secret], the
// content of files, keys that are named like secrets, and passwords of URLs; also
// where they are quoted, escaped, in hexadecimal, in base64 or backwards. Secrets
// of less than 6 characters are left, and so are those that are cut or
// transformed in another way: a log is no place to pass secrets through.
func (c *Config) Masked(w io.Writer) io.Writer { return &maskedWriter{w, &c.secrets} }

type maskedWriter struct {
	to      io.Writer
	secrets *secrets
}

// Write writes a record. Secrets that are torn between two calls are not found;
// handlers of log/slog write a record at once.
func (m *maskedWriter) Write(record []byte) (int, error) {
	if _, err := io.WriteString(m.to, m.secrets.masked(string(record))); err != nil {
		return 0, err
	}
	return len(record), nil
}
