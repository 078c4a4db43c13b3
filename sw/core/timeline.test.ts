import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { deferred } from '../../e2e/unit/deferred.ts'
import { expectFailure, expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { MARK } from '../../e2e/unit/fake-server.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { API } from '../../e2e/unit/parsed-config.ts'
import type { ParsedResource } from '../../src/contract/config.ts'
import { parseTimeline } from '../../src/contract/parse-timeline.ts'
import type { Timeline } from '../../src/contract/timeline.ts'
import { failure } from '../protocol/failure.ts'
import type { DecisionBook } from './timeline.ts'
import { createWatchedCore } from './watched-core.ts'

const PAGE = 'page-1'

let guardian: GuardianInTest
let decisions: DecisionBook
let now: number

beforeEach(async () => {
  now = 1_800_000_000_000
  guardian = await guardianInTest()
  guardian.core = createWatchedCore(guardian.surroundings, () => now)
  decisions = guardian.core.surroundings.decisions!
})

interface CallFacts {
  readonly init?: RequestInit
  readonly path?: string
  readonly page?: string
  readonly answer?: () => Response | Promise<Response>
}

/** A request of a page, through the whole guardian. */
async function call({ init, path = 'me', page = PAGE, answer }: CallFacts = {}): Promise<Response> {
  return guardian.core.apiRequests.answer({
    request: new Request(API + path, init),
    resource: guardian.surroundings.config.resources[0] as ParsedResource,
    fetch: async () => (answer ? answer() : new Response('ok')),
    waitUntil: guardian.waitUntil,
    page,
  })
}

const timeline = (page: string | undefined = PAGE): Promise<Timeline> =>
  decisions.answer(undefined, page)
const entries = async (page?: string): Promise<object[]> => [...(await timeline(page)).entries]
const unauthorized = (): Response =>
  new Response(null, {
    status: 401,
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  })

describe('the timeline', () => {
  test('tells of a request its method, its rule, its outcome and how long it took', async () => {
    await guardian.signIn()
    const slow = async (): Promise<Response> => {
      now += 30
      return new Response('ok', { status: 201 })
    }
    await call({ init: { method: 'POST', body: 'x' }, path: 'orders/7?secret=1', answer: slow })
    expect((await entries()).at(-1)).toEqual({
      what: 'request',
      at: 1_800_000_000_030,
      client: 'default',
      rule: API,
      method: 'POST',
      outcome: 'sent',
      status: 201,
      ms: 30,
    })
  })

  test.each([
    ['sent-without-token', {}, false],
    ['sent', {}, true],
    ['failed', { answer: () => Promise.reject(new TypeError('offline')) }, true],
  ] as const)('calls a request %s', async (outcome, facts, isSignedIn) => {
    if (isSignedIn) await guardian.signIn()
    await call(facts).catch(() => undefined)
    expect((await entries()).at(-1)).toMatchObject({ what: 'request', outcome })
  })

  test('tells of a refused token, its refresh and the replay', async () => {
    await guardian.signIn()
    const answers = [unauthorized, () => new Response('ok')]
    await call({ answer: () => answers.shift()!() })
    expect((await entries()).slice(-3)).toMatchObject([
      { what: 'session', status: 'signed-in' },
      { what: 'refresh', client: 'default' },
      { what: 'request', outcome: 'sent-again', status: 200 },
    ])
  })

  test('tells of a session that ended why, and that the next request went without a token', async () => {
    await guardian.signIn()
    guardian.server.answer('token', () =>
      Response.json({ error: 'invalid_grant' }, { status: 400 }),
    )
    await call({ answer: unauthorized })
    await call()
    expect(await entries()).toMatchObject([
      { what: 'session', status: 'signed-in' },
      { what: 'session', status: 'interaction-required', code: 'session-ended' },
      { what: 'refresh', code: 'session-ended' },
      { what: 'request', outcome: 'sent', status: 401 },
      { what: 'request', outcome: 'sent-without-token' },
    ])
  })

  test('calls a request that had no usable token not sent, with the error that pages are told', async () => {
    await guardian.signIn()
    guardian.pass(3600)
    guardian.server.answer('token', () => new Response(null, { status: 503 }))
    await call()
    expect((await entries()).slice(-3)).toMatchObject([
      { what: 'refresh', code: 'refresh-unavailable' },
      { what: 'error', code: 'refresh-unavailable', phase: 'refresh' },
      { what: 'request', outcome: 'not-sent' },
    ])
  })

  test('keeps the last 200 decisions', async () => {
    for (let n = 0; n < 250; n += 1) {
      decisions.note({ what: 'refresh', client: 'default', ms: n })
    }
    const kept = await entries()
    expect(kept).toHaveLength(200)
    expect(kept[0]).toMatchObject({ ms: 50 })
    expect(kept.at(-1)).toMatchObject({ ms: 249 })
  })

  test('tells a page nothing of the requests and demands of another one', async () => {
    await guardian.signIn()
    await call({ page: 'page-2' })
    decisions.hear({ type: 'stepup', client: 'default', stepUp: {} as never }, 'page-2')
    const what = (list: readonly object[]): unknown[] =>
      list.map((entry) => 'what' in entry && entry.what)
    expect(what(await entries('page-2'))).toEqual(['session', 'request', 'stepup'])
    expect(what(await entries())).toEqual(['session'])
  })

  test('counts callers that wait for one refresh as one', async () => {
    const { promise, resolve } = deferred()
    for (let n = 0; n < 25; n += 1) decisions.refresh('default', promise)
    resolve()
    await promise
    decisions.refresh(
      undefined,
      Promise.reject(failure('session-ended', 'refresh', { message: '' })),
    )
    await expect.poll(entries).toMatchObject([{ what: 'refresh' }, { code: 'session-ended' }])
  })

  test('knows times and no values of tokens', async () => {
    expect(await timeline()).toMatchObject({ tokens: [{ rule: API }], hasRefreshToken: false })
    await guardian.signIn()
    const { issuedAt, expiresAt } = (await guardian.stored()).tokens
    const { tokens, hasRefreshToken } = await timeline()
    expect(tokens).toEqual([
      { rule: API, issuedAt, expiresAt, refreshFrom: expect.any(Number) as number },
    ])
    expect(hasRefreshToken).toBe(true)
  })

  test('refuses a client that there is not', async () => {
    await expectFailure(decisions.answer('nobody'), 'unknown-client')
  })

  test('attacked: whatever a page, an API and a server put into requests, answers and errors, none of it is told', async () => {
    await guardian.signIn()
    const text = fc.string({ minLength: 1, maxLength: 20 }).map((part) => `${MARK}${part}`)
    await fc.assert(
      fc.asyncProperty(text, fc.boolean(), async (bait, isBroken) => {
        const encoded = encodeURIComponent(bait)
        const answer = (): Response => {
          if (isBroken) throw new TypeError(bait)
          return new Response(bait, {
            status: 403,
            statusText: MARK,
            headers: {
              'x-bait': MARK,
              'www-authenticate': `Bearer error="insufficient_scope", scope="${MARK}"`,
            },
          })
        }
        const init = { method: 'PUT', body: bait, headers: { 'x-bait': encoded } }
        await call({ path: `${encoded}?q=${encoded}#${encoded}`, init, answer }).catch(
          () => undefined,
        )
        const told = await timeline()
        expect(told.entries.at(-1)).toMatchObject({ what: expect.any(String) as string })
        expectNoSecret(told)
        // And the page's own reading of it loses nothing and adds nothing.
        expect(parseTimeline(structuredClone(told))).toEqual(JSON.parse(JSON.stringify(told)))
      }),
      { numRuns: 50 },
    )
    expect((await entries()).length).toBeGreaterThan(50)
  })
})
