#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "base/ids.h"
#include "base/suggest.h"
#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/verbs/ledger/entry_view.h"
#include "cli/verbs/verbs.h"
#include "facts/kind.h"

namespace outrider::cli {
namespace {

constexpr std::uint64_t page_entries = 1000;  // the most one answer holds
// Entries looked at by one request when only some are wanted.
constexpr std::uint64_t window_entries = 10'000;
// How far back the last entries of a rare kind are looked for; --from looks further.
constexpr std::uint64_t look_back_entries_max = 200'000;

// Of a line for people that goes to no terminal; --json has everything.
constexpr std::size_t line_columns_max = 400;

struct Wanted {
  std::string kind;    // empty: every
  std::string device;  // empty: every

  bool matches(const json::Object& entry) const {
    if (!kind.empty() && text_at(entry, "kind") != kind) return false;
    if (device.empty()) return true;
    const auto& subject = object_at(entry, "subject");
    return text_at(subject, "kind") == "device" && text_at(subject, "id") == device;
  }
  Query query() const {
    Query out;
    if (!kind.empty()) out["kind"] = kind;
    if (!device.empty()) out["subject"] = "device:" + device;
    return out;
  }
};

Result<Wanted> wanted_of(const Args& args) {
  Wanted out{std::string(args.text("kind")), std::string(args.text("device"))};
  if (!out.kind.empty() && !kind_from_name(out.kind)) {
    std::vector<std::string_view> known;
    for (unsigned number = 0; number < 256; ++number) {
      const auto name = name_of(static_cast<Kind>(number));
      if (kind_from_name(name)) known.push_back(name);
    }
    return std::unexpected(
        usage_error(fmt::format("--kind: there is no '{}'{}; the kinds are {}", escape(out.kind.substr(0, 64)),
                                did_you_mean(out.kind, known), fmt::join(known, ", "))));
  }
  if (!out.device.empty()) {
    if (auto id = DeviceId::parse(out.device); !id)
      return std::unexpected(usage_error("--device: " + id.error().detail));
  }
  return out;
}

// The payload in one line, safe for a terminal: JSON as it stands, anything else by its size.
std::string gist(const json::Object& entry) {
  if (flag_at(entry, "shredded")) return "(shredded)";
  const auto* payload = entry.if_contains("payload");
  if (payload == nullptr || payload->is_null()) return {};
  const std::string type = text_at(entry, "content_type");
  if (!payload->is_string() || is_json(type)) return escape_json(json::compact(*payload));
  const auto bytes = from_base64(std::string_view(payload->get_string()));
  return bytes ? escape(payload_text(*bytes, type)) : std::string();
}

void print(Context& context, const json::Object& entry) {
  if (context.json()) {
    context.out.value(entry);
    return;
  }
  // Clock time only, within a day; streams are read as they come.
  const auto received = time_at(entry, "received");
  std::string when = text_at(entry, "received");
  if (received && context.now() - *received < std::chrono::hours{24})
    when = when.substr(std::min<std::size_t>(11, when.size()));
  constexpr std::size_t when_columns = 16;
  const auto& subject = object_at(entry, "subject");
  std::string line = fmt::format("{:>8}  {:<{}}  {:<20}  {:<20}  ", number_at(entry, "number"), escape(when),
                                 when_columns, escape(text_at(entry, "kind")), escape(text_at(subject, "id")));
  line += gist(entry);
  const std::size_t columns = context.out.terminal().columns;
  context.out.line(shorten(line, columns == 0 ? line_columns_max : columns));
}

// The numbers of the newest entries that match, found from the end backwards; and where the log ends now.
struct Last {
  std::deque<json::Object> entries;
  std::uint64_t end = 0;
};

Result<std::uint64_t> durable_of(Api& server, const std::string& fleet) {
  TRY(const auto status, server.get(path_of("ledger", "status")));
  if (!status.is_object()) return 0;
  for (const auto& item : list_at(status.get_object(), "fleets")) {
    if (item.is_object() && text_at(item.get_object(), "fleet") == fleet)
      return number_at(item.get_object(), "durable");
  }
  return fail(Errc::not_found, "unknown-fleet", fmt::format("there is no fleet '{}'", fleet));
}

Result<Last> last_entries(Api& server, const std::string& fleet, const Wanted& wanted, std::uint64_t count) {
  Last out;
  TRY(out.end, durable_of(server, fleet));
  const std::uint64_t stop = out.end > look_back_entries_max ? out.end - look_back_entries_max : 0;
  const Query filter = wanted.query();
  const std::uint64_t window = filter.empty() ? count : window_entries;
  for (std::uint64_t end = out.end; end > stop && out.entries.size() < count;) {
    const std::uint64_t begin = end - std::min(end - stop, window);
    std::deque<json::Object> found;
    Query query = filter;
    query["from"] = fmt::format("{}", begin);
    query["limit"] = fmt::format("{}", std::min(window, page_entries));
    CHECK(server.each(path_of("fleets", fleet, "entries"), query, all_items, [&](const json::Object& entry) {
      if (number_at(entry, "number") >= end) return false;
      if (wanted.matches(entry)) found.push_back(entry);
      return true;
    }));
    out.entries.insert(out.entries.begin(), found.begin(), found.end());
    end = begin;
  }
  while (out.entries.size() > count) out.entries.pop_front();
  return out;
}

Result<void> follow(Context& context, Api& server, const std::string& fleet, const Wanted& wanted, std::uint64_t from) {
  net::HttpRequest request;
  request.path = path_of("fleets", fleet, "entries", "stream");
  request.query = wanted.query();
  request.query["from"] = fmt::format("{}", from);
  CHECK(server.lines(std::move(request), [&](const json::Value& line) -> Result<bool> {
    if (line.is_object() && wanted.matches(line.get_object())) {
      print(context, line.get_object());
      context.out.flush();
    }
    return true;
  }));
  return fail(Errc::unavailable, std::string(reason_unreachable), "the server ended the stream");
}

Result<void> tail(Context& context) {
  TRY(const auto wanted, wanted_of(context.args));
  TRY(const auto count, context.args.number("lines", 0, 10'000));
  TRY(const auto first, context.args.number("from", 0, std::numeric_limits<std::int64_t>::max()));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const bool following = context.args.flag("follow");
  if (context.args.has("from")) {
    if (following) return follow(context, *server, fleet, wanted, first);
    Query query = wanted.query();
    query["from"] = fmt::format("{}", first);
    query["limit"] = fmt::format("{}", page_entries);
    return server->each(path_of("fleets", fleet, "entries"), query, all_items, [&](const json::Object& entry) {
      if (wanted.matches(entry)) print(context, entry);
      return true;
    });
  }
  TRY(const auto last, last_entries(*server, fleet, wanted, count));
  for (const json::Object& entry : last.entries) print(context, entry);
  context.out.flush();
  if (following) return follow(context, *server, fleet, wanted, last.end);
  return {};
}

}  // namespace

std::vector<Command> tail_commands() {
  return {{.path = "tail",
           .summary = "Show the newest entries of a fleet's ledger, and follow it",
           .about = "The last --lines entries, or everything from entry --from on; with --follow also each new one as "
                    "it becomes "
                    "durable, until Ctrl-C.",
           .arguments = {},
           .options = {{"follow", "", "go on with each new entry"},
                       {"kind", "KIND", "only of this kind: telemetry, identity.issued, access.refused …"},
                       {"device", "DEVICE", "only about this device"},
                       {"lines", "N", "how many of the last ones", "20"},
                       {"from", "ENTRY", "everything from this number on instead"}},
           .examples = {{"live", "outrider tail --follow"},
                        {"what a device was refused", "outrider tail --kind access.refused --device truck-7"},
                        {"the whole log as NDJSON", "outrider tail --from 0 --json > demo.ndjson"}},
           .traits = {.remote = true, .fleet = true},
           .run = tail}};
}

}  // namespace outrider::cli
