// `<data>/run/addresses.json`: where the running server can be reached.
#include <fmt/format.h>
#include <signal.h>

#include <cerrno>

#include "base/file.h"
#include "base/json.h"
#include "server/server.h"
#include "server/start/data_directory.h"

namespace outrider::server {
namespace {

constexpr std::size_t file_bytes_max = 16 * 1024;

}  // namespace

Result<Addresses> read_addresses(const std::filesystem::path& data_directory) {
  const DataPaths paths{data_directory};
  const auto not_running = [&] {
    return fail(Errc::not_found, "not-running", fmt::format("no server is running on {}", data_directory.string()));
  };
  auto text = read_text_file(paths.addresses(), file_bytes_max);
  if (!text && text.error().code == Errc::not_found) return not_running();
  if (!text) return std::unexpected(std::move(text).error());
  TRY(auto addresses, json::read<Addresses>(*text));
  // A server that was killed leaves the file behind.
  if (::kill(static_cast<pid_t>(addresses.pid), 0) != 0 && errno == ESRCH) return not_running();
  return addresses;
}

}  // namespace outrider::server
