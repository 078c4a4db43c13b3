import { beforeEach, describe, expect, test } from 'vitest'
import { expectFailure, expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { MARK, offline } from '../../e2e/unit/fake-server.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP, ISSUER } from '../../e2e/unit/parsed-config.ts'

let guardian: GuardianInTest

beforeEach(async () => {
  guardian = await guardianInTest()
  await guardian.signIn()
  guardian.server.requests.length = 0
  guardian.events.length = 0
  guardian.ledger.landings.clear()
})

const begin = (request = {}) => guardian.core.signOut.begin('default', request, guardian.waitUntil)
const requestId = (path: string | null): string =>
  new URL(path ?? '', APP).searchParams.get('request') ?? ''

describe('signing out', () => {
  test('removes the tokens before anything is sent', async () => {
    guardian.server.answer('revoke', async () => {
      expect(await guardian.tokens.read('default')).toBeUndefined()
      return new Response(null)
    })
    await begin()
    expect(await guardian.tokens.read('default')).toBeUndefined()
    expect(guardian.events).toMatchObject([{ type: 'session', session: { status: 'signed-out' } }])
    await guardian.settled()
    expect(guardian.server.count('revoke')).toBe(2)
  })

  test('shows the page a path without the ID Token, and the browser the server with it', async () => {
    const { tokens } = await guardian.stored()
    const path = await begin({ returnTo: '/bye' })
    expect(path).toMatch(/^\/auth\/logout\?request=[0-9a-f-]{36}$/)
    expectNoSecret(path)
    expectNoSecret([...guardian.ledger.errands.values()])
    const url = new URL(await guardian.core.signOut.start(requestId(path)))
    expect(url.origin + url.pathname).toBe(`${ISSUER}/logout`)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'app',
      id_token_hint: tokens.idToken?.reveal(),
      post_logout_redirect_uri: `${APP}/auth/logout`,
      state: requestId(path),
    })
  })

  test('gives the ID Token hint once, and none after the worker died', async () => {
    const id = requestId(await begin())
    await guardian.core.signOut.start(id)
    expect(await guardian.core.signOut.start(id)).not.toContain('id_token_hint')
    await guardian.signIn()
    const other = requestId(await begin())
    guardian.restart()
    const url = await guardian.core.signOut.start(other)
    expect(url.startsWith(`${ISSUER}/logout?`)).toBe(true)
    expect(url).not.toContain('id_token_hint')
  })

  test('lands where the page wanted when the server comes back with the state', async () => {
    const id = requestId(await begin({ returnTo: '/bye' }))
    expect(await guardian.core.signOut.finish(new URLSearchParams({ state: id }))).toBe(
      `${APP}/bye#_`,
    )
  })

  test.each(['', 'state=', 'state=other', 'state=__proto__', 'x=y'])(
    'lands on the start page when the server comes back with %j',
    async (query) => {
      await begin({ returnTo: '/bye' })
      expect(await guardian.core.signOut.finish(new URLSearchParams(query))).toBe(`${APP}/#_`)
    },
  )

  test('refuses to land elsewhere, before anything is removed', async () => {
    await expectFailure(begin({ returnTo: 'https://evil.example/' }), 'invalid-return-to')
    expect(await guardian.stored()).toBeDefined()
  })

  test('lands on the start page when the stored returnTo was changed', async () => {
    const id = requestId(await begin({ returnTo: '/bye' }))
    const row = guardian.ledger.errands.get(id)
    if (row) {
      const value = { ...row.value, returnTo: 'https://evil.example/' }
      guardian.ledger.errands.set(id, { ...row, value })
    }
    const finished = guardian.core.signOut.finish(new URLSearchParams({ state: id }))
    expect(await finished).toBe(`${APP}/#_`)
  })

  test('only here sends nothing and needs no navigation', async () => {
    expect(await begin({ localOnly: true })).toBeNull()
    await guardian.settled()
    expect(guardian.server.requests).toEqual([])
    expect(await guardian.tokens.read('default')).toBeUndefined()
  })

  test('works when nobody is signed in', async () => {
    await begin()
    await begin()
    await guardian.settled()
    expect(guardian.server.count('revoke')).toBe(2)
  })

  test('stands when the server does not confirm the revocation; the pages are told', async () => {
    guardian.server.answer('revoke', offline)
    await begin()
    await guardian.settled()
    expect(await guardian.tokens.read('default')).toBeUndefined()
    expect(guardian.events.at(-1)).toMatchObject({ error: { code: 'revocation-failed' } })
    expectNoSecret(guardian.events)
  })

  test('lands at home when the server cannot be reached or has no logout', async () => {
    const id = requestId(await begin({ returnTo: '/bye' }))
    guardian.restart()
    guardian.server.answer('openid-configuration', offline)
    expect(await guardian.core.signOut.start(id)).toBe(`${APP}/bye#_`)
    guardian.server.answer('openid-configuration')
    delete guardian.server.metadata['end_session_endpoint']
    expect(await guardian.core.signOut.start(id)).toBe(`${APP}/bye#_`)
  })

  test('revokes the access token when there is no refresh token', async () => {
    guardian.server.tokens = { refresh_token: undefined }
    await guardian.signIn()
    const { tokens } = await guardian.stored()
    await begin()
    await guardian.settled()
    const [form] = guardian.server.requests
      .filter(({ endpoint }) => endpoint === 'revoke')
      .map((request) => request.form)
    expect(form?.get('token')).toBe(tokens.accessToken.reveal())
    expect(form?.get('token')).toContain(MARK)
  })

  test('with Cognito lands where the last sign-out wanted, although no state comes back', async () => {
    guardian = await guardianInTest({
      clients: { issuer: ISSUER, clientId: 'app', logout: 'cognito' },
    })
    for (const returnTo of ['/first', '/second']) {
      const url = await guardian.core.signOut.start(requestId(await begin({ returnTo })))
      expect(url.startsWith(`${ISSUER}/logout?client_id=app&logout_uri=`)).toBe(true)
    }
    expect(await guardian.core.signOut.finish(new URLSearchParams())).toBe(`${APP}/second#_`)
    guardian.pass(1000)
    expect(await guardian.core.signOut.finish(new URLSearchParams())).toBe(`${APP}/#_`)
  })

  test('with `none` revokes the tokens and comes back without asking the server', async () => {
    guardian = await guardianInTest({
      clients: { issuer: ISSUER, clientId: 'app', logout: 'none' },
    })
    await guardian.signIn()
    const path = await begin({ returnTo: '/bye' })
    expect(await guardian.core.signOut.start(requestId(path))).toBe(`${APP}/bye#_`)
    await guardian.settled()
    expect(guardian.server.count('revoke')).toBe(2)
  })

  test('removes the tokens even when the mark cannot be written', async () => {
    guardian.ledger.writeMark = () => Promise.reject(new Error('no storage'))
    await begin({ localOnly: true })
    expect(await guardian.tokens.read('default')).toBeUndefined()
  })
})
