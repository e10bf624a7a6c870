#include "cli/command/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command/exit.h"

namespace outrider::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<Parsed> parse_words(std::vector<std::string> words) {
  return parse(words);
}

std::string refusal_of(std::vector<std::string> words) {
  const auto parsed = parse(words);
  if (parsed) return "accepted";
  EXPECT_EQ(exit_of(parsed.error()), Exit::usage);
  return parsed.error().detail;
}

TEST(Parse, NounVerbArgumentsAndOptions) {
  const auto parsed = parse_words({"history", "truck-7", "speed", "--since", "2h", "--json"});
  ASSERT_TRUE(parsed) << parsed.error().text();
  EXPECT_EQ(parsed->command->path, "history");
  EXPECT_EQ(parsed->args.text("DEVICE"), "truck-7");
  EXPECT_EQ(parsed->args.text("NAME"), "speed");
  EXPECT_EQ(parsed->args.text("since"), "2h");
  EXPECT_TRUE(parsed->args.flag("json"));
}

TEST(Parse, WhatIsNotGivenHasItsDefaultOrNone) {
  const auto parsed = parse_words({"history", "truck-7"});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->args.text("since"), "1h");
  EXPECT_FALSE(parsed->args.has("NAME"));
  EXPECT_FALSE(parsed->args.flag("json"));
}

TEST(Parse, OptionsMayStandBeforeTheCommandAndAfterItsArguments) {
  const auto before = parse_words({"--data", "./data", "--json", "device", "show", "truck-7", "--fleet=demo"});
  ASSERT_TRUE(before) << before.error().text();
  EXPECT_EQ(before->command->path, "device show");
  EXPECT_EQ(before->args.text("data"), "./data");
  EXPECT_EQ(before->args.text("fleet"), "demo");
  EXPECT_EQ(before->args.text("DEVICE"), "truck-7");
}

TEST(Parse, AnArgumentMayTakeManyWords) {
  const auto parsed = parse_words({"profile", "check", "a.toml", "b.toml"});
  ASSERT_TRUE(parsed);
  EXPECT_THAT(parsed->args.list("FILE"), ElementsAre("a.toml", "b.toml"));
}

TEST(Parse, AnUnknownCommandComesWithTheNearestOne) {
  EXPECT_THAT(refusal_of({"devise", "list"}), HasSubstr("unknown command 'devise' (did you mean 'device'?)"));
  EXPECT_THAT(refusal_of({"device", "lst"}), HasSubstr("unknown command 'device lst' (did you mean 'device list'?)"));
  EXPECT_THAT(refusal_of({"quikstart"}), HasSubstr("(did you mean 'quickstart'?)"));
  EXPECT_EQ(refusal_of({"xyzzy-plugh"}).find("did you mean"), std::string::npos);
}

TEST(Parse, AnUnknownOptionComesWithTheNearestOne) {
  EXPECT_THAT(refusal_of({"device", "list", "--profil", "x"}),
              HasSubstr("unknown option '--profil' (did you mean '--profile'?)"));
  EXPECT_THAT(refusal_of({"device", "list", "--jsn"}), HasSubstr("(did you mean '--json'?)"));
}

TEST(Parse, MissingAndSurplusWordsAreRefused) {
  EXPECT_THAT(refusal_of({}), HasSubstr("no command given"));
  EXPECT_THAT(refusal_of({"device"}), HasSubstr("'device' needs a verb: add, list, show, code, labels, quarantine"));
  EXPECT_THAT(refusal_of({"device", "show"}), HasSubstr("DEVICE"));
  EXPECT_THAT(refusal_of({"device", "show", "a", "b"}), HasSubstr("'b' is one argument too many"));
  EXPECT_THAT(refusal_of({"backup"}), HasSubstr("--output"));
  EXPECT_THAT(refusal_of({"history", "a", "--since"}), HasSubstr("since"));
}

TEST(Parse, WhatWasTypedIsEscapedInTheAnswer) {
  EXPECT_EQ(refusal_of({"\x1b]0;x\x07"}).find('\x1b'), std::string::npos);
  EXPECT_EQ(refusal_of({"device", "list", "--\x1b[2J"}).find('\x1b'), std::string::npos);
}

TEST(Parse, HelpIsForACommandANounOrEverything) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"device", "add", "--help"}, {"help", "device", "add"}, {"device", "add", "-h"}}) {
    const auto parsed = parse_words(words);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->wish, Parsed::Wish::help);
    EXPECT_EQ(parsed->command->path, "device add");
  }
  const auto noun = parse_words({"device", "--help"});
  ASSERT_TRUE(noun);
  EXPECT_EQ(noun->noun, "device");
  const auto all = parse_words({"--help"});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->command, nullptr);
  EXPECT_EQ(all->noun, "");
}

TEST(Args, NumbersAndDurationsMustBeWholeAndWithinBounds) {
  Args args;
  args.values = {{"limit", "12x"}, {"lines", "5"}, {"life", "soon"}};
  EXPECT_FALSE(args.number("limit", 1, 100));
  EXPECT_EQ(*args.number("lines", 1, 100), 5U);
  EXPECT_FALSE(args.number("lines", 6, 100));
  EXPECT_FALSE(args.duration("life"));
  EXPECT_EQ(exit_of(args.duration("life").error()), Exit::usage);
}

}  // namespace
}  // namespace outrider::cli
