#pragma once
// Bytes in a buffer that several share: the entries of a batch in memory are not copied out of it one by one.
#include <memory>
#include <utility>

#include "base/bytes.h"

namespace outrider::ledger {

class SharedBytes {
 public:
  // `bytes` lie in the buffer.
  SharedBytes(std::shared_ptr<const Bytes> buffer, ByteView bytes) : buffer_(std::move(buffer)), bytes_(bytes) {}
  explicit SharedBytes(Bytes whole) : buffer_(std::make_shared<const Bytes>(std::move(whole))), bytes_(*buffer_) {}

  ByteView operator*() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::shared_ptr<const Bytes> buffer_;
  ByteView bytes_;
};

}  // namespace outrider::ledger
