module inference.platform/pause

go 1.26
