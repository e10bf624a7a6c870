#include "api/why.h"

#include "api/handlers.h"

namespace outrider::api {

Result<net::HttpResponse> get_why(const House& house, const Call& call) {
  WhyQuestion question;
  TRY(question.fleet, call.fleet());
  TRY(question.who, call.part("who"));
  TRY(question.action, call.text("action"));
  TRY(question.topic, call.text("topic"));
  TRY(question.serial, call.text("serial"));
  TRY(question.address, call.text("address"));
  TRY(question.entry, call.integer("entry"));
  TRY(question.time, call.moment("time"));
  if (question.entry && question.time)
    return fail(Errc::malformed, "bad-parameter", "give either entry or time, not both");
  TRY(const auto answered, house.why(question));
  return answer(json::from(answered));
}

}  // namespace outrider::api
