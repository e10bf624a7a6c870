// Whatever the reader accepts, rewritten with the writer, reads again and rewrites to the same bytes; `skip` accepts
// exactly what reading item by item accepts.
#include <cmath>
#include <cstdlib>

#include "wire/cbor/reader.h"
#include "wire/cbor/writer.h"

using namespace outrider;
using namespace outrider::wire::cbor;

namespace {

// Copies one item. Containers are written with their counts, so their content is gathered first.
Result<void> copy(Reader& in, Bytes& out) {
  TRY(const Type type, in.peek());
  Bytes body;
  Writer item(body);
  switch (type) {
    case Type::unsigned_integer: {
      TRY(const auto value, in.read_unsigned());
      item.unsigned_integer(value);
      break;
    }
    case Type::negative_integer: {
      TRY(const double value, in.read_number());
      item.floating(value);
      break;
    }
    case Type::floating: {
      TRY(const double value, in.read_number());
      item.floating(value);
      break;
    }
    case Type::text: {
      TRY(const auto value, in.read_text());
      item.text(value);
      break;
    }
    case Type::bytes: {
      TRY(const auto value, in.read_bytes());
      item.bytes(value);
      break;
    }
    case Type::boolean: {
      TRY(const bool value, in.read_boolean());
      item.boolean(value);
      break;
    }
    case Type::null: {
      CHECK(in.read_null());
      item.null();
      break;
    }
    case Type::undefined: {
      CHECK(in.read_undefined());
      item.undefined();
      break;
    }
    case Type::simple: {
      TRY(const auto value, in.read_simple());
      item.simple(value);
      break;
    }
    case Type::array:
    case Type::map: {
      const bool map = type == Type::map;
      if (map) {
        CHECK(in.enter_map());
      } else {
        CHECK(in.enter_array());
      }
      const std::vector<std::uint64_t> tags(in.tags().begin(), in.tags().end());
      Bytes elements;
      std::uint64_t count = 0;
      for (;; ++count) {
        TRY(const bool more, in.more());
        if (!more) break;
        CHECK(copy(in, elements));
      }
      Writer head(out);
      for (const auto tag : tags) head.tag(tag);
      if (map) {
        head.map(count / 2);
      } else {
        head.array(count);
      }
      out.insert(out.end(), elements.begin(), elements.end());
      return {};
    }
  }
  Writer head(out);
  for (const auto tag : in.tags()) head.tag(tag);
  out.insert(out.end(), body.begin(), body.end());
  return {};
}

Result<Bytes> rewritten(ByteView bytes) {
  Reader in(bytes);
  Bytes out;
  CHECK(copy(in, out));
  CHECK(in.finish());
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  const auto once = rewritten(bytes);
  Reader skipper(bytes);
  const bool skipped = skipper.skip() && skipper.finish();
  if (skipped != once.has_value()) std::abort();
  if (!once) return 0;
  const auto twice = rewritten(*once);
  if (!twice || *twice != *once) std::abort();
  return 0;
}
