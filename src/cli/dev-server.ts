import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'

import type { GuardianConfig } from '../contract/config.ts'
import {
  devServerFor,
  startDevServer,
  type DevServer,
  type DevServerOptions,
  type UserClaims,
} from '../testing/server/index.ts'
import type { Command, Output } from './command.ts'

const usage = `Usage: npx token-guardian dev-server [options]

Starts an OpenID Provider and a sample API on this machine, for development and tests. Any user name signs in, with any password:
never let others reach it.

  --config <file.json>       the guardian's configuration, such as dist/token-guardian.json of a build: clients, redirect URIs,
                             scopes and ports come from it
  --app-origin <origin>      with --config of the same-origin topology: where the app is; else one more origin that may call the API
  --client-id <id>           without --config: a public client with PKCE. Default: app
  --redirect-uri <uri>       without --config: compared to the letter; may be repeated
  --scope <scope>            a scope of the API, besides OpenID Connect's own; may be repeated
  --port <port>              of the OpenID Provider. Default: 4000, or that of the configuration's issuer
  --api-port <port>          of the sample API. Default: 4001, or that of the configuration's API
  --no-api                   no sample API
  --user <name>=<file.json>  claims of a user; may be repeated
  --token-seconds <seconds>  lifetime of access tokens. Default: 300
  --require-par              refuse authorization requests that were not pushed
  --require-dpop-nonce       demand a nonce in DPoP proofs
  --dangerously-listen-on <address>
                             instead of loopback, such as 0.0.0.0 in a container. Whoever reaches it signs in as anybody`

/** Runs until the process is told to stop. */
export const devServerCommand: Command = {
  usage,
  async run(args, output) {
    let options: DevServerOptions
    try {
      options = await readOptions(args)
    } catch (error) {
      output.complain(`${messageOf(error)}\n\n${usage}`)
      return 2
    }
    try {
      const server = await startDevServer(options)
      const stopped = untilStopped()
      describe(server, options, output)
      await stopped
      await server.close()
      return 0
    } catch (error) {
      output.complain(explain(error))
      return error instanceof TypeError ? 2 : 1
    }
  },
}

/** @throws Error that says which argument makes no sense */
async function readOptions(args: readonly string[]): Promise<DevServerOptions> {
  const text = { type: 'string' } as const
  const texts = { type: 'string', multiple: true, default: [] as string[] } as const
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: false,
    options: {
      config: text,
      'app-origin': texts,
      'client-id': text,
      'redirect-uri': texts,
      scope: texts,
      port: text,
      'api-port': text,
      'no-api': flag,
      user: texts,
      'token-seconds': text,
      'require-par': flag,
      'require-dpop-nonce': flag,
      'dangerously-listen-on': text,
    },
  })
  const { config, 'client-id': clientId, 'redirect-uri': redirectUris } = values
  const appOrigins = values['app-origin']
  if (config !== undefined && (clientId !== undefined || redirectUris.length > 0)) {
    throw new Error('--client-id and --redirect-uri are in the configuration: leave them out')
  }
  const base =
    config === undefined
      ? { clients: [{ clientId: clientId ?? 'app', redirectUris }], appOrigins }
      : await optionsOfFile(config, appOrigins)
  const address = values['dangerously-listen-on']
  return {
    ...base,
    ...(values.scope.length > 0 && { scopes: [...(base.scopes ?? []), ...values.scope] }),
    ...numberIn(values.port, 'port', 65_535),
    ...(values['no-api'] ? { apiPort: false } : numberIn(values['api-port'], 'apiPort', 65_535)),
    ...numberIn(values['token-seconds'], 'accessTokenSeconds', 86_400),
    users: Object.fromEntries(await Promise.all(values.user.map(readUser))),
    requirePushedRequests: values['require-par'],
    requireDpopNonce: values['require-dpop-nonce'],
    ...(address !== undefined && { dangerouslyListenOn: address }),
  }
}

async function optionsOfFile(
  file: string,
  appOrigins: readonly string[],
): Promise<DevServerOptions> {
  // Checked as a whole by `devServerFor`.
  const config = (await readJson(file)) as GuardianConfig
  const [appOrigin] = appOrigins
  const options = devServerFor(config, appOrigin === undefined ? {} : { appOrigin })
  return { ...options, appOrigins: [...(options.appOrigins ?? []), ...appOrigins] }
}

async function readUser(argument: string): Promise<[string, UserClaims]> {
  const at = argument.indexOf('=')
  const [name, file] = [argument.slice(0, at).trim(), argument.slice(at + 1)]
  if (at < 0 || name === '' || file === '') {
    throw new Error(`--user ${argument}: write <name>=<file.json>`)
  }
  const claims = await readJson(file)
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
    throw new Error(`${file} must hold an object of claims`)
  }
  return [name, { ...claims }]
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`${file} cannot be read: ${messageOf(error)}`)
  })
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`${basename(file)} is not JSON: ${messageOf(error)}`, { cause: error })
  }
}

function numberIn<Name extends string>(
  text: string | undefined,
  name: Name,
  most: number,
): { readonly [Key in Name]?: number } {
  if (text === undefined) return {}
  if (/^\d+$/.test(text) && Number(text) <= most) {
    return { [name]: Number(text) } as { readonly [Key in Name]?: number }
  }
  throw new Error(`${text} is no whole number from 0 to ${most}`)
}

function describe(
  { issuer, apiOrigin }: DevServer,
  { clients, dangerouslyListenOn }: DevServerOptions,
  { print }: Output,
): void {
  print(`OpenID Provider  ${issuer}`)
  if (apiOrigin !== undefined) print(`Sample API       ${apiOrigin}`)
  for (const { clientId, redirectUris } of clients) {
    for (const uri of redirectUris) print(`Client           ${clientId} at ${uri}`)
  }
  print('For development only: any user name signs in, with any password.')
  if (dangerouslyListenOn !== undefined) {
    print(`DANGER: whoever reaches ${dangerouslyListenOn} signs in as anybody.`)
  }
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

function explain(error: unknown): string {
  if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) {
    return messageOf(error)
  }
  return `${error.message}. Stop what uses the port, or choose another with --port and --api-port; --no-api leaves the sample API out.`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
