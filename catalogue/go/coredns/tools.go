//go:build tools

// Package coredns names the commands of this set, so that go.mod and go.sum hold all that building them needs.
package coredns

import (
	_ "github.com/coredns/coredns"
)
