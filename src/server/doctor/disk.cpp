// Is there room, and is what was synced really kept?
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/doctor/checks.h"

namespace outrider::server::doctor {
namespace {

constexpr std::uint64_t mib = 1024UL * 1024;
// A segment of the write-ahead log is reserved whole; below this nothing more can be acknowledged.
constexpr std::uint64_t free_bytes_min = 128 * mib;
constexpr std::uint64_t free_bytes_good = 2048 * mib;
constexpr double free_share_good = 0.10;
constexpr std::chrono::microseconds sync_time_good{20'000};  // a PUBACK waits for it
constexpr std::uint64_t inode_share_good = 20;               // a twentieth is left

constexpr std::array<std::string_view, 3> forgetful{"tmpfs", "ramfs", "squashfs"};
// They may acknowledge a sync that another machine has not made, or lock files for one machine only.
constexpr std::array<std::string_view, 5> remote{"nfs", "cifs", "smb2", "9p", "fuse"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

void check_space(const Patient& patient, Findings& found) {
  const Vitals& vitals = patient.vitals;
  const std::string where = patient.paths.root.string();
  if (vitals.disk_bytes == 0) return;  // the directory is not there, which another check says
  const std::string left = fmt::format("{} MiB free on the file system of {}", vitals.disk_free_bytes / mib, where);
  if (vitals.disk_free_bytes < free_bytes_min) {
    found.problem(left, "the write-ahead log cannot get its next segment: reports are refused until there is room",
                  fmt::format("free space, or move the data to a larger disk; du -sh {}/*", where));
  } else if (vitals.disk_free_bytes < free_bytes_good ||
             static_cast<double>(vitals.disk_free_bytes) < free_share_good * static_cast<double>(vitals.disk_bytes)) {
    found.warning(left, "the ledger only grows; when the disk is full no report is acknowledged",
                  fmt::format("plan for more space; du -sh {}/*", where));
  }
  if (vitals.inodes != 0 && vitals.inodes_free < vitals.inodes / inode_share_good)
    found.warning(fmt::format("{} inodes free on the file system of {}", vitals.inodes_free, where),
                  "the ledger's tiles are files; without inodes none can be made though there is space",
                  "remove small files from this file system, or make it anew with more inodes (mkfs.ext4 -i)");
  if (is_one_of(vitals.file_system, forgetful))
    found.problem(fmt::format("{} lies on {}", where, vitals.file_system),
                  "it forgets everything at the next restart of the machine, acknowledged reports and keys too",
                  "set data to a directory on a disk");
  if (is_one_of(vitals.file_system, remote))
    found.warning(fmt::format("{} lies on {}", where, vitals.file_system),
                  "locks and syncs of network file systems do not always mean what they say, and both are relied upon",
                  "use a disk of this machine (ext4, xfs), or a block device over the network");
}

void check_durability(const Patient& patient, Findings& found) {
  const Vitals& vitals = patient.vitals;
  if (!vitals.sync_problem.empty()) {
    found.problem(vitals.sync_problem, "nothing can be acknowledged that cannot be written and synced",
                  "look at the disk (dmesg, smartctl) and at the mount options; run the doctor as the data's owner");
  } else if (vitals.sync_time && *vitals.sync_time > sync_time_good) {
    found.warning(fmt::format("a sync takes {:.1f} ms", static_cast<double>(vitals.sync_time->count()) / 1000),
                  "every acknowledgement waits for one: devices see that time as delay",
                  "use a faster disk (an SSD that protects its cache), or one that nobody else uses");
  }
}

}  // namespace outrider::server::doctor
