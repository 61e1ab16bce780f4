import type { Language } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import type { EmailMessage } from './provider'

interface Texts {
  subject: string
  greeting: string
  life: string
  ignore: string
}

/** `{name}` is the application's, which may be empty; the code is in the body alone, for lock screens show subjects. */
const TEXTS: Record<Language, Texts> = {
  'zh-Hans': {
    subject: '{name}验证码',
    greeting: '您的{name}验证码是：',
    life: '{minutes} 分钟内有效，请勿告诉他人。',
    ignore: '如果不是您本人操作，请忽略此邮件。',
  },
  'zh-Hant': {
    subject: '{name}驗證碼',
    greeting: '您的{name}驗證碼是：',
    life: '{minutes} 分鐘內有效，請勿告訴他人。',
    ignore: '如果不是您本人操作，請忽略此郵件。',
  },
  en: {
    subject: '{name}verification code',
    greeting: 'Your {name}verification code is:',
    life: 'It is valid for {minutes} minutes. Do not share it with anyone.',
    ignore: 'If you did not request it, please ignore this e-mail.',
  },
}

export interface EmailText {
  subject: string
  text: string
  html: string
}

/** A message in its language, as text and as HTML that says the same. */
export function toEmailText({ code, minutes, language }: EmailMessage, name: string): EmailText {
  const texts = TEXTS[language]
  const spaced = name === '' ? '' : `${name} `
  const fill = (text: string) => text.replace('{name}', () => spaced).replace('{minutes}', String(minutes))
  const [subject, greeting, life, ignore] = [texts.subject, texts.greeting, texts.life, texts.ignore].map(fill) as [
    string,
    string,
    string,
    string,
  ]
  return {
    // An application's name stays as it is written.
    subject: name === '' ? subject.charAt(0).toUpperCase() + subject.slice(1) : subject,
    text: [greeting, '', code, '', life, ignore, ''].join('\n'),
    html: `<!doctype html>
<html lang="${language}"><meta charset="utf-8"><title>${escapeHtml(subject)}</title>
<body style="margin:0;padding:24px;font:16px/1.6 sans-serif">
<p>${escapeHtml(greeting)}</p>
<p style="font:600 28px/1.4 monospace;letter-spacing:4px">${code}</p>
<p>${escapeHtml(life)}<br>${escapeHtml(ignore)}</p>
</body></html>
`,
  }
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
