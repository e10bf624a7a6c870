#include "detect/engine/detector.h"

#include <algorithm>

#include "crypto/hash.h"
#include "detect/engine/tuning.h"
#include "detect/input/entry_fact.h"
#include "facts/alerts.h"

namespace outrider::detect {
namespace {

constexpr std::string_view magic = "outrider detect\n";
constexpr std::uint32_t format = 2;
// Entries of different writers are received a little out of order, and a clock is put right by seconds. What is more
// was a clock that was wrong.
constexpr double clock_back_s_max = 600;

std::unexpected<Error> damaged(std::string_view what) {
  return fail(Errc::corrupt, "bad-snapshot", "the detection snapshot is damaged: " + std::string(what));
}

}  // namespace

Detector::Detector(FleetId fleet, ContractReader contracts)
    : fleet_(std::move(fleet)), decoder_(engine_, std::move(contracts)), stage_(fleet_) {}

Conclusions Detector::follow(const ledger::Entry& entry) {
  Conclusions conclusions;
  findings_.clear();
  if (entry.number < next_) return conclusions;
  next_ = entry.number + 1;
  const double received_s = static_cast<double>(to_micros(entry.received)) / 1e6;
  if (received_s < engine_.now_s() - clock_back_s_max) {
    engine_.begin_again(received_s);
    stage_.begin_again(received_s);
  }
  stage_.apply(entry);
  if (static_cast<Kind>(entry.kind) == Kind::detection_tuned) tune(entry);
  if (static_cast<Kind>(entry.kind) == Kind::key_shredded) forget(entry.subject);
  observations_.clear();
  decoder_.decode(entry, observations_);
  engine_.observe(observations_, findings_);
  std::vector<Finding> judged = findings_;
  stage_.conclude(engine_, engine_.now_s(), judged, conclusions);
  return conclusions;
}

void Detector::tune(const ledger::Entry& entry) {
  const auto fact = fact_of<facts::DetectionTuned>(entry);
  if (!fact) return;
  Tuning tuning = engine_.tuning();
  apply(*fact, tuning);
  if (held_) held_(tuning);
  engine_.tune(tuning);
}

void Detector::hold(std::function<void(Tuning&)> dials) {
  held_ = std::move(dials);
  Tuning tuning = engine_.tuning();
  held_(tuning);
  engine_.tune(tuning);
}

void Detector::forget(const ledger::Subject& subject) {
  const auto device = subject.kind == ledger::SubjectKind::device ? engine_.device(subject.id) : 0;
  if (device == 0) return;
  engine_.forget(device);
  stage_.forget(device);
}

Bytes Detector::save() const {
  ByteWriter out;
  out.raw(magic).u32(format).block16(as_bytes(fleet_.value)).u64(next_);
  engine_.save(out);
  stage_.save(out);
  const crypto::Digest sum = crypto::sha256(out.bytes());
  out.raw(ByteView(sum));
  return std::move(out).take();
}

Result<void> Detector::load(ByteView snapshot) {
  if (snapshot.size() < magic.size() + crypto::sha256_bytes) return damaged("it is too short");
  const ByteView content = snapshot.first(snapshot.size() - crypto::sha256_bytes);
  if (!std::ranges::equal(content.first(magic.size()), as_bytes(magic))) return damaged("it is no snapshot");
  if (!std::ranges::equal(crypto::sha256(content), snapshot.last(crypto::sha256_bytes)))
    return damaged("its checksum is wrong");
  ByteReader in(content.subspan(magic.size()));
  TRY(const auto version, in.u32());
  TRY(const auto fleet, in.block16());
  if (version != format || as_text(fleet.rest()) != fleet_.value)
    return fail(Errc::corrupt, "other-snapshot", "the detection snapshot is of another version or another fleet");
  TRY(const auto next, in.u64());
  Engine engine;
  FleetStage stage(fleet_);
  CHECK(engine.load(in));
  CHECK(stage.load(in));
  CHECK(in.finish());
  engine_ = std::move(engine);
  stage_ = std::move(stage);
  next_ = next;
  return {};
}

}  // namespace outrider::detect
