import { readFile } from 'node:fs/promises'
import type { ParsedConfig } from '../../contract/config.ts'
import { parseConfig } from '../../contract/parse-config.ts'
import { CONFIG_FILE, configUrls, isAnswer, type Answer, type Deployment } from '../deployment.ts'
import { shown } from '../finding.ts'

/** There is no configuration to check against; the message says what to do. */
export class NoConfig extends Error {
  override readonly name = 'NoConfig'
}

/**
 * The configuration that the app was built with: from a file, or as the app's host publishes it. It is no secret, and it is
 * trusted no further than to ask the servers that it names.
 * @throws NoConfig
 */
export async function loadConfig(
  place: Pick<Deployment, 'appUrl' | 'workerUrl' | 'ask'>,
  file: string | undefined,
): Promise<ParsedConfig> {
  const [where, text] =
    file === undefined ? await publishedConfig(place) : [file, await readConfigFile(file)]
  try {
    return parseConfig(JSON.parse(text))
  } catch (error) {
    const why = error instanceof SyntaxError ? 'It is no JSON.' : messageOf(error)
    throw new NoConfig(`${where} cannot be used. ${why}`)
  }
}

async function publishedConfig({
  appUrl,
  workerUrl,
  ask,
}: Pick<Deployment, 'appUrl' | 'workerUrl' | 'ask'>): Promise<[string, string]> {
  const reasons: string[] = []
  for (const url of configUrls(appUrl, workerUrl)) {
    const answer = await ask(url, { headers: { accept: 'application/json' } })
    if (isAnswer(answer) && isFile(answer)) return [url, answer.text]
    const why = isAnswer(answer)
      ? `answers ${answer.status} as ${shown(answer.headers.get('content-type') ?? 'no type')}`
      : `cannot be reached: ${answer.failed}`
    reasons.push(`${url} ${why}`)
  }
  throw new NoConfig(
    `There is no configuration: ${reasons.join(', ')}. Deploy the ${CONFIG_FILE} of the build beside the worker, or name a file with --config.`,
  )
}

/** Not the start page, with which some hosts answer for every missing file. */
function isFile({ status, headers }: Answer): boolean {
  return status === 200 && headers.get('content-type')?.includes('html') !== true
}

async function readConfigFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new NoConfig(`${file} cannot be read: ${messageOf(error)}`)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
