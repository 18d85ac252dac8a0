// Prints where the compiler has put things, a line a fact: kind TAB class TAB member TAB value. Compared with the types
// of this very program.
#include <stddef.h>
#include <stdio.h>

// An object of each class, as compilers leave out what is not used.
static const void *volatile used;
#define USE(C) static C object; used = &object
#define SIZE(C) do { USE(C); printf("size\t%s\t-\t%zu\n", #C, sizeof(C)); } while (0)
#define FIELD(C, f)                                                                                          \
    do {                                                                                                     \
        USE(C);                                                                                              \
        printf("field\t%s\t%s\t%zu\t%zu\n", #C, #f, offsetof(C, f) * 8, sizeof(((C *)0)->f) * 8);           \
    } while (0)
// Of a virtual base the place in a complete object.
#define BASE(C, B)                                                                                           \
    do {                                                                                                     \
        static C whole;                                                                                      \
        printf("base\t%s\t%s\t%zu\n", #C, #B, (size_t)((char *)(B *)&whole - (char *)&whole) * 8);           \
    } while (0)

namespace ns {
struct Empty {};
struct Base { int a; char tail; };
struct Derived : Base { char reuses_tail; };                   // not in the tail: Base is POD
struct Closed { Closed() {} private: int a; char b; friend struct Reuse; };
struct Reuse : Closed { Reuse() {} char reuses_tail; };        // in the tail
struct WithEmpty : Empty, Base { char c; static int counted; };
int WithEmpty::counted;
struct Virtual { virtual ~Virtual() {} int v; };
struct Left : virtual Virtual { char l; };
struct Right : virtual Virtual { short r; };
struct Diamond : Left, Right { double d; };
struct Direct : Left, virtual Empty, virtual Base { char c; };
struct Nearly { virtual void n() {} };
struct Primary : virtual Nearly, virtual Base { int p; void n() override {} virtual void q() {} };
template <class T, int N> struct Array { T items[N]; struct Node { T value; Node *next; } node; };
template <class T> struct Bits : virtual Base { unsigned low : 3; unsigned high : 5; T t; };
struct Outer {
    class Inner;
    enum class Colour : unsigned short { red, green };
    union { long l; struct { char x, y; }; };
    Inner *inner;
    Colour colour;
    int Outer::*data;
    int (Outer::*method)(char, ...);
    const volatile int &reference;
    int &&moved;
    decltype(nullptr) null;
    Outer();
};
static int number;
Outer::Outer() : reference(number), moved(static_cast<int &&>(number)) {}
class Outer::Inner { public: int x; char y; };
struct HoldsInner { char c; Outer::Inner whole; };
namespace { struct Hidden { char h; long i; }; }
}
typedef struct { char c; long l; } Named;

int main()
{
    using namespace ns;
    struct Local { char c; int i; } local = {'c', 1};
    static Array<int, 3> array;
    static Hidden hidden;
    used = &array.node;
    printf("# %d %ld %d\n", local.i, hidden.i, array.items[0]); // so that these types are told of
    SIZE(ns::Empty); SIZE(ns::Base); SIZE(ns::Derived); SIZE(ns::Closed); SIZE(ns::Reuse); SIZE(ns::WithEmpty);
    SIZE(ns::Diamond); SIZE(ns::Direct); SIZE(ns::Primary); SIZE(ns::Outer); SIZE(ns::Outer::Inner); SIZE(Named);
    FIELD(ns::Derived, reuses_tail); FIELD(ns::Reuse, reuses_tail); FIELD(ns::WithEmpty, c); FIELD(ns::Diamond, d);
    FIELD(ns::Direct, c); FIELD(ns::Outer, l); FIELD(ns::Outer, y); FIELD(ns::Outer, inner); FIELD(ns::Outer, colour);
    FIELD(ns::Outer, data); FIELD(ns::Outer, method); FIELD(ns::Outer, null);
    FIELD(ns::HoldsInner, whole); FIELD(ns::Outer::Inner, y); FIELD(Named, l); FIELD(ns::Primary, p);
    BASE(ns::Derived, ns::Base); BASE(ns::WithEmpty, ns::Empty); BASE(ns::WithEmpty, ns::Base);
    BASE(ns::Left, ns::Virtual); BASE(ns::Right, ns::Virtual); BASE(ns::Diamond, ns::Left); BASE(ns::Diamond, ns::Right);
    BASE(ns::Direct, ns::Left); BASE(ns::Direct, ns::Empty); BASE(ns::Direct, ns::Base);
    BASE(ns::Primary, ns::Nearly); BASE(ns::Primary, ns::Base); BASE(ns::Bits<char>, ns::Base);
    printf("size\t%s\t-\t%zu\n", "ns::Array<int, 3>", sizeof(Array<int, 3>));
    printf("size\t%s\t-\t%zu\n", "ns::Array<int, 3>::Node", sizeof(Array<int, 3>::Node));
    printf("size\t%s\t-\t%zu\n", "ns::(anonymous namespace)::Hidden", sizeof(Hidden));
    printf("size\t%s\t-\t%zu\n", "main()::Local", sizeof(Local));
    return 0;
}
