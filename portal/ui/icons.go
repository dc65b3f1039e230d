// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"maps"
	"slices"
	"strings"
)

// noIcon is drawn for a name that is not in the set.
const noIcon = "dot"

// IconNames returns the names of the set, sorted.
func IconNames() []string { return slices.Sorted(maps.Keys(iconShapes)) }

// IconName returns name if the set has it and "dot" otherwise, so that names
// from data are safe in a link to the sprite.
func IconName(name string) string {
	if _, ok := iconShapes[name]; ok {
		return name
	}
	return noIcon
}

// sprite returns the icons as symbols of one SVG document.
func sprite() []byte {
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg">`)
	for _, name := range IconNames() {
		b.WriteString(`<symbol id="` + name + `" viewBox="0 0 24 24">` + iconShapes[name] + `</symbol>`)
	}
	b.WriteString(`</svg>`)
	return []byte(b.String())
}

func stroke(d string) string { return `<path d="` + d + `"/>` }

// iconShapes is the set: strokes of two units on a grid of 24, drawn with the
// colour and the stroke that .i sets.
var iconShapes = map[string]string{
	"dot":          `<circle cx="12" cy="12" r="3"/>`,
	"home":         stroke("M3 11l9-8 9 8v10a1 1 0 0 1-1 1h-5v-7H9v7H4a1 1 0 0 1-1-1z"),
	"grid":         `<rect x="3" y="3" width="7" height="7" rx="1"/><rect x="14" y="3" width="7" height="7" rx="1"/><rect x="3" y="14" width="7" height="7" rx="1"/><rect x="14" y="14" width="7" height="7" rx="1"/>`,
	"api":          stroke("M8 4l-6 8 6 8M16 4l6 8-6 8"),
	"book":         stroke("M4 5a2 2 0 0 1 2-2h14v18H6a2 2 0 0 1-2-2zM4 19a2 2 0 0 1 2-2h14"),
	"plus":         stroke("M12 5v14M5 12h14"),
	"minus":        stroke("M5 12h14"),
	"flow":         `<circle cx="6" cy="6" r="3"/><circle cx="18" cy="18" r="3"/>` + stroke("M6 9v6a3 3 0 0 0 3 3h6"),
	"check":        stroke("M4 12l5 5L20 6"),
	"pulse":        stroke("M3 12h4l3-8 4 16 3-8h4"),
	"users":        `<circle cx="9" cy="8" r="4"/>` + stroke("M2 21a7 7 0 0 1 14 0M17 4a4 4 0 0 1 0 8M22 21a7 7 0 0 0-4-6"),
	"graph":        `<circle cx="5" cy="12" r="2"/><circle cx="19" cy="5" r="2"/><circle cx="19" cy="19" r="2"/>` + stroke("M7 11l10-5M7 13l10 5"),
	"search":       `<circle cx="11" cy="11" r="7"/>` + stroke("M21 21l-5-5"),
	"gear":         `<circle cx="12" cy="12" r="3"/>` + stroke("M12 2v4M12 18v4M2 12h4M18 12h4M5 5l3 3M16 16l3 3M19 5l-3 3M8 16l-3 3"),
	"star":         stroke("M12 3l2.7 5.8 6.3.8-4.6 4.3 1.2 6.2L12 17l-5.6 3.1 1.2-6.2L3 9.6l6.3-.8z"),
	"redo":         stroke("M21 12a9 9 0 1 1-3-6.7L21 8M21 3v5h-5"),
	"alert":        stroke("M12 3L1.5 21h21zM12 10v4M12 17.5v.5"),
	"info":         `<circle cx="12" cy="12" r="9"/>` + stroke("M12 11v6M12 7v.5"),
	"help":         `<circle cx="12" cy="12" r="9"/>` + stroke("M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 17v.5"),
	"x":            stroke("M5 5l14 14M19 5L5 19"),
	"chevron":      stroke("M9 5l7 7-7 7"),
	"chevron-down": stroke("M5 9l7 7 7-7"),
	"chevron-left": stroke("M15 5l-7 7 7 7"),
	"arrow-right":  stroke("M4 12h16M14 6l6 6-6 6"),
	"external":     stroke("M14 4h6v6M20 4l-9 9M18 14v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1h5"),
	"copy":         `<rect x="9" y="9" width="12" height="12" rx="2"/>` + stroke("M5 15H4a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v1"),
	"edit":         stroke("M4 20l1-5L16 4l4 4L9 19zM13 7l4 4"),
	"trash":        stroke("M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5"),
	"clock":        `<circle cx="12" cy="12" r="9"/>` + stroke("M12 7v5l3 2"),
	"history":      stroke("M3 12a9 9 0 1 0 3-6.7L3 8M3 3v5h5M12 7v5l3 2"),
	"calendar":     `<rect x="3" y="5" width="18" height="16" rx="2"/>` + stroke("M3 10h18M8 2v5M16 2v5"),
	"file":         stroke("M6 2h8l5 5v14a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1zM14 2v5h5"),
	"folder":       stroke("M3 19V5a1 1 0 0 1 1-1h5l2 3h9a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1z"),
	"link":         stroke("M10 14a4 4 0 0 0 6 0l4-4a4 4 0 0 0-6-6l-1.5 1.5M14 10a4 4 0 0 0-6 0l-4 4a4 4 0 0 0 6 6l1.5-1.5"),
	"lock":         `<rect x="4" y="11" width="16" height="10" rx="2"/>` + stroke("M8 11V7a4 4 0 0 1 8 0v4"),
	"key":          `<circle cx="8" cy="15" r="4"/>` + stroke("M11 12l9-9M16 7l3 3"),
	"shield":       stroke("M12 2l8 3v6c0 5-3.5 9-8 11-4.5-2-8-6-8-11V5z"),
	"user":         `<circle cx="12" cy="8" r="4"/>` + stroke("M4 21a8 8 0 0 1 16 0"),
	"group":        `<circle cx="12" cy="7" r="3"/><circle cx="5" cy="10" r="2"/><circle cx="19" cy="10" r="2"/>` + stroke("M6.5 20a5.5 5.5 0 0 1 11 0M2 18a3.5 3.5 0 0 1 4-3M22 18a3.5 3.5 0 0 0-4-3"),
	"system":       `<rect x="3" y="3" width="18" height="18" rx="2"/><rect x="8" y="8" width="8" height="8" rx="1"/>`,
	"domain":       `<circle cx="12" cy="12" r="9"/>` + stroke("M3 12h18M12 3c-5 5-5 13 0 18M12 3c5 5 5 13 0 18"),
	"component":    stroke("M12 2l9 5v10l-9 5-9-5V7zM3 7l9 5 9-5M12 12v10"),
	"resource":     stroke("M12 3l9 5-9 5-9-5zM3 12l9 5 9-5M3 16l9 5 9-5"),
	"template":     `<rect x="3" y="3" width="18" height="5" rx="1"/><rect x="3" y="12" width="8" height="9" rx="1"/><rect x="15" y="12" width="6" height="9" rx="1"/>`,
	"location":     stroke("M12 22s7-7 7-12a7 7 0 0 0-14 0c0 5 7 12 7 12z") + `<circle cx="12" cy="10" r="2.5"/>`,
	"bolt":         stroke("M13 2L4 14h7l-1 8 9-12h-7z"),
	"cloud":        stroke("M7 19a5 5 0 0 1-.5-10A6 6 0 0 1 18 10.5a4.3 4.3 0 0 1-.5 8.5z"),
	"database":     `<ellipse cx="12" cy="5" rx="8" ry="3"/>` + stroke("M4 5v14c0 1.7 3.6 3 8 3s8-1.3 8-3V5M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3"),
	"git":          `<circle cx="6" cy="5" r="2"/><circle cx="6" cy="19" r="2"/><circle cx="18" cy="8" r="2"/>` + stroke("M6 7v10M18 10c0 4-6 3-11 6"),
	"pull-request": `<circle cx="6" cy="5" r="2"/><circle cx="6" cy="19" r="2"/><circle cx="18" cy="19" r="2"/>` + stroke("M6 7v10M18 17V8a3 3 0 0 0-3-3h-3M14 2l-3 3 3 3"),
	"tag":          stroke("M3 3h9l9 9-9 9-9-9zM8 8v.01"),
	"bell":         stroke("M6 16V10a6 6 0 0 1 12 0v6l2 2H4zM10 21h4"),
	"sun":          `<circle cx="12" cy="12" r="4"/>` + stroke("M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M19 5l-1.5 1.5M6.5 17.5L5 19"),
	"moon":         stroke("M20 14a8 8 0 0 1-10-10 8 8 0 1 0 10 10z"),
	"monitor":      `<rect x="2" y="4" width="20" height="13" rx="2"/>` + stroke("M8 21h8M12 17v4"),
	"menu":         stroke("M3 6h18M3 12h18M3 18h18"),
	"more":         stroke("M5 12h.01M12 12h.01M19 12h.01"),
	"filter":       stroke("M3 4h18l-7 9v7l-4-2v-5z"),
	"download":     stroke("M12 3v12M7 10l5 5 5-5M4 20h16"),
	"upload":       stroke("M12 16V4M7 9l5-5 5 5M4 20h16"),
	"sort-asc":     stroke("M12 19V5M6 11l6-6 6 6"),
	"sort-desc":    stroke("M12 5v14M6 13l6 6 6-6"),
	"sort":         stroke("M8 9l4-5 4 5M8 15l4 5 4-5"),
	"play":         stroke("M7 4l13 8-13 8z"),
	"stop":         `<rect x="5" y="5" width="14" height="14" rx="1"/>`,
	"pause":        stroke("M8 5v14M16 5v14"),
	"eye":          stroke("M2 12s4-7 10-7 10 7 10 7-4 7-10 7-10-7-10-7z") + `<circle cx="12" cy="12" r="3"/>`,
	"list":         stroke("M8 6h13M8 12h13M8 18h13M3 6h.01M3 12h.01M3 18h.01"),
	"chart":        stroke("M4 20V10M10 20V4M16 20v-7M22 20H2"),
	"mail":         `<rect x="2" y="5" width="20" height="14" rx="2"/>` + stroke("M3 7l9 6 9-6"),
	"chat":         stroke("M4 4h16a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1h-8l-5 4v-4H4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1z"),
	"phone":        stroke("M5 3h4l2 5-2.5 2a12 12 0 0 0 5.5 5.5l2-2.5 5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 5a2 2 0 0 1 2-2z"),
	"code":         stroke("M9 7l-5 5 5 5M15 7l5 5-5 5"),
	"terminal":     `<rect x="2" y="4" width="20" height="16" rx="2"/>` + stroke("M6 9l3 3-3 3M12 15h5"),
	"package":      stroke("M4 7l8-4 8 4v10l-8 4-8-4zM4 7l8 4 8-4M12 11v10M8 5l8 4"),
	"rocket":       stroke("M9 15l-3-3c2-6 6-9 14-9 0 8-3 12-9 14zM9 15l-4 4M6 12H3l3-4M12 18v3l4-3") + `<circle cx="14.5" cy="9.5" r="1.5"/>`,
	"ai":           `<rect x="4" y="8" width="16" height="12" rx="2"/>` + stroke("M12 8V4M9 13v2M15 13v2M2 13v3M22 13v3"),
	"sign-out":     stroke("M14 4H5a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h9M10 12h11M17 8l4 4-4 4"),
	"thumb-up":     stroke("M7 21H3V11h4zM7 11l5-9c2 0 3 1 3 3l-1 4h6a1.5 1.5 0 0 1 1.5 2l-2.5 8a2 2 0 0 1-2 1.5H7"),
	"flag":         stroke("M5 22V3M5 4h13l-3 4.5L18 13H5"),
	"workflow":     `<rect x="3" y="3" width="6" height="6" rx="1"/><rect x="15" y="15" width="6" height="6" rx="1"/>` + stroke("M6 9v5a4 4 0 0 0 4 4h5"),
	"arrows-out":   stroke("M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"),
	"server":       `<rect x="3" y="3" width="18" height="7" rx="1"/><rect x="3" y="14" width="18" height="7" rx="1"/>` + stroke("M7 6.5h.01M7 17.5h.01"),
	"bug":          `<rect x="8" y="8" width="8" height="12" rx="4"/>` + stroke("M9 8a3 3 0 0 1 6 0M4 14h4M16 14h4M5 8l3 3M19 8l-3 3M5 20l3-3M19 20l-3-3"),
}
