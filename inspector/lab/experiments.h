// SPDX-License-Identifier: MIT
// The experiments, one a file. The table in experiments.c gives their order.
#ifndef STRATA_LAB_EXPERIMENTS_H
#define STRATA_LAB_EXPERIMENTS_H

#include "lab/lab.h"

extern const struct lab_experiment lab_nil_assign, lab_nil_pointer, lab_zero_value, lab_json_null,
    lab_pass_map, lab_pass_pointer, lab_shallow_copy, lab_concurrent_write, lab_concurrent_read,
    lab_range_grow, lab_range_insert, lab_range_delete, lab_range_order, lab_two_arrays, lab_grow_atomic,
    lab_header_fields, lab_bucket_packing, lab_demo_struct, lab_load_factor, lab_same_size_grow, lab_shrink,
    lab_delete_clears, lab_closure_leak, lab_interface_key, lab_key_drift, lab_nan_key, lab_zero_keys,
    lab_indirect, lab_deferred_write, lab_cost, lab_sync_map, lab_calls, lab_swiss_load_factor,
    lab_swiss_split, lab_swiss_at_once, lab_swiss_tombstones, lab_swiss_turnover, lab_swiss_prune,
    lab_swiss_hint, lab_swiss_clear, lab_swiss_shrink, lab_swiss_clone, lab_swiss_range_grow;

#endif
