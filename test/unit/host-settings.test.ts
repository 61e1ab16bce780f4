import { describe, expect, it } from 'vitest'
import { SettingError, settingsFromEnvironment } from '../../host/settings'

const read = (env: Record<string, string>) => settingsFromEnvironment(env, '/srv/app')

describe('the settings of the host', () => {
  it('have defaults for a first run on one machine', () => {
    expect(read({})).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      dataDir: '/srv/app/.data',
      projectDir: '/srv/app',
      staticDir: '/srv/app/dist/build/h5',
      spaceId: 'uni-captcha-local',
      clientSecret: 'local-client-secret',
      trustedProxies: [],
      allowedOrigins: [],
      databaseSynchronous: 'normal',
      databaseUrl: null,
    })
  })

  it('come from the environment, relative paths from where it was started', () => {
    const settings = read({
      PORT: '8080',
      HOST: '::1',
      DATA_DIR: 'var',
      PROJECT_DIR: '../other',
      STATIC_DIR: 'web',
      TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8::/32,192.168.1.1',
      ALLOWED_ORIGINS: 'https://app.example, http://localhost:5173',
      DB_SYNCHRONOUS: 'full',
      LOG_LEVEL: 'warn',
      ADMIN_PATH: '/captcha/admin/',
      FUNCTION_TIMEOUT_MS: '2500',
      FLOOD_LIMIT_PER_MINUTE: '0',
    })
    expect(settings).toMatchObject({ port: 8080, host: '::1', dataDir: '/srv/app/var', projectDir: '/srv/other' })
    expect(settings).toMatchObject({ staticDir: '/srv/app/web', databaseSynchronous: 'full', logLevel: 'warn' })
    expect(settings).toMatchObject({ functionTimeoutMs: 2500, floodLimitPerMinute: 0 })
    expect(settings.adminPath).toBe('/captcha/admin')
    expect(settings.trustedProxies).toEqual(['10.0.0.0/8', '2001:db8::/32', '192.168.1.1'])
    expect(settings.allowedOrigins).toEqual(['https://app.example', 'http://localhost:5173'])
  })

  it('take an empty variable as not set', () => {
    expect(read({ PORT: '', LOG_LEVEL: ' ', TRUSTED_PROXIES: ',', DATA_DIR: '' })).toEqual(read({}))
  })

  it('are refused all together, with a line for each variable that has to be mended', () => {
    const env = { PORT: '70000', LOG_LEVEL: 'loud', SPACE_ID: 'a b', ALERT_WEBHOOK: 'http://bot.example/a-key' }
    expect(() => read(env)).toThrow(
      new SettingError(
        [
          'PORT is "70000", but it has to be a whole number from 0 to 65535.',
          'SPACE_ID is "a b", but it has to be a text of 1 to 64 letters, digits, ".", "_" or "-".',
          'ALERT_WEBHOOK has to be an address that begins with https://, or not be set.',
          'LOG_LEVEL is "loud", but it has to be one of fatal, error, warn, info, debug, trace, silent.',
        ].join('\n'),
      ),
    )
  })

  it.each([
    ['ADMIN_PATH', 'admin', 'a path such as /captcha-admin'],
    ['ADMIN_PATH', '/', 'a path such as /captcha-admin'],
    ['ADMIN_PATH', '/a//b', 'a path such as /captcha-admin'],
    ['ADMIN_PATH', '/http/admin', 'a path such as /captcha-admin'],
    ['ADMIN_PATH', '/../admin', 'a path such as /captcha-admin'],
    ['ALERT_PASS_RATE_PERCENT', '0', 'a whole number from 1 to 100'],
    ['PORT', '70000', 'a whole number from 0 to 65535'],
    ['PORT', '-1', 'a whole number from 0 to 65535'],
    ['PORT', '80.5', 'a whole number from 0 to 65535'],
    ['PORT', '0x50', 'a whole number from 0 to 65535'],
    ['FUNCTION_TIMEOUT_MS', '0', 'a whole number from 1 to 600000'],
    ['LOG_LEVEL', 'loud', 'one of fatal, error, warn, info, debug, trace, silent'],
    ['DB_SYNCHRONOUS', 'off', 'one of normal, full'],
    ['SPACE_ID', 'a b', 'of 1 to 64 letters'],
    ['TRUSTED_PROXIES', '10.0.0.0/33', 'IP addresses or CIDR ranges'],
    ['TRUSTED_PROXIES', 'loopback', 'IP addresses or CIDR ranges'],
    ['TRUSTED_PROXIES', '10.0.0.0/8/8', 'IP addresses or CIDR ranges'],
    ['ALLOWED_ORIGINS', 'https://app.example/path', 'origins such as'],
    ['ALLOWED_ORIGINS', 'app.example', 'origins such as'],
    ['CSP_SOURCES', "script-src 'unsafe-inline'", 'directives with the sources to add'],
    ['CSP_SOURCES', 'script-src *', 'directives with the sources to add'],
    ['CSP_SOURCES', 'img-src', 'directives with the sources to add'],
    ['CSP_SOURCES', 'base-uri https://a.example', 'directives with the sources to add'],
    ['CSP_SOURCES', 'https://cdn.example', 'directives with the sources to add'],
    ['CSP_SOURCES', 'img-src https://a.example, https://b.example', 'directives with the sources to add'],
  ])('refuse %s=%s in one sentence that says what is allowed', (name, value, allowed) => {
    let message = ''
    try {
      read({ [name]: value })
    } catch (error) {
      if (error instanceof Error) ({ message } = error)
    }
    expect(message).toContain(`${name} is ${JSON.stringify(value)}, but it has to be`)
    expect(message).toContain(allowed)
    expect(message).not.toContain('\n')
  })
})

describe('ALERT_WEBHOOK', () => {
  it('is an https address, and a wrong one is refused in words without it', () => {
    expect(read({ ALERT_WEBHOOK: 'https://bot.example/send?key=k' }).alertWebhook).toBe(
      'https://bot.example/send?key=k',
    )
    for (const address of ['http://bot.example/?key=hunter2', 'file:///hunter2', 'hunter2']) {
      expect(() => read({ ALERT_WEBHOOK: address })).toThrow(
        /^ALERT_WEBHOOK has to be an address that begins with https/,
      )
      expect(() => read({ ALERT_WEBHOOK: address })).not.toThrow(/hunter2/)
    }
  })
})

describe('the settings of file storage', () => {
  it('come from the environment, in bytes, seconds and files an hour', () => {
    const given = {
      FILE_UPLOADS: 'functions',
      FILE_LINKS: 'signed',
      FILE_LINK_SECONDS: '600',
      FILE_LIMIT_BYTES: '1000',
      FILE_QUOTA_BYTES: '9000',
      FILE_TYPES: 'jpg, png',
      FILE_UPLOADS_PER_HOUR: '0',
      FILE_BYTES_PER_HOUR: '4000',
      FILES_DIR: 'var/files',
      PUBLIC_URL: 'https://example.com/app/',
    }
    expect(read(given)).toMatchObject({
      fileUploads: 'functions',
      fileLinks: 'signed',
      fileLinkSeconds: 600,
      fileLimitBytes: 1000,
      fileQuotaBytes: 9000,
      fileTypes: ['jpg', 'png'],
      fileUploadsPerHour: 0,
      fileBytesPerHour: 4000,
      filesDir: '/srv/app/var/files',
      publicUrl: 'https://example.com/app',
    })
    expect(read({ DATA_DIR: 'var' }).filesDir).toBe('/srv/app/var/files')
  })

  it.each([
    ['FILE_UPLOADS', 'all', 'one of clients, functions, off'],
    ['FILE_LINKS', 'private', 'one of public, signed'],
    ['FILE_LINK_SECONDS', '0', 'a whole number from 1 to 604800'],
    ['FILE_TYPES', '.jpg', 'a comma-separated list of extensions such as jpg,png,pdf'],
    ['PUBLIC_URL', 'example.com', 'an address such as https://example.com'],
    ['PUBLIC_URL', 'https://example.com/?a=1', 'an address such as https://example.com'],
    ['PUBLIC_URL', 'ftp://example.com', 'an address such as https://example.com'],
  ])('refuse %s=%s in one sentence that says what is allowed', (name, value, allowed) => {
    expect(() => read({ [name]: value })).toThrow(`${name} is ${JSON.stringify(value)}, but it has to be ${allowed}`)
  })

  it('refuse a quota that the largest file does not fit into', () => {
    const given = { FILE_LIMIT_BYTES: '10000' }
    expect(() => read({ ...given, FILE_QUOTA_BYTES: '16383' })).toThrow(
      'FILE_QUOTA_BYTES has to be at least 16384, what a file of FILE_LIMIT_BYTES takes',
    )
    expect(read({ ...given, FILE_QUOTA_BYTES: '16384' }).fileQuotaBytes).toBe(16_384)
  })

  it('refuse an hour that the largest file does not fit into', () => {
    const given = { FILE_LIMIT_BYTES: '10000' }
    expect(() => read({ ...given, FILE_BYTES_PER_HOUR: '9999' })).toThrow('FILE_BYTES_PER_HOUR has to be 0 or at least')
    for (const bytes of [0, 10_000]) {
      expect(read({ ...given, FILE_BYTES_PER_HOUR: String(bytes) }).fileBytesPerHour).toBe(bytes)
    }
  })
})

describe('DATABASE_URL', () => {
  it('is the address of a PostgreSQL database, and a wrong one is refused in words without its password', () => {
    const url = 'postgres://host:hunter2@db.example:5432/unicloud?schema=shop'
    expect(read({ DATABASE_URL: url }).databaseUrl).toBe(url)
    for (const address of [
      'mysql://u:hunter2@db/x',
      'hunter2',
      'postgres://u:hunter2@db',
      'postgres://u:hunter2@db/',
      'postgres://u:hunter2@db/x?schema=pg_x',
      'postgres://u:hunter2@db/x?schema=A"b',
    ]) {
      expect(() => read({ DATABASE_URL: address })).toThrow(/^DATABASE_URL /)
      expect(() => read({ DATABASE_URL: address })).not.toThrow(/hunter2/)
    }
  })
})
