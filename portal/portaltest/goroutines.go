// SPDX-License-Identifier: Apache-2.0

package portaltest

import (
	"runtime"
	"strings"
	"time"
)

// goroutines returns the stacks of all goroutines by their number.
func goroutines() map[string]string {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	all := map[string]string{}
	for stack := range strings.SplitSeq(string(buf), "\n\n") {
		number, _, ok := strings.Cut(strings.TrimPrefix(stack, "goroutine "), " ")
		if ok {
			all[number] = stack
		}
	}
	return all
}

// leftBehind returns the stacks of goroutines that were not there before, once
// those that are about to end have had their time.
func leftBehind(before map[string]string) []string {
	deadline := time.Now().Add(time.Minute)
	for {
		var left []string
		for number, stack := range goroutines() {
			if _, old := before[number]; !old && !strings.Contains(stack, "testing.(*T).Run") {
				left = append(left, stack)
			}
		}
		if len(left) == 0 || time.Now().After(deadline) {
			return left
		}
		<-time.After(10 * time.Millisecond) // another look at the condition
	}
}
