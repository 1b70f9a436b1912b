# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The kinds of Argo CD in a control plane without nodes, where its controller cannot run."""

from __future__ import annotations

import typing as t

from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client

APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}

_ANY = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def definition(kind: str) -> dict[str, t.Any]:
    """A CRD of Argo CD that takes any content."""
    plural = f"{kind.lower()}s"
    version = {"name": "v1alpha1", "served": True, "storage": True, "schema": {"openAPIV3Schema": _ANY}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.argoproj.io"},
        "spec": {
            "group": "argoproj.io",
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [version],
        },
    }


def forget(client: Client) -> None:
    """Delete every Application and project, so that the control plane counts as not handed over."""
    for plural in ("applications", "appprojects"):
        path = f"/apis/argoproj.io/v1alpha1/namespaces/argocd/{plural}"
        for item in client.list(path)[0]:
            name, uid = item["metadata"]["name"], item["metadata"]["uid"]
            client.merge(f"{path}/{name}", {"metadata": {"finalizers": None}})
            client.delete(f"{path}/{name}", uid=uid, propagation="Background")
