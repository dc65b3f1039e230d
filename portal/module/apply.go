// SPDX-License-Identifier: Apache-2.0

package module

import (
	"fmt"
	"strings"

	"github.com/samber/do/v2"
)

// Apply calls pkg with i, as the portal does for each package that it is
// composed of. That a type is provided twice is noted in the registry, also if
// it is by do.Provide, which panics; whatever else pkg panics with is the error.
func Apply(i do.Injector, pkg func(do.Injector)) (err error) {
	defer func() {
		reason := recover()
		if reason == nil {
			return
		}
		reg, origin := RegistryOf(i), callerOrigin(pkg)
		if name, ok := declaredTwice(reason); ok {
			first, _ := reg.ServiceOrigin(name)
			reg.clash(Clash{What: ShortName(name), First: first, Second: origin})
			return
		}
		err = fmt.Errorf("%s panicked while it was applied: %v", origin, reason)
	}()
	pkg(i)
	return nil
}

// declaredTwice returns the service named in the panic of do.Provide for a
// type that is provided already. samber/do has no typed error for it.
func declaredTwice(reason any) (service string, ok bool) {
	err, isError := reason.(error)
	if !isError {
		return "", false
	}
	text, isIt := strings.CutPrefix(err.Error(), "DI: service `")
	if !isIt {
		return "", false
	}
	return strings.CutSuffix(text, "` has already been declared")
}
