//go:build tools

// Package etcd names the commands of this set, so that go.mod and go.sum hold all that building them needs.
package etcd

import (
	_ "go.etcd.io/etcd/server/v3"
)
