// Cells that the fleet has learnt: where they are, how well they are known, and what speaks against them.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "api/handlers.h"
#include "detect/checks/cells/list/cell_list.h"
#include "detect/checks/radio/suspect.h"
#include "detect/input/visible_cells.h"
#include "facts/alerts.h"

namespace outrider::api {
namespace {

struct SignView {
  std::string sign;
  double nats = 0;
};
BOOST_DESCRIBE_STRUCT(SignView, (), (sign, nats))

struct CellView {
  std::string cell;  // mcc-mnc-area-cell
  std::string radio;
  std::string state;  // "known", "listed", "new" or "suspect"
  std::optional<double> lat, lon, range_m, error_m;
  std::uint32_t places = 0, drives = 0, reports = 0;
  int devices = 0;  // at least
  Timestamp first, last;
  std::optional<std::uint32_t> pci, channel;
  std::optional<double> power_dbm;
  double against = 0;  // nats
  bool proof = false;
  std::vector<SignView> signs;
  std::vector<std::uint64_t> entries;
};
BOOST_DESCRIBE_STRUCT(CellView, (),
                      (cell, radio, state, lat, lon, range_m, error_m, places, drives, reports, devices, first, last,
                       pci, channel, power_dbm, against, proof, signs, entries))

constexpr std::array<std::string_view, detect::signs> sign_names{"cipher", "identity", "cell",       "area",
                                                                 "legacy", "channel",  "neighbours", "power"};
constexpr std::array<std::string_view, 7> radio_names{"unknown", "gsm", "umts", "lte", "lte-m", "nb-iot", "nr"};
constexpr std::array<std::string_view, 4> states{"known", "listed", "new", "suspect"};

// Detection waits while cells are looked at: so many at once, then the caller comes again.
constexpr std::size_t looked_at_max = 20'000;

// From here on people should look at it: as much as a second opinion is worth.
constexpr float suspect_nats = 3;

CellView view_of(const detect::FleetMemory& memory, const detect::Cell& cell, Timestamp now) {
  const double now_s = static_cast<double>(to_micros(now)) / 1e6;
  const auto time = [](std::uint32_t seconds) { return from_micros(static_cast<std::int64_t>(seconds) * 1'000'000); };
  CellView out{.cell = fmt::format("{}-{}-{}-{}", cell.key.mcc, cell.key.mnc, cell.key.area, cell.key.cell),
               .radio = std::string(radio_names[std::min<std::size_t>(cell.radio, radio_names.size() - 1)]),
               .places = cell.samples,
               .drives = cell.drives,
               .reports = cell.heard,
               .devices = cell.devices(),
               .first = time(cell.first_s),
               .last = time(cell.last_s)};
  if (const auto place = memory.cells.place(cell.key)) {
    out.lat = place->lat;
    out.lon = place->lon;
    out.range_m = place->range_m;
    out.error_m = place->error_m;
  }
  if (cell.pci != 0) out.pci = cell.pci - 1U;
  if (cell.channel != 0) out.channel = cell.channel - 1;
  if (cell.power_count != 0) out.power_dbm = cell.power;
  if (const auto* accused = memory.radio.suspect(cell.key)) {
    auto suspect = *accused;
    suspect.decay(now_s);
    const auto verdict = detect::judge(suspect, &cell, now_s);
    out.against = verdict.nats;
    out.proof = verdict.proof;
    for (std::size_t i = 0; i < detect::signs; ++i)
      if (suspect.nats[i] >= 1) out.signs.push_back({std::string(sign_names[i]), suspect.nats[i]});
    out.entries.assign(suspect.entries.begin(), suspect.entries.begin() + suspect.entries_used);
  }
  out.state = out.against >= suspect_nats        ? "suspect"
              : cell.seeded != 0                 ? "listed"
              : detect::established(cell, now_s) ? "known"
                                                 : "new";
  return out;
}

Result<detect::CellKey> cell_of(const Call& call) {
  TRY(const auto text, call.part("cell"));
  std::array<detect::CellKey, 2> keys;
  if (detect::read_visible_cells(text, keys) != 1 || text.find(' ') != std::string::npos)
    return fail(Errc::malformed, "bad-cell", "a cell is mcc-mnc-area-cell, as in 262-1-4021-17238017");
  return keys[0];
}

}  // namespace

Result<net::HttpResponse> get_cells(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  CHECK(house.registry.fleet(fleet));
  TRY(const auto state, call.text("state"));
  if (!state.empty() && std::ranges::find(states, std::string_view(state)) == states.end())
    return fail(Errc::malformed, "bad-value", "state is known, listed, new or suspect");
  TRY(const auto limit, call.limit());
  TRY(const auto after, call.integer("after"));  // a cell's place in the map, which it keeps while it is in it
  json::Array items;
  std::optional<std::string> next;
  house.detection.look(fleet, [&](const detect::Engine& engine) {
    const auto cells = engine.memory().cells.cells();
    const std::size_t begin = after.value_or(0);
    for (std::size_t i = begin; i < cells.size(); ++i) {
      if (items.size() == limit || i - begin == looked_at_max) {
        next = std::to_string(i);
        return;
      }
      auto view = view_of(engine.memory(), cells[i], call.now());
      if (state.empty() || view.state == state) items.push_back(json::from(view));
    }
  });
  return answer_list(std::move(items), next);
}

Result<net::HttpResponse> get_cell(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  CHECK(house.registry.fleet(fleet));
  TRY(const auto key, cell_of(call));
  std::optional<CellView> out;
  house.detection.look(fleet, [&](const detect::Engine& engine) {
    if (const auto* cell = engine.memory().cells.find(key)) out = view_of(engine.memory(), *cell, call.now());
  });
  if (!out)
    return fail(Errc::not_found, "no-such-cell", "no device of this fleet has heard this cell, and no list had it");
  return answer(json::from(*out));
}

namespace {

struct WantedCells {
  std::string list;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(WantedCells, (), (list, dry_run))

}  // namespace

Result<net::HttpResponse> post_cells(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto wanted, call.body<WantedCells>());
  CHECK(house.registry.fleet(fleet));
  TRY(const auto cells, detect::read_cell_list(wanted.list));
  // Written anew: what stands in the entry is what was understood.
  const auto pieces = detect::write_cell_list(cells);
  if (pieces.size() != 1)
    return fail(
        Errc::too_large, "too-large",
        fmt::format("a piece has at least one cell and at most {} bytes; the command cuts a file into such pieces",
                    detect::piece_bytes_max));
  const bool dry_run = wanted.dry_run.value_or(false);
  json::Object out{{"cells", cells.size()}, {"dry_run", dry_run}};
  if (!dry_run) {
    const ledger::Subject subject{ledger::SubjectKind::fleet, fleet.value};
    const facts::CellsImported fact{.list = pieces[0], .by = call.by()};
    TRY(const auto entry, house.ledger.append_and_wait(ledger::draft_of(fleet, subject, fact)));
    out["entry"] = entry;
  }
  return answer(out);
}

}  // namespace outrider::api
