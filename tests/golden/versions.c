// Two versions of one program, for diff: -DNEWER makes the newer one.
#include <stdbool.h>
#include <stdint.h>

struct demo {
    bool a;
#ifdef NEWER
    int16_t early;
#endif
    int64_t b;
    int32_t c;
#ifdef NEWER
    int64_t late;
#endif
};

struct holder {
    char head[40];
    struct {
        struct demo demo;
        int count;
    } inner;
    void *next;
};

struct packed {
    char a;
    int b;
#ifdef NEWER
};
#else
} __attribute__((packed));
#endif

struct swapped {
#ifdef NEWER
    unsigned long count;
    char name[12];
    float ratio;
#else
    char name[12];
    float rate;
    unsigned long count;
#endif
};

#ifdef NEWER
struct fresh {
    int x;
};
struct fresh only;
#else
struct gone {
    int x;
};
struct gone only;
#endif

struct queue {
    _Atomic long head, tail;
    char name[64];
};

struct kept {
    long value;
};

struct lined {
    char first;
    long hot __attribute__((aligned(64)));
    char second;
    long cold[5];
    long other __attribute__((aligned(64)));
};

struct demo demo;
struct holder holder;
struct packed packed;
struct swapped swapped;
struct queue queue;
struct kept kept;
struct lined lined;

int main(void)
{
    return 0;
}
