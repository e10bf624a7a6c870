#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "respond/notify/transfer.h"

namespace outrider::respond {
namespace {

constexpr std::size_t password_bytes_max = 1024;
constexpr std::size_t line_digits = 76;         // RFC 2045, 6.8
constexpr std::size_t subject_bytes_max = 160;  // well below RFC 5322's 998 for a line

// A header is one line of ASCII; anything else in it is replaced, so that no text can add a header of its own.
std::string header_text(std::string_view text) {
  std::string out(text.substr(0, subject_bytes_max));
  std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

struct Reading {
  std::string_view rest;
  bool begun = false;
};

std::size_t give(char* to, std::size_t size, std::size_t count, void* data) {
  auto& reading = *static_cast<Reading*>(data);
  reading.begun = true;
  const std::size_t bytes = std::min(size * count, reading.rest.size());
  reading.rest.copy(to, bytes);
  reading.rest.remove_prefix(bytes);
  return bytes;
}

// Each line that the server says (curl calls them headers). Once it has taken the mail, its refusals were of receivers.
std::size_t count_refusal(char* line, std::size_t size, std::size_t count, void* data) {
  const std::string_view text(line, size * count);
  if (text.starts_with('5') || text.starts_with('4')) ++*static_cast<std::size_t*>(data);
  return text.size();
}

}  // namespace

std::string mail_message(const PostOptions& options, const Mail& mail, Timestamp now) {
  std::string out;
  const auto header = [&](std::string_view name, std::string_view value) {
    out += fmt::format("{}: {}\r\n", name, value);
  };
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  header("Date",
         fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds))));
  header("From", options.mail_from);
  header("To", fmt::format("{}", fmt::join(mail.to, ", ")));
  header("Subject", header_text(mail.subject));
  header("Message-ID", fmt::format("<{}@{}>", mail.id, options.server_name));  // the same when it is sent again
  header("Auto-Submitted", "auto-generated");                                  // RFC 3834: no vacation answers
  header("MIME-Version", "1.0");
  header("Content-Type", "text/plain; charset=utf-8");
  header("Content-Transfer-Encoding", "base64");
  out += "\r\n";
  const std::string encoded = base64(as_bytes(mail.text));
  for (std::size_t at = 0; at < encoded.size(); at += line_digits) out += encoded.substr(at, line_digits) + "\r\n";
  return out;
}

Posted post_mail(const PostOptions& options, const Mail& mail, const std::atomic<bool>& stopping, const Clock& clock) {
  using Fate = Posted::Fate;
  if (options.smtp_host.empty() || options.mail_from.empty())
    return {Fate::refused, "respond.smtp_host or respond.mail_from is not set"};
  if (mail.to.empty()) return {Fate::refused, "it is to nobody"};  // curl would say HELP, and be content
  const bool implicit = options.smtp_tls == MailTls::implicit;
  // The host may be an IPv6 address.
  const bool colon = options.smtp_host.find(':') != std::string::npos;
  const std::string url = fmt::format("{}://{}{}{}:{}/{}", implicit ? "smtps" : "smtp", colon ? "[" : "",
                                      options.smtp_host, colon ? "]" : "", options.smtp_port, options.server_name);
  Transfer transfer(options, implicit ? "smtps" : "smtp", url, stopping);
  transfer.set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));  // RFC 3207: without STARTTLS it is not sent
  if (!options.smtp_user.empty()) {
    const auto secret = read_secret_file(options.smtp_password_file, password_bytes_max);
    if (!secret) return {Fate::try_again, secret.error().text()};
    std::string_view text = as_text(secret->view());
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
    transfer.set(CURLOPT_USERNAME, options.smtp_user.c_str());
    transfer.set(CURLOPT_PASSWORD, std::string(text).c_str());  // curl keeps a copy
  }
  transfer.set(CURLOPT_MAIL_FROM, fmt::format("<{}>", options.mail_from).c_str());
  curl_slist* receivers = nullptr;
  for (const auto& to : mail.to) transfer.add(receivers, fmt::format("<{}>", to));
  transfer.set(CURLOPT_MAIL_RCPT, receivers);
  transfer.set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);  // one who has left must not keep it from the others
  std::size_t refusals = 0;
  transfer.set(CURLOPT_HEADERFUNCTION, count_refusal);
  transfer.set(CURLOPT_HEADERDATA, &refusals);
  const std::string message = mail_message(options, mail, clock.now());
  Reading reading{message};
  transfer.set(CURLOPT_UPLOAD, 1L);
  transfer.set(CURLOPT_READFUNCTION, give);
  transfer.set(CURLOPT_READDATA, &reading);
  const CURLcode code = transfer.perform();
  if (code == CURLE_OK) {
    const auto refused = std::min(refusals, mail.to.size() - 1);
    return {Fate::arrived, refused == 0 ? std::string("the mail server has taken it")
                                        : fmt::format("the mail server has taken it for {} of {} receivers",
                                                      mail.to.size() - refused, mail.to.size())};
  }
  if (code == CURLE_ABORTED_BY_CALLBACK)
    return {reading.begun ? Fate::broken_off : Fate::untried, "the server stopped before it was sent"};
  const long reply = transfer.response_code();  // RFC 5321, 4.2.1: 4yz is for now, 5yz for good
  const bool again = (reply >= 400 && reply < 500) || (reply < 500 && passing(code));
  return {again ? Fate::try_again : Fate::refused, transfer.problem(code)};
}

}  // namespace outrider::respond
