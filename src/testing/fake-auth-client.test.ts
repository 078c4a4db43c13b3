import type { AuthClient } from '../client/auth-client.ts'
import { isAuthError } from '../contract/errors.ts'
import { epochSeconds } from '../contract/units.ts'
import { describe, expect, test } from 'vitest'
import { authError, createFakeAuthClient, signedIn, type FakeAuthClient } from './index.ts'

/** What a client told, oldest first. */
function listen(client: AuthClient) {
  const heard: unknown[] = []
  client.on('session', (session) => heard.push(session))
  client.on('error', ({ code }) => heard.push(code))
  client.on('stepup', (stepUp) => heard.push(stepUp))
  client.on('update', ({ reason }) => heard.push(reason))
  return heard
}

async function readyClient(...options: Parameters<typeof createFakeAuthClient>) {
  const client = createFakeAuthClient(...options)
  await client.ready()
  return { client, fake: client.fake, heard: listen(client) }
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return isAuthError(error) ? error.code : error
}

/** What a promise came to, as far as that is known when everything that is ready has run. */
async function stateOf(promise: Promise<unknown>): Promise<'settled' | 'pending'> {
  const settled = promise.then(
    () => 'settled' as const,
    () => 'settled' as const,
  )
  return Promise.race([settled, new Promise<'pending'>((r) => setTimeout(r, 0, 'pending'))])
}

describe('the fake auth client', () => {
  test('starts with the session that it was given, from ready on', async () => {
    const session = signedIn({ user: { sub: 'bob' }, scope: ['orders'] })
    const client = createFakeAuthClient({ session })
    expect(client.session).toEqual({ status: 'unprotected', code: 'page-not-covered' })
    expect(await client.ready()).toEqual(session)
    expect(client.session).toEqual(session)
    expect(await client.getUser()).toEqual({ sub: 'bob' })
  })

  test('makes up a user and a token that is good for five minutes', () => {
    const session = signedIn()
    expect(session).toMatchObject({ user: { sub: 'ada' }, stale: false })
    expect(session.expiresAt).toBeGreaterThan(Date.now() / 1000 + 290)
    expect(signedIn({ expiresAt: null }).expiresAt).toBeNull()
    expect(signedIn({ expiresAt: 7.9 }).expiresAt).toBe(epochSeconds(7))
  })

  test('says what it is configured with, as it was told, and not to a page without a worker', async () => {
    const configuration = { issuer: 'https://as.example', clientId: 'shop', scope: ['openid'] }
    const { client, fake } = await readyClient({ configuration })
    expect(await client.configuration()).toEqual(configuration)
    expect(fake.calls.at(-1)).toEqual({ method: 'configuration', options: undefined })
    expect(await (await readyClient()).client.configuration()).toMatchObject({ clientId: 'fake' })
    const session = { status: 'unprotected', code: 'bridge-blocked' } as const
    const { client: uncovered } = await readyClient({ session })
    expect(await codeOf(uncovered.configuration())).toBe('bridge-blocked')
  })

  test('gives links for downloads, of the origin of the app, and none for what is no URL or no name of a file', async () => {
    const { client, fake } = await readyClient({ origin: 'https://app.example' })
    const url = 'https://api.example/v1/report'
    expect(await client.downloadUrl(url, { filename: 'a.pdf' })).toMatch(
      /^https:\/\/app\.example\//,
    )
    expect(fake.calls.at(-1)).toEqual({ method: 'downloadUrl', options: url })
    expect(await codeOf(client.downloadUrl('report'))).toBe('download-not-allowed')
    expect(await codeOf(client.downloadUrl(url, { filename: '../a' }))).toBe('invalid-request')
    fake.answer('downloadUrl', { fails: 'storage-unavailable' })
    expect(await codeOf(client.downloadUrl(url))).toBe('storage-unavailable')
  })

  test('tells changes as those of another tab, each once', async () => {
    const { fake, heard } = await readyClient()
    const session = signedIn({ user: { sub: 'bob' }, expiresAt: 2_000_000_000 })
    fake.setSession(session)
    fake.setSession({ ...session })
    fake.expire()
    fake.refuse('refresh-interrupted')
    fake.signOut()
    expect(heard).toEqual([
      session,
      { ...session, stale: true, expiresAt: expect.any(Number) },
      { status: 'interaction-required', code: 'refresh-interrupted' },
      { status: 'signed-out' },
    ])
  })

  test('tells nothing before ready, as a page that does not listen yet', () => {
    const client = createFakeAuthClient()
    const heard = listen(client)
    client.fake.signIn()
    expect(heard).toEqual([])
  })

  test('does not expire nobody’s session, nor come back from where nobody went', async () => {
    const { fake } = await readyClient()
    expect(() => fake.expire()).toThrow('Nobody is signed in')
    expect(() => fake.comeBack()).toThrow('began no sign-in')
  })

  test('makes a stale session good by a refresh, with a token that lives longer', async () => {
    const { client, fake } = await readyClient({ session: signedIn() })
    fake.expire()
    expect(client.session).toMatchObject({ stale: true })
    const refreshed = await client.refresh()
    const again = await client.refresh()
    expect(refreshed).toMatchObject({ status: 'signed-in', stale: false })
    if (refreshed.status !== 'signed-in' || again.status !== 'signed-in') throw new Error('not so')
    expect(again.expiresAt).toBeGreaterThan(refreshed.expiresAt ?? Infinity)
    expect(client.session).toBe(again)
  })

  test('tells an uncovered page first by an error, refuses what it is asked then, and recovers', async () => {
    const { client, fake, heard } = await readyClient({ session: signedIn() })
    fake.unprotect('tampered')
    expect(heard).toEqual(['tampered', { status: 'unprotected', code: 'tampered' }])
    for (const call of [
      () => client.loginWithRedirect(),
      () => client.loginWithPopup(),
      () => client.sendLoginLink({ loginHint: 'ada@example.com' }),
      () => client.logout(),
      () => client.getUser(),
      () => client.refresh(),
    ]) {
      expect(await codeOf(call())).toBe('tampered')
    }
    fake.signOut()
    expect(client.session).toMatchObject({ status: 'unprotected' })
    expect(await client.ready()).toEqual({ status: 'signed-out' })
    expect(await client.getUser()).toBeNull()
  })

  test('lets a method wait, and then succeed or fail with a code', async () => {
    const { client, fake } = await readyClient()
    fake.answer('loginWithPopup', 'waits')
    const [first, second] = [client.loginWithPopup(), client.loginWithPopup()]
    expect(await stateOf(first)).toBe('pending')
    fake.answer('loginWithPopup', { fails: 'popup-closed' })
    expect(await codeOf(first)).toBe('popup-closed')
    expect(await codeOf(second)).toBe('popup-closed')
    fake.answer('loginWithPopup', 'succeeds')
    expect(await client.loginWithPopup({ appState: 1 })).toMatchObject({ appState: 1 })
  })

  test('makes ready wait and fail as the real one does, without a rejection', async () => {
    const client = createFakeAuthClient()
    const heard = listen(client)
    client.fake.answer('ready', 'waits')
    const ready = client.ready()
    expect(await stateOf(ready)).toBe('pending')
    client.fake.answer('ready', { fails: 'worker-registration-failed' })
    const session = { status: 'unprotected', code: 'worker-registration-failed' }
    expect(await ready).toEqual(session)
    expect(heard).toEqual(['worker-registration-failed', session])
    client.fake.answer('ready', 'succeeds')
    expect(await client.ready()).toEqual({ status: 'signed-out' })
  })

  test('stops to wait for ready with the reason of the signal', async () => {
    const client = createFakeAuthClient()
    client.fake.answer('ready', 'waits')
    const controller = new AbortController()
    const ready = client.ready({ signal: controller.signal })
    controller.abort('left')
    expect(await codeOf(ready)).toBe('left')
  })

  test('leaves the page where it is at a sign-in by redirect, and says where it would have gone', async () => {
    const { client, fake } = await readyClient({ origin: 'https://app.example' })
    await client.loginWithRedirect({ returnTo: '/orders?id=7', appState: { id: 7 } })
    expect(client.session).toEqual({ status: 'signed-out' })
    expect(fake.departure).toEqual({
      to: 'login',
      returnTo: 'https://app.example/orders?id=7',
      appState: { id: 7 },
    })
    fake.comeBack()
    expect(client.session).toMatchObject({ user: { sub: 'ada' }, appState: { id: 7 } })
    expect(fake.departure).toBeUndefined()
    await client.logout()
    expect(fake.departure).toEqual({ to: 'logout', returnTo: 'https://app.example/' })
  })

  test('gives a copy of appState back, and refuses what cannot be copied as browsers do', async () => {
    const { client, fake } = await readyClient()
    const appState = { list: [1] }
    await client.loginWithRedirect({ appState })
    appState.list.push(2)
    fake.comeBack()
    expect(client.session).toMatchObject({ appState: { list: [1] } })
    await expect(client.loginWithRedirect({ appState: () => 1 })).rejects.toThrow(/clone/)
  })

  test('keeps apart what is of another client', async () => {
    const { client, heard } = await readyClient({ client: 'work' })
    expect(await client.loginWithPopup({ client: 'home' })).toMatchObject({ status: 'signed-in' })
    expect(heard).toEqual([])
    await client.loginWithPopup({ client: 'work' })
    expect(heard).toHaveLength(1)
  })

  test('records calls with what they were given', async () => {
    const { client, fake } = await readyClient({ session: signedIn() })
    await client.refresh()
    await client.logout({ localOnly: true })
    expect(fake.calls).toEqual([
      { method: 'ready', options: {} },
      { method: 'refresh', options: undefined },
      { method: 'logout', options: { localOnly: true } },
    ])
  })

  test('emits what a test wants to be heard', async () => {
    const { fake, heard } = await readyClient()
    const stepUp = { resource: 'https://api.example/', client: 'default', attempts: 0 }
    fake.emit('stepup', stepUp)
    fake.emit('update', { reason: 'waiting', apply: () => Promise.resolve() })
    fake.emit('error', authError('api-unreachable'))
    expect(heard).toEqual([stepUp, 'waiting', 'api-unreachable'])
  })

  test('is an auth client wherever one is wanted, and says loudly that it is a fake', () => {
    const client: FakeAuthClient = createFakeAuthClient()
    const asApp: AuthClient = client
    expect(Object.keys(asApp)).not.toContain('fake')
    expect(client.fake.calls).toEqual([])
  })

  test('makes errors in the phase that they are of', () => {
    expect(authError('session-ended')).toMatchObject({ phase: 'refresh', retryable: false })
    expect(authError('refresh-unavailable')).toMatchObject({ phase: 'refresh', retryable: true })
    expect(authError('login-required')).toMatchObject({ phase: 'authorization' })
    expect(authError('id-token-nonce')).toMatchObject({ phase: 'exchange' })
    expect(authError('metadata-unreachable')).toMatchObject({ phase: 'discovery', retryable: true })
    expect(authError('popup-blocked', { message: 'so' })).toMatchObject({ message: 'so' })
  })
})
