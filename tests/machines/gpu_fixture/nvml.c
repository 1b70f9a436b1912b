/* Copyright: (c) 2026, inference.platform maintainers
 * SPDX-License-Identifier: Apache-2.0
 *
 * NVML's answers for one H100 or two (CARDS) with the driver of a version (DRIVER), replayed by a library of its name: what the container
 * toolkit and the device plugin ask for. The data is written after NVIDIA's API reference: no card was at hand to record it from.
 * A file that NVML_REPLAY_XID names, with a number in it, is a critical error of the last card, told once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SUCCESS = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, TIMEOUT = 10 };
enum { XID_CRITICAL_ERROR = 8 };

typedef struct card {
  unsigned index;
  const char *uuid;
  const char *bus_id;
} card;

typedef struct {
  char legacy_bus_id[16];
  unsigned domain, bus, device, pci_device_id, pci_subsystem_id;
  char bus_id[32];
} pci_info;

typedef struct {
  unsigned long long total, free, used;
} memory;

typedef struct {
  card *device;
  unsigned long long type, data;
  unsigned gpu_instance, compute_instance;
} event;

static card cards[] = {
    {0, "GPU-00000000-0000-0000-0000-000000000001", "00000000:19:00.0"},
    {1, "GPU-00000000-0000-0000-0000-000000000002", "00000000:3B:00.0"},
};

int nvmlInit_v2(void) { return SUCCESS; }
int nvmlInitWithFlags(unsigned flags) { return flags ? INVALID_ARGUMENT : SUCCESS; }
int nvmlShutdown(void) { return SUCCESS; }
const char *nvmlErrorString(int code) { return code == SUCCESS ? "Success" : "Not Supported"; }

int nvmlSystemGetDriverVersion(char *text, unsigned size) {
  snprintf(text, size, "%s", DRIVER);
  return SUCCESS;
}

int nvmlSystemGetCudaDriverVersion_v2(int *version) {
  *version = 13000;
  return SUCCESS;
}

int nvmlSystemGetCudaDriverVersion(int *version) { return nvmlSystemGetCudaDriverVersion_v2(version); }

int nvmlDeviceGetCount_v2(unsigned *count) {
  *count = CARDS;
  return SUCCESS;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, card **found) {
  if (index >= CARDS) return INVALID_ARGUMENT;
  *found = &cards[index];
  return SUCCESS;
}

int nvmlDeviceGetHandleByUUID(const char *uuid, card **found) {
  for (unsigned i = 0; i < CARDS; i++)
    if (strcmp(uuid, cards[i].uuid) == 0) return nvmlDeviceGetHandleByIndex_v2(i, found);
  return NOT_FOUND;
}

int nvmlDeviceGetName(card *one, char *text, unsigned size) {
  (void)one;
  snprintf(text, size, "NVIDIA H100 80GB HBM3");
  return SUCCESS;
}

int nvmlDeviceGetUUID(card *one, char *text, unsigned size) {
  snprintf(text, size, "%s", one->uuid);
  return SUCCESS;
}

int nvmlDeviceGetIndex(card *one, unsigned *index) {
  *index = one->index;
  return SUCCESS;
}

int nvmlDeviceGetMinorNumber(card *one, unsigned *minor) { return nvmlDeviceGetIndex(one, minor); }

int nvmlDeviceGetPciInfo_v3(card *one, pci_info *info) {
  memset(info, 0, sizeof *info);
  info->pci_device_id = 0x233010de;
  snprintf(info->bus_id, sizeof info->bus_id, "%s", one->bus_id);
  snprintf(info->legacy_bus_id, sizeof info->legacy_bus_id, "%s", one->bus_id + 4);
  return SUCCESS;
}

int nvmlDeviceGetMemoryInfo(card *one, memory *answer) {
  (void)one;
  answer->total = 81559ULL << 20;
  answer->used = 1ULL << 20;
  answer->free = answer->total - answer->used;
  return SUCCESS;
}

int nvmlDeviceGetCudaComputeCapability(card *one, int *major, int *minor) {
  (void)one;
  *major = 9;
  *minor = 0;
  return SUCCESS;
}

int nvmlDeviceGetMigMode(card *one, unsigned *now, unsigned *pending) {
  (void)one;
  *now = *pending = 0;
  return SUCCESS;
}

int nvmlDeviceGetMaxMigDeviceCount(card *one, unsigned *count) {
  (void)one;
  *count = 7;
  return SUCCESS;
}

int nvmlDeviceIsMigDeviceHandle(card *one, unsigned *is) {
  (void)one;
  *is = 0;
  return SUCCESS;
}

int nvmlDeviceGetMigDeviceHandleByIndex(card *one, unsigned index, card **found) {
  (void)one, (void)index, (void)found;
  return NOT_FOUND;
}

int nvmlDeviceGetTopologyCommonAncestor(card *one, card *other, int *level) {
  *level = one == other ? 0 : 50;
  return SUCCESS;
}

int nvmlDeviceGetNvLinkState(card *one, unsigned link, unsigned *active) {
  (void)one, (void)link, (void)active;
  return NOT_SUPPORTED;
}

int nvmlDeviceGetSupportedEventTypes(card *one, unsigned long long *types) {
  (void)one;
  *types = XID_CRITICAL_ERROR;
  return SUCCESS;
}

int nvmlDeviceRegisterEvents(card *one, unsigned long long types, void *set) {
  (void)one, (void)types, (void)set;
  return SUCCESS;
}

int nvmlEventSetCreate(void **set) {
  *set = cards;
  return SUCCESS;
}

int nvmlEventSetFree(void *set) {
  (void)set;
  return SUCCESS;
}

int nvmlEventSetWait_v2(void *set, event *answer, unsigned milliseconds) {
  (void)set;
  static int told = 0;
  const char *path = getenv("NVML_REPLAY_XID");
  for (unsigned waited = 0; waited < milliseconds; waited += 100) {
    FILE *file = path ? fopen(path, "r") : NULL;
    unsigned xid = 0;
    if (file) {
      int read = fscanf(file, "%u", &xid);
      fclose(file);
      if (read == 1 && !told) {
        told = 1;
        memset(answer, 0, sizeof *answer);
        answer->device = &cards[CARDS - 1];
        answer->type = XID_CRITICAL_ERROR;
        answer->data = xid;
        answer->gpu_instance = answer->compute_instance = ~0U;
        return SUCCESS;
      }
    }
    usleep(100000);
  }
  return TIMEOUT;
}
