// SPDX-License-Identifier: MIT
package main

import (
	"math"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
)

func init() {
	experiments["interface-key"] = interfaceKey
	experiments["key-drift"] = keyDrift
	experiments["nan-key"] = nanKey
	experiments["zero-keys"] = zeroKeys
	experiments["closure-leak"] = closureLeak
}

func interfaceKey() {
	m := map[any]int{}
	write := panicOf(func() { m[[]int{}] = 5 })
	read := panicOf(func() { _ = m[[]int{}] })
	m[int64(1)] = 1
	_, other := m[int32(1)]
	note("m[[]int{}] = 5: %s", write)
	note("m[[]int{}] read: %s; m[int64(1)] is set, m[int32(1)] there: %t", read, other)
	if strings.Contains(write, "unhashable") && strings.Contains(read, "unhashable") && !other {
		conclude("holds", "the dynamic type decides")
	} else {
		conclude("refuted", "interface keys behave in another way")
	}
}

//go:noinline
func boxed(n int64) any {
	box := n
	return box
}

func keyDrift() {
	m := map[any]int{boxed(12345): 5}
	found := 0
	var kept []any
	for i := 0; i < 100; i++ {
		key := boxed(12345)
		kept = append(kept, key)
		if m[key] == 5 {
			found++
		}
	}
	note("int64(12345) boxed %d times anew: found %d times", len(kept), found)
	if found == 100 {
		conclude("refuted", "the value is hashed, not where it lies")
	} else {
		conclude("holds", "the address plays a part")
	}
}

func nanKey() {
	m := map[float64]int{}
	nan := math.NaN()
	for i := 0; i < 3; i++ {
		m[nan] = i
	}
	inserted := len(m)
	_, found := m[nan]
	delete(m, nan)
	left, seen := len(m), 0
	for range m {
		seen++
	}
	note("m[NaN] three times: len %d, found: %t, after delete: %d, seen by range: %d", inserted, found, left, seen)
	if inserted == 3 && !found && left == 3 && seen == 3 {
		conclude("holds", "a NaN equals nothing")
	} else {
		conclude("refuted", "NaN keys behave in another way")
	}
}

func zeroKeys() {
	m := map[float64]int{}
	m[0] = 1
	m[math.Copysign(0, -1)] = 2
	sign := false
	for k := range m {
		sign = math.Signbit(k)
	}
	note("m[+0] = 1, m[-0] = 2: len %d, m[+0] = %d, the stored key is negative: %t", len(m), m[0], sign)
	if len(m) == 1 && m[0] == 2 {
		conclude("holds", "they are equal")
	} else {
		conclude("refuted", "they are two keys")
	}
}

func closureLeak() {
	var collected int32
	m := map[int]func() int{}
	for i := 0; i < 20; i++ {
		captured := &[1024]int{i}
		runtime.SetFinalizer(captured, func(*[1024]int) { atomic.AddInt32(&collected, 1) })
		m[i] = func() int { return captured[0] }
	}
	for i := 0; i < 20; i++ {
		delete(m, i)
	}
	for i := 0; i < 100 && atomic.LoadInt32(&collected) < 20; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	note("20 closures deleted: what %d of them captured was collected", atomic.LoadInt32(&collected))
	if atomic.LoadInt32(&collected) == 20 {
		conclude("refuted", "the collector frees it all")
	} else {
		conclude("holds", "something is still held")
	}
	runtime.KeepAlive(m)
}
