// Eclipse Paho C, the synchronous API, as its users write it.
// usage: paho_sync exchange3|exchange5|session3|session5 <uri> <ca> <cert> <key> <client id> <topic root>
#include <MQTTClient.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { wait_milliseconds = 30000, messages_queued = 20 };

static const char *ca, *cert, *key, *uri;

#define REQUIRE(condition)                                                  \
  do {                                                                      \
    if (!(condition)) {                                                     \
      fprintf(stderr, "line %d: %s does not hold\n", __LINE__, #condition); \
      exit(1);                                                              \
    }                                                                       \
  } while (0)

struct session {
  MQTTClient client;
  int is_v5;
  int present;  // the server had a session; Paho tells it with MQTT 3.1.1 alone
};

static struct session open_session(const char* id, int is_v5, int keep) {
  struct session s = {.is_v5 = is_v5};
  MQTTClient_createOptions create = MQTTClient_createOptions_initializer;
  create.MQTTVersion = is_v5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
  REQUIRE(MQTTClient_createWithOptions(&s.client, uri, id, MQTTCLIENT_PERSISTENCE_NONE, NULL, &create) ==
          MQTTCLIENT_SUCCESS);
  MQTTClient_SSLOptions tls = MQTTClient_SSLOptions_initializer;
  tls.trustStore = ca;
  tls.keyStore = cert;
  tls.privateKey = key;
  tls.verify = 1;
  tls.sslVersion = MQTT_SSL_VERSION_DEFAULT;
  MQTTClient_connectOptions v3 = MQTTClient_connectOptions_initializer;
  MQTTClient_connectOptions v5 = MQTTClient_connectOptions_initializer5;
  MQTTClient_connectOptions options = is_v5 ? v5 : v3;
  options.keepAliveInterval = 20;
  if (strcmp(ca, "-") != 0) options.ssl = &tls;
  if (!is_v5) {
    options.MQTTVersion = MQTTVERSION_3_1_1;
    options.cleansession = !keep;
    const int code = MQTTClient_connect(s.client, &options);
    if (code != MQTTCLIENT_SUCCESS) fprintf(stderr, "connect: %d\n", code);
    REQUIRE(code == MQTTCLIENT_SUCCESS);
    s.present = options.returned.sessionPresent;
    return s;
  }
  options.cleanstart = !keep;
  MQTTProperties properties = MQTTProperties_initializer;
  MQTTProperty expiry = {.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, .value.integer4 = keep ? 300 : 0};
  MQTTProperties_add(&properties, &expiry);
  MQTTResponse answer = MQTTClient_connect5(s.client, &options, &properties, NULL);
  if (answer.reasonCode != MQTTREASONCODE_SUCCESS) fprintf(stderr, "connect: %d\n", answer.reasonCode);
  REQUIRE(answer.reasonCode == MQTTREASONCODE_SUCCESS);
  MQTTProperties_free(&properties);
  MQTTResponse_free(answer);
  return s;
}

static void close_session(struct session* s) {
  const int code = s->is_v5 ? MQTTClient_disconnect5(s->client, wait_milliseconds, MQTTREASONCODE_SUCCESS, NULL)
                            : MQTTClient_disconnect(s->client, wait_milliseconds);
  REQUIRE(code == MQTTCLIENT_SUCCESS);
  MQTTClient_destroy(&s->client);
}

static void subscribe(struct session* s, const char* filter, int qos) {
  if (!s->is_v5) {
    REQUIRE(MQTTClient_subscribe(s->client, filter, qos) == MQTTCLIENT_SUCCESS);
    return;
  }
  MQTTResponse answer = MQTTClient_subscribe5(s->client, filter, qos, NULL, NULL);
  REQUIRE((int)answer.reasonCode == qos);
  MQTTResponse_free(answer);
}

static void publish(struct session* s, const char* topic, const char* text, int qos, MQTTProperties* properties) {
  MQTTClient_message message = MQTTClient_message_initializer;
  message.payload = (void*)text;
  message.payloadlen = (int)strlen(text);
  message.qos = qos;
  if (properties) message.properties = *properties;
  MQTTClient_deliveryToken token = 0;
  if (s->is_v5) {
    MQTTResponse answer = MQTTClient_publishMessage5(s->client, topic, &message, &token);
    REQUIRE(answer.reasonCode == MQTTREASONCODE_SUCCESS);
    MQTTResponse_free(answer);
  } else {
    REQUIRE(MQTTClient_publishMessage(s->client, topic, &message, &token) == MQTTCLIENT_SUCCESS);
  }
  if (qos > 0) REQUIRE(MQTTClient_waitForCompletion(s->client, token, wait_milliseconds) == MQTTCLIENT_SUCCESS);
}

// The next message, which must be this one.
static MQTTClient_message* expect(struct session* s, const char* topic, const char* text, int qos) {
  char* got_topic = NULL;
  int length = 0;
  MQTTClient_message* message = NULL;
  const int code = MQTTClient_receive(s->client, &got_topic, &length, &message, wait_milliseconds);
  REQUIRE(code == MQTTCLIENT_SUCCESS || code == MQTTCLIENT_TOPICNAME_TRUNCATED);
  REQUIRE(message != NULL);
  if (strcmp(got_topic, topic) != 0 || message->payloadlen != (int)strlen(text) ||
      memcmp(message->payload, text, strlen(text)) != 0)
    fprintf(stderr, "got %s “%.*s”, expected %s “%s”\n", got_topic, message->payloadlen, (char*)message->payload, topic,
            text);
  REQUIRE(strcmp(got_topic, topic) == 0);
  REQUIRE(message->payloadlen == (int)strlen(text) && memcmp(message->payload, text, strlen(text)) == 0);
  REQUIRE(message->qos == qos);
  MQTTClient_free(got_topic);
  return message;
}

static void expect_only(struct session* s, const char* topic, const char* text, int qos) {
  MQTTClient_message* message = expect(s, topic, text, qos);
  MQTTClient_freeMessage(&message);
}

static void add_pair(MQTTProperties* properties, char* name, char* value) {
  MQTTProperty pair = {.identifier = MQTTPROPERTY_CODE_USER_PROPERTY};
  pair.value.data.data = name;
  pair.value.data.len = (int)strlen(name);
  pair.value.value.data = value;
  pair.value.value.len = (int)strlen(value);
  MQTTProperties_add(properties, &pair);
}

static void add_text(MQTTProperties* properties, enum MQTTPropertyCodes code, char* text) {
  MQTTProperty property = {.identifier = code};
  property.value.data.data = text;
  property.value.data.len = (int)strlen(text);
  MQTTProperties_add(properties, &property);
}

static void exchange_properties(struct session* s, const char* topic) {
  MQTTProperties sent = MQTTProperties_initializer;
  add_text(&sent, MQTTPROPERTY_CODE_CONTENT_TYPE, "text/plain");
  add_text(&sent, MQTTPROPERTY_CODE_RESPONSE_TOPIC, "answers/here");
  add_text(&sent, MQTTPROPERTY_CODE_CORRELATION_DATA, "c-1");
  add_pair(&sent, "b", "1");
  add_pair(&sent, "a", "2");
  publish(s, topic, "properties", 2, &sent);
  MQTTClient_message* message = expect(s, topic, "properties", 2);
  MQTTProperty* content = MQTTProperties_getProperty(&message->properties, MQTTPROPERTY_CODE_CONTENT_TYPE);
  REQUIRE(content && content->value.data.len == 10 && memcmp(content->value.data.data, "text/plain", 10) == 0);
  MQTTProperty* correlation = MQTTProperties_getProperty(&message->properties, MQTTPROPERTY_CODE_CORRELATION_DATA);
  REQUIRE(correlation && correlation->value.data.len == 3 && memcmp(correlation->value.data.data, "c-1", 3) == 0);
  REQUIRE(MQTTProperties_hasProperty(&message->properties, MQTTPROPERTY_CODE_RESPONSE_TOPIC));
  MQTTProperty* first = MQTTProperties_getPropertyAt(&message->properties, MQTTPROPERTY_CODE_USER_PROPERTY, 0);
  MQTTProperty* second = MQTTProperties_getPropertyAt(&message->properties, MQTTPROPERTY_CODE_USER_PROPERTY, 1);
  REQUIRE(first && second && first->value.data.data[0] == 'b' && second->value.data.data[0] == 'a');
  MQTTProperties_free(&sent);
  MQTTClient_freeMessage(&message);
}

static void exchange(int is_v5, const char* id, const char* root) {
  char topic[512];
  char filter[512];
  snprintf(topic, sizeof topic, "%s/a", root);
  snprintf(filter, sizeof filter, "%s/+", root);
  struct session s = open_session(id, is_v5, 0);
  subscribe(&s, filter, 2);
  for (int qos = 0; qos <= 2; ++qos) {
    publish(&s, topic, "hello", qos, NULL);
    expect_only(&s, topic, "hello", qos);
  }
  if (is_v5) exchange_properties(&s, topic);
  close_session(&s);
}

static void session(int is_v5, const char* id, const char* root) {
  char topic[512];
  char publisher_id[128];
  char text[32];
  snprintf(topic, sizeof topic, "%s/queued", root);
  snprintf(publisher_id, sizeof publisher_id, "%sp", id);
  struct session first = open_session(id, is_v5, 1);
  REQUIRE(!first.present);
  subscribe(&first, topic, 2);
  close_session(&first);
  struct session publisher = open_session(publisher_id, is_v5, 0);
  for (int i = 0; i < messages_queued; ++i) {
    snprintf(text, sizeof text, "m%d", i);
    publish(&publisher, topic, text, 2, NULL);
  }
  close_session(&publisher);
  struct session second = open_session(id, is_v5, 1);
  REQUIRE(second.present || is_v5);
  for (int i = 0; i < messages_queued; ++i) {
    snprintf(text, sizeof text, "m%d", i);
    expect_only(&second, topic, text, 2);
  }
  close_session(&second);
  struct session last = open_session(id, is_v5, 0);
  REQUIRE(!last.present);
  close_session(&last);
}

int main(int argc, char** argv) {
  REQUIRE(argc == 8);
  uri = argv[2];
  ca = argv[3];
  cert = argv[4];
  key = argv[5];
  const int is_v5 = strchr(argv[1], '5') != NULL;
  if (strncmp(argv[1], "exchange", 8) == 0)
    exchange(is_v5, argv[6], argv[7]);
  else if (strncmp(argv[1], "session", 7) == 0)
    session(is_v5, argv[6], argv[7]);
  else
    return 2;
  printf("%s ok\n", argv[1]);
  return 0;
}
