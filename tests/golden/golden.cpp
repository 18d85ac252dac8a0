// C++ types whose drawn layouts are kept as expected screens.
#include <cstdint>

namespace zoo
{

struct Empty {
};

struct Animal {
    virtual ~Animal() {}
    std::int32_t age;
    char kind;
};

struct Cat : Animal {
    bool purrs; // in the tail of Animal
    std::int16_t lives;
};

struct Named : Empty {
    const char *name;
};

struct Swimmer : virtual Animal {
    std::int32_t depth;
};

template <typename K, typename V> struct Pair {
    K key;
    V value;
};

Cat cat;
Named named;
Swimmer swimmer;
Pair<char, double> pair;
Pair<Pair<char, int>, bool> nested;
Pair<Pair<Pair<char, int>, bool>, Pair<Pair<short, char>, Pair<long, char>>> deep;

} // namespace zoo

int main()
{
    return 0;
}
