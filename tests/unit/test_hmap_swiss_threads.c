// SPDX-License-Identifier: MIT
// The same threads on Swiss maps.
#define TEST_SWISS
#include "test_hmap_threads.c"
