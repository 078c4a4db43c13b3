import { describe, expect, test } from 'vitest'
import { APP, ISSUER, smallConfig, VAULT, vaultConfig } from '../../e2e/unit/parsed-config.ts'
import { parseConfig } from './parse-config.ts'

describe('parseConfig with a vault', () => {
  test('takes the smallest configuration, whose storage is the vault’s own', () => {
    const { vault, storage } = parseConfig(vaultConfig)
    expect(vault).toEqual({ origin: VAULT, appOrigins: [APP], serverOrigins: [ISSUER] })
    expect(storage).toBe('vault-indexeddb')
    expect(parseConfig(smallConfig)).not.toHaveProperty('vault')
  })

  test('knows the origins of every endpoint that the configuration names', () => {
    const metadata = {
      issuer: ISSUER,
      authorization_endpoint: 'https://login.example/authorize',
      token_endpoint: 'https://tokens.example/token',
      scopes_supported: ['openid'],
      op_policy_uri: 'not a URL',
    }
    const { vault } = parseConfig({
      ...vaultConfig,
      clients: { issuer: ISSUER, clientId: 'app', metadata },
      serverOrigins: ['https://keys.example'],
    })
    expect(vault?.serverOrigins.toSorted()).toEqual([
      ISSUER,
      'https://keys.example',
      'https://login.example',
      'https://tokens.example',
    ])
  })

  test.each<[object, string]>([
    [{ vaultOrigin: undefined }, 'config.vaultOrigin'],
    [{ vaultOrigin: 'http://vault.example' }, 'must be https'],
    [{ vaultOrigin: `${VAULT}/` }, `must be an origin only: '${VAULT}'`],
    [{ vaultOrigin: `${VAULT}/path` }, 'must be an origin only'],
    [{ vaultOrigin: 'https://user@vault.example' }, 'credentials'],
    [{ vaultOrigin: APP }, 'script there could read the vault'],
    [{ vaultOrigin: 'https://api.example' }, 'must hold nothing else'],
    [{ vaultOrigin: ISSUER }, 'must hold nothing else'],
    [{ appOrigins: undefined }, 'config.appOrigins'],
    [{ appOrigins: [] }, 'needs at least one origin'],
    [{ appOrigins: ['*'] }, 'is not an absolute URL'],
    [{ appOrigins: ['https://*.example'] }, 'without wildcards'],
    [{ appOrigins: [APP, 1] }, 'config.appOrigins'],
    [{ appOrigins: [`${APP}/app`] }, 'must be an origin only'],
    [{ serverOrigins: ['https://keys.example/jwks'] }, 'config.serverOrigins'],
    [{ storage: 'memory' }, `is for topology 'same-origin' only`],
  ])('refuses %j and says why', (change, reason) => {
    expect(() => parseConfig({ ...vaultConfig, ...change })).toThrow(TypeError)
    expect(() => parseConfig({ ...vaultConfig, ...change })).toThrow(reason)
  })

  test.each(['vaultOrigin', 'appOrigins', 'serverOrigins'])(
    'refuses %s where there is no vault, rather than to ignore it',
    (field) => {
      expect(() => parseConfig({ ...smallConfig, [field]: [VAULT] })).toThrow(
        `config.${field}: is for topology 'vault' only`,
      )
    },
  )
})
