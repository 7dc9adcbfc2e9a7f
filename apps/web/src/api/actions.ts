import {
  clusterResponse, commandResponse, joinTokenResponse, operationResponse, rollbackPreviewResponse, rollbackResponse,
  type CreateClusterRequest, type CreateCommandRequest, type StartRollbackRequest,
} from '@flotilla/contracts';
import type { z } from 'zod';
import type { bootstrapRequest, loginRequest, rollbackPreviewRequest } from '@flotilla/contracts';
import { call } from './client.js';

const each = encodeURIComponent;

/** Everything the console can change, one function per route; each throws ApiError. */
export const actions = {
  login: (body: z.input<typeof loginRequest>) => call('/session', { method: 'POST', body }),
  logout: () => call('/session', { method: 'DELETE' }),
  createCluster: (body: CreateClusterRequest) => call('/clusters', { method: 'POST', body, answer: clusterResponse }),
  createJoinToken: (cluster: string, body: { ttlSeconds: number; readOnly: boolean }) => call(`/clusters/${each(cluster)}/join-tokens`, { method: 'POST', body, answer: joinTokenResponse }),
  bootstrap: (cluster: string, body: z.input<typeof bootstrapRequest>) => call(`/clusters/${each(cluster)}/bootstrap`, { method: 'POST', body, answer: operationResponse }),
  command: (cluster: string, body: Partial<CreateCommandRequest> & Pick<CreateCommandRequest, 'type' | 'object'>) => call(`/clusters/${each(cluster)}/commands`, { method: 'POST', body, answer: commandResponse }),
  previewRollback: (body: z.input<typeof rollbackPreviewRequest>) => call('/rollbacks/preview', { method: 'POST', body, answer: rollbackPreviewResponse }),
  startRollback: (body: StartRollbackRequest) => call('/rollbacks', { method: 'POST', body, answer: rollbackResponse }),
  liftRollback: (id: string) => call(`/rollbacks/${each(id)}/lift`, { method: 'POST', body: {}, answer: rollbackResponse }),
};
