// SPDX-License-Identifier: Apache-2.0

//go:build !linux && !darwin && !freebsd

package portal

import "errors"

// freeDisk is not known for this system.
func freeDisk(string) (uint64, error) { return 0, errors.ErrUnsupported }
