// SPDX-License-Identifier: Apache-2.0

package catalogindex

import (
	"cmp"
	"iter"
	"slices"
)

// room returns the list with room for n more elements. A long list grows by an
// eighth, which is half of what append leaves unused.
func room[T any](list []T, n int) []T {
	const long = 1024
	if need := len(list) + n; need > cap(list) && need > long {
		return append(make([]T, 0, need+need/8), list...)
	}
	return list
}

// compareBy compares by a first number, then by a second.
func compareBy(a, b, a2, b2 uint32) int { return cmp.Or(cmp.Compare(a, b), cmp.Compare(a2, b2)) }

// chunksBy cuts a list into its runs of elements with one key.
func chunksBy[T any, K comparable](list []T, key func(T) K) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		for start := 0; start < len(list); {
			end := start + 1
			for end < len(list) && key(list[end]) == key(list[start]) {
				end++
			}
			if !yield(list[start:end]) {
				return
			}
			start = end
		}
	}
}

// removeAt removes the elements at places, which ascend.
func removeAt(list []uint32, places []int) []uint32 {
	if len(places) == 0 {
		return list
	}
	kept := places[0]
	for i, p := range places {
		next := len(list)
		if i+1 < len(places) {
			next = places[i+1]
		}
		kept += copy(list[kept:], list[p+1:next])
	}
	return list[:kept]
}

// insertAt inserts values before the elements at places, which ascend.
func insertAt(list []uint32, places []int, values []uint32) []uint32 {
	end := len(list)
	list = slices.Grow(list, len(values))[:end+len(values)]
	for i := len(values) - 1; i >= 0; i-- {
		copy(list[places[i]+i+1:], list[places[i]:end])
		end = places[i]
		list[end+i] = values[i]
	}
	return list
}
