#include "detect/checks/cells/square.h"

#include "detect/checks/cells/records.h"
#include "detect/checks/fetch.h"

namespace outrider::detect {

std::uint32_t Square::with_radio() const {
  std::uint32_t all = 0;
  for (std::size_t i = 1; i < radios; ++i) all += radio[i];
  return all;
}

double Square::legacy_share() const {
  const auto old = radio[static_cast<std::size_t>(Radio::gsm)] + radio[static_cast<std::size_t>(Radio::umts)];
  return (old + 1.0) / (with_radio() + 2.0);
}

void Square::age() {
  static constexpr std::uint32_t samples_max = 4000;
  if (samples < samples_max) return;
  for (auto* each : {&samples, &new_cells, &new_areas, &new_countries, &neighbours_none, &neighbours_known}) *each /= 2;
  for (auto& each : radio) each /= 2;
  areas.halve();
  countries.halve();
}

std::uint32_t area_id(const CellKey& key) {
  const auto mixed = mix(key.area, static_cast<std::uint64_t>(key.mcc) << 16U | key.mnc);
  return static_cast<std::uint32_t>(mixed >> 32U) | 1U;
}

std::uint32_t SquareMap::key(double lat, double lon) const {
  const auto row = static_cast<std::uint32_t>((lat + 90) / side_deg_);
  const auto column = static_cast<std::uint32_t>((lon + 180) / side_deg_);
  return (row << 16U | column) + 1;  // 0: none; at most 3,600 rows and 7,200 columns
}

std::uint32_t SquareMap::position(std::uint32_t key) const {
  return index_.find(hash_(key), [&](std::uint32_t at) { return squares_[at].key == key; });
}

const Square* SquareMap::find(double lat, double lon) const {
  const auto found = position(key(lat, lon));
  return found == RecordIndex::none ? nullptr : &squares_[found];
}

void SquareMap::expect(double lat, double lon) const {
  if (!(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180)) return;
  const auto likely = index_.likely(hash_(key(lat, lon)));
  if (likely != RecordIndex::none) fetch(squares_[likely]);
}

Square& SquareMap::at(double lat, double lon, double now_s) {
  const auto wanted = key(lat, lon);
  std::uint32_t at = position(wanted);
  if (at == RecordIndex::none) {
    if (squares_.size() < most_) {
      at = static_cast<std::uint32_t>(squares_.size());
      squares_.emplace_back();
    } else {
      const auto pick = [&] { return static_cast<std::uint32_t>(mix(++hand_, 2) % squares_.size()); };
      at = pick();
      for (std::uint32_t i = 1; i < 64; ++i)
        if (const auto other = pick(); squares_[other].last_s < squares_[at].last_s) at = other;
      index_.erase(hash_(squares_[at].key), at);
    }
    squares_[at] = Square{};
    squares_[at].key = wanted;
    squares_[at].first_s = static_cast<std::uint32_t>(now_s);
    index_.insert(hash_(wanted), at);
  }
  squares_[at].last_s = static_cast<std::uint32_t>(now_s);
  return squares_[at];
}

void SquareMap::save(ByteWriter& out) const {
  put_records(out, squares_);
  out.u32(hand_);
}

Result<void> SquareMap::load(ByteReader& in) {
  SquareMap map(side_deg_, most_);
  TRY(map.squares_, get_records<Square>(in, most_));
  TRY(map.hand_, in.u32());
  for (std::uint32_t i = 0; i < map.squares_.size(); ++i) {
    const std::uint32_t key = map.squares_[i].key;
    if (map.position(key) != RecordIndex::none)
      return fail(Errc::corrupt, "square-twice", "the snapshot holds a square twice");
    map.index_.insert(map.hash_(key), i);
  }
  *this = std::move(map);
  return {};
}

}  // namespace outrider::detect
