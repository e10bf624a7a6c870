#include "wire/cose/sign1.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "wire/cbor/reader.h"
#include "wire/cbor/writer.h"

namespace outrider::wire::cose {
namespace {

using cbor::Reader;
using cbor::Type;

std::unexpected<Error> bad(std::string detail) {
  return fail(Errc::malformed, "bad-cose", std::move(detail));
}

// Integer labels, and how many text labels there were: those are nobody's here.
struct Labels {
  std::vector<std::int64_t> numbers;
  std::vector<std::string> texts;
};

constexpr std::array understood{label_alg, label_crit, label_content_type, label_kid, label_boot_count, label_number};

// RFC 9052, 3.1: crit lists the labels that must be understood, at least one.
Result<void> read_crit(Reader& in) {
  CHECK(in.enter_array());
  std::size_t count = 0;
  for (;; ++count) {
    TRY(const bool more, in.more());
    if (!more) break;
    if (count == header_labels_max) return bad("too many critical header parameters");
    TRY(const Type type, in.peek());
    std::int64_t label = 0;
    if (type == Type::unsigned_integer || type == Type::negative_integer) {
      TRY(label, in.read_integer());
    } else {
      CHECK(in.skip());
    }
    if (std::ranges::find(understood, label) == understood.end())
      return fail(Errc::malformed, "must-understand", "a critical header parameter that is not understood");
  }
  if (count == 0) return bad("crit lists nothing");
  return {};
}

Result<Bytes> read_bounded_bytes(Reader& in, std::size_t most, std::string_view what) {
  TRY(auto out, in.read_bytes());
  if (out.size() > most) return bad(fmt::format("{} has {} bytes; at most {}", what, out.size(), most));
  return out;
}

Result<void> read_content_type(Reader& in, Headers& out) {
  TRY(const Type type, in.peek());
  if (type == Type::unsigned_integer) {
    TRY(out.content_type, in.read_unsigned());
    return {};
  }
  TRY(auto text, in.read_text());
  if (text.size() > content_type_bytes_max) return bad("the content type is too long");
  out.content_type = std::move(text);
  return {};
}

Result<void> read_value(Reader& in, std::int64_t label, bool is_protected, Headers& out) {
  switch (label) {
    case label_alg: {
      TRY(const Type type, in.peek());
      if (type == Type::text) return bad("an algorithm that is a text is none we know");
      TRY(out.algorithm, in.read_integer());
      return {};
    }
    case label_crit:
      if (!is_protected) return bad("crit is not protected");  // RFC 9052, 3.1
      return read_crit(in);
    case label_content_type:
      return read_content_type(in, out);
    case label_kid: {
      TRY(out.key_id, read_bounded_bytes(in, key_id_bytes_max, "the key id"));
      return {};
    }
    case label_boot_count: {
      TRY(out.boot_count, in.read_unsigned());
      return {};
    }
    case label_number: {
      TRY(out.number, in.read_unsigned());
      return {};
    }
    default:
      return in.skip();
  }
}

// RFC 9052, 3: labels are integers or texts, each at most once in a message.
template <class Label>
Result<void> note(std::vector<Label>& seen, Label label) {
  if (std::ranges::find(seen, label) != seen.end()) return bad("a header parameter twice");
  seen.push_back(std::move(label));
  return {};
}

Result<void> read_map(Reader& in, bool is_protected, Labels& labels, Headers& out) {
  TRY(const auto count, in.enter_map());
  if (!count) return bad("headers of indefinite length");
  if (!in.tags().empty()) return bad("a tag on the headers");
  if (*count > header_labels_max) return bad("too many header parameters");
  for (;;) {
    TRY(const bool more, in.more());
    if (!more) break;
    ++out.labels;
    TRY(const Type type, in.peek());
    if (type == Type::text) {
      TRY(auto label, in.read_text());
      CHECK(note(labels.texts, std::move(label)));
      CHECK(in.skip());
      continue;
    }
    TRY(const auto label, in.read_integer());
    if (!in.tags().empty()) return bad("a tag on a label");
    CHECK(note(labels.numbers, label));
    CHECK(read_value(in, label, is_protected, out));
    const bool ours = std::ranges::find(understood, label) != understood.end();
    if (ours && label != label_crit && !in.tags().empty()) return bad("a tag on a header parameter");
  }
  return {};
}

Result<void> read_protected(Sign1& out, Labels& labels) {
  // RFC 9052, 3: an empty map is an empty string; a string with an empty map in it should be understood, too.
  if (out.protected_bytes.empty()) return {};
  Reader in(out.protected_bytes);
  TRY(const Type type, in.peek());
  if (type != Type::map) return bad("the protected headers are not a map");
  CHECK(read_map(in, true, labels, out.protected_headers));
  return in.finish();
}

Result<void> read_unprotected(Reader& in, Sign1& out, Labels& labels) {
  const std::size_t before = in.offset();
  TRY(const Type type, in.peek());
  if (type != Type::map) return bad("the unprotected headers are not a map");
  CHECK(read_map(in, false, labels, out.unprotected_headers));
  if (in.offset() - before > header_bytes_max) return bad("the unprotected headers are too long");
  return {};
}

Result<void> read_payload(Reader& in, Sign1& out) {
  TRY(const Type type, in.peek());
  if (type == Type::null) {
    CHECK(in.read_null());
  } else {
    TRY(out.payload, in.read_bytes());
  }
  if (!in.tags().empty()) return bad("a tag on the payload");
  return {};
}

// The next element of the array of four.
Result<void> next(Reader& in) {
  TRY(const bool more, in.more());
  if (!more) return bad("a COSE_Sign1 has four parts");
  return {};
}

}  // namespace

Result<Sign1> parse_sign1(ByteView message) {
  Reader in(message);
  Sign1 out;
  TRY(const Type type, in.peek());
  if (type != Type::array) return bad("not a COSE_Sign1");
  TRY(const auto parts, in.enter_array());
  if (parts != 4) return bad("a COSE_Sign1 has four parts");
  if (in.tags().size() > 1 || (in.tags().size() == 1 && in.tags()[0] != sign1_tag))
    return bad("not tagged as a COSE_Sign1");
  out.tagged = !in.tags().empty();
  Labels labels;
  CHECK(next(in));
  TRY(out.protected_bytes, read_bounded_bytes(in, header_bytes_max, "the protected headers"));
  if (!in.tags().empty()) return bad("a tag on the protected headers");
  CHECK(read_protected(out, labels));
  CHECK(next(in));
  CHECK(read_unprotected(in, out, labels));
  CHECK(next(in));
  CHECK(read_payload(in, out));
  CHECK(next(in));
  TRY(out.signature, read_bounded_bytes(in, signature_bytes_max, "the signature"));
  if (!in.tags().empty()) return bad("a tag on the signature");
  TRY(const bool more, in.more());
  if (more) return bad("a COSE_Sign1 has four parts");
  CHECK(in.finish());
  return out;
}

Bytes to_be_signed(ByteView protected_bytes, ByteView payload) {
  constexpr std::size_t frame_bytes = 32;
  Bytes out;
  out.reserve(protected_bytes.size() + payload.size() + frame_bytes);
  cbor::Writer(out).array(4).text("Signature1").bytes(protected_bytes).bytes({}).bytes(payload);
  return out;
}

// RFC 8949, 4.2.1: keys in the bytewise order of their encodings, so negative labels come last.
Bytes encode_headers(const Headers& headers) {
  Bytes out;
  cbor::Writer writer(out);
  writer.map(std::uint64_t{headers.algorithm.has_value()} + headers.content_type.has_value() +
             headers.key_id.has_value() + headers.boot_count.has_value() + headers.number.has_value());
  if (headers.algorithm) writer.integer(label_alg).integer(*headers.algorithm);
  if (headers.content_type) {
    writer.integer(label_content_type);
    if (const auto* const number = std::get_if<std::uint64_t>(&*headers.content_type)) {
      writer.unsigned_integer(*number);
    } else {
      writer.text(std::get<std::string>(*headers.content_type));
    }
  }
  if (headers.key_id) writer.integer(label_kid).bytes(*headers.key_id);
  if (headers.boot_count) writer.integer(label_boot_count).unsigned_integer(*headers.boot_count);
  if (headers.number) writer.integer(label_number).unsigned_integer(*headers.number);
  return out;
}

Bytes encode_sign1(ByteView protected_bytes, ByteView payload, ByteView signature) {
  constexpr std::size_t frame_bytes = 16;
  Bytes out;
  out.reserve(protected_bytes.size() + payload.size() + signature.size() + frame_bytes);
  cbor::Writer(out).tag(sign1_tag).array(4).bytes(protected_bytes).map(0).bytes(payload).bytes(signature);
  return out;
}

}  // namespace outrider::wire::cose
