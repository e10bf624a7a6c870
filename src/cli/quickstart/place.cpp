#include "cli/quickstart/place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>

#include <cstring>

#include <boost/asio/ip/address.hpp>

#include "base/file.h"
#include "base/time.h"
#include "cli/command/exit.h"
#include "net/http/http_client.h"
#include "server/config/config.h"
#include "server/start/data_directory.h"

namespace outrider::cli {
namespace {

// A ledger of millions of entries is replayed into an empty database within this time.
constexpr auto start_deadline = std::chrono::minutes{10};
// A server that is ending drains for seconds and syncs what it has.
constexpr auto end_deadline = std::chrono::minutes{1};

server::LoadedConfig load(const Place& place) {
  auto environment = server::process_environment();
  environment["OUTRIDER_DATA"] = place.data.string();
  environment.erase("OUTRIDER_CONFIG");
  return server::load_config(place.config, true, environment);
}

// Can this address and port be listened on now? Somebody else may still be quicker; the server then says so.
bool is_free(const std::string& address, std::uint64_t port) {
  boost::system::error_code error;
  const auto ip = boost::asio::ip::make_address(address, error);
  if (error) return true;  // the server will say what is wrong with it
  UniqueFd fd(::socket(ip.is_v6() ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (ip.is_v6()) {
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(static_cast<std::uint16_t>(port));
    const auto bytes = ip.to_v6().to_bytes();
    std::memcpy(&to.sin6_addr, bytes.data(), bytes.size());
    return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 && ::listen(fd.get(), 1) == 0;
  }
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  const auto bytes = ip.to_v4().to_bytes();
  std::memcpy(&to.sin_addr, bytes.data(), bytes.size());
  return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 && ::listen(fd.get(), 1) == 0;
}

bool is_ready(const server::Addresses& at) {
  auto endpoint = net::HttpEndpoint::from_url("http://" + at.metrics);
  if (!endpoint) return false;
  net::HttpClient client(*std::move(endpoint));
  net::HttpRequest request;
  request.path = "/readyz";
  const auto answer = client.send(std::move(request));
  return answer && answer->status == 200;
}

// A server holds this lock as long as it lives, and has said where it listens for as long as it serves.
bool is_used(const Place& place) {
  const UniqueFd lock(::open(server::DataPaths{place.data}.lock().c_str(), O_RDONLY | O_CLOEXEC));
  return lock && ::flock(lock.get(), LOCK_SH | LOCK_NB) != 0;
}

Result<void> wait_until_unused(const Place& place, const std::string& typed, const Waiting& wait) {
  const auto deadline = std::chrono::steady_clock::now() + end_deadline;
  while (is_used(place)) {
    if (const auto running = server::read_addresses(place.data)) {
      return fail(Errc::conflict, "already-running",
                  fmt::format("a server (process {}) runs on {} already; look at it with: outrider status --data {}",
                              running->pid, typed, typed));
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(
          Errc::conflict, "already-running",
          fmt::format("a server has been starting or ending on {} for {}", typed, format_duration(end_deadline)));
    }
    if (!wait())
      return fail(Errc::unavailable, std::string(reason_interrupted), "interrupted while another server ended");
  }
  return {};
}

}  // namespace

std::string quickstart_config(const std::filesystem::path& data) {
  std::string quoted;
  for (const char c : data.string()) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return fmt::format(
      R"(# Written by 'outrider quickstart': everything on this machine only. 'outrider config show' lists all settings.
data = "{}"

[mqtt]
listen = "127.0.0.1"

[https]
listen = "127.0.0.1"
)",
      quoted);
}

Result<Place> prepare_place(const std::filesystem::path& data, const Waiting& wait) {
  std::error_code error;
  Place out;
  out.data = std::filesystem::absolute(data, error).lexically_normal();
  if (error) return fail(Errc::unavailable, "directory", fmt::format("{}: {}", data.string(), error.message()));
  if (!out.data.has_filename()) out.data = out.data.parent_path();  // "data/" is "data"
  out.config = out.data / "outrider.toml";
  CHECK(wait_until_unused(out, data.string(), wait));
  for (const auto& directory : {out.data, out.data / "log", out.simulation()}) CHECK(make_directories(directory, 0700));
  if (!std::filesystem::exists(out.config, error))
    CHECK(write_file_atomic(out.config, quickstart_config(out.data), 0600));
  return out;
}

Result<FreePorts> free_ports(const Place& place) {
  const auto loaded = load(place);
  if (!loaded.ok()) return fail(Errc::malformed, "bad-config", loaded.text());
  const auto& config = loaded.config;
  FreePorts out;
  struct Listener {
    std::string_view what;
    std::string variable;
    const std::string& address;
    std::uint64_t port;
  };
  for (const Listener& each :
       {Listener{"MQTT", "OUTRIDER_MQTT_PORT", config.mqtt_listen, config.mqtt_port},
        Listener{"HTTPS", "OUTRIDER_HTTPS_PORT", config.https_listen, config.https_port},
        Listener{"metrics", "OUTRIDER_METRICS_PORT", config.metrics_listen, config.metrics_port}}) {
    if (each.port == 0 || is_free(each.address, each.port)) continue;
    out.environment[each.variable] = "0";
    out.notes.push_back(fmt::format("port {} is taken: {} gets another one", each.port, each.what));
  }
  return out;
}

Result<RunningServer> start_server(const Place& place, const std::filesystem::path& program, const FreePorts& ports,
                                   const Waiting& wait) {
  TRY(auto child,
      Child::start({.program = program,
                    .arguments = {"serve", "--config", place.config.string(), "--data", place.data.string()},
                    .environment = ports.environment,
                    .log = place.log("server"),
                    .output = {}}));
  const auto deadline = std::chrono::steady_clock::now() + start_deadline;
  while (child.running()) {
    // The file of an earlier server that was killed names another process.
    const auto at = server::read_addresses(place.data);
    if (at && at->pid == child.pid() && is_ready(*at)) return RunningServer{std::move(child), *at};
    if (!wait())
      return fail(Errc::unavailable, std::string(reason_interrupted), "interrupted while the server was starting");
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(Errc::unavailable, "timeout",
                  fmt::format("the server is not ready after {}; see {}", format_duration(start_deadline),
                              place.log("server").string()));
    }
  }
  return std::unexpected(child.death("server"));
}

}  // namespace outrider::cli
