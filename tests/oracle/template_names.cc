// Template arguments of every kind, for template_names.py.
#include <cstddef>

namespace ns {
template <class T> struct Box {
    T v;
    struct Node {
        T x;
        Box *up;
    } node;
    enum Kind { k0 } kind;
};
struct A {
    int a;
    virtual ~A() {}
};
enum class Color : unsigned char { red, green = 5 };
enum Plain { p0, p9 = 9 };
inline namespace v1 {
struct In {
    int i;
};
} // namespace v1
} // namespace ns
namespace {
struct Hidden {
    int h;
};
} // namespace
template <auto V> struct Val { char c; };
template <class T, T V> struct TV { char c; };
template <template <class> class C, class T> struct TT { C<T> v; };
template <class... Ts> struct Pack { char c; };
template <int... Is> struct Seq { char c; };
template <class A, class... B, class F> void dummy(F) {}
template <class T> struct Deep { ns::Box<ns::Box<T>> v; };
template <class T> using Alias = ns::Box<T>;
template <class T> int local(T t) { struct Loc { T a; char b; } l{t, 1}; struct Other { Loc q; } o{l}; return sizeof(o); }
template <class T> union Un { T t; char c; };
template <class T> class Derived : public ns::Box<T>, virtual public ns::A { T more; };
struct Conv { template <class T> struct In { T t; }; template <class T> operator T() { struct Q { T x; } q{}; return q.x; } };
ns::Box<int> b1; ns::Box<ns::A *> b2; ns::Box<const char *> b3; ns::Box<const ns::A *const> *b4; ns::Box<int &> *b5; ns::Box<int &&> *b6;
ns::Box<int[3]> b7; ns::Box<int (*)[4]> b8; ns::Box<void (*)(int, char)> b9; ns::Box<int (ns::A::*)(int) const> b10; ns::Box<int ns::A::*> b11;
ns::Box<Hidden> b12; Hidden *use() { return &b12.v; }
Pack<void (int), int (), void (int, ...), int[2][3], void *, const volatile int, std::nullptr_t> p1; Pack<> p2; Pack<ns::In, unsigned char, signed char, long long, unsigned long, long double, wchar_t, char16_t, bool, __int128> p3;
Seq<> s0; Seq<1, -2, 3> s1;
Val<3> v1; Val<3u> v2; Val<-3l> v3; Val<3ul> v4; Val<3ll> v5; Val<3ull> v6; Val<(short)-3> v7; Val<(unsigned short)3> v8; Val<'a'> v9; Val<'\n'> v10; Val<(char)-1> v11; Val<(signed char)-5> v12; Val<(unsigned char)200> v13; Val<true> v14; Val<ns::Color::green> v15; Val<ns::p9> v16; Val<nullptr> v17; Val<L'a'> v18; Val<u'a'> v19; Val<U'a'> v20; Val<'\''> v21; Val<'\\'> v22; Val<(unsigned char)'x'> v23; Val<(__int128)5> v24;
int global; Val<&global> v25;
TV<unsigned, 7> tv; TT<ns::Box, int> tt; TT<Alias, int> ta; Deep<int> d; Alias<char> al; Un<int> un; Derived<int> de; Conv::In<Conv::In<int>> ci; Pack<Pack<int>, Pack<>> pp; Pack<int (*(*)(int))(char)> fp; Pack<const ns::Box<int> &> cr; Pack<int *const *> pc; Pack<const int[3]> ca; Pack<void () const> fc; Pack<void () &&> fr; Pack<int (ns::A::*)() volatile &> fm; Pack<const int *volatile *const> cv;
auto lam = [] { return 1; }; ns::Box<decltype(lam)> bl;
struct { int q; } anon; ns::Box<decltype(anon)> ba;
Pack<int __attribute__((vector_size(16)))> vec; Pack<_Complex double> cplx;
int main() { Conv c; return local(1) + local('a') + (int)c; }
