// The fleet stage's part of the snapshot: docs/format/detection.md.
#include "detect/fleet/fleet_stage.h"
#include "detect/fleet/snapshot/finding_codec.h"

namespace outrider::detect {
namespace {

std::unexpected<Error> damaged(std::string_view what) {
  return fail(Errc::corrupt, "bad-snapshot", "the detection snapshot is damaged: " + std::string(what));
}

void save_incident(ByteWriter& out, const Incident& one) {
  out.u8(static_cast<std::uint8_t>(one.trait));
  save_finding(out, one.example);
  out.block16(as_bytes(one.alert));
  for (const double value : {one.first_s, one.last_s, static_cast<double>(one.risk), one.joint_risk})
    save_double(out, value);
  out.u8(static_cast<std::uint8_t>(one.level)).u8(static_cast<std::uint8_t>(one.highest)).u8(one.proof ? 1 : 0);
  out.u32(one.joint_families).u32(one.said);
  for (const std::uint32_t count : one.speaks) out.u32(count);
  out.u32(static_cast<std::uint32_t>(one.members.size()));
  for (const std::uint32_t device : one.members) out.u32(device);
  out.u32(static_cast<std::uint32_t>(one.unsaid.size()));
  for (const std::uint32_t device : one.unsaid) out.u32(device);
}

Result<Incident> load_incident(ByteReader& in) {
  Incident one;
  TRY(const auto trait, in.u8());
  if (trait >= traits.size()) return damaged("what an incident shares");
  one.trait = static_cast<Trait>(trait);
  TRY(one.example, load_finding(in));
  TRY(const auto alert, in.block16());
  one.alert = as_text(alert.rest());
  double risk = 0;
  for (double* value : {&one.first_s, &one.last_s, &risk, &one.joint_risk}) {
    TRY(*value, load_double(in));
  }
  one.risk = static_cast<float>(risk);
  TRY(const auto level, in.u8());
  TRY(const auto highest, in.u8());
  TRY(const auto proof, in.u8());
  one.level = static_cast<Level>(level);
  one.highest = static_cast<Level>(highest);
  one.proof = proof != 0;
  TRY(one.joint_families, in.u32());
  TRY(one.said, in.u32());
  for (std::uint32_t& count : one.speaks) {
    TRY(count, in.u32());
  }
  TRY(const auto members, in.u32());
  if (members > Cohorts::members_max) return damaged("too many devices in an incident");
  for (std::uint32_t i = 0; i < members; ++i) {
    TRY(const auto device, in.u32());
    one.members.insert(device);
  }
  TRY(const auto unsaid, in.u32());
  if (unsaid > members) return damaged("too many new devices in an incident");
  for (std::uint32_t i = 0; i < unsaid; ++i) {
    TRY(const auto device, in.u32());
    one.unsaid.push_back(device);
  }
  return one;
}

}  // namespace

void Cohorts::save(ByteWriter& out) const {
  out.u32(static_cast<std::uint32_t>(recent_.size()));
  for (const auto& [threat, recent] : recent_) {
    out.u8(static_cast<std::uint8_t>(threat));
    save_double(out, recent.usual);
    save_double(out, recent.usual_s);
    out.u32(static_cast<std::uint32_t>(recent.findings.size()));
    for (const Finding& one : recent.findings) save_finding(out, one);
  }
  out.u32(static_cast<std::uint32_t>(incidents_.size()));
  for (const Incident& one : incidents_) save_incident(out, one);
}

Result<void> Cohorts::load(ByteReader& in) {
  recent_.clear();
  incidents_.clear();
  TRY(const auto threats, in.u32());
  if (threats > 256) return damaged("too many threats");
  for (std::uint32_t i = 0; i < threats; ++i) {
    TRY(const auto threat, in.u8());
    Recent& recent = recent_[static_cast<Threat>(threat)];
    TRY(recent.usual, load_double(in));
    TRY(recent.usual_s, load_double(in));
    TRY(const auto findings, in.u32());
    if (findings > findings_max) return damaged("too many findings");
    for (std::uint32_t j = 0; j < findings; ++j) {
      TRY(auto one, load_finding(in));
      recent.findings.push_back(one);
    }
  }
  TRY(const auto incidents, in.u32());
  if (incidents > incidents_max) return damaged("too many incidents");
  for (std::uint32_t i = 0; i < incidents; ++i) {
    TRY(auto one, load_incident(in));
    incidents_.push_back(std::move(one));
  }
  return {};
}

void FleetStage::save(ByteWriter& out) const {
  excuses_.save(out);
  cohorts_.save(out);
  standing_.save(out);
  gate_.save(out);
  out.u32(static_cast<std::uint32_t>(held_.size()));
  for (const Held& held : held_) {
    save_finding(out, held.finding);
    save_double(out, held.until_s);
  }
}

Result<void> FleetStage::load(ByteReader& in) {
  FleetStage loaded(fleet_);
  CHECK(loaded.excuses_.load(in));
  CHECK(loaded.cohorts_.load(in));
  CHECK(loaded.standing_.load(in));
  CHECK(loaded.gate_.load(in));
  TRY(const auto count, in.u32());
  if (count > held_max) return damaged("too many findings wait");
  for (std::uint32_t i = 0; i < count; ++i) {
    Held held;
    TRY(held.finding, load_finding(in));
    TRY(held.until_s, load_double(in));
    loaded.held_.push_back(held);
  }
  *this = std::move(loaded);
  return {};
}

}  // namespace outrider::detect
