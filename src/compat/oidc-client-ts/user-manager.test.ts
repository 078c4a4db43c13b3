import { inspect } from 'node:util'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { ALICE, AuthClientInTest, failureOf } from '../../../e2e/unit/auth-client-in-test.ts'
import { epochSeconds } from '../../contract/units.ts'
import { ErrorResponse, User, UserManager, type UserManagerSettings } from './index.ts'

const SETTINGS: UserManagerSettings = { authority: 'https://id.example', client_id: 'app' }
const OVER = { status: 'signed-out' } as const

let client: AuthClientInTest
let manager: UserManager

beforeEach(() => {
  client = new AuthClientInTest()
  manager = new UserManager(SETTINGS, client)
})

const withSettings = (more: object): UserManager =>
  new UserManager({ ...SETTINGS, ...more }, client)

describe('settings', () => {
  test('what cannot be kept is refused at once, all of it, with what to do', () => {
    const kept = {
      redirect_uri: 'https://app.example/callback',
      response_type: 'code',
      automaticSilentRenew: true,
    }
    const lost = {
      client_secret: 'x',
      userStore: {},
      monitorSession: true,
      automaticSilentRenew: false,
      silent_redirect_uri: 'https://app.example/silent.html',
      invented: 1,
    }
    withSettings(kept)
    expect(() => withSettings({ ...kept, ...lost })).toThrow(TypeError)
    for (const name of Object.keys(lost))
      expect(() => withSettings({ ...kept, ...lost })).toThrow(`- ${name} `)
    expect(() => withSettings(lost)).toThrow('replace the secret')
    // A setting that is not set is none.
    withSettings({ userStore: undefined })
  })

  test.each([
    ['authority', { authority: 'https://other.example' }, 'issuer is https://other.example'],
    ['client_id', { client_id: 'other' }, 'clientId is other in the page and app in the worker'],
    ['more scope', { scope: 'openid profile mail' }, 'does not ask for the scope mail'],
    ['less scope', { scope: 'openid' }, 'asks for the scope profile as well'],
  ])('another %s than the worker’s is refused by every call', async (_what, more, message) => {
    client.become(ALICE)
    const other = withSettings(more)
    await expect(other.getUser()).rejects.toThrow(message)
    await expect(other.signinRedirect()).rejects.toThrow(message)
    await expect(other.signinPopup()).rejects.toThrow(message)
    expect(client.logins).toEqual([])
  })

  test('the worker’s are accepted, and asked for once', async () => {
    client.description = { ...client.description, scope: ['openid', 'profile', 'offline_access'] }
    client.become(ALICE)
    const same = withSettings({ authority: 'https://id.example/', scope: 'profile openid' })
    await same.getUser()
    await same.getUser()
    expect(client.calls.filter((call) => call === 'configuration')).toHaveLength(1)
  })

  test('a comparison that failed is made again', async () => {
    client.become(ALICE)
    client.refusal = failureOf('worker-unresponsive')
    await expect(manager.getUser()).rejects.toBe(client.refusal)
    client.refusal = undefined
    expect((await manager.getUser())?.profile.sub).toBe('alice')
  })

  test('a page without protection says so in every call', async () => {
    client.become({ status: 'unprotected', code: 'worker-unsupported' })
    await expect(manager.getUser()).rejects.toMatchObject({ code: 'worker-unsupported' })
    const error = client.fail('worker-unsupported')
    await expect(manager.signinRedirect()).rejects.toBe(error)
  })
})

describe('a user', () => {
  test('has what oidc-client-ts names, and no token', async () => {
    client.become({ ...ALICE, appState: { page: 2 } })
    const user = await manager.getUser()
    expect(user).toBeInstanceOf(User)
    expect(user).toMatchObject({
      profile: { sub: 'alice', name: 'Alice' },
      scope: 'openid profile',
      scopes: ['openid', 'profile'],
      expires_at: 2_000_000_000,
      expired: false,
      state: { page: 2 },
    })
  })

  test.each(['access_token', 'refresh_token', 'id_token', 'token_type'] as const)(
    'throws when its %s is read, with what to do instead',
    (name) => {
      const user = new User(ALICE)
      expect(() => user[name]).toThrow('docs/migration.md')
      expect(() => user[name]).toThrow(`user.${name}`)
    },
  )

  test('can be logged, spread, cloned, compared and made JSON, and shows no token', () => {
    const user = new User(ALICE)
    const forms = [
      JSON.stringify(user),
      JSON.stringify({ ...user }),
      JSON.stringify(structuredClone(user)),
      JSON.stringify(Object.assign({}, user)),
      inspect(user, { depth: 5 }),
      Object.entries(user).join(),
    ]
    for (const form of forms) expect(form).not.toMatch(/token/)
    for (const name in user) expect(name).not.toMatch(/token/)
    expect(user).toEqual(new User(ALICE))
  })

  test('is nobody when nobody is signed in', async () => {
    client.become({ status: 'interaction-required', code: 'session-ended' })
    expect(await manager.getUser()).toBeNull()
  })
})

describe('sign-in and sign-out', () => {
  test('a redirect says in other words what it was asked for, over what the settings say', async () => {
    client.become(OVER)
    const settings = { redirect_uri: 'https://app.example/back', prompt: 'login', max_age: 60 }
    await withSettings(settings).signinRedirect({
      prompt: 'consent',
      ui_locales: 'de en',
      acr_values: 'strong',
      login_hint: 'alice',
      state: { page: 2 },
      extraQueryParams: { kc_idp_hint: 'x', count: 1 },
    })
    expect(client.logins).toEqual([
      {
        returnTo: 'https://app.example/back',
        prompt: 'consent',
        maxAge: 60,
        uiLocales: ['de', 'en'],
        acrValues: ['strong'],
        loginHint: 'alice',
        appState: { page: 2 },
        authorizationParams: { kc_idp_hint: 'x', count: '1' },
      },
    ])
  })

  test('one call cannot ask for another scope, nor for what the guardian makes', async () => {
    client.become(OVER)
    await expect(manager.signinRedirect({ scope: 'mail' })).rejects.toThrow('another')
    await expect(manager.signinRedirect({ nonce: 'n' } as object)).rejects.toThrow('- nonce ')
    await expect(manager.signoutRedirect({ id_token_hint: 'x' } as object)).rejects.toThrow(
      '- id_token_hint ',
    )
    expect(client.calls).not.toContain('loginWithRedirect')
  })

  test('where it lands, the callback gives the user, also twice', async () => {
    client.become({ ...ALICE, appState: 'here' })
    expect((await manager.signinRedirectCallback()).state).toBe('here')
    expect((await manager.signinCallback()).profile.sub).toBe('alice')
  })

  test('where it failed, the callback rejects with the answer of the server', async () => {
    const cause = client.fail('login-required', { oauthError: 'login_required' })
    client.become(OVER)
    const failing = manager.signinCallback()
    await expect(failing).rejects.toBeInstanceOf(ErrorResponse)
    await expect(failing).rejects.toMatchObject({ error: 'login_required', cause })
  })

  test('where nothing landed, the callback says so', async () => {
    client.become(OVER)
    await expect(manager.signinCallback()).rejects.toThrow('No sign-in has landed')
  })

  test('the popup opens before anything is awaited, and gives the user', async () => {
    client.become(OVER)
    const opening = manager.signinPopup({ prompt: 'login' })
    expect(client.calls).toEqual(['loginWithPopup'])
    expect((await opening).profile.sub).toBe('alice')
  })

  test('a silent sign-in is a refresh, and without a session the server’s word for it', async () => {
    client.become(OVER)
    await expect(manager.signinSilent()).rejects.toMatchObject({ error: 'login_required' })
    expect(client.calls).not.toContain('refresh')
    client.tell(ALICE)
    expect((await manager.signinSilent())?.profile.sub).toBe('alice')
    client.refusal = failureOf('session-ended', { oauthError: 'invalid_grant', phase: 'refresh' })
    await expect(manager.signinSilent()).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  test('a sign-out lands where it should, and the removal of a user stays here', async () => {
    client.become(ALICE)
    await withSettings({ post_logout_redirect_uri: 'https://app.example/bye' }).signoutRedirect()
    await manager.signoutRedirect({ post_logout_redirect_uri: 'https://app.example/end' })
    await manager.removeUser()
    expect(await manager.signoutCallback()).toEqual({})
    expect(client.logouts).toEqual([
      { returnTo: 'https://app.example/bye' },
      { returnTo: 'https://app.example/end' },
      { localOnly: true },
    ])
  })
})

describe('events', () => {
  test('userLoaded is told of sign-ins and renewals, and not of what was there at the start', async () => {
    const loaded: (number | undefined)[] = []
    const end = manager.events.addUserLoaded(({ expires_at }) => loaded.push(expires_at))
    client.become(ALICE)
    await manager.getUser()
    expect(loaded).toEqual([])
    await manager.getUser(true)
    client.tell({ ...ALICE, stale: true })
    client.tell({ ...ALICE, expiresAt: epochSeconds(2_000_000_100) })
    client.tell(OVER)
    client.tell(ALICE)
    end()
    client.tell(OVER)
    client.tell(ALICE)
    expect(loaded).toEqual([2_000_000_000, 2_000_000_100, 2_000_000_000])
  })

  test('userUnloaded is told of the end of a session, whoever ended it', () => {
    const unloaded = vi.fn()
    manager.events.addUserUnloaded(unloaded)
    client.become(OVER)
    expect(unloaded).not.toHaveBeenCalled()
    client.tell(ALICE)
    client.tell({ status: 'interaction-required', code: 'session-ended' })
    client.tell(OVER)
    expect(unloaded).toHaveBeenCalledTimes(1)
    manager.events.removeUserUnloaded(unloaded)
    client.tell(ALICE)
    client.tell(OVER)
    expect(unloaded).toHaveBeenCalledTimes(1)
  })

  test('silentRenewError is told of failures of a refresh only', () => {
    const failed = vi.fn()
    manager.events.addSilentRenewError(failed)
    client.fail('userinfo-unavailable')
    const error = client.fail('refresh-unavailable', { phase: 'refresh' })
    expect(failed.mock.calls).toEqual([[error]])
  })

  test('the end of an access token is told before and when it comes, unless it is renewed', () => {
    vi.useFakeTimers({ now: 1_000_000_000 })
    try {
      const told: string[] = []
      manager.events.addAccessTokenExpiring(() => told.push('expiring'))
      manager.events.addAccessTokenExpired(() => told.push('expired'))
      const until = (seconds: number): void =>
        client.tell({ ...ALICE, expiresAt: epochSeconds(1_000_000 + seconds) })
      until(100)
      vi.advanceTimersByTime(39_000)
      expect(told).toEqual([])
      vi.advanceTimersByTime(1000)
      expect(told).toEqual(['expiring'])
      until(200)
      vi.advanceTimersByTime(99_000)
      expect(told).toEqual(['expiring'])
      vi.advanceTimersByTime(61_000)
      expect(told).toEqual(['expiring', 'expiring', 'expired'])
      // Longer than a timer can be.
      until(40 * 86_400)
      vi.advanceTimersByTime(39 * 86_400_000)
      expect(told).toHaveLength(3)
      client.tell(OVER)
      vi.advanceTimersByTime(2 * 86_400_000)
      expect(told).toHaveLength(3)
    } finally {
      vi.useRealTimers()
    }
  })
})

test('what has no equivalent throws, with what to do instead', async () => {
  const { events } = manager
  for (const call of [
    () => manager.stopSilentRenew(),
    () => manager.metadataService,
    () => events.addUserSignedIn(),
    () => events.addUserSignedOut(),
    () => events.addUserSessionChanged(),
    () => User.fromStorageString(),
    () => new User(ALICE).toStorageString(),
  ])
    expect(call).toThrow('docs/migration.md')
  const calls = [
    manager.signinPopupCallback(),
    manager.signinSilentCallback(),
    manager.signinResourceOwnerCredentials(),
    manager.signoutPopup(),
    manager.signoutSilent(),
    manager.revokeTokens(),
    manager.storeUser(),
    manager.querySessionStatus(),
    manager.dpopProof(),
  ]
  for (const settled of await Promise.allSettled(calls))
    expect(settled).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining('docs/migration.md') as string },
    })
})
