// SPDX-License-Identifier: MIT
// Broken rules as results of an analysis: see sarif.h.
#include "report/check.h"
#include "report/sarif.h"
#include "report/writers.h"

#include <string.h>

// By rule_id of check/rules.h, and of a type that is not there. The last stands for ids that are new.
static const struct sarif_rule rules[] = {
#define RULE(id, name, summary, help)                                                                        \
    {                                                                                                        \
        id, name, "error", summary,                                                                          \
            summary ": a rule of the file of rules says so, and the type does not keep it.", help            \
    }
    RULE("size", "TypeSize", "The size of a type",
         "Look for holes and padding: strata show FILE TYPE draws them."),
    RULE("align", "TypeAlignment", "The alignment of a type",
         "A member, an attribute or packing decides the alignment: strata show FILE TYPE says which."),
    RULE("waste", "WastedBytes", "The bytes of holes and padding of a type",
         "Another order of members may need fewer: strata pack FILE TYPE looks for the best."),
    RULE("deep-waste", "DeepWaste",
         "The bytes of holes and padding of a type and of what lies in it by value",
         "The members' own types may be packed better: strata pack FILE TYPE looks for the best order."),
    RULE("holes", "HolesBetweenMembers", "The number of holes between the members of a type",
         "Another order of members may close them: strata pack FILE TYPE looks for the best."),
    RULE("members", "MembersCount", "The number of members of a type", "Members were added or taken away."),
    RULE("cachelines", "CacheLinesCount", "The number of cache lines of a type",
         "Make the type smaller, or align it to a line."),
    RULE("straddlers", "StraddlingMembers",
         "The number of members that cross a border of cache lines without need",
         "Move such a member, or align it, so that it lies in one line."),
    RULE("savings", "PossibleSavings", "The bytes that a better order of members would save",
         "strata pack FILE TYPE writes that order."),
    RULE("offset", "MemberOffset", "The offset of a member", "What lies before the member has moved it."),
    RULE("member-size", "MemberSize", "The size of a member", "The member's type has another size."),
    RULE("same-line", "SameLine", "Two members lie in one cache line",
         "Put the members next to each other, and align the first."),
    RULE("separate-lines", "SeparateLines", "Two members lie in different cache lines",
         "Align one of the members to a line, or put others between them."),
    RULE("false-sharing", "FalseSharing", "No members that threads contend for share a cache line",
         "Align the members to a line, or put padding or rarely used members between them."),
    RULE("no-type", "NoType", "The file has a type of that name",
         "The type is gone or has another name: mend the file of rules."),
    RULE("rule", "OtherRule", "A rule of the file of rules", "Look at the rule in the file of rules."),
#undef RULE
};

enum { RULES = sizeof(rules) / sizeof(rules[0]) };

static unsigned rule_number(const char *id)
{
    unsigned number = 0;
    while (number + 1 < RULES && strcmp(rules[number].id, id) != 0)
        number++;
    return number;
}

static struct error *sarif_encode(struct output *output, const struct report_document *about,
                                  const void *item)
{
    const struct check_result *result = item;
    if (!result->message)
        return NULL;
    const struct check_document *check = (const struct check_document *)about;
    const bool has_place = result->declared_file && *result->declared_file;
    const bool has_rule = *result->rule_text != '\0';
    struct output message = {0}, fingerprint = {0};
    sarif_message_name(&message, result->type_name);
    output_text(&message, ": ");
    sarif_message_name(&message, result->message);
    output_text(&message, has_rule ? ", the rule is " : "");
    sarif_message_name(&message, result->rule_text);
    output_char(&message, '\0');
    output_format(&fingerprint, "%s %s %s", result->rule_id, result->type_name, result->rule_text);
    output_char(&fingerprint, '\0');
    // A type that the debug information does not place is at the rule that it breaks.
    if (!message.out_of_memory && !fingerprint.out_of_memory)
        sarif_result(output, about,
                     &(struct sarif_result){.rules = rules,
                                            .rule = rule_number(result->rule_id),
                                            .message = message.data,
                                            .folder = result->declared_folder,
                                            .file = has_place ? result->declared_file : check->rules_path,
                                            .is_given = !has_place,
                                            .line = has_place ? result->declared_line : result->rule_line,
                                            .type_name = result->type_name,
                                            .fingerprint = fingerprint.data,
                                            .is_suppressed = result->is_blessed});
    output->out_of_memory |= message.out_of_memory | fingerprint.out_of_memory;
    output_free(&message);
    output_free(&fingerprint);
    return NULL;
}

static struct error *check_sarif_finish(struct document *document)
{
    return sarif_finish(document, rules, RULES, true);
}

const struct writer check_sarif = {.name = "sarif",
                                   .document_bytes = sizeof(struct sarif_document),
                                   .open = sarif_open,
                                   .encode = sarif_encode,
                                   .take = sarif_take,
                                   .finish = check_sarif_finish,
                                   .discard = sarif_discard};
