#include "crypto/revocation/places.h"

#include "crypto/openssl.h"

namespace outrider::crypto {
namespace {

GENERAL_NAME* url_name(const std::string& url) {
  GENERAL_NAME* const name = GENERAL_NAME_new();
  ASN1_IA5STRING* const text = ASN1_IA5STRING_new();
  must(name != nullptr && text != nullptr && ASN1_STRING_set(text, url.data(), static_cast<int>(url.size())) == 1,
       "make a URL");
  GENERAL_NAME_set0_value(name, GEN_URI, text);
  return name;
}

void add_access(AUTHORITY_INFO_ACCESS* to, int method, const std::string& url) {
  if (url.empty()) return;
  ACCESS_DESCRIPTION* const one = ACCESS_DESCRIPTION_new();
  must(one != nullptr && sk_ACCESS_DESCRIPTION_push(to, one) > 0, "make an access description");
  ASN1_OBJECT_free(one->method);
  GENERAL_NAME_free(one->location);
  one->method = OBJ_nid2obj(method);
  one->location = url_name(url);
}

}  // namespace

CRL_DIST_POINTS* make_distribution_points(const std::vector<std::string>& urls) {
  CRL_DIST_POINTS* const out = sk_DIST_POINT_new_null();
  must(out != nullptr, "make distribution points");
  for (const auto& url : urls) {
    DIST_POINT* const point = DIST_POINT_new();
    must(point != nullptr && (point->distpoint = DIST_POINT_NAME_new()) != nullptr &&
             (point->distpoint->name.fullname = sk_GENERAL_NAME_new_null()) != nullptr &&
             sk_GENERAL_NAME_push(point->distpoint->name.fullname, url_name(url)) > 0 &&
             sk_DIST_POINT_push(out, point) > 0,
         "make a distribution point");
    point->distpoint->type = 0;  // fullName
  }
  return out;
}

AUTHORITY_INFO_ACCESS* make_information_access(const std::string& ocsp_url, const std::string& issuer_url) {
  if (ocsp_url.empty() && issuer_url.empty()) return nullptr;
  AUTHORITY_INFO_ACCESS* const out = sk_ACCESS_DESCRIPTION_new_null();
  must(out != nullptr, "make an information access");
  add_access(out, NID_ad_OCSP, ocsp_url);
  add_access(out, NID_ad_ca_issuers, issuer_url);
  return out;
}

}  // namespace outrider::crypto
