import { afterEach, describe, expect, test } from 'vitest'
import type { RunningServer } from '../../e2e/servers/running-server.ts'
import {
  intastellarMetadata,
  startIntastellarServer,
} from '../../e2e/servers/seeds/intastellar-server.ts'
import {
  intelliAuthMetadata,
  startIntelliAuthServer,
} from '../../e2e/servers/seeds/intelliauth-server.ts'
import {
  plainOAuthMetadata,
  startPlainOAuthServer,
} from '../../e2e/servers/seeds/plain-oauth-server.ts'
import {
  startProviderServer,
  type ProviderServer,
} from '../../e2e/servers/seeds/provider-server.ts'
import { browserFetch } from '../../e2e/unit/browser-fetch.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP } from '../../e2e/unit/parsed-config.ts'
import { UserAgent, type Arrived } from '../../e2e/unit/user-agent.ts'
import type { ClientConfig } from '../../src/contract/config.ts'
import type { LoginParameters } from '../../src/contract/messages.ts'
import { answerNavigation } from '../core/navigations.ts'

const REDIRECT_URI = `${APP}/auth/callback`
const registered = { appOrigins: [APP], clientId: 'spa', redirectUris: [REDIRECT_URI] }

let server: RunningServer
let guardian: GuardianInTest
let user: UserAgent

afterEach(() => server.close())

async function guardianAt(client: Omit<ClientConfig, 'clientId'>): Promise<void> {
  user = new UserAgent()
  const wire = {
    fetch: browserFetch(APP),
    now: () => Math.floor(Date.now() / 1000) as never,
    timeoutMs: 10_000,
  }
  guardian = await guardianInTest({ clients: { clientId: 'spa', ...client } }, { wire })
}

async function arrive({ url, body }: Arrived): Promise<void> {
  await answerNavigation(guardian.core, 'callback', url, body, guardian.waitUntil)
  await guardian.settled()
}

async function signIn(login: LoginParameters = {}, agent = user): Promise<void> {
  await arrive(await agent.signIn(await guardian.startSignIn(login), REDIRECT_URI))
}

const landing = () => guardian.ledger.takeLanding(guardian.surroundings.wire.now())
const session = () => guardian.core.sessions.session('default')
const count = (request: string): number => server.control.report().counts[request] ?? 0
const command = (text: string, more: object = {}) => server.control.run({ do: text, ...more })

async function refresh(): Promise<void> {
  await guardian.core.refresher.refresh('default', await guardian.stored())
}

describe('Intastellar Sign-In', () => {
  async function setup(): Promise<void> {
    server = await startIntastellarServer({
      ...registered,
      postLogoutRedirectUris: [`${APP}/auth/logout`],
    })
    await guardianAt({ issuer: server.origin, metadata: intastellarMetadata(server.origin) })
  }

  test('a token endpoint without CORS is named as the cause, with what to change', async () => {
    await setup()
    await signIn()
    expect(await landing()).toMatchObject({
      error: {
        code: 'exchange-cors',
        message: expect.stringContaining(
          `${server.origin}/token is there, but does not let ${APP} read its answers`,
        ) as string,
      },
    })
    expect(await session()).toEqual({ status: 'signed-out' })
    expect(count('POST /token')).toBe(1)
  })

  test('with CORS a sign-in and a refresh work', async () => {
    await setup()
    await command('cors', { allow: true })
    await signIn()
    expect(await session()).toMatchObject({ status: 'signed-in', user: { sub: 'alice' } })
    const before = await guardian.stored()
    await refresh()
    expect((await guardian.stored()).generation).not.toBe(before.generation)
  })

  test('a client that needs a secret is told to be public', async () => {
    await setup()
    await command('cors', { allow: true })
    await command('public', { allow: false })
    await signIn()
    expect(await landing()).toMatchObject({
      error: {
        code: 'exchange-refused',
        message: expect.stringContaining('Register it as a public client') as string,
      },
    })
  })
})

describe('IntelliAuth', () => {
  async function setup(): Promise<void> {
    server = await startIntelliAuthServer(registered)
    await guardianAt({
      issuer: server.origin,
      metadata: intelliAuthMetadata(server.origin),
      scope: 'openid profile email',
    })
  }

  test('two sign-ins at once are completed, in whatever order they come back', async () => {
    await setup()
    const urls = [await guardian.startSignIn(), await guardian.startSignIn()]
    const arrived = await Promise.all(urls.map((url) => new UserAgent().signIn(url, REDIRECT_URI)))
    for (const one of arrived.toReversed()) {
      await arrive(one)
      expect((await landing())?.error).toBeUndefined()
    }
    expect(await session()).toMatchObject({
      status: 'signed-in',
      scope: ['openid', 'profile', 'email'],
    })
    expect((await command('exchanges'))['exchanges']).toHaveLength(2)
    const { verifiers } = (await command('issued')) as unknown as { verifiers: string[] }
    expect(new Set(verifiers).size).toBe(2)
  })

  test('a redirect URI that is registered almost is named, to the letter', async () => {
    await setup()
    const arrived = await user.signIn(await guardian.startSignIn(), REDIRECT_URI)
    await command('register', { redirectUris: [`${REDIRECT_URI}/`] })
    await arrive(arrived)
    expect(await landing()).toMatchObject({
      error: {
        code: 'exchange-refused',
        message: expect.stringContaining(`Register exactly '${REDIRECT_URI}'`) as string,
      },
    })
    await expect(user.signIn(await guardian.startSignIn(), REDIRECT_URI)).rejects.toThrow(
      'The request was refused',
    )
  })

  test('a code is exchanged once, whatever comes of it', async () => {
    await setup()
    await command('fault', { path: '/oauth2/token', kind: 'drop-after', method: 'POST' })
    const arrived = await user.signIn(await guardian.startSignIn(), REDIRECT_URI)
    await arrive(arrived)
    expect(await landing()).toMatchObject({ error: { code: 'exchange-unreachable' } })
    await arrive(arrived)
    expect(await landing()).toMatchObject({ error: { code: 'unknown-state' } })
    expect((await command('exchanges'))['exchanges']).toEqual([0])
  })

  test('tokens are refreshed', async () => {
    await setup()
    await signIn()
    await refresh()
    const { accessTokens } = (await command('issued')) as unknown as { accessTokens: string[] }
    expect(accessTokens).toHaveLength(2)
    expect((await guardian.stored()).tokens.accessToken.reveal()).toBe(accessTokens[1])
  })
})

describe('OpenID provider and gateway', () => {
  let provider: ProviderServer

  async function setup(): Promise<void> {
    server = provider = await startProviderServer(registered)
    await guardianAt({ issuer: server.origin, scope: 'openid profile' })
  }

  test('its ID Tokens are checked with its keys, also with those that are new', async () => {
    await setup()
    await signIn()
    expect(await landing()).toEqual({ client: 'default' })
    await command('rotate-keys')
    await signIn()
    expect(await landing()).toEqual({ client: 'default' })
    expect(count('GET /keys')).toBe(2)
    await command('forge')
    await signIn()
    expect(await landing()).toMatchObject({ error: { code: 'id-token-signature' } })
  })

  test('its gateway takes the access token, and no other token of it', async () => {
    await setup()
    await signIn()
    const { accessTokens, idTokens, refreshTokens } = (await command(
      'issued',
    )) as unknown as Record<string, string[]>
    const statuses = [accessTokens?.[0], idTokens?.[0], refreshTokens?.[0]].map(async (token) => {
      const headers = { authorization: `Bearer ${token}` }
      return (await fetch(`${provider.gateway.origin}/api/me`, { headers })).status
    })
    expect(await Promise.all(statuses)).toEqual([200, 401, 401])
  })

  test.each(['invalid_grant', 'interaction_required'])(
    'tokens are refreshed until it wants to see the user (%s)',
    async (error) => {
      await setup()
      await signIn()
      await refresh()
      await command('demand-user', { error })
      await expect(refresh()).rejects.toMatchObject({ code: 'session-ended' })
      expect(await session()).toEqual({ status: 'interaction-required', code: 'session-ended' })
    },
  )

  test('its token endpoint is for the origins of the client, and its pages for who was shown them', async () => {
    await setup()
    const response = await fetch(`${server.origin}/token`, {
      method: 'POST',
      headers: { origin: 'https://other.example' },
    })
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    const page = await fetch(await guardian.startSignIn())
    const action = /action="([^"]+)"/.exec(await page.text())?.[1] ?? ''
    const forged = await fetch(server.origin + action, {
      method: 'POST',
      body: new URLSearchParams({ username: 'mallory', do: 'sign-in' }),
    })
    expect(forged.status).toBe(403)
  })
})

describe('plain OAuth 2 service', () => {
  async function setup(): Promise<void> {
    server = await startPlainOAuthServer({ ...registered, redirectUri: REDIRECT_URI })
    await guardianAt({
      issuer: server.origin,
      metadata: plainOAuthMetadata(server.origin),
      scope: 'photos',
    })
  }

  test('a sign-in without ID Token, with the client id in the body', async () => {
    await setup()
    const asked = new URL(await guardian.startSignIn({ returnTo: '/photos' }))
    expect(asked.searchParams.get('state')).not.toContain('photos')
    await arrive(await user.signIn(asked.href, REDIRECT_URI))
    expect(await session()).toMatchObject({ status: 'signed-in', scope: ['photos'] })
    expect((await command('token-requests'))['requests']).toEqual([
      {
        parameters: ['client_id', 'code', 'code_verifier', 'grant_type', 'redirect_uri'],
        hasAuthorization: false,
      },
    ])
  })

  test('a request may leave the redirect URI out, and both may', async () => {
    await setup()
    const query = 'response_type=code&client_id=spa&state=s'
    const { url } = await user.signIn(`${server.origin}/oauth/authorize?${query}`, REDIRECT_URI)
    const code = url.searchParams.get('code') ?? ''
    const body = new URLSearchParams({ grant_type: 'authorization_code', code, client_id: 'spa' })
    const response = await fetch(`${server.origin}/oauth/token`, { method: 'POST', body })
    expect(response.status).toBe(200)
  })

  test('a token in the fragment is refused with an explanation', async () => {
    await setup()
    await command('implicit')
    const arrived = await user.signIn(await guardian.startSignIn(), REDIRECT_URI)
    expect(arrived.url.hash).toContain('access_token=')
    await arrive(arrived)
    expect(await landing()).toMatchObject({
      error: {
        code: 'implicit-flow',
        message: expect.stringContaining('allow the authorization code flow with PKCE') as string,
      },
    })
    expect(await session()).toEqual({ status: 'signed-out' })
    expect(count('POST /oauth/token')).toBe(0)
  })

  test('when its token is over, the user signs in again', async () => {
    await setup()
    await signIn()
    await expect(refresh()).rejects.toMatchObject({ code: 'token-expired' })
    expect(await session()).toEqual({ status: 'interaction-required', code: 'token-expired' })
  })
})
