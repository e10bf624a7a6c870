// Responses to alerts: what was done or is proposed, and what people decide about it; and actuation that is held.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "api/handlers.h"
#include "api/handlers/respond/views.h"

namespace outrider::api {
namespace {

struct Decision {
  std::string decision;  // approve, reject
  std::optional<std::string> why;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(Decision, (), (decision, why, dry_run))

struct Undo {
  std::string why;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(Undo, (), (why, dry_run))

Result<bool> approved(const Decision& wanted) {
  if (wanted.decision == "approve") return true;
  if (wanted.decision == "reject") return false;
  return fail(Errc::malformed, "bad-parameter", "decision: expected 'approve' or 'reject'");
}

using Place = std::pair<Timestamp, std::string>;

// "<time>_<id>".
Result<std::optional<Place>> place_of(const std::string& after) {
  if (after.empty()) return std::optional<Place>();
  const auto bad = [] { return fail(Errc::malformed, "bad-parameter", "after: not the 'next' of a page"); };
  const auto mark = after.find('_');
  if (mark == std::string::npos) return bad();
  const auto time = from_rfc3339(after.substr(0, mark));
  if (!time) return bad();
  return std::optional(Place(*time, after.substr(mark + 1)));
}

// Newest first, a page of them. `after` is the place of the last one of the page before, which may have left the list
// since: what waits for a person is decided while it is read.
template <class Row, class Id>
Result<net::HttpResponse> page(const Call& call, std::vector<Row> rows, Id id, json::Object (*view)(const Row&)) {
  TRY(const auto limit, call.limit());
  TRY(const auto text, call.text("after"));
  TRY(const auto after, place_of(text));
  const auto place = [&](const Row& row) { return Place(row.created, id(row)); };
  if (after) std::erase_if(rows, [&](const Row& row) { return place(row) >= *after; });
  std::ranges::sort(rows, std::greater(), place);
  json::Array items;
  for (auto at = rows.begin(); at != rows.end() && items.size() < limit; ++at) items.emplace_back(view(*at));
  std::optional<std::string> next;
  if (!items.empty() && items.size() < rows.size()) {
    const Row& last = rows.at(items.size() - 1);
    next = fmt::format("{}_{}", to_rfc3339(last.created), id(last));
  }
  return answer_list(std::move(items), std::move(next));
}

template <class State>
Result<std::optional<State>> state_of(const Call& call) {
  TRY(auto text, call.text("state"));
  if (text.empty()) return std::optional<State>();
  std::ranges::replace(text, '-', '_');
  auto state = json::to<State>(json::Value(text), "state");
  if (!state) return fail(Errc::malformed, "bad-parameter", state.error().detail);
  return std::optional<State>(*state);
}

net::HttpResponse with_dry_run(json::Object out, bool dry_run) {
  out["dry_run"] = dry_run;
  return answer(out);
}

}  // namespace

Result<net::HttpResponse> get_responses(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(auto* const desk, house.responder.desk(fleet));
  TRY(const auto state, state_of<respond::State>(call));
  TRY(const auto device, call.text("device"));
  TRY(const auto alert, call.text("alert"));
  TRY(auto rows, desk->look([&](const respond::Book& book) {
    std::vector<respond::Response> out;
    for (const auto& [id, row] : book.responses()) {
      if ((state && row.state != *state) || (!device.empty() && row.device != device)) continue;
      if (alert.empty() || row.alert == alert) out.push_back(row);
    }
    return out;
  }));
  return page(call, std::move(rows), [](const respond::Response& row) { return row.response; }, view_of);
}

Result<net::HttpResponse> get_response(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto id, call.part("response"));
  TRY(auto* const desk, house.responder.desk(fleet));
  TRY(const auto found, desk->look([&](const respond::Book& book) -> std::optional<json::Object> {
    const auto* const row = book.response(id);
    if (row == nullptr) return std::nullopt;
    auto out = view_of(*row);
    out["in_force"] = row->state == respond::State::done && book.in_force(*row);
    return out;
  }));
  if (!found) return fail(Errc::not_found, "unknown-response", fmt::format("there is no response '{}'", id));
  return answer(*found);
}

Result<net::HttpResponse> post_response_decision(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto id, call.part("response"));
  TRY(const auto wanted, call.body<Decision>());
  TRY(const bool yes, approved(wanted));
  TRY(auto* const desk, house.responder.desk(fleet));
  const bool dry_run = wanted.dry_run.value_or(false);
  TRY(const auto row, desk->decide(id, yes, wanted.why.value_or(""), call.by(), dry_run));
  return with_dry_run(view_of(row), dry_run);
}

Result<net::HttpResponse> post_response_release(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto id, call.part("response"));
  TRY(const auto wanted, call.body<Undo>());
  TRY(auto* const desk, house.responder.desk(fleet));
  const bool dry_run = wanted.dry_run.value_or(false);
  TRY(const auto row, desk->release(id, wanted.why, call.by(), dry_run));
  return with_dry_run(view_of(row), dry_run);
}

Result<net::HttpResponse> get_actuations(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(auto* const desk, house.responder.desk(fleet));
  TRY(const auto state, state_of<respond::ActuationState>(call));
  TRY(const auto device, call.text("device"));
  TRY(auto rows, desk->look([&](const respond::Book& book) {
    std::vector<respond::Actuation> out;
    for (const auto& [id, row] : book.actuations())
      if ((!state || row.state == *state) && (device.empty() || row.device == device)) out.push_back(row);
    return out;
  }));
  return page(call, std::move(rows), [](const respond::Actuation& row) { return row.actuation; }, view_of);
}

Result<net::HttpResponse> post_actuation_decision(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto id, call.part("actuation"));
  TRY(const auto wanted, call.body<Decision>());
  TRY(const bool yes, approved(wanted));
  TRY(auto* const desk, house.responder.desk(fleet));
  const bool dry_run = wanted.dry_run.value_or(false);
  TRY(const auto row, desk->decide_actuation(id, yes, wanted.why.value_or(""), call.by(), dry_run));
  return with_dry_run(view_of(row), dry_run);
}

}  // namespace outrider::api
