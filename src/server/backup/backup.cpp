#include "server/backup/backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <deque>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "server/backup/ustar.h"
#include "store/state_file.h"

namespace outrider::server {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t piece_bytes = 1024 * 1024;               // what a slow reader of the archive holds in memory
constexpr std::size_t edge_file_bytes_max = 32 * 1024 * 1024;  // a bundle of 255 entries of 64 KiB, twice over
// A checkpoint is published once a second; reading the edge of a tree takes milliseconds, so a second try is rare.
constexpr int edge_tries_max = 50;
constexpr auto edge_pause = std::chrono::milliseconds{20};
// The write-ahead log is written in blocks of this size (docs/format/ledger.md, 3).
constexpr std::size_t wal_block_bytes = 512;
constexpr std::string_view wal_suffix = ".wal";

// What stands in the archive under `name`: content in memory, or a file, opened at once (the log) or when its turn
// comes.
struct Source {
  std::string name;
  bool directory = false;
  bool growing = false;  // a segment of the log, which may be written to while it is read
  std::optional<Bytes> content;
  fs::path path;
  UniqueFd fd;
};

Result<UniqueFd> open_to_read(const fs::path& path) {
  UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!fd) return std::unexpected(system_error("open", path.string(), errno));
  return fd;
}

// Reads what there is from `offset`, at most `out.size()`; the rest of `out` is zero. Returns how much there was.
Result<std::size_t> read_at(int fd, std::span<std::uint8_t> out, std::uint64_t offset, const std::string& name) {
  std::size_t got = 0;
  while (got < out.size()) {
    const ssize_t n = ::pread(fd, out.data() + got, out.size() - got, static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(system_error("read", name, errno));
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  std::fill(out.begin() + static_cast<std::ptrdiff_t>(got), out.end(), std::uint8_t{0});
  return got;
}

// Everything below a directory, parents first, sorted, so that two backups of one state are equal. What vanishes while
// we look is left out.
Result<std::vector<fs::path>> list_below(const fs::path& directory) {
  std::vector<fs::path> out;
  std::error_code error;
  fs::recursive_directory_iterator walk(directory, fs::directory_options::none, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) out.push_back(walk->path());
  if (error && error != std::errc::no_such_file_or_directory)
    return std::unexpected(system_error("list", directory.string(), error.value()));
  std::sort(out.begin(), out.end());
  return out;
}

bool is_partial(const fs::path& path) {
  return std::any_of(path.begin(), path.end(), [](const fs::path& part) { return part.extension() == ".p"; });
}

bool is_unfinished(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(".unfinished") || name.find(".new-") != std::string::npos || name == "_lock";
}

}  // namespace

struct Backup::Inside {
  explicit Inside(DataPaths given) : paths(std::move(given)) {}

  DataPaths paths;
  std::deque<Source> sources;
  std::map<std::string, bool, std::less<>> taken;  // names that are in the archive already

  // the source whose content is under way
  std::optional<Source> current;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  bool frozen = false;  // behind the stable part of a growing file: zeros from here on
  bool ended = false;

  std::string name_of(const fs::path& path) const { return path.lexically_relative(paths.root).generic_string(); }

  void add(Source source) {
    if (taken.emplace(source.name, true).second) sources.push_back(std::move(source));
  }

  Result<void> hold_log() {
    TRY(const auto files, list_below(paths.ledger() / "_wal"));
    for (const auto& file : files) {
      if (file.extension() != wal_suffix || taken.contains(name_of(file))) continue;
      auto fd = open_to_read(file);
      if (!fd && fd.error().code == Errc::not_found) continue;  // dropped just now: it is all in the trees
      if (!fd) return std::unexpected(std::move(fd).error());
      add({.name = name_of(file), .growing = true, .path = file, .fd = *std::move(fd)});
    }
    return {};
  }

  using Contents = std::map<fs::path, Bytes>;

  // The files that say where a fleet's tree ends, and its partial tiles.
  static Result<Contents> read_edge(const fs::path& published, const fs::path& hidden) {
    Contents out;
    for (const auto& file : {published / "checkpoint", hidden / "signed"}) {
      auto content = read_file(file, edge_file_bytes_max);
      if (content)
        out.emplace(file, *std::move(content));
      else if (content.error().code != Errc::not_found)
        return std::unexpected(std::move(content).error());
    }
    return out;
  }

  Result<void> add_edge(const fs::path& published, const fs::path& hidden) {
    for (int tries = 0; tries < edge_tries_max; ++tries) {
      TRY(const auto before, read_edge(published, hidden));
      Contents edge = before;
      TRY(const auto files, list_below(published / "tile"));
      for (const auto& file : files) {
        std::error_code ignored;
        if (!is_partial(file) || is_unfinished(file) || !fs::is_regular_file(file, ignored)) continue;
        if (auto content = read_file(file, edge_file_bytes_max)) edge.emplace(file, *std::move(content));
      }
      TRY(const auto after, read_edge(published, hidden));
      if (before == after) {
        for (auto& [file, content] : edge) add({.name = name_of(file), .content = std::move(content)});
        return {};
      }
      std::this_thread::sleep_for(edge_pause);
    }
    return fail(Errc::unavailable, "backup-busy",
                fmt::format("{} is published faster than it can be copied; try again", published.string()));
  }

  // Everything else below a directory, opened when its turn comes.
  Result<void> add_rest(const fs::path& directory) {
    TRY(const auto files, list_below(directory));
    if (!files.empty()) add({.name = name_of(directory), .directory = true});
    for (const auto& file : files) {
      std::error_code ignored;
      if (is_unfinished(file) || file.extension() == wal_suffix) continue;
      const auto status = fs::symlink_status(file, ignored);
      if (fs::is_directory(status)) {
        add({.name = name_of(file), .directory = true});
      } else if (fs::is_regular_file(status) && !is_partial(file)) {
        add({.name = name_of(file), .path = file});
      }
    }
    return {};
  }

  // Sessions and what waits in them, as they are now. The log is read later, so it holds every entry they speak of.
  Result<void> add_broker_state() {
    const fs::path state = paths.broker_state();
    const fs::path copy = state.string() + ".unfinished";
    std::error_code ignored;
    if (!fs::exists(state, ignored)) return {};
    fs::remove(copy, ignored);
    CHECK(store::StateFile::copy(state, copy));
    auto fd = open_to_read(copy);
    fs::remove(copy, ignored);  // what is open stays until it has been read
    if (!fd) return std::unexpected(std::move(fd).error());
    add({.name = name_of(state.parent_path()), .directory = true});
    add({.name = name_of(state), .path = state, .fd = *std::move(fd)});
    return {};
  }

  Result<void> plan() {
    CHECK(add_broker_state());
    const fs::path ledger = paths.ledger();
    CHECK(hold_log());
    std::error_code error;
    std::vector<std::string> fleets;
    for (fs::directory_iterator each(ledger / "_fleets", error); !error && each != fs::directory_iterator();
         each.increment(error))
      fleets.push_back(each->path().filename().string());
    if (error) return std::unexpected(system_error("list", ledger.string(), error.value()));
    for (const auto& fleet : fleets) CHECK(add_edge(ledger / fleet, ledger / "_fleets" / fleet));
    CHECK(hold_log());
    // The log was put in line first to hold its segments, but it is read after the edges, which is all that matters;
    // the keyrings are read after the log, so that every key a copied entry needs is there.
    CHECK(add_rest(ledger));
    CHECK(add_rest(paths.ca()));
    add({.name = name_of(paths.admin_token()), .path = paths.admin_token()});
    return {};
  }

  // Opens the next source and appends its header. A file that is gone is left out.
  Result<void> begin_next(std::string& out) {
    Source source = std::move(sources.front());
    sources.pop_front();
    ustar::Member member{.name = source.name, .directory = source.directory};
    member.mode = source.directory ? 0700 : 0600;
    if (source.content) {
      member.size = source.content->size();
    } else if (!source.directory) {
      if (!source.fd) {
        auto fd = open_to_read(source.path);
        if (!fd && fd.error().code == Errc::not_found) return {};
        if (!fd) return std::unexpected(std::move(fd).error());
        source.fd = *std::move(fd);
      }
      struct stat info{};
      if (::fstat(source.fd.get(), &info) != 0)
        return std::unexpected(system_error("stat", source.path.string(), errno));
      member.size = static_cast<std::uint64_t>(info.st_size);
      member.modified = info.st_mtim.tv_sec;
    }
    TRY(const auto block, ustar::encode(member));
    out += as_text(block);
    current = std::move(source);
    offset = 0;
    size = member.size;
    frozen = false;
    return {};
  }

  // Reads the same place twice. Blocks that did not change in between are as they will stay; at the first that did, the
  // writer was at work, and the copy ends there as a log does after a crash.
  Result<void> read_growing(std::span<std::uint8_t> out) {
    if (frozen) {
      std::fill(out.begin(), out.end(), std::uint8_t{0});
      return {};
    }
    CHECK(read_at(current->fd.get(), out, offset, current->name));
    Bytes again(out.size());
    CHECK(read_at(current->fd.get(), again, offset, current->name));
    if (std::memcmp(out.data(), again.data(), out.size()) == 0) return {};
    const auto [differs, ignored] = std::mismatch(out.begin(), out.end(), again.begin());
    const auto at = static_cast<std::size_t>(differs - out.begin()) / wal_block_bytes * wal_block_bytes;
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(at), out.end(), std::uint8_t{0});
    frozen = true;
    return {};
  }

  Result<void> append_content(std::string& out) {
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(size - offset, piece_bytes));
    const std::size_t start = out.size();
    out.resize(start + count);
    const std::span<std::uint8_t> into(reinterpret_cast<std::uint8_t*>(out.data() + start), count);
    if (current->content) {
      std::copy_n(current->content->begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
    } else if (current->growing) {
      CHECK(read_growing(into));
    } else {
      TRY(const auto got, read_at(current->fd.get(), into, offset, current->name));
      if (got != count)
        return fail(Errc::unavailable, "backup-changed",
                    fmt::format("{} became shorter while it was copied", current->name));
    }
    offset += count;
    if (offset == size) {
      out.append(ustar::padding(size), '\0');
      current.reset();
    }
    return {};
  }
};

Backup::Backup(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
Backup::~Backup() = default;

Result<std::unique_ptr<Backup>> Backup::begin(const DataPaths& paths) {
  auto inside = std::make_unique<Inside>(paths);
  CHECK(inside->plan());
  return std::unique_ptr<Backup>(new Backup(std::move(inside)));
}

Result<std::optional<std::string>> Backup::next() {
  Inside& in = *inside_;
  std::string out;
  while (out.size() < piece_bytes && !in.ended) {
    if (in.current) {
      CHECK(in.append_content(out));
    } else if (!in.sources.empty()) {
      CHECK(in.begin_next(out));
      if (in.current && in.size == 0) in.current.reset();
    } else {
      out.append(2 * ustar::block_bytes, '\0');
      in.ended = true;
    }
  }
  if (out.empty()) return std::nullopt;
  return out;
}

}  // namespace outrider::server
