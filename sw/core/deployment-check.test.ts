import { beforeEach, describe, expect, test } from 'vitest'
import { expectFailure } from '../../e2e/unit/expect-failure.ts'
import { offline, opaqueRedirect } from '../../e2e/unit/fake-server.ts'
import { guardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP } from '../../e2e/unit/parsed-config.ts'
import { checkDeployment } from './deployment-check.ts'
import type { Surroundings } from './surroundings.ts'

let surroundings: Surroundings
let asked: string[]
let answers: Record<'callback' | 'missing' | 'script', () => Response>

const SAFE_PAGE = {
  'content-security-policy': "default-src 'self'; frame-src 'none'; object-src 'none'",
}

beforeEach(async () => {
  asked = []
  answers = {
    callback: opaqueRedirect,
    missing: () => new Response('', { status: 404, headers: SAFE_PAGE }),
    script: () => new Response('', { status: 403 }),
  }
  const { surroundings: base } = await guardianInTest()
  const fetch = async (url: string): Promise<Response> => {
    asked.push(url)
    if (url.includes('/auth/callback')) return answers.callback()
    return url.includes('/sw.js') ? answers.script() : answers.missing()
  }
  surroundings = { ...base, wire: { ...base.wire, fetch } }
})

describe('checkDeployment', () => {
  test('passes a server that answers as the deployment guide says', async () => {
    await checkDeployment(surroundings)
    expect(asked.toSorted()).toEqual([
      `${APP}/auth/callback`,
      `${APP}/sw.js?token-guardian-other-script`,
      `${APP}/token-guardian-missing-page`,
    ])
    answers.callback = () => new Response(null, { status: 204 })
    await checkDeployment(surroundings)
  })

  test('passes when the server cannot be asked now', async () => {
    answers = { callback: offline, missing: offline, script: offline }
    await checkDeployment(surroundings)
  })

  test.each<[string, Partial<typeof answers>, string]>([
    [
      'serves a page at the redirect URI',
      { callback: () => new Response('<html>') },
      'callback-serves-page: /auth/callback must answer',
    ],
    [
      'serves error pages without a policy',
      { missing: () => new Response('', { status: 404 }) },
      'error-page-policy: pages that do not exist',
    ],
    [
      'serves another worker script',
      { script: () => new Response('', { headers: { 'content-type': 'text/javascript' } }) },
      'foreign-worker-served: requests with "Service-Worker: script"',
    ],
  ])('names what is missing, with its id, when the server %s', async (_what, change, named) => {
    Object.assign(answers, change)
    const error = await expectFailure(checkDeployment(surroundings), 'deployment-unsafe')
    expect(error.message).toContain(named)
  })
})

describe('a sign-in', () => {
  test.each(['strict', 'warn', 'off'] as const)(
    'on an unsafe server, with the check %s',
    async (deploymentCheck) => {
      const guardian = await guardianInTest({ deploymentCheck })
      const { fetch } = guardian.server
      Object.assign(guardian.surroundings.wire, {
        fetch: (url: string, init: RequestInit) =>
          url.startsWith(APP) ? Promise.resolve(new Response('<html>')) : fetch(url, init),
      })
      const begun = guardian.core.signIn.begin('default', {})
      if (deploymentCheck === 'strict') await expectFailure(begun, 'deployment-unsafe')
      else await begun
      await expect.poll(() => guardian.events.length).toBe(deploymentCheck === 'warn' ? 1 : 0)
    },
  )
})
