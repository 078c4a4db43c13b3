import { afterEach, expect, test } from 'vitest'
import { startAuthorizationServer } from '../../e2e/servers/authorization-server.ts'
import type { RunningServer } from '../../e2e/servers/running-server.ts'
import { expectFailure } from '../../e2e/unit/expect-failure.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP, configWith } from '../../e2e/unit/parsed-config.ts'
import { UserAgent } from '../../e2e/unit/user-agent.ts'
import type { ClientConfig, ParsedTarget, ResourceConfig } from '../../src/contract/config.ts'
import { answerNavigation } from '../core/navigations.ts'
import { sessionFor } from '../core/target-tokens.ts'

const API = 'https://api.example'
const first = { resource: `${API}/` }
const REDIRECT_URI = `${APP}/auth/callback`

let server: RunningServer | undefined

afterEach(async () => {
  await server?.close()
  server = undefined
})

interface Setup {
  readonly guardian: GuardianInTest
  readonly user: UserAgent
}

async function setup(
  change: Partial<ClientConfig>,
  options: { requirePushedRequests?: boolean; furtherResources?: readonly string[] } = {},
  resource: Partial<ResourceConfig> = {},
  more: readonly ResourceConfig[] = [],
): Promise<Setup> {
  server = await startAuthorizationServer({
    port: 0,
    appOrigins: [APP],
    apiOrigin: API,
    ...options,
  })
  const clients = { issuer: server.origin, clientId: 'demo', scope: 'openid profile', ...change }
  const resources = [{ url: `${API}/v1/`, ...resource }, ...more]
  const guardian = await guardianInTest(
    { clients, resources },
    {
      wire: {
        // As a browser sends it from the guardian's origin; what it may read is for the browser tests.
        fetch: (url, init) =>
          fetch(url, {
            ...init,
            headers: { ...Object.fromEntries(new Headers(init.headers)), origin: APP },
          }),
        now: () => Math.floor(Date.now() / 1000) as never,
        timeoutMs: 10_000,
      },
    },
  )
  return { guardian, user: new UserAgent() }
}

/** Signs in with the server's own pages, and checks that it worked. */
async function signIn({ guardian, user }: Setup): Promise<URL> {
  const asked = new URL(await guardian.startSignIn())
  const answered = await user.signIn(asked.href, REDIRECT_URI)
  const { url, body } = answered
  await answerNavigation(guardian.core, 'callback', url, body, guardian.waitUntil)
  await guardian.settled()
  const landing = await guardian.ledger.takeLanding(guardian.surroundings.wire.now())
  expect(landing).toEqual({ client: 'default' })
  expect(await guardian.core.sessions.session('default')).toMatchObject({
    status: 'signed-in',
    user: { sub: 'alice' },
  })
  return asked
}

/** The claims of the access token, which the server signs for one API. */
async function accessClaims(
  { guardian }: Setup,
  target?: ParsedTarget,
): Promise<Record<string, unknown>> {
  const session = sessionFor(await guardian.stored(), target)
  const token = session?.tokens.accessToken.reveal() ?? ''
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >
}

test('oidc-provider: a pushed request, because the metadata requires it', async () => {
  const asked = await signIn(await setup({}, { requirePushedRequests: true }))
  expect([...asked.searchParams.keys()]).toEqual(['client_id', 'request_uri'])
  expect(server?.control.report().counts['POST /par']).toBe(1)
})

test('oidc-provider: a pushed request, because the configuration wants it', async () => {
  await signIn(await setup({ par: 'required' }))
  expect(server?.control.report().counts['POST /par']).toBe(1)
})

test('oidc-provider: a push that is refused', async () => {
  const { guardian } = await setup({ par: 'required', clientId: 'unknown' })
  expect(await guardian.startSignIn()).toBe(`${APP}/#_`)
  const landing = await guardian.ledger.takeLanding(guardian.surroundings.wire.now())
  expect(landing).toMatchObject({ error: { code: 'par-refused', oauthError: 'invalid_client' } })
})

test.each(['query.jwt', 'fragment.jwt', 'form_post.jwt'] as const)(
  'oidc-provider: a response signed by %s',
  async (responseMode) => {
    await signIn(await setup({ responseMode }))
  },
)

test('oidc-provider: a signed response to a pushed request', async () => {
  await signIn(await setup({ responseMode: 'query.jwt', par: 'required' }))
})

test('oidc-provider: a signed refusal', async () => {
  const { guardian, user } = await setup({ responseMode: 'query.jwt' })
  const asked = await guardian.startSignIn({ prompt: 'none' })
  const { url } = await user.signIn(asked, REDIRECT_URI)
  await answerNavigation(guardian.core, 'callback', url, undefined, guardian.waitUntil)
  await guardian.settled()
  const landing = await guardian.ledger.takeLanding(guardian.surroundings.wire.now())
  expect(landing).toMatchObject({ error: { code: 'login-required' } })
})

test('oidc-provider: authorization details reach the access token, plain and pushed', async () => {
  const authorizationDetails = [{ type: 'orders', actions: ['read'], at: { shop: 7 } }]
  for (const par of ['never', 'required'] as const) {
    const tested = await setup({ authorizationDetails, par })
    await signIn(tested)
    expect(await accessClaims(tested)).toMatchObject({
      authorization_details: authorizationDetails,
    })
    expect(await tested.guardian.core.sessions.session('default')).toMatchObject({
      authorizationDetails,
    })
    await server?.close()
  }
})

test('oidc-provider: a type of authorization details that it does not list', async () => {
  const { guardian } = await setup({ authorizationDetails: [{ type: 'other' }], par: 'required' })
  await expectFailure(guardian.core.signIn.begin('default', {}), 'request-unsupported')
  expect(server?.control.report().counts['POST /par']).toBeUndefined()
})

test('oidc-provider: a type that it does not know, where the configuration has its metadata', async () => {
  const { guardian } = await setup({ par: 'required' })
  const { origin } = server as RunningServer
  const metadata = {
    issuer: origin,
    authorization_endpoint: `${origin}/auth`,
    token_endpoint: `${origin}/token`,
    jwks_uri: `${origin}/jwks`,
    pushed_authorization_request_endpoint: `${origin}/par`,
  }
  const clients = {
    issuer: origin,
    metadata,
    clientId: 'demo',
    par: 'required',
    authorizationDetails: [{ type: 'other' }],
  } as const
  Object.assign(guardian.surroundings, { config: configWith({ deploymentCheck: 'off', clients }) })
  guardian.restart()
  await guardian.startSignIn()
  expect(await guardian.ledger.takeLanding(guardian.surroundings.wire.now())).toMatchObject({
    error: { code: 'par-refused', oauthError: 'invalid_authorization_details' },
  })
})

test('oidc-provider: the resource indicator is the audience of the token, also after a refresh', async () => {
  const tested = await setup({}, {}, { resource: `${API}/` })
  await signIn(tested)
  const { guardian } = tested
  const target = guardian.surroundings.config.resources[0]?.target
  expect(await accessClaims(tested, target)).toMatchObject({ aud: `${API}/` })
  const before = await guardian.stored()
  await guardian.core.refresher.refresh('default', before)
  expect((await guardian.stored()).generation).not.toBe(before.generation)
  expect(await accessClaims(tested, target)).toMatchObject({ aud: `${API}/` })
})

test.each(['never', 'required'] as const)(
  'oidc-provider: each of two APIs has a token for itself, the second of less scope (DPoP %s)',
  async (dpop) => {
    const second = 'https://second.example/'
    const scope = 'openid profile api:read api:write'
    const tested = await setup({ scope, dpop }, { furtherResources: [second] }, first, [
      { url: second, resource: second, scope: 'api:read' },
    ])
    const asked = await signIn(tested)
    expect(asked.searchParams.getAll('resource')).toEqual([first.resource, second])
    const { guardian } = tested
    const [own, further] = guardian.surroundings.config.resources.map(({ target }) => target)
    const { refresher } = guardian.core
    for (let round = 0; round < 2; round += 1) {
      await refresher.refresh('default', await guardian.stored(), further)
      expect(await accessClaims(tested, own)).toMatchObject({
        aud: first.resource,
        scope: 'api:read api:write',
      })
      const claims = await accessClaims(tested, further)
      expect(claims).toMatchObject({ aud: second, scope: 'api:read' })
      expect('cnf' in claims).toBe(dpop === 'required')
      await refresher.refresh('default', await guardian.stored(), own)
    }
    expect(await accessClaims(tested, further)).toMatchObject({ aud: second })
    expect(await guardian.core.sessions.session('default')).toMatchObject({
      status: 'signed-in',
      user: { sub: 'alice' },
    })
  },
)

test('oidc-provider: an API that it does not know has no token, and the session goes on', async () => {
  const unknown = 'https://unknown.example/'
  const known = await setup({ scope: 'openid api:read' }, {}, first)
  await signIn(known)
  const { guardian } = known
  const before = await guardian.stored()
  const target = { key: `${unknown} `, resource: unknown, isDefault: false }
  const error = await expectFailure(
    guardian.core.refresher.refresh('default', before, target),
    'resource-not-granted',
  )
  expect(error).toMatchObject({ oauthError: 'invalid_target', status: 400 })
  await guardian.core.refresher.refresh('default', await guardian.stored())
  expect((await guardian.stored()).generation).not.toBe(before.generation)
})

test('oidc-provider: a resource indicator that it does not know', async () => {
  const { guardian, user } = await setup({}, {}, { resource: 'https://other.example/' })
  const { url } = await user.signIn(await guardian.startSignIn(), REDIRECT_URI)
  await answerNavigation(guardian.core, 'callback', url, undefined, guardian.waitUntil)
  await guardian.settled()
  const landing = await guardian.ledger.takeLanding(guardian.surroundings.wire.now())
  expect(landing).toMatchObject({
    error: { code: 'authorization-failed', oauthError: 'invalid_target' },
  })
})
