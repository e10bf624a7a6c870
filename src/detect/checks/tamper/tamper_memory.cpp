#include "detect/checks/tamper/tamper_memory.h"

#include <algorithm>

#include "detect/input/hash.h"
#include "detect/input/readings/firmware.h"

namespace outrider::detect {
namespace {

constexpr double most = 0.7;
// Who leads a fleet down does so at one go. Those who go down hours apart were not led by one decision.
constexpr double run_gap_s = 2 * 3600;

}  // namespace

TamperMemory::Peers TamperMemory::change(std::string_view profile, std::uint64_t from, std::uint64_t to, double now_s) {
  const std::uint64_t id = hash_of(profile);
  if (profiles_.size() >= profiles_max && !profiles_.contains(id)) return {};
  Profile& all = profiles_[id];
  Peers peers;
  if (all.versions.size() >= versions_max && !all.versions.contains(to)) return peers;
  peers.known = all.versions.contains(to);
  peers.newest = ordered(to) && to > all.highest;
  peers.discovery = (static_cast<double>(all.versions.size()) + 1) / (static_cast<double>(all.changes) + 2);
  Version& there = all.versions[to];
  ++there.devices;
  if (from == 0) {
    ++all.devices;
  } else if (const auto left = all.versions.find(from); left != all.versions.end() && left->second.devices > 0) {
    --left->second.devices;
  }
  ++all.changes;
  if (ordered(to)) all.highest = std::max(all.highest, to);
  peers.devices = all.devices;
  peers.same = there.devices;
  if (ordered(from) && ordered(to) && to < from) {
    peers.lowered = now_s - there.lowered_s <= run_gap_s ? there.lowered : 0;
    there.lowered = peers.lowered + 1;
    there.lowered_s = static_cast<std::uint32_t>(now_s);
  }
  if (all.majority != to && there.devices > most * all.devices) {
    all.majority = to;
    all.majority_s = static_cast<std::uint32_t>(now_s);
  }
  return peers;
}

TamperMemory::Majority TamperMemory::majority(std::string_view profile) const {
  const auto found = profiles_.find(hash_of(profile));
  if (found == profiles_.end() || found->second.majority == 0) return {};
  const Profile& all = found->second;
  const auto version = all.versions.find(all.majority);
  if (version == all.versions.end() || all.devices == 0) return {};
  return {all.majority, static_cast<double>(version->second.devices) / all.devices, static_cast<double>(all.majority_s),
          all.devices};
}

void TamperMemory::save(ByteWriter& out) const {
  out.u32(static_cast<std::uint32_t>(profiles_.size()));
  for (const auto& [id, all] : profiles_) {
    out.u64(id).u32(all.devices).u32(all.majority_s).u64(all.changes).u64(all.highest).u64(all.majority);
    out.u32(static_cast<std::uint32_t>(all.versions.size()));
    for (const auto& [number, version] : all.versions)
      out.u64(number).u32(version.devices).u32(version.lowered).u32(version.lowered_s);
  }
}

Result<void> TamperMemory::load(ByteReader& in) {
  TRY(const auto profiles, in.u32());
  if (profiles > profiles_max)
    return fail(Errc::corrupt, "bad-snapshot", "too many profiles in the memory of firmware");
  for (std::uint32_t i = 0; i < profiles; ++i) {
    TRY(const auto id, in.u64());
    Profile& all = profiles_[id];
    TRY(all.devices, in.u32());
    TRY(all.majority_s, in.u32());
    TRY(all.changes, in.u64());
    TRY(all.highest, in.u64());
    TRY(all.majority, in.u64());
    TRY(const auto versions, in.u32());
    if (versions > versions_max)
      return fail(Errc::corrupt, "bad-snapshot", "too many versions in the memory of firmware");
    for (std::uint32_t j = 0; j < versions; ++j) {
      TRY(const auto number, in.u64());
      Version& version = all.versions[number];
      TRY(version.devices, in.u32());
      TRY(version.lowered, in.u32());
      TRY(version.lowered_s, in.u32());
    }
  }
  return {};
}

}  // namespace outrider::detect
