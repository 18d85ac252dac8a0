// SPDX-License-Identifier: MIT
// The same operations on Swiss maps.
#define TEST_SWISS
#include "test_hmap_model.c"
