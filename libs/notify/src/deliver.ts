import { createHmac } from 'node:crypto';
import { FlotillaError } from '@flotilla/contracts';
import { type Integration, renderText, type SlackIntegration, type WebhookIntegration, type WebhookMessage } from '@flotilla/domain';
import type { Outbound, OutboundResponse } from '@flotilla/outbound';

const deliveryTimeoutMs = 10_000;
/** Of an answer, this much is read: it is only for the record. */
const answerBytesMax = 64 * 1024;
/** Signature of a webhook: `sha256=<hex>` of HMAC-SHA256 over the body, as GitHub's `X-Hub-Signature-256`. */
const signatureHeader = 'X-Flotilla-Signature-256';
const deliveryHeader = 'X-Flotilla-Delivery';

/** The value of the signature header for a body. */
export function signBody(key: string, body: string | Uint8Array): string {
  return `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
}

/**
 * Sends one message to one receiver's integration. The delivery id is the same on every try, so that a receiver can drop repetitions.
 * @throws FlotillaError retryable when the other side may take it later (no answer, 408, 429, 5xx), else not
 */
export async function deliver(outbound: Outbound, integration: Integration, message: WebhookMessage, deliveryId: string): Promise<void> {
  const answer =
    integration.kind === 'webhook' ? await sendWebhook(outbound, integration, message, deliveryId) : await sendSlack(outbound, integration, message);
  if (answer.status >= 200 && answer.status < 300) return;
  const again = answer.status === 408 || answer.status === 429 || answer.status >= 500;
  // the path of a chat webhook is its secret, so only the origin is named
  throw new FlotillaError(
    'unavailable',
    `${new URL(urlOf(integration)).origin} answered ${answer.status}${again ? '; it is tried again' : '; check the receiver'}`,
    { retryable: again },
  );
}

const urlOf = (integration: Integration): string => (integration.kind === 'webhook' ? integration.url : integration.apiUrl);

function sendWebhook(outbound: Outbound, integration: WebhookIntegration, message: WebhookMessage, deliveryId: string): Promise<OutboundResponse> {
  const body = JSON.stringify(message);
  return outbound.request(integration.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      [deliveryHeader]: deliveryId,
      ...(integration.hmacSecret === null ? {} : { [signatureHeader]: signBody(integration.hmacSecret, body) }),
    },
    body,
    timeoutMs: deliveryTimeoutMs,
    bodyBytesMax: answerBytesMax,
  });
}

/** Slack's incoming webhook: https://api.slack.com/messaging/webhooks */
function sendSlack(outbound: Outbound, integration: SlackIntegration, message: WebhookMessage): Promise<OutboundResponse> {
  const { title, text } = renderText(message);
  const escape = (raw: string): string => raw.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return outbound.request(integration.apiUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...(integration.channel === null ? {} : { channel: integration.channel }),
      text: escape(title),
      attachments: [{ color: message.status === 'firing' ? 'danger' : 'good', fallback: escape(title), text: escape(text) }],
    }),
    timeoutMs: deliveryTimeoutMs,
    bodyBytesMax: answerBytesMax,
  });
}
