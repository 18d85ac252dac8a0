// Any bytes as a recording: operations or one line of error, also where what is whole is salvaged.
#include "fuzz_file.h"
#include "watch/watch_recording.h"

#include <string.h>

static void exercise(const char *path)
{
    for (int salvage = 0; salvage < 2; salvage++) {
        struct recording recording = {0};
        struct error *error = recording_read(&recording, path, salvage != 0);
        if (error && strchr(error->message, '\n'))
            abort();
        error_free(error);
        recording_free(&recording);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    fuzz_file(data, size_bytes, exercise);
    return 0;
}
