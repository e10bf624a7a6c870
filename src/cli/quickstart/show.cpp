#include "cli/quickstart/show.h"

#include <fmt/format.h>

#include <iostream>

#include "base/file.h"
#include "cli/command/exit.h"
#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/quickstart/child.h"
#include "cli/quickstart/enlist.h"
#include "cli/quickstart/picture.h"
#include "cli/quickstart/place.h"
#include "cli/quickstart/signals.h"

namespace outrider::cli {
namespace {

constexpr std::string_view fleet_name = "demo";
constexpr auto tick = std::chrono::milliseconds{1000};
constexpr auto start_look = std::chrono::milliseconds{50};
constexpr int ticks_per_line = 5;  // without a terminal
// Enough for the slowest machine to enrol that many; afterwards the time given with --for runs anyway.
constexpr auto online_patience = std::chrono::seconds{60};
constexpr std::size_t devices_per_second_min = 20;
constexpr auto simulator_patience = std::chrono::seconds{30};
constexpr auto server_patience = std::chrono::minutes{2};
constexpr std::size_t simulator_output_bytes_max = 16UL * 1024 * 1024;

std::string port_of(const std::string& address) {
  return address.substr(address.rfind(':') + 1);
}

// As short as it can be typed from here.
std::string as_typed(const std::filesystem::path& program) {
  std::error_code error;
  const auto here = std::filesystem::current_path(error);
  const auto relative = error ? program : program.lexically_proximate(here);
  if (relative.native().size() >= program.native().size()) return program.string();
  return relative.has_parent_path() ? relative.string() : "./" + relative.string();
}

class Show {
 public:
  Show(Context& context, const ShowOptions& options, ShowSummary& summary)
      : context_(context), options_(options), summary_(summary) {}

  Result<void> run();

 private:
  enum class End : unsigned char { time, stop };

  Result<void> start();
  Result<void> start_simulator();
  Result<End> watch();
  Result<End> watch_breach();
  void tell_breach();
  Result<void> look();
  Result<void> end(End how);
  Result<void> stop_simulator(End how);
  Result<void> verify();
  Result<void> judge(End how) const;

  bool stop_wished() { return signals_.wait(std::chrono::milliseconds{0}) == Signals::Wake::stop; }
  Result<void> check_children();
  void say(std::string_view text) { context_.out.err() << text << std::endl; }
  void show(std::string_view doing);
  Frame frame(std::string_view doing) const;

  Context& context_;
  const ShowOptions& options_;
  ShowSummary& summary_;
  Signals signals_;  // before the children: they are started and ended while signals are held back
  std::filesystem::path program_;
  Place place_;
  std::optional<RunningServer> server_;
  std::optional<Child> simulator_;
  Api* api_ = nullptr;
  std::vector<PlannedDevice> planned_;
  std::optional<Snapshot> now_;
  std::optional<Screen> screen_;
  std::size_t told_ = 0;  // bytes of the breach's log that were shown
  int ticks_ = 0;
};

Result<void> Show::start() {
  TRY(program_, own_program());
  const Waiting wait = [this] { return signals_.wait(start_look) != Signals::Wake::stop; };
  TRY(place_, prepare_place(options_.data, wait));
  TRY(const auto ports, free_ports(place_));
  for (const std::string& note : ports.notes) say(note);
  say("Starting the server …");
  TRY(auto server, start_server(place_, program_, ports, wait));
  server_.emplace(std::move(server));
  const auto& at = server_->addresses;
  say(fmt::format("MQTT on {}, HTTPS on {}, metrics on {}", at.mqtt, at.https, at.metrics));
  TRY(api_, context_.api());
  Progress bar(context_.out, "registering devices");
  TRY(planned_, enlist(*api_, std::string(fleet_name), options_.devices, place_.simulation(),
                       [&](std::uint64_t done, std::uint64_t total) {
                         bar.update(done, total);
                         return !stop_wished();
                       }));
  bar.finish();
  return start_simulator();
}

Result<void> Show::start_simulator() {
  TRY(const auto simulator, find_program(program_, "outrider-sim", "../../sim/outrider-sim"));
  const auto& at = server_->addresses;
  const std::string https = "https://localhost:" + port_of(at.https);
  std::vector<std::string> arguments{"--devices-file", (place_.simulation() / "fleet.csv").string(),
                                     "--fleet",        std::string(fleet_name),
                                     "--est",          https,
                                     "--mqtt",         "localhost:" + port_of(at.mqtt),
                                     "--ca",           (place_.data / "ca" / "root.pem").string(),
                                     "--state",        place_.simulation().string()};
  if (!options_.interval.empty()) arguments.insert(arguments.end(), {"--interval", options_.interval});
  if (options_.breach) {
    arguments.insert(arguments.begin(), "breach");
    arguments.insert(arguments.end(), {"--api", https, "--token-file", (place_.data / "admin.token").string()});
    if (!options_.scenario.empty()) arguments.insert(arguments.end(), {"--scenario", options_.scenario});
  } else {
    arguments.insert(arguments.end(), {"--status-file", (place_.simulation() / "status.json").string()});
  }
  if (!options_.breach || context_.json()) arguments.emplace_back("--json");
  const auto log = place_.log(options_.breach ? "breach" : "simulator");
  std::error_code none;
  told_ = options_.breach ? std::filesystem::file_size(log, none) : 0;
  if (none) told_ = 0;
  TRY(auto started, Child::start({.program = simulator,
                                  .arguments = std::move(arguments),
                                  .environment = {},
                                  .log = log,
                                  .output = place_.simulation() / "summary.json"}));
  simulator_.emplace(std::move(started));
  return {};
}

void Show::tell_breach() {
  const auto log = read_text_file(place_.log("breach"), simulator_output_bytes_max);
  const std::size_t end = log ? log->rfind('\n') : std::string::npos;
  if (end == std::string::npos) return;
  while (told_ < end + 1) {
    const std::size_t line = log->find('\n', told_);
    say(escape(std::string_view(*log).substr(told_, line - told_)));
    told_ = line + 1;
  }
}

// The attacker's steps and what the server does about them, as they happen.
Result<Show::End> Show::watch_breach() {
  while (simulator_->running()) {
    if (!server_->child.running()) return std::unexpected(server_->child.death("server"));
    CHECK(look());
    tell_breach();
    if (signals_.wait(tick) == Signals::Wake::stop) return End::stop;
  }
  tell_breach();
  TRY(const auto table, read_text_file(place_.simulation() / "summary.json", simulator_output_bytes_max));
  context_.out.line(table.substr(0, table.find_last_not_of('\n') + 1));
  return End::time;
}

Result<void> Show::check_children() {
  if (server_ && !server_->child.running()) return std::unexpected(server_->child.death("server"));
  if (simulator_ && !simulator_->running()) return std::unexpected(simulator_->death("simulator"));
  return {};
}

Result<void> Show::look() {
  auto status = api_->get(path_of("status"));
  // A server that does not answer has most likely just died, which says more.
  if (!status) {
    CHECK(check_children());
    return std::unexpected(std::move(status).error());
  }
  if (!status->is_object()) return fail(Errc::internal, "bad-answer", "the server's answer is not an object");
  now_ = snapshot_of(status->get_object(), fleet_name, std::chrono::steady_clock::now(), now_);
  return {};
}

Frame Show::frame(std::string_view doing) const {
  const std::string outrider = as_typed(program_);
  const std::string data = options_.data_as_typed;
  const std::string device = planned_.empty() ? "DEVICE" : planned_.front().device;
  return {.title = fmt::format("Outrider quickstart: fleet {}, {} simulated devices, everything in {}", fleet_name,
                               planned_.size(), data),
          .doing = std::string(doing),
          .hints = {fmt::format("{} device list --data {}", outrider, data),
                    fmt::format("{} tail --follow --data {}", outrider, data),
                    fmt::format("{} history {} --since 5m --data {}", outrider, device, data),
                    fmt::format("{} ledger prove 100 --data {} > report.proof && {} verify report.proof", outrider,
                                data, outrider),
                    "connect your own device: README.md"}};
}

void Show::show(std::string_view doing) {
  if (screen_) {
    screen_->draw(picture(frame(doing), *now_, context_.now(), context_.out, screen_->columns(), screen_->rows()));
  } else if (ticks_++ % ticks_per_line == 0) {
    say(fmt::format("{:<10}  {}", doing.substr(0, doing.find(' ')), one_line(*now_)));
  }
}

Result<Show::End> Show::watch() {
  const auto begin = std::chrono::steady_clock::now();
  const auto patience = online_patience + std::chrono::seconds(planned_.size() / devices_per_second_min);
  if (!context_.json() && context_.out.terminal().out_tty) screen_.emplace(std::cout);
  std::optional<std::chrono::steady_clock::time_point> deadline;
  while (true) {
    CHECK(check_children());
    CHECK(look());
    const auto now = std::chrono::steady_clock::now();
    const bool all_online = now_->devices_online >= planned_.size();
    if (options_.run_for && !deadline && (all_online || now - begin >= patience)) deadline = now + *options_.run_for;
    if (deadline && now >= *deadline) return End::time;
    const auto left = deadline ? std::chrono::ceil<std::chrono::seconds>(*deadline - now) : std::chrono::seconds{0};
    if (deadline) {
      show(fmt::format("running for another {}s", left.count()));
    } else {
      show(all_online ? "running" : "connecting the devices");
    }
    auto pause = tick;
    if (deadline) pause = std::min(pause, std::chrono::ceil<std::chrono::milliseconds>(*deadline - now));
    if (signals_.wait(pause) == Signals::Wake::stop) return End::stop;
  }
}

Result<void> Show::stop_simulator(End how) {
  say("Stopping the simulator …");
  const auto stopped = simulator_->stop(simulator_patience);
  simulator_.reset();
  const auto output = read_text_file(place_.simulation() / "summary.json", simulator_output_bytes_max);
  if (output) take_simulator_summary(*output, summary_);
  // A breach that is interrupted has no end to be judged by.
  if (stopped || (options_.breach && how == End::stop)) return {};
  if (options_.breach && output && !output->empty())
    return fail(Errc::unavailable, "breach-not-held", "not every step was answered as it has to be, in time");
  const auto log = place_.log(options_.breach ? "breach" : "simulator");
  return fail(Errc::unavailable, "simulator-failed",
              fmt::format("the simulator ended badly ({}). The end of {}:\n{}", stopped.error().text(), log.string(),
                          last_lines(log, 12)));
}

Result<void> Show::verify() {
  say("Verifying the whole ledger …");
  Progress bar(context_.out, "verifying");
  net::HttpRequest request;
  request.method = "POST";
  request.path = path_of("ledger", "verify");
  bool stopped = false;
  std::string problems = "the server did not report";
  CHECK(api_->lines(std::move(request), [&](const json::Value& line) -> Result<bool> {
    if (!line.is_object()) return true;
    const auto& document = line.get_object();
    if (document.contains("report")) {
      const auto& report = object_at(document, "report");
      summary_.ledger_verified = flag_at(report, "ok");
      problems = text_at(report, "problems");
    } else if (document.contains("error")) {
      problems = text_at(object_at(document, "error"), "detail");
    } else {
      const auto& progress = object_at(document, "progress");
      bar.update(number_at(progress, "done"), number_at(progress, "total"));
    }
    stopped = stop_wished();
    return !stopped;
  }));
  bar.finish();
  if (stopped)
    return fail(Errc::unavailable, std::string(reason_interrupted), "interrupted while the ledger was being verified");
  if (summary_.ledger_verified && options_.breach) say("The ledger is verified: every hash and signature fits.");
  if (!summary_.ledger_verified)
    return fail(Errc::corrupt, std::string(reason_verification), "the ledger did not verify: " + problems);
  return {};
}

Result<void> Show::end(End how) {
  screen_.reset();
  summary_.devices_online = now_->devices_online;
  TRY(summary_.devices_enrolled, count_enrolled(*api_, std::string(fleet_name), planned_));
  // However a breach went, its ledger is verified and the server ends well.
  const auto played = stop_simulator(how);
  if (!played && !options_.breach) return played;
  CHECK(look());
  summary_.entries_durable = now_->entries_durable;
  CHECK(verify());
  say("Stopping the server …");
  const auto stopped = server_->child.stop(server_patience);
  if (!stopped) {
    auto error = server_->child.death("server");
    server_.reset();
    return std::unexpected(std::move(error));
  }
  server_.reset();
  CHECK(played);
  return judge(how);
}

// Somebody who ends it early knows why; after the full time everything must have worked.
Result<void> Show::judge(End how) const {
  if (how == End::stop || options_.breach) return {};
  const std::size_t wanted = planned_.size();
  if (summary_.devices_enrolled < wanted) {
    return fail(Errc::unavailable, "not-enrolled",
                fmt::format("only {} of {} devices are enrolled", summary_.devices_enrolled, wanted));
  }
  if (summary_.devices_online < wanted) {
    return fail(Errc::unavailable, "not-online",
                fmt::format("only {} of {} devices were online", summary_.devices_online, wanted));
  }
  if (summary_.reports_acknowledged == 0) return fail(Errc::unavailable, "no-reports", "no report was acknowledged");
  return {};
}

Result<void> Show::run() {
  CHECK(start());
  const auto how = options_.breach ? watch_breach() : watch();
  screen_.reset();
  if (!how) return std::unexpected(how.error());
  return end(*how);
}

}  // namespace

void take_simulator_summary(std::string_view output, ShowSummary& summary) {
  while (output.ends_with('\n')) output.remove_suffix(1);
  const auto begin = output.rfind('\n');
  const auto line = json::parse(begin == std::string_view::npos ? output : output.substr(begin + 1));
  if (!line || !line->is_object()) return;
  const auto& said = line->get_object();
  summary.reports_sent = number_at(said, "reports_sent");
  summary.reports_acknowledged = number_at(said, "reports_acknowledged");
  summary.refused = number_at(said, "refused");
}

Result<void> run_show(Context& context, const ShowOptions& options, ShowSummary& summary) {
  return Show(context, options, summary).run();
}

}  // namespace outrider::cli
