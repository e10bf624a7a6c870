#include "detect/engine/snapshot/contract_codec.h"

#include <algorithm>
#include <bit>
#include <concepts>

namespace outrider::detect {
namespace {

// Writing and reading walk the members in one order, which stands here once.
template <class C, class Visit>
void walk(C& contract, Visit&& visit) {
  visit(contract.profile);
  visit(contract.device_class);
  visit(contract.transport);
  visit(contract.speed_max);
  visit(contract.interval_s);
  visit(contract.messages_per_minute_max);
  visit(contract.networks);
  visit(contract.personal);
  visit(contract.thermal);
  visit(contract.temperature);
  visit(contract.battery_v);
  for (auto& channel : contract.channels) visit(channel);
  for (auto& limit : contract.channel_limits) visit(limit);
  visit(contract.expected_events);
  visit(contract.firmware.versions);
  visit(contract.firmware.current);
  visit(contract.firmware.since_s);
  visit(contract.firmware.by_s);
}

struct Writer {
  ByteWriter& out;
  void operator()(const std::string& text) { out.block16(as_bytes(std::string_view(text).substr(0, 0xFFFF))); }
  void operator()(double value) { out.u64(std::bit_cast<std::uint64_t>(value)); }
  void operator()(std::uint8_t value) { out.u8(value); }
  void operator()(bool value) { out.u8(value ? 1 : 0); }
  void operator()(std::uint64_t value) { out.u64(value); }
  void operator()(const std::vector<std::uint64_t>& values) {
    out.u16(static_cast<std::uint16_t>(values.size()));
    for (const std::uint64_t value : values) (*this)(value);
  }
  void operator()(Transport value) { out.u8(static_cast<std::uint8_t>(value)); }
  void operator()(const Limit& limit) {
    for (const double value : {limit.min, limit.max, limit.rate_max}) (*this)(value);
  }
  void operator()(const std::vector<std::string>& texts) {
    out.u16(static_cast<std::uint16_t>(std::min<std::size_t>(texts.size(), 0xFFFF)));
    for (std::size_t i = 0; i < std::min<std::size_t>(texts.size(), 0xFFFF); ++i) (*this)(texts[i]);
  }
};

// Keeps the first error; what is left unread after it stays as it is.
struct Reader {
  ByteReader& in;
  Result<void> outcome{};

  template <class T>
  bool got(Result<T> value, T& into) {
    if (!outcome) return false;
    if (!value) {
      outcome = std::unexpected(std::move(value).error());
      return false;
    }
    into = *std::move(value);
    return true;
  }
  void operator()(std::string& text) {
    ByteReader block{ByteView{}};
    if (outcome && got(in.block16(), block)) text = std::string(as_text(block.rest()));
  }
  void operator()(double& value) {
    std::uint64_t bits = 0;
    if (outcome && got(in.u64(), bits)) value = std::bit_cast<double>(bits);
  }
  void operator()(std::uint8_t& value) {
    if (outcome) got(in.u8(), value);
  }
  void operator()(bool& value) {
    std::uint8_t byte = 0;
    if (outcome && got(in.u8(), byte)) value = byte != 0;
  }
  void operator()(std::uint64_t& value) {
    if (outcome) got(in.u64(), value);
  }
  void operator()(std::vector<std::uint64_t>& values) {
    std::uint16_t count = 0;
    if (!outcome || !got(in.u16(), count)) return;
    for (std::size_t i = 0; i < count && outcome; ++i) (*this)(values.emplace_back());
  }
  void operator()(Transport& value) {
    std::uint8_t byte = 0;
    if (outcome && got(in.u8(), byte)) value = static_cast<Transport>(byte);
  }
  void operator()(Limit& limit) {
    for (double* value : {&limit.min, &limit.max, &limit.rate_max}) (*this)(*value);
  }
  void operator()(std::vector<std::string>& texts) {
    std::uint16_t count = 0;
    if (!outcome || !got(in.u16(), count)) return;
    for (std::size_t i = 0; i < count && outcome; ++i) (*this)(texts.emplace_back());
  }
};

}  // namespace

void save_contract(ByteWriter& out, const Contract& contract) {
  walk(contract, Writer{out});
}

Result<Contract> load_contract(ByteReader& in) {
  Contract contract;
  Reader reader{in};
  walk(contract, reader);
  CHECK(reader.outcome);
  return contract;
}

}  // namespace outrider::detect
