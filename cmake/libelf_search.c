// SPDX-License-Identifier: MIT
// Six functions that the archive libelf.a of elfutils 0.192 (Debian 13) calls and does not have (sourceware bug 32293; 0.193 has them). A program
// linked without shared libraries is given them here, where the archive wants them (cmake/StrataLibraries.cmake asks).
//
// They are tsearch(3) and its like on a tree whose root is the first member of elfutils' `search_tree`; its lock, which is there in some builds
// only, is not touched: one lock serves all trees.
#include <pthread.h>
#include <search.h>
#include <stddef.h>

struct search_tree {
    void *root;
};
typedef int compare_keys(const void *, const void *);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *eu_tsearch(const void *key, struct search_tree *tree, compare_keys *compare);
void *eu_tfind(const void *key, struct search_tree *tree, compare_keys *compare);
void *eu_tdelete(const void *key, struct search_tree *tree, compare_keys *compare);
void eu_tdestroy(struct search_tree *tree, void (*free_node)(void *));
void eu_search_tree_init(struct search_tree *tree);
void eu_search_tree_fini(struct search_tree *tree, void (*free_node)(void *));

void *eu_tsearch(const void *key, struct search_tree *tree, compare_keys *compare)
{
    pthread_mutex_lock(&lock);
    void *found = tsearch(key, &tree->root, compare);
    pthread_mutex_unlock(&lock);
    return found;
}

void *eu_tfind(const void *key, struct search_tree *tree, compare_keys *compare)
{
    pthread_mutex_lock(&lock);
    void *found = tfind(key, &tree->root, compare);
    pthread_mutex_unlock(&lock);
    return found;
}

void *eu_tdelete(const void *key, struct search_tree *tree, compare_keys *compare)
{
    pthread_mutex_lock(&lock);
    void *parent = tdelete(key, &tree->root, compare);
    pthread_mutex_unlock(&lock);
    return parent;
}

void eu_tdestroy(struct search_tree *tree, void (*free_node)(void *))
{
    pthread_mutex_lock(&lock);
    tdestroy(tree->root, free_node);
    tree->root = NULL;
    pthread_mutex_unlock(&lock);
}

void eu_search_tree_init(struct search_tree *tree)
{
    tree->root = NULL;
}

void eu_search_tree_fini(struct search_tree *tree, void (*free_node)(void *))
{
    eu_tdestroy(tree, free_node);
}
