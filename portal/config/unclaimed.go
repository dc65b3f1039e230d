// SPDX-License-Identifier: Apache-2.0

package config

import (
	"maps"
	"slices"
	"strings"
)

// Unclaimed returns a problem for every key that no section has read, and for
// every value given to [Config.Set] in vain, each with the nearest known key.
// It makes sense when all sections have been read.
func (c *Config) Unclaimed() Problems {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out Problems
	c.walk(c.root, "", &out)
	for _, path := range slices.Sorted(maps.Keys(c.overrides)) {
		if o := c.overrides[path]; !o.used {
			out = append(out, Problem{Origin: o.origin, Path: path, Rule: "unknown-key",
				Message: "is set but nothing reads it", Remedy: c.suggestPath(path)})
		}
	}
	return out.sorted()
}

func (c *Config) walk(n *node, path string, out *Problems) {
	known := c.claims[path]
	if n == nil || known != nil && known.whole {
		return
	}
	for i, item := range n.items {
		c.walk(item, index(path, i), out)
	}
	for _, f := range n.fields {
		child := join(path, f.key)
		if known != nil && slices.Contains(known.children, f.key) || c.claims[child] != nil {
			c.walk(f.value, child, out)
			continue
		}
		*out = append(*out, Problem{Origin: f.at, Path: child, Rule: "unknown-key",
			Message: "is not a known key", Remedy: c.suggest(path, f.key)})
	}
}

// suggest says which key was probably meant.
func (c *Config) suggest(path, key string) string {
	known := c.claims[path]
	if known == nil || len(known.children) == 0 {
		return "remove it"
	}
	if best := nearest(key, known.children); best != "" {
		return "did you mean " + best + "?"
	}
	names := slices.Sorted(slices.Values(known.children))
	const most = 12
	if len(names) > most {
		names = append(names[:most], "…")
	}
	return "known here: " + strings.Join(names, ", ")
}

// suggestPath is suggest for a path that was given as a whole.
func (c *Config) suggestPath(path string) string {
	if best := nearest(path, slices.Collect(maps.Keys(c.claims))); best != "" {
		return "did you mean " + best + "?"
	}
	return "see config explain for the known keys"
}

// nearest returns the candidate that a slip of the fingers makes into word, or
// "". Case and separators count for nothing.
func nearest(word string, candidates []string) string {
	best, bestDistance := "", max(2, len(word)/3)+1
	slices.Sort(candidates)
	for _, candidate := range candidates {
		if d := distance(fold(word), fold(candidate)); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	if bestDistance >= len(word) && bestDistance > 0 {
		return "" // nothing of the word is left
	}
	return best
}

func fold(s string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(s))
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours between two words.
func distance(a, b string) int {
	const longest = 64 // keys are short; more would only cost
	x, y := []rune(a), []rune(b)
	if len(x) > longest || len(y) > longest {
		return longest
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range y {
		rows[0][j+1] = j + 1
	}
	for i := range x {
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			d := min(rows[i][j+1]+1, rows[i+1][j]+1, rows[i][j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
		}
	}
	return rows[len(x)][len(y)]
}
