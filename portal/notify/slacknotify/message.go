// SPDX-License-Identifier: Apache-2.0

package slacknotify

import (
	"strings"
	"unicode/utf8"

	"github.com/callboard/callboard/portal/notify"
)

// Limits of Slack, in characters, with room for what is put around.
const (
	maxSection = 2900
	maxLine    = 2900
)

// message is what chat.postMessage and incoming webhooks take.
type message struct {
	Channel string `json:"channel,omitempty"`
	// Text is what is shown where blocks are not, and read aloud.
	Text        string  `json:"text"`
	Blocks      []block `json:"blocks"`
	UnfurlLinks bool    `json:"unfurl_links"`
	UnfurlMedia bool    `json:"unfurl_media"`
}

type block struct {
	Type     string `json:"type"`
	Text     *text  `json:"text,omitempty"`
	Elements []text `json:"elements,omitempty"`
}

type text struct {
	Type string `json:"type"`
	Text string `json:"text"`
	// Verbatim keeps Slack from making links and mentions of plain words.
	Verbatim bool `json:"verbatim,omitempty"`
}

func mrkdwn(s string) text { return text{Type: "mrkdwn", Text: s, Verbatim: true} }

// marks stand before what is grave.
var marks = map[notify.Severity]string{notify.Critical: "Critical: ", notify.High: "High: "}

// newMessage writes a delivery as a heading that is a link, its text, and where
// it comes from.
func newMessage(d notify.Delivery) message {
	title := marks[d.Severity] + d.Title
	head := "*" + escape(title, maxLine) + "*"
	if d.URL != "" {
		head = "*<" + address(d.URL) + "|" + escape(strings.ReplaceAll(title, "|", "/"), maxLine) + ">*"
	}
	first := mrkdwn(head)
	m := message{Text: escape(title, maxLine), Blocks: []block{{Type: "section", Text: &first}}}
	if d.Text != "" {
		body := mrkdwn(escape(d.Text, maxSection))
		m.Blocks = append(m.Blocks, block{Type: "section", Text: &body})
	}
	from := escape(d.Portal+", "+d.Topic, maxLine)
	if d.Settings != "" {
		from += " · <" + address(d.Settings) + "|Choose what to hear of>"
	}
	m.Blocks = append(m.Blocks, block{Type: "context", Elements: []text{mrkdwn(from)}})
	return m
}

// escape writes text so that Slack reads no links, mentions and commands in it,
// in at most that many characters.
func escape(s string, most int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		part := string(r)
		switch r {
		case '&':
			part = "&amp;"
		case '<':
			part = "&lt;"
		case '>':
			part = "&gt;"
		}
		if n += utf8.RuneCountInString(part); n > most {
			return b.String() + "…"
		}
		b.WriteString(part)
	}
	return b.String()
}

// address writes a URL so that it ends where it should.
func address(u string) string {
	return strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C").Replace(u)
}
