// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/callboard/callboard/catalog"
)

// clean makes s a text that both engines can keep: PostgreSQL has neither NUL
// nor invalid UTF-8.
func clean(s string) string {
	if strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// refText is the reference as it is stored.
func refText(r catalog.Ref) string { return clean(r.String()) }

// refOf is the reverse of refText. Unlike [catalog.ParseRef] it takes names
// with any character.
func refOf(s string) catalog.Ref {
	kind, rest, _ := strings.Cut(s, ":")
	namespace, name, _ := strings.Cut(rest, "/")
	return catalog.Ref{Kind: kind, Namespace: namespace, Name: name}
}

// uidOf derives the identifier from the reference, as a version 8 UUID.
func uidOf(ref string) string {
	b := sha256.Sum256([]byte("callboard entity " + ref))
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// micros stores a time; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func timeOf(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
