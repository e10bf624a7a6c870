#include "sim/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "base/file.h"
#include "base/time.h"
#include "sim/device/encode_report.h"
#include "sim/device/signer.h"

namespace outrider::sim {
namespace {

constexpr std::string_view examples =
    "Examples:\n"
    "  # the codes come from: outrider device add --csv fleet.csv --codes codes.csv\n"
    "  outrider-sim --devices-file codes.csv --ca data/ca/root.pem --state sim-state --for 1m\n\n"
    "  # the same routes and values every time, a report every ten seconds, machine-readable end\n"
    "  outrider-sim --devices-file codes.csv --ca data/ca/root.pem --state sim-state --seed 7 --interval 10s --for 20s "
    "--json\n\n"
    "  # the freight breach against a running server\n"
    "  outrider-sim breach --devices-file codes.csv --ca data/ca/root.pem --state sim-state --token-file "
    "admin.token\n\n"
    "  # other attacks, and what only looks like one\n"
    "  outrider-sim breach --list\n\n"
    "  # play a recorded drive as device truck-1, ten times as fast\n"
    "  outrider-sim --devices-file codes.csv --ca data/ca/root.pem --state sim-state --trace truck-1=drive.csv "
    "--trace-speed 10\n\n"
    "Exit codes:\n"
    "  0  the run ended as ordered, by its time or by SIGINT or SIGTERM\n"
    "  1  nothing could enrol or connect, or the run had to be given up (the reason is on standard error)\n"
    "  2  the command line or an input file is wrong\n";

constexpr std::chrono::milliseconds interval_min{10};
constexpr std::chrono::hours interval_max{24 * 7};
constexpr std::chrono::milliseconds pace_min{1'000};  // of what happens to a device beside reporting
constexpr std::chrono::hours pace_max{24 * 365};
constexpr double trace_speed_max = 1e4;

// The command line as it is typed; checked afterwards.
struct Typed {
  std::string run_for;
  std::string interval;
  std::string fleet = "demo";
  std::string mqtt = "127.0.0.1:8883";
  std::string version = "5";
  std::string encoding = "json";
  std::vector<std::string> traces;
  int qos = 1;
  std::string renew_every;
  std::string roam_every;
  std::string storm_every;
  std::string session_expiry;
  std::string journal;
  std::string status_file;
  std::string gathering = "scattered";
  // of a scenario
  bool list = false;
  std::string scenario = "freight-breach";
  std::string api = "https://127.0.0.1:8443";
  std::string token_file;
};

Result<std::chrono::milliseconds> duration_of(std::string_view option, const std::string& text,
                                              std::chrono::milliseconds least, std::chrono::milliseconds most) {
  auto parsed = parse_duration(text);
  if (!parsed) return std::unexpected(std::move(parsed).error().during(fmt::format("reading {}", option)));
  if (*parsed < least || *parsed > most) {
    return fail(
        Errc::malformed, "out-of-range",
        fmt::format("{}: {} is not between {} and {}", option, text, format_duration(least), format_duration(most)));
  }
  return parsed;
}

// "127.0.0.1:8883", "[::1]:8883", "localhost".
Result<void> read_address(const std::string& text, RunSettings& out) {
  std::string_view host = text;
  std::string_view port;
  const auto bracket = host.starts_with('[') ? host.find(']') : std::string_view::npos;
  const auto colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  if (bracket != std::string_view::npos) host = host.substr(1, bracket - 1);
  const auto bad = [&] {
    return fail(Errc::malformed, "bad-address", fmt::format("--mqtt: '{}' is not host:port", text));
  };
  if (host.empty()) return bad();
  if (colon != std::string_view::npos) {
    const auto parsed = std::from_chars(port.data(), port.data() + port.size(), out.mqtt_port);
    if (parsed.ec != std::errc{} || parsed.ptr != port.data() + port.size() || out.mqtt_port == 0) return bad();
  }
  out.mqtt_host = host;
  return {};
}

// "FILE" or "DEVICE=FILE".
TraceOrder read_trace(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) return {.file = text, .device = ""};
  return {.file = text.substr(equals + 1), .device = text.substr(0, equals)};
}

// Who the devices are and where the server is: of every run.
void declare_place(CLI::App& app, Typed& typed, RunSettings& settings) {
  app.add_option("--devices-file", settings.devices_file, "CSV with the columns device, profile and code")
      ->required()
      ->type_name("FILE");
  app.add_option("--state", settings.state, "Directory for keys and certificates; a later run uses them again")
      ->required()
      ->type_name("DIR");
  app.add_option("--ca", settings.ca, "PEM of the root that the server's certificate must come from")
      ->required()
      ->type_name("FILE");
  app.add_option("--est", settings.est, "Where to enrol")->default_val("https://127.0.0.1:8443")->type_name("URL");
  app.add_option("--fleet", typed.fleet, "Fleet to enrol in; the label of the EST path")
      ->capture_default_str()
      ->type_name("NAME");
  app.add_option("--mqtt", typed.mqtt, "Where to report")->capture_default_str()->type_name("HOST:PORT");
  app.add_option("--interval", typed.interval, "Between two reports of a device, instead of its profile's")
      ->type_name("TIME");
  app.add_option("--seed", settings.seed, "The same seed gives the same routes and values")
      ->capture_default_str()
      ->type_name("N");
  app.add_flag("--json", settings.json,
               "End with the summary as one JSON object; nothing else goes to standard output");
}

void declare_run(CLI::App& app, Typed& typed, RunSettings& settings) {
  declare_place(app, typed, settings);
  app.add_option("--for", typed.run_for, "End this long after enrolment; without it a signal ends the run")
      ->type_name("TIME");
  app.add_option("--trace", typed.traces,
                 "Play a recording as a device (DEVICE=FILE) or as the next one of the list (FILE)")
      ->type_name("[DEVICE=]FILE");
  app.add_option("--trace-speed", settings.trace_speed, "Play recordings this many times as fast")
      ->capture_default_str()
      ->check(CLI::Range(1.0, trace_speed_max))
      ->type_name("N");
  app.add_option("--mqtt-version", typed.version, "Protocol version")
      ->capture_default_str()
      ->check(CLI::IsMember({"5", "3.1.1"}));
  app.add_option("--qos", typed.qos, "Quality of service; 0 is never acknowledged")
      ->capture_default_str()
      ->check(CLI::Range(0, 2))
      ->type_name("0|1|2");
  app.add_option("--encoding", typed.encoding, "Form of the SenML reports")
      ->capture_default_str()
      ->check(CLI::IsMember({"json", "cbor"}));
  app.add_flag("--signed", settings.sign, "Sign each report with the device's key (COSE_Sign1)");
  app.add_option(
         "--session-expiry", typed.session_expiry,
         "Ask the server to keep sessions so long while a device is away (default: no longer than a connection)")
      ->type_name("TIME");
  app.add_flag("--subscribe", settings.mqtt.subscribe, "Subscribe to d/me/config and d/me/command at QoS 1");
  app.add_option("--renew-every", typed.renew_every,
                 "Each device gets a new certificate this often on average, tries it, and changes over to it")
      ->type_name("TIME");
  app.add_option("--roam-every", typed.roam_every,
                 "Each device comes back from another address of 127.0.0.0/8 this often on average")
      ->type_name("TIME");
  app.add_flag("--resume", settings.resume, "Come back with the ticket of the last connection (TLS 1.3 resumption)");
  app.add_option("--storm-every", typed.storm_every, "All devices lose their connections at once this often")
      ->type_name("TIME");
  app.add_option("--churn", settings.churn_per_minute, "So many devices a minute are switched off for 1 to 10 seconds")
      ->check(CLI::Range(0.0, 1e6))
      ->type_name("N");
  app.add_option("--connections-per-second", settings.connections_per_second, "Pace at which devices connect")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 1e5))
      ->type_name("N");
  app.add_option("--enrolments-at-once", settings.enrolments_at_once, "Connections to the EST server")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  app.add_option("--threads", settings.threads, "Event loops (default: one for every 2000 devices, at most one a core)")
      ->check(CLI::Range(1, 64))
      ->type_name("N");
  app.add_option("--journal", typed.journal, "Append what is sent and acknowledged, for crash tests")
      ->type_name("FILE");
  app.add_flag("--orders", settings.orders, "Take what befalls devices from standard input, as 'breach' gives it");
  app.add_option("--gathering", typed.gathering, "Where trackers are")
      ->capture_default_str()
      ->check(CLI::IsMember({"scattered", "convoy", "car-park"}));
  app.add_option("--status-file", typed.status_file, "Rewrite the summary here every second")->type_name("FILE");
}

void declare_breach(CLI::App& app, Typed& typed, RunSettings& settings) {
  declare_place(app, typed, settings);
  app.add_option("--scenario", typed.scenario, "A scenario that is built in, or a TOML file")
      ->capture_default_str()
      ->type_name("NAME|FILE");
  app.add_flag("--list", typed.list, "Name the scenarios that are built in, and end");
  app.add_option("--api", typed.api, "The server's API, to see what it notices and does")
      ->capture_default_str()
      ->type_name("URL");
  app.add_option("--token-file", typed.token_file, "File with a token of the API; of an operator")
      ->required()
      ->type_name("FILE");
}

Result<std::string> list_of_scenarios() {
  std::string out;
  for (const auto& id : builtin_scenarios()) {
    TRY(const auto scenario, builtin_scenario(id));
    out += fmt::format("{:<18} {}\n", id, scenario.title);
  }
  return out;
}

Result<BreachSettings> breach_of(const Typed& typed, const RunSettings& settings) {
  BreachSettings out{.fleet = settings, .api = typed.api, .token_file = typed.token_file, .json = settings.json};
  if (typed.scenario.find_first_of("./") == std::string::npos) {
    TRY(out.scenario, builtin_scenario(typed.scenario));
    return out;
  }
  TRY(const std::string text, read_text_file(typed.scenario, scenario_bytes_max));
  TRY(out.scenario, parse_scenario(text, typed.scenario));
  return out;
}

Result<void> check(const Typed& typed, RunSettings& settings) {
  if (!typed.run_for.empty()) {
    TRY(settings.run_for,
        duration_of("--for", typed.run_for, std::chrono::milliseconds{0}, std::chrono::hours{24 * 365}));
  }
  if (!typed.interval.empty()) {
    TRY(settings.interval, duration_of("--interval", typed.interval, interval_min, interval_max));
  }
  const auto pace = [](std::string_view option, const std::string& text,
                       std::optional<std::chrono::milliseconds>& out) -> Result<void> {
    if (text.empty()) return {};
    TRY(out, duration_of(option, text, pace_min, pace_max));
    return {};
  };
  CHECK(pace("--renew-every", typed.renew_every, settings.renew_every));
  CHECK(pace("--roam-every", typed.roam_every, settings.roam_every));
  CHECK(pace("--storm-every", typed.storm_every, settings.storm_every));
  if (!typed.session_expiry.empty()) {
    TRY(const auto expiry, duration_of("--session-expiry", typed.session_expiry, std::chrono::seconds{1}, pace_max));
    settings.mqtt.session_expiry_s =
        static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(expiry).count());
  }
  auto fleet = FleetId::parse(typed.fleet);
  if (!fleet) return std::unexpected(std::move(fleet).error().during("reading --fleet"));
  settings.fleet = *std::move(fleet);
  CHECK(read_address(typed.mqtt, settings));
  for (const auto& text : typed.traces) settings.traces.push_back(read_trace(text));
  settings.mqtt.version = typed.version == "5" ? wire::mqtt::Version::v5 : wire::mqtt::Version::v3_1_1;
  settings.mqtt.qos = static_cast<wire::mqtt::QoS>(typed.qos);
  settings.gathering = typed.gathering == "convoy"     ? Gathering::convoy
                       : typed.gathering == "car-park" ? Gathering::car_park
                                                       : Gathering::scattered;
  settings.encoding = typed.encoding == "cbor" ? Encoding::cbor : Encoding::json;
  settings.mqtt.content_type = settings.sign ? signed_content_type : content_type_of(settings.encoding);
  if (!typed.journal.empty()) settings.journal = typed.journal;
  if (!typed.status_file.empty()) settings.status_file = typed.status_file;
  return {};
}

}  // namespace

Result<Options> parse_options(std::vector<std::string> arguments) {
  Options out;
  Typed typed;
  CLI::App app{
      "Plays a fleet of devices against an Outrider server: each enrols by EST with a key of its own, connects by MQTT "
      "over "
      "mutual TLS and reports what a plausible model of it measures.",
      "outrider-sim"};
  app.footer(std::string(examples));
  app.set_version_flag("--version", "outrider-sim 0.1.0");
  CLI::App* const breach = app.add_subcommand(
      "breach",
      "Plays an attack on the fleet, or something that only looks like one, and says what the server refused, noticed "
      "and did about it");
  const bool plays = !arguments.empty() && arguments.front() == "breach";
  if (plays)
    declare_breach(*breach, typed, out.settings);
  else
    declare_run(app, typed, out.settings);
  if (plays && std::ranges::find(arguments, "--list") != arguments.end()) {
    TRY(out.text, list_of_scenarios());
    return out;
  }
  try {
    std::ranges::reverse(arguments);  // CLI11 wants them so
    app.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    out.text = plays ? breach->help() : app.help();
    return out;
  } catch (const CLI::CallForVersion&) {
    out.text = "outrider-sim 0.1.0\n";
    return out;
  } catch (const CLI::ParseError& error) {
    return fail(Errc::malformed, "bad-option", std::string(error.what()) + "; see outrider-sim --help");
  }
  CHECK(check(typed, out.settings));
  if (plays) {
    TRY(out.breach, breach_of(typed, out.settings));
  }
  return out;
}

}  // namespace outrider::sim
