import { beforeEach, describe, expect, test } from 'vitest'
import { expectFailure, expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { MARK, json, offline, opaqueRedirect } from '../../e2e/unit/fake-server.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP, ISSUER } from '../../e2e/unit/parsed-config.ts'
import type { ClientConfig } from '../../src/contract/config.ts'
import type { LoginParameters } from '../../src/contract/messages.ts'
import { answerRequest } from './answer-request.ts'
import { answerNavigation } from './navigations.ts'

const MAIL = `ada-${MARK}@example.com`
let guardian: GuardianInTest

async function guardianThat(change: Partial<ClientConfig> = {}): Promise<GuardianInTest> {
  return guardianInTest({
    clients: {
      issuer: ISSUER,
      clientId: 'app',
      responseMode: 'fragment',
      loginLink: true,
      ...change,
    },
  })
}

beforeEach(async () => {
  guardian = await guardianThat()
})

/** As a message of the page. @returns all that it gets to know */
function ask(parameters: LoginParameters & { loginHint: string }): Promise<unknown> {
  return answerRequest(
    guardian.core,
    { type: 'send-login-link', parameters },
    {
      waitUntil: guardian.waitUntil,
      claim: () => Promise.resolve(),
      isRegistered: () => Promise.resolve(true),
    },
  )
}

const posted = () => guardian.server.requests.filter(({ endpoint }) => endpoint === 'authorize')

/** Opens the link in the newest mail. @returns where the tab lands */
async function openLink(): Promise<string> {
  const parameters = guardian.server.authorize(posted().at(-1)?.url ?? '')
  const url = new URL(`${APP}/auth/callback#${parameters}`)
  const answer = await answerNavigation(
    guardian.core,
    'callback',
    url,
    undefined,
    guardian.waitUntil,
  )
  await guardian.settled()
  return answer
}

const landing = () => guardian.ledger.takeLanding(guardian.surroundings.wire.now())

test('posts the authorization request with its parameters in the query, and tells the page nothing', async () => {
  const reply = await ask({ loginHint: MAIL, prompt: 'create', returnTo: '/inbox' })
  expect(reply).toEqual({ sent: true })
  const [{ url, init } = { url: '', init: {} }, ...more] = posted()
  expect(more).toEqual([])
  expect(url.split('?')[0]).toBe(`${ISSUER}/authorize`)
  expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({
    client_id: 'app',
    redirect_uri: `${APP}/auth/callback`,
    login_hint: MAIL,
    prompt: 'create',
    response_mode: 'fragment',
    response_type: 'code',
    code_challenge_method: 'S256',
  })
  expect(init).toMatchObject({
    method: 'POST',
    redirect: 'manual',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    cache: 'no-store',
  })
  expect(init.body).toBeUndefined()
  expect([...new Headers(init.headers)]).toEqual([])
  expect(init.signal).toBeInstanceOf(AbortSignal)
  expectNoSecret(guardian.events)
})

test('the link signs in an hour later at most, in another life of the worker, and lands where the page wanted', async () => {
  await ask({ loginHint: MAIL, returnTo: '/inbox', appState: { a: 1 } })
  guardian.restart()
  guardian.pass(3599)
  expect(await openLink()).toBe(`${APP}/inbox#_`)
  expect(await landing()).toEqual({ client: 'default' })
  expect(await guardian.core.sessions.session('default')).toMatchObject({
    status: 'signed-in',
    user: { sub: 'user-1' },
    appState: { a: 1 },
  })
})

test('the link is good for one sign-in, and not after an hour', async () => {
  await ask({ loginHint: MAIL })
  await openLink()
  await landing()
  await openLink()
  expect(await landing()).toMatchObject({ error: { code: 'unknown-state' } })
  await ask({ loginHint: MAIL })
  guardian.pass(3600)
  await openLink()
  expect(await landing()).toMatchObject({ error: { code: 'unknown-state' } })
})

test('a link that was asked for elsewhere signs nobody in', async () => {
  const other = await guardianThat()
  await ask({ loginHint: MAIL })
  const parameters = guardian.server.authorize(posted()[0]?.url ?? '')
  const url = new URL(`${APP}/auth/callback#${parameters}`)
  await answerNavigation(other.core, 'callback', url, undefined, other.waitUntil)
  await other.settled()
  expect(await other.tokens.read('default')).toBeUndefined()
})

test('two links that were sent both work', async () => {
  await ask({ loginHint: MAIL })
  await openLink()
  await ask({ loginHint: MAIL })
  await openLink()
  expect(guardian.server.count('token', 'authorization_code')).toBe(2)
})

test('claims of a userinfo object are shown', async () => {
  guardian.server.tokens = {
    token_type: undefined,
    userinfo: { sub: 'user-1', email: 'ada@example.com', email_verified: true, phone: MARK },
  }
  await ask({ loginHint: MAIL })
  await openLink()
  expect(await guardian.core.sessions.session('default')).toMatchObject({
    user: { sub: 'user-1', email: 'ada@example.com', email_verified: true },
  })
  expectNoSecret(guardian.events)
})

test('a userinfo object about somebody else signs nobody in', async () => {
  guardian.server.tokens = { userinfo: { sub: 'user-2' } }
  await ask({ loginHint: MAIL })
  await openLink()
  expect(await guardian.tokens.read('default')).toBeUndefined()
  expect(await landing()).toMatchObject({ error: { code: 'userinfo-sub-mismatch' } })
})

describe('is refused', () => {
  test('when it is not configured, without a request', async () => {
    guardian = await guardianThat({ loginLink: false })
    await expectFailure(ask({ loginHint: MAIL }), 'login-link-not-enabled')
    expect(guardian.server.requests).toEqual([])
  })

  test('for a way back to elsewhere and for parameters that are not allowed', async () => {
    const evil = { returnTo: 'https://evil.example/' }
    await expectFailure(ask({ loginHint: MAIL, ...evil }), 'invalid-return-to')
    const scope = { authorizationParams: { scope: 'admin' } }
    await expectFailure(ask({ loginHint: MAIL, ...scope }), 'parameter-not-allowed')
    expect(posted()).toEqual([])
  })

  test('when the server wants pushed requests', async () => {
    Object.assign(guardian.server.metadata, {
      pushed_authorization_request_endpoint: `${ISSUER}/par`,
      require_pushed_authorization_requests: true,
    })
    await expectFailure(ask({ loginHint: MAIL }), 'request-unsupported')
    expect(posted()).toEqual([])
  })

  test.each([
    ['an error', () => json({ error: 'invalid_request', error_description: MARK }, 400)],
    ['a redirect to a login page', opaqueRedirect],
    [
      'a redirect with its status',
      () => new Response(null, { status: 303, headers: { location: `/${MARK}` } }),
    ],
    ['a login page', () => page(200)],
    ['a page that says no', () => page(403)],
  ] as const)('when the server answers with %s, once', async (_what, answer) => {
    guardian.server.answer('authorize', answer)
    await expectFailure(ask({ loginHint: MAIL }), 'login-link-refused')
    expect(posted()).toHaveLength(1)
  })

  test.each([
    ['there is no network or no CORS', offline],
    ['the server answers 503', () => new Response(MARK, { status: 503 })],
  ])('when %s, once', async (_what, answer) => {
    guardian.server.answer('authorize', answer)
    await expectFailure(ask({ loginHint: MAIL }), 'login-link-unreachable')
    expect(posted()).toHaveLength(1)
  })
})

test.each([200, 202, 204])('takes status %i without content for a yes', async (status) => {
  guardian.server.answer('authorize', () => new Response(null, { status }))
  expect(await ask({ loginHint: MAIL })).toEqual({ sent: true })
})

test('the transaction is written before anything is sent', async () => {
  let known: number | undefined
  guardian.server.answer('authorize', () => {
    known = guardian.ledger.transactions.size
    return offline()
  })
  await expectFailure(ask({ loginHint: MAIL }), 'login-link-unreachable')
  expect(known).toBe(1)
})

function page(status: number): Response {
  const headers = { 'content-type': 'text/html; charset=utf-8' }
  return new Response(`<form>${MARK}`, { status, headers })
}
