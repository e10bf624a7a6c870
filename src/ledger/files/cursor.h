#pragma once
// A reader's durable cursor: one small file with a checksum, replaced atomically.
#include <filesystem>
#include <string>

#include "ledger/files/disk.h"

namespace outrider::ledger {

// Cursor names follow the rules of ids (base/ids.h).
Result<std::filesystem::path> cursor_path(const std::filesystem::path& directory, const std::string& name);
// 0 when there is none yet; corrupt when the file is not what was written.
Result<std::uint64_t> read_cursor(const std::filesystem::path& path);
Result<void> write_cursor(Disk& disk, const std::filesystem::path& path, std::uint64_t next);

}  // namespace outrider::ledger
