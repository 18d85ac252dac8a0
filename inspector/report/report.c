#include "report/report.h"

#include <string.h>

const struct report_format *report_format_named(const char *name)
{
    static const struct report_format *const formats[] = {&report_text, &report_json, &report_csv};
    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++)
        if (!strcmp(formats[i]->name, name))
            return formats[i];
    return NULL;
}
