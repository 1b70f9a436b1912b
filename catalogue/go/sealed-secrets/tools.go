//go:build tools

// Package sealedsecrets names the commands of this set, so that go.mod and go.sum hold all that building them needs.
package sealedsecrets

import (
	_ "github.com/bitnami/sealed-secrets/cmd/controller"
)
