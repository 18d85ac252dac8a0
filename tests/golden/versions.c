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

struct demo demo;
struct holder holder;
struct packed packed;
struct swapped swapped;
struct queue queue;
struct kept kept;

int main(void)
{
    return 0;
}
