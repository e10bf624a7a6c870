#include "server/doctor/vitals.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <sstream>

#include "base/file.h"

namespace outrider::server::doctor {
namespace {

constexpr std::size_t proc_bytes_max = 64 * 1024;
constexpr int sync_rounds = 5;
constexpr std::size_t sync_bytes = 4096;

// statfs(2): f_type of file systems that people keep data on.
std::string name_of_file_system(std::uint64_t magic) {
  struct Known {
    std::uint64_t magic;
    const char* name;
  };
  static constexpr std::array known{
      Known{0xEF53, "ext4"},     Known{0x58465342, "xfs"},   Known{0x9123683E, "btrfs"}, Known{0x2FC12FC1, "zfs"},
      Known{0xF2F52010, "f2fs"}, Known{0x01021994, "tmpfs"}, Known{0x858458F6, "ramfs"}, Known{0x6969, "nfs"},
      Known{0xFF534D42, "cifs"}, Known{0xFE534D42, "smb2"},  Known{0x65735546, "fuse"},  Known{0x794C7630, "overlayfs"},
      Known{0x4D44, "vfat"},     Known{0x2011BAB0, "exfat"}, Known{0x01021997, "9p"},    Known{0x73717368, "squashfs"}};
  for (const Known& each : known)
    if (each.magic == magic) return each.name;
  return fmt::format("0x{:x}", magic);
}

void take_disk(const std::filesystem::path& data, Vitals& out) {
  struct statvfs space{};
  if (::statvfs(data.c_str(), &space) == 0) {
    out.disk_bytes = static_cast<std::uint64_t>(space.f_blocks) * space.f_frsize;
    out.disk_free_bytes = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
    out.inodes = space.f_files;
    out.inodes_free = space.f_favail;
  }
  struct statfs kind{};
  if (::statfs(data.c_str(), &kind) == 0)
    out.file_system = name_of_file_system(static_cast<std::uint32_t>(kind.f_type));
}

// In a file without a name, which nobody sees and nothing is left of.
void time_sync(const std::filesystem::path& data, Vitals& out) {
  const UniqueFd file(::open(data.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file) {
    out.sync_problem = system_error("make a file in", data.string(), errno).text();
    return;
  }
  const std::string block(sync_bytes, 'o');
  std::vector<std::chrono::microseconds> times;
  for (int i = 0; i < sync_rounds; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const bool written = ::write(file.get(), block.data(), block.size()) == static_cast<ssize_t>(block.size());
    if (!written || ::fdatasync(file.get()) != 0) {
      out.sync_problem = system_error(written ? "sync a file in" : "write a file in", data.string(), errno).text();
      return;
    }
    times.push_back(std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin));
  }
  std::ranges::sort(times);
  out.sync_time = times[times.size() / 2];
}

std::optional<bool> kernel_clock_state() {
  struct timex state{};  // modes 0: only read, which needs no right
  const int answer = ::adjtimex(&state);
  if (answer < 0) return std::nullopt;
  return answer != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

// Seconds from the machine's start to the process's: field 22 of /proc/<pid>/stat (proc(5)).
std::optional<double> start_of(std::int64_t server) {
  const auto text = read_text_file(fmt::format("/proc/{}/stat", server), proc_bytes_max);
  if (!text || text->rfind(')') == std::string::npos) return std::nullopt;
  std::istringstream fields(text->substr(text->rfind(')') + 2));
  std::string field;
  for (int number = 3; number <= 22; ++number) fields >> field;
  return fields ? std::optional(std::strtod(field.c_str(), nullptr) / static_cast<double>(::sysconf(_SC_CLK_TCK)))
                : std::nullopt;
}

// The file was written by the wall clock of then, a while after the process began. What the wall clock has gained since
// beyond the time that the machine counts is a jump.
std::optional<std::chrono::seconds> jump_since(std::int64_t server, const std::filesystem::path& file, Timestamp now) {
  const auto began = start_of(server);
  struct stat info{};
  timespec boot{};
  if (!began || ::stat(file.c_str(), &info) != 0 || ::clock_gettime(CLOCK_BOOTTIME, &boot) != 0) return std::nullopt;
  const double passed = static_cast<double>(boot.tv_sec) - *began;
  const double by_wall = static_cast<double>(to_micros(now)) / 1e6 - static_cast<double>(info.st_mtim.tv_sec);
  return std::chrono::seconds{static_cast<std::int64_t>(by_wall - passed)};
}

// "Max open files  1024  524288  files" of /proc/<pid>/limits; our own when no server runs.
std::uint64_t descriptor_limit(std::int64_t server) {
  constexpr std::string_view label = "Max open files";
  const auto text = read_text_file(fmt::format("/proc/{}/limits", server), proc_bytes_max);
  if (server != 0 && text && text->find(label) != std::string::npos) {
    std::istringstream fields(text->substr(text->find(label) + label.size()));
    std::string soft;
    std::string hard;
    fields >> soft >> hard;
    return hard == "unlimited" ? ~std::uint64_t{0} : std::strtoull(hard.c_str(), nullptr, 10);
  }
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : 0;
}

}  // namespace

Vitals take_vitals(const std::filesystem::path& data, std::int64_t server, const std::filesystem::path& since_start) {
  Vitals out;
  out.now = system_clock().now();
  out.synchronised = kernel_clock_state();
  if (server != 0) out.clock_jump = jump_since(server, since_start, out.now);
  take_disk(data, out);
  time_sync(data, out);
  out.descriptors = descriptor_limit(server);
  if (const auto text = read_text_file("/proc/sys/net/core/somaxconn", proc_bytes_max))
    out.backlog = std::strtoull(text->c_str(), nullptr, 10);
  out.user = ::geteuid();
  return out;
}

}  // namespace outrider::server::doctor
