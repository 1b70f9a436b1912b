//go:build tools

// Package epp names the commands of this set, so that go.mod and go.sum hold all that building them needs.
package epp

import (
	_ "sigs.k8s.io/gateway-api-inference-extension/cmd/epp"
)
