// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"net/http"
	"strings"
)

// secretBytes is the size of what must not be guessed: 256 bits.
const secretBytes = 32

// newSecret returns a text that cannot be guessed.
func newSecret() string {
	b := make([]byte, secretBytes)
	_, _ = rand.Read(b) // it never fails, by its documentation
	return base64.RawURLEncoding.EncodeToString(b)
}

// isSecret reports whether the text looks like one of [newSecret], so that
// others need not be looked for.
func isSecret(text string) bool {
	b, err := base64.RawURLEncoding.DecodeString(text)
	return err == nil && len(b) == secretBytes
}

// hashOf is what the database holds in place of a secret. What was hashed
// cannot be guessed, so a plain hash is enough.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// newID returns a name for something that people see.
func newID() string { return strings.ToLower(rand.Text()) }

// keyPrefix begins every key, so that people and scanners know one.
const keyPrefix = "cb_"

// newKey returns a key: the prefix, 260 random bits, and a checksum, by which
// a scanner knows that something is a key without asking.
func newKey() string {
	body := rand.Text() + rand.Text()
	return keyPrefix + body + checksum(body)
}

// isKey reports whether the text has the form of a key.
func isKey(text string) bool {
	body, ok := strings.CutPrefix(text, keyPrefix)
	at := len(body) - sumLength
	return ok && at > 0 && checksum(body[:at]) == body[at:]
}

const sumLength = 7

func checksum(body string) string {
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(body)))
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum)
}

// Bearer returns the token of the Authorization header and whether the request
// has one. Such a request is made on behalf of the token alone: its cookies do
// not count.
func Bearer(r *http.Request) (token string, ok bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer")
}
