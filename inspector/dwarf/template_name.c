// SPDX-License-Identifier: MIT
#include "dwarf/template_name.h"

#include "dwarf/template_text.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A declaration in C++ is spelled from the middle: what stands before the name, and what stands behind it.
//
//     int (*(*)(int))(char)      before: "int (*" of the outer pointer to function, "(*" of the inner
//                                behind: ")(int)" of the inner, ")(char)" of the outer

enum { DEPTH_MOST = 64, SCOPES_MOST = 64, STEPS_MOST = 16 };

struct template_speller {
    struct die_reader *reader;
    struct arena *scratch;
    uint64_t *reads_left;
    struct template_text *text;
    unsigned depth;
    bool needs_space;              // a word has just been written: a star is set apart from it
    struct error *short_of_memory; // NULL: all is well
};

bool template_name_is_full(const char *name)
{
    const size_t length = strlen(name);
    return length == 0 || name[length - 1] == '>';
}

bool template_names_may_be_short(enum language language)
{
    return language == LANGUAGE_CPLUSPLUS || language == LANGUAGE_OBJECTIVE_CPLUSPLUS ||
           language == LANGUAGE_HIP;
}

static void give_up(struct template_speller *speller, struct error *error)
{
    speller->text->is_void = true;
    if (error && error->code == ERROR_OUT_OF_MEMORY)
        speller->short_of_memory = &error_out_of_memory;
    error_free(error);
}

static bool is_lost(const struct template_speller *speller)
{
    return speller->text->is_void;
}

static void add(struct template_speller *speller, const char *text)
{
    template_text_add(speller->text, text);
}

static void add_word(struct template_speller *speller, const char *text)
{
    add(speller, text);
    speller->needs_space = true;
}

static bool enter(struct template_speller *speller)
{
    if (speller->depth == DEPTH_MOST)
        give_up(speller, NULL);
    speller->depth++;
    return !is_lost(speller);
}

static void leave(struct template_speller *speller)
{
    speller->depth--;
}

// ---- reading --------------------------------------------------------------------------------------------

static bool may_read(struct template_speller *speller)
{
    if (*speller->reads_left == 0)
        give_up(speller, NULL);
    else
        --*speller->reads_left;
    return !is_lost(speller);
}

static bool read_die(struct template_speller *speller, struct die_ref ref, struct die *die)
{
    if (!may_read(speller))
        return false;
    struct error *error = die_reader_read(speller->reader, ref, speller->scratch, die);
    if (error)
        give_up(speller, error);
    return !is_lost(speller);
}

static bool read_children(struct template_speller *speller, struct die_ref ref, struct die_child **children,
                          size_t *count)
{
    struct error *error = die_reader_children(speller->reader, ref, speller->scratch, children, count);
    if (error)
        give_up(speller, error);
    return !is_lost(speller);
}

static struct die_ref reference_of(const struct die *die, uint16_t name)
{
    const struct die_attribute *attribute = die_attribute(die, name);
    return attribute && attribute->kind == DIE_VALUE_REFERENCE ? attribute->reference : (struct die_ref){0};
}

static const char *text_attribute(const struct die *die, uint16_t name)
{
    const struct die_attribute *attribute = die_attribute(die, name);
    return attribute && attribute->kind == DIE_VALUE_TEXT && attribute->text[0] ? attribute->text : NULL;
}

static bool is_set(const struct die *die, uint16_t name)
{
    const struct die_attribute *attribute = die_attribute(die, name);
    return attribute && attribute->kind == DIE_VALUE_UNSIGNED && attribute->number;
}

// The DIE that says what the type is called and where: that of the type unit, or the declaration, which this
// one stands for.
static bool read_named(struct template_speller *speller, struct die_ref ref, struct die *die)
{
    for (int steps = 0; steps < STEPS_MOST; steps++) {
        if (!read_die(speller, ref, die))
            return false;
        ref = reference_of(die, AT_signature);
        if (!ref.unit && !die_attribute(die, AT_name))
            ref = reference_of(die, AT_specification);
        if (!ref.unit && !die_attribute(die, AT_name))
            ref = reference_of(die, AT_abstract_origin);
        if (!ref.unit)
            return true;
    }
    give_up(speller, NULL);
    return false;
}

// The type that the DIE is made of; false when that is void.
static bool read_target(struct template_speller *speller, const struct die *die, struct die *target)
{
    const struct die_ref ref = reference_of(die, AT_type);
    if (!ref.unit && die_attribute(die, AT_type))
        give_up(speller, NULL);
    return ref.unit && read_die(speller, ref, target);
}

// ---- names and arguments --------------------------------------------------------------------------------

static void spell_type(struct template_speller *speller, struct die_ref ref);
static void spell_name(struct template_speller *speller, const struct die *die);

static bool is_named_type(uint16_t tag)
{
    switch (tag) {
    case TAG_structure_type:
    case TAG_class_type:
    case TAG_union_type:
    case TAG_enumeration_type:
    case TAG_typedef:
    case TAG_template_alias:
        return true;
    default:
        return false;
    }
}

// "ns::Outer<int>::". What lies in a function is spelled without it, as clang does.
static void spell_scopes(struct template_speller *speller, const struct die *die)
{
    struct die_ref scopes[SCOPES_MOST];
    struct die scope;
    size_t count = 0;
    const struct die_ref specified = reference_of(die, AT_specification);
    struct die_ref ref = specified.unit ? specified : die->ref;
    for (;;) {
        if (!may_read(speller))
            return;
        struct error *error = die_reader_parent(speller->reader, ref, &ref);
        if (error) {
            give_up(speller, error);
            return;
        }
        if (!ref.unit || ref.offset == ref.unit->die_offset || !read_named(speller, ref, &scope))
            break;
        if (scope.tag != TAG_namespace && scope.tag != TAG_module && !is_named_type(scope.tag))
            break; // a function
        if (count == SCOPES_MOST) {
            give_up(speller, NULL);
            return;
        }
        scopes[count++] = scope.ref;
    }
    while (count > 0 && !is_lost(speller)) {
        if (!read_die(speller, scopes[--count], &scope))
            return;
        if (scope.tag == TAG_namespace && !text_attribute(&scope, AT_name))
            add(speller, "(anonymous namespace)");
        else
            spell_name(speller, &scope);
        add(speller, "::");
    }
}

// The release of clang that wrote the unit; LONG_MAX: another compiler. Its spelling has changed in details.
static long clang_release(struct template_speller *speller, const struct unit *unit)
{
    static const char clang[] = "clang version ";
    struct die root;
    const struct unit_table *table = unit->table; // a type unit does not say, but those around it do
    for (size_t i = 0; unit->unit_type == UT_type && i < table->units_count; i++)
        unit = &table->units[i];
    if (!read_die(speller, (struct die_ref){unit, unit->die_offset}, &root))
        return LONG_MAX;
    const char *producer = text_attribute(&root, AT_producer);
    producer = producer ? strstr(producer, clang) : NULL;
    return producer ? strtol(producer + strlen(clang), NULL, 10) : LONG_MAX;
}

// "ns::green" or "ns::Color::green"; false when no enumerator has the value.
static bool spell_enumerator(struct template_speller *speller, const struct die *type, int64_t number,
                             bool is_signed)
{
    struct die_child *children;
    size_t count;
    if (!read_children(speller, type->ref, &children, &count))
        return true;
    for (size_t i = 0; i < count; i++) {
        struct die enumerator;
        int64_t value;
        if (children[i].tag != TAG_enumerator)
            continue;
        if (!read_die(speller, (struct die_ref){type->ref.unit, children[i].offset}, &enumerator))
            return true;
        if (!template_value_number(type, die_attribute(&enumerator, AT_const_value), is_signed, &value) ||
            value != number)
            continue;
        spell_scopes(speller, type);
        if (is_set(type, AT_enum_class)) {
            spell_name(speller, type);
            add(speller, "::");
        }
        const char *name = text_attribute(&enumerator, AT_name);
        add(speller, name ? name : "");
        return true;
    }
    return false;
}

static bool is_signed_type(struct template_speller *speller, const struct die *type)
{
    struct die underlying;
    if (!read_target(speller, type, &underlying))
        return true;
    const struct die_attribute *encoding = die_attribute(&underlying, AT_encoding);
    return encoding && encoding->kind == DIE_VALUE_UNSIGNED &&
           (encoding->number == ATE_signed || encoding->number == ATE_signed_char);
}

static void spell_enumeration_value(struct template_speller *speller, const struct die *type,
                                    const struct die_attribute *value)
{
    int64_t number;
    const bool is_signed = is_signed_type(speller, type);
    if (is_lost(speller) || !template_value_number(type, value, is_signed, &number)) {
        give_up(speller, NULL);
        return;
    }
    // By its name up to release 14, by its number from 15 on.
    if (clang_release(speller, type->ref.unit) < 15 && spell_enumerator(speller, type, number, is_signed))
        return;
    char digits[32];
    snprintf(digits, sizeof(digits), "%" PRId64, number);
    add(speller, "(");
    spell_scopes(speller, type);
    spell_name(speller, type);
    add(speller, ")");
    add(speller, digits);
}

static void spell_value(struct template_speller *speller, const struct die *parameter)
{
    struct die type;
    const struct die_attribute *value = die_attribute(parameter, AT_const_value);
    const struct die_ref ref = reference_of(parameter, AT_type);
    if (!value || !ref.unit) {
        give_up(speller, NULL);
        return;
    }
    if (!read_named(speller, ref, &type))
        return;
    if (type.tag == TAG_enumeration_type)
        spell_enumeration_value(speller, &type, value);
    else
        template_value_spell(speller->text, &type, value);
}

// The arguments among the children of `ref`, each after ", " but for the first.
static void spell_arguments(struct template_speller *speller, struct die_ref ref, bool *is_first)
{
    struct die_child *children;
    size_t count;
    if (!enter(speller) || !read_children(speller, ref, &children, &count)) {
        leave(speller);
        return;
    }
    for (size_t i = 0; i < count && !is_lost(speller); i++) {
        struct die parameter;
        if (!tag_is_template_parameter(children[i].tag))
            continue;
        if (!read_die(speller, (struct die_ref){ref.unit, children[i].offset}, &parameter))
            break;
        if (parameter.tag == TAG_GNU_template_parameter_pack) {
            spell_arguments(speller, parameter.ref, is_first);
            continue;
        }
        if (!*is_first)
            add(speller, ", ");
        *is_first = false;
        const char *template = text_attribute(&parameter, AT_GNU_template_name);
        if (parameter.tag == TAG_template_value_parameter)
            spell_value(speller, &parameter);
        else if (parameter.tag == TAG_template_type_parameter)
            spell_type(speller, reference_of(&parameter, AT_type));
        else if (template)
            add(speller, template);
        else
            give_up(speller, NULL);
    }
    leave(speller);
}

static bool is_instance(struct template_speller *speller, struct die_ref ref)
{
    bool is_one = false;
    struct error *error = may_read(speller) ? die_reader_is_instance(speller->reader, ref, &is_one) : NULL;
    if (error)
        give_up(speller, error);
    return !is_lost(speller) && is_one;
}

// The name of the type without scopes, with its arguments.
static void spell_name(struct template_speller *speller, const struct die *die)
{
    const char *name = text_attribute(die, AT_name);
    if (!name) {
        give_up(speller, NULL);
        return;
    }
    add(speller, name);
    if (template_name_is_full(name) || !is_instance(speller, die->ref))
        return;
    bool is_first = true;
    add(speller, "<");
    spell_arguments(speller, die->ref, &is_first);
    const struct template_text *text = speller->text;
    if (!is_first && text->length > 0 && text->bytes[text->length - 1] == '>')
        add(speller, " ");
    add(speller, ">");
}

// ---- types ----------------------------------------------------------------------------------------------

static bool is_qualifier(uint16_t tag)
{
    return tag == TAG_const_type || tag == TAG_volatile_type;
}

// Takes the qualifiers off: `type` becomes what they qualify. False when that is void.
static bool take_qualifiers(struct template_speller *speller, struct die *type, bool *is_const,
                            bool *is_volatile)
{
    *is_const = *is_volatile = false;
    for (int steps = 0; is_qualifier(type->tag); steps++) {
        *is_const |= type->tag == TAG_const_type;
        *is_volatile |= type->tag == TAG_volatile_type;
        struct die target;
        if (steps == STEPS_MOST)
            give_up(speller, NULL);
        if (is_lost(speller) || !read_target(speller, type, &target))
            return false;
        *type = target;
    }
    return true;
}

static bool is_pointer(uint16_t tag)
{
    return tag == TAG_pointer_type || tag == TAG_reference_type || tag == TAG_rvalue_reference_type ||
           tag == TAG_ptr_to_member_type;
}

// Does a pointer to the type stand in parentheses?
static bool needs_parentheses(struct template_speller *speller, struct die type)
{
    bool is_const, is_volatile;
    return take_qualifiers(speller, &type, &is_const, &is_volatile) &&
           (type.tag == TAG_subroutine_type || type.tag == TAG_array_type);
}

static void spell_before(struct template_speller *speller, const struct die *type);
static void spell_behind(struct template_speller *speller, const struct die *type);

static void spell_before_target(struct template_speller *speller, const struct die *type, struct die *target,
                                bool *has_target)
{
    *has_target = read_target(speller, type, target);
    if (*has_target)
        spell_before(speller, target);
    else
        add_word(speller, "void");
}

static void spell_pointer_before(struct template_speller *speller, const struct die *type)
{
    struct die target, containing;
    bool has_target;
    spell_before_target(speller, type, &target, &has_target);
    if (speller->needs_space)
        add(speller, " ");
    if (has_target && needs_parentheses(speller, target))
        add(speller, "(");
    if (type->tag == TAG_ptr_to_member_type) {
        const struct die_ref class = reference_of(type, AT_containing_type);
        if (!class.unit)
            give_up(speller, NULL);
        else if (read_named(speller, class, &containing)) {
            if (clang_release(speller, type->ref.unit) != 21) // which has "int A::*" for a class ns::A
                spell_scopes(speller, &containing);
            spell_name(speller, &containing);
        }
        add(speller, "::");
    }
    add(speller, type->tag == TAG_reference_type ? "&" : type->tag == TAG_rvalue_reference_type ? "&&" : "*");
    speller->needs_space = false;
}

static void spell_qualified_before(struct template_speller *speller, struct die type)
{
    bool is_const, is_volatile;
    const bool has_target = take_qualifiers(speller, &type, &is_const, &is_volatile);
    const char *words = is_const ? is_volatile ? "const volatile" : "const" : "volatile";
    if (has_target && type.tag == TAG_subroutine_type) { // its qualifiers stand behind the parameters
        spell_before(speller, &type);
        return;
    }
    const bool is_behind = has_target && is_pointer(type.tag);
    if (!is_behind) {
        add(speller, words);
        add(speller, " ");
    }
    if (has_target)
        spell_before(speller, &type);
    else
        add_word(speller, "void");
    if (is_behind) {
        if (speller->needs_space)
            add(speller, " ");
        add_word(speller, words);
    }
}

// clang's base types have the names of C++, but for complex numbers, which are all "complex".
static void spell_base(struct template_speller *speller, const struct die *type)
{
    const struct die_attribute *encoding = die_attribute(type, AT_encoding),
                               *size = die_attribute(type, AT_byte_size);
    if (encoding && size && encoding->number == ATE_complex_float)
        add(speller, size->number == 8    ? "_Complex float"
                     : size->number == 16 ? "_Complex double"
                                          : "_Complex long double");
    else
        spell_name(speller, type);
    speller->needs_space = true;
}

static void spell_before(struct template_speller *speller, const struct die *type)
{
    struct die target;
    bool has_target;
    const char *name;
    if (!enter(speller)) {
        leave(speller);
        return;
    }
    switch (type->tag) {
    case TAG_pointer_type:
    case TAG_reference_type:
    case TAG_rvalue_reference_type:
    case TAG_ptr_to_member_type:
        spell_pointer_before(speller, type);
        break;
    case TAG_const_type:
    case TAG_volatile_type:
        spell_qualified_before(speller, *type);
        break;
    case TAG_subroutine_type:
        spell_before_target(speller, type, &target, &has_target);
        if (speller->needs_space)
            add(speller, " ");
        speller->needs_space = false;
        break;
    case TAG_array_type:
        if (die_attribute(type, AT_GNU_vector))
            give_up(speller, NULL);
        spell_before_target(speller, type, &target, &has_target);
        break;
    case TAG_unspecified_type:
        name = text_attribute(type, AT_name);
        add_word(speller, name && strcmp(name, "decltype(nullptr)") == 0 ? "std::nullptr_t"
                          : name                                         ? name
                                                                         : "");
        break;
    case TAG_base_type:
        spell_base(speller, type);
        break;
    default:
        if (!is_named_type(type->tag))
            give_up(speller, NULL);
        else if (read_named(speller, type->ref, &target)) {
            spell_scopes(speller, &target);
            spell_name(speller, &target);
        }
        speller->needs_space = true;
        break;
    }
    leave(speller);
}

static void spell_target_behind(struct template_speller *speller, const struct die *type)
{
    struct die target;
    if (read_target(speller, type, &target))
        spell_behind(speller, &target);
}

static void spell_dimensions(struct template_speller *speller, const struct die *type)
{
    struct die_child *children;
    size_t count;
    if (!read_children(speller, type->ref, &children, &count))
        return;
    for (size_t i = 0; i < count && !is_lost(speller); i++) {
        struct die subrange;
        int64_t number;
        if (children[i].tag != TAG_subrange_type)
            continue;
        if (!read_die(speller, (struct die_ref){type->ref.unit, children[i].offset}, &subrange))
            return;
        char text[32] = "[]";
        if (template_value_number(&subrange, die_attribute(&subrange, AT_count), false, &number))
            snprintf(text, sizeof(text), "[%" PRIu64 "]", (uint64_t)number);
        else if (template_value_number(&subrange, die_attribute(&subrange, AT_upper_bound), false, &number))
            snprintf(text, sizeof(text), "[%" PRIu64 "]", (uint64_t)number + 1);
        add(speller, text);
    }
}

// " const volatile" of the object that a member function is called on.
static void spell_object_qualifiers(struct template_speller *speller, const struct die *parameter)
{
    struct die pointer, object;
    bool is_const, is_volatile;
    if (!read_target(speller, parameter, &pointer) ||
        !take_qualifiers(speller, &pointer, &is_const, &is_volatile) ||
        !read_target(speller, &pointer, &object))
        return;
    take_qualifiers(speller, &object, &is_const, &is_volatile);
    add(speller, is_const ? " const" : "");
    add(speller, is_volatile ? " volatile" : "");
}

static void spell_parameters(struct template_speller *speller, const struct die *type)
{
    struct die_child *children;
    struct die parameter, object = {0};
    size_t count;
    bool is_first = true;
    if (!read_children(speller, type->ref, &children, &count))
        return;
    add(speller, "(");
    for (size_t i = 0; i < count && !is_lost(speller); i++) {
        if (children[i].tag != TAG_formal_parameter && children[i].tag != TAG_unspecified_parameters)
            continue;
        if (!read_die(speller, (struct die_ref){type->ref.unit, children[i].offset}, &parameter))
            return;
        if (is_set(&parameter, AT_artificial)) {
            object = parameter;
            continue;
        }
        if (!is_first)
            add(speller, ", ");
        is_first = false;
        if (parameter.tag == TAG_unspecified_parameters)
            add(speller, "...");
        else
            spell_type(speller, reference_of(&parameter, AT_type));
    }
    add(speller, ")");
    if (object.ref.unit)
        spell_object_qualifiers(speller, &object);
}

static void spell_function_behind(struct template_speller *speller, const struct die *type, bool is_const,
                                  bool is_volatile)
{
    spell_parameters(speller, type);
    add(speller, is_const ? " const" : "");
    add(speller, is_volatile ? " volatile" : "");
    add(speller, is_set(type, AT_reference) ? " &" : is_set(type, AT_rvalue_reference) ? " &&" : "");
    spell_target_behind(speller, type);
}

static void spell_behind(struct template_speller *speller, const struct die *type)
{
    struct die target = *type;
    bool is_const, is_volatile;
    if (!enter(speller)) {
        leave(speller);
        return;
    }
    if (is_pointer(type->tag)) {
        if (read_target(speller, type, &target)) {
            if (needs_parentheses(speller, target))
                add(speller, ")");
            spell_behind(speller, &target);
        }
    } else if (type->tag == TAG_array_type) {
        spell_dimensions(speller, type);
        spell_target_behind(speller, type);
    } else if (take_qualifiers(speller, &target, &is_const, &is_volatile)) {
        if (target.tag == TAG_subroutine_type)
            spell_function_behind(speller, &target, is_const, is_volatile);
        else if (is_qualifier(type->tag))
            spell_behind(speller, &target);
    }
    leave(speller);
}

static void spell_type(struct template_speller *speller, struct die_ref ref)
{
    struct die type;
    speller->needs_space = false;
    if (!ref.unit) {
        add_word(speller, "void");
        return;
    }
    if (!read_die(speller, ref, &type))
        return;
    spell_before(speller, &type);
    spell_behind(speller, &type);
}

// ---- the interface --------------------------------------------------------------------------------------

static void spell_instance(struct template_speller *speller, struct die_ref ref)
{
    struct die die;
    if (!read_named(speller, ref, &die))
        return;
    spell_name(speller, &die);
    const struct template_text *text = speller->text;
    if (!is_lost(speller) && text->bytes[text->length - 1] != '>')
        give_up(speller, NULL); // no instance of a template
}

struct error *template_name(struct die_reader *reader, struct die_ref ref, struct arena *arena,
                            uint64_t *reads_left, const char **full)
{
    struct arena scratch CLEANUP(arena_free) = {0};
    struct template_text *text = malloc(sizeof(*text));
    *full = NULL;
    if (!text)
        return &error_out_of_memory;
    text->length = 0;
    text->is_void = false;
    uint64_t reads = *reads_left < TEMPLATE_NAME_READS_MOST ? *reads_left : TEMPLATE_NAME_READS_MOST;
    const uint64_t reads_before = reads;
    struct template_speller speller = {
        .reader = reader, .scratch = &scratch, .reads_left = &reads, .text = text};
    spell_instance(&speller, ref);
    *reads_left -= reads_before - reads;
    struct error *error = speller.short_of_memory;
    if (!error && !text->is_void) {
        *full = arena_copy_text(arena, text->bytes, text->length);
        if (!*full)
            error = &error_out_of_memory;
    }
    free(text);
    return error;
}
