import { describe, expect, test } from 'vitest'
import type { GuardianConfig } from '../../contract/config.ts'
import { devServerFor } from './dev-server-for.ts'

const vault: GuardianConfig = {
  topology: 'vault',
  vaultOrigin: 'http://localhost:5174',
  appOrigins: ['http://localhost:5173'],
  clients: {
    issuer: 'http://localhost:4000',
    clientId: 'shop',
    scope: 'openid profile orders:read',
  },
  resources: [{ url: 'http://localhost:4001/v1/' }],
}

describe('the development server of a configuration', () => {
  test('knows the vault’s redirect URIs, the scopes of the API, and where both listen', () => {
    expect(devServerFor(vault)).toEqual({
      port: 4000,
      apiPort: 4001,
      clients: [
        {
          clientId: 'shop',
          redirectUris: ['http://localhost:5174/auth/callback'],
          postLogoutRedirectUris: ['http://localhost:5174/auth/logout'],
        },
      ],
      resources: ['http://localhost:4001/'],
      apiAudience: 'http://localhost:4001/',
      scopes: ['orders:read'],
      appOrigins: ['http://localhost:5173'],
    })
  })

  test('needs the app’s origin without a vault', () => {
    const { vaultOrigin: _, appOrigins: __, ...rest } = vault
    const config: GuardianConfig = { ...rest, topology: 'same-origin' }
    expect(() => devServerFor(config)).toThrow('app’s origin')
    expect(devServerFor(config, { appOrigin: 'http://localhost:8080' }).clients).toMatchObject([
      { redirectUris: ['http://localhost:8080/auth/callback'] },
    ])
  })

  test('leaves the sample API out where the API is elsewhere, and calls it what the configuration does', () => {
    const resources = [
      { url: 'https://api.example.com/v1/', resource: 'urn:orders' },
      { url: 'https://mail.example.com/' },
    ]
    expect(devServerFor({ ...vault, resources: resources.slice(0, 1) })).toMatchObject({
      apiPort: false,
      resources: ['urn:orders'],
    })
    const here = [{ url: 'http://localhost:9000/', resource: 'urn:orders' }]
    expect(devServerFor({ ...vault, resources: here })).toMatchObject({
      apiPort: 9000,
      apiAudience: 'urn:orders',
    })
  })

  test('takes the clients of the one issuer that is on this machine', () => {
    const here = { issuer: 'http://localhost:4000', clientId: 'shop' }
    const clients = {
      one: { ...here, redirectPath: '/auth/one' },
      two: { ...here, redirectPath: '/auth/two' },
      away: { issuer: 'https://id.example.com', clientId: 'x', redirectPath: '/auth/away' },
    }
    const resources = [{ url: 'http://localhost:4001/', client: 'one' }]
    expect(devServerFor({ ...vault, clients, resources }).clients).toEqual([
      {
        clientId: 'shop',
        redirectUris: ['http://localhost:5174/auth/one', 'http://localhost:5174/auth/two'],
        postLogoutRedirectUris: ['http://localhost:5174/auth/logout'],
      },
    ])
  })

  test('refuses an issuer at which it could not listen', () => {
    for (const issuer of ['https://id.example.com', 'http://localhost:4000/tenant']) {
      const clients = { issuer, clientId: 'shop' }
      expect(() => devServerFor({ ...vault, clients })).toThrow('http://localhost:4000')
    }
  })
})
