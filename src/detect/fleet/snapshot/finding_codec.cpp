#include "detect/fleet/snapshot/finding_codec.h"

#include <bit>
#include <cstring>

namespace outrider::detect {

void save_double(ByteWriter& out, double value) {
  out.u64(std::bit_cast<std::uint64_t>(value));
}

Result<double> load_double(ByteReader& in) {
  TRY(const auto bits, in.u64());
  return std::bit_cast<double>(bits);
}

void save_finding(ByteWriter& out, const Finding& finding) {
  out.u32(finding.device).u8(static_cast<std::uint8_t>(finding.threat)).u32(std::bit_cast<std::uint32_t>(finding.risk));
  out.u8(finding.proof ? 1 : 0).u8(static_cast<std::uint8_t>(finding.level)).u8(finding.families);
  for (std::size_t i = 0; i < finding.families; ++i)
    out.raw(ByteView(reinterpret_cast<const std::uint8_t*>(&finding.evidence[i]), sizeof(Evidence)));
  save_double(out, finding.at_s);
  out.u64(finding.entry);
  save_double(out, finding.lat);
  save_double(out, finding.lon);
  out.u32(finding.carrier).u64(finding.firmware).u32(finding.profile);
}

Result<Finding> load_finding(ByteReader& in) {
  Finding finding;
  TRY(finding.device, in.u32());
  TRY(const auto threat, in.u8());
  finding.threat = static_cast<Threat>(threat);
  TRY(const auto risk, in.u32());
  finding.risk = std::bit_cast<float>(risk);
  TRY(const auto proof, in.u8());
  finding.proof = proof != 0;
  TRY(const auto level, in.u8());
  TRY(finding.families, in.u8());
  if (level > static_cast<std::uint8_t>(Level::page) || finding.families > family_count)
    return fail(Errc::corrupt, "bad-snapshot", "the detection snapshot has a finding that cannot be");
  finding.level = static_cast<Level>(level);
  for (std::size_t i = 0; i < finding.families; ++i) {
    TRY(const auto bytes, in.take(sizeof(Evidence)));
    std::memcpy(static_cast<void*>(&finding.evidence[i]), bytes.data(), bytes.size());
  }
  TRY(finding.at_s, load_double(in));
  TRY(finding.entry, in.u64());
  TRY(finding.lat, load_double(in));
  TRY(finding.lon, load_double(in));
  TRY(finding.carrier, in.u32());
  TRY(finding.firmware, in.u64());
  TRY(finding.profile, in.u32());
  return finding;
}

}  // namespace outrider::detect
