#include "base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/testing/temporary_directory.h"

namespace outrider {
namespace {

class File : public testing::Test {
 protected:
  std::filesystem::path at(std::string_view name) const { return directory_ / name; }
  static mode_t mode_of(const std::filesystem::path& path) {
    struct stat info{};
    EXPECT_EQ(::stat(path.c_str(), &info), 0);
    return info.st_mode & 07777U;
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory_.path()), {}));
  }

  testing_support::TemporaryDirectory directory_;
};

TEST_F(File, WhatIsWrittenReadsBack) {
  ASSERT_TRUE(write_file_atomic(at("a"), "one"));
  EXPECT_EQ(*read_text_file(at("a"), 100), "one");
  ASSERT_TRUE(write_file_atomic(at("a"), "two"));
  EXPECT_EQ(*read_text_file(at("a"), 100), "two");
  EXPECT_EQ(files(), 1U);  // no temporary stays behind
}

TEST_F(File, AFailedReplacementLeavesTheOldContentAndNoTemporary) {
  ASSERT_TRUE(make_directories(at("taken")));
  ASSERT_TRUE(write_file_atomic(at("taken/inside"), "x"));
  EXPECT_FALSE(write_file_atomic(at("taken"), "a directory with content cannot be replaced by a file"));
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(*read_text_file(at("taken/inside"), 100), "x");
  EXPECT_EQ(write_file_atomic(at("missing/a"), "x").error().code, Errc::not_found);
}

TEST_F(File, TheModeIsTheOneAskedForAlsoWhenReplacing) {
  ASSERT_TRUE(write_file_atomic(at("key"), "open", 0644));
  ASSERT_TRUE(write_file_atomic(at("key"), "secret", 0600));
  EXPECT_EQ(mode_of(at("key")), 0600U);
}

TEST_F(File, ALongerFileThanAllowedIsRefused) {
  ASSERT_TRUE(write_file_atomic(at("a"), "12345"));
  EXPECT_TRUE(read_file(at("a"), 5));
  EXPECT_EQ(read_file(at("a"), 4).error().code, Errc::too_large);
  EXPECT_EQ(read_file("/dev/zero", 1000).error().code, Errc::too_large);
}

TEST_F(File, AMissingFileIsNotFoundAndNamed) {
  const auto missing = read_file(at("nothing"), 10);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_NE(missing.error().detail.find("nothing"), std::string::npos);
}

TEST_F(File, ASecretThatOthersMayReadIsRefused) {
  ASSERT_TRUE(write_file_atomic(at("key"), "k", 0600));
  EXPECT_EQ(as_text(read_secret_file(at("key"), 10)->view()), "k");
  for (const mode_t mode : {0640U, 0604U, 0620U, 0601U}) {
    ASSERT_EQ(::chmod(at("key").c_str(), mode), 0);
    const auto refused = read_secret_file(at("key"), 10);
    ASSERT_FALSE(refused) << mode;
    EXPECT_EQ(refused.error().reason, "secret-readable-by-others");
  }
  EXPECT_FALSE(read_secret_file(at("nothing"), 10));
}

TEST_F(File, DirectoriesAreMadeWithTheirParents) {
  ASSERT_TRUE(make_directories(at("a/b/c"), 0700));
  EXPECT_EQ(mode_of(at("a/b/c")), 0700U);
  EXPECT_EQ(mode_of(at("a")), 0700U);
  EXPECT_TRUE(make_directories(at("a/b/c")));  // already there
  EXPECT_TRUE(make_directories(at("x/")));     // a slash at the end
  ASSERT_TRUE(write_file_atomic(at("file"), "x"));
  EXPECT_EQ(make_directories(at("file")).error().code, Errc::conflict);
  EXPECT_FALSE(make_directories(at("file/below")));
  EXPECT_FALSE(make_directories("/proc/none/below"));  // its parent takes no names from anybody
}

TEST_F(File, AFullDiskIsAnErrorNotALoss) {
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full);
  const auto written = write_all(full.get(), as_bytes("x"), "/dev/full");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().detail, "write /dev/full: No space left on device");
}

TEST_F(File, ADescriptorHasOneOwner) {
  UniqueFd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = first.get();
  UniqueFd second(std::move(first));
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that is the promise
  EXPECT_EQ(second.get(), number);
  second.reset();
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
}

}  // namespace
}  // namespace outrider
