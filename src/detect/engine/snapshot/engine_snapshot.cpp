// The engine's part of the snapshot: docs/format/detection.md.
#include <algorithm>
#include <bit>
#include <tuple>

#include "detect/engine/engine.h"
#include "detect/engine/snapshot/contract_codec.h"
#include "detect/engine/snapshot/layout.h"

namespace outrider::detect {
namespace {

constexpr std::size_t name_bytes_max = 1024;

void put(ByteWriter& out, double value) {
  out.u64(std::bit_cast<std::uint64_t>(value));
}

Result<double> get(ByteReader& in) {
  TRY(const auto bits, in.u64());
  return std::bit_cast<double>(bits);
}

std::unexpected<Error> damaged(std::string_view what) {
  return fail(Errc::corrupt, "bad-snapshot", "the detection snapshot is damaged: " + std::string(what));
}

Result<std::string> get_name(ByteReader& in) {
  TRY(auto block, in.block16());
  if (block.left() > name_bytes_max) return damaged("a name is too long");
  return std::string(as_text(block.rest()));
}

void save_tuning(ByteWriter& out, const Tuning& tuning) {
  for (const double value : {tuning.page_risk, tuning.ticket_risk, tuning.family_least, tuning.page_budget})
    put(out, value);
  out.u32(static_cast<std::uint32_t>(tuning.dials.size()));
  for (const auto& [key, dial] : tuning.dials) {
    out.u16(static_cast<std::uint16_t>(key.first)).block16(as_bytes(key.second)).u8(dial.enabled ? 1 : 0);
    put(out, dial.factor);
  }
}

Result<Tuning> load_tuning(ByteReader& in) {
  Tuning tuning;
  for (double* value : {&tuning.page_risk, &tuning.ticket_risk, &tuning.family_least, &tuning.page_budget}) {
    TRY(*value, get(in));
  }
  TRY(const auto count, in.u32());
  for (std::uint32_t i = 0; i < count; ++i) {
    TRY(const auto check, in.u16());
    TRY(auto profile, get_name(in));
    TRY(const auto enabled, in.u8());
    TRY(const auto factor, get(in));
    tuning.dials[{static_cast<CheckId>(check), std::move(profile)}] = {enabled != 0, factor};
  }
  return tuning;
}

// Each part of the memory reads its own block and nothing else.
template <class Memory>
auto parts_of(Memory& memory) {
  return std::tie(memory.cells, memory.radio, memory.identity, memory.motion, memory.physics, memory.tamper,
                  memory.rhythm);
}

}  // namespace

void Engine::save(ByteWriter& out) const {
  out.u64(layout());
  put(out, now_s_);
  save_tuning(out, tuning_);
  out.u32(static_cast<std::uint32_t>(directory_.contracts()));
  for (std::uint32_t i = 1; i < directory_.contracts(); ++i) save_contract(out, directory_.contract(i));
  out.u32(static_cast<std::uint32_t>(directory_.size()));
  for (std::uint32_t device = 0; device < directory_.size(); ++device) {
    out.block16(as_bytes(directory_.name(device))).u32(directory_.contract_of(device));
    out.raw(ByteView(reinterpret_cast<const std::uint8_t*>(&directory_.state(device)), sizeof(DeviceState)));
  }
  std::apply(
      [&](const auto&... part) {
        const auto save_part = [&](const auto& one) {
          ByteWriter bytes;
          one.save(bytes);
          out.block32(bytes.bytes());
        };
        (save_part(part), ...);
      },
      parts_of(memory_));
}

Result<void> Engine::load(ByteReader& in) {
  TRY(const auto written, in.u64());
  if (written != layout())
    return fail(Errc::corrupt, "other-snapshot", "the detection snapshot is of another version of Outrider");
  Engine loaded;
  TRY(loaded.now_s_, get(in));
  TRY(loaded.tuning_, load_tuning(in));
  TRY(const auto contracts, in.u32());
  for (std::uint32_t i = 1; i < contracts; ++i) {
    TRY(auto contract, load_contract(in));
    if (loaded.directory_.add_contract(std::move(contract)) != i) return damaged("a profile stands in it twice");
  }
  TRY(const auto devices, in.u32());
  if (devices == 0 || devices > in.left() / sizeof(DeviceState)) return damaged("the count of devices");
  for (std::uint32_t device = 0; device < devices; ++device) {
    TRY(const auto name, get_name(in));
    TRY(const auto contract, in.u32());
    if (contract >= std::max(contracts, 1U)) return damaged("a device has no profile");
    if (device != 0 && loaded.directory_.add_device(name, contract) != device)
      return damaged("a device stands in it twice");
    TRY(const auto bytes, in.take(sizeof(DeviceState)));
    DeviceState& state = loaded.directory_.state(device);
    std::memcpy(static_cast<void*>(&state), bytes.data(), bytes.size());
    if (state.device != device) return damaged("a device's state is not its own");
    if (device != 0) loaded.waker_.add(state.wake_s, device);
  }
  Result<void> outcome;
  std::apply(
      [&](auto&... part) {
        const auto load_part = [&](auto& one) -> Result<void> {
          TRY(auto block, in.block32());
          CHECK(one.load(block));
          return block.finish();
        };
        ((outcome = outcome ? load_part(part) : outcome), ...);
      },
      parts_of(loaded.memory_));
  CHECK(outcome);
  *this = std::move(loaded);
  return {};
}

}  // namespace outrider::detect
