#include "fleet/projection/writer_first_mutex.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace outrider::fleet {
namespace {

TEST(WriterFirstMutex, AWriterGetsItsTurnBesideReadersThatNeverPause) {
  WriterFirstMutex mutex;
  std::atomic<bool> stop{false};
  int value = 0;
  std::atomic<int> torn{0};
  std::vector<std::jthread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        const std::shared_lock lock(mutex);
        if (value % 2 != 0) ++torn;
      }
    });
  }
  for (int i = 0; i < 2000; ++i) {
    const std::unique_lock lock(mutex);
    ++value;
    ++value;
  }
  stop = true;
  readers.clear();
  EXPECT_EQ(value, 4000);
  EXPECT_EQ(torn, 0);
}

}  // namespace
}  // namespace outrider::fleet
