import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyMessage } from '../../e2e/unit/arbitraries.ts'
import { parseToBridge, parseToWorker } from './wire.ts'

const KNOWN_FIELDS: Readonly<Record<string, readonly string[]>> = {
  ping: ['type'],
  pong: ['type'],
  cancel: ['type', 'id'],
  credit: ['type', 'id', 'bytes'],
  call: 'type id beginUntil url method headers body redirect cache keepalive destination user'.split(
    ' ',
  ),
  taken: ['type', 'id'],
  begun: ['type', 'id'],
  late: ['type', 'id'],
  end: ['type', 'id'],
  failed: ['type', 'id'],
  hello: ['type', 'bridge'],
  part: ['type', 'id', 'bytes'],
  head: 'type id status statusText headers url redirected opaqueRedirect body'.split(' '),
}

const call = {
  type: 'call',
  id: 1,
  beginUntil: 1000,
  url: 'https://api.example/v1/me',
  method: 'GET',
  headers: [['accept', 'application/json']],
  redirect: 'follow',
  cache: 'default',
  keepalive: false,
}
const head = {
  type: 'head',
  id: 1,
  status: 200,
  statusText: 'OK',
  headers: [['content-type', 'text/plain']],
  url: 'https://api.example/v1/me',
  redirected: false,
  opaqueRedirect: false,
  body: 'parts',
}
const ofBridge = [
  { ...call, destination: 'image' },
  { type: 'ping' },
  { type: 'cancel', id: 3 },
  { type: 'credit', id: 3, bytes: 65_536 },
  call,
  { ...call, body: new ArrayBuffer(8) },
  { ...call, body: new Blob(['x']) },
  { ...call, user: 'f00d' },
  { ...call, user: null },
]
const ofWorker = [
  { type: 'pong' },
  { type: 'hello', bridge: 'life-1' },
  { type: 'taken', id: 0 },
  { type: 'begun', id: 0 },
  { type: 'late', id: 0 },
  { type: 'end', id: 0 },
  { type: 'failed', id: 0 },
  { type: 'part', id: 0, bytes: new ArrayBuffer(8) },
  head,
  { ...head, body: 'none' },
  { ...head, body: new ArrayBuffer(8) },
]

/** A message of the wire with some of its fields replaced by anything. */
const forged = fc
  .tuple(fc.constantFrom<object>(...ofBridge, ...ofWorker), anyMessage, fc.string())
  .chain(([message, value, unknown]) =>
    fc.record({
      message: fc.constant(message),
      field: fc.constantFrom(...Object.keys(message), unknown),
      value: fc.constant(value),
    }),
  )
  .map(({ message, field, value }) => ({ ...message, [field]: value }))

describe.each([
  ['parseToBridge', parseToBridge, ofBridge],
  ['parseToWorker', parseToWorker, ofWorker],
] as const)('%s', (_name, parse, messages) => {
  test('reads every message of the wire as it was sent, without what does not belong to it', () => {
    for (const message of messages) {
      expect(parse({ ...structuredClone(message), foreign: 1 })).toEqual(message)
    }
  })

  test('never throws, and drops fields that it does not know', () => {
    fc.assert(
      fc.property(fc.oneof(anyMessage, forged), (data) => {
        const parsed = parse(data)
        if (parsed === undefined) return
        const known = KNOWN_FIELDS[parsed.type] ?? []
        expect(Object.keys(parsed).filter((field) => !known.includes(field))).toEqual([])
      }),
    )
  })

  test('reads nothing of the other direction but what is in both', () => {
    for (const message of messages === ofBridge ? ofWorker : ofBridge) {
      if (parse(message) !== undefined) expect(['ping', 'pong']).toContain(message.type)
    }
  })
})

describe('parseToBridge', () => {
  test.each([
    ['a URL of more than 64 KiB', { url: `https://api.example/${'x'.repeat(64 * 1024)}` }],
    ['no URL', { url: '' }],
    ['a method of more than 32 characters', { method: 'X'.repeat(33) }],
    ['more than 256 headers', { headers: Array.from({ length: 257 }, () => ['a', 'b']) }],
    ['a header of more than 64 KiB', { headers: [['a', 'b'.repeat(64 * 1024 + 1)]] }],
    ['a header of three parts', { headers: [['a', 'b', 'c']] }],
    ['a header that is not text', { headers: [['a', 1]] }],
    ['a body of another kind', { body: 'text' }],
    ['a stream as body', { body: new ReadableStream() }],
    ['a destination that there is none of', { destination: 'document' }],
    ['a destination that is no text', { destination: ['image'] }],
    ['no name of the user that it is for', { user: '' }],
    ['a name of the user that is no text', { user: 1 }],
    ['a negative id', { id: -1 }],
    ['an id that is not whole', { id: 1.5 }],
    ['an id that is text', { id: '1' }],
    ['a redirect mode that does not exist', { redirect: 'sometimes' }],
    ['the cache mode that browsers allow for their own origin only', { cache: 'only-if-cached' }],
    ['no time until which it may be begun', { beginUntil: undefined }],
  ])('refuses a call with %s', (_what, change) => {
    expect(parseToBridge(call)).toBeDefined()
    expect(parseToBridge({ ...call, ...change })).toBeUndefined()
  })

  test('takes keepalive only from `true`', () => {
    expect(parseToBridge({ ...call, keepalive: 'yes' })).toMatchObject({ keepalive: false })
    expect(parseToBridge({ ...call, keepalive: true })).toMatchObject({ keepalive: true })
  })
})

describe('parseToWorker', () => {
  test.each([
    ['a status that is not a number', { status: '200' }],
    ['headers that are no list', { headers: { a: 'b' } }],
    ['more than 256 headers', { headers: Array.from({ length: 257 }, () => ['a', 'b']) }],
    ['a body of another kind', { body: 'text' }],
  ])('refuses a head with %s', (_what, change) => {
    expect(parseToWorker({ ...head, ...change })).toBeUndefined()
  })

  test('refuses a name of a bridge of more than 64 characters', () => {
    expect(parseToWorker({ type: 'hello', bridge: 'x'.repeat(65) })).toBeUndefined()
  })
})
