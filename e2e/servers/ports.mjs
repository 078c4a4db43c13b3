import { createServer } from 'node:net'

/** A setting that the person who started us has to change. */
export class SettingsError extends Error {}

/**
 * Reads `APP_PORT`, `VAULT_PORT`, `AS_PORT`, `API_PORT` and `AT_TTL` (seconds).
 *
 * @param {NodeJS.ProcessEnv} env
 * @throws {SettingsError} for a value that cannot be used.
 */
export function readSettings(env) {
  const settings = {
    appPort: readWhole(env, 'APP_PORT', 5173, 1, 65_535),
    vaultPort: readWhole(env, 'VAULT_PORT', 5174, 1, 65_535),
    asPort: readWhole(env, 'AS_PORT', 4000, 1, 65_535),
    apiPort: readWhole(env, 'API_PORT', 4001, 1, 65_535),
    accessTokenSeconds: readWhole(env, 'AT_TTL', 60, 1, 86_400),
  }
  const { appPort, vaultPort, asPort, apiPort } = settings
  if (new Set([appPort, vaultPort, asPort, apiPort]).size < 4) {
    throw new SettingsError(
      `APP_PORT=${appPort}, VAULT_PORT=${vaultPort}, AS_PORT=${asPort} and API_PORT=${apiPort} must be four different ports`,
    )
  }
  return settings
}

/**
 * @param {ReturnType<typeof readSettings>} settings
 * @throws {SettingsError} when a port is taken, on IPv4 or IPv6.
 */
export async function checkPortsAreFree({ appPort, vaultPort, asPort, apiPort }) {
  const wanted = { APP_PORT: appPort, VAULT_PORT: vaultPort, AS_PORT: asPort, API_PORT: apiPort }
  for (const [variable, port] of Object.entries(wanted)) {
    for (const host of ['127.0.0.1', '::1']) {
      const code = await tryListen(port, host)
      if (code === 'EADDRINUSE') {
        throw new SettingsError(
          `Port ${port} is taken. Stop what uses it, or choose another port: ${variable}=${port === 65_535 ? 8080 : port + 1}`,
        )
      }
      if (code === 'EACCES') {
        throw new SettingsError(`Port ${port} is not allowed for this user. Change ${variable}.`)
      }
    }
  }
}

/** @returns {Promise<string | undefined>} the system's error code, if any */
function tryListen(port, host) {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(error.code))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

function readWhole(env, name, fallback, min, max) {
  const text = env[name]
  if (text === undefined || text === '') return fallback
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= min && value <= max) return value
  throw new SettingsError(`${name}=${text} must be a whole number from ${min} to ${max}`)
}
