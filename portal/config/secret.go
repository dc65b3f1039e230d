// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
)

const mask = "***"

// Secret is a text that never prints: not by fmt, JSON, YAML or slog, and not
// in a dump of the struct it stands in. The zero value is no secret.
type Secret struct {
	// A pointer, because fmt prints the unexported fields of a struct without
	// asking their methods.
	text *string
}

// NewSecret returns text as a secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: &text}
}

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no text.
func (s Secret) IsZero() bool { return s.text == nil }

// Equal reports whether both hold the same text.
func (s Secret) Equal(other Secret) bool { return s.Reveal() == other.Reveal() }

// String returns "***", or "" without a text.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return mask
}

// Format prints the mask for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText returns the mask; JSON and YAML use it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the text as it is.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}

// LogValue returns the mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// secretNames mark keys whose values [Config.Explain] masks although their
// type is not Secret.
var secretNames = []string{"password", "passwd", "secret", "token", "credential", "privatekey", "apikey", "accesskey"}

func secretPath(path string) bool {
	name := strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
	name = strings.NewReplacer("-", "", "_", "").Replace(name)
	for _, s := range secretNames {
		if strings.Contains(name, s) {
			return true
		}
	}
	return false
}

// maskURL hides the password of a URL that holds one.
func maskURL(text string) string {
	if !strings.Contains(text, "@") || !strings.Contains(text, "://") {
		return text
	}
	u, err := url.Parse(text)
	if err != nil {
		return mask // it looks like a URL with a password, but cannot be taken apart
	}
	if _, has := u.User.Password(); !has {
		return text
	}
	return strings.Replace(u.Redacted(), ":xxxxx@", ":"+mask+"@", 1)
}
