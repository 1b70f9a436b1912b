module inference.platform/model-copy

go 1.24.0
