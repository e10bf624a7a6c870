#include "detect/checks/physics/physics_memory.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "detect/checks/fetch.h"

namespace outrider::detect {
namespace {

constexpr float square_deg = 0.01F;  // about a kilometre

std::unexpected<Error> damaged() {
  return fail(Errc::corrupt, "bad-snapshot", "the detection snapshot is damaged: memory of sensors");
}

Result<std::uint32_t> bounded(ByteReader& in, std::size_t max, std::size_t bytes_each) {
  TRY(const auto count, in.u32());
  if (count > max || in.left() / bytes_each < count) return damaged();
  return count;
}

}  // namespace

std::size_t PhysicsMemory::bucket(std::uint32_t hash) const {
  // By the product's upper bits: the lower ones of two odd numbers, as hashes are here, leave half of the buckets
  // empty.
  const std::uint64_t spread = hash * 2654435761U;
  return (spread * (prints_.size() / ways) >> 32U) * ways;
}

std::span<const FleetPrint> PhysicsMemory::prints(std::uint32_t hash) const {
  if (prints_.empty()) return {};
  return std::span(prints_).subspan(bucket(hash), ways);
}

void PhysicsMemory::add_print(const FleetPrint& print) {
  if (used_ * 4 >= prints_.size() * 3 && prints_.size() < prints_max) grow();
  const auto place = std::span(prints_).subspan(bucket(print.hash), ways);
  const auto oldest = std::ranges::min_element(place, {}, &FleetPrint::at_s);
  if (oldest->hash == 0) ++used_;
  *oldest = print;
}

void PhysicsMemory::grow() {
  std::vector<FleetPrint> before = std::exchange(prints_, {});
  prints_.resize(std::max(prints_min, before.size() * 2));
  used_ = 0;
  for (const FleetPrint& print : before)
    if (print.hash != 0) {
      const auto place = std::span(prints_).subspan(bucket(print.hash), ways);
      const auto oldest = std::ranges::min_element(place, {}, &FleetPrint::at_s);
      if (oldest->hash == 0) ++used_;
      *oldest = print;
    }
}

const PeerReport* PhysicsMemory::peer(std::uint32_t device) const {
  return device < peers_.size() && peers_[device].at_s != 0 ? &peers_[device] : nullptr;
}

void PhysicsMemory::set_peer(std::uint32_t device, const PeerReport& report) {
  if (device >= peers_max) return;
  if (device >= peers_.size()) peers_.resize(std::max<std::size_t>(device + 1, peers_.size() * 3 / 2));
  peers_[device] = report;
}

void PhysicsMemory::forget(std::uint32_t device) {
  for (FleetPrint& print : prints_)
    if (print.hash != 0 && print.device == device) {
      print = {};
      --used_;
    }
  if (device < peers_.size()) peers_[device] = {};
  for (Square& square : squares_)
    for (std::uint32_t& last : square.last)
      if (last == device) last = 0;
}

std::size_t PhysicsMemory::square(float lat, float lon) {
  const auto row = static_cast<std::uint32_t>(static_cast<std::int32_t>(std::floor(lat / square_deg)));
  const auto column = static_cast<std::uint32_t>(static_cast<std::int32_t>(std::floor(lon / square_deg)));
  return (row * 2654435761U ^ column * 2246822519U) % squares;
}

void PhysicsMemory::expect(std::uint32_t device, double lat, double lon) const {
  if (device < peers_.size()) fetch(peers_[device]);
  const bool there = lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180;
  if (there && !squares_.empty()) fetch(squares_[square(static_cast<float>(lat), static_cast<float>(lon))]);
}

std::uint32_t PhysicsMemory::meet(float lat, float lon, std::uint32_t device) {
  if (squares_.empty()) squares_.resize(squares);
  auto& last = squares_[square(lat, lon)].last;
  const std::uint32_t other = last[0] != device ? last[0] : last[1];
  if (last[0] != device) last = {device, last[0]};
  return other;
}

void PhysicsMemory::save(ByteWriter& out) const {
  out.u32(static_cast<std::uint32_t>(prints_.size()));
  for (const FleetPrint& print : prints_) out.u32(print.hash).u32(print.device).u32(print.index).u32(print.at_s);
  out.u32(static_cast<std::uint32_t>(peers_.size()));
  for (const PeerReport& peer : peers_) {
    for (const float value : {peer.lat, peer.lon, peer.ambient, peer.temperature})
      out.u32(std::bit_cast<std::uint32_t>(value));
    out.u32(peer.at_s);
  }
  out.u32(static_cast<std::uint32_t>(squares_.size()));
  for (const Square& square : squares_) out.u32(square.last[0]).u32(square.last[1]);
}

Result<void> PhysicsMemory::load(ByteReader& in) {
  PhysicsMemory fresh;
  TRY(const auto prints, bounded(in, prints_max, 16));
  if (prints != 0 && (prints < prints_min || !std::has_single_bit(prints))) return damaged();
  fresh.prints_.resize(prints);
  for (FleetPrint& print : fresh.prints_) {
    for (std::uint32_t* member : {&print.hash, &print.device, &print.index, &print.at_s}) {
      TRY(*member, in.u32());
    }
    if (print.hash != 0) ++fresh.used_;
  }
  TRY(const auto peers, bounded(in, peers_max * 2, 20));
  fresh.peers_.resize(peers);
  for (PeerReport& peer : fresh.peers_) {
    for (float* member : {&peer.lat, &peer.lon, &peer.ambient, &peer.temperature}) {
      TRY(const auto bits, in.u32());
      *member = std::bit_cast<float>(bits);
    }
    TRY(peer.at_s, in.u32());
  }
  TRY(const auto count, bounded(in, squares, 8));
  if (count != 0 && count != squares) return damaged();
  fresh.squares_.resize(count);
  for (Square& square : fresh.squares_) {
    TRY(square.last[0], in.u32());
    TRY(square.last[1], in.u32());
  }
  *this = std::move(fresh);
  return {};
}

}  // namespace outrider::detect
