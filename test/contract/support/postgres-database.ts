import { openPostgres } from '../../../host/database'
import { postgresUrl, type Driver } from '../../fixtures/database/open'
import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { openTemporaryDatabase } from './cloud-database'

// In a file of its own: cloud-database.ts is bundled into programs that run without the test runner.

/** The host's database on PostgreSQL, in a schema of its own. */
export async function openPostgresDatabase(): Promise<{ database: CloudDatabase; close(): Promise<void> }> {
  const opened = await openPostgres({ url: await postgresUrl(), maxConnections: 4 })
  return { database: opened.api as unknown as CloudDatabase, close: () => opened.close() }
}

/** The host's database of either kind, empty. */
export async function openCloudDatabase(
  driver: Driver,
): Promise<{ database: CloudDatabase; close(): Promise<void> | void }> {
  return driver === 'SQLite' ? openTemporaryDatabase() : openPostgresDatabase()
}
