#include <fmt/format.h>

#include "base/ids.h"
#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/identity/identity.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

constexpr std::size_t serial_digits_max = 40;  // 20 octets: RFC 5280, 4.1.2.2

// Where the key lives; what nobody has proved is a claim.
std::string home_of(const json::Object& identity) {
  const std::string home = text_at(identity, "key_home");
  return home == "software" || flag_at(identity, "key_home_attested") ? home : home + " (claimed)";
}

Cell state_of(const json::Object& identity, Timestamp now) {
  if (const auto revoked = time_at(identity, "revoked")) return {"revoked " + relative(*revoked, now), Colour::red};
  const auto end = time_at(identity, "not_after");
  if (end && *end < now) return {"expired", Colour::yellow};
  return {"valid", Colour::green};
}

Result<void> list(Context& context) {
  TRY(const auto fleet, context.fleet());
  Query query{{"limit", "1000"}};
  if (context.args.has("device")) query["device"] = context.args.text("device");
  CHECK(print_list(
      context,
      {.path = path_of("fleets", fleet, "identities"),
       .query = std::move(query),
       .columns =
           {{"SERIAL"}, {"DEVICE"}, {"STATE"}, {"ISSUED", Align::right}, {"EXPIRES", Align::right}, {"BY"}, {"KEY IN"}},
       .none = "No identities."},
      [&](const json::Object& item) -> std::vector<Cell> {
        return {text_at(item, "serial"),
                text_at(item, "device"),
                state_of(item, context.now()),
                age_at(item, "issued", context.now()),
                age_at(item, "not_after", context.now()),
                text_at(item, "right"),
                home_of(item)};
      }));
  return {};
}

Result<void> show(Context& context) {
  TRY(const auto serial, serial_of(context.args));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto identity, object_of(server->get(path_of("fleets", fleet, "identities", serial))));
  if (context.json()) {
    context.out.value(identity);
    return {};
  }
  std::vector<std::pair<std::string_view, Cell>> fields{{"state", state_of(identity, context.now())}};
  std::string pem;
  for (const auto& item : identity) {
    const std::string text = shown(item.value());
    if (text.starts_with("-----BEGIN")) {
      pem = text;
    } else if (const auto time = time_at(identity, item.key())) {
      fields.emplace_back(item.key(), fmt::format("{} ({})", to_rfc3339(*time), relative(*time, context.now())));
    } else {
      fields.emplace_back(item.key(), text);
    }
  }
  print_fields(context.out, fields);
  for (std::string_view rest = pem; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    context.out.line(escape(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

}  // namespace

void print_identities(Context& context, const json::Array& identities) {
  print_section(context, {{"IDENTITY"}, {"ISSUED", Align::right}, {"EXPIRES", Align::right}, {"REVOKED", Align::right}},
                identities, [&](const json::Object& identity) -> std::vector<Cell> {
                  return {text_at(identity, "serial"),
                          age_at(identity, "issued", context.now()),
                          age_at(identity, "not_after", context.now()),
                          {age_at(identity, "revoked", context.now()), Colour::red}};
                });
}

Result<std::string> serial_of(const Args& args) {
  std::string out;
  for (const char c : args.text("SERIAL")) {
    if (c == ':') continue;
    if (c >= 'A' && c <= 'F') {
      out += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) {
      out += c;
    } else {
      return std::unexpected(usage_error("a serial number is hexadecimal ('outrider identity list' shows them)"));
    }
  }
  if (out.empty() || out.size() > serial_digits_max) {
    return std::unexpected(usage_error(fmt::format("a serial number has 1 to {} digits", serial_digits_max)));
  }
  return out;
}

std::vector<Command> identity_commands() {
  return {
      {.path = "identity list",
       .summary = "List the certificates issued to devices",
       .about = "",
       .arguments = {},
       .options = {{"device", "DEVICE", "only of this device"}},
       .examples = {{"of one device", "outrider identity list --device truck-7"},
                    {"what runs out within a week",
                     "outrider identity list --json | jq -r --arg t \"$(date -u -d '7 days' +%FT%TZ)\" '.[] | "
                     "select(.not_after < $t).device'"}},
       .traits = {.remote = true, .fleet = true},
       .run = list},
      {.path = "identity show",
       .summary = "Show one certificate",
       .about = "",
       .arguments = {{"SERIAL", "its serial number in hex; colons and capitals are fine"}},
       .options = {},
       .examples = {{"by the number that openssl prints", "outrider identity show 5A:0C:11:93:7E:42"}},
       .traits = {.remote = true, .fleet = true},
       .run = show},
      identity_revoke_command(),
  };
}

}  // namespace outrider::cli
