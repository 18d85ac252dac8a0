#include "cli/input.h"

#include <stdio.h>
#include <unistd.h>

static unsigned processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > 64 ? 64 : (unsigned)count;
}

static void write_build_id(struct input *input)
{
    const struct object *object = input->object;
    for (size_t i = 0; i < object->build_id_size_bytes && i < sizeof(object->build_id); i++)
        snprintf(input->build_id + 2 * i, 3, "%02x", object->build_id[i]);
}

void input_warn(struct input *input, const struct problems *problems)
{
    for (size_t i = 0; i < problems->length; i++)
        say_warning(&input->warnings, problems->data[i].text);
}

// Types of a skeleton unit are in a file of its own, which strata does not read.
static struct error *check_split(struct input *input)
{
    const struct unit_table *table = input->table;
    const char *example = NULL;
    size_t split = 0;
    for (size_t i = 0; i < table->units_count; i++) {
        if (!table->units[i].dwo_name)
            continue;
        split++;
        example = example ? example : table->units[i].dwo_name;
    }
    if (split == 0)
        return NULL;
    struct error *error =
        error_create(ERROR_UNSUPPORTED,
                     "%s: the types of %zu of %zu units are in .dwo files, which strata cannot read: %s",
                     input->object->debug_path, split, table->units_count, example);
    if (split == table->units_count)
        return error;
    say_warning(&input->warnings, error->message);
    error_free(error);
    return NULL;
}

struct error *input_open(struct input *input, const char *path, const struct common_options *common)
{
    *input = (struct input){.threads = common->threads ? common->threads : processors()};
    struct object_options options = {.debug_folders =
                                         common->debug_folders_count ? common->debug_folders : NULL,
                                     .stay = common->stay,
                                     .threads = input->threads};
    RETURN_IF_ERROR(object_open(path, &options, &input->object));
    const struct object *object = input->object;
    for (size_t i = 0; i < object->warnings_count; i++)
        say_warning(&input->warnings, object->warnings[i]);
    RETURN_IF_ERROR(unit_table_open(object, &input->table));
    input_warn(input, &input->table->problems);
    RETURN_IF_ERROR(check_split(input));
    write_build_id(input);
    input->layout.abi = abi_of_machine(object->elf_machine, object->address_bits);
    input->layout.cacheline_bytes = common->cacheline_bytes;
    input->file = (struct report_file){.path = object->path,
                                       .build_id = input->build_id[0] ? input->build_id : NULL,
                                       .machine = input->layout.abi->name,
                                       .bits = object->address_bits,
                                       .big_endian = object->big_endian};
    return NULL;
}

void input_close(struct input *input)
{
    say_warnings_rest(&input->warnings);
    unit_table_free(input->table);
    object_close(input->object);
    *input = (struct input){0};
}

static void report_progress(void *context, uint64_t bytes_done, uint64_t bytes_total)
{
    progress_update(context, bytes_done, bytes_total);
}

struct error *input_scan_all(struct input *input, struct type_index **index)
{
    struct progress progress;
    progress_start(&progress, "scanning");
    struct scan_progress scan_progress = {report_progress, &progress};
    struct scan_options options = {.threads = input->threads, .progress = &scan_progress};
    struct error *error = scan_all(input->table, &options, index);
    progress_stop(&progress);
    if (!error)
        input_warn(input, &(*index)->problems);
    return error;
}
