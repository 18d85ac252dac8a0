// SPDX-License-Identifier: MIT
package main

import (
	"runtime"
	"strings"
	"unsafe"
)

func init() {
	if classic() {
		experiments["load-factor"] = loadFactor
		experiments["shrink"] = shrink
		experiments["grow-atomic"] = growAtomic
	}
}

// Go <= 1.23 has the map that the experiments are about.
func classic() bool {
	for _, version := range []string{"go1.19", "go1.20", "go1.21", "go1.22", "go1.23"} {
		if strings.HasPrefix(runtime.Version(), version) {
			return true
		}
	}
	return false
}

// runtime.hmap
type header struct {
	count      int
	flags      uint8
	B          uint8
	noverflow  uint16
	hash0      uint32
	buckets    unsafe.Pointer
	oldbuckets unsafe.Pointer
	nevacuate  uintptr
	extra      unsafe.Pointer
}

func headerOf(m map[int64]int64) *header {
	return *(**header)(unsafe.Pointer(&m))
}

func loadFactor() {
	m := make(map[int64]int64)
	h := headerOf(m)
	exact, growths, single, b := true, 0, 0, h.B
	for i := int64(0); i < 30000; i++ {
		m[i] = i
		if h.B == b {
			continue
		}
		before := h.count - 1
		if b == 0 {
			single = before
		} else if 2*before != 13<<b {
			exact = false
		}
		b = h.B
		growths++
	}
	note("%d growths, each but the first at 6.5 entries a bucket: %t; the single bucket took %d", growths, exact, single)
	if exact && single == 8 && growths > 8 {
		conclude("holds", "from two buckets on")
	} else {
		conclude("refuted", "growth started at other counts")
	}
}

func shrink() {
	m := make(map[int64]int64)
	for i := int64(0); i < 5000; i++ {
		m[i] = i
	}
	h := headerOf(m)
	full := h.B
	for i := int64(0); i < 5000; i++ {
		delete(m, i)
	}
	deleted := h.B
	m[1] = 1
	for k := range m { // the idiom that compiles to a clear
		delete(m, k)
	}
	note("5000 entries: 2^%d buckets; all deleted: 2^%d; cleared: 2^%d", full, deleted, h.B)
	if deleted == full && h.B == full {
		conclude("holds", "nothing makes B smaller")
	} else {
		conclude("refuted", "the map became smaller")
	}
}

func growAtomic() {
	m := make(map[int64]int64)
	h := headerOf(m)
	key := int64(0)
	for !(h.oldbuckets != nil && h.B == 6) {
		m[key] = 0
		key++
	}
	started, written := key, 0
	for h.oldbuckets != nil {
		m[key] = 0
		key++
		written++
	}
	note("the growth to 2^6 buckets began with entry %d and ended %d writes later", started, written)
	if written > 4 {
		conclude("refuted", "writes carry it out in small parts")
	} else {
		conclude("holds", "no write came between start and end")
	}
}
