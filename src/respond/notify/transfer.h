#pragma once
// A libcurl transfer with what all of ours have in common. Private to the folder.
#include <curl/curl.h>

#include <memory>
#include <string>

#include "respond/notify/post.h"

namespace outrider::respond {

class Transfer {
 public:
  // `protocols` as of CURLOPT_PROTOCOLS_STR.
  Transfer(const PostOptions& options, const char* protocols, const std::string& url,
           const std::atomic<bool>& stopping);
  CURL* get() const { return curl_.get(); }
  template <class T>
  void set(CURLoption option, T value) {
    curl_easy_setopt(curl_.get(), option, value);
  }
  // Adds a line to a list that lives as long as this.
  void add(curl_slist*& list, const std::string& line);
  CURLcode perform();
  // What went wrong, for people: one line of ASCII, for it may hold words of the peer.
  std::string problem(CURLcode code) const;
  long response_code() const;
  // TLS stood: what we had to say may have been heard.
  bool connected() const;

 private:
  struct Free {
    void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  std::unique_ptr<CURL, Free> curl_;
  std::vector<std::unique_ptr<curl_slist, Free>> lists_;
  char error_[CURL_ERROR_SIZE] = {};
  std::size_t answer_bytes_ = 0;
};

// Worth trying again: the network, a timeout, a server that was busy.
bool passing(CURLcode code);

// How a request ended.
struct Ended {
  CURLcode code = CURLE_OK;
  long status = 0;         // of the answer; 0 without one
  bool connected = false;  // the receiver may have heard it
  bool reached = false;    // there was an address that may be reached
  std::string refused;     // an address that may not
  std::string problem;     // curl's words
};
Posted fate_of_webhook(Ended ended);

}  // namespace outrider::respond
