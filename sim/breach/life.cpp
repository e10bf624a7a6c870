#include "sim/breach/life.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "base/time.h"

namespace outrider::sim {
namespace {

constexpr std::size_t status_bytes_max = 64UL * 1024;

std::vector<std::string> arguments_of(const RunSettings& settings, const std::filesystem::path& status) {
  std::vector<std::string> out{"outrider-sim",
                               "--devices-file",
                               settings.devices_file.string(),
                               "--state",
                               settings.state.string(),
                               "--ca",
                               settings.ca.string(),
                               "--est",
                               settings.est,
                               "--fleet",
                               settings.fleet.value,
                               "--mqtt",
                               fmt::format("{}:{}", settings.mqtt_host, settings.mqtt_port),
                               "--seed",
                               std::to_string(settings.seed),
                               "--status-file",
                               status.string(),
                               "--json"};
  if (settings.interval) {
    out.insert(out.end(), {"--interval", fmt::format("{}ms", settings.interval->count())});
  }
  if (settings.orders) out.emplace_back("--orders");
  if (settings.gathering == Gathering::convoy) out.insert(out.end(), {"--gathering", "convoy"});
  if (settings.gathering == Gathering::car_park) out.insert(out.end(), {"--gathering", "car-park"});
  return out;
}

}  // namespace

Result<Life> Life::begin(const RunSettings& settings) {
  std::filesystem::create_directories(settings.state);
  const auto status = settings.state / "status.json";
  std::error_code ignored;
  std::filesystem::remove(status, ignored);
  const auto arguments = arguments_of(settings, status);
  std::vector<char*> raw;
  for (const auto& each : arguments) raw.push_back(const_cast<char*>(each.c_str()));
  raw.push_back(nullptr);
  const auto log = settings.state / "fleet.log";
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return std::unexpected(system_error("pipe", "the fleet", errno));
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    const int why = errno;
    ::close(pipe[0]);
    ::close(pipe[1]);
    return std::unexpected(system_error("fork", "the fleet", why));
  }
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);
    ::dup2(pipe[0], STDIN_FILENO);
    ::setpgid(0, 0);  // the terminal's Ctrl-C is for us: we decide when it ends
    const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file >= 0) {
      ::dup2(file, STDOUT_FILENO);
      ::dup2(file, STDERR_FILENO);
    }
    ::execv("/proc/self/exe", raw.data());
    ::_exit(127);
  }
  ::close(pipe[0]);
  return Life(pid, pipe[1], status);
}

Life::Life(Life&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      orders_(std::exchange(other.orders_, -1)),
      status_(std::move(other.status_)) {}

Result<void> Life::tell(const Order& order) const {
  const std::string line = json::write(order) + "\n";
  for (std::string_view left = line; !left.empty();) {
    const auto count = ::write(orders_, left.data(), left.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::unexpected(system_error("write", "orders for the fleet", errno));
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Life::~Life() {
  if (orders_ >= 0) ::close(orders_);
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
}

Result<std::optional<Summary>> Life::look() const {
  siginfo_t ended{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == pid_)
    return fail(Errc::unavailable, "fleet-ended",
                "the simulated fleet has ended; see fleet.log in its state directory");
  const auto text = read_text_file(status_, status_bytes_max);
  if (!text) return std::optional<Summary>();
  auto summary = json::read<Summary>(*text);
  if (!summary) return std::optional<Summary>();
  return std::optional(*std::move(summary));
}

}  // namespace outrider::sim
