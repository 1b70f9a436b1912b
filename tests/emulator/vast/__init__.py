# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The API of Vast.ai as a real HTTP server, for tests: offers, instances, keys, volumes, bills, and everything that can go wrong.

It follows the provider's published contract (the OpenAPI documents and the client ``vastai``), not its marketplace: the
catalogue is small and fixed, and what is rented is a machine of this host or a small ssh server.

```python
with Emulator() as vast:
    vast.inject(Fault("lost_answer", method="PUT", path="/asks/"))
    run(base_url=vast.url, api_key=vast.api_key)
    assert vast.bill()[0].ended
```
"""

from __future__ import annotations

from .billing import Bill
from .emulator import Emulator
from .faults import Fault
from .journal import Call

__all__ = ("Bill", "Call", "Emulator", "Fault")
