/* Each truth_TYPE__FIELD is an object of TYPE in which the compiler has set FIELD to ones and nothing else: its bytes show
   where FIELD lies, its symbol's size is TYPE's. No header is included, so that it compiles for every target. */
#define TRUTH(type, label, field, ...) const type truth_##label##__##field = {.field = __VA_ARGS__}
#define ONES(type, label, field) TRUTH(type, label, field, -1)

struct plain { signed char a; long long b; int c; short d[3]; void *e; };
ONES(struct plain, plain, a);
ONES(struct plain, plain, b);
ONES(struct plain, plain, c);
TRUTH(struct plain, plain, d, {-1, -1, -1});
TRUTH(struct plain, plain, e, (void *)-1);

struct bits { int a : 3; unsigned b : 7; unsigned : 0; unsigned c : 5; long long d : 33; unsigned long long e : 31;
              signed char f; short g : 9; unsigned h : 31; };
ONES(struct bits, bits, a);
ONES(struct bits, bits, b);
ONES(struct bits, bits, c);
ONES(struct bits, bits, d);
ONES(struct bits, bits, e);
ONES(struct bits, bits, f);
ONES(struct bits, bits, g);
ONES(struct bits, bits, h);

struct __attribute__((packed)) tight { signed char x; unsigned a : 5; unsigned b : 20; unsigned long long c : 40; int d : 31;
                                       unsigned e : 32; short s; long long f : 60; };
ONES(struct tight, tight, x);
ONES(struct tight, tight, a);
ONES(struct tight, tight, b);
ONES(struct tight, tight, c);
ONES(struct tight, tight, d);
ONES(struct tight, tight, e);
ONES(struct tight, tight, s);
ONES(struct tight, tight, f);

struct narrow { unsigned char a : 3, b : 4, c : 7; _Bool d : 1; signed char e : 8; unsigned short f : 16; unsigned g : 1; };
ONES(struct narrow, narrow, a);
ONES(struct narrow, narrow, b);
ONES(struct narrow, narrow, c);
TRUTH(struct narrow, narrow, d, 1);
ONES(struct narrow, narrow, e);
ONES(struct narrow, narrow, f);
ONES(struct narrow, narrow, g);

union either { int a; long long b; unsigned c : 11; short d[2]; };
ONES(union either, either, a);
ONES(union either, either, b);
ONES(union either, either, c);
TRUTH(union either, either, d, {-1, -1});

enum colour { RED, GREEN, BLUE, LAST = 15 };
struct mixed {
    signed char first;
    union { int in_union; struct { short deep; signed char deeper; }; };
    enum colour colour : 4;
    struct plain nested[2];
    _Alignas(32) int aligned;
    volatile const int qualified;
    int (*function)(int);
    struct { signed char p; int q; } __attribute__((packed)) packed;
    signed char tail[];
};
ONES(struct mixed, mixed, first);
ONES(struct mixed, mixed, in_union);
ONES(struct mixed, mixed, deep);
ONES(struct mixed, mixed, deeper);
TRUTH(struct mixed, mixed, colour, LAST);
ONES(struct mixed, mixed, aligned);
ONES(struct mixed, mixed, qualified);
TRUTH(struct mixed, mixed, function, (int (*)(int)) - 1);
TRUTH(struct mixed, mixed, packed, {-1, -1});

typedef struct { signed char a; struct plain *b; unsigned long long c : 50; } named;
ONES(named, named, a);
TRUTH(named, named, b, (struct plain *)-1);
ONES(named, named, c);

struct list { struct list *next; struct list *const *others[2][3]; named value; };
TRUTH(struct list, list, next, (struct list *)-1);
TRUTH(struct list, list, others, {{(void *)-1, (void *)-1, (void *)-1}, {(void *)-1, (void *)-1, (void *)-1}});
