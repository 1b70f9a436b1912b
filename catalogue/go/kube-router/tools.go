//go:build tools

// Package kuberouter names the commands of this set, so that go.mod and go.sum hold all that building them needs.
package kuberouter

import (
	_ "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router"
)
