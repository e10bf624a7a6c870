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
  // What went wrong, for people.
  std::string problem(CURLcode code) const;
  long response_code() const;

 private:
  struct Free {
    void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  std::unique_ptr<CURL, Free> curl_;
  std::vector<std::unique_ptr<curl_slist, Free>> lists_;
  char error_[CURL_ERROR_SIZE] = {};
};

// Worth trying again: the network, a timeout, a server that was busy.
bool passing(CURLcode code);

}  // namespace outrider::respond
