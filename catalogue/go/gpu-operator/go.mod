module inference.platform/gpu-operator

go 1.25.0

require github.com/NVIDIA/gpu-operator v1.8.3-0.20240429200431-0fe1e8db32b0
