#include "server/backup/ustar.h"

#include <fmt/format.h>

#include <algorithm>

namespace outrider::server::ustar {
namespace {

// Offset and length of the header's fields (POSIX.1-2017, pax, table "ustar Header Block").
struct Field {
  std::size_t offset;
  std::size_t length;
};
constexpr Field name_field{0, 100};
constexpr Field mode_field{100, 8};
constexpr Field uid_field{108, 8};
constexpr Field gid_field{116, 8};
constexpr Field size_field{124, 12};
constexpr Field mtime_field{136, 12};
constexpr Field chksum_field{148, 8};
constexpr std::size_t typeflag_offset = 156;
constexpr Field magic_field{257, 8};  // magic "ustar\0" and version "00"
constexpr Field prefix_field{345, 155};

constexpr std::string_view magic("ustar\00000", 8);
constexpr char type_file = '0';
constexpr char type_file_old = '\0';  // what archives before POSIX wrote
constexpr char type_directory = '5';
constexpr std::uint32_t mode_bits = 0777;

std::unexpected<Error> refuse(std::string reason, std::string detail) {
  return fail(Errc::malformed, std::move(reason), std::move(detail));
}

void put_text(Block& block, Field field, std::string_view text) {
  std::copy(text.begin(), text.end(), block.begin() + static_cast<std::ptrdiff_t>(field.offset));
}

// Octal digits, then NUL.
void put_number(Block& block, Field field, std::uint64_t value) {
  put_text(block, field, fmt::format("{:0{}o}", value, field.length - 1));
}

ByteView bytes_of(ByteView block, Field field) {
  return block.subspan(field.offset, field.length);
}

std::string_view text_of(ByteView block, Field field) {
  const std::string_view text = as_text(bytes_of(block, field));
  return text.substr(0, text.find('\0'));
}

// Octal digits, ended by NUL or space; leading spaces are allowed.
Result<std::uint64_t> number_of(ByteView block, Field field) {
  std::string_view text = text_of(block, field);
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '7') return refuse("bad-number", fmt::format("the header has a bad number at {}", field.offset));
    value = value * 8 + static_cast<std::uint64_t>(c - '0');  // at most 12 digits: 36 bits
  }
  return value;
}

// The sum of the header's bytes, the checksum field taken as spaces.
std::uint32_t checksum_of(ByteView block) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool inside = i >= chksum_field.offset && i < chksum_field.offset + chksum_field.length;
    sum += inside ? static_cast<std::uint32_t>(' ') : block[i];
  }
  return sum;
}

// Where to cut a long name so that both parts fit; npos when nowhere.
std::size_t split_at(std::string_view name) {
  for (std::size_t i = std::min(name.size() - 1, prefix_field.length); i > 0; --i)
    if (name[i] == '/' && name.size() - i - 1 <= name_field.length) return i;
  return std::string_view::npos;
}

}  // namespace

Result<void> check_name(std::string_view name) {
  const auto unsafe = [](std::string_view why) {
    return refuse("unsafe-name", fmt::format("a name in the archive {}", why));
  };
  if (name.empty()) return unsafe("is empty");
  if (name.size() > name_bytes_max) return unsafe("is too long");
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\')
      return unsafe("has a control byte or backslash");
  }
  std::size_t depth = 0;
  while (true) {
    const auto slash = name.find('/');
    const std::string_view component = name.substr(0, slash);
    if (component.empty() || component == "." || component == "..") return unsafe("leads out of its directory");
    if (++depth > depth_max) return unsafe("is too deep");
    if (slash == std::string_view::npos) return {};
    name.remove_prefix(slash + 1);
  }
}

Result<Block> encode(const Member& member) {
  CHECK(check_name(member.name));
  if (member.size > file_bytes_max || (member.directory && member.size != 0))
    return fail(Errc::too_large, fmt::format("{} is too large for an archive", member.name));
  Block block{};
  // A directory ends in '/', as readers before POSIX expect; room for it is kept in the name field.
  const std::string name = member.directory ? member.name + "/" : member.name;
  if (name.size() <= name_field.length) {
    put_text(block, name_field, name);
  } else {
    const auto cut = split_at(name);
    if (cut == std::string_view::npos)
      return fail(Errc::too_large, fmt::format("{} is too long for an archive", member.name));
    put_text(block, prefix_field, std::string_view(name).substr(0, cut));
    put_text(block, name_field, std::string_view(name).substr(cut + 1));
  }
  put_number(block, mode_field, member.mode & mode_bits);
  put_number(block, uid_field, 0);
  put_number(block, gid_field, 0);
  put_number(block, size_field, member.size);
  put_number(block, mtime_field, static_cast<std::uint64_t>(std::max<std::int64_t>(member.modified, 0)));
  block[typeflag_offset] = static_cast<std::uint8_t>(member.directory ? type_directory : type_file);
  put_text(block, magic_field, magic);
  put_text(block, chksum_field, fmt::format("{:06o}", checksum_of(block)));
  block[chksum_field.offset + 7] = ' ';  // six digits, NUL, space
  return block;
}

Result<std::optional<Member>> decode(ByteView block) {
  if (block.size() != block_bytes) return refuse("truncated", "the archive ends inside a header");
  if (std::all_of(block.begin(), block.end(), [](std::uint8_t byte) { return byte == 0; })) return std::nullopt;
  TRY(const auto checksum, number_of(block, chksum_field));
  if (checksum != checksum_of(block)) return refuse("bad-checksum", "a header of the archive is damaged");
  if (as_text(bytes_of(block, magic_field)) != magic) return refuse("not-ustar", "the archive is not a POSIX ustar");

  Member member;
  const std::string_view prefix = text_of(block, prefix_field);
  member.name = prefix.empty() ? std::string(text_of(block, name_field))
                               : fmt::format("{}/{}", prefix, text_of(block, name_field));
  const char type = static_cast<char>(block[typeflag_offset]);
  if (type == type_directory) {
    member.directory = true;
    if (member.name.ends_with('/')) member.name.pop_back();
  } else if (type != type_file && type != type_file_old) {
    return refuse("unsupported-type", "the archive holds something that is neither a file nor a directory");
  }
  CHECK(check_name(member.name));
  TRY(const auto mode, number_of(block, mode_field));
  TRY(member.size, number_of(block, size_field));
  TRY(const auto modified, number_of(block, mtime_field));
  if (member.directory && member.size != 0) return refuse("bad-number", "a directory of the archive has a size");
  if (member.size > file_bytes_max) return refuse("bad-number", "a file of the archive is too large");
  member.mode = static_cast<std::uint32_t>(mode) & mode_bits;
  member.modified = static_cast<std::int64_t>(modified);
  return member;
}

}  // namespace outrider::server::ustar
