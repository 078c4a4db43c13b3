import { expect, test } from 'vitest'
import { signInAt } from '../../e2e/unit/sign-in-at.ts'
import { ISSUER } from '../../e2e/unit/parsed-config.ts'

test.each([
  ['an access token', 'access_token', 'implicit-flow'],
  ['an ID Token', 'id_token', 'invalid-response'],
])(
  'a signed response with %s beside it is refused, as a plain one is',
  async (_what, name, expected) => {
    const { code, guardian } = await signInAt({
      config: { clients: { issuer: ISSUER, clientId: 'app', responseMode: 'query.jwt' } },
      respond: async (_plain, server, url) => {
        const response = await server.signedResponse(url)
        response.set(name, 'evil')
        return response
      },
    })
    expect(code).toBe(expected)
    expect(guardian.server.count('token')).toBe(0)
  },
)
