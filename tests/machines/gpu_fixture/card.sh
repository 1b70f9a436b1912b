#!/bin/sh
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
# What a boot of a machine with an H100 and an NVSwitch shows: the PCI bus, and the driver that the kernel loads, which is
# nouveau unless it is turned off and NVIDIA's is installed.
set -eu
device() {
    mkdir -p "/run/card/pci/$1"
    echo 0x10de > "/run/card/pci/$1/vendor"
    echo "$2" > "/run/card/pci/$1/device"
    echo "$3" > "/run/card/pci/$1/class"
}
device 0000:19:00.0 0x2330 0x030200
device 0000:05:00.0 0x22a3 0x068000
mkdir -p /run/card/module /run/card/driver
library=$(readlink /usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1 || true)
if grep -qs '^blacklist nouveau' /etc/modprobe.d/*.conf && [ -n "$library" ]; then
    mkdir /run/card/driver/nvidia
    echo "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  ${library#libnvidia-ml.so.}  Release Build" > /run/card/driver/nvidia/version
    mknod /dev/nvidia0 c 195 0
    mknod /dev/nvidiactl c 195 255
else
    mkdir /run/card/module/nouveau
fi
# A machine of systemd-nspawn does not see what modules the kernel of its host has.
mount -o remount,rw /sys
mkdir -p /sys/module
mount --bind /run/card/pci /sys/bus/pci/devices
mount --bind /run/card/module /sys/module
mount --bind /run/card/driver /proc/driver
