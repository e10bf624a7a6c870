/* A device on wolfSSL, as embedded firmware would have one: connects with its certificate, updates its keys, and comes
   back with its ticket. wolfssl <port> <root> <certificate> <key>: prints one word for each step that went well. */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void require(int good, const char* what) {
  if (good) return;
  fprintf(stderr, "%s failed\n", what);
  exit(1);
}

static int dial(int port) {
  struct sockaddr_in address;
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((unsigned short)port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  require(connect(fd, (struct sockaddr*)&address, sizeof address) == 0, "connect");
  return fd;
}

static void say_and_hear(WOLFSSL* ssl, const char* packet, int size, const char* answer, int answer_size) {
  char heard[16];
  int have = 0;
  require(wolfSSL_write(ssl, packet, size) == size, "write");
  while (have < answer_size) {
    const int count = wolfSSL_read(ssl, heard + have, answer_size - have);
    require(count > 0, "read");
    have += count;
  }
  require(memcmp(heard, answer, (size_t)answer_size) == 0, "answer");
}

static const char connect_packet[] = "\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03t-1";
static const char connack[] = "\x20\x02\x00\x00";
static const char pingreq[] = "\xc0\x00";
static const char pingresp[] = "\xd0\x00";

int main(int count, char** arguments) {
  WOLFSSL_CTX* context;
  WOLFSSL_SESSION* session = NULL;
  int visit;
  require(count == 5, "usage");
  wolfSSL_Init();
  context = wolfSSL_CTX_new(wolfTLSv1_3_client_method());
  require(wolfSSL_CTX_load_verify_locations(context, arguments[2], NULL) == WOLFSSL_SUCCESS, "root");
  require(wolfSSL_CTX_use_certificate_chain_file(context, arguments[3]) == WOLFSSL_SUCCESS, "certificate");
  require(wolfSSL_CTX_use_PrivateKey_file(context, arguments[4], WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS, "key");
  for (visit = 0; visit < 2; ++visit) {
    const int fd = dial(atoi(arguments[1]));
    WOLFSSL* ssl = wolfSSL_new(context);
    wolfSSL_set_fd(ssl, fd);
    if (session != NULL) require(wolfSSL_set_session(ssl, session) == WOLFSSL_SUCCESS, "set_session");
    require(wolfSSL_connect(ssl) == WOLFSSL_SUCCESS, "handshake");
    if (visit == 1) require(wolfSSL_session_reused(ssl) == 1, "resumption");
    puts(visit == 0 ? "connected" : "resumed");
    say_and_hear(ssl, connect_packet, sizeof connect_packet - 1, connack, sizeof connack - 1);
    require(wolfSSL_update_keys(ssl) == WOLFSSL_SUCCESS, "KeyUpdate");
    say_and_hear(ssl, pingreq, sizeof pingreq - 1, pingresp, sizeof pingresp - 1);
    say_and_hear(ssl, pingreq, sizeof pingreq - 1, pingresp, sizeof pingresp - 1);
    puts("updated");
    session = wolfSSL_get1_session(ssl);
    wolfSSL_shutdown(ssl);
    wolfSSL_free(ssl);
    close(fd);
  }
  return 0;
}
