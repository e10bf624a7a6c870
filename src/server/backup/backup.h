#pragma once
// A copy of everything that cannot be rebuilt, taken while the server runs, as a POSIX ustar in pieces.
//
// It looks like the data directory after a crash at some moment during the copy, from which the ledger recovers by
// itself. For that the order matters: the write-ahead log is held on to first (hard links, so that segments the ledger
// drops meanwhile stay), then each fleet's checkpoint with the edge of its tree, then the tree, then the log, then the
// rest; before all of them the state of the broker: the log reaches at least as far as any tree in the copy, and begins
// no later than the smallest.
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "server/start/data_directory.h"

namespace outrider::server {

class Backup {
 public:
  // No fleet may be created while it is under way (the caller sees to it).
  static Result<std::unique_ptr<Backup>> begin(const DataPaths& paths);
  ~Backup();

  // The next piece; nullopt after the last. One caller at a time. An error ends the archive without its closing blocks,
  // and restore refuses such a one.
  Result<std::optional<std::string>> next();

 private:
  struct Inside;
  explicit Backup(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

}  // namespace outrider::server
