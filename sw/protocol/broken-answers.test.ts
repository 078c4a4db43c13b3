import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectFailure } from '../../e2e/unit/expect-failure.ts'
import { protocolInTest, type ProtocolInTest } from '../../e2e/unit/protocol-in-test.ts'
import type { AuthErrorCode } from '../../src/contract/errors.ts'
import { loadMetadata } from './load-metadata.ts'

type Fault = 'silence' | 'silence in the body' | 'cut off' | 'endless' | 'endless refusal'

/** More than this of an endless answer nobody should have read. */
const MUCH = 64 * 1024 * 1024

/** Bytes that were taken of the last endless answer, once its connection is gone. */
let taken: Promise<number>

const faults: Record<Fault, (response: ServerResponse) => void> = {
  silence: () => undefined,
  'silence in the body': (response) => void start(response).write('{"access_token":'),
  'cut off': (response) => {
    start(response).write('{"access_token":', () => response.destroy())
  },
  endless: (response) => flood(start(response)),
  'endless refusal': (response) => flood(start(response, 400)),
}

function start(response: ServerResponse, status = 200): ServerResponse {
  return response.writeHead(status, { 'content-type': 'application/json' })
}

function flood(response: ServerResponse): void {
  const blanks = Buffer.alloc(256 * 1024, ' ')
  let sent = 0
  taken = new Promise((resolve) => response.on('close', () => resolve(sent)))
  const more = (): void => {
    while (sent < MUCH && !response.destroyed) {
      sent += blanks.length
      if (!response.write(blanks)) return void response.once('drain', more)
    }
    response.end()
  }
  more()
}

// A real server: only a real `fetch` hangs, breaks off and is aborted as one does.
const server = createServer(({ url }, response) => {
  faults[decodeURIComponent(url?.slice(1) ?? '') as Fault](response)
})
let origin: string

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** Only silence needs the deadline. */
function protocolAt(fault: Fault): Promise<ProtocolInTest> {
  return protocolInTest({}, fault.startsWith('silence') ? 300 : 20_000)
}

type Endpoint = 'token' | 'jwks' | 'openid-configuration'

function answerBy({ server: fake }: ProtocolInTest, endpoint: Endpoint, fault: Fault): void {
  fake.answer(endpoint, ({ init }) => fetch(`${origin}/${fault}`, init))
}

describe('an answer that never comes, or never ends, or breaks off', () => {
  test.each<[Fault, AuthErrorCode]>([
    ['silence', 'exchange-unreachable'],
    ['silence in the body', 'exchange-unreachable'],
    ['cut off', 'exchange-unreachable'],
    ['endless', 'invalid-token-response'],
    ['endless refusal', 'invalid-token-response'],
  ])('ends a sign-in: %s', async (fault, code) => {
    const protocol = await protocolAt(fault)
    answerBy(protocol, 'token', fault)
    await expectFailure(protocol.exchange(), code)
    expect(protocol.server.count('token')).toBe(1)
  })

  test.each<Fault>(['silence', 'silence in the body', 'cut off', 'endless', 'endless refusal'])(
    'never ends a session: %s',
    async (fault) => {
      const protocol = await protocolAt(fault)
      const before = await protocol.exchange()
      answerBy(protocol, 'token', fault)
      const error = await expectFailure(protocol.refresh(before), 'refresh-unavailable')
      expect(error.retryable).toBe(true)
    },
  )

  test.each<Fault>(['silence', 'silence in the body', 'cut off', 'endless'])(
    'is not taken for a wrong signature when it is of the keys: %s',
    async (fault) => {
      const protocol = await protocolAt(fault)
      answerBy(protocol, 'jwks', fault)
      await expectFailure(protocol.exchange(), 'metadata-unreachable')
    },
  )

  test.each<[Fault, AuthErrorCode]>([
    ['silence', 'metadata-unreachable'],
    ['silence in the body', 'metadata-unreachable'],
    ['cut off', 'metadata-unreachable'],
    ['endless', 'metadata-invalid'],
  ])('is told apart from wrong metadata: %s', async (fault, code) => {
    const protocol = await protocolAt(fault)
    answerBy(protocol, 'openid-configuration', fault)
    const error = await expectFailure(loadMetadata(protocol.client, protocol.wire), code)
    expect(error.retryable).toBe(code === 'metadata-unreachable')
  })

  test('is not read any further than an honest one would be long', async () => {
    const protocol = await protocolAt('endless')
    answerBy(protocol, 'token', 'endless')
    await expectFailure(protocol.exchange(), 'invalid-token-response')
    expect(await taken).toBeLessThan(MUCH)
  })
})
