//go:build tools

// Package nvidiacontainertoolkit names the commands of this set, so that go.mod and go.sum hold all that building them needs.
package nvidiacontainertoolkit

import (
	_ "github.com/NVIDIA/nvidia-container-toolkit/cmd/nvidia-cdi-hook"
	_ "github.com/NVIDIA/nvidia-container-toolkit/cmd/nvidia-container-runtime"
	_ "github.com/NVIDIA/nvidia-container-toolkit/cmd/nvidia-ctk"
)
