// SPDX-License-Identifier: MIT
package main

func init() {
	experiments["range-grow"] = rangeGrow
	experiments["range-insert"] = rangeInsert
	experiments["range-delete"] = rangeDelete
}

func rangeGrow() {
	repeated, lost, wild := 0, 0, 0
	for round := 0; round < 200; round++ {
		m := map[int]int{}
		for i := 0; i < 100; i++ {
			m[i] = i
		}
		var seen [100]int
		added := 0
		for k := range m {
			if k < 100 {
				seen[k]++
			} else if k < 1000 || k >= 5000 {
				wild++
			}
			for n := 0; n < 40 && added < 4000; n++ {
				m[1000+added] = 0
				added++
			}
		}
		for _, n := range seen {
			if n == 0 {
				lost++
			} else if n > 1 {
				repeated++
			}
		}
	}
	note("200 ranges over 100 entries with 4000 added on the way: repeated %d, lost %d, wild %d", repeated, lost, wild)
	if repeated+lost+wild == 0 {
		conclude("refuted", "each entry came once")
	} else {
		conclude("holds", "entries were repeated, lost or wild")
	}
}

func rangeInsert() {
	never, once, twice := 0, 0, 0
	for round := 0; round < 2000; round++ {
		m := map[int]int{}
		for i := 0; i < 50; i++ {
			m[i] = i
		}
		seen, step := 0, 0
		for k := range m {
			if k == 1000 {
				seen++
			}
			if step++; step == 25 {
				m[1000] = 0
			}
		}
		switch seen {
		case 0:
			never++
		case 1:
			once++
		default:
			twice++
		}
	}
	note("2000 ranges, one entry added half way: seen once %d times, never %d, twice %d", once, never, twice)
	if once > 0 && never > 0 && twice == 0 {
		conclude("holds", "it depends on where it comes to lie")
	} else {
		conclude("refuted", "what was seen is not that")
	}
}

func rangeDelete() {
	ghosts, lost, repeated := 0, 0, 0
	for round := 0; round < 200; round++ {
		m := map[int]int{}
		for i := 0; i < 300; i++ {
			m[i] = i
		}
		var seen [300]int
		var deleted [300]bool
		for k := range m {
			seen[k]++
			if deleted[k] {
				ghosts++
			}
			if k%2 == 1 {
				other := (k*7 + 1) % 300
				delete(m, other)
				deleted[other] = true
			}
		}
		for i, n := range seen {
			if n == 0 && !deleted[i] {
				lost++
			} else if n > 1 {
				repeated++
			}
		}
	}
	note("200 ranges with deletions on the way: seen after their deletion %d, lost %d, repeated %d", ghosts, lost, repeated)
	if ghosts+lost+repeated == 0 {
		conclude("holds", "nothing was lost or seen again")
	} else {
		conclude("refuted", "deleting disturbs the iterator")
	}
}
