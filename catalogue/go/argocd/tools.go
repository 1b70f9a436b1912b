//go:build tools

// Package argocd names the commands of this set, so that go.mod and go.sum hold all that building them needs.
package argocd

import (
	_ "github.com/argoproj/argo-cd/v3/cmd"
)
