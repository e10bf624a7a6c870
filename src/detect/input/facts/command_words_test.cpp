#include "detect/input/facts/command_words.h"

#include <gtest/gtest.h>

#include "detect/input/hash.h"

namespace outrider::detect {
namespace {

TEST(CommandWords, AreTheIdOfAnObject) {
  EXPECT_EQ(command_id(R"({"command":"lock","id":"5f3a"})"), hash_of("5f3a"));
  for (const std::string& text :
       {std::string(), std::string("lock"), std::string("[]"), std::string(R"("5f3a")"), std::string(R"({"id":7})"),
        std::string(R"({"id":""})"), std::string(R"({"id":"a","id":"b"})"), std::string(R"({"id":"a")"),
        R"({"id":")" + std::string(65, 'x') + R"("})", R"({"id":"a","x":")" + std::string(20'000, 'x') + R"("})",
        std::string(100'000, '{')})
    EXPECT_EQ(command_id(text), 0U) << text.substr(0, 40);
}

TEST(CommandWords, SayWhatBecameOfIt) {
  const auto answer = [](const std::string& rest) { return answer_of(R"({"id":"5f3a",)" + rest + "}").answer; };
  EXPECT_EQ(answer_of(R"({"id":"5f3a","outcome":"done"})").id, hash_of("5f3a"));
  EXPECT_EQ(answer(R"("outcome":"done")"), Answer::done);
  EXPECT_EQ(answer(R"("outcome":"failed","detail":"no motor")"), Answer::failed);
  EXPECT_EQ(answer(R"("outcome":"refused")"), Answer::refused);
  EXPECT_EQ(answer(R"("outcome":"refused","reason":"bad-signature")"), Answer::bad_signature);
  EXPECT_EQ(answer(R"("outcome":"refused","reason":"not-entitled")"), Answer::not_entitled);
  EXPECT_EQ(answer(R"("outcome":"refused","reason":"expired")"), Answer::expired);
  EXPECT_EQ(answer(R"("outcome":"refused","reason":"replayed")"), Answer::replayed);
  EXPECT_EQ(answer(R"("outcome":"refused","reason":"moody")"), Answer::refused);
  EXPECT_EQ(answer(R"("outcome":"done","reason":"bad-signature")"), Answer::done);
  EXPECT_EQ(answer(R"("outcome":"maybe")"), Answer::none);
  EXPECT_EQ(answer(R"("outcome":1)"), Answer::none);
  EXPECT_EQ(answer_of("done").answer, Answer::none);
}

}  // namespace
}  // namespace outrider::detect
