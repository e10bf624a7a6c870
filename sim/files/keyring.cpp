#include "sim/files/keyring.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/json.h"

namespace outrider::sim {
namespace {

constexpr std::size_t file_bytes_max = 1024UL * 1024 * 1024;  // 200,000 devices at 2 KiB, twice over

struct Boot {
  unsigned boot = 0;
};
BOOST_DESCRIBE_STRUCT(Boot, (), (boot))

Result<UniqueFd> open_locked(const std::filesystem::path& path) {
  UniqueFd fd{::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600)};
  if (!fd) return std::unexpected(system_error("open", path.string(), errno));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(Errc::conflict, "state-in-use", fmt::format("{} is in use by another simulator", path.string()));
  }
  return fd;
}

}  // namespace

Result<std::unique_ptr<Keyring>> Keyring::open(const std::filesystem::path& directory) {
  CHECK(make_directories(directory, 0700));
  const auto path = directory / "devices.jsonl";
  TRY(auto fd, open_locked(path));
  TRY(const auto content, read_secret_file(path, file_bytes_max));
  std::string_view text = as_text(content.view());

  std::unordered_map<std::string, Credentials> known;
  unsigned boots = 1;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = text.find('\n');
    if (end == std::string_view::npos) {  // written while the process died; cut it off before anything follows it
      if (::ftruncate(fd.get(), static_cast<off_t>(content.size() - text.size())) != 0) {
        return std::unexpected(system_error("truncate", path.string(), errno));
      }
      break;
    }
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (auto boot = json::read<Boot>(line)) {
      boots = boot->boot + 1;
      continue;
    }
    auto credentials = json::read<Credentials>(line);
    if (!credentials)
      return std::unexpected(
          std::move(credentials).error().during(fmt::format("reading {}:{}", path.string(), number)));
    known.insert_or_assign(credentials->device, *credentials);
  }
  const std::string boot_line = json::write(Boot{.boot = boots}) + "\n";
  CHECK(write_all(fd.get(), as_bytes(boot_line), path.string()));

  std::unique_ptr<Keyring> ring(new Keyring(path, std::move(fd), boots));
  ring->known_ = std::move(known);
  return ring;
}

std::optional<Credentials> Keyring::find(const DeviceId& device) const {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(device.value);
  if (found == known_.end()) return std::nullopt;
  return found->second;
}

std::size_t Keyring::size() const {
  const std::lock_guard lock(mutex_);
  return known_.size();
}

Result<void> Keyring::remember(Credentials credentials) {
  const std::string line = json::write(credentials) + "\n";
  const std::lock_guard lock(mutex_);
  CHECK(write_all(file_.get(), as_bytes(line), path_.string()));
  known_.insert_or_assign(credentials.device, std::move(credentials));
  return {};
}

}  // namespace outrider::sim
