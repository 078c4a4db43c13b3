import { beforeEach, expect, test } from 'vitest'
import { expectFailure, expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import type { ParsedTarget } from '../../src/contract/config.ts'
import { answerRefresh, refreshRequest } from './refresh-request.ts'

let guardian: GuardianInTest
let further: ParsedTarget | undefined

beforeEach(async () => {
  guardian = await guardianInTest({
    resources: [
      { url: 'https://a.example/', resource: 'urn:a' },
      { url: 'https://b.example/', resource: 'urn:b' },
    ],
  })
  further = guardian.surroundings.config.resources[1]?.target
  await guardian.signIn()
})

/** Resources of the refreshes, oldest first. */
const asked = (): (string | null)[] =>
  guardian.server.requests
    .filter(({ form }) => form.get('grant_type') === 'refresh_token')
    .map(({ form }) => form.get('resource'))

test('a token that there is none of yet is got once, whoever asks again', async () => {
  const request = refreshRequest('default', await guardian.stored(), further)
  expectNoSecret(request)
  await Promise.all([answerRefresh(guardian.core, request), answerRefresh(guardian.core, request)])
  await answerRefresh(guardian.core, request)
  expect(asked()).toEqual(['urn:b'])
})

test('a token that is stale is refreshed once, and only that one', async () => {
  await guardian.core.refresher.refresh('default', await guardian.stored(), further)
  const request = refreshRequest('default', await guardian.stored(), further)
  await answerRefresh(guardian.core, request)
  await answerRefresh(guardian.core, request)
  expect(asked()).toEqual(['urn:b', 'urn:b'])
})

test('the session’s own token is refreshed also when another API has got one in between', async () => {
  const request = refreshRequest('default', await guardian.stored(), undefined)
  await guardian.core.refresher.refresh('default', await guardian.stored(), further)
  await answerRefresh(guardian.core, request)
  await answerRefresh(guardian.core, request)
  expect(asked()).toEqual(['urn:b', 'urn:a'])
})

test('a frame of an older version asks by generation', async () => {
  const { generation } = await guardian.stored()
  const request = { type: 'refresh', client: 'default', generation } as const
  await answerRefresh(guardian.core, request)
  await answerRefresh(guardian.core, request)
  expect(asked()).toEqual(['urn:a'])
})

test('a target that is not configured gets no token, and not that of another', async () => {
  const { generation } = await guardian.stored()
  const request = { type: 'refresh', client: 'default', generation, target: 'urn:c ' } as const
  await expectFailure(answerRefresh(guardian.core, request), 'invalid-request')
  expect(asked()).toEqual([])
})
