//go:build tools

// Package externalsecrets names the commands of this set, so that go.mod and go.sum hold all that building them needs.
package externalsecrets

import (
	_ "github.com/external-secrets/external-secrets"
)
