#include "cli/quickstart/child.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

namespace outrider::cli {
namespace {

using testing::HasSubstr;

class Children : public testing::Test {
 protected:
  void SetUp() override {
    folder = std::filesystem::temp_directory_path() / ("outrider-child-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  ChildOptions shell(const std::string& script) const {
    return {.program = "/bin/sh",
            .arguments = {"-c", script},
            .environment = {{"GREETING", "hello"}},
            .log = folder / "child.log",
            .output = {}};
  }
  // Until the child has said so in its log; it is the child's own word that it is ready.
  void wait_for_word(Child& child, std::string_view word) const {
    while (child.running() && last_lines(folder / "child.log", 1) != word) ::usleep(1000);
  }

  std::filesystem::path folder;
};

TEST_F(Children, HearTheirEnvironmentAndWriteToTheirLog) {
  auto child = Child::start(shell("echo $GREETING; echo there >&2"));
  ASSERT_TRUE(child) << child.error().text();
  while (child->running()) ::usleep(1000);
  EXPECT_EQ(last_lines(folder / "child.log", 2), "hello\nthere");
  EXPECT_TRUE(child->stop(std::chrono::seconds{1})) << "it has ended well already";
}

TEST_F(Children, OneThatDiesIsReportedWithTheEndOfItsLog) {
  auto child =
      Child::start(shell("for i in 1 2 3; do echo line $i; done; echo $GREETING; echo cannot bind >&2; exit 3"));
  ASSERT_TRUE(child) << child.error().text();
  while (child->running()) ::usleep(1000);
  EXPECT_EQ(child->ending(), "exit status 3");
  const Error death = child->death("server");
  EXPECT_THAT(death.detail, HasSubstr("the server ended by itself (exit status 3)"));
  EXPECT_THAT(death.detail, HasSubstr("hello\ncannot bind"));
  EXPECT_FALSE(child->stop(std::chrono::seconds{1}));
}

TEST_F(Children, AreAskedToEndAndOnlyKilledWhenTheyDoNot) {
  auto polite = Child::start(shell("trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done"));
  ASSERT_TRUE(polite);
  wait_for_word(*polite, "ready");
  EXPECT_TRUE(polite->stop(std::chrono::seconds{20}));
  EXPECT_EQ(polite->ending(), "exit status 0");

  auto deaf = Child::start(shell("trap '' TERM; echo deaf; while :; do sleep 0.01; done"));
  ASSERT_TRUE(deaf);
  wait_for_word(*deaf, "deaf");
  const auto stopped = deaf->stop(std::chrono::milliseconds{50});
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().reason, "killed");
  EXPECT_THAT(deaf->ending(), HasSubstr("killed by signal 9"));
}

TEST_F(Children, DoNotOutliveAParentThatIsKilled) {
  // Orphans come to us, so that their end can be waited for.
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t parent = ::fork();
  ASSERT_GE(parent, 0);
  if (parent == 0) {
    auto child = Child::start(
        {.program = "/bin/sleep", .arguments = {"1000"}, .environment = {}, .log = folder / "sleep.log", .output = {}});
    const pid_t pid = child ? child->pid() : -1;
    (void)!::write(ends[1], &pid, sizeof pid);
    while (true) ::pause();
  }
  pid_t grandchild = -1;
  ASSERT_EQ(::read(ends[0], &grandchild, sizeof grandchild), static_cast<ssize_t>(sizeof grandchild));
  ASSERT_GT(grandchild, 0);
  ::kill(parent, SIGKILL);
  EXPECT_EQ(::waitpid(parent, nullptr, 0), parent);
  // It ends: by the signal, or by itself when its parent was gone before it could ask for one.
  EXPECT_EQ(::waitpid(grandchild, nullptr, 0), grandchild);
  ::close(ends[0]);
  ::close(ends[1]);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_F(Children, AProgramThatIsNotThereIsAnError) {
  auto child = Child::start(
      {.program = folder / "nothing", .arguments = {}, .environment = {}, .log = folder / "log", .output = {}});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, Errc::not_found);
  EXPECT_FALSE(find_program(folder / "outrider", "no-such-program-anywhere", "no-such-folder/x"));
}

TEST_F(Children, TheEndOfALogIsItsLastLines) {
  ASSERT_TRUE(write_file_atomic(folder / "log", std::string_view("1\n2\n3\n4\n")));
  EXPECT_EQ(last_lines(folder / "log", 2), "3\n4");
  EXPECT_EQ(last_lines(folder / "log", 9), "1\n2\n3\n4");
  EXPECT_EQ(last_lines(folder / "none", 9), "");
}

}  // namespace
}  // namespace outrider::cli
