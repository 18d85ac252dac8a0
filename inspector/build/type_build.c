// SPDX-License-Identifier: MIT
#include "build/type_build.h"

#include "build/type_builder.h"
#include "dwarf/constants.h"
#include "dwarf/line_files.h"
#include "dwarf/vocabulary.h"
#include "type/language.h"

#include <stdlib.h>
#include <string.h>

// Scratch memory is given back between two DIEs when it has grown past this.
static const size_t SCRATCH_LIMIT_BYTES = 128 << 10;
// Sizes are kept in bits, too: larger ones cannot be real.
static const uint64_t SIZE_LIMIT_BYTES = UINT64_MAX / 8;

// ---- filling --------------------------------------------------------------------------------------------

static void set_size(struct type *type, uint64_t size_bytes)
{
    type->size_known = size_bytes <= SIZE_LIMIT_BYTES;
    type->size_bytes = type->size_known ? size_bytes : 0;
    type->size_bits = type->size_bytes * 8;
}

static void fill_size(struct type *type, const struct die_chain *chain)
{
    uint64_t bytes, bits;
    bool has_bits = attribute_unsigned(chain_find(chain, AT_bit_size), type->big_endian, &bits);
    if (attribute_unsigned(chain_find(chain, AT_byte_size), type->big_endian, &bytes))
        set_size(type, bytes);
    else if (has_bits)
        set_size(type, bits / 8 + (bits % 8 != 0));
    if (type->size_known && has_bits && bits <= type->size_bits)
        type->size_bits = bits;
}

// Sizes that the kind alone implies, where the debug information leaves them out.
static void fill_implied_size(struct type *type)
{
    if (type->size_known)
        return;
    if (type->kind == TYPE_POINTER || type->kind == TYPE_REFERENCE || type->kind == TYPE_RVALUE_REFERENCE)
        set_size(type, type->address_bytes);
    // decltype(nullptr) is as large as void * ([basic.fundamental] of the C++ standard).
    if (type->kind == TYPE_UNSPECIFIED && type->name && strcmp(type->name, "decltype(nullptr)") == 0)
        set_size(type, type->address_bytes);
}

// Type units by the thousand share one line table.
static struct die_ref line_table_key(const struct unit *unit)
{
    return (struct die_ref){unit->table->units, unit->line_table_offset};
}

static struct error *fill_declared_file(struct type_builder *builder, struct type *type,
                                        const struct die_chain *chain)
{
    for (unsigned i = 0; i < chain->count; i++) {
        uint64_t index;
        const struct die *die = &chain->dies[i];
        if (!attribute_unsigned(die_attribute(die, AT_decl_file), type->big_endian, &index))
            continue;
        const struct unit *unit = unit_of_files(die->ref.unit);
        if (!unit->has_line_table)
            break;
        void **place = die_map_at(&builder->line_files, line_table_key(unit));
        if (!place)
            return builder_broken(builder);
        struct line_files *files = *place;
        if (!files)
            RETURN_IF_ERROR(line_files_read(unit, &builder->arena, &files));
        *place = files;
        type->declared_file = files ? line_files_name(files, unit, index) : NULL;
        type->declared_folder = files ? line_files_folder(files, unit) : NULL;
        if (builder->arena.has_failed)
            return builder_broken(builder);
        break;
    }
    return NULL;
}

static struct error *fill_function(struct type_builder *builder, struct type *type,
                                   const struct die_chain *chain)
{
    struct die_child *children;
    size_t count;
    const struct die_ref function = die_ref_of(type->id);
    if (builder_skips_names(builder, function.unit))
        return NULL;
    RETURN_IF_ERROR(die_reader_children(builder->reader, function, &builder->scratch, &children, &count));
    type->parameters = arena_alloc_array(&builder->arena, count, sizeof(struct type *));
    if (!type->parameters)
        return builder_broken(builder);
    for (size_t i = 0; i < count; i++) {
        if (children[i].tag == TAG_unspecified_parameters)
            type->is_variadic = true;
        if (children[i].tag != TAG_formal_parameter)
            continue;
        struct die parameter;
        struct die_ref ref = {function.unit, children[i].offset};
        RETURN_IF_ERROR(die_reader_read(builder->reader, ref, &builder->scratch, &parameter));
        if (attribute_is_set(die_attribute(&parameter, AT_artificial)))
            continue; // `this`: not part of what is written
        RETURN_IF_ERROR(builder_request_name(builder, die_attribute(&parameter, AT_type), &type_void,
                                             &type->parameters[type->parameters_count++]));
    }
    return builder_request_name(builder, chain_find(chain, AT_type), NULL, &type->target);
}

// Pointers to data members are offsets, those to member functions pairs of words (Itanium C++ ABI, 2.3).
static struct error *fill_member_pointer(struct type_builder *builder, struct type *type,
                                         const struct die_chain *chain)
{
    enum { STEPS_MOST = 16 };
    RETURN_IF_ERROR(builder_request_name(builder, chain_find(chain, AT_type), NULL, &type->target));
    RETURN_IF_ERROR(
        builder_request_name(builder, chain_find(chain, AT_containing_type), NULL, &type->containing));
    if (type->size_known)
        return NULL;
    struct die_chain target = *chain;
    for (int steps = 0; steps < STEPS_MOST; steps++) {
        struct die_ref next = attribute_reference(chain_find(&target, AT_type));
        if (!next.unit)
            break;
        RETURN_IF_ERROR(chain_read(builder, next, &target));
        enum type_kind kind = vocabulary_kind(target.dies[0].tag);
        if (kind == TYPE_FUNCTION) {
            set_size(type, 2u * type->address_bytes);
            return NULL;
        }
        if (kind != TYPE_TYPEDEF && kind != TYPE_CONST && kind != TYPE_VOLATILE)
            break;
    }
    set_size(type, type->address_bytes);
    return NULL;
}

static struct error *fill_go(struct type_builder *builder, struct type *type, const struct die_chain *chain)
{
    uint64_t kind;
    if (attribute_unsigned(chain_find(chain, AT_go_kind), type->big_endian, &kind))
        type->go_kind = (uint16_t)kind;
    RETURN_IF_ERROR(builder_request_name(builder, chain_find(chain, AT_go_key), NULL, &type->go_key));
    return builder_request_name(builder, chain_find(chain, AT_go_elem), NULL, &type->go_elem);
}

// A vector is spelled with its size, which may have to come from its element's: when that is filled, too.
static struct error *note_vector(struct type_builder *builder, struct type *type)
{
    const bool is_open = type->kind == TYPE_ARRAY && type->is_vector && !type->size_known;
    return !is_open || vec_push(&builder->vectors, type) ? NULL : builder_broken(builder);
}

// What differs by kind: parts and targets.
static struct error *fill_content(struct type_builder *builder, struct node *node, struct type *type,
                                  const struct die_chain *chain, bool whole)
{
    const struct die_attribute *target = chain_find(chain, AT_type);
    switch (type->kind) {
    case TYPE_STRUCT:
    case TYPE_CLASS:
    case TYPE_UNION:
    case TYPE_INTERFACE:
        type->by_name_only = !whole;
        return whole ? members_fill(builder, node, chain) : NULL;
    case TYPE_POINTER:
    case TYPE_REFERENCE:
    case TYPE_RVALUE_REFERENCE:
        return builder_request_name(builder, target, NULL, &type->target);
    case TYPE_MEMBER_POINTER:
        return fill_member_pointer(builder, type, chain);
    case TYPE_FUNCTION:
        return fill_function(builder, type, chain);
    case TYPE_ARRAY:
        return array_fill(builder, node, type, chain);
    case TYPE_STRING:
        // DW_AT_byte_size is then the size of the length's own place (DWARF 4 section 5.10).
        if (chain_find(chain, AT_string_length))
            type->size_known = false;
        return NULL;
    case TYPE_BASE:
        return rust_integer_fill(builder, type);
    case TYPE_UNSPECIFIED:
        return NULL;
    case TYPE_ENUM:
    case TYPE_OTHER:
        type->by_name_only = !whole;
        return whole ? builder_request_value(builder, node, target, NULL, &type->target) : NULL;
    default: // const, typedef and the like: spelled with their targets, or leading to them
        type->by_name_only = !whole;
        if (type->kind == TYPE_ATOMIC && whole)
            RETURN_IF_ERROR(atomic_fill(builder, type));
        if (whole)
            return builder_request_value(builder, node, target, NULL, &type->target);
        return builder_request_name(builder, target, NULL, &type->target);
    }
}

// Whether the first DIE has the flag set.
static bool chain_flag(const struct die_chain *chain, uint16_t name)
{
    return attribute_is_set(die_attribute(&chain->dies[0], name));
}

// A declaration, or a stub of a type unit's type: gcc marks those with DW_AT_signature alone.
static bool is_incomplete(const struct die_chain *chain)
{
    return chain_flag(chain, AT_declaration) || chain_find(chain, AT_signature);
}

// Reads the DIE of `node`, or that of its definition when it is a declaration.
static struct error *read_definition(struct type_builder *builder, struct node *node, bool whole,
                                     struct die_chain *chain)
{
    node->is_completed = false;
    RETURN_IF_ERROR(chain_read(builder, node->ref, chain));
    if (!is_incomplete(chain))
        return NULL;
    struct die_ref definition;
    node->is_completed = whole && !attribute_reference(die_attribute(&chain->dies[0], AT_signature)).unit;
    RETURN_IF_ERROR(definition_find(builder, chain, whole, &definition));
    return definition.unit ? chain_read(builder, definition, chain) : NULL;
}

static struct error *face_fill(struct type_builder *builder, struct node *node, bool whole)
{
    struct die_chain chain;
    RETURN_IF_ERROR(read_definition(builder, node, whole, &chain));

    const struct die *die = &chain.dies[0];
    const struct unit *unit = die->ref.unit;
    struct type *type = whole ? node->whole : node->named;
    *type = (struct type){.kind = vocabulary_kind(die->tag),
                          .language = unit->language,
                          .address_bytes = unit->address_bytes,
                          .alignments_may_be_unstated = unit->version < 5,
                          .big_endian = unit->table->object->big_endian,
                          .is_declaration = is_incomplete(&chain),
                          .is_vector = attribute_is_set(chain_find(&chain, AT_GNU_vector)),
                          .id = type_id_of(die->ref)};
    if (builder_skips_names(builder, unit))
        type->name = attribute_text(chain_find(&chain, AT_name));
    else
        RETURN_IF_ERROR(scope_qualify(builder, &chain, &type->name));
    fill_size(type, &chain);
    fill_implied_size(type);
    uint64_t number;
    if (attribute_unsigned(chain_find(&chain, AT_alignment), type->big_endian, &number))
        type->declared_align_bytes = number;
    if (attribute_unsigned(chain_find(&chain, AT_encoding), type->big_endian, &number))
        type->encoding = vocabulary_encoding(number);
    if (attribute_unsigned(chain_find(&chain, AT_endianity), type->big_endian, &number))
        type->is_swapped = number == (type->big_endian ? END_little : END_big);
    if (language_family(unit->language) == FAMILY_GO)
        RETURN_IF_ERROR(fill_go(builder, type, &chain));
    if (type->name || type_has_members(type)) {
        if (whole || type_faces_are_alike(type->kind))
            RETURN_IF_ERROR(fill_declared_file(builder, type, &chain));
        attribute_unsigned(chain_find(&chain, AT_decl_line), type->big_endian, &type->declared_line);
    }
    RETURN_IF_ERROR(fill_content(builder, node, type, &chain, whole));
    if (!whole)
        return note_vector(builder, type);
    node->read_at = die->ref;
    node->is_size_stated = type->size_known;
    return NULL;
}

static struct error *node_fill_whole(struct type_builder *builder, struct node *node)
{
    node->state = NODE_WHOLE; // before it is filled: it may refer to itself
    node->is_unreadable = false;
    node->target = NULL;
    node->edges_first = builder->edges.length;
    node->edges_count = 0;
    node->pendings_first = builder->pendings.length;
    node->pendings_count = 0;
    if (!vec_push(&builder->whole, node))
        return builder_broken(builder);
    struct error *error = face_fill(builder, node, true);
    if (!error || error->code == ERROR_OUT_OF_MEMORY)
        return error;
    builder->edges.length -= node->edges_count;
    builder->pendings.length -= node->pendings_count;
    node->edges_count = node->pendings_count = 0;
    *node->whole = (struct type){.kind = TYPE_OTHER, .id = type_id_of(node->ref)};
    node->is_unreadable = true;
    return error;
}

// The named face as face_fill would read it from the DIE, made of what the whole one has from there.
static struct error *named_from_whole(struct type_builder *builder, struct node *node)
{
    struct type *named = node->named;
    *named = *node->whole;
    if (type_faces_are_alike(named->kind))
        return NULL;
    named->id = type_id_of(node->read_at);
    named->by_name_only = true;
    named->declared_file = named->declared_folder = NULL;
    named->members = NULL;
    named->members_count = 0;
    named->variant_parts = NULL;
    named->variant_parts_count = 0;
    if (!node->is_size_stated) {
        named->size_known = false;
        named->size_bytes = named->size_bits = 0;
    }
    if (named->kind == TYPE_ENUM || named->kind == TYPE_OTHER) {
        named->target = NULL;
    } else if (node->target) {
        struct node *target;
        RETURN_IF_ERROR(builder_request(builder, node->target->ref, FACE_NAMED, &target));
        named->target = target->named;
    }
    return note_vector(builder, named);
}

static struct error *node_fill_named(struct type_builder *builder, struct node *node)
{
    node->is_named_filled = true; // before it is filled, as above
    if (node->state != NODE_EMPTY && !node->is_unreadable && !node->is_completed)
        return named_from_whole(builder, node);
    struct error *error = face_fill(builder, node, false);
    if (error && error->code != ERROR_OUT_OF_MEMORY)
        *node->named = (struct type){.kind = TYPE_OTHER, .id = type_id_of(node->ref)};
    return error;
}

// Fills the faces that were asked for. What cannot be read becomes a type of unknown content; why the whole
// one cannot is noted in *whole_error. Fails only when memory is short.
static struct error *node_fill(struct type_builder *builder, struct node *node, struct error **whole_error)
{
    if (node->whole && node->state == NODE_EMPTY)
        *whole_error = node_fill_whole(builder, node);
    if (*whole_error && (*whole_error)->code == ERROR_OUT_OF_MEMORY)
        return *whole_error;
    if (!node->named || node->is_named_filled)
        return NULL;
    struct error *error = node_fill_named(builder, node);
    if (error && error->code == ERROR_OUT_OF_MEMORY)
        return error;
    error_free(error);
    return NULL;
}

// Empties the queue. The root must be readable.
static struct error *builder_drain(struct type_builder *builder, const struct node *root)
{
    struct error *root_error = NULL;
    while (builder->queue.length > 0) {
        struct node *node = builder->queue.data[--builder->queue.length];
        node->is_queued = false;
        struct error *error = NULL;
        const struct arena_mark before = arena_mark(&builder->scratch);
        if (node_fill(builder, node, &error)) {
            error_free(error);
            error_free(root_error);
            return builder_broken(builder);
        }
        if (error && node == root)
            root_error = error;
        else
            error_free(error);
        if (builder->scratch.allocated_bytes > SCRATCH_LIMIT_BYTES)
            arena_free(&builder->scratch);
        else
            arena_rewind(&builder->scratch, before);
    }
    return root_error;
}

// ---- finishing ------------------------------------------------------------------------------------------

static struct error *node_finish(struct type_builder *builder, struct node *node)
{
    struct type *type = node->whole;
    if (type_has_members(type))
        RETURN_IF_ERROR(members_finish(builder, node));
    if (type->kind == TYPE_TYPEDEF && type->target && type->target->kind == TYPE_ARRAY)
        RETURN_IF_ERROR(array_unpack(builder, type->target, &type->target));
    if (type->kind == TYPE_ARRAY)
        array_finish(type);
    else if (!type->size_known && !type->is_declaration && type->target && type->kind != TYPE_FUNCTION &&
             type->target->size_known) {
        type->size_known = true;
        type->size_bytes = type->target->size_bytes;
        type->size_bits = type->target->size_bits;
        if (type->kind == TYPE_ATOMIC)
            atomic_finish(type);
    }
    node->state = NODE_FINISHED;
    return NULL;
}

// What stands in the place of a type inside itself.
static struct error *make_cut(struct type_builder *builder, const struct node *node, const struct type **slot)
{
    struct type *cut = arena_alloc(&builder->arena, sizeof(*cut));
    if (!cut)
        return builder_broken(builder);
    *cut = (struct type){.kind = node->whole->kind,
                         .language = node->whole->language,
                         .name = node->whole->name,
                         .by_name_only = true,
                         .address_bytes = node->whole->address_bytes,
                         .big_endian = node->whole->big_endian,
                         .id = node->whole->id};
    *slot = cut;
    return NULL;
}

static struct error *component_finish(struct type_builder *builder, struct node *const *nodes, size_t count,
                                      uint32_t component)
{
    for (size_t i = 0; i < count; i++) {
        nodes[i]->component = component;
        nodes[i]->is_open = false;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t e = 0; e < nodes[i]->edges_count; e++) {
            const struct edge *edge = &builder->edges.data[nodes[i]->edges_first + e];
            if (edge->to->component == component && edge->to->state != NODE_FINISHED)
                RETURN_IF_ERROR(make_cut(builder, edge->to, edge->slot));
        }
    for (size_t i = 0; i < count; i++)
        RETURN_IF_ERROR(node_finish(builder, nodes[i]));
    return NULL;
}

struct step {
    struct node *node;
    size_t next_edge;
};

struct search {
    VEC(struct step) path;
    VEC(struct node *) open; // visited, component not known yet
    uint32_t orders, components;
};

static bool search_enter(struct search *search, struct node *node)
{
    node->order = node->low = ++search->orders;
    node->is_open = true;
    return vec_push(&search->path, (struct step){node, 0}) && vec_push(&search->open, node);
}

static void lower(struct node *node, uint32_t low)
{
    if (low < node->low)
        node->low = low;
}

// Tarjan's strongly connected components, with the path in a vector instead of on the stack. Components come
// out innermost first, so a type's parts are finished before it.
static struct error *search_run(struct type_builder *builder, struct search *search, struct node *root)
{
    if (root->state != NODE_WHOLE)
        return NULL; // found from another
    if (!search_enter(search, root))
        return builder_broken(builder);
    while (search->path.length > 0) {
        struct step *step = &search->path.data[search->path.length - 1];
        struct node *node = step->node;
        if (step->next_edge < node->edges_count) {
            struct node *to = builder->edges.data[node->edges_first + step->next_edge++].to;
            if (to->state == NODE_WHOLE && to->order == 0 && !search_enter(search, to))
                return builder_broken(builder);
            if (to->is_open)
                lower(node, to->order);
            continue;
        }
        search->path.length--;
        if (search->path.length > 0)
            lower(search->path.data[search->path.length - 1].node, node->low);
        if (node->low != node->order)
            continue;
        size_t first = search->open.length;
        while (search->open.data[--first] != node)
            ;
        RETURN_IF_ERROR(component_finish(builder, search->open.data + first, search->open.length - first,
                                         ++search->components));
        search->open.length = first;
    }
    return NULL;
}

// Drops what is noted of types under way.
static void builder_drop_notes(struct type_builder *builder)
{
    builder->queue.length = builder->whole.length = builder->vectors.length = 0;
    builder->edges.length = builder->pendings.length = 0;
}

// Finishes all that was filled, also what nothing holds any more: parts of a type that turned out to be
// unreadable. They may be asked for later, and their notes are gone then.
static struct error *builder_finish(struct type_builder *builder)
{
    struct search search = {0};
    struct error *error = NULL;
    for (size_t i = 0; i < builder->whole.length && !error; i++)
        error = search_run(builder, &search, builder->whole.data[i]);
    for (size_t i = 0; i < builder->vectors.length; i++)
        array_finish(builder->vectors.data[i]);
    vec_free(&search.path);
    vec_free(&search.open);
    builder_drop_notes(builder);
    if (error)
        builder->is_broken = true;
    return error;
}

// ---- the interface --------------------------------------------------------------------------------------

struct error *type_builder_create(const struct unit_table *table, struct type_builder **builder)
{
    *builder = calloc(1, sizeof(**builder));
    if (!*builder)
        return &error_out_of_memory;
    (*builder)->table = table;
    struct error *error = die_reader_create(table, &(*builder)->reader);
    if (error) {
        free(*builder);
        *builder = NULL;
    }
    return error;
}

void type_builder_skip_names(struct type_builder *builder)
{
    builder->skips_names =
        builder->index && builder->index->is_valid; // else a name tells what cannot be read
}

void type_builder_skip_pointees(struct type_builder *builder)
{
    builder->skips_pointees = true;
}

void type_builder_forget(struct type_builder *builder)
{
    definition_forget(builder);
    die_map_clear(&builder->nodes);
    die_map_clear(&builder->scopes);
    die_map_clear(&builder->line_files);
    builder_drop_notes(builder);
    builder->is_broken = false;
    arena_reset(&builder->arena);
    arena_free(&builder->scratch);
}

size_t type_builder_graph_bytes(const struct type_builder *builder)
{
    return builder->arena.allocated_bytes;
}

void type_builder_free(struct type_builder *builder)
{
    if (!builder)
        return;
    type_builder_forget(builder);
    arena_free(&builder->arena);
    type_builder_use_index(builder, NULL);
    symbol_memo_free(&builder->symbols);
    vec_free(&builder->queue);
    vec_free(&builder->whole);
    vec_free(&builder->vectors);
    vec_free(&builder->edges);
    vec_free(&builder->pendings);
    die_reader_free(builder->reader);
    free(builder);
}

// The name that was not spelled when the type was filled.
static struct error *root_name(struct type_builder *builder, const struct node *root,
                               const struct type_index_entry *entry)
{
    if (!root->whole->name || !builder_skips_names(builder, root->ref.unit))
        return NULL;
    if (entry->named_by_typedef || !entry->name)
        return node_spell(builder, root);
    root->whole->name = entry->name;
    return NULL;
}

struct error *type_build(struct type_builder *builder, const struct type_index_entry *entry,
                         const struct type **result)
{
    *result = NULL;
    if (builder->is_broken)
        return &error_out_of_memory;
    if (!entry->id.group)
        return error_create(ERROR_USAGE, "a type index entry that names no type");
    struct node *root;
    RETURN_IF_ERROR(builder_request(builder, die_ref_of(entry->id), FACE_WHOLE, &root));
    if (root->is_unreadable && !root->is_queued) { // met before as a part of something: now it is asked for
        root->state = NODE_EMPTY;
        RETURN_IF_ERROR(builder_request(builder, die_ref_of(entry->id), FACE_WHOLE, &root));
    }
    struct error *error = builder_drain(builder, root);
    if (!error)
        error = builder_finish(builder);
    if (!error && language_family(root->whole->language) == FAMILY_RUST)
        error = unsized_tail_find(builder, root->whole);
    if (!error)
        error = root_name(builder, root, entry);
    if (builder->arena.has_failed || builder->scratch.has_failed) { // something was left out of the graph
        error_free(error);
        error = builder_broken(builder);
    }
    if (error) {
        // Half-built nodes must not be found again; finished types stay where they are.
        die_map_clear(&builder->nodes);
        builder_drop_notes(builder);
        return error;
    }
    // A typedef's name belongs to this answer: elsewhere the same struct may be met without the typedef.
    if (entry->named_by_typedef && !root->whole->name) {
        struct type *named = arena_alloc(&builder->arena, sizeof(*named));
        char *name = entry->name ? arena_copy_text(&builder->arena, entry->name, strlen(entry->name)) : NULL;
        if (!named || !name)
            return builder_broken(builder);
        *named = *root->whole;
        named->name = name;
        named->named_by_typedef = true;
        return enumerators_add(builder, named, result);
    }
    return enumerators_add(builder, root->whole, result);
}
