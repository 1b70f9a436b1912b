// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0

// Package register links the providers of this build. The release links some forty, with the SDK of every cloud.
package register

import (
	_ "github.com/external-secrets/external-secrets/pkg/provider/fake"
	_ "github.com/external-secrets/external-secrets/pkg/provider/kubernetes"
	_ "github.com/external-secrets/external-secrets/pkg/provider/vault"
	_ "github.com/external-secrets/external-secrets/pkg/provider/webhook"
)
