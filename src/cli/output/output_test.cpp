#include "cli/output/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/output/table.h"

namespace outrider::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Escape, TextOfAnyLanguageStaysAsItIs) {
  EXPECT_EQ(escape("Grüße, 東京 🚚"), "Grüße, 東京 🚚");
}

TEST(Escape, NothingATerminalWouldObeyGetsThrough) {
  EXPECT_EQ(escape("\x1b[2J"), "\\x1b[2J");
  EXPECT_EQ(escape("a\nb\tc\r"), "a\\nb\\tc\\r");
  EXPECT_EQ(escape("\x7f"), "\\x7f");
  EXPECT_EQ(escape("\u009b2J"), "\\u{9b}2J") << "C1: CSI in one character";
  EXPECT_EQ(escape("\x9b"
                   "2J"),
            "\\x9b2J")
      << "and the same as a bare byte";
  EXPECT_EQ(escape("\u202egnp.exe"), "\\u{202e}gnp.exe") << "right-to-left override";
  EXPECT_EQ(escape("a\u200bb"), "a\\u{200b}b") << "zero width";
  EXPECT_EQ(escape(std::string_view("\0", 1)), "\\x00");
}

TEST(Escape, WhatIsShownIsUnambiguous) {
  EXPECT_EQ(escape("\\x1b"), "\\\\x1b");
}

TEST(Escape, BytesThatAreNotUtf8AreShownAsBytes) {
  EXPECT_EQ(escape("\xc3"), "\\xc3");
  EXPECT_EQ(escape("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(escape("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "surrogate";
  EXPECT_EQ(escape("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "above U+10FFFF";
}

TEST(EscapeJson, TheValueStaysEqualAndTheTerminalSafe) {
  const json::Value value = "x\x7f\u009b\u202e\U000E0041 ü\\";
  const std::string text = escape_json(json::compact(value));
  EXPECT_THAT(text, HasSubstr("\\u007f\\u009b\\u202e\\udb40\\udc41 ü"));
  EXPECT_EQ(json::parse(text).value(), value);
}

TEST(Shorten, CutsAtColumnsNotBytes) {
  EXPECT_EQ(width("東京"), 4U);
  EXPECT_EQ(width("e\u0301"), 1U);
  EXPECT_EQ(shorten("東京都", 5), "東京…");
  EXPECT_EQ(shorten("short", 5), "short");
  EXPECT_EQ(shorten("abc", 0), "");
}

TEST(Ages, AreRelativeAndRounded) {
  const Timestamp now = from_micros(1'000'000'000'000'000);
  EXPECT_EQ(relative(now, now), "now");
  EXPECT_EQ(relative(now - std::chrono::seconds(59), now), "59s ago");
  EXPECT_EQ(relative(now - std::chrono::minutes(119), now), "1h ago");
  EXPECT_EQ(relative(now + std::chrono::hours(24 * 90), now), "in 90d");
  EXPECT_THAT(relative(from_micros(std::numeric_limits<std::int64_t>::min()), now), HasSubstr("d ago"));
}

TEST(Ages, NumbersAreGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(bytes_text(1536), "1.5 KiB");
}

struct Captured {
  std::ostringstream out;
  std::ostringstream err;
};

TEST(Tables, ColumnsAreAlignedAndCellsEscaped) {
  Captured captured;
  Output output(captured.out, captured.err, {});
  Table table({{"NAME"}, {"N", Align::right}, {"LABEL"}});
  table.add({"a", "7", "\x1b[31mred"});
  table.add({"longer", "1234", ""});
  table.print(output);
  EXPECT_EQ(captured.out.str(),
            "NAME       N  LABEL\n"
            "a          7  \\x1b[31mred\n"
            "longer  1234  -\n");
}

TEST(Tables, ANarrowTerminalCutsOnlyWhatShrinks) {
  Captured captured;
  Output output(captured.out, captured.err, {.columns = 20});
  Table table({{"NAME"}, {"LABEL", Align::left, true}});
  table.add({"device-1", "a label that is far too long"});
  table.print(output);
  EXPECT_EQ(captured.out.str(), "NAME      LABEL\ndevice-1  a label t…\n");
}

TEST(Colours, OnlyOnATerminalThatWantsThem) {
  Captured captured;
  EXPECT_EQ(Output(captured.out, captured.err, {.out_tty = true, .colour = true}).paint(Colour::red, "x"),
            "\x1b[31mx\x1b[0m");
  EXPECT_EQ(Output(captured.out, captured.err, {.out_tty = true, .colour = false}).paint(Colour::red, "x"), "x");
  EXPECT_EQ(Output(captured.out, captured.err, {.out_tty = false, .colour = true}).paint(Colour::red, "x"), "x");
}

TEST(Errors, SayWhatAndWhyForPeopleAndMachines) {
  Captured captured;
  Output output(captured.out, captured.err, {});
  output.error(Error(Errc::conflict, "device-exists", "device 't\x1b' exists already"));
  EXPECT_EQ(captured.err.str(), "outrider: device 't\\x1b' exists already [device-exists]\n");
  captured.err.str("");
  output.error(Error(Errc::unavailable, "the server ended:\noutrider: all is well\x1b[2J"));
  EXPECT_EQ(captured.err.str(), "outrider: the server ended:\n  outrider: all is well\\x1b[2J\n");
  captured.err.str("");
  output.set_json(true);
  output.error(Error(Errc::conflict, "device-exists", "exists already"));
  EXPECT_EQ(captured.err.str(), R"({"error":{"code":"conflict","reason":"device-exists","detail":"exists already"}})"
                                "\n");
  EXPECT_EQ(captured.out.str(), "");
}

TEST(ProgressBar, WithoutATerminalItIsALineATenth) {
  Captured captured;
  Output output(captured.out, captured.err, {});
  Progress bar(output, "adding");
  for (std::uint64_t i = 0; i <= 1000; ++i) bar.update(i, 1000);
  bar.finish();
  EXPECT_THAT(captured.err.str(), HasSubstr("adding: 10% (100 of 1000)\n"));
  EXPECT_THAT(captured.err.str(), HasSubstr("adding: 100% (1000 of 1000)\n"));
  EXPECT_EQ(std::ranges::count(captured.err.str(), '\n'), 10);
  EXPECT_THAT(captured.err.str(), Not(HasSubstr("\x1b")));
}

TEST(ProgressBar, OnATerminalItIsDrawnInPlace) {
  Captured captured;
  Output output(captured.out, captured.err, {.err_tty = true});
  Progress bar(output, "adding");
  bar.update(500, 1000);
  bar.update(1000, 1000);
  bar.finish();
  EXPECT_THAT(captured.err.str(), HasSubstr("\r\x1b[Kadding "));
  EXPECT_THAT(captured.err.str(), HasSubstr("100% 1,000 of 1,000\n"));
  EXPECT_EQ(captured.out.str(), "");
}

}  // namespace
}  // namespace outrider::cli
