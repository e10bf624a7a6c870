#include "ledger/files/directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>

namespace outrider::ledger {
namespace {
constexpr std::string_view format_line = "outrider ledger 1";
}  // namespace

Result<std::vector<FleetId>> Directory::fleets_on_disk() const {
  std::set<FleetId> found;
  for (const auto& directory : {root_, root_ / "_fleets"}) {
    TRY(auto names, list_directory(directory));
    for (const std::string& name : names) {
      if (auto id = FleetId::parse(name)) found.insert(*std::move(id));
    }
  }
  return std::vector<FleetId>(found.begin(), found.end());
}

Result<UniqueFd> Directory::lock() const {
  UniqueFd fd{::open(lock_file().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640)};
  if (!fd) return std::unexpected(system_error("open", lock_file().string(), errno));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(Errc::conflict, "ledger-in-use",
                fmt::format("another process has the ledger in {} open", root_.string()));
  }
  return fd;
}

bool Directory::locked_by_another() const {
  const UniqueFd fd{::open(lock_file().c_str(), O_RDONLY | O_CLOEXEC)};
  return fd && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0;
}

bool Directory::has_format() const {
  std::error_code ignored;
  return std::filesystem::exists(format(), ignored);
}

Result<void> Directory::check_format() const {
  auto line = read_line_file(format());
  if (!line) return fail(Errc::corrupt, "ledger-damaged", line.error().text());
  if (*line != format_line) {
    return fail(Errc::malformed, "ledger-version",
                fmt::format("{} does not say '{}': another version, or damaged", format().string(), format_line));
  }
  return {};
}

Result<void> Directory::write_format(Disk& disk) const {
  return publish_file(disk, {format(), to_bytes(as_bytes(fmt::format("{}\n", format_line)))});
}

}  // namespace outrider::ledger
