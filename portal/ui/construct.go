// SPDX-License-Identifier: Apache-2.0

package ui

// The constructors that templates call to fill a component in place.

func newChip(tone, text string) Chip { return Chip{Tone: Tone(tone), Text: text} }

func newLinkChip(tone, text, url string) Chip { return Chip{Tone: Tone(tone), Text: text, URL: url} }

func newLink(title, url string) Link { return Link{Title: title, URL: url} }

func newButton(label, icon, url string) Action { return Action{Label: label, Icon: icon, URL: url} }

func newNotice(tone, text string) Notice { return Notice{Tone: Tone(tone), Text: text} }

func newEmpty(icon, title, text string) Empty { return Empty{Icon: icon, Title: title, Text: text} }

// newMeter draws value of max; its tone follows thresholds of 70 and 40 per
// cent unless one is given.
func newMeter(value, max any, label string) (Meter, error) {
	v, err := toInt(value)
	if err != nil {
		return Meter{}, err
	}
	m, err := toInt(max)
	return Meter{Value: float64(v), Max: float64(m), Label: label}, err
}

func newAvatar(name string) Avatar { return Avatar{Name: name} }
