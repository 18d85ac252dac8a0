// SPDX-License-Identifier: MIT
//go:build go1.24

package main

import "maps"

func init() {
	experiments["swiss-load-factor"] = swissLoadFactor
	experiments["swiss-split"] = swissSplit
	experiments["swiss-at-once"] = swissAtOnce
	experiments["swiss-tombstones"] = swissTombstones
	experiments["swiss-turnover"] = swissTurnover
	experiments["swiss-prune"] = swissPrune
	experiments["swiss-hint"] = swissHint
	experiments["swiss-clear"] = swissClear
	experiments["swiss-shrink"] = swissShrink
	experiments["swiss-clone"] = swissClone
	experiments["swiss-range-grow"] = swissRangeGrow
}

func swissLoadFactor() {
	m := map[int64]int64{}
	h := swissOf(m)
	exact, growths, before := true, 0, 8
	for i := int64(0); i < 512; i++ {
		m[i] = i
		slots, _ := h.slots()
		if slots == before {
			continue
		}
		want := before / 8 * 7
		if growths == 0 {
			want = 8
		}
		exact = exact && len(m)-1 == want
		before = slots
		growths++
	}
	note("%d growths, each but the first at 7/8 of the slots: %t", growths, exact)
	verdict(exact && growths == 7, "holds", "only the single group of a small map is filled")
}

func swissSplit() {
	m := map[int64]int64{}
	h := swissOf(m)
	first, splits, doublings, tables, length := 0, 0, 0, 0, 0
	oneByOne := true
	for i := int64(0); i < 20000; i++ {
		m[i] = i
		now := len(h.tables())
		if tables > 0 && now != tables {
			oneByOne = oneByOne && now == tables+1
			splits++
			if splits == 1 {
				first = len(m)
			}
			if h.length != length {
				doublings++
			}
		}
		tables, length = now, h.length
	}
	note("first with entry %d; %d splits, %d doubled directories, %d tables in %d entries", first, splits, doublings, tables, length)
	verdict(first == 897 && oneByOne && doublings < splits, "holds", "one table becomes two at a time")
}

func swissAtOnce() {
	m := map[int64]int64{}
	h := swissOf(m)
	most := 0
	for i := int64(0); i < 20000; i++ {
		old := h.tables()
		m[i] = i
		for _, t := range old {
			if t.index == -1 && int(t.used) > most { // replaced by this insert, and nothing points to it any more
				most = int(t.used)
			}
		}
	}
	note("the most that one insert moved is %d entries", most)
	verdict(most > 512 && most < 1024, "refuted", "the insert that finds a table full moves all of it")
}

func swissTombstones() {
	m := map[int64]int64{}
	h := swissOf(m)
	for i := int64(0); i < 800; i++ {
		m[i] = i
	}
	freed, made := 0, 0
	for i := int64(0); i < 400; i++ {
		t := h.tables()[0]
		left := t.growthLeft
		delete(m, i)
		if t.growthLeft > left {
			freed++
		} else {
			made++
		}
	}
	_, tombstones := h.slots()
	note("400 of 800 entries deleted: %d slots empty at once, %d became tombstones", freed, made)
	verdict(freed > 0 && made > 0 && tombstones == made, "partly", "only where the group has an empty slot")
}

const live, turns = 100, 400000

func turnOver[K int64 | float64]() (slots, tombstones int) {
	m := map[K]int64{}
	for i := int64(0); i < turns; i++ {
		m[K(i)] = i
		if i >= live {
			delete(m, K(i-live))
		}
	}
	return swissOf(m).slots()
}

func swissTurnover() {
	slots, tombstones := turnOver[int64]()
	note("%d live keys after %d turns: %d slots, %d tombstones", live, turns, slots, tombstones)
	if since125() {
		verdict(slots <= 256, "partly", "since 1.25 a full table drops tombstones")
	} else {
		verdict(slots > 256, "partly", "in 1.24 tombstones go only when a table grows")
	}
}

func swissPrune() {
	ints, _ := turnOver[int64]()
	floats, _ := turnOver[float64]()
	note("%d keys, %d turns: int64 %d slots, float64 %d slots", live, turns, ints, floats)
	if since125() {
		verdict(ints <= 256 && floats > 256, "partly", "not those of float keys")
	} else {
		verdict(ints > 256 && floats > 256, "partly", "nothing is pruned in 1.24")
	}
}

func swissHint() {
	single, grown := true, 0
	for _, hint := range []int{8, 9, 14, 15, 100, 448, 896, 897, 1793, 3585} {
		for round := 0; round < 10; round++ { // another seed each time
			m := make(map[int64]int64, hint)
			h := swissOf(m)
			made, _ := h.slots()
			tables := len(h.tables())
			for i := 0; i < hint; i++ {
				m[int64(i)] = 0
			}
			slots, _ := h.slots()
			if round == 0 {
				note("hint %d: %d tables, %d slots; filled: %d slots", hint, tables, made, slots)
			}
			if tables == 1 {
				single = single && slots == made
			} else if tables > 1 && slots != made {
				grown++
			}
		}
	}
	verdict(single && grown > 0, "partly", "up to 896 entries")
}

func swissClear() {
	m := map[int64]int64{}
	h := swissOf(m)
	for i := int64(0); i < 5000; i++ {
		m[i] = i
	}
	full, _ := h.slots()
	seed, clears := h.seed, h.clearSeq
	for k := range m { // the idiom that compiles to a clear
		delete(m, k)
	}
	slots, tombstones := h.slots()
	note("5000 entries: %d slots; cleared: %d slots, %d tombstones; clearSeq went up by %d", full, slots, tombstones, h.clearSeq-clears)
	verdict(slots == full && tombstones == 0 && h.seed != seed && h.clearSeq == clears+1, "refuted", "tables and directory stay")
}

func swissShrink() {
	m := map[int64]int64{}
	h := swissOf(m)
	for i := int64(0); i < 4001; i++ {
		m[i] = i
	}
	full, _ := h.slots()
	tables := len(h.tables())
	for i := int64(0); i < 4001; i++ {
		delete(m, i)
	}
	slots, tombstones := h.slots()
	note("4001 entries: %d tables, %d slots; all deleted: %d tables, %d slots, %d tombstones", tables, full, len(h.tables()), slots, tombstones)
	verdict(slots == full && len(h.tables()) == tables, "refuted", "delete neither merges tables nor makes one smaller")
}

func swissClone() {
	m := map[int64]int64{}
	for i := int64(0); i < 3000; i++ {
		m[i] = i
	}
	for i := int64(10); i < 3000; i++ {
		delete(m, i)
	}
	clone := maps.Clone(m)
	slots, _ := swissOf(m).slots()
	cloned, tombstones := swissOf(clone).slots()
	note("10 entries in %d slots; the clone: %d slots, %d tombstones, the same seed: %t", slots, cloned, tombstones, swissOf(m).seed == swissOf(clone).seed)
	if since125() {
		verdict(cloned == slots && swissOf(m).seed == swissOf(clone).seed, "partly", "since 1.25 tables are copied as they are")
	} else {
		verdict(cloned == 16, "partly", "in 1.24 the entries are inserted one by one")
	}
}

func swissRangeGrow() {
	repeated, lost, doublings := 0, 0, 0
	for round := 0; round < 50; round++ {
		m := map[int64]int64{}
		for i := int64(0); i < 500; i++ {
			m[i] = i
		}
		h := swissOf(m)
		depth := h.depth
		var seen [500]int
		added := int64(500)
		for k := range m {
			if k < 500 {
				seen[k]++
			}
			for n := 0; n < 9 && added < 4400; n++ {
				m[added] = 0
				added++
			}
		}
		doublings += int(h.depth - depth)
		for _, n := range seen {
			if n == 0 {
				lost++
			} else if n > 1 {
				repeated++
			}
		}
	}
	note("50 ranges over 500 entries, with up to 3900 added on the way: repeated %d, lost %d; the directory doubled %d times", repeated, lost, doublings)
	verdict(repeated+lost == 0 && doublings > 0, "refuted", "each entry came once")
}
