// SPDX-License-Identifier: MIT
//go:build go1.24

package main

import (
	"runtime"
	"strings"
	"unsafe"
)

// internal/runtime/maps.Map and table
type swissMap struct {
	used      uint64
	seed      uintptr
	directory unsafe.Pointer
	length    int
	depth     uint8
	shift     uint8
	writing   uint8
	possible  uint8
	clearSeq  uint64
}

type swissTable struct {
	used       uint16
	capacity   uint16
	growthLeft uint16
	localDepth uint8
	index      int
	groups     unsafe.Pointer
	lengthMask uint64
}

func swissOf[K comparable](m map[K]int64) *swissMap {
	return *(**swissMap)(unsafe.Pointer(&m))
}

func (m *swissMap) tables() (all []*swissTable) {
	for i, t := range unsafe.Slice((**swissTable)(m.directory), m.length) {
		if t.index == i {
			all = append(all, t)
		}
	}
	return
}

// slots of all tables, or of the one group, and tombstones in them.
func (m *swissMap) slots() (slots, tombstones int) {
	if m.length == 0 && m.directory != nil {
		return 8, 0
	}
	for _, t := range m.tables() {
		slots += int(t.capacity)
		tombstones += int(t.capacity)/8*7 - int(t.used) - int(t.growthLeft)
	}
	return
}

// What came with Go 1.25.
func since125() bool {
	return !strings.HasPrefix(runtime.Version(), "go1.24")
}

func verdict(good bool, word, reason string) {
	if good {
		conclude(word, "%s", reason)
	} else {
		other := map[string]string{"holds": "refuted", "refuted": "holds", "partly": "refuted"}
		conclude(other[word], "this map does something else")
	}
}
