#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes small files to start a fuzzer from, in the folder given.
set -eu
seeds=$(cd "$(dirname "$0")" && pwd)/seeds
mkdir -p "$1"
corpus=$(cd "$1" && pwd)
# Fuzzers of one area are built at the same time and share a corpus: each makes it aside.
aside=$(mktemp -d)
trap 'rm -rf "$aside"' EXIT
cd "$aside"
case $1 in
*/alternate)
    # Two files in one, see fuzz_cli_alternate.c: four bytes of size, the file, the one it refers to.
    command -v dwz >/dev/null || exit 0
    for version in 4 5; do
        i=0
        while [ $i -lt 24 ]; do
            echo "struct shared$i { char a; long b; struct shared$i *next; }; struct shared$i used$i;"
            i=$((i + 1))
        done >seed.c
        for name in one two; do
            gcc -g -gdwarf-$version -shared -nostdlib -o $name seed.c
        done
        dwz -m common one two
        objcopy --dump-section .gnu_debugaltlink=link one unused
        printf '/proc/self/fd/1000\000' >new-link
        tail -c 20 link >>new-link # the build-id
        objcopy --update-section .gnu_debugaltlink=new-link one
        size=$(wc -c <one)
        printf "$(printf '\\%03o\\%03o\\%03o\\%03o' $((size & 255)) $((size >> 8 & 255)) $((size >> 16 & 255)) 0)" >dwarf$version
        cat one common >>dwarf$version
    done
    mv dwarf* "$corpus"
    exit 0
    ;;
*/source)
    # Files that hold or name others, see fuzz_source_inputs.c: four bytes of size, the file, the one it names.
    pair() {
        size=$(wc -c <"$2")
        printf "$(printf '\\%03o\\%03o\\%03o\\%03o' $((size & 255)) $((size >> 8 & 255)) $((size >> 16 & 255)) 0)" >"$corpus/$1"
        cat "$2" "$3" >>"$corpus/$1"
    }
    echo 'struct one { char a; long b; struct one *next; } first; int main(void) { return first.a; }' >one.c
    echo 'struct two { char a; long b; struct one *next; } second;' >two.c
    : >none
    for version in 4 5; do
        gcc -g -gdwarf-$version -c one.c two.c
        for name in one two; do
            # The skeleton names the second file.
            gcc -g -gdwarf-$version -gsplit-dwarf -S -o $name.s $name.c
            sed "s|\"[^\"]*$name\.dwo\"|\"/proc/self/fd/1000\"|" $name.s >$name-named.s
            gcc -c -o $name-whole.o $name-named.s
            objcopy --extract-dwo $name-whole.o $name.dwo
            objcopy --strip-dwo $name-whole.o $name-skeleton.o
        done
        pair split$version one-skeleton.o one.dwo
        pair itself$version one-skeleton.o one-skeleton.o
        for packer in dwp llvm-dwp; do
            rm -f packed.dwp
            timeout 20 $packer one.dwo two.dwo -o packed.dwp 2>/dev/null && pair $packer$version packed.dwp none || true
        done
    done
    ar cr plain.a one.o two.o
    pair archive plain.a one.o
    cp two.o a_name_longer_than_sixteen.o
    ar cr long.a one.o a_name_longer_than_sixteen.o
    pair long long.a none
    printf '!<thin>\n%-16s%-12s%-6s%-6s%-8s%-10s`\n/proc/self/fd/1000/\n\n%-16s%-12s%-6s%-6s%-8s%-10s`\n' // '' '' '' '' 20 /0 0 0 0 644 1 >thin.a
    pair thin thin.a one.o
    pair thin-archive thin.a plain.a
    pair thin-itself thin.a thin.a
    # The member at 8 of the archive that a thin one leads into.
    ar crS tableless.a one.o
    printf '!<thin>\n%-16s%-12s%-6s%-6s%-8s%-10s`\n/proc/self/fd/1000/\n\n%-16s%-12s%-6s%-6s%-8s%-10s`\n' // '' '' '' '' 20 /0:8 0 0 0 644 1 >nested.a
    pair nested nested.a tableless.a
    pair nested-itself nested.a nested.a
    printf '!<arch>\n%-16s%-12s%-6s%-6s%-8s%-10s`\none.o\0\0\0' '#1/8' 0 0 0 644 $(($(wc -c <one.o) + 8)) >bsd.a
    cat one.o >>bsd.a
    pair bsd bsd.a none
    for packer in gzip xz zstd; do
        command -v $packer >/dev/null || continue
        $packer -c one.o >one.packed
        pair $packer one.packed none
        ar cr packed.a one.packed
        pair archive-of-$packer packed.a none
    done
    cp "$seeds/source"/* "$corpus" # of fuzz_source_index.c
    exit 0
    ;;
*/formats)
    command -v clang >/dev/null || exit 0
    PATH=$PATH:$(dirname "$(readlink -f "$(command -v clang)")") # llvm-lipo and ld64.lld may be there alone
    echo 'struct one { char a; long b : 9; struct one *next; } first; int use(void) { return first.a; }' >c.c
    echo 'struct A { virtual void f(); int a; }; struct B : virtual A { char b; void f(); } b; void A::f() {} void B::f() {}' >d.cc
    for target in x86_64-apple-macos11 arm64-apple-macos11 i386-apple-macos10.13 armv7-apple-ios9 x86_64-w64-mingw32 i686-w64-mingw32 aarch64-w64-mingw32 wasm32 wasm64; do
        for version in 4 5; do
            clang --target=$target -ffreestanding -g -gdwarf-$version -c c.c -o "$target-$version" 2>/dev/null || true
        done
        clang --target=$target -ffreestanding -g -c d.cc -o "$target-cc" 2>/dev/null || true
    done
    clang --target=x86_64-pc-windows-msvc -g -gcodeview -c c.c -o codeview
    llvm-lipo -create x86_64-apple-macos11-4 arm64-apple-macos11-5 -output universal || true
    llvm-ar --format=darwin crs darwin.a arm64-apple-macos11-4 && cp darwin.a darwin || true
    llvm-ar crs coff.lib x86_64-w64-mingw32-4 && cp coff.lib coff || true
    llvm-lipo -create darwin.a -output universal-archive || true
    ld64.lld -arch arm64 -platform_version macos 11.0 11.0 -e _use -o macho arm64-apple-macos11-4 && dsymutil macho -o x.dSYM && cp x.dSYM/Contents/Resources/DWARF/* dsym || true
    lld-link /entry:use /nodefaultlib /subsystem:console /debug /out:pdb.exe codeview || true
    wasm-ld --no-entry --export-all wasm32-4 -o wasm || true
    for bits in x86_64 i686; do
        command -v $bits-w64-mingw32-gcc >/dev/null || continue
        $bits-w64-mingw32-gcc -g -Wa,-mbig-obj -c c.c -o bigobj-$bits
        $bits-w64-mingw32-gcc -g -nostdlib -Wl,--build-id -Wl,-e,use c.c -o program-$bits 2>/dev/null || true
    done
    rm -rf x.dSYM c.c d.cc ./*.a ./*.lib ./*.pdb
    mv -f -- * "$corpus"
    exit 0
    ;;
*/check | */query | */watch)
    # Texts and recordings: small enough to stand in the repository.
    cp "$seeds/${1##*/}"/* "$corpus"
    exit 0
    ;;
esac
case $1 in
*/gomap) # changes of a program's core: which one, what, where, a value
    for core in 0 1 2 3; do
        printf "\\00$core" >core$core
        printf "\\00${core}abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz" >changes$core
    done
    exit 0
    ;;
esac
case $1 in
*/explain)
    # What Go printed, bare, in JSON, escaped, behind a prefix.
    for log in "$seeds"/../../oracle/explain/*.log; do
        name=$(basename "$log" .log)
        cp "$log" "$name"
        sed 's/^/shop-1  | /' "$log" >"$name.prefix"
        sed 's/\\/\\\\/g; s/"/\\"/g; s/\t/\\t/g; s/.*/{"log":"&\\n","stream":"stderr"}/' "$log" >"$name.json"
        tr '\n\t' '##' <"$log" | sed 's/#/#012/g' >"$name.rsyslog"
    done
    exit 0
    ;;
esac
cat >seed.c <<'END'
struct inner { char tag; long long wide; struct inner *next; };
union either { int whole; unsigned char part[4]; };
struct outer { char a; struct inner nested[3]; union either u; unsigned low : 3, high : 5; } shared;
int main(void) { return shared.a; }
END
for version in 2 3 4 5; do
    gcc -g -gdwarf-$version -c -o object$version seed.c
done
gcc -g -gdwarf-4 -fdebug-types-section -c -o units seed.c
gcc -g -gz=zlib -c -o zlib seed.c
gcc -g -nostdlib -static -Wl,-e,main -Wl,--build-id -o linked seed.c
gcc -g -gdwarf-5 -gsplit-dwarf -c -o skeleton seed.c
objcopy --compress-debug-sections=zstd linked zstd
objcopy --compress-debug-sections=zlib-gnu linked zdebug
if command -v clang >/dev/null; then
    for target in powerpc mips64el riscv64 s390x; do
        clang --target=$target-linux-gnu -ffreestanding -g -c -o $target seed.c
    done
fi
case $1 in
*/btf)
    # BTF alone and in sections, of both byte orders; a split one with its distilled base is what a fuzzer makes of
    # two sections.
    if command -v clang >/dev/null; then
        for target in bpfel bpfeb; do
            clang --target=$target -g -c -o $target seed.c
            llvm-objcopy --dump-section=.BTF=$target.btf $target 2>/dev/null || objcopy -O binary --only-section=.BTF $target $target.btf || true
            objcopy --add-section .BTF=$target.btf --add-section .BTF.base=$target.btf linked $target.two || true
        done
    fi
    if command -v pahole >/dev/null; then
        pahole -J object4 && pahole --btf_encode_detached=detached -J object4 || true
    fi
    ;;
esac
rm -f seed.c
mv -f -- * "$corpus"
