// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0

// Command model-copy copies a folder tree, as `cp -r SOURCE DESTINATION/` does, in an image that has no other program.
// An init container brings a model to a volume with it. Files that are there already are overwritten, so it can be
// interrupted and run again; each file appears whole or not at all.
package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: model-copy SOURCE DESTINATION")
		os.Exit(2)
	}
	source, destination := filepath.Clean(os.Args[1]), os.Args[2]
	if err := copyTree(source, filepath.Join(destination, filepath.Base(source))); err != nil {
		fmt.Fprintln(os.Stderr, "model-copy:", err)
		os.Exit(1)
	}
}

func copyTree(source, destination string) error {
	return filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(source, path)
		if err != nil {
			return err
		}
		target := filepath.Join(destination, relative)
		switch {
		case entry.IsDir():
			return os.MkdirAll(target, 0o755)
		case entry.Type().IsRegular():
			return copyFile(path, target)
		default:
			return fmt.Errorf("%s is neither a file nor a folder", path)
		}
	})
}

func copyFile(source, target string) error {
	in, err := os.Open(source)
	if err != nil {
		return err
	}
	defer in.Close()
	part := target + ".part"
	out, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err != nil {
		os.Remove(part)
		return fmt.Errorf("copying %s: %w", source, err)
	}
	return os.Rename(part, target)
}
