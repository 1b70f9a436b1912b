// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0

// Package register links no generators: the platform generates its secrets itself.
package register
