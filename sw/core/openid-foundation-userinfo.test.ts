import { expect, test } from 'vitest'
import { expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { json, type FakeServer } from '../../e2e/unit/fake-server.ts'
import type { GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { ISSUER } from '../../e2e/unit/parsed-config.ts'
import { signInAt } from '../../e2e/unit/sign-in-at.ts'
import { makeSigningKey } from '../../e2e/unit/signing-key.ts'

/* The modules for UserInfo of the OpenID Foundation's suite for relying parties. */

async function signIn(prepare: (server: FakeServer) => void | Promise<void>, scope = 'openid') {
  const clients = { issuer: ISSUER, clientId: 'app', userInfo: true, scope }
  const { guardian, code } = await signInAt({ config: { clients }, prepare })
  expect(code).toBe('signed-in')
  return guardian
}

const user = async (guardian: GuardianInTest): Promise<unknown> =>
  (await guardian.stored()).tokens.user

test('oidcc-client-test-userinfo-invalid-sub', async () => {
  const guardian = await signIn((server) => {
    server.answer('userinfo', () => json({ sub: 'user-1-other', email: 'eve@example.com' }))
  })
  expect(await user(guardian)).toEqual({ sub: 'user-1', name: 'Ada' })
  const errors = guardian.events.filter(({ type }) => type === 'error')
  expect(errors).toMatchObject([{ error: { code: 'userinfo-sub-mismatch' } }])
  expectNoSecret(guardian.events)
})

test('oidcc-client-test-userinfo-bearer-header', async () => {
  const guardian = await signIn(() => undefined)
  const [asked, ...more] = guardian.server.requests.filter(
    ({ endpoint }) => endpoint === 'userinfo',
  )
  expect(more).toEqual([])
  const token = (await guardian.stored()).tokens.accessToken.reveal()
  expect(new Headers(asked?.init.headers).get('authorization')).toBe(`Bearer ${token}`)
  expect(asked?.url).not.toContain(token)
  expect(asked?.init.body ?? null).toBeNull()
})

test('oidcc-client-test-userinfo-signed', async () => {
  const answerBy = async (server: FakeServer, signer: FakeServer['key']): Promise<void> => {
    const claims = { iss: ISSUER, aud: 'app', sub: 'user-1', email: 'ada@example.com' }
    const jwt = await signer.sign(claims, { kid: server.key.kid })
    const headers = { 'content-type': 'application/jwt' }
    server.answer('userinfo', () => new Response(jwt, { headers }))
  }
  const useKey = async (server: FakeServer): Promise<void> => {
    server.key = await makeSigningKey('RS256')
    server.published = [server.key]
  }
  const honest = await signIn(async (server) => {
    await useKey(server)
    await answerBy(server, server.key)
  })
  expect(await user(honest)).toMatchObject({ email: 'ada@example.com' })
  const forged = await signIn(async (server) => {
    await useKey(server)
    await answerBy(server, await makeSigningKey('RS256'))
  })
  expect(await user(forged)).toEqual({ sub: 'user-1', name: 'Ada' })
})

test('oidcc-client-test-scope-userinfo-claims', async () => {
  const scope = 'openid profile email phone'
  const claims = { sub: 'user-1', given_name: 'Ada', email: 'ada@example.com', phone_number: '1' }
  const guardian = await signIn((server) => server.answer('userinfo', () => json(claims)), scope)
  expect((await guardian.stored()).tokens.scope).toEqual(scope.split(' '))
  // What pages may see is decided by the client's `claims`, whatever was granted.
  expect(await user(guardian)).toEqual({
    sub: 'user-1',
    name: 'Ada',
    given_name: 'Ada',
    email: 'ada@example.com',
  })
})
