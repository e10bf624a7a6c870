// What a signature costs, at the server and at a device, beside reading the report itself: CPU time of one thread.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "gateway/testing/sign.h"

namespace {

using namespace outrider;

constexpr std::string_view report =
    R"([{"bt":1790000000,"n":"lat","u":"lat","v":51.898611},{"n":"lon","u":"lon","v":-8.475833},)"
    R"({"n":"speed","u":"m/s","v":13.4},{"n":"heading","u":"deg","v":271},{"n":"temperature","u":"Cel","v":21.5}])";

// Microseconds of CPU that one call takes.
template <class F>
double cost_us(int calls, F&& call) {
  const std::clock_t begin = std::clock();
  for (int i = 0; i < calls; ++i) call();
  constexpr double micros = 1e6;
  return micros * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / calls;
}

void require(bool good) {
  if (!good) std::abort();
}

}  // namespace

int main() {
  const Timestamp now = from_micros(1'790'000'000'000'000);
  const double plain = cost_us(50'000, [&] { require(wire::senml::parse_json(report, now).has_value()); });
  std::printf("reading %zu bytes of SenML  %.2f us\n", report.size(), plain);
  std::printf("%-12s %8s %10s %10s %10s %12s\n", "key", "bytes", "form", "verify", "sign", "decode key");
  for (const auto type : {crypto::KeyType::p256, crypto::KeyType::p384, crypto::KeyType::ed25519}) {
    const auto pair = crypto::KeyPair::generate(type);
    const auto message = gateway::testing::sign_reading(pair, "4fa1aa", 1, 1, report);
    const auto key = crypto::VerifyingKey::create(pair.public_key().spki).value();
    const auto reading = wire::cose::parse_signed_reading(message).value();
    const double form = cost_us(20'000, [&] { require(wire::cose::parse_signed_reading(message).has_value()); });
    const double verify = cost_us(5'000, [&] { require(key.verify(reading.to_be_signed(), reading.signature)); });
    const double sign = cost_us(2'000, [&] { gateway::testing::sign_reading(pair, "4fa1aa", 1, 1, report); });
    const double decode =
        cost_us(2'000, [&] { require(crypto::VerifyingKey::create(pair.public_key().spki).has_value()); });
    std::printf("%-12s %8zu %7.2f us %7.1f us %7.1f us %9.1f us\n", std::string(crypto::name_of(type)).c_str(),
                message.size() - report.size(), form, verify, sign, decode);
  }
  return 0;
}
