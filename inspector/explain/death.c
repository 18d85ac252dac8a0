// SPDX-License-Identifier: MIT
#include "explain/death.h"

#include <stddef.h>
#include <string.h>

#define NIL_TEST                                                                                             \
    "tests the map's pointer before anything else: nil is no header, and there is nowhere to put an entry"
#define WRITER_CLASSIC                                                                                       \
    "sets hashWriting, bit 2 of the header's flags, while it writes, and looks at it when it begins and "    \
    "when it ends"
#define WRITER_SWISS                                                                                         \
    "flips the header's byte `writing` while it writes, and looks at it when it begins and when it ends"
#define READER_CLASSIC                                                                                       \
    "looks at hashWriting, bit 2 of the header's flags: set, it means that a writer is inside"
#define READER_SWISS "looks at the header's byte `writing`: 1 means that a writer is inside"
#define SCHEDULE                                                                                             \
    "Which goroutines reach one map, and when, shows at run time only. `go test -race` finds it where a "    \
    "test runs both "                                                                                        \
    "paths; no test that runs one after the other does."

const struct death death_table[DEATH_KINDS] = {
    [DEATH_NIL_ASSIGN] =
        {"nil-assign",
         "assignment to entry in nil map",
         "A map that is nil was written to: nothing had made it. Reading such a map is allowed and finds "
         "nothing, which is "
         "how it stays unnoticed up to the first write.",
         NIL_TEST,
         NIL_TEST,
         "nil is a value of every map type, and whether something made the map before this line depends on "
         "the path that "
         "was taken; neither the compiler nor go vet follows values from one function into another.",
         {"nil-assign", "zero-value", "json-null"},
         false},
    [DEATH_CONCURRENT_WRITES] = {"concurrent-writes",
                                 "concurrent map writes",
                                 "Two goroutines wrote to one map at the same time. The one that found the "
                                 "other's mark ended the program; no "
                                 "recover catches it.",
                                 WRITER_CLASSIC,
                                 WRITER_SWISS,
                                 SCHEDULE,
                                 {"concurrent-write", "shallow-copy"},
                                 true},
    [DEATH_CONCURRENT_READ] = {"concurrent-read",
                               "concurrent map read and map write",
                               "One goroutine read a map while another wrote to it. The reader found the "
                               "writer's mark and ended the program; no "
                               "recover catches it.",
                               READER_CLASSIC,
                               READER_SWISS,
                               SCHEDULE,
                               {"concurrent-read", "shallow-copy"},
                               true},
    [DEATH_CONCURRENT_ITERATION] = {"concurrent-iteration",
                                    "concurrent map iteration and map write",
                                    "One goroutine ranged over a map while another wrote to it. The range "
                                    "found the writer's mark at its next step and "
                                    "ended the program; no recover catches it.",
                                    READER_CLASSIC,
                                    READER_SWISS,
                                    SCHEDULE,
                                    {"concurrent-read", "range-grow"},
                                    true},
    [DEATH_CONCURRENT_CLONE] = {"concurrent-clone",
                                "concurrent map clone and map write",
                                "One goroutine cloned a map while another wrote to it. The clone found the "
                                "writer's mark and ended the program; no "
                                "recover catches it.",
                                READER_CLASSIC,
                                READER_SWISS,
                                SCHEDULE,
                                {"concurrent-read", "shallow-copy"},
                                true},
    [DEATH_UNHASHABLE] = {"unhashable",
                          "hash of unhashable type",
                          "A key of an interface type held a value that cannot be compared, so it cannot be "
                          "hashed either: a slice, a map, a "
                          "function, or a struct or array with one inside.",
                          "asks the type of the value for its equality function: nil means that it has none",
                          "asks the type of the value for its equality function: nil means that it has none",
                          "The map's key is an interface, which takes values of every type that fits; what "
                          "it holds shows at run time only.",
                          {"interface-key"},
                          false},
    [DEATH_UNCOMPARABLE] =
        {"uncomparable",
         "comparing uncomparable type",
         "Two interface values of the same type were compared, and values of that type cannot be: it is a "
         "slice, a map, a "
         "function, or a struct or array with one inside.",
         "finds the two types equal and asks for their equality function: nil means that there is none",
         "finds the two types equal and asks for their equality function: nil means that there is none",
         "== is allowed between interfaces; what they hold shows at run time only.",
         {"interface-key"},
         false},
    [DEATH_NIL_POINTER] =
        {"nil-pointer",
         "nil dereference of a pointer to a map",
         "A pointer to a map was nil. That is another nil than a nil map's: not even reading is allowed, "
         "since there is no "
         "map variable behind it.",
         "is not reached: the program itself loads the map from the pointer, and address 0 faults",
         "is not reached: the program itself loads the map from the pointer, and address 0 faults",
         "nil is a value of every pointer type; whether this one was set depends on the path that was taken.",
         {"nil-pointer", "pass-pointer"},
         false},
    [DEATH_FAULT] =
        {"fault",
         "a fault inside of the runtime's map code",
         "The runtime followed a pointer that leads nowhere, inside of a map operation. The map's header, or "
         "the key that "
         "was looked for, is damaged: by writers that nobody caught, by unsafe or cgo, or by a pointer made "
         "of a number.",
         "has found no writer's mark and follows the header's pointers as they stand",
         "has found no writer's mark and follows the header's pointers as they stand",
         "The value is a pointer like any other by its type; that it leads nowhere shows at run time only.",
         {"concurrent-write", "header-fields"},
         false},
    [DEATH_RACE] = {"race",
                    "data race on a map",
                    "The race detector saw two goroutines in one map, at least one of them writing, with "
                    "nothing between them that "
                    "puts one before the other. Without the detector this is what ends in \"concurrent map "
                    "writes\", or in wrong data.",
                    "reports its access to the header to the detector, which compares it with what other "
                    "goroutines did before",
                    "reports its access to the header to the detector, which compares it with what other "
                    "goroutines did before",
                    SCHEDULE,
                    {"concurrent-write", "concurrent-read", "shallow-copy"},
                    true},
};

const char *map_place_word(enum map_place place)
{
    static const char *const words[MAP_PLACES] = {"unknown",  "variable", "field",
                                                  "captured", "constant", "result"};
    return words[place];
}

static void nil_advice(enum map_place place, bool by_decoder, const char **advice)
{
    size_t count = 0;
    switch (place) {
    case PLACE_VARIABLE:
        advice[count++] = "Make it where it is declared: var %S = make(%T).";
        break;
    case PLACE_FIELD:
        advice[count++] = "Make it where the struct is made, in one function that all use: %S: make(%T).";
        advice[count++] = "Or before the write: if x.%S == nil { x.%S = make(%T) }.";
        break;
    case PLACE_CONSTANT:
        advice[count++] = "The variable is nil on every path to this line: declare it as make(%T).";
        break;
    case PLACE_RESULT:
        advice[count++] = "The map is the result of %N: let that return make(%T) instead of nil.";
        break;
    case PLACE_CAPTURED:
        advice[count++] = "Make it in the function that declares it, before the closure can run: make(%T).";
        break;
    default:
        advice[count++] = "Make the map where it is declared, or where its struct is made: make(%T).";
        advice[count++] =
            "If a decoder fills the struct: null leaves the map nil; test for that after decoding.";
        return;
    }
    if (by_decoder && place != PLACE_CONSTANT)
        advice[count++] =
            "The function decodes before: null in the input leaves the map nil. Test for nil after decoding.";
}

static void sharing_advice(enum death_kind kind, enum map_place place, const char **advice)
{
    static const char *const guards[MAP_PLACES] = {
        [PLACE_UNKNOWN] =
            "Guard the map with a sync.Mutex that is kept next to it, around reads as well as writes.",
        [PLACE_VARIABLE] = "Put a sync.Mutex beside %N and lock it around every read and write; unexported "
                           "functions for both help.",
        [PLACE_FIELD] = "Give the struct a sync.Mutex and lock it in every method that touches %N.",
        [PLACE_CAPTURED] = "The closures share the variable %N: give each its own map, or lock a sync.Mutex "
                           "around each use.",
        [PLACE_CONSTANT] = "Guard the map with a sync.Mutex, around reads as well as writes.",
        [PLACE_RESULT] = "%N hands out its map: lock a sync.Mutex around each use, or return a clone.",
    };
    advice[0] = guards[place];
    advice[1] = kind == DEATH_CONCURRENT_ITERATION || kind == DEATH_CONCURRENT_CLONE
                    ? "Hold the lock for the whole range, or range over a clone that was made under the lock."
                    : "Many readers, few writers: sync.RWMutex. Keys that are written once: sync.Map.";
    advice[2] = place == PLACE_FIELD
                    ? "A copy of the struct shares its map: it needs the same mutex, or a clone (maps.Clone)."
                    : "Build with -race and run the same load: it names the lines of both.";
}

void death_advice(enum death_kind kind, enum map_place place, bool by_decoder,
                  const char *advice[DEATH_ADVICE_MOST + 1])
{
    memset((void *)advice, 0, (DEATH_ADVICE_MOST + 1) * sizeof(*advice));
    switch (kind) {
    case DEATH_NIL_ASSIGN:
        nil_advice(place, by_decoder, advice);
        break;
    case DEATH_UNHASHABLE:
        advice[0] = "Give the map a key type that can be compared: a string, a struct of plain fields, an "
                    "array for a slice.";
        advice[1] = "Or make a key of the value: fmt.Sprint, a joined string, a hash.";
        advice[2] = "Where any value may come: reflect.TypeOf(key).Comparable() before the map is used.";
        break;
    case DEATH_UNCOMPARABLE:
        advice[0] = "Compare what the interfaces hold: slices.Equal, maps.Equal, reflect.DeepEqual.";
        advice[1] = "Or keep such values out: reflect.TypeOf(value).Comparable().";
        break;
    case DEATH_NIL_POINTER:
        advice[0] =
            "Hand over the map itself: it is a pointer already, and callees that fill it need no *map.";
        advice[1] = "Where a callee must replace the map: return the new one, or test the pointer first.";
        break;
    case DEATH_FAULT:
        advice[0] = "Build with -race and run the same load: writers that nobody caught are the usual cause.";
        advice[1] = "Look for unsafe, cgo and //go:linkname near the map and its keys.";
        break;
    default:
        sharing_advice(kind, place, advice);
        break;
    }
}
