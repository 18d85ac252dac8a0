/* Prints the types of a file that waste bytes, with what wastes them. */
#include <stdio.h>
#include <strata.h>

static int say(struct strata_error *error)
{
    fprintf(stderr, "%s\n", strata_error_message(error));
    strata_error_free(error);
    return 2;
}

int main(int argc, char **argv)
{
    struct strata_file *file = NULL;
    struct strata_types *types = NULL;
    struct strata_error *error = strata_open(argc > 1 ? argv[1] : "", NULL, &file);
    if (!error)
        error = strata_all(file, &types);
    for (size_t i = 0; !error && i < strata_types_count(types); i++) {
        const struct strata_layout *layout;
        if ((error = strata_layout_of(types, i, &layout)) || !layout->own_waste_bits)
            continue;
        printf("%s %s: %llu of %llu bits unused\n", layout->kind, layout->name, (unsigned long long)layout->own_waste_bits,
               (unsigned long long)layout->size_bits);
        for (size_t row = 0; row < layout->rows_count; row++)
            if (layout->rows[row].is_gap)
                printf("    %s at bit %llu\n", layout->rows[row].kind, (unsigned long long)layout->rows[row].offset_bits);
    }
    strata_types_free(types);
    strata_close(file);
    return error ? say(error) : 0;
}
