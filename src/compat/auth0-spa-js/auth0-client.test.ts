import { inspect } from 'node:util'
import { beforeEach, describe, expect, test } from 'vitest'
import { ALICE, AuthClientInTest, failureOf } from '../../../e2e/unit/auth-client-in-test.ts'
import {
  Auth0Client,
  AuthenticationError,
  createAuth0Client,
  GenericError,
  PopupCancelledError,
  PopupOpenError,
  type Auth0ClientOptions,
} from './index.ts'

const OPTIONS: Auth0ClientOptions = { domain: 'id.example', clientId: 'app' }
const OVER = { status: 'signed-out' } as const

let client: AuthClientInTest
let auth0: Auth0Client

beforeEach(() => {
  client = new AuthClientInTest()
  auth0 = new Auth0Client(OPTIONS, client)
})

describe('options', () => {
  test('what cannot be kept is refused at once, all of it, with what to do', () => {
    const lost = { cacheLocation: 'localstorage', useRefreshTokens: false, leeway: 5, invented: 1 }
    for (const name of Object.keys(lost))
      expect(() => new Auth0Client({ ...OPTIONS, ...lost } as never, client)).toThrow(`- ${name} `)
  })

  test.each([
    ['domain', { domain: 'other.example' }, 'issuer is https://other.example/'],
    ['issuer', { issuer: 'https://other.example/' }, 'issuer is https://other.example/'],
    ['client ID', { clientId: 'other' }, 'clientId is other'],
    ['audience', { authorizationParams: { audience: 'x' } }, 'audience is x in the page and not'],
    ['scope', { authorizationParams: { scope: 'profile mail' } }, 'ask for the scope mail'],
    [
      'kind of refresh',
      { useRefreshTokens: true as const, authorizationParams: { scope: 'profile' } },
      'ask for the scope offline_access',
    ],
  ])('another %s than the worker’s is refused', async (_what, more, message) => {
    client.become(ALICE)
    await expect(createAuth0Client({ ...OPTIONS, ...more }, client)).rejects.toThrow(message)
  })

  test('the worker’s are accepted, with openid as Auth0 adds it', async () => {
    client.description = {
      ...client.description,
      scope: ['openid', 'profile', 'offline_access'],
      audience: 'https://api.example/',
    }
    client.become(ALICE)
    const authorizationParams = { scope: 'profile', audience: 'https://api.example/' }
    const same = await createAuth0Client(
      { ...OPTIONS, useRefreshTokens: true, authorizationParams },
      client,
    )
    expect(await same.isAuthenticated()).toBe(true)
    expect(same.getConfiguration()).toEqual(OPTIONS)
  })

  test('a page without protection makes no client', async () => {
    client.become({ status: 'unprotected', code: 'worker-unsupported' })
    await expect(createAuth0Client(OPTIONS, client)).rejects.toMatchObject({
      error: 'worker-unsupported',
    })
  })
})

describe('who is signed in', () => {
  test('has the claims that pages may see, and no token', async () => {
    client.become(ALICE)
    expect(await auth0.getUser()).toEqual(ALICE.user)
    const claims = await auth0.getIdTokenClaims()
    expect(claims).toEqual(ALICE.user)
    expect(() => claims?.__raw).toThrow('docs/migration.md')
    const forms = [
      JSON.stringify(claims),
      JSON.stringify({ ...claims }),
      JSON.stringify(structuredClone(claims)),
      inspect(claims),
    ]
    for (const form of forms) expect(form).not.toContain('__raw')
  })

  test('is nobody when nobody is signed in', async () => {
    client.become({ status: 'interaction-required', code: 'session-ended' })
    expect(await auth0.isAuthenticated()).toBe(false)
    expect(await auth0.getUser()).toBeUndefined()
    expect(await auth0.getIdTokenClaims()).toBeUndefined()
  })

  test('asking for a token says how to migrate', async () => {
    await expect(auth0.getTokenSilently()).rejects.toThrow('fetch() to a configured resource')
    await expect(auth0.getTokenWithPopup()).rejects.toThrow('docs/migration.md')
    expect(() => auth0.createFetcher()).toThrow('docs/migration.md')
    const calls = [
      auth0.revokeRefreshToken(),
      auth0.exchangeToken(),
      auth0.loginWithCustomTokenExchange(),
      auth0.connectAccountWithRedirect(),
      auth0.generateDpopProof(),
    ]
    for (const settled of await Promise.allSettled(calls))
      expect(settled).toMatchObject({
        status: 'rejected',
        reason: { message: expect.stringContaining('docs/migration.md') as string },
      })
  })
})

describe('sign-in and sign-out', () => {
  test('a redirect says in other words what it was asked for, over what the options say', async () => {
    client.become(OVER)
    const authorizationParams = {
      redirect_uri: 'https://app.example/back',
      prompt: 'login',
      organization: 'org_1',
    } as const
    const other = new Auth0Client({ ...OPTIONS, authorizationParams }, client)
    await other.loginWithRedirect({
      authorizationParams: { prompt: 'consent', max_age: '60', screen_hint: 'signup' },
      appState: { target: '/orders' },
    })
    expect(client.logins).toEqual([
      {
        returnTo: 'https://app.example/back',
        prompt: 'consent',
        maxAge: 60,
        appState: { target: '/orders' },
        authorizationParams: { organization: 'org_1', screen_hint: 'signup' },
      },
    ])
  })

  test('one call cannot ask for another scope, nor see the URL', async () => {
    client.become(OVER)
    const scope = { authorizationParams: { scope: 'mail' } }
    await expect(auth0.loginWithRedirect(scope)).rejects.toThrow('another')
    await expect(auth0.loginWithPopup(scope)).rejects.toThrow('another')
    const openUrl = { openUrl: (): void => undefined } as object
    await expect(auth0.loginWithRedirect(openUrl)).rejects.toThrow('- openUrl ')
    await expect(auth0.logout(openUrl)).rejects.toThrow('- openUrl ')
    await expect(auth0.loginWithPopup({}, { popup: {} })).rejects.toThrow('- popup ')
    expect(client.logins).toEqual([])
  })

  test('where it lands, the callback gives back the state of the app', async () => {
    client.become({ ...ALICE, appState: { target: '/orders' } })
    expect(await auth0.handleRedirectCallback()).toEqual({
      appState: { target: '/orders' },
      response_type: 'code',
    })
  })

  test('where it failed, the callback rejects with the answer of the server', async () => {
    const cause = client.fail('access-denied', { oauthError: 'access_denied' })
    client.become(OVER)
    const failing = auth0.handleRedirectCallback()
    await expect(failing).rejects.toBeInstanceOf(AuthenticationError)
    await expect(failing).rejects.toMatchObject({ error: 'access_denied', cause })
  })

  test('where nothing landed, the callback says so', async () => {
    client.become(OVER)
    await expect(auth0.handleRedirectCallback()).rejects.toMatchObject({
      error: 'missing_transaction',
    })
  })

  test('the popup opens before anything is awaited, and its failures have their names', async () => {
    client.become(OVER)
    const opening = auth0.loginWithPopup()
    expect(client.calls).toEqual(['loginWithPopup'])
    await opening
    for (const [code, kind, error] of [
      ['popup-closed', PopupCancelledError, 'cancelled'],
      ['popup-blocked', PopupOpenError, 'popup_open'],
      ['storage-unavailable', GenericError, 'storage-unavailable'],
    ] as const) {
      client.refusal = failureOf(code)
      const failing = auth0.loginWithPopup()
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await expect(failing).rejects.toBeInstanceOf(kind)
      // oxlint-disable-next-line no-await-in-loop
      await expect(failing).rejects.toMatchObject({ error })
    }
  })

  test('a sign-out lands where it should, or stays here', async () => {
    client.become(ALICE)
    await auth0.logout({ logoutParams: { returnTo: 'https://app.example/bye' } })
    await auth0.logout({ openUrl: false })
    const federated = { logoutParams: { federated: true } } as object
    await expect(auth0.logout(federated)).rejects.toThrow('- federated ')
    expect(client.logouts).toEqual([{ returnTo: 'https://app.example/bye' }, { localOnly: true }])
  })
})
