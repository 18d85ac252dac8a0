# SPDX-License-Identifier: MIT
"""One source by g++ and by clang++: sizes and offsets are the same, so diff must say that nothing changed, however the two spell the names. And
one that did change is seen through the spelling.
"""
import os
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments, skip

SOURCE = """
#include <cstddef>
template <class T> struct W { T x; char c; };
template <class T, unsigned N> struct A { T x[N]; };
template <auto V> struct K { int a; };
template <class... Ts> struct P { char c; };
enum Col { Red, Green, Far = -3 };
namespace paint { enum Shade { pale = 7, dark }; enum class Tone : short { low = 5, high }; }
template <Col C> struct EC { int a; };
template <paint::Shade S, paint::Tone T = paint::Tone::high> struct ES { char a; long b; };
struct Enumerated { EC<Far> far; ES<paint::dark> es; EC<Green> *pointer; };
EC<Green> e1; EC<Far> e2; ES<paint::pale, paint::Tone::low> e3; ES<paint::dark> e4; Enumerated e5;
struct Vt { virtual ~Vt(); int x; }; Vt::~Vt() {}
struct Use { typedef std::size_t size_type; size_type n; std::nullptr_t np; long double ld; wchar_t w; signed char sc; W<unsigned long> m; W<void *> p;
    W<const char *> cp; int (*fp)(long); int Vt::*pm; char16_t c16; bool b; unsigned long long ull; const volatile long *cv; };
struct Base : W<long>, virtual Vt { W<const void *const *> ap; };
namespace ns { template <class T> struct In { W<T> w; struct Deep { const T *t; } deep; }; }
W<long> w1; W<unsigned long> w2; W<void *> w3; W<const char *> w4; W<int (*)(long)> w5; W<unsigned char> w6; W<W<long>> w7; W<long long> w8; W<bool> w9;
W<W<W<unsigned short>>> w10; W<const volatile int *> w11; W<char *const *> w12; W<long (*)(const char *, unsigned)> w13; W<const W<const char *> *> w14;
A<long, 3> a1; K<5> k1; K<5ul> k2; K<'x'> k3; K<true> k4; K<-1l> k5; Use u; Base b; Vt vv; ns::In<const char *> i1; ns::In<W<short>> i2; P<> p0;
P<int, const char *, unsigned long> p1; P<W<int>, P<long>> p2;
#ifdef CHANGED
template <> struct W<unsigned> { long x; char c; };
template <> struct EC<Red> { long changed; };
#endif
W<unsigned> changes; EC<Red> too;
int main() {}
"""


def main():
    args = arguments()
    strata, failures = Strata(args.strata), Failures()
    gccs = [name for name in ["g++"] + ["g++-%d" % version for version in range(11, 17)] if shutil.which(name)]
    clangs = [name for name in ["clang++"] + ["clang++-%d" % version for version in range(14, 23)] if shutil.which(name)]
    if not gccs or not clangs:
        skip("g++ and clang++ are not both here")
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "x.cc")
        with open(source, "w", encoding="utf-8") as file:
            file.write(SOURCE)

        def build(compiler, *options):
            program = os.path.join(folder, "-".join([compiler, *options]).replace("/", "_"))
            subprocess.run([compiler, "-std=c++20", "-w", "-g", *options, "-c", source, "-o", program], check=True)
            return program

        for gcc in gccs:
            for clang in clangs:
                for option in ("-gdwarf-4", "-gdwarf-5"):
                    old, new = build(gcc, option), build(clang, option)
                    for pair in ((old, new), (new, old)):
                        done = strata.run("diff", *pair, "*W*", "*A*", "K*", "P*", "Use", "Base", "Vt", "ns::*", "E*", "Col", "paint::*", text=True)
                        failures.expect(done.returncode == 0, "%s %s: %s", gcc, clang, done.stdout)
                    changed = build(clang, option, "-DCHANGED")
                    done = strata.run("diff", old, changed, text=True)
                    failures.expect(done.returncode == 1 and "2 changed" in done.stdout and "W<unsigned int>" in done.stdout
                                    and ("EC<Red>" in done.stdout or "EC<(Col)0>" in done.stdout), "%s %s: %s", gcc, clang, done.stdout)
    failures.finish(at_least=6)


main()
