import { beforeEach, describe, expect, test } from 'vitest'
import { deferred } from '../../e2e/unit/deferred.ts'
import { expectFailure } from '../../e2e/unit/expect-failure.ts'
import { MARK, json, offline } from '../../e2e/unit/fake-server.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { isAuthError } from '../../src/contract/errors.ts'
import type { StoredSession } from './token-store.ts'

let guardian: GuardianInTest
let session: StoredSession

beforeEach(async () => {
  guardian = await guardianInTest()
  await guardian.signIn()
  session = await guardian.stored()
  guardian.events.length = 0
})

const refresh = (stale = session) => guardian.core.refresher.refresh('default', stale)
const inBackground = (stale = session) =>
  guardian.core.refresher.refreshInBackground('default', stale)
const refreshes = (): number => guardian.server.count('token', 'refresh_token')
const status = () => guardian.core.sessions.session('default')
const answerToken = (...answer: [] | [() => Response | Promise<Response>]): void =>
  guardian.server.answer('token', ...answer)

/** Holds the token endpoint's answer back until the test lets it go. */
function holdToken(): { readonly asked: Promise<void>; readonly answer: () => void } {
  const asked = deferred()
  const answered = deferred()
  guardian.server.answer('token', async () => {
    asked.resolve()
    await answered.promise
    return guardian.server.tokenResponse()
  })
  return { asked: asked.promise, answer: answered.resolve }
}

describe('refresh', () => {
  test('asks the server once for 50 callers at once, and all get the same tokens', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => refresh()))
    expect(refreshes()).toBe(1)
    expect(new Set(all).size).toBe(1)
    expect((await guardian.stored()).tokens).toBe(all[0])
  })

  test('shows pages a scope that the server widened or narrowed', async () => {
    for (const scope of ['openid admin', 'openid']) {
      guardian.server.tokens = { scope }
      await refresh(await guardian.stored())
      const session = { status: 'signed-in', scope: scope.split(' ') }
      expect(guardian.events.at(-1)).toMatchObject({ type: 'session', session })
      expect(await status()).toMatchObject(session)
    }
  })

  test('asks the server once when 50 callers fail, and all fail alike', async () => {
    answerToken(() => json({ error: 'invalid_grant' }, 400))
    const all = await Promise.allSettled(Array.from({ length: 50 }, () => refresh()))
    expect(refreshes()).toBe(1)
    for (const outcome of all) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'session-ended' } })
    }
    expect(guardian.events.filter(({ type }) => type === 'session')).toHaveLength(1)
  })

  test('asks the server once for an old and a new worker', async () => {
    const other = await guardianInTest()
    const { core } = guardian
    guardian.restart()
    expect(guardian.core).not.toBe(core)
    const [one, two] = await Promise.all([refresh(), core.refresher.refresh('default', session)])
    expect(refreshes()).toBe(1)
    expect(one.accessToken.reveal()).toBe(two.accessToken.reveal())
    expect(other.server.requests).toEqual([])
  })

  test('asks no one when somebody else has refreshed since', async () => {
    const tokens = await refresh()
    expect(await refresh()).toBe(tokens)
    expect(refreshes()).toBe(1)
  })

  test('stores the rotated refresh token and never sends the old one again', async () => {
    await refresh()
    await refresh(await guardian.stored())
    const sent = guardian.server.requests.flatMap(({ form }) => form.get('refresh_token') ?? [])
    expect(sent).toHaveLength(2)
    expect(new Set(sent).size).toBe(2)
    expect(await guardian.stored()).not.toHaveProperty('refreshStartedAt')
  })

  test('tells the pages about the new session, without a token', async () => {
    await refresh()
    expect(guardian.events).toMatchObject([{ type: 'session', session: { status: 'signed-in' } }])
    expect(JSON.stringify(guardian.events)).not.toContain(MARK)
  })

  test('keeps what the page gave to the sign-in', async () => {
    await guardian.signIn({ appState: { cart: 7 } })
    await refresh(await guardian.stored())
    expect(await status()).toMatchObject({ appState: { cart: 7 } })
  })

  test.each([
    ['invalid_grant', () => json({ error: 'invalid_grant' }, 400)],
    ['400 without a body', () => new Response(null, { status: 400 })],
  ])('ends the session after %s and does not ask again', async (_what, answer) => {
    answerToken(answer)
    await expectFailure(refresh(), 'session-ended')
    expect(await status()).toEqual({ status: 'interaction-required', code: 'session-ended' })
    await expectFailure(refresh(), 'not-signed-in')
    expect(refreshes()).toBe(1)
  })

  test('ends the session when the new ID Token is for another user, and stores nothing of it', async () => {
    guardian.server.claims = { sub: 'user-2' }
    await expectFailure(refresh(), 'refresh-identity-mismatch')
    expect(await guardian.tokens.read('default')).toBeUndefined()
    expect(await status()).toMatchObject({ code: 'refresh-identity-mismatch' })
  })

  test('ends the session when there is no refresh token', async () => {
    guardian.server.tokens = { refresh_token: undefined }
    await guardian.signIn()
    await expectFailure(refresh(await guardian.stored()), 'token-expired')
    expect(await status()).toEqual({ status: 'interaction-required', code: 'token-expired' })
    expect(refreshes()).toBe(0)
  })

  test.each([
    ['no network', offline],
    ['status 503', () => new Response('', { status: 503 })],
    ['an HTML page with status 400', () => new Response('<p>', { status: 400 })],
    ['cut-off JSON', () => new Response('{', { headers: { 'content-type': 'application/json' } })],
  ])('keeps the session after %s, and works when the server is back', async (_what, answer) => {
    answerToken(answer)
    await expectFailure(refresh(), 'refresh-unavailable')
    expect(await status()).toMatchObject({ status: 'signed-in' })
    answerToken()
    guardian.pass(2)
    await refresh(await guardian.stored())
    expect(await status()).toMatchObject({ status: 'signed-in', stale: false })
  })

  test('keeps the session while the metadata cannot be loaded', async () => {
    guardian.restart()
    guardian.server.answer('openid-configuration', offline)
    await expectFailure(refresh(), 'refresh-unavailable')
    expect(refreshes()).toBe(0)
    expect(await status()).toMatchObject({ status: 'signed-in' })
  })

  test('keeps the session when the client is rejected', async () => {
    answerToken(() => json({ error: 'invalid_client' }, 401))
    await expectFailure(refresh(), 'client-rejected')
    expect(await status()).toMatchObject({ status: 'signed-in' })
  })

  test('keeps the session through 60 seconds without a server', async () => {
    answerToken(offline)
    for (let second = 0; second < 60; second += 1) {
      guardian.pass(1)
      await refresh(await guardian.stored()).catch((error: unknown) => {
        if (!isAuthError(error) || error.code !== 'refresh-unavailable') throw error
      })
    }
    expect(await status()).toMatchObject({ status: 'signed-in', stale: true })
    answerToken()
    // The longest pause of tokens that live for a minute.
    guardian.pass(42)
    await refresh(await guardian.stored())
    expect(await status()).toMatchObject({ status: 'signed-in', stale: false })
  })
})

describe('the refresh journal', () => {
  test('is written before the request is sent', async () => {
    let journal: unknown
    answerToken(async () => {
      journal = (await guardian.stored()).refreshStartedAt
      return guardian.server.tokenResponse()
    })
    await refresh()
    expect(journal).toBe(session.tokens.expiresAt === null ? 0 : session.tokens.expiresAt - 60)
  })

  test('ends with refresh-interrupted when an answer was lost and the old token is refused', async () => {
    const { asked } = holdToken()
    void refresh().catch(() => undefined)
    await asked
    // The worker dies here; the server has rotated the token.
    guardian.restart()
    queueIsFree()
    answerToken(() => json({ error: 'invalid_grant' }, 400))
    const stale = await guardian.stored()
    expect(stale.refreshStartedAt).toBeDefined()
    await expectFailure(refresh(stale), 'session-ended')
    expect(await status()).toEqual({ status: 'interaction-required', code: 'refresh-interrupted' })
  })

  test('goes on when an answer was lost and the server still takes the old token', async () => {
    answerToken(offline)
    await expectFailure(refresh(), 'refresh-unavailable')
    guardian.restart()
    answerToken()
    await refresh(await guardian.stored())
    expect(await status()).toMatchObject({ status: 'signed-in' })
    expect(await guardian.stored()).not.toHaveProperty('refreshStartedAt')
  })

  test('stays open when an answer was lost before, whatever the server answers since', async () => {
    answerToken(offline)
    await refresh().catch(() => undefined)
    answerToken(() => new Response('', { status: 429 }))
    await guardian.core.refresher.refreshNow('default', await guardian.stored()).catch(() => 'x')
    answerToken(() => json({ error: 'invalid_grant' }, 400))
    guardian.pass(3600)
    await expectFailure(refresh(await guardian.stored()), 'session-ended')
    expect(await status()).toEqual({ status: 'interaction-required', code: 'refresh-interrupted' })
  })

  test.each([
    ['the network broke', offline, true],
    [
      'the answer was cut off',
      () => new Response('{', { headers: { 'content-type': 'application/json' } }),
      true,
    ],
    ['a gateway answered for the server', () => new Response('', { status: 504 }), true],
    ['the server answered 429', () => new Response('', { status: 429 }), false],
    ['the client was rejected', () => json({ error: 'invalid_client' }, 401), false],
  ] as const)(
    'stays open only when an answer may have been lost: %s',
    async (_what, answer, open) => {
      answerToken(answer)
      await refresh().catch(() => undefined)
      expect((await guardian.stored()).refreshStartedAt !== undefined).toBe(open)
    },
  )

  /** The dead worker's lock is released by the browser. */
  function queueIsFree(): void {
    const fresh = {
      ...guardian.surroundings,
      exclusive: <Result>(_: string, task: () => Promise<Result>) => task(),
    }
    Object.assign(guardian.surroundings, fresh)
    guardian.restart()
  }
})

describe('a refresh that is overtaken', () => {
  test('by a sign-out does not bring the session back, and its tokens are revoked', async () => {
    const { asked, answer } = holdToken()
    const refreshed = refresh()
    await asked
    await guardian.core.signOut.begin('default', {}, guardian.waitUntil)
    answer()
    await expectFailure(refreshed, 'not-signed-in')
    await guardian.settled()
    expect(await guardian.tokens.read('default')).toBeUndefined()
    expect(await status()).toEqual({ status: 'signed-out' })
    const revoked = guardian.server.requests.flatMap(({ form }) => form.get('token') ?? [])
    expect(revoked).toEqual([
      session.tokens.refreshToken?.reveal(),
      session.tokens.accessToken.reveal(),
      `rt-${MARK}-3`,
      `at-${MARK}-3`,
    ])
  })

  test('by a new sign-in gives those tokens, and its own are revoked', async () => {
    const { asked, answer } = holdToken()
    const refreshed = refresh()
    await asked
    answerToken()
    await guardian.signIn()
    const second = await guardian.stored()
    answer()
    expect(await refreshed).toBe(second.tokens)
    expect(await guardian.stored()).toBe(second)
    const revoked = guardian.server.requests.flatMap(({ form }) => form.get('token') ?? [])
    expect(revoked).toHaveLength(2)
    expect(revoked).not.toContain(second.tokens.refreshToken?.reveal())
  })

  test('by a new sign-in cannot end it with its own refusal', async () => {
    const asked = deferred()
    const go = deferred()
    answerToken(async () => {
      asked.resolve()
      await go.promise
      return json({ error: 'invalid_grant' }, 400)
    })
    const refreshed = refresh()
    await asked.promise
    answerToken()
    await guardian.signIn()
    go.resolve()
    await expectFailure(refreshed, 'session-ended')
    expect(await status()).toMatchObject({ status: 'signed-in' })
  })

  test('by a deadline of the lock keeps the session', async () => {
    const { failure } = await import('../protocol/failure.ts')
    Object.assign(guardian.surroundings, {
      exclusive: () => Promise.reject(failure('refresh-unavailable', 'refresh', { message: 'x' })),
    })
    guardian.restart()
    await expectFailure(refresh(), 'refresh-unavailable')
    expect(await status()).toMatchObject({ status: 'signed-in' })
    expect(refreshes()).toBe(0)
  })
})

describe('refreshInBackground', () => {
  test('reports a failure as an event, once, and does not reject', async () => {
    answerToken(offline)
    await inBackground()
    expect(guardian.events).toMatchObject([
      { type: 'error', client: 'default', error: { code: 'refresh-unavailable', retryable: true } },
    ])
    expect(JSON.stringify(guardian.events)).not.toContain(MARK)
  })

  test('asks seldom while the token is good, and with a growing distance afterwards', async () => {
    guardian.server.tokens = { expires_in: 300 }
    await guardian.signIn()
    answerToken(() => new Response('', { status: 503 }))
    const stored = await guardian.stored()
    const attempts: number[] = []
    for (let second = 0; second < 1800; second += 1) {
      const before = refreshes()
      await inBackground(stored)
      if (refreshes() > before) attempts.push(second)
      guardian.pass(1)
    }
    expect(attempts[1]).toBeGreaterThanOrEqual(225)
    expect(attempts[1]).toBeLessThanOrEqual(300)
    const pauses = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0))
    expect(attempts.length).toBeLessThan(20)
    expect(Math.max(...pauses.slice(1))).toBeLessThanOrEqual(211)
    expect(Math.min(...pauses.slice(5))).toBeGreaterThanOrEqual(105)
  })

  test('starts again at once after a success', async () => {
    answerToken(offline)
    await inBackground()
    answerToken()
    guardian.pass(60)
    await inBackground()
    await inBackground(await guardian.stored())
    expect(refreshes()).toBe(3)
  })

  test('does nothing for a session without a refresh token', async () => {
    guardian.server.tokens = { refresh_token: undefined }
    await guardian.signIn()
    await inBackground(await guardian.stored())
    expect(refreshes()).toBe(0)
    expect(await status()).toMatchObject({ status: 'signed-in' })
  })
})

describe('the pause after a failure', () => {
  const unavailable = (retryAfter?: string) => (): Response =>
    new Response('', {
      status: 503,
      ...(retryAfter === undefined ? {} : { headers: { 'retry-after': retryAfter } }),
    })

  test('is shared: of a call every second only a few reach the server, the others fail at once', async () => {
    guardian.pass(60)
    answerToken(unavailable())
    for (let second = 0; second < 120; second += 1) {
      const outcome = refresh()
      await expectFailure(outcome, 'refresh-unavailable')
      expect(await outcome.catch((error: unknown) => error)).toMatchObject({ retryable: true })
      guardian.pass(1)
    }
    expect(refreshes()).toBeGreaterThan(2)
    expect(refreshes()).toBeLessThan(9)
    expect(await status()).toMatchObject({ status: 'signed-in', stale: true })
  })

  test('is never shorter than Retry-After, and ends soon after it', async () => {
    guardian.pass(60)
    answerToken(unavailable('20'))
    await expectFailure(refresh(), 'refresh-unavailable')
    answerToken()
    guardian.pass(20)
    await expectFailure(refresh(), 'refresh-unavailable')
    await inBackground()
    expect(refreshes()).toBe(1)
    guardian.pass(7)
    await refresh()
    expect(refreshes()).toBe(2)
  })

  test('of the background does not hold back whoever needs the token now', async () => {
    guardian.server.tokens = { expires_in: 300 }
    await guardian.signIn()
    answerToken(unavailable())
    await inBackground(await guardian.stored())
    answerToken()
    guardian.pass(2)
    await inBackground(await guardian.stored())
    expect(refreshes()).toBe(1)
    await refresh(await guardian.stored())
    expect(refreshes()).toBe(2)
  })

  test('is not for a page that asks by itself, except what the server said', async () => {
    guardian.pass(60)
    answerToken(unavailable())
    await expectFailure(refresh(), 'refresh-unavailable')
    answerToken(unavailable('20'))
    const stored = await guardian.stored()
    await expectFailure(
      guardian.core.refresher.refreshNow('default', stored),
      'refresh-unavailable',
    )
    expect(refreshes()).toBe(2)
    answerToken()
    guardian.pass(19)
    await expectFailure(
      guardian.core.refresher.refreshNow('default', stored),
      'refresh-unavailable',
    )
    expect(refreshes()).toBe(2)
    guardian.pass(1)
    await guardian.core.refresher.refreshNow('default', stored)
    expect(refreshes()).toBe(3)
  })

  test('does not outlive the session: a new sign-in refreshes at once', async () => {
    answerToken(unavailable('600'))
    await expectFailure(refresh(), 'refresh-unavailable')
    answerToken()
    await guardian.signIn()
    await refresh(await guardian.stored())
    expect(refreshes()).toBe(2)
  })

  test('ends when the clock was set back', async () => {
    guardian.pass(60)
    answerToken(unavailable('600'))
    await expectFailure(refresh(), 'refresh-unavailable')
    answerToken()
    guardian.pass(-3600)
    await refresh()
    expect(refreshes()).toBe(2)
  })

  test('is none without a network, so that the first call after it came back goes through', async () => {
    let isReached = false
    Object.assign(guardian.surroundings, { hasNetwork: () => Promise.resolve(isReached) })
    guardian.restart()
    answerToken(offline)
    for (let call = 0; call < 5; call += 1) await expectFailure(refresh(), 'refresh-unavailable')
    answerToken()
    isReached = true
    await refresh()
    expect(await status()).toMatchObject({ status: 'signed-in' })
  })

  test('is there when a server answers, whatever the network seems to be', async () => {
    Object.assign(guardian.surroundings, { hasNetwork: () => Promise.resolve(false) })
    guardian.restart()
    answerToken(unavailable())
    await expectFailure(refresh(), 'refresh-unavailable')
    await expectFailure(refresh(), 'refresh-unavailable')
    expect(refreshes()).toBe(1)
  })
})
