// SPDX-License-Identifier: MIT
// Prints hashes by the runtime of this very program, for the table of test_hmap_hash_machines.c: the key schedule and the
// keys are set to known bytes first.
//
//	GOARCH=arm64 go build -ldflags=-checklinkname=0 -o v . && qemu-aarch64 ./v
//	GOARCH=386 go build -ldflags=-checklinkname=0 -o v . && ./v && GODEBUG=cpu.aes=off ./v
package main

import (
	"fmt"
	"runtime"
	"strings"
	"unsafe"
)

//go:linkname useAeshash runtime.useAeshash
var useAeshash bool

//go:linkname aeskeysched runtime.aeskeysched
var aeskeysched [128]byte

//go:linkname hashkey runtime.hashkey
var hashkey [4]uintptr

//go:linkname memhash runtime.memhash
func memhash(p unsafe.Pointer, h, s uintptr) uintptr

//go:linkname memhash32 runtime.memhash32
func memhash32(p unsafe.Pointer, h uintptr) uintptr

//go:linkname memhash64 runtime.memhash64
func memhash64(p unsafe.Pointer, h uintptr) uintptr

func main() {
	for i := range aeskeysched {
		aeskeysched[i] = byte(i*37 + 11)
	}
	for i := range hashkey {
		hashkey[i] = uintptr(uint64(0x9e3779b97f4a7c15)*uint64(i+1)) | 1
	}
	var data [1024]byte
	for i := range data {
		data[i] = byte(i*7 + 3)
	}
	seed := uintptr(0x0123456789abcdef & uint64(^uintptr(0)))
	fmt.Printf("// %s %s, AES: %v\n", runtime.GOARCH, strings.Fields(runtime.Version())[0], useAeshash)
	for _, n := range []uintptr{0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 100, 127, 128, 129, 200, 255, 256, 257, 600} {
		fmt.Printf("{%d, UINT64_C(0x%x)},\n", n, uint64(memhash(unsafe.Pointer(&data), seed, n)))
	}
	fmt.Printf("word 4: 0x%x\nword 8: 0x%x\n", uint64(memhash32(unsafe.Pointer(&data), seed)), uint64(memhash64(unsafe.Pointer(&data), seed)))
}
