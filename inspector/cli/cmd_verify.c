// strata verify [FILE …]
#include "check/verify.h"
#include "cli/cmd.h"
#include "cli/input.h"
#include "cli/options.h"
#include "report/verify.h"

#include <stdlib.h>
#include <string.h>

struct verify_options {
    struct common_options common;
    char **paths;
    size_t paths_count;
    bool explain, all;
};

static const struct argp_option command_options[] = {
    {"explain", 'x', NULL, 0, "tell for each witness how it knows", 1},
    {"all", 'a', NULL, 0, "show what agrees, too", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct verify_options *options = state->input;
    (void)argument;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case 'x':
        options->explain = true;
        return 0;
    case 'a':
        options->all = true;
        return 0;
    case ARGP_KEY_ARGS:
        options->paths = state->argv + state->next;
        options->paths_count = (size_t)(state->argc - state->next);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = command_options,
    .parser = parse,
    .args_doc = "[FILE...]",
    .doc = "Lays what independent witnesses say of a layout side by side.\v"
           "Without FILE: the map's own types, by the compiler, by the debug information of the running "
           "executable, by the rule for buckets, and by live memory. With FILE: each type is recomputed by "
           "the rules of the ABI and compared with what is recorded; when the file has Go's hmap, or a C "
           "struct of that name, it becomes one more witness. Exit status 1 when any two disagree.",
    .children = common_children,
};

struct verification {
    const struct verify_options *options;
    struct verify_look look;
    struct output output;
    bool is_json;
    size_t parts, findings;
};

static void print_part(struct verification *verification, struct verifying *verifying,
                       const struct report_file *file)
{
    bool has_check = verifying->has_maps || !file;
    struct verify_part part = {.file = file,
                               .check = has_check ? &verifying->check : NULL,
                               .target = verifying->target,
                               .abi = verifying->has_abi ? &verifying->abi : NULL,
                               .notes = verifying->notes.data,
                               .notes_count = verifying->notes.length};
    if (verification->is_json) {
        output_text(&verification->output, verification->parts ? ",\n" : "");
        verify_json_part(&verification->output, &verification->look, &part);
    } else {
        output_text(&verification->output, verification->parts ? "\n" : "");
        verify_text(&verification->output, &verification->look, &part);
    }
    verification->parts++;
    verification->findings += verify_findings(&part);
}

static struct error *gather_file(struct verifying *verifying, struct input *input, const char *path,
                                 const struct common_options *common, const struct verify_own_options *own,
                                 struct selection *all)
{
    RETURN_IF_ERROR(input_open(input, path, common));
    RETURN_IF_ERROR(select_types(&input->query, NULL, 0, all));
    RETURN_IF_ERROR(verify_maps(verifying, &input->query, all, own));
    RETURN_IF_ERROR(verify_abi(verifying, &input->query, all));
    return crosscheck_judge(&verifying->check);
}

// One FILE, or strata itself when `path` is NULL.
static int verify_one(struct verification *verification, const char *path)
{
    const struct common_options *common = &verification->options->common;
    struct screen_notices notices = screen_notices();
    const struct verify_own_options own = {.source = input_source_options(common),
                                           .cacheline_bytes = common->cacheline_bytes,
                                           .notices = &notices.sink};
    struct verifying verifying;
    struct input input = {0};
    struct selection all = {0};
    verifying_init(&verifying);
    struct error *error =
        path ? gather_file(&verifying, &input, path, common, &own, &all) : verify_own(&verifying, &own);
    if (!error && !path)
        error = crosscheck_judge(&verifying.check);
    int status = EXIT_FINE;
    if (error)
        status = say_error(error);
    else
        print_part(verification, &verifying, path ? &input.file : NULL);
    say_notices_rest(&notices);
    verifying_free(&verifying);
    selection_free(&all);
    input_close(&input);
    return status;
}

int cmd_verify(int argc, char **argv)
{
    static const char *const formats[] = {"text", "json", NULL};
    struct verify_options options = {.common.formats = formats};
    options_parse(&argp, argc, argv, &options);
    struct verification verification = {
        .options = &options,
        .look = {.style = screen_style(&options.common), .explain = options.explain, .all = options.all},
        .output = screen_output(),
        .is_json = !strcmp(options.common.format, "json")};
    int status = EXIT_FINE;
    if (verification.is_json)
        verify_json_begin(&verification.output);
    if (!options.paths_count)
        status = verify_one(&verification, NULL);
    for (size_t i = 0; i < options.paths_count; i++) {
        int one = verify_one(&verification, options.paths[i]);
        status = one > status ? one : status;
    }
    if (verification.is_json)
        verify_json_end(&verification.output, verification.findings);
    if (status == EXIT_FINE && verification.findings)
        status = EXIT_FINDINGS;
    return screen_finish(&verification.output, status);
}
