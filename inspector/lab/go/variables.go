// SPDX-License-Identifier: MIT
package main

import (
	"encoding/json"
	"strings"
	"unsafe"
)

func init() {
	experiments["nil-assign"] = nilAssign
	experiments["nil-pointer"] = nilPointer
	experiments["zero-value"] = zeroValue
	experiments["json-null"] = jsonNull
	experiments["pass-map"] = passMap
	experiments["pass-pointer"] = passPointer
	experiments["shallow-copy"] = shallowCopy
	experiments["deferred-write"] = deferredWrite
	experiments["demo-struct"] = demoStruct
}

func nilAssign() {
	var m map[int64]int64
	_, found := m[7]
	ranged := 0
	reads := panicOf(func() {
		delete(m, 7)
		for range m {
			ranged++
		}
	})
	write := panicOf(func() { m[7] = 1 })
	note("len(nil) = %d, nil[7] found: %t, delete and range: %s", len(m), found, reads)
	note("nil[7] = 1: %s", write)
	if !found && ranged == 0 && reads == "no panic" && strings.Contains(write, "assignment to entry in nil map") {
		conclude("holds", "only the write panics")
	} else {
		conclude("refuted", "a nil map does not behave so")
	}
}

func nilPointer() {
	var p *map[int64]int64
	var m map[int64]int64
	through := panicOf(func() { _ = len(*p) })
	p = &m
	read, write := panicOf(func() { _ = len(*p) }), panicOf(func() { (*p)[7] = 1 })
	note("p = nil: len(*p): %s", through)
	note("p = &m, m = nil: len(*p): %s; (*p)[7] = 1: %s", read, write)
	if through != "no panic" && read == "no panic" && write != "no panic" {
		conclude("holds", "the pointer's nil cannot even be read, the map's can")
	} else {
		conclude("refuted", "the two cannot be told apart")
	}
}

type counters struct {
	name string
	hits map[int64]int64
}

//go:noinline
func (c *counters) hit(id int64) { c.hits[id]++ }

func zeroValue() {
	c := counters{name: "requests"}
	_, found := c.hits[7]
	write := panicOf(func() { c.hit(7) })
	note("counters{name: %q}: len(c.hits) = %d, c.hits[7] found: %t", c.name, len(c.hits), found)
	note("c.hits[7]++: %s", write)
	c.hits = make(map[int64]int64)
	made := panicOf(func() { c.hit(7) })
	note("after c.hits = make(map[int64]int64): c.hits[7]++: %s", made)
	if !found && strings.Contains(write, "assignment to entry in nil map") && made == "no panic" {
		conclude("holds", "only the path that writes tells nil from empty")
	} else {
		conclude("refuted", "a zero struct's map does not behave so")
	}
}

func jsonNull() {
	isNil := map[string]bool{}
	for _, text := range []string{`{}`, `{"limits": {}}`, `{"limits": null}`} {
		config := struct {
			Limits map[string]int `json:"limits"`
		}{map[string]int{}}
		err := json.Unmarshal([]byte(text), &config)
		write := panicOf(func() { config.Limits["cpu"] = 2 })
		isNil[text] = write != "no panic"
		note("%s: error %v; writing: %s", text, err, write)
	}
	if !isNil[`{}`] && !isNil[`{"limits": {}}`] && isNil[`{"limits": null}`] {
		conclude("holds", "encoding/json sets a map to nil for null, without an error")
	} else {
		conclude("refuted", "null does not end so")
	}
}

//go:noinline
func assigns(m map[string]int) { m["x"] = 1 }

//go:noinline
func replaces(m map[string]int) { m = map[string]int{"y": 2}; assigns(m) }

func passMap() {
	m := map[string]int{}
	assigns(m)
	replaces(m)
	_, x := m["x"]
	_, y := m["y"]
	note("a map variable has %d bytes; after the callee's m[\"x\"] = 1 the caller sees it: %t", unsafe.Sizeof(m), x)
	note("after the callee's m = map[string]int{\"y\": 2} the caller sees y: %t", y)
	if x && !y {
		conclude("refuted", "entries are shared, the variable is not")
	} else {
		conclude("holds", "the caller does not see the callee's entries")
	}
}

//go:noinline
func replacesBehind(p *map[string]int) { *p = map[string]int{"y": 2} }

func passPointer() {
	m := map[string]int{"x": 1}
	replacesBehind(&m)
	_, x := m["x"]
	note("after *p = map[string]int{\"y\": 2}: m[\"x\"] there: %t, m[\"y\"] = %d", x, m["y"])
	if !x && m["y"] == 2 {
		conclude("holds", "the pointer leads to the caller's variable")
	} else {
		conclude("refuted", "the caller's map was not replaced")
	}
}

func shallowCopy() {
	m1 := map[int]int{1: 10}
	clone := map[int]int{}
	for k, v := range m1 {
		clone[k] = v
	}
	m2 := m1
	for i := 2; i <= 1000; i++ {
		m2[i] = i
	}
	note("999 entries through m2: len(m1) = %d, len(clone) = %d", len(m1), len(clone))
	if len(m1) == 1000 && len(clone) == 1 {
		conclude("holds", "both variables hold the same header")
	} else {
		conclude("refuted", "copies do not share")
	}
}

//go:noinline
func deferring(m map[int]int) (before bool) {
	defer func() { m[1] = 10 }()
	_, before = m[1]
	return
}

func deferredWrite() {
	m := map[int]int{}
	before := deferring(m)
	_, after := m[1]
	note("inside of the function: %t, after it has returned: %t", before, after)
	if !before && after {
		conclude("refuted", "the deferred write is done before the caller goes on")
	} else {
		conclude("holds", "the caller does not see it")
	}
}

func demoStruct() {
	var d struct {
		a bool
		b int64
		c int32
	}
	var r struct {
		b int64
		c int32
		a bool
	}
	note("struct { bool; int64; int32 }: %d bytes, the int32 at %d; reordered: %d", unsafe.Sizeof(d), unsafe.Offsetof(d.c), unsafe.Sizeof(r))
	if unsafe.Sizeof(d) == 24 && unsafe.Offsetof(d.c) == 16 {
		conclude("holds", "padding makes it so")
	} else {
		conclude("refuted", "this machine lays it out in another way")
	}
}
