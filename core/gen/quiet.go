package gen

import (
	"errors"

	"github.com/tornado-dev/tornado/core/log"
)

// A Quiet says of which errors nothing is logged where they cannot be returned to
// anybody. Several are taken together.
type Quiet func(err error) bool

// QuietAll is a Quiet for every error.
func QuietAll(error) bool { return true }

// QuietAbout returns a Quiet for the errors that errors.Is finds to be one of
// targets.
func QuietAbout(targets ...error) Quiet {
	return func(err error) bool {
		for _, target := range targets {
			if errors.Is(err, target) {
				return true
			}
		}
		return false
	}
}

// logUnless logs an error that nobody will be given.
func logUnless(quiet []Quiet, what string, err error) {
	if err == nil {
		return
	}
	for _, q := range quiet {
		if q(err) {
			return
		}
	}
	log.Application.Error("gen: %s: %v", what, err)
}
