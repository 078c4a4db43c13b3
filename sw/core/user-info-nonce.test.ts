import { expect, test } from 'vitest'
import { json } from '../../e2e/unit/fake-server.ts'
import { guardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { ISSUER } from '../../e2e/unit/parsed-config.ts'
import { decodeJws } from '../../src/testing/server/jws.ts'

test.each([[false], [true]])(
  'UserInfo with a bound token, nonce demanded: %s',
  async (demanded) => {
    const client = { issuer: ISSUER, clientId: 'app', userInfo: true, dpop: 'required' } as const
    const guardian = await guardianInTest({ clients: client })
    guardian.server.metadata['dpop_signing_alg_values_supported'] = ['ES256']
    guardian.server.tokens = { token_type: 'DPoP' }
    guardian.server.answer('userinfo', ({ init }) => {
      const proof = decodeJws(new Headers(init.headers).get('dpop') ?? '')
      if (demanded && proof?.payload['nonce'] !== 'n1') {
        return new Response('{"error":"use_dpop_nonce"}', {
          status: 401,
          headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': 'n1' },
        })
      }
      return json({ sub: 'user-1', email: 'ada@example.com' })
    })
    await guardian.signIn()
    expect(guardian.events.filter(({ type }) => type === 'error')).toEqual([])
    expect(await guardian.core.sessions.session('default')).toMatchObject({
      user: { email: 'ada@example.com' },
    })
  },
)
