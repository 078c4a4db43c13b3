import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a portal of LemonLDAP::NG is set up with. */
export interface LemonldapConfiguration {
  /** Origin of the portal as browsers see it. */
  readonly origin: string
  /** The app's client. It is public. */
  readonly clientId: string
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  /** The API's client: LemonLDAP::NG answers introspection to clients with a secret only. */
  readonly api: { readonly clientId: string; readonly clientSecret: string }
}

/** Where the parts are in a folder that {@link writeConfiguration} filled. */
export interface LemonldapFiles {
  /** Value of `LLNG_DEFAULTCONFFILE`. */
  readonly iniFile: string
  /** One file for every session, token and consent, named by its id. */
  readonly sessions: string
}

/** The app's name inside the portal's configuration. */
export const appInPortal = 'app'

const templates = '/usr/share/lemonldap-ng/portal/templates'
const accessTokenSeconds = 3600

/**
 * Writes what the portal reads at its start: the file that says where the configuration is, the configuration, and empty folders for
 * what it stores. Whatever is not said here is the package's own default, CORS for all included.
 */
export async function writeConfiguration(
  folder: string,
  configuration: LemonldapConfiguration,
): Promise<LemonldapFiles> {
  const dirName = join(folder, 'configuration')
  const sessions = join(folder, 'sessions')
  const locks = join(folder, 'locks')
  await Promise.all([dirName, sessions, locks].map((one) => mkdir(one)))
  const iniFile = join(folder, 'lemonldap-ng.ini')
  await writeFile(
    iniFile,
    [
      '[all]',
      'logLevel = error',
      'logger = Lemonldap::NG::Common::Logger::Std',
      '[configuration]',
      'type = File',
      `dirName = ${dirName}`,
      '[portal]',
      'staticPrefix = /static',
      `templateDir = ${templates}`,
      'languages = en',
      '',
    ].join('\n'),
  )
  await writeFile(
    join(dirName, 'lmConf-1.json'),
    JSON.stringify({
      // It reads no configuration without a date.
      cfgNum: 1,
      cfgDate: Math.floor(Date.now() / 1000),
      // Encrypts what the portal gives to browsers.
      key: randomBytes(16).toString('hex'),
      ...places(configuration.origin),
      ...storage(sessions, locks),
      ...openIdConnect(configuration),
    }),
  )
  return { iniFile, sessions }
}

function places(origin: string): object {
  return {
    portal: `${origin}/`,
    // The cookie's domain is this with a dot before it, which browsers take as the host itself. It is not marked secure.
    domain: 'localhost',
    securedCookie: 0,
    locationRules: { localhost: { default: 'accept' } },
    // Accounts such as dwho, whose password is the name.
    authentication: 'Demo',
    userDB: 'Same',
    // As many wrong passwords as the tests like.
    bruteForceProtection: 0,
  }
}

/** Files and nothing before them: what is deleted there is forgotten at once. */
function storage(sessions: string, locks: string): object {
  return {
    globalStorage: 'Apache::Session::File',
    globalStorageOptions: {
      Directory: sessions,
      LockDirectory: locks,
      generateModule: 'Lemonldap::NG::Common::Apache::Session::Generate::SHA256',
    },
    localSessionStorage: '',
    tokenUseGlobalStorage: 1,
    forceGlobalStorageIssuerOTT: 1,
    handlerInternalCache: 0,
  }
}

function openIdConnect(configuration: LemonldapConfiguration): object {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  const { clientId, redirectUris, postLogoutRedirectUris, api } = configuration
  return {
    issuerDBOpenIDConnectActivation: 1,
    oidcServicePrivateKeySig: privateKey,
    oidcServicePublicKeySig: publicKey,
    oidcServiceKeyIdSig: randomUUID(),
    oidcServiceAccessTokenExpiration: accessTokenSeconds,
    oidcRPMetaDataOptions: {
      [appInPortal]: {
        oidcRPMetaDataOptionsClientID: clientId,
        oidcRPMetaDataOptionsDisplayName: 'The app',
        oidcRPMetaDataOptionsPublic: 1,
        oidcRPMetaDataOptionsRequirePKCE: 1,
        oidcRPMetaDataOptionsRefreshToken: 1,
        oidcRPMetaDataOptionsIDTokenSignAlg: 'RS256',
        oidcRPMetaDataOptionsRedirectUris: redirectUris.join(' '),
        oidcRPMetaDataOptionsPostLogoutRedirectUris: postLogoutRedirectUris.join(' '),
        oidcRPMetaDataOptionsLogoutBypassConfirm: 1,
      },
      api: {
        oidcRPMetaDataOptionsClientID: api.clientId,
        oidcRPMetaDataOptionsClientSecret: api.clientSecret,
        oidcRPMetaDataOptionsIDTokenSignAlg: 'RS256',
      },
    },
    oidcRPMetaDataExportedVars: { [appInPortal]: { name: 'cn', email: 'mail' }, api: {} },
  }
}
