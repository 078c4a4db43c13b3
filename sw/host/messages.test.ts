import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { anyMessage } from '../../e2e/unit/arbitraries.ts'
import { expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { CONTRACT_VERSION } from '../../src/contract/messages.ts'
import { parseReply } from '../../src/contract/parse-reply.ts'
import { answerMessage, tellPages } from './messages.ts'

let guardian: GuardianInTest

beforeEach(async () => {
  guardian = await guardianInTest()
  await guardian.signIn({ appState: 'x' })
})

/** What comes back on the port of a message. */
async function post(data: unknown): Promise<unknown[]> {
  const answers: unknown[] = []
  const port = { postMessage: (answer: unknown) => answers.push(structuredClone(answer)) }
  const event = { data, ports: [port] } as unknown as Parameters<typeof answerMessage>[1]
  await answerMessage(guardian.core, event, {
    waitUntil: guardian.waitUntil,
    claim: async () => undefined,
    isRegistered: async () => true,
  })
  return answers
}

const ask = (request: unknown): Promise<unknown[]> =>
  post({ tokenGuardian: CONTRACT_VERSION, request })

describe('answerMessage', () => {
  test('answers whatever a page posts once at most, in the contract, and without a secret', async () => {
    const type = fc.constantFrom(
      'get-session',
      'begin-login',
      'begin-logout',
      'refresh',
      'get-timeline',
      'x',
    )
    const forged = fc.record(
      {
        type,
        client: anyMessage,
        parameters: anyMessage,
        returnTo: anyMessage,
        landed: anyMessage,
      },
      { requiredKeys: ['type'] },
    )
    const configuration = JSON.stringify(guardian.surroundings.config)
    await fc.assert(
      fc.asyncProperty(anyMessage, forged, async (message, request) => {
        expectNoSecret(await post(message))
        for (const answers of [await ask(message), await ask(request)]) {
          expect(answers).toHaveLength(1)
          expect(parseReply(answers[0])).toBeDefined()
          expectNoSecret(answers)
        }
      }),
      { numRuns: 300 },
    )
    expectNoSecret(guardian.events)
    expect(JSON.stringify(guardian.surroundings.config)).toBe(configuration)
  })

  test('says that it does not understand, and whether the versions differ', async () => {
    expect(await ask({ type: 'get-access-token' })).toMatchObject([
      { ok: false, error: { code: 'invalid-request' } },
    ])
    expect(await post({ tokenGuardian: 99, request: { type: 'of-tomorrow' } })).toMatchObject([
      { ok: false, error: { code: 'contract-mismatch' } },
    ])
    expect(await post({ tokenGuardian: 99, request: { type: 'get-session' } })).toMatchObject([
      { ok: true, value: { session: { status: 'signed-in' } } },
    ])
  })

  test("leaves the messages of the app's own worker code alone", async () => {
    for (const data of ['SKIP_WAITING', { type: 'CACHE_URLS' }, null, undefined, []]) {
      expect(await post(data)).toEqual([])
    }
  })

  test('answers with an error of the contract when the storage fails', async () => {
    guardian.tokens.read = () => Promise.reject(new Error('S3CRET'))
    const answers = await ask({ type: 'get-session' })
    expect(answers).toMatchObject([{ ok: false, error: { code: 'internal' } }])
    expectNoSecret(answers)
  })
})

test('tellPages tells every page of the origin, controlled or not', async () => {
  const told: unknown[] = []
  const pages = [1, 2].map(() => ({ postMessage: (data: unknown) => told.push(data) }))
  const clients = {
    matchAll: async (options: unknown) => {
      expect(options).toEqual({ type: 'window', includeUncontrolled: true })
      return pages
    },
  }
  await tellPages(clients as never, { type: 'stay-awake' })
  expect(told).toEqual(
    pages.map(() => ({ tokenGuardian: CONTRACT_VERSION, event: { type: 'stay-awake' } })),
  )
})
