import { readdir, readFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { CONFIG_SCRIPT } from '../contract/config-script.ts'
import type { GuardianConfig, ParsedConfig } from '../contract/config.ts'
import { parseConfig } from '../contract/parse-config.ts'
import { APP_WORKER, appWorker, CONFIG_JSON, filesBesideWorker } from '../vite/app-files.ts'
import { buildVault } from '../vite/build-vault.ts'
import { prebuilt } from '../vite/prebuilt.ts'
import { whatToRegister } from '../vite/what-to-register.ts'
import { writeFiles } from '../vite/write-files.ts'
import type { Command, Output } from './command.ts'

const USAGE = `Usage: npx token-guardian bake <config.json> --out <folder> [options]

Checks a configuration and makes the app's worker of it, ${APP_WORKER}, without a bundler; with topology "vault" also
the vault's folder with the headers for its host. ${CONFIG_JSON}, the configuration for tools, is put beside the worker.

  --out <folder>        folder of the app's files in which the worker is served
  --vault-out <folder>  the vault's folder, emptied first; by default that of the app with "-vault" added
  --beside              leaves the configuration out of the worker, and writes it to ${CONFIG_SCRIPT} beside it
  --config-only         as --beside, without the worker: for one build that serves many environments
  --client              adds token-guardian.js, the page's part as a module, for pages without a bundler`

/** The configuration, or the arguments, cannot be used. */
class Refusal extends Error {
  readonly exitCode: 1 | 2

  constructor(exitCode: 1 | 2, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}

interface Wish {
  readonly configFile: string
  readonly out: string
  readonly vaultOut: string
  readonly worker: 'baked' | 'beside' | 'none'
  readonly client: boolean
}

export const bakeCommand: Command = {
  usage: USAGE,
  run: async (args, output) => {
    try {
      await bake(readArguments(args), output)
      return 0
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      output.complain(error.message)
      return error.exitCode
    }
  },
}

async function bake(wish: Wish, output: Output): Promise<void> {
  const { config, parsed } = await readConfig(wish.configFile)
  const place = wish.worker === 'baked' ? 'in-worker' : 'beside-worker'
  const files: Record<string, string> = { ...filesBesideWorker(config, place) }
  if (wish.worker !== 'none') files[APP_WORKER] = await appWorker(config, place)
  if (wish.client) files['token-guardian.js'] = await prebuilt('token-guardian.js')
  if (parsed.vault) {
    await checkVaultOut(wish)
    await buildVault(config, wish.vaultOut)
  }
  await writeFiles(wish.out, files)
  for (const name of Object.keys(files)) output.print(`wrote ${shown(join(wish.out, name))}`)
  if (parsed.vault)
    output.print(`wrote ${shown(wish.vaultOut)}/, to be served on ${parsed.vault.origin}`)
  output.print(whatToRegister(parsed))
}

function readArguments(args: readonly string[]): Wish {
  const { values, positionals } = parse(args)
  const [configFile, ...rest] = positionals
  const { out } = values
  if (configFile === undefined || rest.length > 0 || out === undefined) {
    throw new Refusal(2, `Name one configuration, and the folder with --out.\n\n${USAGE}`)
  }
  if (values.beside && values['config-only']) {
    throw new Refusal(2, '--beside writes the worker and --config-only does not: choose one')
  }
  return {
    configFile,
    out: resolve(out),
    vaultOut: resolve(values['vault-out'] ?? `${resolve(out)}-vault`),
    worker: values['config-only'] ? 'none' : values.beside ? 'beside' : 'baked',
    client: values.client ?? false,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        out: { type: 'string' },
        'vault-out': { type: 'string' },
        beside: { type: 'boolean' },
        'config-only': { type: 'boolean' },
        client: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new Refusal(2, `${messageOf(error)}\n\n${USAGE}`)
  }
}

async function readConfig(
  file: string,
): Promise<{ readonly config: GuardianConfig; readonly parsed: ParsedConfig }> {
  let config: unknown
  try {
    config = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new Refusal(1, `${file} could not be read as JSON: ${messageOf(error)}`)
  }
  try {
    return { config: config as GuardianConfig, parsed: parseConfig(config) }
  } catch (error) {
    throw new Refusal(1, `${file}: ${messageOf(error)}`)
  }
}

/** It is emptied, so it had better be one. */
async function checkVaultOut({ out, vaultOut }: Wish): Promise<void> {
  if (!relative(vaultOut, out).startsWith('..')) {
    throw new Refusal(2, `The app's folder must not be inside ${shown(vaultOut)}, which is emptied`)
  }
  const names = await readdir(vaultOut).catch((): string[] => [])
  if (names.length === 0 || names.includes('bridge.html')) return
  throw new Refusal(
    1,
    `${shown(vaultOut)} holds something else than a vault and would be emptied: remove it, or name another with --vault-out`,
  )
}

function shown(path: string): string {
  return relative(process.cwd(), path) || '.'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
