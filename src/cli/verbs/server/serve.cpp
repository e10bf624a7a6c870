#include <fmt/format.h>

#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/input/settings.h"
#include "cli/output/escape.h"
#include "cli/verbs/verbs.h"
#include "server/config/config.h"
#include "server/server.h"

namespace outrider::cli {
namespace {

void announce(Context& context, const server::Addresses& at) {
  if (context.json()) {
    context.out.value(json::from(at));
  } else {
    const std::string over_websocket =
        at.websocket.empty() ? "" : fmt::format(", MQTT over WebSocket on {}", at.websocket);
    const std::string lists = at.pki.empty() ? "" : fmt::format(", revocation lists on {}", at.pki);
    context.out.line(fmt::format("Serving MQTT on {}{}, HTTPS on {}{}, metrics on {}; local socket {}", at.mqtt,
                                 over_websocket, at.https, lists, at.metrics, at.socket));
  }
  context.out.flush();
}

Result<void> serve(Context& context) {
  auto loaded = load_settings(context.args);
  if (!loaded.ok()) return fail(Errc::malformed, "bad-config", loaded.text());
  for (const std::string& warning : loaded.warnings) context.out.note("warning: " + escape(warning));
  loaded.accept_ledger_rollback = context.args.flag("accept-ledger-rollback");
  std::string doing;
  const auto progress = [&](std::string_view what, std::uint64_t done, std::uint64_t total) {
    // The log is for services; a person at a terminal wants to know why nothing seems to happen.
    if (!context.out.terminal().err_tty || total == 0) return;
    const std::string line = fmt::format("{}: {}%", what, 100 * std::min(done, total) / total);
    if (line != doing) context.out.note(line);
    doing = line;
  };
  return server::serve(std::move(loaded), progress, [&](const server::Addresses& at) { announce(context, at); });
}

}  // namespace

std::vector<Command> serve_commands() {
  return {
      {.path = "serve",
       .summary = "Run the server",
       .about =
           "Runs until SIGTERM or SIGINT, then closes sessions, completes what it has accepted and publishes a last "
           "checkpoint; a second signal ends it at once. The log goes to standard error. Tells systemd when it is "
           "ready.",
       .arguments = {},
       .options =
           {{"config", "FILE",
             "the configuration file (default: OUTRIDER_CONFIG, then /etc/outrider/outrider.toml when it exists)"},
            {"data", "DIR", "the data directory, instead of the configuration's"},
            {"accept-ledger-rollback", "",
             "start although the ledger is older than it was, and record that; what was revoked since is good again"}},
       .examples = {{"with everything in one directory of your own", "outrider serve --data ./data"},
                    {"as the service does", "outrider serve --config /etc/outrider/outrider.toml"}},
       .traits = {},
       .run = serve}};
}

}  // namespace outrider::cli
