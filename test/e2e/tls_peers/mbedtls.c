/* A device on mbedTLS. Debian's (2.28) speaks TLS 1.2 at most, so this is the old modem.
   mbedtls <port> <root> <certificate> <key>: prints version and suite when CONNACK and PINGRESP have come. */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void require(int good, const char* what) {
  if (good) return;
  fprintf(stderr, "%s failed\n", what);
  exit(1);
}

static void say_and_hear(mbedtls_ssl_context* ssl, const char* packet, size_t size, const char* answer, size_t wanted) {
  unsigned char heard[16];
  size_t have = 0;
  require(mbedtls_ssl_write(ssl, (const unsigned char*)packet, size) == (int)size, "write");
  while (have < wanted) {
    const int count = mbedtls_ssl_read(ssl, heard + have, wanted - have);
    require(count > 0, "read");
    have += (size_t)count;
  }
  require(memcmp(heard, answer, wanted) == 0, "answer");
}

int main(int count, char** arguments) {
  mbedtls_net_context net;
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context random;
  mbedtls_x509_crt root, own;
  mbedtls_pk_context key;
  mbedtls_ssl_config config;
  mbedtls_ssl_context ssl;
  require(count == 5, "usage");
  mbedtls_net_init(&net);
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&random);
  mbedtls_x509_crt_init(&root);
  mbedtls_x509_crt_init(&own);
  mbedtls_pk_init(&key);
  mbedtls_ssl_config_init(&config);
  mbedtls_ssl_init(&ssl);
  require(mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0) == 0, "random");
  require(mbedtls_x509_crt_parse_file(&root, arguments[2]) == 0, "root");
  require(mbedtls_x509_crt_parse_file(&own, arguments[3]) == 0, "certificate");
  require(mbedtls_pk_parse_keyfile(&key, arguments[4], NULL) == 0, "key");
  require(mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                      MBEDTLS_SSL_PRESET_DEFAULT) == 0, "config");
  mbedtls_ssl_conf_ca_chain(&config, &root, NULL);
  mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random);
  require(mbedtls_ssl_conf_own_cert(&config, &own, &key) == 0, "own certificate");
  require(mbedtls_ssl_conf_max_frag_len(&config, MBEDTLS_SSL_MAX_FRAG_LEN_1024) == 0, "short records");
  require(mbedtls_ssl_setup(&ssl, &config) == 0 && mbedtls_ssl_set_hostname(&ssl, "localhost") == 0, "setup");
  require(mbedtls_net_connect(&net, "127.0.0.1", arguments[1], MBEDTLS_NET_PROTO_TCP) == 0, "connect");
  mbedtls_ssl_set_bio(&ssl, &net, mbedtls_net_send, mbedtls_net_recv, NULL);
  require(mbedtls_ssl_handshake(&ssl) == 0, "handshake");
  say_and_hear(&ssl, "\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03t-1", 17, "\x20\x02\x00\x00", 4);
  say_and_hear(&ssl, "\xc0\x00", 2, "\xd0\x00", 2);
  printf("%s %s\n", mbedtls_ssl_get_version(&ssl), mbedtls_ssl_get_ciphersuite(&ssl));
  mbedtls_ssl_close_notify(&ssl);
  return 0;
}
