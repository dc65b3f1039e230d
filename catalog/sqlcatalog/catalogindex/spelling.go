// SPDX-License-Identifier: Apache-2.0

package catalogindex

import "encoding/binary"

// A spelling is mostly its value with a few letters of ASCII in upper case. Then
// it is kept as how many those are and how far each is behind the one before;
// else as 0 and the whole text with its size.

// appendSpelling appends the short form of the spelling of a value.
func appendSpelling(b []byte, value, spelling string) []byte {
	start := len(b)
	upper := 0
	for i := range len(spelling) {
		if len(spelling) != len(value) || spelling[i] != value[i] && spelling[i] != value[i]-('a'-'A') {
			return append(binary.AppendUvarint(append(b[:start], 0), uint64(len(spelling))), spelling...)
		}
		if spelling[i] != value[i] {
			upper++
		}
	}
	b = binary.AppendUvarint(b, uint64(upper))
	last := 0
	for i := range len(spelling) {
		if spelling[i] != value[i] {
			b = binary.AppendUvarint(b, uint64(i-last))
			last = i
		}
	}
	return b
}

// spelled returns the spelling of a value from its short form.
func spelled(value, short []byte) []byte {
	next := func() int {
		n, size := binary.Uvarint(short)
		short = short[size:]
		return int(n)
	}
	upper := next()
	if upper == 0 {
		n := next()
		return short[:n]
	}
	out := append([]byte(nil), value...)
	at := 0
	for range upper {
		at += next()
		out[at] -= 'a' - 'A'
	}
	return out
}
