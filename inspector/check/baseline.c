// SPDX-License-Identifier: MIT
#include "check/baseline.h"
#include "base/read_text.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Breaks by "type\nrule", or "type\nrule\nfile" where several files are checked; the values are the blessed numbers, or null.
struct baseline {
    json_t *breaks;
};

static char *key_of(const char *type, const char *rule, const char *file)
{
    char *key = NULL;
    return asprintf(&key, "%s\n%s%s%s", type, rule, file ? "\n" : "", file ? file : "") < 0 ? NULL : key;
}

static struct error *add_break(struct baseline *baseline, const char *path, json_t *entry)
{
    const char *type = json_string_value(json_object_get(entry, "type"));
    const char *rule = json_string_value(json_object_get(entry, "rule"));
    json_t *value = json_object_get(entry, "value");
    if (!type || !rule || !(json_is_null(value) || json_is_integer(value)))
        return error_create(ERROR_BAD_FORMAT, "%s: a break has no type, rule or value", path);
    char *key = key_of(type, rule, json_string_value(json_object_get(entry, "file")));
    bool is_added = key && !json_object_set(baseline->breaks, key, value);
    free(key);
    return is_added ? NULL : &error_out_of_memory;
}

enum { BASELINE_BYTES_MOST = 256 << 20 };

struct error *baseline_read(const char *path, struct baseline **baseline)
{
    json_error_t json_error;
    char *text;
    size_t size_bytes;
    RETURN_IF_ERROR(read_text(path, BASELINE_BYTES_MOST, "a baseline", &text, &size_bytes));
    json_t *root = json_loadb(text, size_bytes, JSON_REJECT_DUPLICATES, &json_error);
    free(text);
    if (!root && json_error_code(&json_error) == json_error_out_of_memory)
        return &error_out_of_memory;
    if (!root)
        return error_create(ERROR_USAGE, "%s:%d:%d: %s", path, json_error.line, json_error.column,
                            json_error.text);
    const char *schema = json_string_value(json_object_get(root, "schema"));
    json_t *breaks = json_object_get(root, "breaks");
    struct baseline *made = calloc(1, sizeof(*made));
    struct error *error = NULL;
    if (!made || !(made->breaks = json_object()))
        error = &error_out_of_memory;
    else if (!schema || strcmp(schema, "strata.baseline/1") || !json_is_array(breaks))
        error = error_create(ERROR_BAD_FORMAT, "%s: is no strata.baseline/1", path);
    for (size_t i = 0; !error && i < json_array_size(breaks); i++)
        error = add_break(made, path, json_array_get(breaks, i));
    json_decref(root);
    if (error)
        baseline_free(made);
    else
        *baseline = made;
    return error;
}

void baseline_free(struct baseline *baseline)
{
    if (baseline)
        json_decref(baseline->breaks);
    free(baseline);
}

static json_t *blessed_value(const struct baseline *baseline, const struct check_result *result,
                             const char *file)
{
    char *key = key_of(result->type_name, result->rule_text, file);
    json_t *value = key ? json_object_get(baseline->breaks, key) : NULL;
    free(key);
    return value;
}

bool baseline_has(const struct baseline *baseline, const struct check_result *result, const struct rule *rule)
{
    if (!baseline)
        return false;
    json_t *blessed = blessed_value(baseline, result, result->file_path);
    if (!blessed && result->file_path) // that was blessed when it was the only file
        blessed = blessed_value(baseline, result, NULL);
    if (!blessed)
        return false;
    if (json_is_null(blessed) || !result->has_value)
        return json_is_null(blessed) && !result->has_value;
    return rule && rule_is_no_worse(rule, result->value, (uint64_t)json_integer_value(blessed));
}

static json_t *to_json(const struct check_result *results, size_t count)
{
    json_t *breaks = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct check_result *result = &results[i];
        if (!result->message)
            continue;
        json_t *value = result->has_value ? json_integer((json_int_t)result->value) : json_null();
        // A name that is no UTF-8 is no JSON text: such a break cannot be blessed.
        // "*" leaves the file out where there is one only.
        json_t *entry = json_pack("{s:s, s:s, s:o, s:s*}", "type", result->type_name, "rule",
                                  result->rule_text, "value", value, "file", result->file_path);
        if (entry)
            json_array_append_new(breaks, entry);
    }
    return json_pack("{s:s, s:o}", "schema", "strata.baseline/1", "breaks", breaks);
}

struct error *baseline_write(const char *path, const struct check_result *results, size_t count)
{
    char *temporary = NULL;
    json_t *root = to_json(results, count);
    if (!root || asprintf(&temporary, "%s.new", path) < 0) {
        json_decref(root);
        return &error_out_of_memory;
    }
    errno = 0;
    struct error *error = NULL;
    if (json_dump_file(root, temporary, JSON_INDENT(2)) || rename(temporary, path)) {
        error = error_system(errno, "%s", path);
        unlink(temporary);
    }
    json_decref(root);
    free(temporary);
    return error;
}
