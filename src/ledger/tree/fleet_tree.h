#pragma once
// One fleet's tree on disk: writes bundles and tiles, signs checkpoints, publishes them, in this order and each durable
// before the next. Keeps only the right edge of the tree in memory.
//
// Never signs a tree that does not continue every tree signed before: the last one signed is kept apart from the
// published one, and both are looked at when the tree is opened and again before every signature. One per fleet; one
// thread at a time. `disk` must outlive it.
#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ledger/files/disk.h"
#include "ledger/proof/note.h"
#include "ledger/shared_bytes.h"
#include "ledger/tree/tiles.h"

namespace outrider::ledger {

// Where a fleet's files lie.
struct FleetPaths {
  std::filesystem::path published;  // checkpoint, verifier-key, tile/: may be served to anybody
  std::filesystem::path hidden;     // note.key, signed, keyring, cursors/

  std::filesystem::path checkpoint() const { return published / "checkpoint"; }
  std::filesystem::path verifier_key() const { return published / "verifier-key"; }
  std::filesystem::path note_key() const { return hidden / "note.key"; }
  std::filesystem::path signed_note() const { return hidden / "signed"; }
  std::filesystem::path keyring() const { return hidden / "keyring"; }
  std::filesystem::path cursors() const { return hidden / "cursors"; }
};

// A line of text in a file: the line, and a newline that nothing follows. corrupt otherwise.
Result<std::string> read_line_file(const std::filesystem::path& path);
// The fleet's signing key.
Result<NoteSigner> load_note_key(const std::filesystem::path& path);

class FleetTree {
 public:
  // Draws a key and publishes the empty tree. What an interrupted creation left is replaced.
  static Result<void> create(Disk& disk, const FleetPaths& paths, const std::string& origin);
  // corrupt when the edge of the tree is not what was signed, or when published and signed tree contradict each other:
  // a part of the directory was put back from an older copy.
  static Result<std::unique_ptr<FleetTree>> open(Disk& disk, FleetPaths paths, std::string fleet);

  using Entry = SharedBytes;
  // Adds the entries and publishes the larger tree. After a failure the tree is as before; it may be tried again.
  Result<void> extend(const std::vector<Entry>& entries);

  std::uint64_t size() const { return checkpoint_.size; }
  const Hash& root() const { return checkpoint_.root; }
  const std::string& note() const { return note_; }
  const VerifierKey& verifier() const { return signer_.verifier(); }
  const TileReader& tiles() const { return tiles_; }

 private:
  // The rightmost tile of each level and the rightmost bundle, as far as they are not full.
  struct Edge {
    std::array<std::vector<Hash>, tile_levels_max> levels;
    Bytes bundle;
    std::uint64_t size = 0;

    Hash root() const;
  };

  FleetTree(Disk& disk, FleetPaths paths, std::string fleet, NoteSigner signer)
      : disk_(disk),
        paths_(std::move(paths)),
        fleet_(std::move(fleet)),
        signer_(std::move(signer)),
        tiles_(paths_.published, fleet_) {}
  Result<void> load();
  Result<void> load_edge();
  Result<void> check_unchanged() const;
  Result<void> publish(const Checkpoint& checkpoint);
  void add(Edge& edge, ByteView entry, std::vector<FileContent>& files,
           std::vector<std::filesystem::path>& superseded) const;
  std::unexpected<Error> refuse(std::string what) const;

  Disk& disk_;
  const FleetPaths paths_;
  const std::string fleet_;
  const NoteSigner signer_;
  const TileReader tiles_;
  Edge edge_;
  Checkpoint checkpoint_;
  std::string note_;
  std::vector<std::string> unpublished_;  // signed since, but not known to be on disk
};

}  // namespace outrider::ledger
