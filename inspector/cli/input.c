#include "cli/input.h"

#include "base/slices.h"

struct type_source_options input_source_options(const struct common_options *common)
{
    return (struct type_source_options){.debug_folders =
                                            common->debug_folders_count ? common->debug_folders : NULL,
                                        .stay = common->stay,
                                        .threads = common->threads ? common->threads : threads_available()};
}

struct error *input_open(struct input *input, const char *path, const struct common_options *common)
{
    const struct type_source_options options = input_source_options(common);
    *input = (struct input){.notices = screen_notices(), .progress = screen_progress()};
    RETURN_IF_ERROR(type_source_open(path, &options, &input->notices.sink, &input->source));
    const struct type_source_facts *facts = &input->source->facts;
    const struct abi *abi = abi_of_machine(facts->machine, facts->address_bits);
    input->query = (struct query){
        .source = input->source,
        .layout = {.abi = abi, .cacheline_bytes = common->cacheline_bytes},
        .threads = options.threads,
        .notices = &input->notices.sink,
        .progress = &input->progress.sink,
    };
    input->file = (struct report_file){.path = facts->path,
                                       .build_id = facts->build_id,
                                       .machine = abi->name,
                                       .bits = facts->address_bits,
                                       .big_endian = facts->big_endian};
    return NULL;
}

void input_close(struct input *input)
{
    say_notices_rest(&input->notices);
    type_source_close(input->source);
    *input = (struct input){0};
}
