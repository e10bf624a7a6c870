#include "cli/input/code_csv.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "base/testing/temporary_directory.h"
#include "cli/output/labels.h"

namespace outrider::cli {
namespace {

const std::string header = "device,profile,code,expires\r\n";
const std::string t1 = "t-1,fleet-tracker,7K3M9Q-0A2B4C-D6E8F0-GHJKMN,2027-01-01T00:00:00Z\r\n";
const std::string t2 = "t-2,fleet-tracker,7K3M9Q-0A2B4C-D6E8F0-GHJKMP,2027-01-01T00:00:00Z\r\n";

class CodeFileTest : public testing::Test {
 protected:
  std::string content() const { return *read_text_file(path_, 1024); }
  void put(const std::string& text) const { std::ofstream(path_, std::ios::binary) << text; }

  testing_support::TemporaryDirectory directory_;
  const std::filesystem::path path_ = directory_ / "codes.csv";
};

TEST_F(CodeFileTest, ANewFileIsForItsOwnerAlone) {
  auto file = CodeFile::create(path_);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->write(t1));
  EXPECT_EQ(content(), header + t1);
  EXPECT_EQ(std::filesystem::status(path_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_FALSE(CodeFile::create(path_));
}

TEST_F(CodeFileTest, AnInterruptedFileGoesOnAfterItsLastWholeRow) {
  for (const auto* torn :
       {"", "t-2,fleet-tra", "t-2,fleet-tracker,7K3M9Q-0A2B4C-D6E8F0-GHJKMP,2027-01-01T00:00:00Z\r"}) {
    put(header + t1 + torn);
    auto file = CodeFile::resume(path_);
    ASSERT_TRUE(file) << torn;
    ASSERT_EQ(file->earlier().size(), 1U);
    EXPECT_EQ(file->earlier().front().device, "t-1");
    ASSERT_TRUE(file->write(t2));
    EXPECT_EQ(content(), header + t1 + t2);
  }
}

TEST_F(CodeFileTest, AFileThatIsNotThereOrHardlyBegunIsBegun) {
  for (const auto* begun : {"", "device,pro", "device,profile,code,expires\r\n"}) {
    put(begun);
    auto file = CodeFile::resume(path_);
    ASSERT_TRUE(file) << begun;
    EXPECT_TRUE(file->earlier().empty());
    ASSERT_TRUE(file->write(t1));
    EXPECT_EQ(content(), header + t1);
  }
  std::filesystem::remove(path_);
  EXPECT_TRUE(CodeFile::resume(path_));
}

TEST_F(CodeFileTest, SomethingElseIsNotTouched) {
  for (const auto* other : {"my diary", "a,b\r\n1,2\r\n"}) {
    put(other);
    EXPECT_FALSE(CodeFile::resume(path_));
    EXPECT_EQ(content(), other);
  }
}

TEST(CodeCsv, RefusesWhatIsNoCodeAndSaysWhere) {
  const auto bad = [](const std::string& row) { return parse_code_csv(header + t1 + row).error().detail; };
  EXPECT_TRUE(bad("t 2,p,7K3M9Q-0A2B4C-D6E8F0-GHJKMN,2027-01-01T00:00:00Z\r\n").starts_with("line 3: "));
  EXPECT_NE(bad("t-2,p,7k3m9q,2027-01-01T00:00:00Z\r\n").find("no enrolment code"), std::string::npos);
  EXPECT_NE(bad("t-2,p,7K3M9Q-0A2B4C-D6E8F0-GHJKMN,tomorrow\r\n").find("no time"), std::string::npos);
  EXPECT_NE(parse_code_csv("device,profile\r\n").error().detail.find("'code' is missing"), std::string::npos);
}

TEST(Labels, AUriNamesServerFleetDeviceAndCode) {
  EXPECT_EQ(enrolment_uri("[2001:db8::1]:8443", "demo", {"t-1", "p", "7K3M9Q-0A2B4C-D6E8F0-GHJKMN", ""}),
            "outrider:enrol?s=%5B2001:db8::1%5D:8443&f=demo&d=t-1&c=7K3M9Q-0A2B4C-D6E8F0-GHJKMN");
}

TEST(Labels, PagesHoldTwentyFourEach) {
  const std::vector<CodeRow> codes(25, CodeRow{"t-1", "p", "7K3M9Q-0A2B4C-D6E8F0-GHJKMN", "2027-01-01T00:00:00Z"});
  const auto sheet = *label_sheet("localhost:8443", "demo", codes);
  std::size_t pages = 0;
  for (auto at = sheet.find("<div class=\"page\">"); at != std::string::npos;
       at = sheet.find("<div class=\"page\">", at + 1))
    ++pages;
  EXPECT_EQ(pages, 2U);
  EXPECT_EQ(sheet.find("<script"), std::string::npos);
}

TEST(Labels, ATextTooLongForAQrCodeIsRefused) {
  EXPECT_EQ(qr_svg(std::string(5000, 'x')).error().reason, "no-qr-code");
}

}  // namespace
}  // namespace outrider::cli
