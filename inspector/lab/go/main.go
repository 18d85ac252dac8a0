// SPDX-License-Identifier: MIT
// The experiments of strata lab on real Go: main NAME writes its evidence, a line each, and then a line
// "verdict: reason".
package main

import (
	"fmt"
	"os"
	"runtime"
)

var experiments = map[string]func(){}

func note(format string, values ...any) {
	fmt.Printf("note "+format+"\n", values...)
}

func conclude(verdict string, format string, values ...any) {
	fmt.Printf(verdict+" "+format+"\n", values...)
}

func main() {
	if len(os.Args) != 2 {
		os.Exit(2)
	}
	run := experiments[os.Args[1]]
	fmt.Printf("version %s\n", runtime.Version())
	if run != nil {
		run()
	}
}

// What a panic says; "no panic" when there is none.
func panicOf(action func()) (text string) {
	text = "no panic"
	defer func() {
		if reason := recover(); reason != nil {
			text = fmt.Sprint(reason)
		}
	}()
	action()
	return
}
