import { beforeEach, describe, expect, test } from 'vitest'
import { deferred } from '../../e2e/unit/deferred.ts'
import { expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { decodeJws } from '../../src/testing/server/jws.ts'
import { MARK, json, offline, type SentRequest } from '../../e2e/unit/fake-server.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { ISSUER, configWith } from '../../e2e/unit/parsed-config.ts'
import type { GuardianConfig } from '../../src/contract/config.ts'
import type { TokenSet } from '../protocol/tokens.ts'
import { matchResource } from './match-resource.ts'
import { sessionFor } from './target-tokens.ts'

const A = 'https://a.example/'
const B = 'https://b.example/'
const C = 'https://c.example/'
const SCOPE = 'openid read write'
const clients = { issuer: ISSUER, clientId: 'app', scope: SCOPE }
const resources = [
  { url: A, resource: 'urn:a' },
  { url: B, resource: 'urn:b' },
  { url: C, resource: 'urn:b', scope: 'read' },
]

let guardian: GuardianInTest
let lastRequest: Request | undefined
/** What reached the APIs. */
let sent: { readonly url: string; readonly bearer: string }[]
let api: (url: string, bearer: string) => Response
let issued: number
/** Seconds. */
let lifetimes: Record<string, number>

/** A token that says what it was issued for. */
async function tokenFor({ form }: SentRequest): Promise<Response> {
  issued += 1
  const target = `${form.get('resource')} ${form.get('scope') ?? ''}`.trim()
  const response = await guardian.server.tokenResponse()
  const body = (await response.json()) as object
  return json({
    ...body,
    access_token: `${MARK} ${target} #${issued}`,
    expires_in: lifetimes[target] ?? 60,
    ...(form.has('scope') && { scope: form.get('scope') }),
  })
}

async function start(change: Partial<GuardianConfig> = {}): Promise<void> {
  guardian = await guardianInTest({ clients, resources, ...change })
  sent = []
  issued = 0
  lifetimes = {}
  api = () => new Response('ok')
  await guardian.signIn()
  guardian.server.requests.length = 0
  guardian.events.length = 0
  guardian.server.answer('token', tokenFor)
}

beforeEach(() => start())

const CHALLENGE = { 'www-authenticate': 'Bearer error="invalid_token"' }
const unauthorized = (): Response => new Response(null, { status: 401, headers: CHALLENGE })

async function call(url: string): Promise<Response> {
  const request = new Request(url, { mode: 'cors' })
  const resource = matchResource(request, guardian.surroundings.config.resources)
  if (resource === undefined) throw new Error('No resource')
  return guardian.core.apiRequests.answer({
    request,
    resource,
    fetch: async (copy) => {
      lastRequest = copy
      const bearer = copy.headers.get('authorization')?.replace(`Bearer ${MARK} `, '') ?? ''
      sent.push({ url, bearer })
      return api(url, bearer)
    },
    waitUntil: guardian.waitUntil,
  })
}

const statusOf = async (url: string): Promise<number> => (await call(url)).status
const bearersAt = (url: string): string[] =>
  sent.filter((one) => one.url === url).map(({ bearer }) => bearer)
const grants = (): SentRequest[] =>
  guardian.server.requests.filter(({ endpoint }) => endpoint === 'token')
const codes = (): string[] =>
  guardian.events.flatMap((event) => (event.type === 'error' ? [event.error.code] : []))
const targetOf = (url: string) =>
  guardian.surroundings.config.resources.find(({ origin }) => url.startsWith(origin))?.target
const own = async (): Promise<string> => (await guardian.stored()).tokens.accessToken.reveal()

describe('a further API', () => {
  test('gets a token of its own when it is first called, and the first API none', async () => {
    const before = await own()
    expect(await statusOf(A)).toBe(200)
    expect(grants()).toEqual([])
    expect(await statusOf(B)).toBe(200)
    expect(await statusOf(B)).toBe(200)
    expect(await statusOf(C)).toBe(200)
    expect(await statusOf(A)).toBe(200)
    expect(bearersAt(B)).toEqual(['urn:b #1', 'urn:b #1'])
    expect(bearersAt(C)).toEqual(['urn:b read #2'])
    expect(bearersAt(A)).toEqual([`Bearer ${before}`, `Bearer ${before}`])
    expect(grants()).toHaveLength(2)
    expect(codes()).toEqual([])
  })

  test('has one token request for 20 first calls at once, and another API its own', async () => {
    const all = Array.from({ length: 20 }, () => [statusOf(B), statusOf(C)]).flat()
    expect(new Set(await Promise.all(all))).toEqual(new Set([200]))
    expect(new Set(bearersAt(B)).size).toBe(1)
    expect(new Set(bearersAt(C)).size).toBe(1)
    expect(grants()).toHaveLength(2)
    const used = grants().map(({ form }) => form.get('refresh_token'))
    expect(new Set(used).size).toBe(2)
  })

  test('has one token request from an old and a new worker', async () => {
    const session = await guardian.stored()
    const { refresher } = guardian.core
    guardian.restart()
    await Promise.all([
      refresher.refresh('default', session, targetOf(B)),
      guardian.core.refresher.refresh('default', session, targetOf(B)),
    ])
    expect(grants()).toHaveLength(1)
  })

  test('waits for another’s refresh also where there is no lock, or script of the page took it', async () => {
    Object.assign(guardian.surroundings, {
      exclusive: <Result>(_name: string, task: () => Promise<Result>) => task(),
    })
    guardian.restart()
    const { refresher } = guardian.core
    const session = await guardian.stored()
    await Promise.all([call(B), call(C), refresher.refresh('default', session)])
    const used = grants().map(({ form }) => form.get('refresh_token'))
    expect(new Set(used).size).toBe(3)
    expect(codes()).toEqual([])
    expect(Object.keys((await guardian.stored()).tokens.further ?? {})).toHaveLength(2)
  })

  test('rotates the refresh token in the same write, and leaves the session as it was', async () => {
    const before = await guardian.stored()
    await call(B)
    const { tokens, generation, ...rest } = await guardian.stored()
    expect(generation).not.toBe(before.generation)
    expect(rest).not.toHaveProperty('refreshStartedAt')
    expect(tokens.refreshToken?.reveal()).not.toBe(before.tokens.refreshToken?.reveal())
    const { accessToken, expiresAt, scope, target, id } = before.tokens
    expect(tokens).toMatchObject({ accessToken, expiresAt, scope, target, id })
    expect(Object.keys(tokens.further ?? {})).toEqual(['urn:b '])
  })

  test('has the scope that the server says, or that was asked for', async () => {
    guardian.server.answer('token', async (request) => {
      const body = (await (await tokenFor(request)).json()) as object
      return json({ ...body, scope: undefined })
    })
    await call(B)
    await call(C)
    const { further } = (await guardian.stored()).tokens
    expect(further?.['urn:b ']?.scope).toEqual(SCOPE.split(' '))
    expect(further?.['urn:b read']?.scope).toEqual(['read'])
  })

  test('has its token refreshed on its own expiry, and not with that of the session', async () => {
    lifetimes['urn:b'] = 300
    await call(B)
    guardian.pass(100)
    await call(A)
    await call(B)
    expect(bearersAt(A)).toEqual(['urn:a #2'])
    expect(bearersAt(B)).toEqual(['urn:b #1', 'urn:b #1'])
    guardian.pass(190)
    lifetimes['urn:a'] = 300
    await call(A)
    await call(B)
    await guardian.settled()
    expect(bearersAt(B).at(-1)).toBe('urn:b #1')
    await call(B)
    expect(bearersAt(B).at(-1)).toBe('urn:b #4')
    guardian.pass(301)
    await call(B)
    expect(bearersAt(B).at(-1)).toBe('urn:b #5')
  })

  test('that refuses its token has that one refreshed and the request sent again', async () => {
    await call(B)
    await call(C)
    const before = await guardian.stored()
    api = (url, bearer) =>
      url === B && bearer === 'urn:b #1' ? unauthorized() : new Response('ok')
    expect(await statusOf(B)).toBe(200)
    expect(bearersAt(B)).toEqual(['urn:b #1', 'urn:b #1', 'urn:b #3'])
    const { tokens } = await guardian.stored()
    expect(tokens.accessToken).toBe(before.tokens.accessToken)
    expect(tokens.further?.['urn:b read']).toEqual(before.tokens.further?.['urn:b read'])
  })

  test('beside the first one has its token kept when the first one refuses its own', async () => {
    await call(B)
    api = (url) => (url === A && grants().length === 1 ? unauthorized() : new Response('ok'))
    expect(await statusOf(A)).toBe(200)
    expect(await statusOf(B)).toBe(200)
    expect(bearersAt(A).at(-1)).toBe('urn:a #2')
    expect(bearersAt(B)).toEqual(['urn:b #1', 'urn:b #1'])
  })

  test('does not keep a refresh of the session from being done', async () => {
    const session = await guardian.stored()
    await call(B)
    await guardian.core.refresher.refresh('default', session)
    expect(grants().map(({ form }) => form.get('resource'))).toEqual(['urn:b', 'urn:a'])
  })
})

describe('a token for a further API that the server does not give', () => {
  test.each(['invalid_target', 'invalid_scope', 'invalid_request', 'consent_required'])(
    '(%s) ends no session: the request fails, and pages are told once why',
    async (error) => {
      guardian.server.answer('token', () => json({ error, error_description: MARK }, 400))
      const all = await Promise.all(Array.from({ length: 20 }, () => call(B)))
      expect(new Set(all.map(({ type }) => type))).toEqual(new Set(['error']))
      expect(codes()).toEqual(['resource-not-granted'])
      const message = expect.stringContaining('no token for urn:b, as the server refused') as string
      expect(guardian.events).toMatchObject([
        { client: 'default', error: { oauthError: error, message, retryable: false } },
      ])
      expectNoSecret(guardian.events)
      expect(bearersAt(B)).toEqual([])
      expect(await statusOf(A)).toBe(200)
      expect(await guardian.stored()).not.toHaveProperty('refreshStartedAt')
      expect(grants()).toHaveLength(1)
    },
  )

  test('is not asked for with every call, but again after a minute, and in another session', async () => {
    guardian.server.answer('token', () => json({ error: 'invalid_target' }, 400))
    for (let second = 0; second < 59; second += 1) {
      await call(B)
      guardian.pass(1)
    }
    expect(grants()).toHaveLength(1)
    guardian.pass(1)
    await call(B)
    expect(grants()).toHaveLength(2)
    guardian.server.answer('token')
    await guardian.signIn()
    guardian.server.answer('token', tokenFor)
    expect(await statusOf(B)).toBe(200)
  })

  test('does not keep the session from being refreshed', async () => {
    guardian.server.answer('token', () => json({ error: 'invalid_target' }, 400))
    await call(B)
    guardian.server.answer('token', tokenFor)
    await guardian.core.refresher.refreshInBackground('default', await guardian.stored())
    expect(await own()).toContain('urn:a')
  })

  test('for want of a refresh token ends no session either', async () => {
    guardian.server.answer('token')
    guardian.server.tokens = { refresh_token: undefined }
    await guardian.signIn()
    for (const url of [B, B, C]) expect((await call(url)).type).toBe('error')
    expect(codes()).toEqual(['resource-not-granted', 'resource-not-granted'])
    expect(await statusOf(A)).toBe(200)
    expect(grants().filter(({ form }) => form.has('refresh_token'))).toEqual([])
  })

  test('for want of a network keeps the session, and works when it is back', async () => {
    guardian.server.answer('token', offline)
    expect((await call(B)).type).toBe('error')
    expect(codes()).toEqual(['refresh-unavailable'])
    guardian.server.answer('token', tokenFor)
    guardian.pass(2)
    expect(await statusOf(B)).toBe(200)
  })
})

describe('getting a further token is a refresh', () => {
  test('that is in the journal before it is sent', async () => {
    let journal: unknown
    guardian.server.answer('token', async (request) => {
      journal = (await guardian.stored()).refreshStartedAt
      return tokenFor(request)
    })
    await call(B)
    expect(journal).toEqual(expect.any(Number))
  })

  test('whose lost answer keeps the session while the server takes the old refresh token', async () => {
    guardian.server.answer('token', async (request) => {
      await tokenFor(request)
      return offline()
    })
    await call(B)
    expect(await guardian.stored()).toHaveProperty('refreshStartedAt')
    guardian.restart()
    guardian.server.answer('token', tokenFor)
    expect(await statusOf(B)).toBe(200)
    expect(await guardian.stored()).not.toHaveProperty('refreshStartedAt')
  })

  test('whose lost answer ends it with that reason when the server does not', async () => {
    guardian.server.answer('token', offline)
    await call(B)
    guardian.server.answer('token', () => json({ error: 'invalid_grant' }, 400))
    guardian.pass(2)
    await call(B)
    expect(await guardian.core.sessions.session('default')).toEqual({
      status: 'interaction-required',
      code: 'refresh-interrupted',
    })
    expect(bearersAt(B)).toEqual([''])
  })

  test('that a sign-out overtakes: what came back is revoked, and nobody uses it', async () => {
    const asked = deferred()
    const answered = deferred()
    guardian.server.answer('token', async (request) => {
      asked.resolve()
      await answered.promise
      return tokenFor(request)
    })
    const called = call(B)
    await asked.promise
    await guardian.core.signOut.begin('default', {}, guardian.waitUntil)
    answered.resolve()
    await called
    await guardian.settled()
    expect(await guardian.tokens.read('default')).toBeUndefined()
    expect(bearersAt(B)).toEqual([''])
    const revoked = guardian.server.requests.flatMap(({ form }) => form.get('token') ?? [])
    expect(revoked).toHaveLength(4)
    expect(revoked).toContain(`${MARK} urn:b #1`)
  })

  test('that a sign-in overtakes: its token is revoked, and no request goes without one', async () => {
    const asked = deferred()
    const answered = deferred()
    guardian.server.answer('token', async (request) => {
      asked.resolve()
      await answered.promise
      return tokenFor(request)
    })
    const called = call(B)
    await asked.promise
    guardian.server.answer('token')
    await guardian.signIn()
    answered.resolve()
    expect((await called).type).toBe('error')
    expect(codes()).toEqual(['refresh-unavailable'])
    expect(sent).toEqual([])
    const revoked = guardian.server.requests.flatMap(({ form }) => form.get('token') ?? [])
    expect(revoked).toContain(`${MARK} urn:b #1`)
    guardian.server.answer('token', tokenFor)
    expect(await statusOf(B)).toBe(200)
  })

  test('whose ID Token for another user ends the session', async () => {
    guardian.server.claims = { sub: 'user-2' }
    await call(B)
    expect(codes()).toEqual([])
    expect(await guardian.core.sessions.session('default')).toMatchObject({
      code: 'refresh-identity-mismatch',
    })
  })
})

describe('tokens that are bound to a key', () => {
  beforeEach(async () => {
    guardian = await guardianInTest({ clients: { ...clients, dpop: 'required' }, resources })
    guardian.server.metadata['dpop_signing_alg_values_supported'] = ['ES256']
    guardian.server.tokens = { token_type: 'DPoP' }
    await guardian.signIn()
  })

  test('have one key for all APIs, and each request a proof for the token that it has', async () => {
    const { proofKey } = (await guardian.stored()).tokens
    guardian.server.answer('token', tokenFor)
    await call(B)
    const { tokens } = await guardian.stored()
    expect(tokens.proofKey).toBe(proofKey)
    const token = tokens.further?.['urn:b ']?.accessToken.reveal() ?? ''
    const { headers } = lastRequest as Request
    expect(headers.get('authorization')).toBe(`DPoP ${token}`)
    const { payload } = decodeJws(headers.get('dpop') ?? '') ?? {}
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))
    expect(payload).toMatchObject({ htu: B, ath: Buffer.from(hash).toString('base64url') })
    const asked = guardian.server.requests.at(-1)?.init.headers
    expect(new Headers(asked).has('dpop')).toBe(true)
  })

  test('are not mixed with bearer tokens: the session ends', async () => {
    guardian.server.tokens = {}
    await call(B)
    expect(await guardian.core.sessions.session('default')).toMatchObject({
      code: 'dpop-downgrade',
    })
    expect(lastRequest?.headers.has('authorization')).toBe(false)
  })
})

describe('the end of a session', () => {
  test('by a sign-out revokes the tokens of all APIs', async () => {
    await call(B)
    await call(C)
    const { tokens } = await guardian.stored()
    await guardian.core.signOut.begin('default', {}, guardian.waitUntil)
    await guardian.settled()
    const revoked = guardian.server.requests.flatMap(({ form }) => form.get('token') ?? [])
    expect(revoked).toEqual([
      tokens.refreshToken?.reveal(),
      tokens.accessToken.reveal(),
      `${MARK} urn:b #1`,
      `${MARK} urn:b read #2`,
    ])
  })

  test('by another sign-in takes them along', async () => {
    await call(B)
    guardian.server.answer('token')
    await guardian.signIn()
    expect((await guardian.stored()).tokens).not.toHaveProperty('further')
  })
})

describe('after a change of the configuration', () => {
  /** A new build on the storage of the one before. */
  function reconfigure(change: Partial<GuardianConfig>): void {
    const config = configWith({ deploymentCheck: 'off', clients, ...change })
    Object.assign(guardian.surroundings, { config })
    guardian.restart()
  }

  test('of the order, no API gets the token of the one that was first', async () => {
    await call(B)
    const first = await own()
    reconfigure({ resources: resources.toReversed() })
    for (const url of [A, B, C]) expect(await statusOf(url)).toBe(200)
    expect(bearersAt(A)).toEqual([`Bearer ${first}`])
    expect(bearersAt(B).at(-1)).toMatch(/^urn:b #/)
    expect(bearersAt(C)).toEqual([expect.stringMatching(/^urn:b read #/)])
    guardian.pass(61)
    for (const url of [A, B, C]) expect(await statusOf(url)).toBe(200)
    expect(bearersAt(A).at(-1)).toMatch(/^urn:a #/)
    expect(bearersAt(B).at(-1)).toMatch(/^urn:b #/)
  })

  test('of the order, the API that was first goes on with a further token', async () => {
    reconfigure({ resources: resources.toReversed() })
    guardian.pass(61)
    for (const _ of [1, 2]) expect(await statusOf(A)).toBe(200)
    expect(bearersAt(A)).toEqual(['urn:a #1', 'urn:a #1'])
  })

  test('of the order, the API that is first now has a refused token replaced', async () => {
    await call(B)
    reconfigure({ resources: resources.toReversed() })
    api = (_url, bearer) => (bearer === 'urn:b #1' ? unauthorized() : new Response('ok'))
    expect(await statusOf(B)).toBe(200)
  })

  test('that leaves one API of several, it does not get the token of another', async () => {
    reconfigure({ resources: [{ url: B, resource: 'urn:b' }] })
    expect(await statusOf(B)).toBe(200)
    expect(bearersAt(B)).toEqual(['urn:b #1'])
  })

  test('to no indicators, a token for one API is not for all', async () => {
    reconfigure({ resources: [{ url: B }] })
    expect(await statusOf(B)).toBe(200)
    expect(bearersAt(B)).toEqual(['null #1'])
  })

  test('what an older guardian stored is for the first API only', async () => {
    const stored = await guardian.stored()
    const { id: _id, target: _target, ...old } = stored.tokens
    await guardian.tokens.put('default', old as TokenSet)
    expect(await statusOf(A)).toBe(200)
    expect(grants()).toEqual([])
    expect(await statusOf(B)).toBe(200)
    expect(bearersAt(B)).toEqual(['urn:b #1'])
    const session = await guardian.stored()
    expect(session.tokens).not.toHaveProperty('id')
    await guardian.core.refresher.refresh('default', session)
    expect(await own()).toContain('urn:a #2')
  })
})

test('without a target nothing is copied for a request', async () => {
  const plain = await guardianInTest()
  await plain.signIn()
  const session = await plain.stored()
  expect(sessionFor(session, undefined)).toBe(session)
})
