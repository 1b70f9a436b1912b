// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0

// Command pause holds the namespaces of a pod. As PID 1 of a pod it reaps orphans, and it ends on SIGINT and SIGTERM
// at once: a pause that ignored SIGTERM would hold up the power-off of its machine.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		reap()
	}
}

// reap collects every child that has ended; one SIGCHLD may stand for several.
func reap() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if pid <= 0 || (err != nil && err != syscall.EINTR) {
			return
		}
	}
}
