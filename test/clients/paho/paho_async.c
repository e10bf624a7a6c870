// Eclipse Paho C, the asynchronous API with automatic reconnect: the server is killed and comes back meanwhile.
// usage: paho_async <uri> <ca> <cert> <key> <client id> <topic root>
// Says "ready", then "lost" and "back", and ends when a message published after that has come back to it.
#include <MQTTAsync.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { alarm_seconds = 60 };

static MQTTAsync client;
static char topic[512];
static int connections;

static void fail(const char* what, int code) {
  fprintf(stderr, "%s: %d\n", what, code);
  exit(1);
}

static void say(const char* text) {
  puts(text);
  fflush(stdout);
}

static void on_failure(void* context, MQTTAsync_failureData* data) {
  if (connections == 0) fail(context, data ? data->code : 0);
}

static void on_subscribed(void* context, MQTTAsync_successData* data) {
  (void)context, (void)data;
  say("ready");
}

static void on_connected(void* context, char* cause) {
  (void)context, (void)cause;
  if (++connections == 1) {
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    options.onSuccess = on_subscribed;
    options.onFailure = on_failure;
    options.context = "subscribe";
    const int code = MQTTAsync_subscribe(client, topic, 2, &options);
    if (code != MQTTASYNC_SUCCESS) fail("subscribe", code);
    return;
  }
  say("back");  // the session is still there, so it does not subscribe again
  MQTTAsync_message message = MQTTAsync_message_initializer;
  message.payload = "after";
  message.payloadlen = 5;
  message.qos = 2;
  const int code = MQTTAsync_sendMessage(client, topic, &message, NULL);
  if (code != MQTTASYNC_SUCCESS) fail("publish", code);
}

static void on_lost(void* context, char* cause) {
  (void)context, (void)cause;
  say("lost");
}

static int on_message(void* context, char* name, int length, MQTTAsync_message* message) {
  (void)context, (void)length;
  if (connections < 2 || message->payloadlen != 5 || memcmp(message->payload, "after", 5) != 0)
    fail("another message", message->payloadlen);
  say("reconnect ok");
  MQTTAsync_freeMessage(&message);
  MQTTAsync_free(name);
  _exit(0);
}

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  alarm(alarm_seconds);
  snprintf(topic, sizeof topic, "%s/x", argv[6]);
  int code = MQTTAsync_create(&client, argv[1], argv[5], MQTTCLIENT_PERSISTENCE_NONE, NULL);
  if (code != MQTTASYNC_SUCCESS) fail("create", code);
  MQTTAsync_setCallbacks(client, NULL, on_lost, on_message, NULL);
  MQTTAsync_setConnected(client, NULL, on_connected);
  MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
  tls.trustStore = argv[2];
  tls.keyStore = argv[3];
  tls.privateKey = argv[4];
  tls.verify = 1;
  MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
  options.MQTTVersion = MQTTVERSION_3_1_1;
  options.cleansession = 0;
  options.keepAliveInterval = 20;
  options.automaticReconnect = 1;
  options.minRetryInterval = 1;
  options.maxRetryInterval = 1;
  options.onFailure = on_failure;
  options.context = "connect";
  if (strcmp(argv[2], "-") != 0) options.ssl = &tls;
  code = MQTTAsync_connect(client, &options);
  if (code != MQTTASYNC_SUCCESS) fail("connect", code);
  for (;;) pause();
}
