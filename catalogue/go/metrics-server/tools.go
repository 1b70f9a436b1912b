//go:build tools

// Package metricsserver names the commands of this set, so that go.mod and go.sum hold all that building them needs.
package metricsserver

import (
	_ "sigs.k8s.io/metrics-server/cmd/metrics-server"
)
