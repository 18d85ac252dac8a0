// SPDX-License-Identifier: MIT
// The same failures in Swiss maps.
#define TEST_SWISS
#include "test_hmap_failure.c"
