#include "detect/live/snapshot/snapshot_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "crypto/hash.h"

namespace outrider::detect {
namespace {

constexpr std::string_view extension = ".snapshot";
constexpr std::string_view magic = "outrider detection file\n";
constexpr std::uint32_t format = 2;

std::unexpected<Error> damaged(const std::filesystem::path& path, std::string_view what) {
  return fail(Errc::corrupt, "bad-snapshot", fmt::format("{} is damaged: {}", path.string(), what));
}

Result<Snapshot> parse(const std::filesystem::path& path, ByteView file) {
  if (file.size() < magic.size() || !std::ranges::equal(file.first(magic.size()), as_bytes(magic)))
    return damaged(path, "it is no snapshot");
  ByteReader in(file.subspan(magic.size()));
  TRY(const auto version, in.u32());
  if (version != format)
    return fail(Errc::corrupt, "other-snapshot", fmt::format("{} was written by another version", path.string()));
  Snapshot out;
  TRY(out.next, in.u64());
  TRY(const auto mark, in.take(out.mark.size()));
  std::ranges::copy(mark, out.mark.begin());
  TRY(const auto unspoken, in.u32());
  if (unspoken > unspoken_max) return damaged(path, "it names too many alerts");
  for (std::uint32_t i = 0; i < unspoken; ++i) {
    TRY(const auto alert, in.block16());
    out.unspoken.emplace(as_text(alert.rest()));
  }
  TRY(const auto book, in.block32());
  const ByteView head = file.first(magic.size() + in.offset());
  TRY(const auto sum, in.take(crypto::sha256_bytes));
  if (!std::ranges::equal(crypto::sha256(head), sum)) return damaged(path, "its checksum is wrong");
  out.book = to_bytes(book.rest());
  out.detector = to_bytes(in.rest());
  return out;
}

}  // namespace

std::filesystem::path snapshot_path(const std::filesystem::path& directory, const FleetId& fleet) {
  return directory / (fleet.value + std::string(extension));
}

void remove_unfinished(const std::filesystem::path& directory) {
  const std::string mark = std::string(extension) + ".new-";  // write_file_atomic (base/file.cpp)
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(directory, error))
    if (file.path().filename().string().find(mark) != std::string::npos) std::filesystem::remove(file.path(), error);
}

Result<void> write_snapshot(const std::filesystem::path& path, const Snapshot& snapshot) {
  ByteWriter out;
  out.raw(magic).u32(format).u64(snapshot.next).raw(ByteView(snapshot.mark));
  out.u32(static_cast<std::uint32_t>(snapshot.unspoken.size()));
  for (const std::string& alert : snapshot.unspoken) out.block16(as_bytes(alert));
  out.block32(snapshot.book);
  const crypto::Digest sum = crypto::sha256(out.bytes());
  out.raw(ByteView(sum)).raw(snapshot.detector);
  return write_file_atomic(path, out.bytes(), 0600);
}

Result<std::optional<Snapshot>> read_snapshot(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) return std::nullopt;
  auto file = read_file(path, snapshot_bytes_max);
  if (!file && file.error().code == Errc::too_large) return damaged(path, "it is too long");
  if (!file) return std::unexpected(std::move(file).error());
  auto parsed = parse(path, *file);
  if (!parsed && parsed.error().code != Errc::corrupt) return damaged(path, parsed.error().detail);
  if (!parsed) return std::unexpected(std::move(parsed).error());
  return *std::move(parsed);
}

Result<std::array<std::uint8_t, 32>> mark_before(const ledger::Ledger& ledger, const FleetId& fleet,
                                                 std::uint64_t next) {
  if (next == 0) return std::array<std::uint8_t, 32>{};
  TRY(const auto entries, ledger.read(fleet, next - 1, 1));
  if (entries.empty())
    return fail(Errc::not_found, "no-such-entry",
                fmt::format("the ledger of fleet {} does not reach entry {}", fleet.value, next - 1));
  // Not the payload: it goes when a person is erased, and that is no other history.
  const auto& entry = entries.front();
  ByteWriter out;
  out.u64(entry.number).u16(entry.kind).u64(static_cast<std::uint64_t>(to_micros(entry.received)));
  out.block16(as_bytes(entry.subject.id));
  return crypto::sha256(out.bytes());
}

}  // namespace outrider::detect
