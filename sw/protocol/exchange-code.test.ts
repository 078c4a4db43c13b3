import { beforeEach, describe, expect, test } from 'vitest'
import { expectFailure, expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { MARK, json, offline, opaqueRedirect } from '../../e2e/unit/fake-server.ts'
import {
  NONCE,
  REDIRECT_URI,
  protocolInTest,
  revealed,
  type ProtocolInTest,
} from '../../e2e/unit/protocol-in-test.ts'

let protocol: ProtocolInTest

beforeEach(async () => {
  protocol = await protocolInTest()
})

describe('exchangeCode', () => {
  test('sends code, verifier and redirect URI in one request without credentials', async () => {
    await protocol.exchange()
    const [request] = protocol.server.requests
    expect(Object.fromEntries(request?.form ?? [])).toEqual({
      grant_type: 'authorization_code',
      client_id: 'app',
      code: `code-${MARK}-1`,
      redirect_uri: REDIRECT_URI,
      code_verifier: expect.stringContaining(`verifier-${MARK}`) as string,
    })
    expect(request?.init).toMatchObject({
      method: 'POST',
      redirect: 'manual',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
    })
    const headers = [...new Headers(request?.init.headers).keys()]
    expect(
      headers.filter((name) => !['accept', 'content-type', 'user-agent'].includes(name)),
    ).toEqual([])
    expect(protocol.server.count('token')).toBe(1)
  })

  test('gives out the tokens with the claims that pages may see', async () => {
    protocol.server.claims = { email: 'ada@example.com', acr: 'x', 'https://x/role': 'admin' }
    const tokens = await protocol.exchange()
    expect(revealed(tokens)).toMatchObject({
      accessToken: `at-${MARK}-2`,
      refreshToken: `rt-${MARK}-2`,
      scope: ['openid'],
      user: { sub: 'user-1', name: 'Ada', email: 'ada@example.com' },
      identity: { iss: 'https://as.example', sub: 'user-1', aud: ['app'], nonce: NONCE },
    })
    expect(Object.keys(tokens.user).toSorted()).toEqual(['email', 'name', 'sub'])
    expect((tokens.expiresAt ?? 0) - protocol.now()).toBeGreaterThan(55)
    expectNoSecret(tokens)
  })

  test.each([
    ['a token type in another case', { token_type: 'BEARER' }],
    ['no expires_in', { expires_in: undefined }],
    ['a scope', { scope: 'openid profile' }],
    ['extra fields', { not_before: 0, userinfo: 'x', session_state: 'y' }],
    ['no refresh token', { refresh_token: undefined }],
    ['an expires_in that is a text of digits', { expires_in: '60' }],
    ['an expires_in of 0', { expires_in: 0 }],
    ['an error that is empty', { error: null }],
  ])('accepts a response with %s', async (_what, members) => {
    protocol.server.tokens = members
    const tokens = await protocol.exchange()
    if ('expires_in' in members && members.expires_in === undefined) {
      expect(tokens.expiresAt).toBeNull()
    }
    if ('scope' in members) expect(tokens.scope).toEqual(['openid', 'profile'])
    if ('refresh_token' in members) expect(tokens.refreshToken).toBeUndefined()
  })

  test.each([2 ** 53, 1e300, '9'.repeat(300)])(
    'takes a lifetime of %s seconds as one that ends with the dates that there are',
    async (lifetime) => {
      protocol.server.tokens = { expires_in: lifetime }
      const { expiresAt } = await protocol.exchange()
      expect(new Date((expiresAt ?? Number.NaN) * 1000).getFullYear()).toBe(275_760)
    },
  )

  test.each([-1, -0.5, 'soon', '', 'NaN', 'Infinity', null, {}, [], true])(
    'refuses a lifetime of %j',
    async (lifetime) => {
      protocol.server.tokens = { expires_in: lifetime }
      await expectFailure(protocol.exchange(), 'invalid-token-response')
    },
  )

  test('refuses a lifetime that is larger than any number', async () => {
    protocol.server.answer('token', async () => {
      const text = await (await protocol.server.tokenResponse({ nonce: NONCE })).text()
      return new Response(text.replace('"expires_in":60', '"expires_in":1e999'))
    })
    await expectFailure(protocol.exchange(), 'invalid-token-response')
  })

  test('reads JSON that the server calls something else, as some do', async () => {
    protocol.server.answer('token', async () => {
      const text = await (await protocol.server.tokenResponse({ nonce: NONCE })).text()
      return new Response(text, { headers: { 'content-type': 'text/plain' } })
    })
    expect(await protocol.exchange()).toMatchObject({ user: { sub: 'user-1' } })
  })

  test.each(['invalid_grant', ['invalid_grant'], 7])(
    'refuses tokens that come with the error %j',
    async (error) => {
      protocol.server.tokens = { error }
      await expectFailure(protocol.exchange(), 'invalid-token-response')
    },
  )

  test('checks an ID Token that nobody asked for all the same', async () => {
    protocol = await protocolInTest({ scope: 'api' })
    protocol.server.claims = { nonce: undefined }
    await protocol.exchange()
    protocol.server.claims = { nonce: undefined, aud: 'other' }
    await expectFailure(protocol.exchange(), 'id-token-audience')
  })

  test('says that there are no keys for an ID Token that nobody asked for, when there are none', async () => {
    protocol = await protocolInTest({ scope: 'api' })
    protocol.server.claims = { nonce: undefined }
    delete (protocol.metadata.metadata as { jwks_uri?: string }).jwks_uri
    await expectFailure(protocol.exchange(), 'key-not-found')
  })

  // A behaviour of real servers that `auth-servers.md` says the guardian survives.
  test('accepts a scope that is a list', async () => {
    protocol.server.tokens = { scope: ['openid', 'profile'] }
    expect((await protocol.exchange()).scope).toEqual(['openid', 'profile'])
  })

  test('takes sub from the token response of a server without ID Tokens', async () => {
    protocol = await protocolInTest({ scope: 'api' })
    protocol.server.tokens = { id_token: undefined, sub: 'user-9' }
    expect(await protocol.exchange()).toMatchObject({ user: { sub: 'user-9' }, scope: ['api'] })
  })

  test.each([
    ['HTML', () => new Response(`<p>${MARK}`, { headers: { 'content-type': 'text/html' } })],
    ['JSON with another media type', () => new Response('{}')],
    [
      'cut-off JSON',
      () =>
        new Response(`{"access_token":"${MARK}`, {
          headers: { 'content-type': 'application/json' },
        }),
    ],
    ['a list', () => json([MARK])],
    ['null', () => json(null)],
    ['no body', () => new Response(null, { status: 200 })],
    ['status 204', () => new Response(null, { status: 204 })],
    ['a redirect', opaqueRedirect],
    [
      'a redirect with its status',
      () => new Response(null, { status: 302, headers: { location: `/${MARK}` } }),
    ],
    ['no access token', () => json({ token_type: 'bearer' })],
    ['an access token that is a number', () => json({ access_token: 1, token_type: 'bearer' })],
    ['an empty access token', () => json({ access_token: '', token_type: 'bearer' })],
    ['no token type', () => json({ access_token: `at-${MARK}` })],
    ['an error with status 200', () => json({ error: 'invalid_grant', error_description: MARK })],
    [
      'a negative lifetime',
      () => json({ access_token: `at-${MARK}`, token_type: 'bearer', expires_in: -1 }),
    ],
    [
      'a refresh token that is a list',
      () => json({ access_token: `at-${MARK}`, token_type: 'bearer', refresh_token: [MARK] }),
    ],
  ])('refuses an answer that is, or has, %s', async (_what, answer) => {
    protocol.server.answer('token', answer)
    await expectFailure(protocol.exchange(), 'invalid-token-response')
    expect(protocol.server.count('token')).toBe(1)
  })

  test.each(['mac', 'N_A', 'x', ''])('refuses the token type %j', async (type) => {
    protocol.server.tokens = { token_type: type }
    await expectFailure(
      protocol.exchange(),
      type === '' ? 'invalid-token-response' : 'unsupported-token-type',
    )
  })

  test('does not use a DPoP-bound token as a bearer token', async () => {
    protocol.server.tokens = { token_type: 'DPoP' }
    await expectFailure(protocol.exchange(), 'unsupported-token-type')
  })

  test.each([
    [400, 'invalid_grant', `Register exactly '${REDIRECT_URI}' for 'app'`],
    [400, 'redirect_uri_mismatch', `Register exactly '${REDIRECT_URI}' for 'app'`],
    [401, 'invalid_client', `Register it as a public client`],
    [403, 'unauthorized_client', `Register it as a public client`],
    [400, 'unsupported_grant_type', `does not allow the authorization code flow`],
    // Of servers that miss a secret.
    [400, 'invalid_request', `a public client, without a secret`],
  ])(
    'says that status %i with %s is a refusal, what to change, and does not ask again',
    async (status, oauthError, advice) => {
      protocol.server.answer('token', () =>
        json({ error: oauthError, error_description: `no ${MARK}`, error_uri: MARK }, status),
      )
      const error = await expectFailure(protocol.exchange(), 'exchange-refused')
      expect(error).toMatchObject({ status, oauthError, retryable: false })
      expect(error.message).toContain(advice)
      expect(protocol.server.count('token')).toBe(1)
    },
  )

  test('says that a 401 with a challenge is a refusal', async () => {
    protocol.server.answer(
      'token',
      () =>
        new Response('', { status: 401, headers: { 'www-authenticate': `Basic realm="${MARK}"` } }),
    )
    await expectFailure(protocol.exchange(), 'exchange-refused')
  })

  test('says that an HTML error page with status 400 is not a token response', async () => {
    protocol.server.answer('token', () => new Response(`<p>${MARK}`, { status: 400 }))
    await expectFailure(protocol.exchange(), 'invalid-token-response')
  })

  test.each([500, 502, 503, 504])(
    'says that status %i is no answer, and does not ask again',
    async (status) => {
      protocol.server.answer('token', () => new Response(MARK, { status }))
      const error = await expectFailure(protocol.exchange(), 'exchange-unreachable')
      expect(error).toMatchObject({ status, retryable: false })
      expect(protocol.server.count('token')).toBe(1)
    },
  )

  test('says that a network error is no answer, and does not ask again', async () => {
    protocol.server.answer('token', offline)
    const { message } = await expectFailure(protocol.exchange(), 'exchange-unreachable')
    expect(message).toContain('https://as.example/token did not answer: check the network')
    expect(protocol.server.count('token')).toBe(1)
  })

  test('tells a missing CORS from a network error, by requests without anything in them', async () => {
    // As browsers: the answer is withheld unless nobody wants to read it.
    protocol.server.answer('token', ({ init }) =>
      init.mode === 'no-cors' ? new Response(null) : offline(),
    )
    const { message } = await expectFailure(protocol.exchange(), 'exchange-cors')
    expect(message).toContain('Access-Control-Allow-Origin: https://app.example')
    expect(protocol.server.count('token')).toBe(1)
    const [, ...looks] = protocol.server.requests
    expect(looks).toHaveLength(2)
    for (const { url, init } of looks) {
      expect(url).toBe('https://as.example/token')
      expect(init).toMatchObject({ method: 'HEAD', credentials: 'omit' })
      expect(init.body ?? init.headers).toBeUndefined()
    }
  })

  test('blames no CORS that is there when only the token request gets no answer', async () => {
    protocol.server.answer('token', ({ init }) =>
      init.method === 'HEAD' ? new Response(null) : offline(),
    )
    await expectFailure(protocol.exchange(), 'exchange-unreachable')
  })

  test('gives up when the server never answers', async () => {
    protocol.server.answer('token', ({ init }) => {
      // The guardian's deadline, brought forward.
      expect(init.signal).toBeInstanceOf(AbortSignal)
      throw new DOMException(MARK, 'TimeoutError')
    })
    await expectFailure(protocol.exchange(), 'exchange-unreachable')
    expect(protocol.server.requests).toHaveLength(1)
  })
})

describe('a userinfo object beside the tokens', () => {
  const EMAIL = { sub: 'user-1', email: 'ada@example.com', email_verified: true }

  test('gives claims that pages may see, and the ID Token has the last word', async () => {
    protocol.server.tokens = {
      userinfo: {
        ...EMAIL,
        name: 'Other',
        roles: ['admin'],
        aud: MARK,
        __proto__: { picture: 'x' },
      },
    }
    const { user } = await protocol.exchange()
    expect(user).toEqual({ ...EMAIL, name: 'Ada' })
  })

  test.each([
    ['another sub', { ...EMAIL, sub: 'user-2' }],
    ['a sub in another case', { ...EMAIL, sub: 'USER-1' }],
    ['no sub', { email: 'ada@example.com' }],
    ['a sub that is a list', { ...EMAIL, sub: ['user-1'] }],
  ])('is refused with %s', async (_what, userinfo) => {
    protocol.server.tokens = { userinfo }
    await expectFailure(protocol.exchange(), 'userinfo-sub-mismatch')
  })

  test.each([['text'], [null], [['user-1']], [7]])('that is %j is none', async (userinfo) => {
    protocol.server.tokens = { userinfo }
    expect(await protocol.exchange()).toMatchObject({ user: { sub: 'user-1', name: 'Ada' } })
  })

  test('says who the user is where there is no ID Token', async () => {
    protocol = await protocolInTest({ scope: 'api' })
    protocol.server.tokens = { id_token: undefined, userinfo: EMAIL }
    expect((await protocol.exchange()).user).toEqual(EMAIL)
    protocol.server.tokens = { id_token: undefined, userinfo: { email: 'ada@example.com' } }
    await expectFailure(protocol.exchange(), 'userinfo-sub-mismatch')
    protocol.server.tokens = { id_token: undefined, userinfo: EMAIL, sub: 'user-2' }
    await expectFailure(protocol.exchange(), 'userinfo-sub-mismatch')
  })

  test('is remembered over a refresh that comes without one', async () => {
    protocol = await protocolInTest({ loginLink: true })
    protocol.server.tokens = { userinfo: EMAIL }
    const before = await protocol.exchange()
    protocol.server.tokens = {}
    protocol.server.claims = { name: 'Ada L.' }
    expect((await protocol.refresh(before)).user).toEqual({ ...EMAIL, name: 'Ada L.' })
  })

  test('of somebody else ends the session when it comes with a refresh', async () => {
    const before = await protocol.exchange()
    protocol.server.tokens = { userinfo: { ...EMAIL, sub: 'user-2' } }
    await expectFailure(protocol.refresh(before), 'refresh-identity-mismatch')
  })
})

test('a token without a type is a bearer token only of a server that mails login links', async () => {
  protocol = await protocolInTest({ loginLink: true })
  protocol.server.tokens = { token_type: undefined }
  const { accessToken } = await protocol.exchange()
  expect(accessToken.reveal()).toContain('at-')
  protocol.server.tokens = { token_type: 'mac' }
  await expectFailure(protocol.exchange(), 'unsupported-token-type')
  protocol.server.tokens = { token_type: null }
  await expectFailure(protocol.exchange(), 'invalid-token-response')
})
