import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bridgeInTest, type BridgeInTest } from '../../e2e/unit/bridge-in-test.ts'
import { Connection, type Answer, type Message, type Outcome } from './connection.ts'
import type { Head } from './wire.ts'

const GET: Message = {
  url: 'https://api.example/v1/me',
  method: 'GET',
  headers: [['accept', '*/*']],
  redirect: 'follow',
  cache: 'default',
  keepalive: false,
}
const HEAD: Omit<Head, 'id'> = {
  type: 'head',
  status: 200,
  statusText: 'OK',
  headers: [['content-type', 'text/plain']],
  url: GET.url,
  redirected: false,
  opaqueRedirect: false,
  body: 'none',
}

let now = 0
let bridge: BridgeInTest
let connection: Connection
let abort: AbortController

beforeEach(() => {
  now = 1_000_000
  bridge = bridgeInTest()
  connection = new Connection('page', bridge.workerEnd, () => now)
  abort = new AbortController()
})
afterEach(() => bridge.close())

const send = (message = GET): Promise<Outcome> => connection.send(message, abort.signal)
const bytesOf = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer

async function answerOf(outcome: Promise<Outcome>): Promise<Answer> {
  const answer = await outcome
  if (typeof answer === 'string') throw new Error(answer)
  return answer
}

describe('a call', () => {
  test('is sent as described, with the time until which it may be begun', async () => {
    const before = Date.now()
    void send({ ...GET, method: 'POST', body: bytesOf('x') })
    const call = await bridge.next('call')
    expect(call).toMatchObject({ ...GET, method: 'POST' })
    expect(call.beginUntil - before).toBeGreaterThanOrEqual(2000)
    expect(call.beginUntil - Date.now()).toBeLessThanOrEqual(2000)
    expect(call.body).toEqual(bytesOf('x'))
  })

  test('on a connection that has ended meanwhile was not sent, and does not wait', async () => {
    connection.end()
    expect(await send()).toBe('not-begun')
  })

  test('keeps its body, for it may have to be sent again', async () => {
    const body = bytesOf('kept')
    void send({ ...GET, method: 'POST', body })
    await bridge.next('call')
    expect(body.byteLength).toBe(4)
  })

  test.each([
    ['a status that no response made here can have', { status: 999 }],
    ['a reason that none can have', { statusText: 'line\nbreak' }],
    ['a header that none can have', { headers: [['a b', 'x']] as const }],
  ])('fails, and does not wait, when it is answered with %s', async (_what, odd) => {
    const outcome = send()
    const { id } = await bridge.next('call')
    bridge.post({ ...HEAD, ...odd, id, body: 'parts' })
    expect((await answerOf(outcome)).response.type).toBe('error')
    expect(await bridge.next('cancel')).toMatchObject({ id })
    expect(connection.isBusy).toBe(false)
  })

  test('gets the answer with its head and its whole body', async () => {
    const outcome = send()
    const { id } = await bridge.next('call')
    bridge.post({ ...HEAD, id, status: 201, statusText: 'Made', body: bytesOf('whole') })
    const { response, finalUrl } = await answerOf(outcome)
    expect(response.status).toBe(201)
    expect(response.statusText).toBe('Made')
    expect(response.headers.get('content-type')).toBe('text/plain')
    expect(await response.text()).toBe('whole')
    expect(finalUrl).toBeUndefined()
  })

  test.each([204, 205, 304])('gets an answer %d, which has no body', async (status) => {
    const outcome = send()
    const { id } = await bridge.next('call')
    bridge.post({ ...HEAD, id, status, body: bytesOf('') })
    expect((await answerOf(outcome)).response.body).toBeNull()
  })

  test('learns where redirects led', async () => {
    const outcome = send()
    const { id } = await bridge.next('call')
    bridge.post({ ...HEAD, id, redirected: true, url: 'https://api.example/final' })
    expect((await answerOf(outcome)).finalUrl).toBe('https://api.example/final')
  })

  test('answers of several calls reach the right one', async () => {
    const outcomes = [send(), send()]
    const ids = [await bridge.next('call'), await bridge.next('call')].map(({ id }) => id)
    for (const id of ids.toReversed()) bridge.post({ ...HEAD, id, body: bytesOf(`${id}`) })
    const texts = outcomes.map(async (outcome) => (await answerOf(outcome)).response.text())
    expect(await Promise.all(texts)).toEqual(ids.map(String))
  })

  test('that failed is a network error', async () => {
    const outcome = send()
    const { id } = await bridge.next('call')
    bridge.post({ type: 'failed', id })
    expect((await answerOf(outcome)).response.type).toBe('error')
  })

  test('that came too late to be begun was surely not sent', async () => {
    const outcome = send()
    const { id } = await bridge.next('call')
    bridge.post({ type: 'late', id })
    expect(await outcome).toBe('not-begun')
  })

  test('that the page takes back is cancelled at the bridge', async () => {
    const outcome = send()
    const { id } = await bridge.next('call')
    abort.abort()
    expect(await bridge.next('cancel')).toEqual({ type: 'cancel', id })
    expect((await answerOf(outcome)).response.type).toBe('error')
    expect(connection.isBusy).toBe(false)
  })
})

describe('a body in parts', () => {
  test('is passed on, credited and ended', async () => {
    const outcome = send()
    const { id } = await bridge.next('call')
    bridge.post({ ...HEAD, id, body: 'parts' })
    const { response } = await answerOf(outcome)
    bridge.post({ type: 'part', id, bytes: new ArrayBuffer(4 * 1024 * 1024) })
    bridge.post({ type: 'part', id, bytes: bytesOf('end') })
    bridge.post({ type: 'end', id })
    expect((await response.arrayBuffer()).byteLength).toBe(4 * 1024 * 1024 + 3)
    expect(await bridge.next('credit')).toMatchObject({ id, bytes: 4 * 1024 * 1024 })
    expect(connection.isBusy).toBe(false)
  })

  test('that the bridge cannot go on with breaks for the reader', async () => {
    const outcome = send()
    const { id } = await bridge.next('call')
    bridge.post({ ...HEAD, id, body: 'parts' })
    const { response } = await answerOf(outcome)
    bridge.post({ type: 'failed', id })
    await expect(response.text()).rejects.toThrow(TypeError)
  })

  test('that nobody reads any more is cancelled at the bridge', async () => {
    const outcome = send()
    const { id } = await bridge.next('call')
    bridge.post({ ...HEAD, id, body: 'parts' })
    await (await answerOf(outcome)).response.body?.cancel()
    expect(await bridge.next('cancel')).toEqual({ type: 'cancel', id })
  })

  test('that makes way is broken for the reader and cancelled at the bridge; a call without an answer is spared', async () => {
    const outcome = send()
    const { id } = await bridge.next('call')
    const unanswered = send()
    const { id: other } = await bridge.next('call')
    bridge.post({ ...HEAD, id, body: 'parts' })
    const { response } = await answerOf(outcome)
    connection.endBodies()
    await expect(response.text()).rejects.toThrow(TypeError)
    expect(await bridge.next('cancel')).toEqual({ type: 'cancel', id })
    bridge.post({ ...HEAD, id: other })
    expect((await answerOf(unanswered)).response.status).toBe(200)
    expect(bridge.unread('cancel')).toBe(0)
  })

  test('of an event source that makes way comes to an end, after which it connects anew', async () => {
    const outcome = send()
    const { id } = await bridge.next('call')
    const headers = [['content-type', 'text/event-stream; charset=utf-8']] as const
    bridge.post({ ...HEAD, id, headers, body: 'parts' })
    bridge.post({ type: 'part', id, bytes: bytesOf('data: 1\n\n') })
    const { response } = await answerOf(outcome)
    await bridge.isHeard(connection)
    connection.endBodies()
    expect(await response.text()).toBe('data: 1\n\n')
    expect(await bridge.next('cancel')).toEqual({ type: 'cancel', id })
    expect(connection.isBusy).toBe(false)
  })

  test('of a call that nobody waits for is not pumped on', async () => {
    bridge.post({ type: 'part', id: 4711, bytes: bytesOf('x') })
    expect(await bridge.next('cancel')).toEqual({ type: 'cancel', id: 4711 })
  })
})

describe('a bridge that went away', () => {
  // A bridge that is only silent has perhaps begun what it took, or will.
  test.each([
    ['is only silent', false, 'lost'],
    ['was closed with its page', true, 'not-begun'],
  ] as const)('and %s: a call that was taken', async (_how, pageClosed, ofTaken) => {
    const outcomes = [send(), send(), send()]
    const begun = await bridge.next('call')
    const taken = await bridge.next('call')
    bridge.post({ type: 'begun', id: begun.id })
    bridge.post({ type: 'taken', id: taken.id })
    await bridge.isHeard(connection)
    connection.end(pageClosed)
    expect(await Promise.all(outcomes)).toEqual(['lost', ofTaken, 'not-begun'])
    expect(connection.isOpen).toBe(false)
  })

  test('breaks the bodies that it was sending', async () => {
    const outcome = send()
    const { id } = await bridge.next('call')
    bridge.post({ ...HEAD, id, body: 'parts' })
    const { response } = await answerOf(outcome)
    connection.end()
    await expect(response.text()).rejects.toThrow(TypeError)
  })

  test('and said nothing in the time to begin is given up', async () => {
    const outcome = send()
    now += 2500
    connection.check()
    expect(await outcome).toBe('not-begun')
    expect(connection.isOpen).toBe(false)
  })

  test('and is only slow with one call keeps the others', async () => {
    const outcome = send()
    await bridge.isHeard(connection)
    now += 2500
    connection.check()
    expect(await outcome).toBe('not-begun')
    expect(connection.isOpen).toBe(true)
  })

  test('after it began is asked every two seconds, and given up after eight of silence', async () => {
    const outcome = send()
    const { id } = await bridge.next('call')
    bridge.post({ type: 'taken', id })
    await bridge.isHeard(connection)
    now += 2001
    connection.check()
    await bridge.next('ping')
    connection.check()
    expect(bridge.unread('ping')).toBe(0)
    now += 6000
    connection.check()
    expect(await outcome).toBe('lost')
  })

  test('is noticed although a clock has not moved since it was asked', async () => {
    const alive = connection.isAlive(1000)
    await bridge.next('ping')
    bridge.post({ type: 'pong' })
    expect(await alive).toBe(true)
  })

  test('does not answer the question whether it is there', async () => {
    const alive = connection.isAlive(1000)
    await bridge.next('ping')
    now += 1000
    expect(await alive).toBe(false)
  })
})

test('a bridge that asks whether this end is there gets its answer', async () => {
  bridge.post({ type: 'ping' })
  await bridge.next('pong')
})

test('a bridge says which life it is', async () => {
  const said = new Promise<void>((resolve) => {
    connection.onHello = resolve
  })
  bridge.post({ type: 'hello', bridge: 'life-1' })
  await said
  expect(connection.bridge).toBe('life-1')
})

test('what makes no sense is as if it had not been said', async () => {
  bridge.postAnything({ type: 'head', id: 1 })
  bridge.postAnything('pong')
  const alive = connection.isAlive(1000)
  await bridge.next('ping')
  now += 1000
  expect(await alive).toBe(false)
})
