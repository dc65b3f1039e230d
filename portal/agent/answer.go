// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/callboard/callboard"
)

// maxWhole bounds an answer with all its parts.
const maxWhole = 8 << 20

// encode returns the JSON of what a tool returned.
func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	if b.Len() > maxWhole {
		return nil, &callboard.Error{Code: callboard.CodeTooLarge, Message: "the answer is too large; ask for less"}
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// answer is a text in parts of at most size bytes. A text that fits is given as
// structured content too; of another only the part asked for is, with a note.
func (t Tool) answer(text json.RawMessage, part, size int) (*mcp.CallToolResult, error) {
	parts := max(1, (len(text)+size-1)/size)
	part = max(part, 1)
	if part > parts {
		return nil, &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf("the answer has %d parts only", parts)}
	}
	if parts == 1 {
		res := &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: string(text)}}}
		if text[0] == '{' {
			res.StructuredContent = text
		}
		return res, nil
	}
	piece := text[boundary(text, (part-1)*size):boundary(text, part*size)]
	return &mcp.CallToolResult{Content: []mcp.Content{
		&mcp.TextContent{Text: string(piece)},
		&mcp.TextContent{Text: t.note(part, parts, len(text))},
	}}, nil
}

// note says what a part is part of.
func (t Tool) note(part, parts, size int) string {
	switch {
	case t.changes:
		return fmt.Sprintf("[The answer was cut: this is the beginning of %d bytes. What was asked for is not affected.]", size)
	case part == parts:
		return fmt.Sprintf("[This is part %d of %d, the last, of an answer of %d bytes.]", part, parts, size)
	default:
		return fmt.Sprintf("[This is part %d of %d of an answer of %d bytes. For the next, call the tool again with the same input and part %d; or ask for less.]", part, parts, size, part+1)
	}
}

// boundary is the first beginning of a character at or behind n.
func boundary(text []byte, n int) int {
	n = min(n, len(text))
	for n < len(text) && !utf8.RuneStart(text[n]) {
		n++
	}
	return n
}

// refusal is an error as an agent reads it.
func refusal(err error) *mcp.CallToolResult {
	code := callboard.CodeOf(err)
	return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{
		&mcp.TextContent{Text: fmt.Sprintf("%s: %s", code, callboard.MessageOf(err))},
	}}
}
