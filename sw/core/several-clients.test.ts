import { beforeEach, describe, expect, test } from 'vitest'
import { expectFailure } from '../../e2e/unit/expect-failure.ts'
import { FakeServer, json } from '../../e2e/unit/fake-server.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP, ISSUER } from '../../e2e/unit/parsed-config.ts'
import { makeSigningKey } from '../../e2e/unit/signing-key.ts'
import type { ClientConfig, ParsedResource } from '../../src/contract/config.ts'
import type { LoginParameters, SessionReply } from '../../src/contract/messages.ts'
import type { Session } from '../../src/contract/session.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import { answerRequest, type Host } from './answer-request.ts'

const OTHER = 'https://other-as.example'
const REDIRECT_URI = `${APP}/auth/callback`

let guardian: GuardianInTest
let servers: Record<'one' | 'two', FakeServer>
let skip: number

/** Two clients at two authorization servers, which share the redirect URI. */
async function start(two: Partial<ClientConfig> = {}): Promise<void> {
  skip = 0
  const now = (): number => Math.floor(Date.now() / 1000) + skip
  const other = new FakeServer(await makeSigningKey(), now, OTHER)
  other.claims = { sub: 'user-2', name: 'Grace' }
  guardian = await guardianInTest(
    {
      clients: {
        one: { issuer: ISSUER, clientId: 'app' },
        two: { issuer: OTHER, clientId: 'app', ...two },
      },
      resources: [
        { url: 'https://api.example/one/', client: 'one' },
        { url: 'https://api.example/two/', client: 'two' },
      ],
    },
    {
      wire: {
        now: () => epochSeconds(now()),
        timeoutMs: 5000,
        fetch: (url, init) => {
          const server = url.startsWith(`${OTHER}/`) ? other : guardian.server
          return server.fetch(url, init)
        },
      },
    },
  )
  servers = { one: guardian.server, two: other }
}

beforeEach(() => start())

async function startSignIn(client: string, login: LoginParameters = {}): Promise<string> {
  const path = await guardian.core.signIn.begin(client, login)
  return guardian.core.signIn.start(new URL(path, APP).searchParams.get('request') ?? '')
}

async function finish(parameters: URLSearchParams): Promise<void> {
  const delivery = { parameters, mode: 'query', redirectUri: REDIRECT_URI } as const
  await guardian.core.completion.finish(delivery, guardian.waitUntil)
  await guardian.settled()
}

async function signIn(client: 'one' | 'two'): Promise<void> {
  await finish(servers[client].authorize(await startSignIn(client)))
}

const host = (): Host => ({
  waitUntil: guardian.waitUntil,
  claim: () => Promise.resolve(),
  isRegistered: () => Promise.resolve(true),
})
const session = (client: string): Promise<Session> => guardian.core.sessions.session(client)
const told = (type: string): (string | undefined)[] =>
  guardian.events.flatMap((event) =>
    event.type === type && 'client' in event ? [event.client] : [],
  )

async function bearerAt(client: 'one' | 'two'): Promise<string | null> {
  const resource = guardian.surroundings.config.resources.find((api) => api.client === client)
  let header: string | null = null
  await guardian.core.apiRequests.answer({
    request: new Request(`https://api.example/${client}/me`),
    resource: resource as ParsedResource,
    fetch: async (request) => {
      header = request.headers.get('authorization')
      return new Response()
    },
    waitUntil: guardian.waitUntil,
  })
  return header
}

describe('two clients', () => {
  test('have a session each, and each API gets the token of its client only', async () => {
    await signIn('one')
    expect(await session('two')).toEqual({ status: 'signed-out' })
    expect(await bearerAt('two')).toBeNull()
    await signIn('two')
    expect(await session('one')).toMatchObject({ status: 'signed-in', user: { sub: 'user-1' } })
    expect(await session('two')).toMatchObject({ status: 'signed-in', user: { sub: 'user-2' } })
    for (const client of ['one', 'two'] as const) {
      const token = (await guardian.tokens.read(client))?.tokens.accessToken.reveal()
      expect(await bearerAt(client)).toBe(`Bearer ${token}`)
    }
    expect(told('session')).toEqual(['one', 'two'])
  })

  test('are described to a page by what is public of them, and nothing else', async () => {
    const describing = { type: 'describe-client', client: 'two' } as const
    expect(await answerRequest(guardian.core, describing, host())).toEqual({
      issuer: OTHER,
      clientId: 'app',
      scope: ['openid'],
    })
    await expectFailure(
      answerRequest(guardian.core, { ...describing, client: 'three' }, host()),
      'unknown-client',
    )
  })

  test('sign in at the same time, in whatever order the answers come', async () => {
    const asked = [await startSignIn('one'), await startSignIn('two')]
    expect(asked.map((url) => new URL(url).origin)).toEqual([ISSUER, OTHER])
    await finish(servers.two.authorize(asked[1] ?? ''))
    await finish(servers.one.authorize(asked[0] ?? ''))
    expect(await session('one')).toMatchObject({ user: { sub: 'user-1' } })
    expect(await session('two')).toMatchObject({ user: { sub: 'user-2' } })
    expect(servers.one.count('token')).toBe(1)
    expect(servers.two.count('token')).toBe(1)
  })

  test('are refreshed apart: what one server refuses ends nothing at the other', async () => {
    await signIn('one')
    await signIn('two')
    guardian.events.length = 0
    servers.one.answer('token', () => json({ error: 'invalid_grant' }, 400))
    skip = 120
    await bearerAt('one')
    await bearerAt('two')
    expect(await session('one')).toMatchObject({ code: 'session-ended' })
    expect(await session('two')).toMatchObject({ status: 'signed-in', stale: false })
    expect(told('session')).toEqual(['one', 'two'])
    expect(servers.two.count('token', 'refresh_token')).toBe(1)
  })

  test('one that cannot be refreshed is reported as that client’s, and the other works', async () => {
    await signIn('one')
    await signIn('two')
    servers.one.answer('token', () => new Response(null, { status: 503 }))
    skip = 120
    await bearerAt('one')
    expect(told('error')).toEqual(['one'])
    expect(await bearerAt('two')).toMatch(/^Bearer /)
  })

  test('sign out apart, each at its own server', async () => {
    await signIn('one')
    await signIn('two')
    const path = await guardian.core.signOut.begin('two', {}, guardian.waitUntil)
    const id = new URL(path ?? '', APP).searchParams.get('request') ?? ''
    expect(await guardian.core.signOut.start(id)).toMatch(/^https:\/\/other-as\.example\/logout\?/)
    await guardian.settled()
    expect(servers.one.count('revoke')).toBe(0)
    expect(servers.two.count('revoke')).toBe(2)
    expect(await session('one')).toMatchObject({ status: 'signed-in' })
    expect(await session('two')).toEqual({ status: 'signed-out' })
  })

  test('a page learns whose sign-in failed, whichever client asks', async () => {
    const asked = await startSignIn('two')
    const state = new URL(asked).searchParams.get('state') ?? ''
    await finish(new URLSearchParams({ error: 'access_denied', state, iss: OTHER }))
    const reply = (await answerRequest(
      guardian.core,
      { type: 'get-session', client: 'one', landed: 'here' },
      host(),
    )) as SessionReply
    expect(reply).toMatchObject({
      client: 'one',
      landing: { client: 'two', error: { code: 'access-denied' } },
    })
    expect(told('error')).toEqual(['two'])
  })

  test('a popup of one does not take how the other’s ended', async () => {
    const { wire, ledger } = guardian.surroundings
    const asked = await startSignIn('two')
    const state = new URL(asked).searchParams.get('state') ?? ''
    await finish(new URLSearchParams({ error: 'access_denied', state, iss: OTHER }))
    expect(await ledger.takeLanding(wire.now(), 'one')).toBeUndefined()
    expect(await ledger.takeLanding(wire.now(), 'two')).toMatchObject({ client: 'two' })
  })
})

describe('a response that mixes up two servers', () => {
  const swap = (asked: string, iss: string): URLSearchParams => {
    const state = new URL(asked).searchParams.get('state') ?? ''
    return new URLSearchParams({ code: 'stolen', state, iss })
  }

  test.each([
    ['one', OTHER],
    ['two', ISSUER],
  ] as const)('is refused before anything is sent: state of %s, issuer %s', async (client, iss) => {
    const asked = await startSignIn(client)
    for (const server of Object.values(servers)) server.requests.length = 0
    await finish(swap(asked, iss))
    expect(servers.one.requests).toEqual([])
    expect(servers.two.requests).toEqual([])
    expect(guardian.events).toMatchObject([
      { type: 'error', client, error: { code: 'issuer-mismatch' } },
    ])
  })

  test('is refused also as an error, and without an issuer', async () => {
    const withoutIssuer = swap(await startSignIn('one'), '')
    withoutIssuer.delete('iss')
    await finish(withoutIssuer)
    const refusal = swap(await startSignIn('two'), ISSUER)
    refusal.delete('code')
    refusal.set('error', 'access_denied')
    await finish(refusal)
    expect(guardian.events).toMatchObject([
      { client: 'one', error: { code: 'issuer-mismatch' } },
      { client: 'two', error: { code: 'issuer-mismatch' } },
    ])
  })

  test('cannot be told from a good one where a server names no issuer: it shares no redirect path', async () => {
    servers.two.metadata['authorization_response_iss_parameter_supported'] = false
    const error = await expectFailure(startSignIn('two'), 'metadata-invalid')
    expect(error.message).toContain('redirectPath')
    expect(error.message).toContain(`'one'`)
    // The honest one's responses are known by their issuer, and it is always asked for.
    await signIn('one')
    expect(await session('one')).toMatchObject({ status: 'signed-in' })
  })

  test('is known by the issuer in a signed response', async () => {
    await start({ responseMode: 'query.jwt' })
    servers.two.metadata['authorization_response_iss_parameter_supported'] = false
    expect(new URL(await startSignIn('two')).searchParams.get('response_mode')).toBe('query.jwt')
  })

  test('is a matter of the redirect path only: with its own such a server works', async () => {
    await start({ redirectPath: '/auth/callback-two' })
    servers.two.metadata['authorization_response_iss_parameter_supported'] = false
    const parameters = servers.two.authorize(await startSignIn('two'))
    parameters.delete('iss')
    // Delivered to the other path it would be refused as well.
    await finish(new URLSearchParams(parameters))
    expect(guardian.events.at(-1)).toMatchObject({ error: { code: 'invalid-response' } })
    const again = servers.two.authorize(await startSignIn('two'))
    again.delete('iss')
    const redirectUri = `${APP}/auth/callback-two`
    await guardian.core.completion.finish(
      { parameters: again, mode: 'query', redirectUri },
      guardian.waitUntil,
    )
    await guardian.settled()
    expect(await session('two')).toMatchObject({ status: 'signed-in', user: { sub: 'user-2' } })
  })

  test('is no matter between two clients of one server', async () => {
    await start({ issuer: ISSUER, clientId: 'app' })
    servers.one.metadata['authorization_response_iss_parameter_supported'] = false
    const parameters = servers.one.authorize(await startSignIn('two'))
    parameters.delete('iss')
    await finish(parameters)
    expect(await session('two')).toMatchObject({ status: 'signed-in' })
    expect(await session('one')).toEqual({ status: 'signed-out' })
  })
})
