import { expect, test } from 'vitest'
import { signInAt } from '../../e2e/unit/sign-in-at.ts'
import { ISSUER } from '../../e2e/unit/parsed-config.ts'

test.each([
  ['an access token', 'access_token', 'evil'],
  ['an ID Token', 'id_token', 'evil'],
])('a signed response with %s beside it is refused, as a plain one is', async (_w, name, value) => {
  const { code, guardian } = await signInAt({
    config: { clients: { issuer: ISSUER, clientId: 'app', responseMode: 'query.jwt' } },
    respond: async (_plain, server, url) => {
      const response = await server.signedResponse(url)
      response.set(name, value)
      return response
    },
  })
  expect(code).toBe('invalid-response')
  expect(guardian.server.count('token')).toBe(0)
})
