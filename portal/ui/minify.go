// SPDX-License-Identifier: Apache-2.0

package ui

import "bytes"

// minifyCSS drops comments, indentation and empty lines. It leaves strings
// alone and does no more: compression takes care of the rest.
func minifyCSS(css []byte) []byte {
	var out bytes.Buffer
	for line := range bytes.Lines(stripComments(css)) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			out.Write(line)
			out.WriteByte('\n')
		}
	}
	return out.Bytes()
}

func stripComments(css []byte) []byte {
	out := make([]byte, 0, len(css))
	var quote byte
	for i := 0; i < len(css); i++ {
		c := css[i]
		switch {
		case quote != 0:
			if c == '\\' && i+1 < len(css) {
				out = append(out, c)
				i++
				c = css[i]
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '/' && i+1 < len(css) && css[i+1] == '*':
			end := bytes.Index(css[i+2:], []byte("*/"))
			if end < 0 {
				return out
			}
			i += end + 3
			continue
		}
		out = append(out, c)
	}
	return out
}
