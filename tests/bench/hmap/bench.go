// The same loops as bench.c, over Go's map.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"
)

// now is the CPU time of this thread: on a busy machine the time of day tells of the neighbours.
func now() int64 {
	const threadCPUTime = 3
	var t syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, threadCPUTime, uintptr(unsafe.Pointer(&t)), 0)
	return t.Nano()
}

type random uint64

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func shuffled(n int) []int {
	r, order := random(n), make([]int, n)
	for i := range order {
		j := int(r.next() % uint64(i+1))
		order[i] = order[j]
		order[j] = i
	}
	return order
}

const operations = 2000000 // a measurement

var sink int64

func report(kind, what string, n int, elapsed int64, count int) {
	fmt.Printf("%s %s %d %.3f\n", kind, what, n, float64(elapsed)/float64(count))
}

func bench[K comparable](kind string, n int, present, absent []K, newMap func(int) map[K]int64) {
	maps := operations / 4 / n
	if maps < 1 {
		maps = 1
	}
	if maps > 20000 {
		maps = 20000
	}
	for pass, what := range []string{"insert", "insert-hint"} {
		hint := 0
		if pass == 1 {
			hint = n
		}
		start := now()
		for i := 0; i < maps; i++ {
			m := newMap(hint)
			for j, k := range present {
				m[k] = int64(j)
			}
			sink += int64(len(m))
		}
		report(kind, what, n, now()-start, maps*n)
	}
	m := newMap(0)
	for j, k := range present {
		m[k] = int64(j)
	}
	rounds := operations / n
	if rounds < 1 {
		rounds = 1
	}
	for _, look := range []struct {
		what string
		keys []K
	}{{"hit", present}, {"miss", absent}} {
		keys := make([]K, n)
		for i, at := range shuffled(n) {
			keys[i] = look.keys[at]
		}
		start := now()
		sum := int64(0)
		for i := 0; i < rounds; i++ {
			for _, k := range keys {
				sum += m[k]
			}
		}
		report(kind, look.what, n, now()-start, rounds*n)
		sink += sum
	}
	start := now()
	sum := int64(0)
	for i := 0; i < rounds; i++ {
		for _, v := range m {
			sum += v
		}
	}
	report(kind, "iterate", n, now()-start, rounds*n)
	sink += sum
	many := make([]map[K]int64, maps)
	for i := range many {
		many[i] = newMap(0)
		for j, k := range present {
			many[i][k] = int64(j)
		}
	}
	start = now()
	for _, m := range many {
		for _, k := range present {
			delete(m, k)
		}
	}
	report(kind, "delete", n, now()-start, maps*n)
}

func main() {
	runtime.LockOSThread()
	for _, argument := range os.Args[1:] {
		n, _ := strconv.Atoi(argument)
		r := random(n)
		ints, texts := make([]int64, 2*n), make([]string, 2*n)
		for i := range ints {
			ints[i] = int64(r.next())
			texts[i] = fmt.Sprintf("key-%08d", i)
		}
		bench("int64", n, ints[:n], ints[n:], func(hint int) map[int64]int64 { return make(map[int64]int64, hint) })
		bench("string", n, texts[:n], texts[n:], func(hint int) map[string]int64 { return make(map[string]int64, hint) })
	}
}
