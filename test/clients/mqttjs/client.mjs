// MQTT.js as its users run it. usage: client.mjs <scenario> <url> <ca> <cert> <key> <id> <topic root>
// Says what it saw, one line each, and ends with 0 when all was as it should be.
import fs from 'node:fs'
import assert from 'node:assert/strict'
import mqtt from 'mqtt'

const [scenario, url, ca, cert, key, id, root] = process.argv.slice(2)
const secondsMax = 60
const tls = ca === '-' ? {} : { ca: fs.readFileSync(ca), cert: fs.readFileSync(cert), key: fs.readFileSync(key) }
const common = { ...tls, reconnectPeriod: 0, connectTimeout: secondsMax * 1000 }
const v5 = scenario.endsWith('5')
const version = v5 ? { protocolVersion: 5 } : { protocolVersion: 4 }

// A client that keeps every message, and can wait for the next.
async function open(name, more = {}) {
  const client = mqtt.connect(url, { ...common, ...version, clientId: `${id}${name}`, ...more })
  const messages = []
  let wake = () => {}
  client.on('message', (topic, payload, packet) => {
    messages.push({ topic, text: payload.toString(), packet })
    wake()
  })
  const connack = await new Promise((resolve, reject) => {
    client.once('connect', resolve)
    client.once('error', reject)
  })
  client.next = async () => {
    while (messages.length === 0) await new Promise((resolve) => (wake = resolve))
    return messages.shift()
  }
  return { client, messages, connack }
}

async function exchange() {
  const { client, messages } = await open('exchange')
  const granted = await client.subscribeAsync(`${root}/#`, { qos: 2 })
  assert.equal(granted[0].qos, 2)
  for (const qos of [0, 1, 2]) await client.publishAsync(`${root}/q${qos}`, `hello ${qos}`, { qos })
  const got = [await client.next(), await client.next(), await client.next()]
  assert.deepEqual(got.map((m) => [m.topic, m.text, m.packet.qos]).sort(), [0, 1, 2].map((q) => [`${root}/q${q}`, `hello ${q}`, q]))
  if (v5) {
    const properties = { contentType: 'text/plain', responseTopic: `${root}/answer`, correlationData: Buffer.from([1, 2, 255]),
      userProperties: { a: '1', b: ['2', '3'] }, payloadFormatIndicator: true, messageExpiryInterval: 600 }
    await client.publishAsync(`${root}/properties`, 'x', { qos: 1, properties })
    const { packet } = await client.next()
    const { messageExpiryInterval, ...rest } = packet.properties
    assert.ok(messageExpiryInterval > 590 && messageExpiryInterval <= 600)
    const { messageExpiryInterval: _, ...sent } = properties
    assert.deepEqual({ ...rest, userProperties: { ...rest.userProperties } }, sent)
  }
  await client.publishAsync(`${root}/kept`, 'retained', { qos: 1, retain: true })
  assert.equal((await client.next()).packet.retain, false)
  const late = await open('late')
  await late.client.subscribeAsync(`${root}/kept`, { qos: 1 })
  const kept = await late.client.next()
  assert.deepEqual([kept.text, kept.packet.retain], ['retained', true])
  await client.publishAsync(`${root}/kept`, '', { qos: 1, retain: true })
  await client.unsubscribeAsync(`${root}/#`)
  await client.publishAsync(`${root}/q1`, 'nobody listens', { qos: 1 })
  await late.client.endAsync()
  await client.endAsync()
  assert.equal(messages.filter((m) => m.text === 'nobody listens').length, 0)
}

const kept = v5 ? { clean: false, properties: { sessionExpiryInterval: 300 } } : { clean: false }

async function session() {
  const first = await open('session', kept)
  assert.equal(first.connack.sessionPresent, false)
  await first.client.subscribeAsync(`${root}/queued`, { qos: 2 })
  await first.client.endAsync()
  const { client: publisher } = await open('publisher')
  for (let i = 0; i < 20; i++) await publisher.publishAsync(`${root}/queued`, `m${i}`, { qos: 1 })
  await publisher.endAsync()
  const second = await open('session', kept)
  assert.equal(second.connack.sessionPresent, true)
  for (let i = 0; i < 20; i++) assert.equal((await second.client.next()).text, `m${i}`)
  await second.client.endAsync()
  const { client: last } = await open('session')
  await last.endAsync()
}

async function will() {
  const { client: listener } = await open('listener')
  await listener.subscribeAsync(`${root}/will`, { qos: 1 })
  const { client } = await open('mortal', { will: { topic: `${root}/will`, payload: Buffer.from('gone'), qos: 1, retain: false } })
  client.stream.destroy()
  assert.equal((await listener.next()).text, 'gone')
  await listener.endAsync()
}

async function refused() {
  const { client } = await open('refused')
  await assert.rejects(client.publishAsync('$SYS/not/yours', 'x', { qos: 1 }), (error) => {
    console.log(`refused ${error.code} ${error.message}`)
    return error.code >= 0x80
  })
  await client.endAsync()
}

// The server is killed and comes back while this runs: MQTT.js reconnects by itself, its session is still there.
async function reconnect() {
  const { client } = await open('roamer', { ...kept, reconnectPeriod: 250, resubscribe: false })
  await client.subscribeAsync(`${root}/x`, { qos: 2 })
  client.on('error', () => {})
  client.on('close', () => console.log('closed'))
  const back = new Promise((resolve) => client.on('connect', resolve))
  console.log('ready')
  const connack = await back
  assert.equal(connack.sessionPresent, true)
  console.log('back')
  await client.publishAsync(`${root}/x`, 'after', { qos: 2 })
  assert.equal((await client.next()).text, 'after')
  await client.endAsync()
}

const scenarios = { exchange4: exchange, exchange5: exchange, session4: session, session5: session, will4: will, will5: will,
  refused5: refused, reconnect4: reconnect, reconnect5: reconnect }
// A deadline; nothing waits for it.
setTimeout(() => {
  console.error(`${scenario}: not over after ${secondsMax} s`)
  process.exit(1)
}, secondsMax * 1000)
try {
  await scenarios[scenario]()
  console.log(`${scenario} ok`)
  process.exit(0)
} catch (error) {
  console.error(error)
  process.exit(1)
}
