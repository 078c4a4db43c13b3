import { requestToSucceed, within } from './attack.ts'

export interface StoredRow {
  readonly database: string
  readonly store: string
  readonly key: unknown
  readonly value: unknown
}

const KNOWN_NAMES = ['token-guardian', 'guardian', 'token-guardian-store', 'auth']

/** Every row of every IndexedDB database of this origin, found by listing and by guessing names. */
export async function readEveryDatabase(): Promise<{ rows: StoredRow[]; notes: string[] }> {
  const notes: string[] = []
  const listed = (await indexedDB.databases()).map(({ name }) => name ?? '')
  const rows: StoredRow[] = []
  for (const name of new Set([...listed, ...KNOWN_NAMES])) {
    const database = await within(2000, open(name))
    if (database === undefined) {
      if (listed.includes(name)) notes.push(`Database ${name} could not be opened.`)
      continue
    }
    const before = rows.length
    for (const store of database.objectStoreNames) {
      rows.push(...(await readStore(database, store)))
    }
    notes.push(
      `Database ${name}: ${database.objectStoreNames.length} stores, ${rows.length - before} rows.`,
    )
    database.close()
  }
  return { rows, notes }
}

async function readStore(database: IDBDatabase, store: string): Promise<StoredRow[]> {
  const objects = database.transaction(store, 'readonly').objectStore(store)
  const [keys, values] = await Promise.all([
    requestToSucceed(objects.getAllKeys()),
    requestToSucceed<unknown[]>(objects.getAll()),
  ])
  return values.map((value, row) => ({ database: database.name, store, key: keys[row], value }))
}

/** Opens without creating: a guessed name must not leave an empty database behind. */
async function open(name: string): Promise<IDBDatabase | undefined> {
  const request = indexedDB.open(name)
  request.addEventListener('upgradeneeded', () => request.transaction?.abort())
  try {
    return await requestToSucceed(request)
  } catch {
    return undefined
  }
}

/** Every value inside a value, to any depth; a key object or a buffer is one value. */
export function* everyValue(value: unknown, depth = 0): Generator<unknown> {
  yield value
  if (typeof value !== 'object' || value === null || depth > 8) return
  if (value instanceof CryptoKey || value instanceof ArrayBuffer || ArrayBuffer.isView(value))
    return
  for (const member of value instanceof Map ? value.values() : Object.values(value)) {
    yield* everyValue(member, depth + 1)
  }
}
