#include <algorithm>

#include "cli/command/command.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

constexpr Option option_data{
    "data", "DIR",
    "the server's data directory, whose local socket is used (default: OUTRIDER_DATA, then the "
    "configuration)"};
constexpr Option option_server{
    "server", "URL", "a remote server instead, e.g. https://outrider.example:8443 (default: OUTRIDER_SERVER)"};
constexpr Option option_token{"token-file", "FILE",
                              "file with an API token for --server, mode 0600 (default: OUTRIDER_TOKEN_FILE)"};
constexpr Option option_ca{"ca", "FILE", "PEM file with the root certificate of --server (default: OUTRIDER_CA)"};
constexpr Option option_fleet{"fleet", "FLEET", "the fleet (default: the only one there is)"};
constexpr Option option_dry_run{"dry-run", "", "check everything and say what would happen, but change nothing"};
constexpr Option option_json{"json", "", "machine-readable output"};
constexpr Option option_help{"help", "", "this help"};

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> all = [] {
    std::vector<Command> out;
    for (auto* group :
         {quickstart_commands, serve_commands,       status_commands,    doctor_commands,      config_commands,
          fleet_commands,      profile_commands,     device_commands,    application_commands, why_commands,
          identity_commands,   ca_commands,          anchor_commands,    enrolment_commands,   history_commands,
          alert_commands,      maintenance_commands, detect_commands,    route_commands,       fence_commands,
          playbook_commands,   response_commands,    actuation_commands, cell_commands,        tail_commands,
          ledger_commands,     prove_commands,       verify_commands,    token_commands,       backup_commands,
          shell_commands}) {
      for (Command& command : group()) out.push_back(std::move(command));
    }
    return out;
  }();
  return all;
}

const std::vector<Noun>& nouns() {
  static const std::vector<Noun> all{
      {"config", "the server's configuration file"},
      {"fleet", "tenants: devices, operators and data that belong together"},
      {"profile", "contracts of device types"},
      {"device", "devices and their enrolment codes"},
      {"app", "applications: backend services with certificates and grants of their own"},
      {"identity", "certificates issued to devices"},
      {"ca", "the authorities that sign them"},
      {"anchor", "manufacturers and other CAs whose certificates count in a fleet"},
      {"enrolment", "devices that ask to be let in without a code"},
      {"alert", "what detection found, and what people say of it"},
      {"maintenance", "work that excuses alerts"},
      {"playbook", "what is done when an alert is raised"},
      {"response", "what was done about alerts, and what is proposed"},
      {"actuation", "what acts on the world by a device's word"},
      {"route", "where devices are going"},
      {"fence", "where devices must stay in, or out of"},
      {"detect", "how detection is doing, its checks and dials, and its run over history"},
      {"cell", "the radio cells that detection has learnt"},
      {"ledger", "the append-only, provable log of a fleet's facts"},
      {"prove", "evidence for who trusts neither server nor database"},
      {"token", "API tokens for remote operators and programs"},
  };
  return all;
}

std::vector<Option> all_options(const Command& command) {
  std::vector<Option> out = command.options;
  if (command.traits.fleet) out.push_back(option_fleet);
  if (command.traits.mutates) out.push_back(option_dry_run);
  if (command.traits.remote) {
    out.insert(out.end(), {option_data, option_server, option_token, option_ca});
  }
  out.push_back(option_json);
  out.push_back(option_help);
  return out;
}

const Command* find_command(std::string_view path) {
  const auto& all = commands();
  const auto it = std::ranges::find(all, path, &Command::path);
  return it == all.end() ? nullptr : &*it;
}

}  // namespace outrider::cli
