#include "cli/verbs/identity/enrolment_code.h"

#include <fmt/format.h>

#include "cli/command/context.h"
#include "cli/output/escape.h"
#include "cli/verbs/answer.h"

namespace outrider::cli {

Result<void> make_enrolment_code(Context& context, const CodeFor& wanted) {
  TRY(const auto life, context.args.duration("life"));
  TRY(Api * server, context.api());
  if (context.dry_run()) {
    TRY(const auto known, object_of(server->get(wanted.path)));
    CHECK(wanted.check(known, wanted.id));
    return print_outcome(
        context, json::Object{{wanted.holder, wanted.id}, {"dry_run", true}},
        {.would = fmt::format("Would make a new enrolment code for {}; an unused one would end.", wanted.id)});
  }
  json::Object body;
  if (life) body["life"] = context.args.text("life");
  TRY(const auto answer, object_of(server->post(wanted.path + "/code", body)));
  if (context.json()) {
    context.out.value(answer);
    return {};
  }
  context.out.line(escape(text_at(answer, "code")));
  context.out.note(
      fmt::format("Works once, {}, until {}. It is kept only as a hash: this is the only time it is shown.",
                  wanted.where(answer, wanted.id), escape(text_at(answer, "expires"))));
  return {};
}

}  // namespace outrider::cli
