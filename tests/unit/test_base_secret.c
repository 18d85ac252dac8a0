// SPDX-License-Identifier: MIT
// Hashes with a secret: another secret, another hash and another place, also of keys that were made to meet under one.
#include "base/secret.h"
#include "cmocka_all.h"

#include <string.h>

enum { KEYS = 1000, PLACES = 4096 };

static void draws_differ(void **state)
{
    (void)state;
    uint8_t first[24] = {0}, second[24] = {0}, part[3] = {0, 0, 0x5a};
    secret_draw(first, sizeof(first));
    secret_draw(second, sizeof(second));
    assert_memory_not_equal(first, second, sizeof(first));
    secret_draw(part, 2);
    assert_int_equal(part[2], 0x5a); // no more than asked for
}

static void hashes_are_of_the_secret_and_the_data(void **state)
{
    (void)state;
    assert_true(secret_hash_text(1, "name") == secret_hash(1, "name", 4));
    assert_true(secret_hash_text(1, "name") != secret_hash_text(2, "name"));
    assert_true(secret_hash_text(1, "name") != secret_hash_text(1, "eman"));
    assert_true(secret_hash_number(1, 5) == secret_hash_number(1, 5));
    assert_true(secret_hash_number(1, 5) != secret_hash_number(2, 5));
}

// How many places of a table these numbers take.
static unsigned places_of(const uint64_t *numbers, uint64_t secret)
{
    uint8_t seen[PLACES] = {0};
    unsigned places = 0;
    for (size_t i = 0; i < KEYS; i++) {
        uint8_t *place = &seen[secret_hash_number(secret, numbers[i]) % PLACES];
        places += !*place;
        *place = 1;
    }
    return places;
}

// Numbers that all fall into one place with one secret, searched for as an attacker does who knows it, are spread by others.
static void numbers_made_to_meet(void **state)
{
    (void)state;
    enum { KNOWN = 7, OTHERS = 20 };
    static uint64_t numbers[KEYS];
    size_t count = 0;
    for (uint64_t number = 0; count < KEYS; number++)
        if (secret_hash_number(KNOWN, number) % PLACES == 5)
            numbers[count++] = number;
    assert_int_equal(places_of(numbers, KNOWN), 1);
    for (int i = 0; i < OTHERS; i++) {
        uint64_t secret;
        secret_draw(&secret, sizeof(secret));
        const unsigned places = places_of(numbers, secret);
        if (places < KEYS / 2) // of 4096 by chance about 890
            fail_msg("secret 0x%llx: %d numbers in %u places", (unsigned long long)secret, KEYS, places);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_differ),
        cmocka_unit_test(hashes_are_of_the_secret_and_the_data),
        cmocka_unit_test(numbers_made_to_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
