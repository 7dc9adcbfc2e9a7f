import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  agentMessage,
  enrollChallengeRequest,
  enrollRequest,
  type AgentMessage,
  type CommandClaims,
  type CommandResult,
  type HubMessage,
} from '@flotilla/contracts/agent';
import { CompactSign, decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, jwtVerify, type CryptoKey, type JWK } from 'jose';
import { WebSocketServer, type WebSocket } from 'ws';
import { FakeHubCluster } from './fake-hub-cluster.js';

interface Joined {
  readonly clusterId: string;
  readonly incarnation: number;
  readonly publicKey: JWK;
}

/** A hub that speaks the agent protocol over real sockets and keeps everything in memory. Listens on a free loopback port. */
export class FakeHub {
  readonly clusters = new Map<string, FakeHubCluster>();
  readonly results: CommandResult[] = [];
  readonly messages: AgentMessage[] = [];
  /** messages whose ack is swallowed */
  swallowReplies = false;
  heartbeatSeconds = 15;
  enrolments = 0;
  connections = 0;
  private readonly tokens = new Map<string, { clusterId: string; usedBy?: string }>();
  private readonly nonces = new Set<string>();
  private readonly joined = new Map<string, Joined>();
  private readonly sockets = new Map<string, WebSocket>();
  private readonly seenAssertions = new Set<string>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
    private readonly commandKey: CryptoKey,
    readonly commandKeys: { keys: JWK[] },
  ) {}

  static async start(): Promise<FakeHub> {
    const pair = await generateKeyPair('ES256', { extractable: true });
    const commandKeys = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'command-1', alg: 'ES256', use: 'sig' }] };
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const hub = new FakeHub(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, pair.privateKey, commandKeys);
    const upgrades = new WebSocketServer({ noServer: true });
    server.on('request', (request, response) => void hub.answer(request, response));
    server.on('upgrade', (request, socket, head) => {
      void hub.accept(request).then((joined) => {
        if (!joined) socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n');
        else upgrades.handleUpgrade(request, socket, head, (client) => hub.connect(client, joined));
      });
    });
    return hub;
  }

  /** A one-use token for a cluster. */
  makeToken(clusterId: string = randomUUID()): { token: string; clusterId: string } {
    const token = randomBytes(16).toString('hex');
    this.tokens.set(token, { clusterId });
    return { token, clusterId };
  }

  cluster(clusterId: string): FakeHubCluster {
    const found = this.clusters.get(clusterId) ?? new FakeHubCluster();
    this.clusters.set(clusterId, found);
    return found;
  }

  isConnected(clusterId: string): boolean {
    return this.sockets.has(clusterId);
  }

  /** Breaks a live connection without a word. */
  cut(clusterId: string): void {
    this.sockets.get(clusterId)?.terminate();
  }

  say(clusterId: string, message: HubMessage): void {
    this.sockets.get(clusterId)?.send(JSON.stringify(message));
  }

  /** Signs and sends a command; `overrides` replace claims or the key it is signed with. */
  async command(
    clusterId: string,
    command: Pick<CommandClaims, 'number' | 'arguments'> & Partial<CommandClaims>,
    key: CryptoKey = this.commandKey,
  ): Promise<string> {
    const id = command.id ?? randomUUID();
    const joined = this.joined.get(clusterId);
    const claims = {
      id,
      clusterId,
      incarnation: joined?.incarnation ?? 0,
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
      precondition: {},
      ...command,
    };
    const jws = await new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ alg: 'ES256', kid: 'command-1' }).sign(key);
    this.say(clusterId, { v: 1, type: 'command', jws });
    return id;
  }

  /** A key the hub does not vouch for. */
  static async strangersKey(): Promise<CryptoKey> {
    return (await generateKeyPair('ES256')).privateKey;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets.values()) socket.terminate();
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const { status, answer } = request.url?.endsWith('/challenge') ? this.challenge(body) : await this.enrol(body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  private challenge(body: unknown): { status: number; answer: unknown } {
    const known = this.tokens.get(enrollChallengeRequest.parse(body).token);
    if (!known) return { status: 401, answer: { code: 'join-token-unknown', detail: 'the join token is not known' } };
    const nonce = randomUUID();
    this.nonces.add(nonce);
    return { status: 200, answer: { nonce, clusterId: known.clusterId } };
  }

  private async enrol(body: unknown): Promise<{ status: number; answer: unknown }> {
    const { token, nonce, publicKey, proof } = enrollRequest.parse(body);
    const known = this.tokens.get(token);
    const { payload } = await jwtVerify(proof, await importJWK(publicKey, 'ES256'));
    const tokenHash = createHash('sha256').update(token).digest('hex');
    if (!known || !this.nonces.delete(nonce) || payload['nonce'] !== nonce || payload['tokenHash'] !== tokenHash)
      return { status: 401, answer: { code: 'proof-invalid', detail: 'the proof does not verify' } };
    if (known.usedBy !== undefined && known.usedBy !== publicKey.x)
      return { status: 409, answer: { code: 'join-token-used', detail: 'the join token was used already' } };
    known.usedBy = publicKey.x;
    this.enrolments += 1;
    const joined: Joined = { clusterId: known.clusterId, incarnation: (this.joined.get(known.clusterId)?.incarnation ?? 0) + 1, publicKey };
    this.joined.set(known.clusterId, joined);
    return {
      status: 200,
      answer: {
        clusterId: joined.clusterId,
        incarnation: joined.incarnation,
        state: 'accepted',
        commandKeys: this.commandKeys,
        streamUrl: `${this.url.replace('http', 'ws')}/agent/v1/stream`,
      },
    };
  }

  private async accept(request: IncomingMessage): Promise<Joined | undefined> {
    try {
      const jws = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
      const [clusterId = '', incarnation] = (decodeProtectedHeader(jws).kid ?? '').split('.');
      const joined = this.joined.get(clusterId);
      if (!joined || String(joined.incarnation) !== incarnation) return undefined;
      const { payload } = await jwtVerify(jws, await importJWK(joined.publicKey, 'ES256'), { issuer: clusterId, audience: this.url, maxTokenAge: '60s' });
      if (payload.jti === undefined || this.seenAssertions.has(payload.jti)) return undefined;
      this.seenAssertions.add(payload.jti);
      return joined;
    } catch {
      return undefined;
    }
  }

  private connect(socket: WebSocket, { clusterId }: Joined): void {
    this.sockets.get(clusterId)?.terminate();
    this.sockets.set(clusterId, socket);
    this.connections += 1;
    const cluster = this.cluster(clusterId);
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      if (this.sockets.get(clusterId) === socket) this.sockets.delete(clusterId);
    });
    socket.on('message', (raw: Buffer) => {
      const message = agentMessage.parse(JSON.parse(raw.toString('utf8')));
      this.messages.push(message);
      if (message.type === 'hello') {
        const welcome: HubMessage = {
          v: 1,
          type: 'welcome',
          ...cluster.welcome(message),
          serverTime: new Date().toISOString(),
          settings: { heartbeatSeconds: this.heartbeatSeconds, commandKeys: this.commandKeys },
        };
        socket.send(JSON.stringify(welcome));
        return;
      }
      if (message.type === 'command.result') this.results.push(message.result);
      for (const reply of cluster.take(message)) if (!this.swallowReplies) socket.send(JSON.stringify(reply));
    });
  }
}
