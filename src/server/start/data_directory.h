#pragma once
// The one directory everything is kept in, its names, and the lock that lets one server in.
#include <filesystem>

#include "base/file.h"
#include "base/result.h"

namespace outrider::server {

// Names only; nothing is touched.
struct DataPaths {
  std::filesystem::path root;

  std::filesystem::path ledger() const { return root / "ledger"; }
  std::filesystem::path ca() const { return root / "ca"; }
  std::filesystem::path database() const { return root / "database" / "outrider.db"; }
  std::filesystem::path broker_state() const { return root / "broker" / "state.db"; }
  std::filesystem::path detection() const { return root / "detect"; }
  std::filesystem::path responses() const { return root / "respond"; }
  std::filesystem::path admin_token() const { return root / "admin.token"; }
  std::filesystem::path run() const { return root / "run"; }
  std::filesystem::path addresses() const { return run() / "addresses.json"; }
  std::filesystem::path socket() const { return run() / "outrider.sock"; }
  std::filesystem::path lock() const { return root / "lock"; }
};

class DataDirectory {
 public:
  // Makes the directory when missing, closes it to everybody else (0700), and takes its lock until destruction.
  // Refused: conflict "already-running" when another server has it; forbidden when it belongs to somebody else.
  static Result<DataDirectory> open(const std::filesystem::path& root);

  const DataPaths& paths() const { return paths_; }

 private:
  DataDirectory(DataPaths paths, UniqueFd lock) : paths_(std::move(paths)), lock_(std::move(lock)) {}
  DataPaths paths_;
  UniqueFd lock_;
};

}  // namespace outrider::server
