#include "ledger/wal/wal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/log.h"
#include "ledger/wal/frame.h"

namespace outrider::ledger {
namespace {

constexpr std::uint64_t filled_ahead_bytes = 1U << 20U;

}  // namespace

Result<void> Wal::start(const Replay& replay) {
  for (const auto& segment : replay.segments) segments_.push_back({segment.number, segment.end, segment.next});
  if (replay.segments.empty()) return rotate({}, 0);
  const auto& newest = replay.segments.back();
  number_ = newest.number;
  if (!newest.sealed || newest.file_bytes != newest.end) {
    const auto path = segment_path(options_.directory, newest.number);
    if (newest.torn != 0) {
      log::warn("ledger: the last write was cut short and never acknowledged; it is removed",
                {{"segment", path.filename().string()}, {"bytes", newest.torn}});
    }
    if (newest.shortened) {
      log::warn("ledger: the newest segment is shorter than what was reserved for it; something outside changed it",
                {{"segment", path.filename().string()}, {"bytes", newest.file_bytes}});
    }
    UniqueFd fd{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
    if (!fd) return std::unexpected(system_error("open", path.string(), errno));
    if (::ftruncate(fd.get(), static_cast<off_t>(newest.end)) != 0)
      return std::unexpected(system_error("truncate", path.string(), errno));
    if (!newest.sealed) {
      CHECK(seal_at(fd.get(), newest.number, newest.end));
      segments_.back().bytes += block_bytes;
    } else {
      CHECK(options_.disk->sync(fd.get(), path.string()));
    }
  }
  return rotate(replay.next, 0);
}

bool Wal::fits(std::uint64_t body_bytes) const {
  return !sealed_ && end_ + framed_bytes(body_bytes) + block_bytes <= reserved_;
}

Result<UniqueFd> Wal::make_segment(std::uint64_t number, std::uint64_t bytes, ByteView head) {
  const auto path = segment_path(options_.directory, number);
  const std::string temporary = path.string() + std::string(unfinished_suffix);
  UniqueFd fd{::open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640)};
  if (!fd) return std::unexpected(system_error("open", temporary, errno));
  auto made = [&]() -> Result<void> {
    CHECK(options_.disk->reserve(fd.get(), bytes, path.string()));
    CHECK(options_.disk->write_at(fd.get(), head, 0, path.string()));
    return options_.disk->sync(fd.get(), path.string());
  }();
  if (!made) {
    ::unlink(temporary.c_str());
    return std::unexpected(std::move(made).error());
  }
  return fd;
}

Result<void> Wal::rotate(const Positions& next, std::uint64_t body_bytes) {
  const std::uint64_t number = number_ + 1;
  ByteWriter body;
  SegmentStart begin{number, 0, next};
  put_record(body, begin);
  const std::uint64_t head_bytes = framed_bytes(body.size());
  begin.reserved_bytes = std::max(options_.segment_bytes, head_bytes + framed_bytes(body_bytes) + block_bytes);
  body = ByteWriter();
  put_record(body, begin);
  Bytes head;
  frame_batch(head, number, 0, body.bytes());
  TRY(auto fd, make_segment(number, begin.reserved_bytes, head));
  const auto path = segment_path(options_.directory, number);
  const std::string temporary = path.string() + std::string(unfinished_suffix);
  CHECK(seal());
  CHECK(break_on([&]() -> Result<void> {
    if (::rename(temporary.c_str(), path.c_str()) != 0)
      return std::unexpected(system_error("rename", path.string(), errno));
    return sync_directory(options_.directory);
  }()));
  fd_ = std::move(fd);
  number_ = number;
  reserved_ = begin.reserved_bytes;
  end_ = head.size();
  filled_ = end_;
  sealed_ = false;
  const std::lock_guard lock(mutex_);
  segments_.push_back({number, reserved_, {}});
  return {};
}

Result<void> Wal::append(ByteView body, const Positions& entries) {
  frames_.clear();
  frame_batch(frames_, number_, end_, body);
  const std::string name = segment_path(options_.directory, number_).string();
  if (end_ + frames_.size() > filled_) CHECK(break_on(fill_ahead()));
  CHECK(break_on(options_.disk->write_at(fd_.get(), frames_, end_, name)));
  CHECK(break_on(options_.disk->sync(fd_.get(), name)));
  end_ += frames_.size();
  const std::lock_guard lock(mutex_);
  for (const auto& [fleet, next] : entries) segments_.back().next[fleet] = next;
  return {};
}

// Reserved space that was never written is marked in the file system when it is: a sync would write that, too, with a
// journal, for every batch. Zeros written ahead pay it once for many batches, with the sync of the next.
Result<void> Wal::fill_ahead() {
  const std::uint64_t begin = std::max(filled_, end_);
  const std::uint64_t until = std::min(reserved_, end_ + frames_.size() + filled_ahead_bytes);
  CHECK(options_.disk->fill(fd_.get(), until - begin, begin, segment_path(options_.directory, number_).string()));
  filled_ = until;
  return {};
}

Result<void> Wal::seal() {
  if (sealed_) return {};
  // Give the reserved space behind the seal back: a finished segment ends with it.
  CHECK(break_on(seal_at(fd_.get(), number_, end_)));
  const std::string name = segment_path(options_.directory, number_).string();
  if (::ftruncate(fd_.get(), static_cast<off_t>(end_ + block_bytes)) != 0) {
    return break_on(std::unexpected(system_error("truncate", name, errno)));
  }
  CHECK(break_on(options_.disk->sync(fd_.get(), name)));
  sealed_ = true;
  const std::lock_guard lock(mutex_);
  segments_.back().bytes = end_ + block_bytes;
  return {};
}

Result<void> Wal::seal_at(int fd, std::uint64_t number, std::uint64_t end) {
  ByteWriter body;
  put_record(body, SegmentSeal{});
  Bytes frames;
  frame_batch(frames, number, end, body.bytes());
  const std::string name = segment_path(options_.directory, number).string();
  CHECK(options_.disk->write_at(fd, frames, end, name));
  return options_.disk->sync(fd, name);
}

Result<void> Wal::break_on(Result<void> result) {
  if (!result) broken_ = true;
  return result;
}

Result<void> Wal::drop_integrated(const std::function<bool(const FleetId& fleet, std::uint64_t next)>& integrated) {
  std::vector<std::uint64_t> numbers;
  {
    const std::lock_guard lock(mutex_);
    while (segments_.size() > 1 && std::ranges::all_of(segments_.front().next, [&](const auto& item) {
             return integrated(item.first, item.second);
           })) {
      numbers.push_back(segments_.front().number);
      segments_.pop_front();
    }
  }
  // Oldest first: a crash in between leaves no gap. One that cannot be removed is dropped after the next start.
  for (const std::uint64_t number : numbers) {
    const auto path = segment_path(options_.directory, number);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
      return std::unexpected(system_error("remove", path.string(), errno));
  }
  return numbers.empty() ? Result<void>{} : sync_directory(options_.directory);
}

std::uint64_t Wal::bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const Segment& segment : segments_) sum += segment.bytes;
  return sum;
}

}  // namespace outrider::ledger
