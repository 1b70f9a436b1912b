//go:build tools

// Package helm names the commands of this set, so that go.mod and go.sum hold all that building them needs.
package helm

import (
	_ "helm.sh/helm/v4/cmd/helm"
)
