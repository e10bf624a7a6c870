#include "respond/notify/transfer.h"

#include <algorithm>
#include <mutex>

namespace outrider::respond {
namespace {

constexpr long connect_seconds_max = 10;
constexpr long seconds_max = 20;  // of the whole: a receiver that needs longer should answer and work afterwards

int check_stopping(void* stopping, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(stopping)->load() ? 1 : 0;
}

// What a receiver answers is of no interest, and when it is long it is not worth reading.
constexpr std::size_t answer_bytes_max = 64UL * 1024;
std::size_t drop(char*, std::size_t size, std::size_t count, void* seen) {
  auto& bytes = *static_cast<std::size_t*>(seen);
  bytes += size * count;
  return bytes > answer_bytes_max ? 0 : size * count;
}

}  // namespace

Transfer::Transfer(const PostOptions& options, const char* protocols, const std::string& url,
                   const std::atomic<bool>& stopping) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  curl_.reset(curl_easy_init());
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, protocols);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");  // also none from the environment: what is checked is the receiver's own address
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, connect_seconds_max);
  set(CURLOPT_TIMEOUT, seconds_max);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) {
    set(CURLOPT_CAINFO, options.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  set(CURLOPT_ERRORBUFFER, &error_[0]);
  set(CURLOPT_WRITEFUNCTION, drop);
  set(CURLOPT_WRITEDATA, &answer_bytes_);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, check_stopping);
  set(CURLOPT_XFERINFODATA, &stopping);
}

void Transfer::add(curl_slist*& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list, line.c_str());
  if (longer == nullptr) return;
  if (list == nullptr) lists_.emplace_back(longer);
  list = longer;
}

CURLcode Transfer::perform() {
  return curl_easy_perform(curl_.get());
}

std::string Transfer::problem(CURLcode code) const {
  std::string out = error_[0] != '\0' ? std::string(&error_[0]) : std::string(curl_easy_strerror(code));
  std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

bool Transfer::connected() const {
  curl_off_t out = 0;
  curl_easy_getinfo(curl_.get(), CURLINFO_APPCONNECT_TIME_T, &out);
  return out != 0;
}

long Transfer::response_code() const {
  long out = 0;
  curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &out);
  return out;
}

bool passing(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_PEER_FAILED_VERIFICATION:  // their new certificate may come in time
    case CURLE_SSL_CACERT_BADFILE:        // and our file of authorities
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

}  // namespace outrider::respond
