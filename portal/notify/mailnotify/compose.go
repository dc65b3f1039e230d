// SPDX-License-Identifier: Apache-2.0

package mailnotify

import (
	"bytes"
	"fmt"
	"html/template"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"

	"github.com/callboard/callboard/portal/notify"
)

// page is the message as HTML. Its links have been checked when it was sent, and
// are again by the template.
var page = template.Must(template.New("mail").Parse(`<!doctype html>
<html><head><meta charset="utf-8"><title>{{.Title}}</title></head>
<body style="font-family: sans-serif; color: #1d1c1a">
<p style="font-size: 18px; font-weight: 600">{{if .URL}}<a href="{{.URL}}">{{.Title}}</a>{{else}}{{.Title}}{{end}}</p>
{{with .Text}}<p style="white-space: pre-line">{{.}}</p>{{end}}
<p style="color: #6b675f; font-size: 13px">{{.Portal}}, {{.Topic}}{{with .Settings}}. <a href="{{.}}">Choose what to hear of</a>{{end}}</p>
</body></html>
`))

// prefixes stand before the subject of what is grave.
var prefixes = map[notify.Severity]string{notify.Critical: "[critical] ", notify.High: "[high] "}

// compose writes the message with its headers. Every value of a header is
// encoded, so that none can begin another.
func (c *Channel) compose(d notify.Delivery) ([]byte, error) {
	var out bytes.Buffer
	parts := multipart.NewWriter(&out)
	_, domain, _ := strings.Cut(c.from.Address, "@")
	header := [][2]string{
		{"From", c.from.String()},
		{"To", (&mail.Address{Name: oneLine(d.Person.Name), Address: d.Person.Email}).String()},
		{"Subject", mime.QEncoding.Encode("utf-8", prefixes[d.Severity]+oneLine(d.Title))},
		{"Date", c.opts.Now().Format(time.RFC1123Z)},
		{"Message-ID", "<" + d.Key + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", `multipart/alternative; boundary="` + parts.Boundary() + `"`},
	}
	if d.Settings != "" && !strings.ContainsAny(d.Settings, "<>\r\n ") {
		header = append(header, [2]string{"List-Unsubscribe", "<" + d.Settings + ">"})
	}
	for _, h := range header {
		out.WriteString(h[0] + ": " + fold(oneLine(h[1])) + "\r\n")
	}
	out.WriteString("\r\n")
	var markup bytes.Buffer
	if err := page.Execute(&markup, d); err != nil {
		return nil, err
	}
	for _, p := range []struct{ media, content string }{{"text/plain", text(d)}, {"text/html", markup.String()}} {
		w, err := parts.CreatePart(textproto.MIMEHeader{
			"Content-Type": {p.media + "; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"},
		})
		if err != nil {
			return nil, err
		}
		encoder := quotedprintable.NewWriter(w)
		if _, err := encoder.Write([]byte(p.content)); err != nil {
			return nil, err
		}
		if err := encoder.Close(); err != nil {
			return nil, err
		}
	}
	if err := parts.Close(); err != nil { // it writes the end
		return nil, err
	}
	return out.Bytes(), nil
}

// text is the message as plain text.
func text(d notify.Delivery) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", d.Title)
	for _, part := range []string{d.Text, d.URL} {
		if part != "" {
			fmt.Fprintf(&b, "\n%s\n", part)
		}
	}
	fmt.Fprintf(&b, "\n-- \n%s, %s\n", d.Portal, d.Topic)
	if d.Settings != "" {
		fmt.Fprintf(&b, "Choose what to hear of: %s\n", d.Settings)
	}
	return b.String()
}

// oneLine makes one line of a text: what could end a header becomes a space.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' || r == '\u0085' {
			return ' '
		}
		return r
	}, s)
}

// lineLength is after how many bytes a header is folded.
const lineLength = 76

// fold breaks a header's value at spaces, so that no line is too long.
func fold(value string) string {
	var b strings.Builder
	length := 0
	for n, word := range strings.Split(value, " ") {
		switch {
		case n == 0:
		case length+1+len(word) > lineLength && word != "":
			b.WriteString("\r\n ")
			length = 1
		default:
			b.WriteByte(' ')
			length++
		}
		b.WriteString(word)
		length += len(word)
	}
	return b.String()
}
