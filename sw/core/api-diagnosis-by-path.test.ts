import { expect, test } from 'vitest'
import { json } from '../../e2e/unit/fake-server.ts'
import { guardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { ISSUER } from '../../e2e/unit/parsed-config.ts'
import { ApiDiagnosis } from './api-diagnosis.ts'

const OTHER = 'https://other-as.example'

test('metadata of one API explains nothing about its neighbour on the origin', async () => {
  const guardian = await guardianInTest({
    clients: { one: { issuer: ISSUER, clientId: 'a' }, two: { issuer: OTHER, clientId: 'b' } },
    resources: [
      { url: 'https://api.example/one/', client: 'one' },
      { url: 'https://api.example/two/', client: 'two' },
    ],
  })
  await guardian.core.signIn.begin('one', {}).catch(() => undefined)
  const wire = {
    ...guardian.surroundings.wire,
    fetch: async (url: string) => {
      const name = url.endsWith('/one') ? 'one' : 'two'
      return json({
        resource: `https://api.example/${name}`,
        authorization_servers: [name === 'one' ? ISSUER : OTHER],
      })
    },
  }
  const diagnosis = new ApiDiagnosis({ config: guardian.surroundings.config, wire })
  const [one, two] = guardian.surroundings.config.resources
  const session = { generation: 'g', tokens: { scope: [] } } as never
  expect((await diagnosis.explain(one!, session, undefined)).code).toBe('token-refused')
  expect((await diagnosis.explain(two!, session, undefined)).code).toBe('token-refused')
})
