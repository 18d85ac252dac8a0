// SPDX-License-Identifier: MIT
package main

// One operation a function, each at its own line: strata lab calls reads them from the compiled program.

//go:noinline
func onlyLen(m map[string]int) int { return len(m) }

//go:noinline
func onlyRead(m map[string]int) int { return m["k"] }

//go:noinline
func onlyReadTwo(m map[string]int) (int, bool) { v, ok := m["k"]; return v, ok }

//go:noinline
func onlyWrite(m map[string]int) { m["k"] = 1 }

//go:noinline
func onlyDelete(m map[string]int) { delete(m, "k") }

//go:noinline
func onlyRange(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return
}

//go:noinline
func onlyNilTest(m map[string]int) bool { return m == nil }

//go:noinline
func onlyCopy(m map[string]int) map[string]int { c := m; return c }

func init() {
	experiments["operations"] = func() {
		m := map[string]int{"k": 1}
		onlyWrite(m)
		onlyDelete(m)
		_, ok := onlyReadTwo(m)
		note("%d %d %t %d %t %d", onlyLen(m), onlyRead(m), ok, onlyRange(m), onlyNilTest(m), len(onlyCopy(m)))
	}
}
