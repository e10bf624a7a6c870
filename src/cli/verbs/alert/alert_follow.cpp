// The alerts as they come, by the stream of entries.
#include <fmt/format.h>

#include <set>

#include "cli/command/exit.h"
#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/verbs/alert/alert.h"
#include "cli/verbs/answer.h"

namespace outrider::cli {
namespace {

constexpr std::size_t remembered_max = 100'000;  // alerts of a long watch

struct Wanted {
  std::string level, device;
  bool takes(const json::Object& said) const {
    if (!level.empty() && text_at(said, "level") != level) return false;
    if (device.empty() || text_at(said, "device") == device) return true;
    for (const auto& listed : list_at(said, "devices"))
      if (listed.is_string() && std::string_view(listed.get_string()) == device) return true;
    return false;
  }
};

void print(Context& context, const json::Object& entry, const json::Object& said) {
  if (context.json()) {
    context.out.value(entry);
    return;
  }
  const bool grown = text_at(entry, "kind") == "alert.grown";
  const auto level = level_cell(said);
  const auto device = text_at(said, "device");
  const std::string about =
      device.empty() ? fmt::format("{} devices", number_at(said, "device_count")) : escape(device);
  const std::string title = grown ? "has grown" : escape(text_at(said, "title"));
  context.out.line(fmt::format("{}  {}  {}  {}: {}", escape(text_at(entry, "received")),
                               context.out.paint(level.colour, escape(level.text)), escape(text_at(said, "alert")),
                               about, title));
  context.out.line("    " + escape(text_at(said, "explanation")));
}

// What has grown does not name its threat again: it is known from when it was raised, here or before.
Result<std::set<std::string>> standing(Api& server, const std::string& fleet, std::string_view threat) {
  std::set<std::string> out;
  if (threat.empty()) return out;
  Query query{{"threat", std::string(threat)}, {"limit", "1000"}};
  while (out.size() < remembered_max) {
    TRY(const auto page, object_of(server.get(path_of("fleets", fleet, "alerts"), query)));
    for (const auto& item : list_at(page, "items"))
      if (item.is_object()) out.insert(text_at(item.get_object(), "alert"));
    const auto next = text_at(page, "next");
    if (next.empty()) break;
    query["after"] = next;
  }
  return out;
}

}  // namespace

Result<void> follow_alerts(Context& context, const std::string& fleet) {
  for (const std::string_view name : {"state", "since"})
    if (context.args.has(name))
      return std::unexpected(usage_error(fmt::format("--{} does not go with --follow: what follows is new", name)));
  const Wanted wanted{std::string(context.args.text("level")), std::string(context.args.text("device"))};
  const std::string_view threat = context.args.text("threat");
  TRY(Api * server, context.api());
  TRY(auto of_threat, standing(*server, fleet, threat));
  net::HttpRequest request;
  request.path = path_of("fleets", fleet, "entries", "stream");
  CHECK(server->lines(std::move(request), [&](const json::Value& line) -> Result<bool> {
    if (!line.is_object()) return true;
    const auto& entry = line.get_object();
    const auto kind = text_at(entry, "kind");
    if (kind != "alert.raised" && kind != "alert.grown") return true;
    const auto& said = object_at(entry, "payload");
    const auto alert = text_at(said, "alert");
    const bool named = threat.empty() || text_at(said, "threat") == threat || of_threat.contains(alert);
    if (!named || !wanted.takes(said)) return true;
    if (of_threat.size() < remembered_max) of_threat.insert(alert);
    print(context, entry, said);
    context.out.flush();
    return true;
  }));
  return fail(Errc::unavailable, std::string(reason_unreachable), "the server ended the stream");
}

}  // namespace outrider::cli
