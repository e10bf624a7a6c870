// A geographic database comes from a download. Whatever it holds, it is refused or looked up without harm, and what it
// says is what it may say.
#include <cstdlib>

#include "gateway/admission/geo/database.h"

// The library forgets 5 KiB when a file's metadata are damaged in certain places. That is once a bad file, and not
// ours.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libmaxminddb";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  const auto database = gateway::admission::GeoDatabase::from_bytes({data, size}, "fuzz");
  if (!database) return 0;
  for (const char* text : {"192.0.2.1", "203.0.113.200", "2001:db8::1", "::", "255.255.255.255"}) {
    const auto address = boost::asio::ip::make_address(text);
    const auto country = (*database)->country(address);
    if (country && country->size() != 2) std::abort();
    static_cast<void>((*database)->asn(address));
  }
  return 0;
}
