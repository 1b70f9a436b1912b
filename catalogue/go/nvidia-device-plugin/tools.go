//go:build tools

// Package nvidiadeviceplugin names the commands of this set, so that go.mod and go.sum hold all that building them needs.
package nvidiadeviceplugin

import (
	_ "github.com/NVIDIA/k8s-device-plugin/cmd/mps-control-daemon"
	_ "github.com/NVIDIA/k8s-device-plugin/cmd/nvidia-device-plugin"
)
