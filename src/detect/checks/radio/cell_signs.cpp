// Does the cell behave like an operator's? Every sign is a likelihood ratio against what the fleet has counted; what a
// rogue cell does with which probability is assumed once, generously: nearly always.
#include <algorithm>
#include <cmath>

#include "detect/checks/radio/moment.h"

namespace outrider::detect {
namespace {

constexpr double rogue = 0.9;              // P(sign | rogue cell)
constexpr std::uint32_t well_known = 100;  // times somebody came onto a cell in a square before it can be surprised

struct Scene {
  const Moment& moment;
  CellMap& cells;
  RadioMemory& memory;
  Cell* cell;            // as known before this reading; nullptr: never heard
  const Square* square;  // nullptr: not known where it is, or nobody was ever there
  bool fresh;            // the cell is not established

  const Reading& reading() const { return moment.reading(); }
  void raise(Sign sign, CheckId check, double nats, double observed, double expected, double limit) const {
    if (!(nats >= Surprises::nats_min)) return;
    moment.say(check, active(sign) ? nats : std::min<double>(nats, passive_most), observed, expected, limit);
    memory.accuse(moment.key, moment.context.now_s)
        .raise(sign, static_cast<float>(nats), moment.observation.device, moment.observation.entry,
               moment.context.now_s);
  }
};

// TS 33.401 5.1.3.2, TS 33.501 5.5.1: no ciphering is for emergency calls and the countries that forbid it.
void check_cipher(const Scene& scene) {
  const auto cipher = scene.reading().cipher;
  if (cipher == Cipher::unknown) return;
  const bool old = legacy(scene.reading().rat);
  const auto network = scene.moment.key.mcc * 1000U + scene.moment.key.mnc;
  const auto* usual = scene.memory.find_ciphers(network);
  const NetworkCiphers none{};
  if (usual == nullptr) usual = &none;
  // Before it is known: one report in a thousand without cipher; with a weak one every second of GSM, none of the rest.
  const double all = usual->known[old];
  if (cipher == Cipher::none)
    scene.raise(Sign::cipher, CheckId::cipher_null, std::log(rogue * (all + 500) / (usual->none[old] + 0.5)),
                usual->none[old], all, 0);
  if (cipher == Cipher::weak && !old)
    scene.raise(Sign::cipher, CheckId::cipher_weak, std::log(rogue * (all + 500) / (usual->weak[old] + 0.5)),
                usual->weak[old], all, 0);
  // What is usual is learnt where it cannot be an attacker's lesson.
  if (scene.fresh || !scene.moment.onto) return;
  auto& learnt = scene.memory.ciphers(network, scene.moment.context.now_s);
  ++learnt.known[old];
  if (cipher == Cipher::none) ++learnt.none[old];
  if (cipher == Cipher::weak) ++learnt.weak[old];
}

// Networks ask for the permanent identity when they have lost the temporary one, once in some fifty connections; a
// catcher asks everybody. CUSUM over the cell's reports from all devices (Page 1954), less what so many looks would
// find by chance.
void check_exposure(const Scene& scene) {
  const Reading& reading = scene.reading();
  if (reading.identity_request == Truth::unknown && reading.reject == Truth::unknown) return;
  const bool asked = reading.identity_request == Truth::yes, rejected = reading.reject == Truth::yes;
  const bool exposed = asked || rejected;
  if (!exposed && !scene.moment.onto) return;  // nothing was to be asked for
  const double share = std::min(0.4, scene.memory.rates.exposure.share(50));
  scene.memory.rates.exposure.count(exposed);
  Suspect* suspect = scene.memory.suspect(scene.moment.key);
  if (!exposed) {
    if (suspect != nullptr)
      suspect->exposure = std::max(0.0F, suspect->exposure + static_cast<float>(std::log((1 - rogue) / (1 - share))));
    return;
  }
  if (suspect == nullptr) suspect = &scene.memory.accuse(scene.moment.key, scene.moment.context.now_s);
  suspect->exposure += static_cast<float>(std::log(rogue / share));
  const double looks = scene.cell == nullptr ? 0 : scene.cell->heard;
  const double nats = suspect->exposure - std::log1p(looks / 20);
  const auto check = asked ? CheckId::identity_request : CheckId::reject_unauthenticated;
  scene.raise(Sign::identity, check, nats, std::round(suspect->exposure / std::log(rogue / share)), share, looks);
}

void check_new(const Scene& scene) {
  const Square* square = scene.square;
  if (!scene.fresh || square == nullptr || square->samples < well_known) return;
  scene.raise(Sign::cell, CheckId::cell_unknown, std::log(rogue * (square->samples + 2.0) / (square->new_cells + 1.0)),
              square->new_cells, square->samples, 0);
  // Given a new cell: a new area, too, because devices then tell the network who they are.
  const auto area = square->areas.of(area_id(scene.moment.key));
  if (area > 1 || (area == 1 && scene.cell == nullptr)) return;
  scene.raise(Sign::area, CheckId::area_unknown,
              std::log(rogue * (square->new_cells + 2.0) / (square->new_areas + 1.0)), square->new_areas,
              square->new_cells, 0);
}

void check_legacy(const RadioState& state, const Scene& scene) {
  if (!legacy(scene.reading().rat) || scene.square == nullptr || scene.square->with_radio() < well_known) return;
  static constexpr std::uint32_t own_least = 20;
  const double own = state.onto < own_least ? 1 : (state.onto_legacy + 1.0) / (state.onto + 2.0);
  const double place = scene.square->legacy_share();
  if (place >= 0.01 && own >= 0.01) return;
  // A device with old radio alone is no surprise, wherever it is.
  const double share = std::max(place, std::min(own, state.onto < own_least ? 1.0 : own));
  scene.raise(Sign::legacy, CheckId::legacy_radio, std::log(rogue / share), share, place, scene.square->with_radio());
}

// A cell number is on one carrier (TS 36.331, CellGlobalIdEUTRA): the same one on another channel is its twin, or was
// re-planned; the fleet has counted how often that happens.
void check_channel(const Scene& scene) {
  Cell* cell = scene.cell;
  const Reading& reading = scene.reading();
  if (cell == nullptr || !has(reading.pci) || !has(reading.channel)) return;
  const auto pci = static_cast<std::uint16_t>(std::clamp(reading.pci, 0.0, 65'000.0) + 1);
  const auto channel = static_cast<std::uint32_t>(std::clamp(reading.channel, 0.0, 4e9) + 1);
  const bool same = cell->pci == pci && cell->channel == channel;
  static constexpr std::uint16_t held_least = 3, conflicts_most = 20;
  auto& rate = scene.memory.rates.channel;
  if (same) {
    if (cell->channel_held < UINT16_MAX) ++cell->channel_held;
    cell->conflicts = 0;
    if (scene.moment.onto) rate.count(false);
    return;
  }
  if (cell->channel == 0 || cell->channel_held < held_least || ++cell->conflicts > conflicts_most) {
    cell->pci = pci;
    cell->channel = channel;
    cell->channel_held = 1;
    cell->conflicts = 0;
    return;
  }
  const double share = rate.share(200);
  if (cell->conflicts == 1) rate.count(true);
  scene.raise(Sign::channel, CheckId::cell_channel, std::log(rogue / share), pci - 1.0, cell->pci - 1.0, share);
}

void check_neighbours(const Scene& scene) {
  if (scene.reading().neighbours != 0 || scene.square == nullptr) return;
  double none = scene.square->neighbours_none, known = scene.square->neighbours_known;
  if (scene.cell != nullptr && scene.cell->neighbours_known >= 30) {
    none = scene.cell->neighbours_none;
    known = scene.cell->neighbours_known;
  }
  if (known < 30) return;
  scene.raise(Sign::neighbours, CheckId::neighbours_missing, std::log(rogue * (known + 2) / (none + 1)), none, known,
              0);
}

double power_of(const Reading& reading) {
  return legacy(reading.rat) ? reading.rssi : reading.rsrp;
}

void check_power(const Scene& scene) {
  const double dbm = power_of(scene.reading());
  if (!(dbm > -150 && dbm < 0)) return;
  const double before = 1 / scene.memory.power.tail(scene.reading().rat, dbm);
  if (scene.cell == nullptr || scene.cell->power_count < 20) {
    scene.raise(Sign::power, CheckId::power_excess, std::log(rogue * before), dbm, 0, 0);
    return;
  }
  // Shadowing spreads by 8 dB in towns (TR 38.901 7.4.1-1), distance by more, which the cell's own spread shows.
  const double spread = std::max(8.0, std::sqrt(static_cast<double>(scene.cell->power2)));
  const double excess = (dbm - scene.cell->power) / spread;
  if (excess < 1.5) return;
  // Chernoff's bound of the normal tail, and never more than the whole fleet's counts allow.
  scene.raise(Sign::power, CheckId::power_excess, std::min(excess * excess / 2, std::log(before)), dbm,
              scene.cell->power, spread);
}

void learn_power(const Scene& scene, Cell& cell) {
  const double dbm = power_of(scene.reading());
  if (!(dbm > -150 && dbm < 0) || !scene.moment.onto) return;
  scene.memory.power.add(scene.reading().rat, dbm);
  const double count = std::min(++cell.power_count, 100U);
  const double off = dbm - cell.power;
  cell.power += static_cast<float>(off / count);
  if (count > 1) cell.power2 += static_cast<float>((off * off * (count - 1) / count - cell.power2) / count);
}

void learn_square(const Scene& scene, Square& square) {
  const CellKey& key = scene.moment.key;
  square.heard_by |= device_bit(scene.moment.observation.device);
  ++square.radio[static_cast<std::size_t>(scene.reading().rat)];
  if (scene.moment.context.now_s - square.first_s >= one_day_s) {
    ++square.samples;
    if (scene.fresh) ++square.new_cells;
    if (square.areas.of(area_id(key)) == 0) ++square.new_areas;
    if (key.mcc != 0 && square.countries.of(key.mcc) == 0) ++square.new_countries;
  }
  square.areas.add(area_id(key));
  if (key.mcc != 0) square.countries.add(key.mcc);
  square.age();
}

void learn_neighbours(const Scene& scene, std::uint32_t& none, std::uint32_t& known) {
  if (!has(scene.reading().neighbours)) return;
  ++known;
  if (scene.reading().neighbours == 0) ++none;
}

}  // namespace

void check_cell(RadioState& state, const Moment& moment) {
  FleetMemory& fleet = moment.context.fleet;
  const double now = moment.context.now_s;
  Cell* known = fleet.cells.find(moment.key);
  const Scene scene{.moment = moment,
                    .cells = fleet.cells,
                    .memory = fleet.radio,
                    .cell = known,
                    .square = moment.place ? fleet.cells.squares.find(moment.place->lat, moment.place->lon) : nullptr,
                    .fresh = known == nullptr || !established(*known, now)};
  check_cipher(scene);
  check_exposure(scene);
  check_channel(scene);
  if (moment.onto) {
    check_new(scene);
    check_legacy(state, scene);
    check_neighbours(scene);
    check_power(scene);
  }

  // The fleet's verdict, for everybody who is on this cell.
  if (Suspect* suspect = fleet.radio.suspect(moment.key)) {
    suspect->decay(now);
    if (const Verdict verdict = judge(*suspect, known, now); verdict.nats >= Surprises::nats_min) {
      int seen = 0;
      for (const auto nats : suspect->nats) seen += nats >= Surprises::nats_min ? 1 : 0;
      moment.surprises.add({.check = verdict.proof ? CheckId::rogue_cell : CheckId::cell_suspect,
                            .nats = verdict.nats,
                            .observed = static_cast<float>(seen),
                            .expected = 0,
                            .limit = static_cast<float>(suspect->devices()),
                            .more = {std::max(suspect->of(Sign::cipher), suspect->of(Sign::identity)),
                                     std::max(suspect->of(Sign::cell), suspect->of(Sign::area))},
                            .entries = suspect->entries,
                            .entries_used = suspect->entries_used});
    }
  }

  // Learn.
  const Reading& reading = moment.reading();
  Cell& cell = fleet.cells.hear(moment.key, reading.rat, moment.observation.device, now);
  learn_power(scene, cell);
  if (moment.onto) learn_neighbours(scene, cell.neighbours_none, cell.neighbours_known);
  if (moment.onto && moment.place) {
    Square& square = fleet.cells.squares.at(moment.place->lat, moment.place->lon, now);
    learn_neighbours(scene, square.neighbours_none, square.neighbours_known);
    learn_square(scene, square);
    learn_square(scene, fleet.cells.regions.at(moment.place->lat, moment.place->lon, now));
  }
  if (moment.onto && reading.rat != Radio::unknown) {
    ++state.onto;
    if (legacy(reading.rat)) ++state.onto_legacy;
  }
}

}  // namespace outrider::detect
