// SPDX-License-Identifier: MIT
#include "watch/watch_heap.h"
#include "base/round_up.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    PAGE_BYTES = 4096,
    SMALLEST_SHIFT = 4, // of blocks: 16 bytes, the alignment promised
    CLASSES = 64 * 4,   // four sizes to each power of two
};

// At the start of the region, so that an image holds it too.
struct heap_state {
    size_t top_bytes; // first byte never handed out
    size_t root_bytes;
    void *free_blocks[CLASSES]; // each holds a pointer to the next
};

static struct heap_state *state_of(const struct heap *heap)
{
    return (struct heap_state *)(void *)heap->base;
}

// Rounds up to 4 sizes a power of two and gives the number of the one it is.
static unsigned size_class(size_t *size_bytes)
{
    size_t size = *size_bytes < 16 ? 16 : *size_bytes;
    unsigned power = 63 - (unsigned)__builtin_clzll(size);
    unsigned shift = power - 2 < SMALLEST_SHIFT ? SMALLEST_SHIFT : power - 2;
    size = round_up(size, (size_t)1 << shift);
    power = 63 - (unsigned)__builtin_clzll(size);
    *size_bytes = size;
    return power * 4 + (unsigned)(size >> (power - 2) & 3);
}

static void *heap_allocate(void *context, size_t size_bytes)
{
    struct heap *heap = context;
    struct heap_state *state = state_of(heap);
    if (size_bytes > heap->reserved_bytes)
        return NULL;
    unsigned class = size_class(&size_bytes);
    void *block = state->free_blocks[class];
    if (block) {
        memcpy(&state->free_blocks[class], block, sizeof(void *));
        return memset(block, 0, size_bytes);
    }
    if (size_bytes > heap->reserved_bytes - state->top_bytes)
        return NULL;
    block = heap->base + state->top_bytes;
    state->top_bytes += size_bytes;
    if (heap->touched_bytes < state->top_bytes)
        heap->touched_bytes = state->top_bytes;
    return block;
}

static void heap_release(void *context, void *memory, size_t size_bytes)
{
    struct heap *heap = context;
    struct heap_state *state = state_of(heap);
    unsigned class = size_class(&size_bytes);
    memcpy(memory, &state->free_blocks[class], sizeof(void *));
    state->free_blocks[class] = memory;
}

// Places that are the same in each run, so that addresses are too. The first is where Go's heap begins; the
// sanitizers of gcc and clang have it for themselves and leave the others.
static void *reserve(size_t size_bytes)
{
    static const uint64_t places[] = {HEAP_PREFERRED_ADDRESS, UINT64_C(0x500000000000),
                                      UINT64_C(0x567000000000)};
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
        void *base = mmap((void *)(uintptr_t)places[i], size_bytes, PROT_READ | PROT_WRITE,
                          flags | MAP_FIXED_NOREPLACE, -1, 0);
        if (base != MAP_FAILED)
            return base;
    }
    return mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
}

struct error *heap_open(struct heap *heap, size_t root_bytes)
{
    // From plenty to what even a strict limit on address space leaves.
    static const size_t sizes[] = {(size_t)64 << 30, (size_t)4 << 30, (size_t)512 << 20, (size_t)64 << 20};
    *heap = (struct heap){0};
    for (size_t i = 0; i < ARRAY_LENGTH(sizes) && !heap->base; i++) {
        void *base = reserve(sizes[i]);
        if (base == MAP_FAILED)
            continue;
        heap->base = base;
        heap->reserved_bytes = sizes[i];
    }
    if (!heap->base)
        return error_system(errno, "no address space for the map");
    // Going back writes all of a large map: with few page faults that is three times as fast. Where there are
    // no huge pages it works without.
    (void)madvise(heap->base, heap->reserved_bytes, MADV_HUGEPAGE);
    struct heap_state *state = state_of(heap);
    state->root_bytes = root_bytes;
    state->top_bytes = round_up(sizeof(*state), 64) + round_up(root_bytes, PAGE_BYTES);
    heap->touched_bytes = state->top_bytes;
    return NULL;
}

void heap_close(struct heap *heap)
{
    if (heap->base)
        munmap(heap->base, heap->reserved_bytes);
    *heap = (struct heap){0};
}

void *heap_root(const struct heap *heap)
{
    return heap->base + round_up(sizeof(struct heap_state), 64);
}

struct hmap_allocator heap_allocator(struct heap *heap)
{
    return (struct hmap_allocator){heap_allocate, heap_release, heap};
}

size_t heap_used_bytes(const struct heap *heap)
{
    return state_of(heap)->top_bytes;
}

static struct error *write_at(int fd, const uint8_t *data, size_t start, size_t end)
{
    for (size_t done = start; done < end;) {
        ssize_t written = pwrite(fd, data + done, end - done, (off_t)done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return error_system(written ? errno : ENOSPC, "saving a state of the map");
        done += (size_t)written;
    }
    return NULL;
}

static bool is_zero(const uint8_t *data, size_t size_bytes)
{
    return !data[0] && !memcmp(data, data + 1, size_bytes - 1);
}

// Buckets that were never used are zeroes: they stay holes in the file.
static struct error *write_some(int fd, const uint8_t *data, size_t start, size_t end_all)
{
    enum { CHUNK_BYTES = 1 << 16 };
    for (size_t end; start < end_all; start = end) {
        end = end_all - start < CHUNK_BYTES ? end_all : start + CHUNK_BYTES;
        if (!is_zero(data + start, end - start))
            RETURN_IF_ERROR(write_at(fd, data, start, end));
    }
    return NULL;
}

struct error *heap_save_begin(const struct heap *heap, struct heap_image *image)
{
    struct heap_image made = {.size_bytes = round_up(state_of(heap)->top_bytes, PAGE_BYTES)};
    *image = (struct heap_image){0};
    made.fd = memfd_create("strata-watch", MFD_CLOEXEC);
    if (made.fd < 0)
        return error_system(errno, "saving a state of the map");
    if (ftruncate(made.fd, (off_t)made.size_bytes)) {
        struct error *error = error_system(errno, "saving a state of the map");
        heap_image_close(&made);
        return error;
    }
    *image = made;
    return NULL;
}

struct error *heap_save_some(const struct heap *heap, struct heap_image *image, size_t most_bytes)
{
    size_t left = image->size_bytes - image->saved_bytes;
    size_t end = image->saved_bytes + (left < most_bytes ? left : most_bytes);
    RETURN_IF_ERROR(write_some(image->fd, heap->base, image->saved_bytes, end));
    image->saved_bytes = end;
    return NULL;
}

struct error *heap_save(const struct heap *heap, struct heap_image *image)
{
    RETURN_IF_ERROR(heap_save_begin(heap, image));
    struct error *error = heap_save_some(heap, image, SIZE_MAX);
    if (error)
        heap_image_close(image);
    return error;
}

struct error *heap_restore(struct heap *heap, const struct heap_image *image)
{
    for (size_t done = 0; done < image->size_bytes;) {
        ssize_t length = pread(image->fd, heap->base + done, image->size_bytes - done, (off_t)done);
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            return error_system(length ? errno : EIO, "going back to a state of the map");
        done += (size_t)length;
    }
    // What a later state has written behind the image must read as zeroes again.
    size_t touched = round_up(heap->touched_bytes, PAGE_BYTES);
    if (touched > image->size_bytes &&
        madvise(heap->base + image->size_bytes, touched - image->size_bytes, MADV_DONTNEED))
        return error_system(errno, "going back to a state of the map");
    heap->touched_bytes = image->size_bytes;
    return NULL;
}

void heap_image_close(struct heap_image *image)
{
    if (image->size_bytes)
        close(image->fd);
    *image = (struct heap_image){0};
}
