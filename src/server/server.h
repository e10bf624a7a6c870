#pragma once
// The machine: builds every room's objects in order, hands them to each other, and takes them down in reverse.
//
// Life cycle: `start` returns once every listener is bound, the projections have caught up with the ledger and
// `<data>/run/addresses.json` is written; `stop` (or the destructor) drains. One Server a data directory: a second
// one is refused (conflict, "already-running"), also from another process.
// Threads: start and stop belong to one thread; addresses() may be called from any.
#include <boost/describe.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/config/config.h"

namespace outrider::server {

// Where the running server can be reached; also the content of `<data>/run/addresses.json`.
struct Addresses {
  std::string mqtt;       // "127.0.0.1:41234"
  std::string websocket;  // empty: none
  std::string https;
  std::string metrics;
  std::string socket;  // path of the local API socket
  std::string pki;     // the listener without TLS for revocation lists; empty: none
  std::int64_t pid = 0;

  bool operator==(const Addresses&) const = default;
};
BOOST_DESCRIBE_STRUCT(Addresses, (), (mqtt, websocket, https, metrics, socket, pki, pid))

// Told while starting: what is being done, and how far ("replaying entries", 1200 of 50000). Called on start's thread.
using Progress = std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)>;

class Server {
 public:
  // A configuration with problems is refused with all of them.
  static Result<std::unique_ptr<Server>> start(LoadedConfig loaded, Progress progress = {});
  static Result<std::unique_ptr<Server>> start(Config config, Progress progress = {}) {
    return start(LoadedConfig{.config = std::move(config)}, std::move(progress));
  }
  virtual ~Server() = default;

  virtual const Addresses& addresses() const = 0;
  // Stops accepting, closes sessions with a reason, waits for what is in flight (at most `shutdown.drain`), publishes a
  // last checkpoint and closes the ledger. Calling it again does nothing.
  virtual void stop() = 0;
};

// `outrider serve`: starts, tells systemd (NOTIFY_SOCKET), runs until SIGTERM or SIGINT, drains, returns. `ready` is
// called once with the addresses. A signal while starting, and a second one while draining, ends the process at once
// (exit code 128 + signal; nothing that was acknowledged is lost).
Result<void> serve(LoadedConfig loaded, Progress progress = {},
                   const std::function<void(const Addresses&)>& ready = {});

inline Result<void> serve(Config config, Progress progress = {},
                          const std::function<void(const Addresses&)>& ready = {}) {
  return serve(LoadedConfig{.config = std::move(config)}, std::move(progress), ready);
}

// The addresses of the server that runs on this data directory; not_found ("not-running") when none does.
Result<Addresses> read_addresses(const std::filesystem::path& data_directory);

// Unpacks a backup (POST /api/v1/backup) into a directory that is empty or does not exist, then verifies the ledger in
// it. Only plain files and directories below the directory are made (0600, 0700); a link, a device, an absolute path,
// "..", a name twice or a bad checksum is refused and what was unpacked is removed again.
struct RestoreReport {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;          // verified
  std::vector<std::string> problems;  // of the ledger; empty: sound
};
Result<RestoreReport> restore(const std::filesystem::path& archive, const std::filesystem::path& data_directory,
                              const Progress& progress = {});

}  // namespace outrider::server
