export { createWebhookChannel } from './webhook.ts';
export type { WebhookSettings } from './webhook.ts';
