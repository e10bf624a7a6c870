#include "detect/checks/radio/radio_memory.h"

#include <algorithm>

#include "detect/checks/cells/records.h"
#include "detect/checks/cells/square.h"

namespace outrider::detect {
namespace {

constexpr double weakest_dbm = -140, step_db = 5;

std::size_t group_of(Radio radio) {
  return legacy(radio) ? 0 : radio == Radio::nr ? 2 : 1;
}

std::size_t bin_of(double dbm, std::size_t bins) {
  return static_cast<std::size_t>(std::clamp((dbm - weakest_dbm) / step_db, 0.0, static_cast<double>(bins - 1)));
}

}  // namespace

void RadioMemory::Power::add(Radio radio, double dbm) {
  auto& row = counts[group_of(radio)];
  auto& bin = row[bin_of(dbm, row.size())];
  if (++bin < 1'000'000) return;
  for (auto& each : row) each /= 2;
}

double RadioMemory::Power::tail(Radio radio, double dbm) const {
  const auto& row = counts[group_of(radio)];
  double all = 0, stronger = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    all += row[i];
    if (i >= bin_of(dbm, row.size())) stronger += row[i];
  }
  return (stronger + 1) / (all + 1);
}

NetworkCiphers& RadioMemory::ciphers(std::uint32_t network, double now_s) {
  auto found = std::ranges::find(networks_, network, &NetworkCiphers::network);
  if (found == networks_.end()) {
    if (networks_.size() == networks_max)
      networks_.erase(std::ranges::min_element(networks_, {}, &NetworkCiphers::last_s));
    networks_.push_back({.network = network});
    found = networks_.end() - 1;
  }
  found->last_s = static_cast<std::uint32_t>(now_s);
  return *found;
}

const NetworkCiphers* RadioMemory::find_ciphers(std::uint32_t network) const {
  const auto found = std::ranges::find(networks_, network, &NetworkCiphers::network);
  return found == networks_.end() ? nullptr : &*found;
}

std::uint32_t RadioMemory::suspect_at(const CellKey& key) const {
  return suspect_index_.find(hash_(key), [&](std::uint32_t at) { return suspects_[at].key == key; });
}

std::uint32_t RadioMemory::sim_at(std::uint64_t sim) const {
  return sim_index_.find(hash_(sim), [&](std::uint32_t at) { return sims_[at].sim == sim; });
}

const Suspect* RadioMemory::suspect(const CellKey& key) const {
  const auto found = suspect_at(key);
  return found == RecordIndex::none ? nullptr : &suspects_[found];
}

Suspect* RadioMemory::suspect(const CellKey& key) {
  const auto found = suspect_at(key);
  return found == RecordIndex::none ? nullptr : &suspects_[found];
}

Suspect& RadioMemory::accuse(const CellKey& key, double now_s) {
  if (auto* known = suspect(key)) return *known;
  std::uint32_t at = 0;
  if (suspects_.size() < suspects_max) {
    at = static_cast<std::uint32_t>(suspects_.size());
    suspects_.emplace_back();
  } else {  // the one against which nobody has spoken for longest, of 32
    const auto pick = [&] { return static_cast<std::uint32_t>(mix(++hand_, 3) % suspects_.size()); };
    at = pick();
    for (int i = 1; i < 32; ++i)
      if (const auto other = pick(); suspects_[other].last_s < suspects_[at].last_s) at = other;
    suspect_index_.erase(hash_(suspects_[at].key), at);
  }
  suspects_[at] =
      Suspect{.key = key, .first_s = static_cast<std::uint32_t>(now_s), .last_s = static_cast<std::uint32_t>(now_s)};
  suspect_index_.insert(hash_(key), at);
  return suspects_[at];
}

SimHolder* RadioMemory::holder(std::uint64_t sim) {
  const auto found = sim_at(sim);
  return found == RecordIndex::none ? nullptr : &sims_[found];
}

SimHolder& RadioMemory::hold(std::uint64_t sim, double now_s) {
  SimHolder* known = holder(sim);
  if (known == nullptr) {
    std::uint32_t at = 0;
    if (sims_.size() < sims_max) {
      at = static_cast<std::uint32_t>(sims_.size());
      sims_.emplace_back();
    } else {
      const auto pick = [&] { return static_cast<std::uint32_t>(mix(++hand_, 4) % sims_.size()); };
      at = pick();
      for (int i = 1; i < 32; ++i)
        if (const auto other = pick(); sims_[other].last_s < sims_[at].last_s) at = other;
      sim_index_.erase(hash_(sims_[at].sim), at);
    }
    sims_[at] = SimHolder{.sim = sim};
    sim_index_.insert(hash_(sim), at);
    known = &sims_[at];
  }
  known->last_s = static_cast<std::uint32_t>(now_s);
  return *known;
}

void RadioMemory::forget(std::uint32_t device) {
  for (SimHolder& sim : sims_)
    if (sim.device == device) sim.device = 0;
}

void RadioMemory::save(ByteWriter& out) const {
  put_record(out, rates);
  put_record(out, power);
  put_record(out, timing);
  put_records(out, networks_);
  put_records(out, suspects_);
  put_records(out, sims_);
  out.u32(hand_);
}

Result<void> RadioMemory::load(ByteReader& in) {
  RadioMemory memory;
  CHECK(get_record(in, memory.rates));
  CHECK(get_record(in, memory.power));
  CHECK(get_record(in, memory.timing));
  TRY(memory.networks_, get_records<NetworkCiphers>(in, networks_max));
  TRY(memory.suspects_, get_records<Suspect>(in, suspects_max));
  TRY(memory.sims_, get_records<SimHolder>(in, sims_max));
  TRY(memory.hand_, in.u32());
  for (std::uint32_t i = 0; i < memory.suspects_.size(); ++i) {
    const CellKey& key = memory.suspects_[i].key;
    if (memory.suspect_at(key) != RecordIndex::none)
      return fail(Errc::corrupt, "cell-twice", "the snapshot holds a suspect cell twice");
    memory.suspect_index_.insert(memory.hash_(key), i);
  }
  for (std::uint32_t i = 0; i < memory.sims_.size(); ++i) {
    const std::uint64_t sim = memory.sims_[i].sim;
    if (memory.sim_at(sim) != RecordIndex::none)
      return fail(Errc::corrupt, "sim-twice", "the snapshot holds a SIM twice");
    memory.sim_index_.insert(memory.hash_(sim), i);
  }
  *this = std::move(memory);
  return {};
}

}  // namespace outrider::detect
