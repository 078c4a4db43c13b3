import { describe, expect, test } from 'vitest'
import { offline } from '../../e2e/unit/fake-server.ts'
import { guardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { configWith, VAULT, vaultConfig } from '../../e2e/unit/parsed-config.ts'
import { vaultHeaders, type VaultSite } from '../../src/vite/vault-headers.ts'
import { checkVaultDeployment } from './vault-deployment-check.ts'

const SITE: VaultSite = {
  appOrigins: ['https://app.example', 'https://other.example'],
  connectOrigins: ['https://api.example', 'https://as.example'],
  loginPath: '/auth/login',
  logoutPath: '/auth/logout',
  callbackPaths: ['/auth/callback'],
}

type Answer = (path: string) => Response

async function check(answer: Answer): Promise<string[]> {
  const { surroundings } = await guardianInTest()
  const asked: string[] = []
  const fetch = async (url: string): Promise<Response> => {
    asked.push(url)
    return answer(new URL(url).pathname)
  }
  const config = configWith({ ...vaultConfig, appOrigins: SITE.appOrigins })
  await checkVaultDeployment({
    ...surroundings,
    config,
    origin: VAULT,
    wire: { ...surroundings.wire, fetch },
  })
  return asked
}

const deployed: Answer = (path) =>
  new Response('', { status: 200, headers: vaultHeaders(SITE, path) })

const without =
  (name: string, at: string): Answer =>
  (path) => {
    const response = deployed(path)
    if (path === at) response.headers.delete(name)
    return response
  }

describe('checkVaultDeployment', () => {
  test('passes the headers that the build writes for the hosts', async () => {
    expect((await check(deployed)).toSorted()).toEqual([
      `${VAULT}/auth/callback`,
      `${VAULT}/bridge.html`,
      `${VAULT}/token-guardian-missing-page`,
    ])
  })

  test('passes when the host cannot be asked now', async () => {
    await check(offline)
  })

  test.each([
    ['content-security-policy', '/bridge.html'],
    ['content-security-policy', '/auth/callback'],
    ['content-security-policy', '/token-guardian-missing-page'],
    ['origin-agent-cluster', '/bridge.html'],
    ['referrer-policy', '/auth/callback'],
  ])('names a missing %s of %s', async (name, path) => {
    const failed = check(without(name, path))
    await expect(failed).rejects.toMatchObject({ code: 'deployment-unsafe' })
    await expect(failed).rejects.toThrow(path)
  })

  test('finds a bridge that more or fewer than the configured apps may embed', async () => {
    for (const appOrigins of [['https://app.example'], [...SITE.appOrigins, 'https://x.example']]) {
      const other: Answer = (path) =>
        new Response('', { headers: vaultHeaders({ ...SITE, appOrigins }, path) })
      await expect(check(other)).rejects.toThrow('frame-ancestors https://app.example')
    }
  })
})
