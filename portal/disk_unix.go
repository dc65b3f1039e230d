// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || freebsd

package portal

import "golang.org/x/sys/unix"

// freeDisk returns how many bytes this user may still write in the directory.
func freeDisk(dir string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil //nolint:unconvert // signed on some systems
}
