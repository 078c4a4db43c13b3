import { beforeEach, describe, expect, test } from 'vitest'
import { deferred } from '../../e2e/unit/deferred.ts'
import { MARK, json, offline } from '../../e2e/unit/fake-server.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { API, APP } from '../../e2e/unit/parsed-config.ts'
import type { GuardianConfig, ParsedResource } from '../../src/contract/config.ts'
import { failure } from '../protocol/failure.ts'
import { ApiRequests, type ApiCall } from './api-requests.ts'
import type { StoredSession } from './token-store.ts'

interface Sent {
  readonly request: Request
  readonly body: string
}

const CHALLENGE = { 'www-authenticate': 'Bearer error="invalid_token"' }

let guardian: GuardianInTest
let sent: Sent[]
let answers: ((request: Request) => Response | Promise<Response>)[]

async function start(change: Partial<GuardianConfig> = {}): Promise<void> {
  guardian = await guardianInTest(change)
  sent = []
  answers = []
  await guardian.signIn()
  guardian.events.length = 0
}

beforeEach(() => start())

/** What the guardian answers to a request; the API gives the prepared answers, then 200. */
async function call(
  init: RequestInit = {},
  url = `${API}me`,
  more: Pick<ApiCall, 'isMeant'> = {},
): Promise<Response> {
  const response = await guardian.core.apiRequests.answer({
    request: new Request(url, init),
    resource: guardian.surroundings.config.resources[0] as ParsedResource,
    fetch: async (request) => {
      sent.push({ request, body: await request.clone().text() })
      return (answers.shift() ?? (() => new Response('ok')))(request)
    },
    waitUntil: guardian.waitUntil,
    ...more,
  })
  return response
}

const unauthorized =
  (headers: Record<string, string> = CHALLENGE) =>
  (): Response =>
    new Response(null, { status: 401, headers })
const bearers = (): (string | null)[] =>
  sent.map(({ request }) => request.headers.get('authorization'))
const bearer = async (): Promise<string> =>
  `Bearer ${(await guardian.stored()).tokens.accessToken.reveal()}`
const refreshes = (): number => guardian.server.count('token', 'refresh_token')
const codes = (): string[] =>
  guardian.events.flatMap((event) => (event.type === 'error' ? [event.error.code] : []))

/** What `fetch` reports for an answer that came after redirects, or by CORS. Cannot be constructed otherwise. */
function answered(
  facts: { url?: string; redirected?: boolean; type?: string },
  response = new Response('secret'),
): Response {
  for (const [name, value] of Object.entries(facts))
    Object.defineProperty(response, name, { value })
  return response
}

describe('a request for a resource', () => {
  test('carries the access token', async () => {
    expect(await (await call()).text()).toBe('ok')
    expect(bearers()).toEqual([await bearer()])
    expect(refreshes()).toBe(0)
  })

  test('loses the Authorization and DPoP headers of the page', async () => {
    await call({ headers: { authorization: 'Bearer page', dpop: 'proof', 'x-app': '1' } })
    const [headers] = sent.map(({ request }) => request.headers)
    expect(headers?.get('authorization')).toBe(await bearer())
    expect(headers?.has('dpop')).toBe(false)
    expect(headers?.get('x-app')).toBe('1')
  })

  test('keeps method, body, headers, and everything else of the page', async () => {
    const controller = new AbortController()
    await call({
      method: 'PUT',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', accept: 'text/plain' },
      credentials: 'include',
      cache: 'no-store',
      redirect: 'manual',
      integrity: 'sha256-x',
      keepalive: true,
      referrerPolicy: 'no-referrer',
      signal: controller.signal,
    })
    expect(sent[0]?.body).toBe('{"a":1}')
    expect(sent[0]?.request).toMatchObject({
      url: `${API}me`,
      method: 'PUT',
      credentials: 'include',
      cache: 'no-store',
      redirect: 'manual',
      integrity: 'sha256-x',
      keepalive: true,
      referrerPolicy: 'no-referrer',
    })
    expect(sent[0]?.request.headers.get('content-type')).toBe('application/json')
    controller.abort()
    expect(sent[0]?.request.signal.aborted).toBe(true)
  })

  test('of an element goes out with CORS rules, for only these leave room for a token', async () => {
    const headers = { accept: 'image/*', 'accept-language': 'de' }
    await call({ mode: 'no-cors', credentials: 'include', headers })
    expect(sent[0]?.request).toMatchObject({ mode: 'cors', credentials: 'same-origin' })
    const { headers: arrived } = sent[0]?.request ?? {}
    expect(arrived?.get('authorization')).toBe(await bearer())
    expect(arrived?.get('accept')).toBe('image/*')
    await call({ headers: { range: 'bytes=5-', 'icy-metadata': '1' } })
    expect(sent[1]?.request.headers.get('range')).toBe('bytes=5-')
    expect(sent[1]?.request.headers.has('icy-metadata')).toBe(false)
  })

  test('takes cache-control from an event stream only', async () => {
    await call({ headers: { accept: 'text/event-stream', 'cache-control': 'no-cache' } })
    await call({ headers: { accept: 'text/plain', 'cache-control': 'no-cache' } })
    expect(sent.map(({ request }) => request.headers.get('cache-control'))).toEqual([
      null,
      'no-cache',
    ])
  })

  test('passes an answer on as it is, whatever its status', async () => {
    const answer = new Response('no', {
      status: 403,
      headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' },
    })
    answers = [() => answer]
    expect(await call()).toBe(answer)
    expect(refreshes()).toBe(0)
  })
})

describe('without a session a request', () => {
  beforeEach(async () => {
    await guardian.core.signOut.begin('default', { localOnly: true }, guardian.waitUntil)
  })

  test('goes out as it is', async () => {
    const request = new Request(`${API}me`, { headers: { 'x-app': '1' } })
    const seen: Request[] = []
    await guardian.core.apiRequests.answer({
      request,
      resource: guardian.surroundings.config.resources[0] as ParsedResource,
      fetch: async (asked) => {
        seen.push(asked)
        return new Response()
      },
      waitUntil: guardian.waitUntil,
    })
    expect(seen).toEqual([request])
    expect(seen[0]).toBe(request)
  })

  test('carries no token, and none that the page made up', async () => {
    await call({ headers: { authorization: 'Bearer page', dpop: 'proof', 'x-app': '1' } })
    expect(bearers()).toEqual([null])
    expect(sent[0]?.request.headers.has('dpop')).toBe(false)
    expect(sent[0]?.request.headers.get('x-app')).toBe('1')
  })

  test('is not sent again after a 401', async () => {
    answers = [unauthorized()]
    expect((await call()).status).toBe(401)
    expect(sent).toHaveLength(1)
  })
})

describe('the access token', () => {
  test('is refreshed in the background within the leeway; the request does not wait', async () => {
    const answer = deferred<Response>()
    guardian.server.answer('token', () => answer.promise)
    const old = await bearer()
    guardian.pass(35)
    await call()
    expect(bearers()).toEqual([old])
    answer.resolve(await guardian.server.tokenResponse())
    await guardian.settled()
    await call()
    expect(bearers()[1]).not.toBe(old)
    expect(refreshes()).toBe(1)
  })

  test('is refreshed first when it is expired, once for 50 requests', async () => {
    const old = await bearer()
    guardian.pass(60)
    await Promise.all(Array.from({ length: 50 }, () => call()))
    expect(refreshes()).toBe(1)
    expect(new Set(bearers())).toEqual(new Set([await bearer()]))
    expect(bearers()).not.toContain(old)
  })

  test('is never sent when it is expired and cannot be refreshed: the request fails like a network error', async () => {
    guardian.pass(60)
    guardian.server.answer('token', offline)
    const answers50 = await Promise.all(Array.from({ length: 50 }, () => call()))
    for (const response of answers50) expect(response.type).toBe('error')
    expect(sent).toEqual([])
    expect(codes()).toEqual(['refresh-unavailable'])
    expect(JSON.stringify(guardian.events)).not.toContain(MARK)
  })

  test('is not left out when nobody knows whether it could be refreshed: the request fails like a network error', async () => {
    guardian.pass(60)
    const unresponsive = failure('worker-unresponsive', 'request', { message: 'in test' })
    const requests = new ApiRequests(guardian.surroundings, guardian.core.sessions, {
      refresh: () => Promise.reject(unresponsive),
      refreshInBackground: () => Promise.resolve(),
    })
    const fetch = (): Promise<Response> => Promise.reject(new Error('was sent'))
    const call = {
      request: new Request(`${API}me`),
      resource: guardian.surroundings.config.resources[0]!,
      fetch,
      waitUntil: guardian.waitUntil,
    }
    expect((await requests.answer(call)).type).toBe('error')
    expect(codes()).toEqual(['worker-unresponsive'])
  })

  test('is gone when the server ended the session: the request goes without', async () => {
    guardian.pass(60)
    guardian.server.answer('token', () => json({ error: 'invalid_grant' }, 400))
    await call()
    expect(bearers()).toEqual([null])
    expect(await guardian.core.sessions.session('default')).toMatchObject({ code: 'session-ended' })
  })

  test('of a server that names no lifetime is used until the API refuses it', async () => {
    guardian.server.tokens = { expires_in: undefined }
    await guardian.signIn()
    guardian.pass(100_000)
    await call()
    expect(refreshes()).toBe(0)
    answers = [unauthorized()]
    expect((await call()).status).toBe(200)
    expect(refreshes()).toBe(1)
  })

  test('is not sent any more by a request that waited for a refresh while the user signed out', async () => {
    guardian.pass(60)
    const asked = deferred()
    const answer = deferred<Response>()
    guardian.server.answer('token', () => {
      asked.resolve()
      return answer.promise
    })
    const waiting = call()
    await asked.promise
    await guardian.core.signOut.begin('default', { localOnly: true }, guardian.waitUntil)
    answer.resolve(await guardian.server.tokenResponse())
    await waiting
    expect(bearers()).toEqual([null])
  })
})

describe('a 401 with invalid_token', () => {
  test('leads to one refresh and one replay with the same body', async () => {
    const old = await bearer()
    answers = [unauthorized()]
    const response = await call({ method: 'POST', body: 'payload', headers: { 'x-app': '1' } })
    expect(response.status).toBe(200)
    expect(bearers()).toEqual([old, await bearer()])
    expect(sent.map(({ body }) => body)).toEqual(['payload', 'payload'])
    expect(sent[1]?.request.headers.get('x-app')).toBe('1')
    expect(refreshes()).toBe(1)
  })

  test('is passed on when it comes again: no loop', async () => {
    answers = [unauthorized(), unauthorized(), unauthorized()]
    expect((await call()).status).toBe(401)
    expect(sent).toHaveLength(2)
    expect(refreshes()).toBe(1)
  })

  test('of 50 requests at once leads to one refresh, and each is sent twice', async () => {
    answers = Array.from({ length: 50 }, () => unauthorized())
    const responses = await Promise.all(Array.from({ length: 50 }, () => call()))
    expect(responses.every(({ status }) => status === 200)).toBe(true)
    expect(refreshes()).toBe(1)
    expect(sent).toHaveLength(100)
  })

  test('is passed on when the refresh fails, and the session is kept', async () => {
    guardian.server.answer('token', offline)
    answers = [unauthorized()]
    expect((await call()).status).toBe(401)
    expect(sent).toHaveLength(1)
    expect(await guardian.core.sessions.session('default')).toMatchObject({ status: 'signed-in' })
  })

  test('is passed on when the server ends the session, and nothing is sent again', async () => {
    guardian.server.answer('token', () => json({ error: 'invalid_grant' }, 400))
    answers = [unauthorized()]
    expect((await call()).status).toBe(401)
    expect(sent).toHaveLength(1)
    expect(await guardian.core.sessions.session('default')).toMatchObject({ code: 'session-ended' })
  })

  test('ends a session that has no refresh token', async () => {
    guardian.server.tokens = { refresh_token: undefined }
    await guardian.signIn()
    answers = [unauthorized()]
    expect((await call()).status).toBe(401)
    expect(await guardian.core.sessions.session('default')).toEqual({
      status: 'interaction-required',
      code: 'token-expired',
    })
  })

  test('does not send a body again that is over the limit, but refreshes', async () => {
    await start({ resources: [{ url: API, replayBodyLimitBytes: 10 }] })
    answers = [unauthorized(), unauthorized()]
    expect((await call({ method: 'POST', body: 'x'.repeat(11) })).status).toBe(401)
    expect(sent).toHaveLength(1)
    expect((await call({ method: 'POST', body: 'x'.repeat(10) })).status).toBe(200)
    expect(sent).toHaveLength(3)
  })

  test('sends only requests without a body again when the limit is 0', async () => {
    await start({ resources: [{ url: API, replayBodyLimitBytes: 0 }] })
    answers = [unauthorized()]
    expect((await call({ method: 'POST', body: 'x' })).status).toBe(401)
    answers = [unauthorized()]
    expect((await call()).status).toBe(200)
  })

  test.each([
    ['a 401 without a challenge', 401, {}],
    ['a 401 of Basic', 401, { 'www-authenticate': 'Basic realm="x"' }],
    ['a 401 with a Bearer challenge without an error', 401, { 'www-authenticate': 'Bearer' }],
    ['a 401 that wants a DPoP proof', 401, { 'www-authenticate': 'DPoP error="invalid_token"' }],
    [
      'a 401 with insufficient_user_authentication',
      401,
      { 'www-authenticate': 'Bearer error="insufficient_user_authentication"' },
    ],
    ['a 403 with invalid_token', 403, CHALLENGE],
    ['a 200 with a challenge', 200, CHALLENGE],
  ] as const)('is not the same as %s: no refresh, no replay', async (_what, status, headers) => {
    answers = [() => new Response(null, { status, headers })]
    expect((await call()).status).toBe(status)
    expect(sent).toHaveLength(1)
    expect(refreshes()).toBe(0)
  })

  test('that CORS hides is reported, with what the API must expose', async () => {
    answers = [() => answered({ type: 'cors' }, new Response(null, { status: 401 }))]
    expect((await call()).status).toBe(401)
    expect(codes()).toEqual(['challenge-unreadable'])
    expect(guardian.events).toMatchObject([
      { error: { message: expect.stringContaining('WWW-Authenticate') as string } },
    ])
  })
})

describe('an answer after a redirect', () => {
  test.each([
    ['outside the prefix', 'https://api.example/debug/headers'],
    ['at the root', 'https://api.example/'],
    ['by an encoded slash', 'https://api.example/v1/..%2fdebug'],
  ])('inside the API’s origin but %s is withheld', async (_what, url) => {
    answers = [() => answered({ url, redirected: true })]
    const response = await call()
    expect(response.type).toBe('error')
    expect(codes()).toEqual(['redirect-blocked'])
  })

  test('inside the resource, or of another origin where the browser sends no token, is passed on', async () => {
    for (const url of [`${API}other`, 'https://files.example/x']) {
      answers = [() => answered({ url, redirected: true })]
      expect(await (await call()).text()).toBe('secret')
    }
    expect(codes()).toEqual([])
  })

  test('is withheld after a replay as well', async () => {
    answers = [
      unauthorized(),
      () => answered({ url: 'https://api.example/debug', redirected: true }),
    ]
    expect((await call()).type).toBe('error')
    expect(sent).toHaveLength(2)
  })
})

test('a session whose tokens were lost with the worker is reported by the first request', async () => {
  await guardian.tokens.remove('default')
  guardian.restart()
  await call()
  await guardian.settled()
  expect(bearers()).toEqual([null])
  expect(guardian.events).toMatchObject([
    { type: 'session', session: { status: 'interaction-required', code: 'session-lost' } },
  ])
  expect(APP).toBe(guardian.surroundings.origin)
})

describe('a request for one user', () => {
  const forAlice = async (session: StoredSession | undefined): Promise<boolean> =>
    session?.tokens.identity?.sub === 'user-1'

  test('is sent with the token of this user', async () => {
    await call({}, undefined, { isMeant: forAlice })
    expect(bearers()).toEqual([await bearer()])
  })

  test('is not sent with the token of another user, and without a session not at all', async () => {
    guardian.server.claims = { sub: 'user-2' }
    await guardian.signIn()
    expect((await call({}, undefined, { isMeant: forAlice })).type).toBe('error')
    await guardian.core.sessions.signOut('default')
    expect((await call({}, undefined, { isMeant: forAlice })).type).toBe('error')
    expect(sent).toEqual([])
  })

  test('is not sent again with the token of who signed in meanwhile', async () => {
    answers.push(async () => {
      guardian.server.claims = { sub: 'user-2' }
      await guardian.signIn()
      return unauthorized()()
    })
    expect((await call({}, undefined, { isMeant: forAlice })).status).toBe(401)
    expect(sent).toHaveLength(1)
  })

  test('for nobody is sent without a token, and not once somebody signed in', async () => {
    const forNobody = async (session: StoredSession | undefined): Promise<boolean> => !session
    expect((await call({}, undefined, { isMeant: forNobody })).type).toBe('error')
    await guardian.core.sessions.signOut('default')
    expect((await call({}, undefined, { isMeant: forNobody })).status).toBe(200)
    expect(bearers()).toEqual([null])
  })
})
