// SPDX-License-Identifier: MIT
// What BTF has kinds for and fixtures/c has no example of: 64-bit enumerations, tags, forward declarations,
// functions, qualifiers, variables in sections.
#if defined(__has_attribute)
#if __has_attribute(btf_type_tag)
#define TYPE_TAG(name) __attribute__((btf_type_tag(name)))
#define DECL_TAG(name) __attribute__((btf_decl_tag(name)))
#endif
#endif
#ifndef TYPE_TAG
#define TYPE_TAG(name)
#define DECL_TAG(name)
#endif

struct only_declared;
union declared_too;
enum negative { BELOW = -3, ABOVE };
enum wide { FAR = 0x100000000ULL, FARTHER = 0x7fffffffffffffffLL };
typedef int (*callback)(struct only_declared *, const char *, ...);
typedef struct {
    int whole;
    struct {
        short half;
        union {
            char quarter;
            float other;
        };
    };
} without_name;
typedef without_name with_another_name;
typedef const volatile int *const restrict_me;

struct tagged {
    struct tagged TYPE_TAG("rcu") * next;
    int TYPE_TAG("user") TYPE_TAG("percpu") * both;
    int count DECL_TAG("counted");
};

struct more {
    struct only_declared *opaque;
    union declared_too **twice;
    enum negative sign;
    enum wide reach;
    callback call;
    void (*nothing)(void);
    int (*table[3])(int);
    without_name inner;
    with_another_name other;
    int matrix[2][3];
    restrict_me qualified;
    struct tagged tag;
    long *restrict only;
    double number;
    _Bool yes;
    unsigned long long across : 40, rest : 24;
    signed int : 0;
    int one : 1;
    char flexible[];
};

int shared __attribute__((section(".data.shared")));
struct more *more_of_it;
enum wide reached;
static int hidden(struct more *more, int by)
{
    return (int)more->reach + by + shared;
}

int use(struct more *more)
{
    return hidden(more, 3) + (int)reached + (more_of_it != 0);
}
