// Playbooks: what is done when an alert is raised.
#include <fmt/format.h>

#include "api/handlers.h"
#include "api/handlers/respond/threats.h"
#include "api/handlers/respond/views.h"

namespace outrider::api {
namespace {

struct Removal {
  std::string why;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(Removal, (), (why, dry_run))

constexpr std::string_view file_default = "playbook.toml";

Result<std::string> file_of(const Call& call) {
  TRY(auto file, call.text("file"));
  return file.empty() ? std::string(file_default) : file;
}

}  // namespace

json::Object view_of(const respond::Playbook& playbook) {
  json::Array steps;
  for (const auto& step : playbook.steps)
    steps.emplace_back(json::Object{{"action", respond::word_of(step.action)}, {"mode", json::from(step.mode)}});
  json::Array rules;
  for (const auto& rule : playbook.rules)
    rules.emplace_back(json::Object{{"name", rule.name}, {"trust", facts::word_of(rule.trust)}, {"topic", rule.topic}});
  return {{"playbook", playbook.id},
          {"title", playbook.title},
          {"description", playbook.description},
          {"builtin", playbook.builtin},
          {"since", playbook.since},
          {"threats", json::from(playbook.trigger.threats)},
          {"level", json::from(playbook.trigger.level)},
          {"proof", playbook.trigger.proof},
          {"steps", std::move(steps)},
          {"rules", std::move(rules)}};
}

json::Object view_of(const respond::Response& response) {
  auto out = json::from(response).as_object();
  out["step"] = response.number;
  out.erase("number");
  out["action"] = respond::word_of(response.step.action);
  return out;
}

json::Object view_of(const respond::Actuation& actuation) {
  return json::from(actuation).as_object();
}

Result<net::HttpResponse> get_playbooks(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(auto* const desk, house.responder.desk(fleet));
  TRY(auto items, desk->look([](const respond::Book& book) {
    json::Array out;
    for (const auto& [id, playbook] : book.playbooks()) out.emplace_back(view_of(playbook));
    return out;
  }));
  return answer_list(std::move(items));
}

// As it was added: TOML.
Result<net::HttpResponse> get_playbook(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto id, call.part("playbook"));
  TRY(auto* const desk, house.responder.desk(fleet));
  TRY(const auto found, desk->look([&](const respond::Book& book) -> std::optional<json::Object> {
    const auto row = book.playbooks().find(id);
    if (row == book.playbooks().end()) return std::nullopt;
    auto out = view_of(row->second);
    out["toml"] = row->second.toml;
    return out;
  }));
  if (!found) return fail(Errc::not_found, "unknown-playbook", fmt::format("there is no playbook '{}'", id));
  return answer(*found);
}

Result<net::HttpResponse> post_playbook(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto file, file_of(call));
  TRY(const auto dry_run, call.flag("dry_run"));
  TRY(auto* const desk, house.responder.desk(fleet));
  TRY(const auto parsed, respond::Playbook::parse(as_text(call.request().body), file));
  CHECK(check_threats(parsed, file));
  TRY(const auto playbook, desk->add_playbook(as_text(call.request().body), file, call.by(), dry_run.value_or(false)));
  auto out = view_of(playbook);
  out["dry_run"] = dry_run.value_or(false);
  return answer(out, dry_run.value_or(false) ? 200 : 201);
}

Result<net::HttpResponse> post_playbook_remove(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto id, call.part("playbook"));
  TRY(const auto wanted, call.body<Removal>());
  TRY(auto* const desk, house.responder.desk(fleet));
  const bool dry_run = wanted.dry_run.value_or(false);
  CHECK(desk->remove_playbook(id, wanted.why, call.by(), dry_run));
  return answer(json::Object{{"playbook", id}, {"dry_run", dry_run}});
}

// What the playbook in the body would do about an alert; nothing is done.
Result<net::HttpResponse> post_playbook_test(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto file, file_of(call));
  TRY(const auto alert, call.text("alert"));
  TRY(auto* const desk, house.responder.desk(fleet));
  TRY(const auto playbook, respond::Playbook::parse(as_text(call.request().body), file));
  CHECK(check_threats(playbook, file));
  TRY(const auto rehearsal, desk->rehearse(playbook, alert));
  return answer_list(json::from(rehearsal).as_array());
}

}  // namespace outrider::api
