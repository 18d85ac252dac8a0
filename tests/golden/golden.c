// Types whose drawn layouts are kept as expected screens. Nothing here is checked against a number typed by
// hand: the oracles do that. This is about what a person sees.
#include <stdbool.h>
#include <stdint.h>

struct demo {
    bool a;
    int64_t b;
    int32_t c;
};

struct bits {
    unsigned ready : 3;
    int count;
    unsigned long wide : 40, narrow : 3;
    char last;
};

typedef struct {
    char tag;
    union {
        int number;
        double real;
        struct demo nested;
    } value;
    struct bits rows[3];
} anonymous_t;

struct large {
    char first;
    struct demo demos[5];
    char block[300];
    struct {
        int x;
        short y;
    };
    void (*call)(int, struct demo *);
    char rest[];
};

struct packed {
    char a;
    int b;
} __attribute__((packed));

struct straddling {
    char head[60];
    struct demo demo __attribute__((packed));
};

struct node {
    struct node *next;
    struct demo payload;
};

typedef struct node node_alias;

struct demo demo;
struct bits bits;
anonymous_t anonymous;
struct large large;
struct packed packed;
struct straddling straddling;
node_alias node;

int main(void)
{
    return 0;
}
